#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tyto alone with many cameras: what it costs, and whether each frame is in the files.

All runs on one machine: the simulator and the program that counts the frames take their part of it, which is measured too. That program reads each
segment when it is closed, has it synced and gives its space back, so that more can be recorded than the disk holds. Of each 50th segment it reads
every frame's stamp, of the others that of each fragment's first frame and how many there are (frame_count.py). Segments are as long as a fourth of
the free disk allows, 10 to 60 s. A run ends early when less than 5 GB are free.

With --search: probes with more and more cameras until frames are lost, then the whole time with the largest number that lost none.
"""

import argparse
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/tools"), str(ROOT / "tests/bench")]

import machine  # noqa: E402
import processes  # noqa: E402
from frame_count import FrameWatch, account  # noqa: E402
from recorders import Cameras, TytoRecorder, rest, wait  # noqa: E402
from window import Window  # noqa: E402

ENOUGH = 5_000_000_000  # bytes of free disk below which a run is stopped
SETTLE = 10  # s that are not measured at the beginning
MOST = 2000  # cameras of the simulator
PROFILE = {"comm": 12, "comm,symbol": 45}  # lines of perf's report, by what it is sorted


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench fleet", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--cameras", type=int, default=300, help="with --search: of the first probe (300)")
    parser.add_argument("--minutes", type=float, default=10, help="measured (10)")
    parser.add_argument("--search", action="store_true", help="for the largest number of cameras that loses no frame")
    parser.add_argument("--probe-seconds", type=float, default=40, help="of each probe of --search (40)")
    parser.add_argument("--step", type=int, default=100, help="to which --search is exact (100)")
    parser.add_argument("--most", type=int, default=MOST, help=f"cameras that --search tries, {MOST} at most ({MOST})")
    parser.add_argument("--segment", type=int, default=0, help="seconds (0: as the disk allows)")
    parser.add_argument("--bitrate", type=int, default=4000, help="kbit/s a camera (4000)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of Tyto, texts in quotes: ingest='lean'")
    parser.add_argument("--profile", type=float, default=0, metavar="S", help="perf of the whole machine for so long, at the end (0: none)")
    parser.add_argument("--output", type=pathlib.Path, help="JSON file (build/fleet.json; with --search build/capacity.json)")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.profile and not shutil.which("perf"):
        sys.exit("bench: --profile takes perf: apt-get install linux-perf")
    return arguments


def profile(seconds: float, output: pathlib.Path) -> list[str]:
    """Where the machine's time goes: perf's report by program, then by program and symbol."""
    data = output.with_suffix(".perf")
    subprocess.run(["perf", "record", "-q", "-a", "-F", "199", "-o", data, "--", "sleep", str(seconds)], check=True)
    lines = []
    for sort, count in PROFILE.items():
        report = subprocess.run(["perf", "report", "-i", data, "--stdio", "--no-children", "--sort", sort], capture_output=True, text=True,
                                check=True).stdout
        found = [line.rstrip(" -") for line in report.splitlines() if line.strip() and not line.startswith("#")]
        lines += [f"{sort}:", *found[:count]]
    data.unlink()
    return lines


class Fleet:
    def __init__(self, arguments, folder: pathlib.Path, output: pathlib.Path):
        self.arguments, self.folder, self.output = arguments, folder, output

    def segment(self, count: int) -> int:
        """s: two of each camera fit in a fourth of the free disk."""
        if self.arguments.segment:
            return self.arguments.segment
        seconds = shutil.disk_usage(self.folder).free / 4 / (2 * count * self.arguments.bitrate * 125)
        return max(10, min(60, math.floor(seconds / 10) * 10))

    def let_record(self, seconds: float) -> bool:
        """False as soon as too little of the disk is free."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if shutil.disk_usage(self.folder).free < ENOUGH:
                return False
            rest(min(left, 1))
        return True

    def run(self, count: int, seconds: float, profiled: float = 0) -> dict:
        place = pathlib.Path(tempfile.mkdtemp(prefix="fleet-", dir=self.folder))
        state = place / "state"
        state.mkdir(mode=0o700)
        cameras = Cameras(self.arguments.build, count, place, self.arguments.bitrate)
        watch = FrameWatch(self.arguments.build, state)
        try:
            found = self.record(cameras, watch, state, seconds, profiled)
        finally:
            cameras.stop()
            if watch.process.poll() is None:
                watch.process.kill()
            shutil.rmtree(place)
        return found

    def record(self, cameras: Cameras, watch: FrameWatch, state: pathlib.Path, seconds: float, profiled: float) -> dict:
        settings = {"segment-seconds": self.segment(cameras.count)} | dict(word.split("=", 1) for word in self.arguments.set)
        recorder = TytoRecorder(self.arguments.build, cameras, state, settings)
        try:
            wait(lambda: recorder.recording() == cameras.count, f"{cameras.count} cameras to be recorded", 60 + cameras.count / 4, pause=1)
            started = time.monotonic() - recorder.began
            rest(SETTLE)
            counter, times = processes.cost([watch.pid]).cpu, machine.processor_seconds()
            window = Window(recorder, cameras)
            full = not self.let_record(seconds)
            found = window.end()
            found["counter_cores"] = (processes.cost([watch.pid]).cpu - counter) / found["seconds"]
            found["processors"] = {kind: (now - times[kind]) / found["seconds"] for kind, now in machine.processor_seconds().items()}
            found["start_seconds"] = started
            found["told"], found["simulator_dropped"] = recorder.told(), cameras.dropped()
            found["profile"] = profile(profiled, self.output) if profiled else []
            if full:
                found["failed"] = (f"stopped after {found['seconds']:.0f} s: less than {ENOUGH / 1e9:.0f} GB of the disk are free, "
                                   "space was taken faster than the frame counter gave it back")
            rest(2)  # what was sent last arrives
        finally:
            recorder.stop()
        counted = watch.finish()
        found["counter_behind"] = counted["most_behind"]
        found |= {"cameras": cameras.count, "segment": settings["segment-seconds"]} | account(counted, window.first, window.last)
        found["frames_in_files"] = sum(camera["frames"] for camera in counted["cameras"].values())
        found["frames_in_catalogue"] = recorder.catalogued()
        return found


