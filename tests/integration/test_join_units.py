# SPDX-License-Identifier: LGPL-2.1-or-later
"""What segments of MPEG-TS are taken apart into, held against what ffprobe sees in the same bytes."""

import json
import subprocess

import pytest

WRAP = 1 << 33  # of timestamps
X264 = "-c:v libx264 -preset ultrafast -g 25 -keyint_min 25 -sc_threshold 0"
X265 = "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25:min-keyint=25"
# what is made → how; what its units are called, and their picture or rate
KINDS = {
    "h264-aac": (f"{X264} -bf 2 -c:a aac", ("h264", 320), ("aac", 48000)),
    "h264-slices": (f"{X264} -x264-params slices=4:aud=0 -c:a aac -ar 22050", ("h264", 320), ("aac", 22050)),
    "h264-interlaced": ("-c:v libx264 -preset ultrafast -g 25 -bf 2 -x264-params interlaced=1 -c:a mp2", ("h264", 320), ("mp3", 48000)),
    "h264-wrap": (f"{X264} -bf 2 -c:a ac3 -output_ts_offset 95440.5", ("h264", 320), ("ac3", 48000)),
    "h264-ac3": (f"{X264} -c:a ac3 -ac 6", ("h264", 320), ("ac3", 48000)),
    "h265-eac3": (f"{X265} -c:a eac3", ("h265", 320), ("eac3", 48000)),
    "h265-mp3": (f"{X265} -c:a libmp3lame -ac 1", ("h265", 320), ("mp3", 48000)),
    "h264-opus": (f"{X264} -c:a libopus", ("h264", 320), ("opus", 48000)),
    "aac-layout": ("-vn -af pan=2.1|c0=c0|c1=c0|c2=c0 -c:a aac", None, ("aac", 48000)),
    "aac": ("-vn -c:a aac -ac 1", None, ("aac", 48000)),
}


def make_segments(directory, arguments: str) -> list:
    inputs = ("-f lavfi -i testsrc2=size=320x180:rate=25 "
              "-f lavfi -i sine=sample_rate=48000,aformat=channel_layouts=stereo -t 3")
    subprocess.run(["ffmpeg", "-v", "error", *inputs.split(), *arguments.split(), "-f", "hls", "-hls_time", "1",
                    "-hls_list_size", "0", "-hls_segment_filename", "%03d.ts", "x.m3u8"], cwd=directory, check=True)
    return sorted(directory.glob("*.ts"))


def read_units(build_dir, segments) -> tuple[list[dict], list[dict]]:
    printed = subprocess.run([build_dir / "tests/unit/print-join-units", *segments], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in printed.stdout.splitlines()]
    return [line for line in lines if "md5" in line], [line for line in lines if "segment" in line]


def probe(directory, segments) -> list[dict]:
    whole = directory / "whole"
    whole.write_bytes(b"".join(segment.read_bytes() for segment in segments))
    told = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "packet=codec_type,pts,dts,flags", "-of", "json", whole],
                          capture_output=True, text=True, check=True)
    return json.loads(told.stdout)["packets"]


def is_same(unit: dict, packet: dict) -> bool:
    """A tick may be lost in rounding; ffprobe may have stepped over a wrap."""
    near = all(min(distance := abs(unit[time] - int(packet[time])) % WRAP, WRAP - distance) <= 1 for time in ("pts", "dts"))
    return near and unit["key"] == packet["flags"].startswith("K")


@pytest.mark.parametrize("kind", KINDS)
def test_units_are_those_that_ffprobe_sees(build_dir, tmp_path, kind):
    arguments, *expected = KINDS[kind]
    segments = make_segments(tmp_path, arguments)
    units, told = read_units(build_dir, segments)
    packets = probe(tmp_path, segments)
    assert len(segments) >= 3
    assert [line for line in told if line["error"] or line["lost"] or line["bad"] or line["dropped"]] == []
    for video, codec in zip((True, False), expected, strict=True):
        ours = [unit for unit in units if unit["video"] == video]
        theirs = [packet for packet in packets if packet["codec_type"] == ("video" if video else "audio")]
        assert {(unit["codec"], unit["width" if video else "rate"]) for unit in ours} == ({codec} if codec else set())
        assert {unit["height"] for unit in ours} <= {180 if video else 0}
        assert len(ours) == len(theirs)
        assert [unit for unit, packet in zip(ours, theirs, strict=True) if not is_same(unit, packet)] == []


@pytest.mark.parametrize(("encoder", "container", "codec"), [("aac", "adts", "aac"), ("ac3", "ac3", "ac3"),
                                                             ("eac3", "eac3", "eac3"), ("mp2", "mp2", "mp3")])
def test_packed_audio_is_read(build_dir, tmp_path, encoder, container, codec):
    """Frames without a tag begin at 0; one that is cut off at the end is not given."""
    whole, part = tmp_path / "whole", tmp_path / "part"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=sample_rate=48000", "-t", "3", "-c:a", encoder,
                    "-f", container, whole], check=True)
    part.write_bytes(whole.read_bytes()[:whole.stat().st_size // 2 + 11])
    first, _ = read_units(build_dir, [part])
    units, _ = read_units(build_dir, [whole])
    assert {unit["codec"] for unit in units} == {codec}
    assert units[0]["dts"] == 0
    assert len(units) * 0.4 < len(first) < len(units) * 0.6
    assert first == units[:len(first)]
    assert {after["dts"] - before["dts"] for before, after in zip(units, units[1:], strict=False)} == {units[0]["duration"]}


def test_pictures_grow_past_the_wrap(build_dir, tmp_path):
    units, _ = read_units(build_dir, make_segments(tmp_path, KINDS["h264-wrap"][0]))
    times = [unit["dts"] for unit in units if unit["video"]]
    assert times[0] < WRAP < times[-1]
    assert {after - before for before, after in zip(times, times[1:], strict=False)} == {3600}


def test_one_byte_in_a_thousand_is_wrong(build_dir, tmp_path):
    """Most of what is left of a segment is given; the one behind it is whole."""
    segments = make_segments(tmp_path, KINDS["h264-aac"][0])
    sound, _ = read_units(build_dir, segments)
    damaged = bytearray(segments[1].read_bytes())
    for at in range(500, len(damaged), 1000):
        damaged[at] ^= 0x5a
    segments[1].write_bytes(damaged)
    units, told = read_units(build_dir, segments)
    assert [line["error"] for line in told] == ["", "", ""]
    assert len(sound) * 2 / 3 < len(units) <= len(sound)
    behind = {unit["md5"] for unit in sound if unit["dts"] >= sound[0]["dts"] + 2.1 * 90000}
    assert behind <= {unit["md5"] for unit in units}
