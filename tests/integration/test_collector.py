# SPDX-License-Identifier: LGPL-2.1-or-later
"""tyto-collector over its private link: live HLS by real programs, in a real bucket and by HTTP, and what comes between."""

import pathlib

import pytest
from collector_link import read_journal
from gi.repository import GLib
from main_loop import wait_until


def check(directory: pathlib.Path, originals: list[pathlib.Path], rendition: int = 0) -> list[dict]:
    """All @originals, and nothing else, stand in the journal in their order, and lie there as they are."""
    journal, ended = read_journal(directory)
    rows = [row for (_, which), row in journal.items() if which == rendition]
    assert ended and [row["state"] for row in rows] == ["fetched"] * len(originals)
    assert [pathlib.Path(row["name"]).name for row in rows] == [path.name for path in originals]
    for row, path in zip(rows, originals):
        assert (directory / row["file"]).read_bytes() == path.read_bytes() and row["bytes"] == path.stat().st_size
    assert not list(directory.glob("*.part"))
    return rows


@pytest.fixture
def bucket(radosgw, s3_bucket):
    return s3_bucket(radosgw)


def test_three_live_broadcasts_in_a_bucket(collector, bucket, hls_live, hls_push, tmp_path):
    link = collector()
    link.configure(bucket)
    makers = {"one": hls_live("ffmpeg", seconds=5, window=3), "two": hls_live("hlssink2", seconds=5, window=3), "three": hls_live("fmp4", seconds=5)}
    pushes = [hls_push(live, bucket, name, prune=name == "one") for name, live in makers.items()]
    for name in makers:
        link.collect(name, name, tmp_path / name)
    for live in makers.values():
        live.wait()
    for push in pushes:
        push.finish()
    for name, live in makers.items():
        state = link.wait_state(name, lambda state: state["ended"], "the end")
        link.end(name)
        state = link.wait_collected(name)
        rows = check(tmp_path / name, live.segments())
        assert (state["segments"], state["missing"], state["waiting"], state["failing"]) == (5, 0, 0, "")
        assert state["bytes"] == sum(path.stat().st_size for path in live.segments())
        assert abs(state["media-ms"] - 5000) <= 50  # hlssink2 leaves a frame out
        assert 0 <= state["newest"] - max(row["made_us"] for row in rows) < 1_000_000  # HTTP tells whole seconds, a listing more
        assert [row["sequence"] for row in rows] == [0, 1, 2, 3, 4]
    init = {row["init"] for row in read_journal(tmp_path / "three")[0].values()}
    assert len(init) == 1 and (tmp_path / "three" / init.pop()).read_bytes() == (makers["three"].folder / "init.mp4").read_bytes()
    assert bucket.secret_key not in link.log.read_text()


def test_a_sliding_window_and_a_sound_of_its_own_by_http(collector, hls_live, hls_web, tmp_path):
    link = collector()
    link.configure()
    plain, several = hls_live("ffmpeg", seconds=5, window=2, start=7), hls_live("multivariant", seconds=5, window=3)
    for name, live in (("plain", plain), ("several", several)):
        web = hls_web(live.folder)
        link.collect(name, "key", tmp_path / name, web.url(live.playlist.name))
    plain.wait()
    several.wait()
    for name in ("plain", "several"):
        link.wait_state(name, lambda state: state["ended"], "the end")
        link.end(name)
        link.wait_collected(name)
    assert [row["sequence"] for row in check(tmp_path / "plain", plain.segments())] == [7, 8, 9, 10, 11]
    check(tmp_path / "several", sorted(several.folder.glob("video_*.ts")))
    check(tmp_path / "several", sorted(several.folder.glob("sound_*.ts")), rendition=1)
