# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rows 30–37 of the matrix: announcements lost and repeated, segments lost and damaged, the store away, deaths in each status and a full disk."""

import datetime
import time

import pytest
from broadcast_scene import now

QUICK = {"rate": 3, "window": 4}
FPS = 25


def whole(one, live, key: str, **expected):
    """It is completed, and all that @live sent is in it."""
    broadcast = one.wait_status(key, "completed")
    movie = one.movie(broadcast)
    movie.check(live.frames)
    assert broadcast["segments_missing"] == 0 and one.gaps(broadcast) == []
    assert {name: broadcast[name] for name in expected} == expected
    assert abs(movie.offset) < 0.04
    return broadcast


def end(one, live, push, key: str):
    """Announced when all of it is in the bucket."""
    live.wait()
    push.finish()
    one.announce("ended", key)


def play(one, hls_live, key: str, seconds: int = 4, **how):
    """A whole broadcast, from the announcement of its start to that of its end. @how: of its push."""
    one.announce("started", key)
    live = hls_live(seconds=seconds, **QUICK)
    end(one, live, one.push(live, key, **how), key)
    return live


def disturb_join(one, how: str):
    """Its writes fail or hang."""
    one.shim.set(f"prefix {one.state}", "match .mp4.part", "program tyto-worker", how)


def retry(one, broadcast: dict):
    one.service.api("POST", f"/api/v1/broadcasts/{broadcast['id']}/retry")


def test_lost_start(broadcasts, hls_live, fault):
    row = fault(30, "the announcement of a start is lost")
    one = broadcasts("broadcast-discover-seconds=60\n")
    live = hls_live(seconds=5, **QUICK)
    push = one.push(live, "found")
    one.wait_status("found", "recording")
    end(one, live, push, "found")
    whole(one, live, "found", found_by="bucket", stream_id=one.streams["found"])
    row.note()
    assert len(one.items()) == 1


@pytest.mark.parametrize("how", ["the playlist says so", "nothing comes any more"])
def test_lost_end(broadcasts, hls_live, fault, how):
    row = fault(31, f"the announcement of an end is lost: {how}")
    said = how == "the playlist says so"
    one = broadcasts("" if said else "broadcast-idle-seconds=2\n")
    one.announce("started", "endless")
    live = hls_live(seconds=5 if said else 60, **QUICK)
    push = one.push(live, "endless")
    if said:
        live.wait()
        push.finish()
        whole(one, live, "endless", ended_by="source")
    else:
        one.wait_for("endless", lambda item: item["segments"] >= 2, "two segments")
        live.kill()
        push.finish()
        ended = one.wait_status("endless", "completed")
        movie = one.movie(ended)
        movie.check(len(push.pushed) * FPS)
        assert ended["ended_by"] == "bucket"
    row.note()


def test_announced_twice_and_out_of_order(broadcasts, hls_live, fault):
    row = fault(32, "announcements come twice, late and out of order")
    one = broadcasts()
    began = now()
    for _ in range(2):
        one.announce("started", "twice", at=began)
    live = hls_live(seconds=3, **QUICK)
    push = one.push(live, "twice")
    live.wait()
    push.finish()
    ended = now()
    for _ in range(2):
        one.announce("ended", "twice", at=ended)
        one.announce("started", "twice", at=began)
    whole(one, live, "twice")
    one.announce("ended", "twice", at=ended)
    one.announce("started", "twice", at=began)

    # The end of another comes before its start.
    late = hls_live(seconds=3, **QUICK)
    push = one.push(late, "late")
    late.wait()
    push.finish()
    one.announce("ended", "late")
    one.announce("started", "late", at=now() - datetime.timedelta(seconds=5))
    whole(one, late, "late")
    assert [item["stream_key"] for item in one.items()] in (["late", "twice"], ["twice", "late"])
    row.note()


def test_segment_missing(broadcasts, hls_live, fault):
    """It is a gap in the ledger; what comes after it is where it should be."""
    row = fault(33, "a segment never comes")
    one = broadcasts()
    live = play(one, hls_live, "holed", seconds=5, keep="live_002")
    broadcast = one.wait_status("holed", "completed")
    gaps, movie = one.gaps(broadcast), one.movie(broadcast)
    assert [(gap["segment"].split("/")[-1], gap["reason"]) for gap in gaps] == [("live_002.ts", "missing")]
    assert gaps[0]["offset"] == pytest.approx(2, abs=0.1) and gaps[0]["duration"] == pytest.approx(1, abs=0.1)
    assert broadcast["segments_missing"] == 1
    movie.check(live.frames - FPS)
    assert movie.duration == pytest.approx(5, abs=0.1)
    assert abs(movie.offset) < 0.04 and [round(at - movie.flashes[0]) for at in movie.flashes] == [0, 1, 3, 4]
    row.lost_frames, row.lost_seconds = live.frames - movie.frames, 1
    row.note()