def is_clean(found: dict) -> bool:
    return "failed" not in found and not any(found[key] for key in ("frames_lost", "frames_repeated", "frames_damaged", "files_unreadable"))


def show(found: dict) -> None:
    if "failed" in found:
        print(f"{found['cameras']} cameras: {found['failed']}", flush=True)
    if "frames_lost" not in found:
        return
    simulator = found["simulator_cpu_per_camera_second"] * found["cameras"]
    processors = found["processors"]
    print(f"{found['cameras']} cameras, {found['seconds']:.0f} s, segments of {found['segment']} s: {found['cores']:.3f} core "
          f"({found['cpu_per_camera_second'] * 1000:.3f} mcore a camera), PSS {found['pss'] / 2**20:.0f} MB "
          f"({found['pss_per_camera'] / 2**20:.2f} MB a camera), {found['threads']} threads in {found['processes']} processes")
    print(f"  frames: {found['frames_recorded']} recorded, {found['frames_lost']} lost, {found['frames_damaged']} damaged, "
          f"{found['frames_repeated']} twice, in {found['files']} files ({found['files_read_whole']} read whole); "
          f"in all {found['frames_in_files']} in files, {found['frames_in_catalogue']} in the catalogue; the simulator dropped {found['simulator_dropped']} "
          f"and was {found['simulator_behind']} behind at the end")
    print(f"  all recorded after {found['start_seconds']:.1f} s; Tyto says: {', '.join(f'{key} {value:g}' for key, value in found['told'].items())}")
    print(f"  simulator {simulator:.3f} core, counter {found['counter_cores']:.3f} (at most {found['counter_behind']:.0f} s behind); "
          f"of {os.cpu_count()} cores "
          + ", ".join(f"{kind} {share:.2f}" for kind, share in processors.items()), flush=True)


def attempt(fleet: Fleet, count: int, seconds: float, profiled: float = 0) -> dict:
    """A run, or why there was none: so many cameras were never recorded all at once, or did not end in time."""
    try:
        found = fleet.run(count, seconds, profiled)
    except (SystemExit, subprocess.TimeoutExpired, OSError) as error:
        found = {"cameras": count, "failed": str(error)}
    show(found)
    return found


def search(fleet: Fleet) -> list[dict]:
    """Runs, the last one of the whole time."""
    arguments, runs = fleet.arguments, []
    most = min(arguments.most, MOST)
    clean, count, bad = 0, min(arguments.cameras, most), most + arguments.step
    while bad - clean > arguments.step:
        runs.append(attempt(fleet, count, arguments.probe_seconds))
        if is_clean(runs[-1]):
            clean = count
        else:
            bad = count
        count = min(count * 2, most) if bad > most else (clean + bad) // 2 // arguments.step * arguments.step
        if clean == most or count <= clean:
            break
    while clean > 0:
        runs.append(attempt(fleet, clean, arguments.minutes * 60, arguments.profile))
        if is_clean(runs[-1]):
            break
        clean -= arguments.step
    return runs


def main() -> int:
    arguments = parse_arguments()
    output = arguments.output or arguments.build / ("capacity.json" if arguments.search else "fleet.json")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tyto-fleet-", dir=os.environ.get("TYTO_BENCH_DIR")))
    try:
        limit = machine.disk_limit(folder)
        print(f"disk: {limit / 1e6:.0f} MB/s past the page cache, which is {limit / (arguments.bitrate * 125):.0f} cameras", flush=True)
        fleet = Fleet(arguments, folder, output)
        if arguments.search:
            runs = search(fleet)
        else:
            runs = [fleet.run(arguments.cameras, arguments.minutes * 60, arguments.profile)]
            show(runs[-1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("\n".join(runs[-1].get("profile", [])))
    settings = {key: value for key, value in vars(arguments).items() if key not in ("build", "output")}
    output.write_text(json.dumps({"settings": settings, "machine": machine.facts() | {"disk_bytes_per_second": limit}, "runs": runs}, indent=2) + "\n")
    print(f"kept in {output}")
    return 0 if is_clean(runs[-1]) else 1


if __name__ == "__main__":
    sys.exit(main())
