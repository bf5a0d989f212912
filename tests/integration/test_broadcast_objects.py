# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where a broadcast's MP4 goes, and that nothing of somebody else is overwritten or deleted."""

import dataclasses

import pytest

API = "/api/v1/broadcasts"


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A broadcast that was live: its maker has ended."""
    from hls_live import HlsLive
    live = HlsLive(tmp_path_factory.mktemp("short") / "live", seconds=2, rate=8, window=0, sound=False)
    live.wait()
    return live


def record(scene, live, key: str, number: int = 0) -> None:
    stream = f"00000000-0000-4000-8000-{number:012}"
    scene.announce("started", key, stream=stream)
    push = scene.push(live, key)
    push.finish()
    scene.announce("ended", key, stream=stream)


def alerts(scene) -> dict[str, str]:
    return {row["kind"]: row["message"] for row in scene.service.api("GET", "/api/v1/alerts?standing=true")["items"]}


def test_an_object_of_somebody_else(broadcasts, short, tmp_path):
    """It is neither overwritten nor deleted: the broadcast has another key."""
    scene = broadcasts()
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"nothing of ours")
    scene.finished.call("put", "shared.mp4", theirs)
    record(scene, short, "shared")
    whole = scene.wait_status("shared", "completed")
    assert whole["object"].startswith("shared-2") and whole["file_path"].endswith(whole["object"])
    scene.movie(whole).check(short.frames)
    scene.service.api("DELETE", f"{API}/{whole['id']}", status=204)
    assert scene.bucket.keys() == {"shared.mp4": len(b"nothing of ours")}
    assert scene.bucket.request("GET", "shared.mp4")[1] == b"nothing of ours"
    assert scene.items("shared") == []


def test_a_bucket_that_is_not_there(broadcasts, short):
    """It waits, says why, and goes on when there is one."""
    scene = broadcasts(BROADCAST_BUCKET="not-made-yet")
    record(scene, short, "early")
    waiting = scene.wait_for("early", lambda one: one["last_error"] and one["step"] == "uploading", "the failure")
    assert waiting["status"] == "processing" and waiting["tries"] == 1 and waiting["next_try_at"] and waiting["failing"]
    assert "early" in alerts(scene)["broadcast-upload"]
    made = dataclasses.replace(scene.finished, bucket="not-made-yet")
    made.call("create-bucket")
    scene.service.api("POST", f"{API}/{waiting['id']}/retry")
    whole = scene.wait_status("early", "completed")
    assert whole["file_path"] == "not-made-yet/early.mp4" and whole["last_error"] == ""
    assert made.call("head", "early.mp4")["size"] == whole["bytes"]
    assert "broadcast-upload" not in alerts(scene)
    scene.service.api("DELETE", f"{API}/{whole['id']}", status=204)


def test_without_an_object_store(broadcasts, hls_web, short):
    """The MP4 stays on the disk, alone, and is no recording of a camera's."""
    scene = broadcasts(S3_ENDPOINT="")
    web = hls_web(short.folder)
    scene.announce("started", "local", playlist_url=web.url("live.m3u8"))
    whole = scene.wait_status("local", "completed")
    assert whole["ended_by"] == "source" and whole["frames"] == short.frames
    path = scene.directory(whole) / "local.mp4"
    assert whole["path"] == whole["file_path"] == str(path) and whole["object"] == ""
    scene.wait(lambda: {file.name for file in scene.directory(whole).iterdir()} == {"local.mp4", "broadcast.json"}, "the segments to go")
    assert scene.service.request("GET", f"{API}/{whole['id']}/file")[2] == path.read_bytes()

    scene.service.api("POST", "/api/v1/catalogue/check", status=202)
    report = scene.wait(lambda: (now := scene.service.api("GET", "/api/v1/catalogue/check"))["state"] == "done" and now, "the check")
    assert report["files"] == 0 and scene.service.rows("segments") == []
    scene.restart()
    assert path.exists() and scene.items("local")[0]["status"] == "completed"
