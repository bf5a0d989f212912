#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tyto against ffmpeg: the same simulated cameras recorded by each in turn, in one run.

With --durability: Tyto's own engine for MP4, which syncs each segment every 1.5 s, against plain splitmuxsink.

Whole processes are measured (tytod and its workers together; every ffmpeg), the simulator apart. These machines are noisy:
what counts are the ratios, of medians over the rounds.
"""

import argparse
import json
import math
import os
import pathlib
import platform
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
import frames  # noqa: E402
import processes  # noqa: E402
from disk_shim import DiskShim  # noqa: E402
from tytod import Tytod  # noqa: E402


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60, help="measured, each time, in whole segments (60)")
    parser.add_argument("--rounds", type=int, default=3, help="each of them, in turn (3)")
    parser.add_argument("--segment", type=int, default=60, help="seconds (60)")
    parser.add_argument("--bitrate", type=int, default=4000, help="kbit/s a camera (4000)")
    parser.add_argument("--codec", choices=("h264", "h265"), default="h264")
    parser.add_argument("--cameras-per-worker", type=int, default=1)
    parser.add_argument("--thumbnail-seconds", type=int, default=300, help="as Tyto's setting; 0 = none (300)")
    parser.add_argument("--durability", action="store_true", help="the engine fragments against splitmuxsink, and what they sync")
    parser.add_argument("--output", type=pathlib.Path, help="JSON file (build/bench.json, build/durability.json)")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    # Each measurement must hold equally many starts of segments.
    arguments.seconds = arguments.segment * math.ceil(arguments.seconds / arguments.segment)
    return arguments


def wait(condition, what: str, seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            sys.exit(f"bench: waited {seconds} s in vain for {what}")
        signal.sigtimedwait(set(), 0.1)


class Simulator:
    def __init__(self, arguments):
        command = [arguments.build / built.CAMSIM, "--cameras", arguments.cameras, "--bitrate", arguments.bitrate,
                   "--codec", arguments.codec, "--port", 0]
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
        self.base = self.process.stdout.readline().removeprefix("READY ").strip()

    def url(self, number: int) -> str:
        return f"{self.base}/cam{number}"


class TytoRecorder:
    name = "tyto"
    engine = "engine='fragments'"

    def __init__(self, arguments, simulator, directory, environment=None):
        settings = f"[tyto]\n{self.engine}\nsegment-seconds={arguments.segment}\ncameras-per-worker={arguments.cameras_per_worker}\n" \
            f"thumbnail-seconds={arguments.thumbnail_seconds}\n"
        (directory / "tyto.conf").write_text(settings)
        everything = built.environment(arguments.build) | (environment or {})
        self.tytod = Tytod(arguments.build / built.TYTOD, directory, everything)
        for number in range(1, arguments.cameras + 1):
            self.tytod.api("POST", "/api/v1/cameras", {"id": f"cam{number}", "url": simulator.url(number)})

    def recording(self) -> int:
        return sum(row["state"] == "recording" and row["frames_received"] > 50
                   for row in self.tytod.api("GET", "/api/v1/cameras")["items"])

    def pids(self) -> list[int]:
        return processes.children(self.tytod.pid)

    def stop(self) -> None:
        self.tytod.stop()


class FragmentsRecorder(TytoRecorder):
    name = "fragments"


class SplitmuxRecorder(TytoRecorder):
    name = "splitmuxsink"
    engine = "engine='splitmuxsink'\nsync-ms=60000"  # plain: it does not sync while it writes


class FfmpegRecorder:
    name = "ffmpeg"

    def __init__(self, arguments, simulator, directory):
        self.directory = directory
        self.children = []
        for number in range(1, arguments.cameras + 1):
            (directory / f"cam{number}").mkdir()
            command = ["ffmpeg", "-nostdin", "-v", "error", "-rtsp_transport", "tcp", "-i", simulator.url(number), "-c", "copy",
                       "-f", "segment", "-segment_time", str(arguments.segment), "-segment_format", "mp4",
                       "-segment_atclocktime", "1", "-reset_timestamps", "1", str(directory / f"cam{number}" / "%06d.mp4")]
            self.children.append(subprocess.Popen(command))

    def recording(self) -> int:
        """A camera counts once its first file is there; the header comes with the first key frame."""
        return sum(any(folder.iterdir()) for folder in self.directory.iterdir())

    def pids(self) -> list[int]:
        return [child.pid for child in self.children]

    def stop(self) -> None:
        for child in self.children:
            child.send_signal(signal.SIGINT)
        for child in self.children:
            child.wait(20)


def frames_lost(directory: pathlib.Path) -> tuple[int, int]:
    """Frames recorded, and frame numbers missing between a camera's first and last one, by the stamps in the files."""
    seen: dict[int, set[int]] = {}
    for path in sorted(directory.rglob("*.mp4")):
        for frame in frames.stamped_frames(path):
            seen.setdefault(frame.camera, set()).add(frame.frame)
    recorded = sum(len(numbers) for numbers in seen.values())
    return recorded, sum(max(numbers) - min(numbers) + 1 - len(numbers) for numbers in seen.values())


