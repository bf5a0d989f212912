#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tyto against ffmpeg: the same simulated cameras recorded by each in turn, in one run.

With --durability: Tyto's own engine for MP4, which syncs each segment every 1.5 s, against plain splitmuxsink.

Whole processes are measured (tytod and its workers together; every ffmpeg), the simulator apart. These machines are noisy:
what counts are the ratios, of medians over the rounds.

Segments that are shorter than the measured time: it holds whole ones, so that each camera begins equally many. Longer ones (900 s): it lies
within one. What beginning a segment costs is then taken from the shorter ones of the same recorder, B = S (cpu(S) - cpu within), and each second
of a segment of L s costs B / L more. Likewise thumbnails, which come every 300 s or so: what one costs is measured by taking one of each camera
at the end; those that came within the measured time are taken off, and the share of those that come on the average put on.
"""

import argparse
import concurrent.futures
import contextlib
import json
import math
import os
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/tools"), str(ROOT / "tests/bench")]

import frame_count  # noqa: E402
import machine  # noqa: E402
import processes  # noqa: E402
from disk_shim import DiskShim  # noqa: E402
from recorders import Cameras, FfmpegRecorder, FragmentsRecorder, SplitmuxRecorder, TytoRecorder, rest, wait  # noqa: E402
from window import Window, wait_for_boundary  # noqa: E402

SETTLE = 5  # s that are not measured at the beginning


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--cameras", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60, help="measured, each time (60)")
    parser.add_argument("--rounds", type=int, default=2, help="each of them, in turn (2)")
    parser.add_argument("--segments", default="10,900", help="lengths in seconds, each measured by itself (10,900)")
    parser.add_argument("--bitrate", type=int, default=4000, help="kbit/s a camera (4000)")
    parser.add_argument("--codec", choices=("h264", "h265"), default="h264")
    parser.add_argument("--thumbnail-seconds", type=int, default=300, help="as Tyto's setting; 0 = none (300)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of Tyto, texts in quotes: ingest='lean'")
    parser.add_argument("--durability", action="store_true", help="the engine fragments against splitmuxsink, and what they sync")
    parser.add_argument("--output", type=pathlib.Path, help="JSON file (build/bench.json, build/durability.json)")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.segments = sorted(int(word) for word in arguments.segments.split(","))
    return arguments


class Bench:
    def __init__(self, arguments, folder: pathlib.Path):
        self.arguments, self.folder = arguments, folder
        self.cameras = Cameras(arguments.build, arguments.cameras, folder, arguments.bitrate, ["--codec", arguments.codec])

    @contextlib.contextmanager
    def recording(self, kind, segment: int, environment=None):
        """A recorder of all cameras, stopped at the end; its folder stays."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{kind.name}-", dir=self.folder))
        settings = {"segment-seconds": segment, "thumbnail-seconds": self.arguments.thumbnail_seconds}
        settings |= dict(word.split("=", 1) for word in self.arguments.set)
        recorder = kind(self.arguments.build, self.cameras, folder, settings, environment)
        try:
            wait(lambda: recorder.recording() == self.cameras.count, f"{kind.name} to record {self.cameras.count} cameras", 120)
            rest(SETTLE)
            yield recorder
        finally:
            recorder.stop()

    def measure(self, kind, segment: int) -> dict:
        seconds = self.arguments.seconds
        if segment > seconds:
            wait_for_boundary(segment, seconds + 2 * SETTLE + 20)
        else:
            seconds = segment * math.ceil(seconds / segment)
        with self.recording(kind, segment) as recorder:
            window = Window(recorder, self.cameras)
            rest(seconds)
            found = window.end()
            ended = time.time()
            if isinstance(recorder, TytoRecorder) and self.arguments.thumbnail_seconds > 0:
                found["thumbnail_cpu"] = self.thumbnail_cpu(recorder, found["cores"])
            rest(1)  # what was sent last arrives
        taken = [path.stat().st_mtime for path in recorder.folder.rglob("*.jpg")]
        found["thumbnails"] = sum(window.wall < moment <= ended for moment in taken)
        found |= frame_count.account(frame_count.count(self.arguments.build, recorder.folder), window.first, window.last)
        shutil.rmtree(recorder.folder)
        return found

    def thumbnail_cpu(self, recorder, cores: float) -> float:
        """CPU s of a thumbnail: one of each camera is taken, while it costs @cores to record."""
        before, began = processes.cost(recorder.pids()), time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: recorder.tytod.api("POST", f"/api/v1/cameras/cam{number}/snapshot"), range(1, self.cameras.count + 1)))
        after, seconds = processes.cost(recorder.pids()), time.monotonic() - began
        return max(after.cpu - before.cpu - cores * seconds, 0) / self.cameras.count

    def count_syncs(self, kind, segment: int) -> dict:
        """Calls a camera and minute, by the disk shim; apart from the other measures, which it would disturb."""
        shim = DiskShim(self.arguments.build, self.folder / f"shim-{kind.name}")
        with self.recording(kind, segment, shim.environment) as recorder:
            shim.set(f"prefix {recorder.folder}/recordings", "trace")
            rest(self.arguments.seconds)
            shim.clear()
        calls = [event.operation for event in shim.events("call")]
        shutil.rmtree(recorder.folder)
        minutes = self.cameras.count * self.arguments.seconds / 60
        return {name: calls.count(name) / minutes for name in ("fdatasync", "syncdir", "write")}


