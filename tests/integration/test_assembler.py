# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real HLS, made by ffmpeg, joined by a tyto-worker over its private link; FFmpeg judges what comes out."""

import hashlib

import pytest
from broadcast_directory import FPS, BroadcastDirectory, Hls, pictures
from disk_shim import DiskShim
from gi.repository import GLib
from movie import Movie

SOUND = 1024 / 48000
OFFSET = 0.04  # that sound and picture may be apart
HOUR = {"seconds": 10, "repeat": 360, "size": "64x36", "more": ("-bf", "0", "-ar", "16000")}


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """make("ts", …): an Hls; each only once for all tests."""
    made = {}

    def give(kind="ts", **options) -> Hls:
        key = repr((kind, options))
        if key not in made:
            made[key] = Hls(tmp_path_factory.mktemp("hls") / "made", kind=kind, **options)
        return made[key]

    return give


@pytest.fixture
def put(tmp_path):
    return BroadcastDirectory(tmp_path / "broadcast")


@pytest.fixture
def output(tmp_path):
    return tmp_path / "key.mp4"


def gaps(joined: dict) -> list[tuple[str, str, float, float]]:
    return [(gap["segment"], gap["reason"], gap["offset-ms"] / 1000, gap["duration-ms"] / 1000) for gap in joined["gaps"]]


def steady(movie: Movie) -> bool:
    """Flashes come with each second, as they went in."""
    return all(abs(b - a - 1) < 0.5 / FPS for a, b in zip(movie.flashes, movie.flashes[1:], strict=False))