def test_segment_corrupt(broadcasts, hls_live, fault):
    """What can be read of it is used, and what cannot is told; all else is whole."""
    row = fault(34, "bytes of a segment are flipped")
    one = broadcasts()
    live = play(one, hls_live, "bitten", seconds=5, flip="live_002")
    broadcast = one.wait_status("bitten", "completed")
    movie = one.movie(broadcast)
    assert {gap["segment"].split("/")[-1] for gap in one.gaps(broadcast)} == {"live_002.ts"}
    assert {gap["reason"] for gap in one.gaps(broadcast)} <= {"damaged", "corrupt"}
    assert movie.boxes[:2] == ["ftyp", "moov"]
    assert live.frames - FPS <= movie.frames <= live.frames
    assert movie.duration == pytest.approx(5, abs=0.1)
    assert {round(at - movie.flashes[0]) for at in movie.flashes} >= {0, 1, 3, 4} and abs(movie.offset) < 0.04
    row.lost_frames, row.lost_seconds = live.frames - movie.frames, (live.frames - movie.frames) / FPS
    row.note()


def test_store_away(broadcasts, hls_live, fault):
    """While it is recorded, longer than the playlist reaches back; and when its MP4 is to be uploaded."""
    row = fault(35, "the object store is away")
    one = broadcasts(faults=True)
    one.announce("started", "patient")
    live = hls_live(seconds=9, rate=2, window=2)
    push = one.push(live, "patient")
    one.wait_for("patient", lambda item: item["segments"] >= 2, "two segments")
    one.faults.down()
    there = len(push.pushed)
    one.wait_for("patient", lambda item: item.get("failing"), "that it is told")
    one.wait(lambda: len(push.pushed) >= there + 4, "four segments more")
    one.faults.up()
    began = time.monotonic()
    one.wait_for("patient", lambda item: not item.get("failing") and item["segments"] >= there + 4, "all of them")
    row.note(time.monotonic() - began)
    live.wait()
    push.finish()

    one.faults.add("slow-down", method="PUT", times=None)
    one.announce("ended", "patient")
    one.wait_for("patient", lambda item: item["status"] == "processing" and item.get("failing"), "that the upload fails", 40)
    one.faults.clear()
    retry(one, one.items("patient")[0])
    whole(one, live, "patient")


def test_first_look_at_playlist_fails(broadcasts, hls_live, fault):
    """What it does not name any more is in the bucket, and is taken at the look after."""
    row = fault(35, "a look at the playlist fails")
    one = broadcasts(faults=True)
    one.faults.add("error", method="GET", target=r"\.m3u8", skip=1)  # the first one is to see of which kind it is
    live = hls_live(seconds=5, rate=10, window=2)
    live.wait()
    one.push(live, "hiccup").finish()
    one.announce("started", "hiccup")
    one.wait(lambda: any(request.fault for request in one.faults.requests), "the look that fails")
    one.wait_for("hiccup", lambda item: item["segments"] >= 2, "two segments")
    one.announce("ended", "hiccup")
    whole(one, live, "hiccup")
    row.note()


def test_source_disk_full(broadcasts, hls_live, fault):
    """Segments wait for room, and so does the join."""
    row = fault(36, "no room for segments")
    one = broadcasts()
    one.announce("started", "big")
    live = hls_live(seconds=5, **QUICK)
    push = one.push(live, "big")
    one.wait_for("big", lambda item: item["segments"] >= 1, "a segment")
    one.configure("disk-floor-mib=1000000000\n")
    end(one, live, push, "big")
    one.wait_for("big", lambda item: item.get("failing"), "that it waits for room")
    one.configure("")
    began = time.monotonic()
    whole(one, live, "big")
    row.note(time.monotonic() - began)


def test_disk_full_while_joining(broadcasts, hls_live, fault):
    row = fault(36, "disk full in mid-join")
    one = broadcasts(shim=True)
    disturb_join(one, "fail write ENOSPC")
    live = play(one, hls_live, "full")
    waiting = one.wait_for("full", lambda item: item.get("failing"), "that it waits for room")
    assert waiting["status"] == "processing" and one.shim.events("fail")
    assert not list(one.directory(waiting).glob("*.mp4*")), "nothing of it stays"
    assert any(alert["kind"] == "broadcast-disk" for alert in one.service.api("GET", "/api/v1/alerts")["items"])
    one.shim.clear()
    began = time.monotonic()
    retry(one, waiting)
    whole(one, live, "full")
    row.note(time.monotonic() - began)


