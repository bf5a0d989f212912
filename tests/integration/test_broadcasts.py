# SPDX-License-Identifier: LGPL-2.1-or-later
"""Live HLS of real programs, three broadcasts at once, each recorded into one MP4: the pictures in it are those that were sent."""

import pytest
from movie import Movie

MILLISECONDS = 0.001
LATE = 40 * MILLISECONDS


def source(live) -> Movie:
    """All that a maker wrote, end to end."""
    whole = live.folder / "whole.media"
    parts = [*live.folder.glob("init.mp4"), *live.segments()]
    whole.write_bytes(b"".join(path.read_bytes() for path in parts))
    return Movie(whole)


def test_three_at_once(broadcasts, hls_live, hls_web):
    """ffmpeg's and hlssink2's come by the bucket, ffmpeg's fragmented MP4 by the URL of its playlist."""
    one = broadcasts()
    lives = {"ts": hls_live("ffmpeg", seconds=6), "gst": hls_live("hlssink2", seconds=6), "fmp4": hls_live("fmp4", seconds=6)}
    web = hls_web(lives["fmp4"].folder)
    for key in lives:
        one.announce("started", key, **({"playlist_url": web.url("live.m3u8")} if key == "fmp4" else {}))
    assert {(item["stream_key"], item["status"]) for item in one.items()} == {(key, "recording") for key in lives}
    pushes = [one.push(lives[key], key) for key in ("ts", "gst")]
    seen = {}

    def some_of_each() -> bool:
        seen.update({item["stream_key"]: item["duration"] for item in one.items() if item["status"] == "recording" and item["segments"] >= 2})
        return set(seen) == set(lives)
    one.wait(some_of_each, "segments of each while they are live", 20)
    for live in lives.values():
        live.wait()
    for push in pushes:
        push.finish()
    for key in lives:
        one.announce("ended", key)
    done = {key: one.wait_status(key, "completed") for key in lives}

    assert one.bucket.keys().keys() == {"ts.mp4", "gst.mp4", "fmp4.mp4"}
    for key, live in lives.items():
        broadcast, movie, made = done[key], one.movie(done[key]), source(live)
        movie.check(live.frames)
        assert movie.audio_frames == made.audio_frames > 200
        assert (broadcast["frames"], broadcast["audio_frames"]) == (live.frames, movie.audio_frames)
        assert broadcast["segments_missing"] == 0 and one.gaps(broadcast) == []
        assert (broadcast["video_codec"], broadcast["audio_codec"], broadcast["width"], broadcast["height"]) == ("h264", "aac", 320, 180)
        apart = movie.start("audio") - movie.start("video")
        assert movie.duration == pytest.approx(6 + abs(apart), abs=0.1) and broadcast["duration"] == pytest.approx(movie.duration, abs=0.05)
        assert movie.length("video") == pytest.approx(6, abs=LATE)
        if key != "gst":
            assert abs(movie.offset) < LATE and len(movie.flashes) == 6
        assert apart == pytest.approx(made.start("audio") - made.start("video"), abs=LATE)


def test_twice_under_the_same_key(broadcasts, hls_live):
    """The second takes nothing of the first, and has an object of its own."""
    one = broadcasts()
    for number in range(2):
        live = hls_live("ffmpeg", seconds=3, rate=3, window=0, sound=False)
        one.announce("started", "again", stream=f"00000000-0000-4000-8000-00000000000{number}")
        push = one.push(live, "again")
        live.wait()
        push.finish()
        one.announce("ended", "again", stream=f"00000000-0000-4000-8000-00000000000{number}")
        one.wait_for("again", lambda item, number=number: item["status"] == "completed" and item["stream_id"][-1] == str(number), "the end")
    second, first = one.items("again")
    assert first["object"] == "again.mp4"
    assert second["object"].startswith("again-2") and second["object"].endswith("Z.mp4")
    for broadcast in (first, second):
        one.movie(broadcast).check(75)


def test_services(broadcasts, hls_live, user_services):
    """Nothing is announced: the stream service is asked, and the VOD service told."""
    services = user_services("stream", "vod")
    one = broadcasts("service-token='${TYTO_TEST_SERVICE_TOKEN}'\n", **services.environment)
    stream, user = "bb52ba50-edc5-4056-a62c-6ef211d72d25", "a781b655-d4e4-46a0-89da-c4f655bb24f0"
    live = hls_live("ffmpeg", seconds=3, rate=3, window=0)
    push = one.push(live, "asked")
    services.stream.begin(stream, "asked", user_id=user)
    found = one.wait_status("asked", "recording")
    assert (found["found_by"], found["stream_id"], found["user_id"]) == ("service", stream, user)
    live.wait()
    push.finish()
    services.stream.end(stream)
    imported = one.wait_for("asked", lambda item: item["video_id"], "its video", 30)
    assert (imported["status"], imported["ended_by"], imported["import"]) == ("completed", "service", "done")
    one.movie(imported).check(live.frames)
    assert services.vod.videos == {imported["id"]: imported["video_id"]}
    described = one.service.api("GET", "/api/v1/services")
    assert [described[name]["state"] for name in ("stream", "vod", "storage")] == ["ok", "ok", "off"]
    said = services.vod.imports[imported["id"]]
    assert (said["file_path"], said["duration"], said["file_size"], said["user_id"]) == (imported["file_path"], 3, imported["bytes"], user)
    recording = one.service.api("GET", f"/recording/{imported['id']}")["recording"]
    assert (recording["video_id"], recording["duration"]) == (imported["video_id"], 3)


def test_a_stream_service_that_forgot(broadcasts, hls_live, user_services):
    """What goes on is not over because the service no longer knows of it."""
    services = user_services("stream")
    one = broadcasts("service-token='${TYTO_TEST_SERVICE_TOKEN}'\n", **services.environment)
    live = hls_live("ffmpeg", seconds=6, rate=2, window=0)
    push = one.push(live, "forgotten")
    one.announce("started", "forgotten")
    asked = [request for request in services.stream.requests if request.path != "/streams"]
    one.wait(lambda: len([request for request in services.stream.requests if request.path != "/streams"]) >= len(asked) + 2,
             "the service to be asked of it, twice")
    assert [item["status"] for item in one.items("forgotten")] == ["recording"]
    live.wait()
    push.finish()
    one.announce("ended", "forgotten")
    broadcast = one.wait_status("forgotten", "completed")
    one.movie(broadcast).check(live.frames)
    assert broadcast["ended_by"] == "webhook"


def test_refused_import(broadcasts, hls_live, user_services):
    """It is completed all the same, says why, and can be told again."""
    services = user_services("vod")
    services.vod.status = 422
    one = broadcasts("service-token='${TYTO_TEST_SERVICE_TOKEN}'\n", **services.environment)
    live = hls_live("ffmpeg", seconds=2, rate=4, sound=False)
    push = one.push(live, "unwanted")
    one.announce("started", "unwanted")
    live.wait()
    push.finish()
    one.announce("ended", "unwanted")
    refused = one.wait_for("unwanted", lambda item: item["import"] == "refused", "the refusal")
    assert refused["status"] == "completed" and refused["video_id"] == "" and "422" in refused["import_error"]
    services.vod.status = 200
    one.service.api("POST", f"/api/v1/broadcasts/{refused['id']}/retry")
    assert one.wait_for("unwanted", lambda item: item["import"] == "done", "the import")["video_id"] == services.vod.videos[refused["id"]]
