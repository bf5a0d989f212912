# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is in an MP4, by FFmpeg's words, and how it is laid out, byte by byte.

    movie = Movie(path)
    movie.frames, movie.audio_frames, movie.duration, movie.start(kind)      # of "video" and "audio": s
    movie.boxes                       # of the top level, in order
    movie.errors                      # what decoding all of it complains of: [] when it is clean
    movie.times("video")              # presentation times of what is shown, s, in order
    movie.offset                      # s that the beeps of hls_live come after its flashes (the mean)
"""

import array
import functools
import json
import pathlib
import re
import struct
import subprocess

RATE = 48000
LOUD = 3000  # of 32767


def words(*command) -> bytes:
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=120).stdout


class Movie:
    def __init__(self, path: pathlib.Path):
        self.path = path

    @functools.cached_property
    def probed(self) -> dict:
        return json.loads(words("ffprobe", "-v", "error", "-count_packets", "-show_streams", "-show_format", "-of", "json", self.path))

    def stream(self, kind: str) -> dict:
        return next((one for one in self.probed["streams"] if one["codec_type"] == kind), {})

    @property
    def frames(self) -> int:
        return int(self.stream("video").get("nb_read_packets", 0))

    @property
    def audio_frames(self) -> int:
        return int(self.stream("audio").get("nb_read_packets", 0))

    @property
    def duration(self) -> float:
        return float(self.probed["format"]["duration"])

    def start(self, kind: str) -> float:
        return float(self.stream(kind)["start_time"])

    def length(self, kind: str) -> float:
        return float(self.stream(kind)["duration"])

    @property
    def boxes(self) -> list[str]:
        found, place = [], 0
        with open(self.path, "rb") as file:
            size = file.seek(0, 2)
            while place < size:
                file.seek(place)
                length, kind = struct.unpack(">I4s", file.read(8))
                if length == 1:
                    length = struct.unpack(">Q", file.read(8))[0]
                assert length >= 8, f"a box of {length} bytes at {place}"
                found.append(kind.decode("latin-1"))
                place += length
        assert place == size, f"the last box ends {place - size} bytes behind the file"
        return found

    @functools.cached_property
    def errors(self) -> list[str]:
        """Each frame is decoded, with all checks."""
        done = subprocess.run(["ffmpeg", "-nostdin", "-v", "warning", "-err_detect", "explode", "-xerror", "-i", str(self.path),
                               "-map", "0", "-fps_mode", "passthrough", "-f", "null", "-"], capture_output=True, text=True, check=False, timeout=120)
        found = [line for line in done.stderr.split("\n") if line]
        return found + ([f"ffmpeg ended with {done.returncode}"] if done.returncode else [])

    def times(self, kind: str) -> list[float]:
        text = words("ffprobe", "-v", "error", "-select_streams", kind[0], "-show_entries", "frame=pts_time", "-of", "csv=p=0", self.path)
        return [float(line.split(",")[0]) for line in text.decode().split() if line[0] in "-0123456789"]

    @functools.cached_property
    def flashes(self) -> list[float]:
        """When a white picture comes."""
        text = words("ffmpeg", "-nostdin", "-v", "error", "-i", self.path, "-map", "0:v:0", "-fps_mode", "passthrough",
                     "-vf", "signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-", "-f", "null", "-").decode()
        found = re.findall(r"pts_time:(\S+)\s+lavfi\.signalstats\.YAVG=(\S+)", text)
        return [float(at) for at, light in found if float(light) > 200]

    @functools.cached_property
    def beeps(self) -> list[float]:
        """When it begins to be loud."""
        samples = array.array("h", words("ffmpeg", "-nostdin", "-v", "error", "-i", self.path, "-map", "0:a:0", "-af",
                                         "aresample=async=1000:first_pts=0", "-ac", "1", "-ar", RATE, "-f", "s16le", "-"))
        found, last = [], -RATE
        for place, sample in enumerate(samples):
            if abs(sample) > LOUD:
                if place - last > RATE // 5:
                    found.append(place / RATE)
                last = place
        return found

    @property
    def offset(self) -> float:
        """Of those that have a partner; there must be some."""
        pairs = [(flash, min(self.beeps, key=lambda beep: abs(beep - flash))) for flash in self.flashes]  # noqa: B023
        near = [beep - flash for flash, beep in pairs if abs(beep - flash) < 0.4]
        assert len(near) >= max(len(self.flashes) - 2, 1), f"flashes {self.flashes}, beeps {self.beeps}"
        return sum(near) / len(near)

    def check(self, frames: int | None = None) -> None:
        """It is whole: moov in front, nothing to complain of, the times rise, @frames."""
        assert self.boxes[:2] == ["ftyp", "moov"] and "moof" not in self.boxes, self.boxes
        assert self.errors == []
        assert frames in (None, self.frames), f"{self.frames} frames, sent {frames}"
        shown = self.times("video")
        assert shown == sorted(set(shown)) and len(shown) == self.frames, "the pictures' times do not rise"
