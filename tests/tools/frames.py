#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The simulator's stamped frames in media files.

camsim stamps each access unit with an SEI message (tests/tools/camsim/sim-stamp.h). This module
reads the stamps back, from the bytes of a file (stamped_frames) or from what a decoder makes of it
(decoded_frames), so that a test can account for every frame.

As a program: frames.py [--decode] [--summary] FILE…
"""

import argparse
import re
import subprocess
import sys
from typing import List, NamedTuple, Optional, Sequence, Tuple

UUID = bytes.fromhex("7a1d3c5e9b424f86a8e3c1d25f6b9174")
TEXT = re.compile(
    rb"TYTO camera=(\d{5}) stream=(main|sub) {1,2}frame=(\d{20}) wall=(\d{20})")
# showinfo prints the message after the UUID as hexadecimal digits, two a byte
SHOWINFO_FRAME = re.compile(r"\bn: *\d+ pts: .*iskey:([01])")
SHOWINFO_UUID = re.compile(r"UUID=([0-9a-fA-F-]{32,36})")
SHOWINFO_DATA = re.compile(r"User Data=([0-9a-fA-F]+)")


class Frame(NamedTuple):
    camera: int
    stream: str  # "main" or "sub"
    frame: int  # counted from 0 at the simulator's start
    wall_us: int  # true capture time, µs since 1970 UTC
    is_key: bool


def _stamp(message: bytes, is_key: bool) -> Optional[Frame]:
    match = TEXT.search(message)
    if match is None:
        return None
    return Frame(int(match[1]), match[2].decode(), int(match[3]), int(match[4]), is_key)


def codec(path: str) -> str:
    """The codec of the first video stream: "h264" or "hevc"."""
    return subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
         "stream=codec_name", "-of", "default=nw=1:nk=1", str(path)],
        check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
    ).stdout.decode().split("\n")[0].strip()


def annex_b(path: str) -> Tuple[str, bytes]:
    """Codec and first video stream of the file as an Annex B byte stream."""
    name = codec(path)
    if name not in ("h264", "hevc"):
        raise ValueError(f"{path}: no H.264 or H.265 video but {name or 'none'}")
    result = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:v:0", "-c", "copy", "-f", name,
         "pipe:1"], check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    return name, result.stdout


def parse(name: str, stream: bytes) -> List[Frame]:
    """The stamped frames of an Annex B byte stream, in decode order.

    A frame whose slices are missing (a stamp without a picture) is not listed."""
    found: List[Frame] = []
    pending: Optional[Frame] = None
    # Emulation prevention makes a start code unique; the byte after it tells the NAL unit's type.
    for match in re.finditer(rb"\x00\x00\x01(.)", stream, re.DOTALL):
        header = match[1][0]
        if name == "h264":
            kind = header & 0x1F
            sei, is_slice, is_key = kind == 6, 1 <= kind <= 5, kind == 5
        else:
            kind = (header >> 1) & 0x3F
            sei, is_slice, is_key = kind == 39, kind < 32, 16 <= kind <= 23
        if sei:
            start = match.end()
            message = stream[start:start + 128]
            if UUID in message[:24]:
                pending = _stamp(message, False)
        elif is_slice and pending is not None:
            found.append(pending._replace(is_key=is_key))
            pending = None
    return found


def stamped_frames(paths) -> List[Frame]:
    """The stamped frames of one file or several, in file (decode) order."""
    if isinstance(paths, (str, bytes)) or hasattr(paths, "__fspath__"):
        paths = [paths]
    found: List[Frame] = []
    for path in paths:
        found += parse(*annex_b(path))
    return found


frames = stamped_frames  # reads well as frames.frames(path), too


def decoded_frames(path: str) -> List[Frame]:
    """The stamped frames that ffmpeg decodes from the file, in presentation order."""
    result = subprocess.run(
        ["ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-v", "info", "-i", str(path), "-map",
         "0:v:0", "-vsync", "passthrough", "-vf", "showinfo=checksum=0", "-f", "null", "-"],
        check=True, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    found: List[Frame] = []
    is_key = False
    ours = False
    for line in result.stderr.decode(errors="replace").split("\n"):
        match = SHOWINFO_FRAME.search(line)
        if match:
            is_key = match[1] == "1"
        match = SHOWINFO_UUID.search(line)
        if match:
            ours = bytes.fromhex(match[1].replace("-", "")) == UUID
        match = SHOWINFO_DATA.search(line)
        if match and ours:
            frame = _stamp(bytes.fromhex(match[1]), is_key)
            if frame is not None:
                found.append(frame)
            ours = False
    return found


def decode_errors(path: str) -> str:
    """What `ffmpeg -v error -i FILE -f null -` prints."""
    result = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-i", str(path), "-f", "null", "-"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    text = result.stdout.decode(errors="replace").strip()
    return text or ("" if result.returncode == 0 else f"exit status {result.returncode}")


def decodes_clean(path: str) -> bool:
    return decode_errors(path) == ""


def missing(found: Sequence[Frame]) -> List[int]:
    """The frame numbers between the first and the last that are not there."""
    have = {frame.frame for frame in found}
    return [n for n in range(min(have), max(have)) if n not in have] if have else []


def repeated(found: Sequence[Frame]) -> List[int]:
    """The frame numbers that are there more than once."""
    seen = set()
    return sorted({f.frame for f in found if f.frame in seen or seen.add(f.frame)})


def _summary(path: str, found: Sequence[Frame]) -> str:
    if not found:
        return f"{path}: no stamped frame"
    numbers = [frame.frame for frame in found]
    return (f"{path}: camera {found[0].camera} {found[0].stream}, frames {min(numbers)} to "
            f"{max(numbers)}, {len(found)} of them, {sum(f.is_key for f in found)} key, "
            f"{len(missing(found))} missing, {len(repeated(found))} repeated")


def main() -> int:
    parser = argparse.ArgumentParser(description="List the simulator's stamped frames.")
    parser.add_argument("--decode", action="store_true", help="only frames that ffmpeg decodes")
    parser.add_argument("--summary", action="store_true", help="a line for each file")
    parser.add_argument("files", nargs="+", metavar="FILE")
    arguments = parser.parse_args()
    for path in arguments.files:
        found = decoded_frames(path) if arguments.decode else stamped_frames(path)
        if arguments.summary:
            print(_summary(path, found))
            continue
        for frame in found:
            print(frame.camera, frame.stream, frame.frame, frame.wall_us,
                  "key" if frame.is_key else "-")
    return 0


if __name__ == "__main__":
    sys.exit(main())