def median(rows: list[dict], key: str) -> float:
    return statistics.median(row[key] for row in rows)


def costs(results: dict[int, list[dict]], arguments) -> dict[int, float]:
    """Core a camera, by length of segment: with the share of what begins a segment, and of thumbnails."""
    camera_second = {segment: arguments.cameras * median(rows, "seconds") for segment, rows in results.items()}
    thumbnails = [row["thumbnail_cpu"] for rows in results.values() for row in rows if "thumbnail_cpu" in row]
    thumbnail = statistics.median(thumbnails) if thumbnails else 0
    plain = {segment: median(rows, "cpu_per_camera_second") - thumbnail * median(rows, "thumbnails") / camera_second[segment]
             for segment, rows in results.items()}
    short, within = min(plain), max(plain)
    if short <= arguments.seconds < within:
        plain[within] += max(plain[short] - plain[within], 0) * short / within
    share = thumbnail / arguments.thumbnail_seconds if arguments.thumbnail_seconds else 0
    return {segment: cpu + share for segment, cpu in plain.items()}


def show(results: dict[str, dict[int, list[dict]]], summary: dict) -> None:
    print(f"\n{'':20} {'mcore a camera':>14} {'PSS a camera':>13} {'threads':>8} {'processes':>10} {'frames':>9} {'lost':>6}")
    for segment in summary["ratios"]:
        for name, by_segment in results.items():
            rows = by_segment[segment]
            print(f"{segment:>4} s: {name:12} {summary['cpu'][name][segment] * 1000:14.3f} {median(rows, 'pss_per_camera') / 2**20:10.2f} MB"
                  f" {median(rows, 'threads'):8.0f} {median(rows, 'processes'):10.0f}"
                  f" {sum(row['frames_recorded'] for row in rows):9} {sum(row['frames_lost'] for row in rows):6}")
        ratios = summary["ratios"][segment]
        print(f"{segment:>4} s: {'ratio':12} {ratios['cpu']:14.3f} {ratios['memory']:10.3f}")
    everything = [row for by_segment in results.values() for rows in by_segment.values() for row in rows]
    print(f"\nsimulator: {median(everything, 'simulator_cpu_per_camera_second') * 1000:.2f} mcore a camera")
    thumbnails = [row["thumbnail_cpu"] for row in everything if "thumbnail_cpu" in row]
    if thumbnails:
        print(f"a thumbnail: {statistics.median(thumbnails) * 1000:.0f} ms of CPU")


def summarize(results: dict[str, dict[int, list[dict]]], arguments) -> dict:
    cpu = {name: costs(by_segment, arguments) for name, by_segment in results.items()}
    ours, theirs = results
    ratios = {segment: {"cpu": cpu[ours][segment] / cpu[theirs][segment],
                        "memory": median(results[ours][segment], "pss_per_camera") / median(results[theirs][segment], "pss_per_camera")}
              for segment in arguments.segments}
    return {"cpu": cpu, "ratios": ratios}


def run(bench: Bench, kinds, arguments) -> dict:
    results: dict[str, dict[int, list[dict]]] = {kind.name: {segment: [] for segment in arguments.segments} for kind in kinds}
    for number in range(1, arguments.rounds + 1):
        for segment in arguments.segments:
            for kind in kinds:
                print(f"round {number}/{arguments.rounds}: {kind.name}, {arguments.cameras} cameras, segments of {segment} s …", file=sys.stderr,
                      flush=True)
                results[kind.name][segment].append(bench.measure(kind, segment))
    return results


def main() -> int:
    arguments = parse_arguments()
    kinds = (FragmentsRecorder, SplitmuxRecorder) if arguments.durability else (TytoRecorder, FfmpegRecorder)
    output = arguments.output or arguments.build / ("durability.json" if arguments.durability else "bench.json")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tyto-bench-", dir=os.environ.get("TYTO_BENCH_DIR")))
    bench = Bench(arguments, folder)
    syncs: dict[str, dict] = {}
    try:
        results = run(bench, kinds, arguments)
        for kind in kinds if arguments.durability else ():
            syncs[kind.name] = bench.count_syncs(kind, arguments.segments[0])
    finally:
        bench.cameras.stop()
        shutil.rmtree(folder, ignore_errors=True)
    summary = summarize(results, arguments)
    show(results, summary)
    for name, calls in syncs.items():
        print(f"{name}: a camera and minute " + ", ".join(f"{count:.1f} {call}" for call, count in calls.items()))
    settings = {key: value for key, value in vars(arguments).items() if key not in ("build", "output")}
    everything = {"settings": settings, "machine": machine.facts()} | summary | {"rounds": results}
    if syncs:
        everything["calls_per_camera_minute"] = syncs
    output.write_text(json.dumps(everything, indent=2) + "\n")
    print(f"kept in {output}")
    return 0 if all(row["frames_lost"] == 0 for rows in results[kinds[0].name].values() for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