@pytest.mark.parametrize(("victim", "maker"), [("tytod", "ffmpeg"), ("tytod", "multivariant"), ("collector", "fmp4")])
def test_killed_while_recording(broadcasts, hls_live, fault, victim, maker):
    row = fault(37, f"kill -9 of {victim} while it is recorded")
    one = broadcasts()
    one.announce("started", "mortal")
    live = hls_live(maker, seconds=6, rate=1.5, window=2)
    push = one.push(live, "mortal")
    before = one.wait_for("mortal", lambda item: item["segments"] >= 2, "two segments")
    began = time.monotonic()
    if victim == "tytod":
        one.service.kill()
        there = len(push.pushed)
        one.wait(lambda: len(push.pushed) >= there + 2, "segments that nobody takes")
        one.service.start()
    else:
        one.kill("tyto-collector")
    one.wait_for("mortal", lambda item: item["segments"] > before["segments"], "more segments")
    row.note(time.monotonic() - began)
    end(one, live, push, "mortal")
    whole(one, live, "mortal")
    assert len(one.items()) == 1


@pytest.mark.parametrize("victim", ["tytod", "assembler"])
def test_killed_while_joining(broadcasts, hls_live, fault, victim):
    row = fault(37, f"kill -9 of {victim} while it is joined")
    one = broadcasts(shim=True)
    disturb_join(one, "stall write 60")
    live = play(one, hls_live, "mortal")
    one.wait(lambda: one.shim.events("stall"), "the join to be under way")
    began = time.monotonic()
    if victim == "tytod":
        one.service.kill()
        one.shim.clear()
        one.service.start()
    else:
        one.kill("--assemble")
        one.shim.clear()
    whole(one, live, "mortal")
    row.note(time.monotonic() - began)


@pytest.mark.parametrize("victim", ["tytod", "archiver"])
def test_killed_while_uploading(broadcasts, hls_live, fault, victim):
    row = fault(37, f"kill -9 of {victim} while it is uploaded")
    one = broadcasts(faults=True)
    one.faults.add("stall", method="PUT")
    live = play(one, hls_live, "mortal")
    one.wait(lambda: one.faults.count("stall"), "the upload to be under way")
    began = time.monotonic()
    if victim == "tytod":
        one.restart()
    else:
        one.kill("--archive")
    whole(one, live, "mortal")
    row.note(time.monotonic() - began)
    assert one.bucket.keys().keys() == {"mortal.mp4"}


def test_killed_before_the_segments_go(broadcasts, hls_live, fault):
    """The catalogue has the object: what is left is not uploaded again, and goes at the next start."""
    row = fault(37, "kill -9 of tytod when it is completed, before its segments go")
    one = broadcasts(shim=True)
    one.shim.set(f"prefix {one.state}/recordings/.broadcasts", "program tytod", "kill unlink before 2")
    live = play(one, hls_live, "mortal", seconds=3)
    one.wait(lambda: one.service.process.poll() is not None, "its death", 20)
    one.service.wait()
    one.shim.clear()
    one.service.start()
    whole(one, live, "mortal")
    row.note()


def test_failed_and_retried(broadcasts, hls_live, fault):
    """Three crashes over the same segments are enough: it is failed, nothing of it goes, and it can be tried again, after a death too."""
    row = fault(37, "kill -9 of tytod when it is failed")
    one = broadcasts(shim=True)
    disturb_join(one, "stall write 60")
    live = play(one, hls_live, "mortal")
    for times in range(3):
        one.wait(lambda times=times: len(one.shim.events("stall")) > times and one.helpers("--assemble"), "the join to be under way", 30)
        one.kill("--assemble")
    failed = one.wait_status("mortal", "failed")
    assert failed["last_error"] and len(list(one.directory(failed).glob("*.ts"))) == 4
    one.shim.clear()
    one.restart()
    assert one.get(failed["id"])["status"] == "failed"
    retry(one, failed)
    whole(one, live, "mortal")
    row.note()


def test_killed_while_importing(broadcasts, hls_live, user_services, fault):
    row = fault(37, "kill -9 of tytod while it is imported")
    services = user_services("vod")
    services.vod.fault = "slow"
    one = broadcasts("service-token='${TYTO_TEST_SERVICE_TOKEN}'\n", **services.environment)
    live = play(one, hls_live, "mortal", seconds=3)
    one.wait(lambda: services.vod.requests, "the import to be under way")
    one.service.kill()
    services.vod.fault = None
    services.vod.released.set()
    one.service.start()
    imported = one.wait_for("mortal", lambda item: item["video_id"], "the video")
    assert imported["import"] == "done" and services.vod.videos == {imported["id"]: imported["video_id"]}
    whole(one, live, "mortal")
    row.note()