def measure(kind, arguments, simulator) -> dict:
    directory = pathlib.Path(tempfile.mkdtemp(prefix=f"tyto-bench-{kind.name}-", dir=os.environ.get("TYTO_BENCH_DIR")))
    recorder = kind(arguments, simulator, directory)
    wait(lambda: recorder.recording() == arguments.cameras, f"{kind.name} to record {arguments.cameras} cameras")
    pids = recorder.pids()
    simulator_before = processes.cost([simulator.process.pid])
    before, began = processes.cost(pids), time.monotonic()
    signal.sigtimedwait(set(), arguments.seconds)
    after, ended = processes.cost(pids), time.monotonic()
    simulator_after = processes.cost([simulator.process.pid])
    recorder.stop()
    recorded, lost = frames_lost(directory)
    shutil.rmtree(directory)
    camera_seconds = arguments.cameras * (ended - began)
    return {
        "cpu_per_camera_second": (after.cpu - before.cpu) / camera_seconds,
        "pss_per_camera": after.pss / arguments.cameras,
        "threads": after.threads,
        "processes": after.processes,
        "frames_recorded": recorded,
        "frames_lost": lost,
        "simulator_cpu_per_camera_second": (simulator_after.cpu - simulator_before.cpu) / camera_seconds,
    }


def count_syncs(kind, arguments, simulator) -> dict:
    """Calls a camera and minute, by the disk shim; apart from the other measures, which it would disturb."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix=f"tyto-bench-{kind.name}-", dir=os.environ.get("TYTO_BENCH_DIR")))
    shim = DiskShim(arguments.build, directory / "shim")
    (directory / "state").mkdir(mode=0o700)
    recorder = kind(arguments, simulator, directory / "state", shim.environment)
    wait(lambda: recorder.recording() == arguments.cameras, f"{kind.name} to record {arguments.cameras} cameras")
    shim.set(f"prefix {directory}/state/recordings", "trace")
    signal.sigtimedwait(set(), arguments.seconds)
    shim.clear()
    recorder.stop()
    calls = [event.operation for event in shim.events("call")]
    shutil.rmtree(directory)
    minutes = arguments.cameras * arguments.seconds / 60
    return {name: calls.count(name) / minutes for name in ("fdatasync", "syncdir", "write")}


def median(rows: list[dict], key: str) -> float:
    return statistics.median(row[key] for row in rows)


def show(results: dict[str, list[dict]], ratios: dict[str, float]) -> None:
    print(f"\n{'':12} {'mcore a camera':>15} {'PSS a camera':>13} {'threads':>8} {'processes':>10} {'frames':>9} {'lost':>6}")
    for name, rows in results.items():
        print(f"{name:12} {median(rows, 'cpu_per_camera_second') * 1000:15.2f} {median(rows, 'pss_per_camera') / 2**20:10.2f} MB"
              f" {median(rows, 'threads'):8.0f} {median(rows, 'processes'):10.0f}"
              f" {sum(row['frames_recorded'] for row in rows):9} {sum(row['frames_lost'] for row in rows):6}")
    simulator = statistics.median(row["simulator_cpu_per_camera_second"] for rows in results.values() for row in rows)
    print(f"\n{'/'.join(results)}: CPU {ratios['cpu']:.2f}, memory {ratios['memory']:.2f}   (simulator: {simulator * 1000:.2f} mcore a camera)")


def main() -> int:
    arguments = parse_arguments()
    kinds = (FragmentsRecorder, SplitmuxRecorder) if arguments.durability else (TytoRecorder, FfmpegRecorder)
    output = arguments.output or arguments.build / ("durability.json" if arguments.durability else "bench.json")
    simulator = Simulator(arguments)
    results: dict[str, list[dict]] = {kind.name: [] for kind in kinds}
    syncs: dict[str, dict] = {}
    try:
        for number in range(1, arguments.rounds + 1):
            for kind in kinds:
                print(f"round {number}/{arguments.rounds}: {kind.name}, {arguments.cameras} cameras, {arguments.seconds:.0f} s …",
                      file=sys.stderr, flush=True)
                results[kind.name].append(measure(kind, arguments, simulator))
        for kind in kinds if arguments.durability else ():
            syncs[kind.name] = count_syncs(kind, arguments, simulator)
    finally:
        simulator.process.terminate()
    ours, theirs = (results[kind.name] for kind in kinds)
    ratios = {
        "cpu": median(ours, "cpu_per_camera_second") / median(theirs, "cpu_per_camera_second"),
        "memory": median(ours, "pss_per_camera") / median(theirs, "pss_per_camera"),
    }
    show(results, ratios)
    for name, calls in syncs.items():
        print(f"{name}: a camera and minute " + ", ".join(f"{count:.1f} {call}" for call, count in calls.items()))
    settings = {key: value for key, value in vars(arguments).items() if key not in ("build", "output")}
    machine = {"cores": os.cpu_count(), "kernel": platform.release(), "machine": platform.machine()}
    everything = {"settings": settings, "machine": machine, "ratios": ratios, "rounds": results}
    if syncs:
        everything["calls_per_camera_minute"] = syncs
    output.write_text(json.dumps(everything, indent=2) + "\n")
    print(f"kept in {output}")
    return 0 if all(row["frames_lost"] == 0 for row in ours) else 1


if __name__ == "__main__":
    sys.exit(main())
