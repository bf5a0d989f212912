# SPDX-License-Identifier: LGPL-2.1-or-later
"""The catalogue is lost: broadcasts come back by what their directories say, and by what is kept with their objects."""

import json

import pytest
from tytoctl import Tytoctl

# What the machine knows and the bucket does not.
LOCAL = {"completed_at", "source", "collected_bytes"}


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A broadcast that was live: its maker has ended."""
    from hls_live import HlsLive
    live = HlsLive(tmp_path_factory.mktemp("short") / "live", seconds=2, rate=8, window=0, sound=False)
    live.wait()
    return live


def lose(scene) -> None:
    """SIGKILL, and its database is gone."""
    scene.service.kill()
    for path in scene.state.glob("catalogue.db*"):
        path.unlink()


def wait_check(scene) -> dict:
    def ended():
        code, _, body = scene.service.request("GET", "/api/v1/catalogue/check")
        return code == 200 and (report := json.loads(body))["state"] == "done" and report
    return scene.wait(ended, "the comparison")


def kinds(report: dict) -> dict[str, str]:
    return {finding["path"].rpartition("/")[2]: finding["kind"] for finding in report["findings"]}


def test_from_the_disk(broadcasts, hls_web, short, build_dir, tmp_path):
    """One that was being collected is joined; one that was completed is completed; what is not known stays."""
    scene = broadcasts(S3_ENDPOINT="")
    web = hls_web(short.folder)
    scene.announce("started", "local", playlist_url=web.url("live.m3u8"))
    whole = scene.wait_status("local", "completed")
    (short.folder / "open.m3u8").write_text((short.folder / "live.m3u8").read_text().replace("#EXT-X-ENDLIST", ""))
    scene.announce("started", "cut", playlist_url=web.url("open.m3u8"))
    cut = scene.wait_for("cut", lambda one: one["segments"] == 2, "its segments")
    memo = scene.directory(whole) / "broadcast.json"
    scene.wait(lambda: memo.exists() and json.loads(memo.read_text())["status"] == "completed", "what it says of itself")
    stranger = scene.directory(whole).parent / "00000000-0000-4000-8000-00000000000a"
    stranger.mkdir()
    (stranger / "000000-0.ts").write_bytes(b"somebody's")

    lose(scene)
    scene.service.start()
    report = wait_check(scene)
    assert report["counts"]["broadcast"] == 2
    assert kinds(report) == {whole["id"]: "broadcast", cut["id"]: "broadcast", stranger.name: "unknown"}
    assert scene.get(whole["id"]) == whole
    joined = scene.wait_status("cut", "completed")
    assert (joined["id"], joined["stream_id"], joined["frames"], joined["started_at"]) == (
        cut["id"], cut["stream_id"], short.frames, cut["started_at"])
    assert (stranger / "000000-0.ts").read_bytes() == b"somebody's"

    tytoctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", scene.service.url, tmp_path)
    again = tytoctl.json("catalogue", "rebuild")
    assert again["well"] and again["counts"]["broadcast"] == 0 and len(scene.items()) == 2


def test_from_the_bucket(broadcasts, short, build_dir, tmp_path):
    """Nothing is left of the machine: the object says all that the catalogue said of it."""
    scene = broadcasts()
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"nothing of ours")
    scene.finished.call("put", "theirs.txt", theirs)
    scene.announce("started", "once")
    scene.push(short, "once").finish()
    scene.announce("ended", "once")
    whole = scene.wait_status("once", "completed")
    scene.movie(whole)
    lose(scene)
    scene.service.start()
    assert "broadcast" not in kinds(wait_check(scene)).values()

    tytoctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", scene.service.url, tmp_path)
    report = tytoctl.json("catalogue", "rebuild", "--from-bucket")
    assert (report["state"], report["files"], report["counts"]["broadcast"]) == ("done", 2, 1)
    assert kinds(report) == {"once.mp4": "broadcast", "theirs.txt": "unknown"}
    back = scene.get(whole["id"])
    assert {name: value for name, value in back.items() if name not in LOCAL} == {
        name: value for name, value in whole.items() if name not in LOCAL}
    scene.movie(back).check(short.frames)
    again = tytoctl.json("catalogue", "rebuild", "--from-bucket")
    assert again["counts"]["broadcast"] == 0 and scene.bucket.keys().keys() == {"once.mp4", "theirs.txt"}