@pytest.mark.asan
@pytest.mark.parametrize("kind", ["ts", "fmp4", "multivariant"])
def test_all_of_it_is_in_the_movie(assembler, make, put, output, kind):
    hls = make(kind)
    put.add(hls)
    link = assembler()
    measured = link.measure(put.folder)
    joined = link.join(put.folder, output)
    movie = Movie(output)
    movie.check(hls.frames)
    assert (joined["frames"], joined["segments"] // len(hls.renditions), joined["descriptions"]) == (hls.frames, len(hls.names), 2)
    assert (joined["video-codec"], joined["audio-codec"], joined["width"], joined["height"]) == ("h264", "aac", 160, 90)
    assert (joined["key-frames"], joined["gaps"]) == (hls.seconds, [])
    assert joined["audio-frames"] == movie.audio_frames > (hls.seconds - 0.1) / SOUND
    assert joined["bytes"] == output.stat().st_size <= measured < put.bytes + 200_000
    assert abs(movie.duration - hls.seconds) < 0.1 and abs(joined["duration-ms"] / 1000 - movie.duration) < 0.01
    assert abs(movie.offset) < OFFSET and steady(movie) and len(movie.flashes) == hls.seconds
    assert link.progress[-1] == (put.bytes, put.bytes) and link.progress == sorted(link.progress)
    assert link.digest(output) == hashlib.sha256(output.read_bytes()).hexdigest()
    link.connection.close_sync(None)
    assert link.wait_exit() == 0


@pytest.mark.parametrize("kind", ["ts", "fmp4"])
@pytest.mark.parametrize("state", ["missing", "unlisted"])
def test_what_is_missing_leaves_its_time(assembler, make, put, output, kind, state):
    hls = make(kind)
    put.add(hls, {2: state, 3: state})
    joined = assembler().join(put.folder, output)
    movie = Movie(output)
    movie.check(hls.frames - 2 * FPS)
    assert [(reason, round(offset), round(length)) for _, reason, offset, length in gaps(joined)] == [(state, 2, 1), (state, 3, 1)]
    assert [segment for segment, *_ in gaps(joined)] == (hls.names[2:4] if state == "missing" else ["", ""])
    assert abs(movie.duration - hls.seconds) < 0.1 and abs(movie.offset) < OFFSET
    assert [round(flash) for flash in movie.flashes] == [0, 1, 4, 5]


def test_the_last_picture_stands_while_the_end_is_missing(assembler, make, put, output):
    hls = make()
    put.add(hls, {0: "missing", 5: "missing"})
    joined = assembler().join(put.folder, output)
    movie = Movie(output)
    movie.check(hls.frames - 2 * FPS)
    assert abs(movie.duration - 5) < 0.1 and abs(movie.offset) < OFFSET
    assert [(reason, round(offset)) for _, reason, offset, _ in gaps(joined)] == [("missing", 0), ("missing", 4)]


@pytest.mark.asan
def test_a_segment_of_nonsense_is_a_gap(assembler, make, put, output):
    hls = make()
    put.add(hls)
    put.content(2, b"<html>Service Unavailable</html>" * 500)
    put.content(4, b"")
    joined = assembler().join(put.folder, output)
    movie = Movie(output)
    movie.check(hls.frames - 2 * FPS)
    assert [(segment, reason) for segment, reason, *_ in gaps(joined)] == [(hls.names[2], "corrupt"), (hls.names[4], "corrupt")]
    assert abs(movie.duration - hls.seconds) < 0.1 and abs(movie.offset) < OFFSET


@pytest.mark.asan
def test_flipped_bytes_cost_only_themselves(assembler, make, put, output):
    hls = make()
    put.add(hls)
    content = bytearray((hls.folder / hls.names[2]).read_bytes())
    for place in range(len(content) // 2, len(content) // 2 + 2000):
        content[place] ^= 0xFF
    put.content(2, bytes(content))
    joined = assembler().join(put.folder, output)
    movie = Movie(output)
    assert hls.frames - 25 < movie.frames <= hls.frames
    assert [(segment, reason, round(offset)) for segment, reason, offset, _ in gaps(joined)] == [(hls.names[2], "damaged", 2)]
    assert abs(movie.duration - hls.seconds) < 0.1
    assert [round(flash, 1) for flash in movie.flashes if not 2 <= flash < 3] == [0, 1, 3, 4, 5]
    assert abs(movie.offset) < OFFSET


def test_a_file_that_is_gone_is_missing(assembler, make, put, output):
    put.add(make())
    next(put.folder.glob("000003-0.*")).unlink()
    joined = assembler().join(put.folder, output)
    assert [reason for _, reason, *_ in gaps(joined)] == ["missing"]


@pytest.mark.asan
@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
def test_the_media_go_on_over_a_discontinuity(assembler, make, put, output, told):
    """Another size, and times that begin anew: sound and picture are moved by the same."""
    first, second = make(), make(size="320x180", seconds=4, offset=700)
    for hls in (first, second, first):
        put.add(hls, discontinuity=told and hls is not first or told and put.next > 6)
    joined = assembler().join(put.folder, output)
    movie = Movie(output)
    movie.check()
    assert movie.frames == joined["frames"] == 2 * first.frames + second.frames
    assert abs(movie.duration - 16) < 0.2 and abs(movie.offset) < OFFSET
    assert (joined["descriptions"], joined["width"], joined["gaps"]) == (3, 160, [])
    assert len(movie.flashes) == 16


def test_a_discontinuity_behind_a_gap(assembler, make, put, output):
    put.add(make(), {4: "missing", 5: "missing"})
    put.add(make(size="320x180", seconds=4, offset=700), discontinuity=True)
    joined = assembler().join(put.folder, output)
    movie = Movie(output)
    movie.check(8 * FPS)
    assert abs(movie.duration - 10) < 0.2 and abs(movie.offset) < OFFSET
    assert [round(flash) for flash in movie.flashes] == [0, 1, 2, 3, 6, 7, 8, 9]
    assert len(joined["gaps"]) == 2


@pytest.mark.parametrize("without", [{}, {3: "missing"}], ids=["whole", "missing"])
def test_33_bits_wrap(assembler, make, put, output, without):
    hls = make(offset=(1 << 33) / 90000 - 3.5)
    put.add(hls, without)
    assembler().join(put.folder, output)
    movie = Movie(output)
    movie.check(hls.frames - FPS * len(without))
    assert abs(movie.duration - hls.seconds) < 0.1 and abs(movie.offset) < OFFSET and len(movie.flashes) == hls.seconds - len(without)


def test_ts_and_fmp4_in_one(assembler, make, put, output):
    for kind in ("ts", "fmp4", "ts"):
        put.add(make(kind), discontinuity=put.next > 0)
    joined = assembler().join(put.folder, output)
    movie = Movie(output)
    movie.check(3 * 6 * FPS)
    assert joined["frames"] == 450 and abs(movie.duration - 18) < 0.2 and abs(movie.offset) < OFFSET


def test_no_sound_and_no_picture(assembler, make, put, output, tmp_path):
    put.add(make(sound=False))
    joined = assembler().join(put.folder, output)
    Movie(output).check(150)
    assert (joined["audio-codec"], joined["audio-frames"]) == ("", 0)
    only = BroadcastDirectory(tmp_path / "sound")
    only.add(make(more=("-vn",)))
    joined = assembler().join(only.folder, output)
    movie = Movie(output)
    assert (joined["video-codec"], joined["frames"], joined["audio-frames"]) == ("", 0, movie.audio_frames) and movie.errors == []
    assert abs(movie.duration - 6) < 0.1


def test_an_hour_of_one_second_segments(assembler, make, put, output):
    hls = make(**HOUR)
    put.add(hls, {1800: "missing"})
    sent = sum(pictures(path) for path in put.folder.glob("*.ts"))
    joined = assembler().join(put.folder, output)
    movie = Movie(output)
    assert (joined["segments"], joined["frames"], len(joined["gaps"])) == (len(hls.names) - 1, sent, 1) and len(hls.names) > 3500
    assert (movie.frames, movie.boxes[:2]) == (sent, ["ftyp", "moov"])
    assert abs(movie.duration - hls.seconds) < 0.2 and abs(movie.length("video") - movie.length("audio")) < 0.3


def test_what_cannot_be_joined(assembler, make, put, output, tmp_path):
    link = assembler()
    for call in (lambda: link.join(tmp_path / "nothing", output), lambda: link.measure(put.folder), lambda: link.join(put.folder, output),
                 lambda: link.digest(output)):
        with pytest.raises(GLib.Error, match="NotFound"):
            call()
    put.add(make(), {index: "missing" for index in range(1, 6)})
    put.content(0, b"nonsense" * 1000)
    with pytest.raises(GLib.Error, match="NotFound"):
        link.join(put.folder, output)
    assert not [*tmp_path.glob("key.mp4*")]


@pytest.mark.parametrize("rule", ["fail allocate ENOSPC 1", "fail write ENOSPC 4", "fail fsync EIO 1", "fail rename ENOSPC 1"])
def test_a_full_disk_leaves_nothing(assembler, build_dir, make, put, output, tmp_path, rule):
    shim = DiskShim(build_dir, tmp_path / "shim")
    link = assembler(**shim.environment)
    put.add(make())
    shim.set(f"prefix {tmp_path}", "match key.mp4", rule)
    with pytest.raises(GLib.Error, match="Storage"):
        link.join(put.folder, output)
    assert shim.events("fail") and not [*tmp_path.glob("key.mp4*")]
    shim.clear()
    assert link.join(put.folder, output)["frames"] == 150


def test_it_ends_with_its_client(assembler, make, put, output, tmp_path):
    """In the middle of a join, too; nothing of the file is left."""
    hls = make(**HOUR)
    put.add(hls)
    link = assembler()
    link.begin("Join", "(ss)", str(put.folder), str(output))
    with pytest.raises(GLib.Error, match="WrongState"):
        link.join(put.folder, output)
    link.connection.close_sync(None)
    assert link.wait_exit() == 0
    assert not [*tmp_path.glob("key.mp4*")]
