#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tyto's join against ffmpeg's concat: the same one-second segments of MPEG-TS into an MP4 with its moov in front, in one run.

Tyto's time is that of the whole process, its link included, and its file is synced to the disk when it ends; ffmpeg's is not. The
segments are in the page cache for both, and what the other one wrote is on the disk before the next one begins.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/tools"), str(ROOT / "tests/bench")]

import built  # noqa: E402
from assembler_link import AssemblerLink  # noqa: E402
from broadcast_directory import BroadcastDirectory, pictures  # noqa: E402
from movie import Movie  # noqa: E402
from processes import cost  # noqa: E402

MIB = 1 << 20
FPS, PIECE = 30, 20  # seconds that are encoded, and then repeated


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench join", description=__doc__.splitlines()[0])
    parser.add_argument("--segments", type=int, default=3600, help="of one second each (3600)")
    parser.add_argument("--kbit", type=int, default=4000, help="kbit/s (4000)")
    parser.add_argument("--rounds", type=int, default=5, help="each of them, in turn (5)")
    parser.add_argument("--folder", type=pathlib.Path, help="on the disk to measure (a temporary one)")
    parser.add_argument("--output", type=pathlib.Path, help="JSON file (build/join.json)")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


class Segments:
    """What both join. .frames of video; has what BroadcastDirectory takes from an Hls."""

    kind, renditions = "ts", ["live.m3u8"]

    def __init__(self, folder: pathlib.Path, count: int, kbit: int):
        folder.mkdir()
        self.folder = folder
        video = kbit - 128
        self.ffmpeg("-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate={FPS},noise=alls=20:allf=t", "-f", "lavfi", "-i", "sine=440:r=48000",
                    "-t", str(PIECE), "-c:v", "libx264", "-preset", "ultrafast", "-g", str(FPS), "-sc_threshold", "0", "-pix_fmt", "yuv420p",
                    "-bf", "2", "-b:v", f"{video}k", "-minrate", f"{video}k", "-maxrate", f"{video}k", "-bufsize", f"{video}k",
                    "-c:a", "aac", "-b:a", "128k", "piece.mp4")
        self.ffmpeg("-stream_loop", "-1", "-i", "piece.mp4", "-t", str(count), "-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod",
                    "-hls_segment_filename", "%05d.ts", "live.m3u8")
        (folder / "piece.mp4").unlink()
        self.frames = sum(pictures(path) for path in folder.glob("*.ts"))

    def ffmpeg(self, *words: str) -> None:
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *words], cwd=self.folder, check=True)

    def listed(self, playlist: str) -> tuple[str, list[tuple[str, float]]]:
        text = (self.folder / playlist).read_text()
        return "", [(name, float(length)) for length, name in re.findall(r"#EXTINF:([\d.]+),.*\n(.+)", text)]


def peak(pid: int) -> int:
    """Bytes that a process has had in memory at most."""
    found = re.search(r"VmHWM:\s*(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0  # it has just ended


class Contest:
    def __init__(self, arguments, folder: pathlib.Path):
        self.arguments, self.folder = arguments, folder
        self.segments = Segments(folder / "segments", arguments.segments, arguments.kbit)
        self.broadcast = BroadcastDirectory(folder / "broadcast")
        self.broadcast.add(self.segments)
        names = [name for name, _ in self.segments.listed("live.m3u8")[1]]
        (self.segments.folder / "segments.txt").write_text("".join(f"file '{self.segments.folder / name}'\n" for name in names))

    def tyto(self, output: pathlib.Path) -> dict:
        began = time.monotonic()
        link = AssemblerLink(self.arguments.build / built.WORKER, self.folder / "link.sock", built.environment(self.arguments.build))
        joined = link.join(self.broadcast.folder, output, seconds=3600)
        found = {"cpu": cost([link.process.pid]).cpu, "memory": peak(link.process.pid)}
        link.connection.close_sync(None)
        link.wait_exit()
        found["seconds"] = time.monotonic() - began
        (self.folder / "link.sock").unlink()
        if joined["gaps"]:
            sys.exit(f"bench: {joined['gaps'][:3]}")
        return found

    def ffmpeg(self, output: pathlib.Path) -> dict:
        command = ["ffmpeg", "-nostdin", "-v", "error", "-f", "concat", "-safe", "0", "-i", self.segments.folder / "segments.txt", "-c", "copy",
                   "-movflags", "+faststart", output]
        began = time.monotonic()
        process = subprocess.Popen([str(word) for word in command])
        memory, ended = 0, 0
        while not ended:
            signal.sigtimedwait(set(), 0.02)
            memory = max(memory, peak(process.pid))
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"bench: ffmpeg ended with {process.returncode}")
        return {"cpu": usage.ru_utime + usage.ru_stime, "memory": memory, "seconds": time.monotonic() - began}

    def round(self, name: str) -> dict:
        output = self.folder / f"{name}.mp4"
        os.sync()
        found = getattr(self, name)(output)
        movie = Movie(output)
        if movie.frames != self.segments.frames or movie.boxes[:2] != ["ftyp", "moov"]:
            sys.exit(f"bench: {name} made {movie.frames} frames of {self.segments.frames}, in {movie.boxes}")
        found["bytes"] = output.stat().st_size
        output.unlink()
        return found


def middle(rounds: list[dict]) -> dict:
    return {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}


def main() -> None:
    arguments = parse_arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tyto-join-", dir=arguments.folder))
    results = {"tyto": [], "ffmpeg": []}
    try:
        contest = Contest(arguments, folder)
        for number in range(arguments.rounds):
            for name, found in results.items():
                found.append(contest.round(name))
                last = found[-1]
                print(f"round {number + 1}: {name}: {last['seconds']:.2f} s, {last['cpu']:.2f} CPU s, {last['memory'] / MIB:.1f} MiB", file=sys.stderr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    medians = {name: middle(rounds) for name, rounds in results.items()}
    ratios = {key: medians["tyto"][key] / medians["ffmpeg"][key] for key in medians["tyto"]}
    output = arguments.output or arguments.build / "join.json"
    facts = {"machine": platform.machine(), "cores": os.cpu_count(), "arguments": {key: str(value) for key, value in vars(arguments).items()}}
    output.write_text(json.dumps(facts | {"results": results, "medians": medians, "ratios": ratios}, indent=2) + "\n")
    print(f"{'':8} {'s':>8} {'CPU s':>8} {'peak MiB':>9} {'file MiB':>9}")
    for name, found in medians.items():
        print(f"{name:8} {found['seconds']:8.2f} {found['cpu']:8.2f} {found['memory'] / MIB:9.1f} {found['bytes'] / MIB:9.1f}")
    print(f"{'ratio':8} {ratios['seconds']:8.2f} {ratios['cpu']:8.2f} {ratios['memory']:9.2f} {ratios['bytes']:9.3f}")


if __name__ == "__main__":
    main()
