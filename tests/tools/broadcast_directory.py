# SPDX-License-Identifier: LGPL-2.1-or-later
"""HLS made by ffmpeg as fast as it can, and a broadcast's directory of it, as collected: segments and journal.

    hls = Hls(folder, seconds=6, kind="ts")         # kinds: "ts", "fmp4", "multivariant"; .frames of video went in, .names of its segments
    put = BroadcastDirectory(folder)                # empty
    put.add(hls)                                    # all its segments, each fetched
    put.add(hls, {2: "missing", 4: "unlisted"}, discontinuity=True)   # the first of them is told to be one
    put.content(3, bytes)                           # other bytes in the file of position 3
"""

import json
import os
import pathlib
import re
import subprocess

from hls_live import BEEP, FLASH

FPS = 25


def pictures(path: pathlib.Path) -> int:
    """In a segment of ffmpeg's MPEG-TS: payloads that begin in its first elementary stream."""
    content = path.read_bytes()
    return sum(content[place + 1] & 0x5F == 0x41 and content[place + 2] == 0 for place in range(0, len(content), 188))


class Hls:
    """@offset: of its timestamps, s. @more: options of ffmpeg, before its output. @repeat: it is encoded once and sent so many times."""

    def __init__(self, folder: pathlib.Path, seconds=6, kind="ts", size="160x90", offset=0.0, more=(), sound=True, repeat=1):
        folder.mkdir(parents=True)
        self.folder, self.seconds, self.frames, self.kind = folder, seconds * repeat, seconds * repeat * FPS, kind
        command = ["-f", "lavfi", "-i", FLASH.format(size=size)]
        if sound:
            command += ["-f", "lavfi", "-i", BEEP, "-c:a", "aac", "-b:a", "64k"]
        command += ["-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", str(FPS), "-sc_threshold", "0",
                    "-pix_fmt", "yuv420p", "-output_ts_offset", str(offset), *more]
        if repeat > 1:
            self.ffmpeg(*command, "piece.mp4")
            command = ["-stream_loop", "-1", "-i", "piece.mp4", "-t", str(self.seconds), "-c", "copy"]
        command += ["-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod"]
        if kind == "multivariant":
            command += ["-hls_segment_filename", "%v_%03d.ts", "-var_stream_map", "v:0,agroup:sound,name:video a:0,agroup:sound,name:sound", "%v.m3u8"]
        else:
            command += ["-hls_segment_type", "fmp4" if kind == "fmp4" else "mpegts",
                        "-hls_segment_filename", "%03d." + ("m4s" if kind == "fmp4" else "ts"), "live.m3u8"]
        self.ffmpeg(*command)

    def ffmpeg(self, *words: str) -> None:
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *words], cwd=self.folder, check=True, timeout=600)

    def listed(self, playlist: str) -> tuple[str, list[tuple[str, float]]]:
        """Name of the initialization section, and names and durations of the segments."""
        text = (self.folder / playlist).read_text()
        init = re.search(r'#EXT-X-MAP:URI="([^"]+)"', text)
        return init[1] if init else "", [(name, float(length)) for length, name in re.findall(r"#EXTINF:([\d.]+),.*\n(.+)", text)]

    @property
    def renditions(self) -> list[str]:
        return ["video.m3u8", "sound.m3u8"] if self.kind == "multivariant" else ["live.m3u8"]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.listed(self.renditions[0])[1]]


class BroadcastDirectory:
    def __init__(self, folder: pathlib.Path):
        folder.mkdir(parents=True)
        self.folder = folder
        self.next = 0  # position
        self.note({"journal": 1})

    def note(self, line: dict) -> None:
        with open(self.folder / "journal", "a") as journal:
            journal.write(json.dumps(line) + "\n")

    def add(self, hls: Hls, without: dict[int, str] | None = None, discontinuity=False) -> None:
        """@without: indices of segments that are "missing" or "unlisted"."""
        begin, end = self.next, self.next
        for rendition, playlist in enumerate(hls.renditions):
            init, segments = hls.listed(playlist)
            if init:
                init = self.link(hls.folder / init, f"init-{begin}.mp4")
            for index, (name, seconds) in enumerate(segments):
                state = (without or {}).get(index, "fetched")
                line = {"position": begin + index, "rendition": rendition}
                listed = {"name": name, "sequence": index, "duration_us": round(seconds * 1e6), "init": init, "time_us": -1,
                          "discontinuity": discontinuity and index == 0}
                if state == "unlisted":
                    self.note(line | {"state": "unlisted", "count": 1})
                else:
                    self.note(line | {"state": "listed"} | listed)
                    self.note(line | ({"state": "missing", "reason": "404 Not Found, 3 tries"} if state == "missing" else self.fetch(hls, name, line)))
            end = max(end, begin + len(segments))
        self.next = end

    def link(self, source: pathlib.Path, name: str) -> str:
        os.link(source, self.folder / name)
        return name

    def fetch(self, hls: Hls, name: str, line: dict) -> dict:
        source = hls.folder / name
        file = self.link(source, f"{line['position']:06}-{line['rendition']}{source.suffix}")
        return {"state": "fetched", "file": file, "bytes": source.stat().st_size, "etag": "", "made_us": -1}

    def content(self, position: int, content: bytes, rendition=0) -> None:
        path = next(self.folder.glob(f"{position:06}-{rendition}.*"))
        path.unlink()  # another broadcast may have the same file
        path.write_bytes(content)

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob("0*-[01].*"))
