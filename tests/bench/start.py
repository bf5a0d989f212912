#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""From the start of tytod, with cameras in its settings, to all of them being recorded; then what tytod itself costs.

Recorded: tytod says so, asked twice a second. After that, each of two requests once a second for a minute: CPU and memory of tytod alone,
whose workers do the recording. The space of closed segments is given back as by ./dev bench fleet, and their frames are counted.
"""

import argparse
import json
import math
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/tools"), str(ROOT / "tests/bench")]

import machine  # noqa: E402
import processes  # noqa: E402
from frame_count import FrameWatch, account  # noqa: E402
from recorders import Cameras, TytoRecorder, rest  # noqa: E402
from window import Window  # noqa: E402

REQUESTS = {"idle": None, "status": "/api/v1/status", "cameras": "/api/v1/cameras"}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench start", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--cameras", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60, help="measured, without requests and with each kind of them (60)")
    parser.add_argument("--limit", type=float, default=300, help="s to wait for all to be recorded (300)")
    parser.add_argument("--segment", type=int, default=20, help="seconds (20)")
    parser.add_argument("--bitrate", type=int, default=4000, help="kbit/s a camera (4000)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of Tyto, texts in quotes: ingest='lean'")
    parser.add_argument("--output", type=pathlib.Path, help="JSON file (build/start.json)")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def peak(pid: int) -> int:
    """Bytes that a process has had in memory at most."""
    return int(re.search(r"VmHWM:\s*(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def start(recorder: TytoRecorder, count: int, limit: float) -> dict:
    """Seconds until half, nine tenths and all of the cameras were recorded."""
    found = {"listening": time.monotonic() - recorder.began}
    wanted = {"half": math.ceil(count / 2), "most": math.ceil(count * 0.9), "all": count}
    while wanted:
        recorded = sum(row["state"] == "recording" for row in recorder.rows())
        now = time.monotonic() - recorder.began
        for name in [name for name, need in wanted.items() if recorded >= need]:
            found[name] = now
            del wanted[name]
        if now > limit:
            sys.exit(f"bench: after {limit:.0f} s {recorded} of {count} cameras are recorded\n{recorder.tytod.log[-4000:]}")
        rest(0.5)
    return found


def ask(recorder: TytoRecorder, path: str | None, seconds: float) -> dict:
    """What tytod alone costs while it is asked once a second."""
    pid = recorder.tytod.pid
    before, began, times = processes.cost([pid]), time.monotonic(), []
    for number in range(1, int(seconds) + 1):
        if path is not None:
            asked = time.monotonic()
            recorder.tytod.api("GET", path)
            times.append(time.monotonic() - asked)
        rest(began + number - time.monotonic())
    after = processes.cost([pid])
    found = {"cores": (after.cpu - before.cpu) / (time.monotonic() - began), "pss": after.pss, "peak": peak(pid)}
    if times:
        found |= {"answer_median": sorted(times)[len(times) // 2], "answer_slowest": max(times)}
    return found


def run(arguments, folder: pathlib.Path) -> dict:
    state = folder / "state"
    state.mkdir(mode=0o700)
    cameras = Cameras(arguments.build, arguments.cameras, folder, arguments.bitrate)
    watch = FrameWatch(arguments.build, state)
    try:
        settings = {"segment-seconds": arguments.segment} | dict(word.split("=", 1) for word in arguments.set)
        recorder = TytoRecorder(arguments.build, cameras, state, settings)
        try:
            found = {"seconds": start(recorder, cameras.count, arguments.limit)}
            rest(5)
            window = Window(recorder, cameras)
            found["tytod"] = {name: ask(recorder, path, arguments.seconds) for name, path in REQUESTS.items()}
            found["whole"] = window.end()
            found["told"] = recorder.told()
            rest(2)  # what was sent last arrives
        finally:
            recorder.stop()
        return found | account(watch.finish(), window.first, window.last)
    finally:
        cameras.stop()
        if watch.process.poll() is None:
            watch.process.kill()


def main() -> int:
    arguments = parse_arguments()
    output = arguments.output or arguments.build / "start.json"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tyto-start-", dir=os.environ.get("TYTO_BENCH_DIR")))
    try:
        found = run(arguments, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    seconds, whole = found["seconds"], found["whole"]
    print(f"{arguments.cameras} cameras: tytod listens after {seconds['listening']:.1f} s; half are recorded after {seconds['half']:.1f} s, "
          f"nine tenths after {seconds['most']:.1f} s, all after {seconds['all']:.1f} s")
    for name, one in found["tytod"].items():
        answer = f", answered in {one['answer_median'] * 1000:.1f} ms (at most {one['answer_slowest'] * 1000:.1f})" if "answer_median" in one else ""
        print(f"  tytod alone, {name:8} {one['cores']:.4f} core, PSS {one['pss'] / 2**20:.1f} MB (peak {one['peak'] / 2**20:.1f} MB){answer}")
    print(f"  with its workers: {whole['cores']:.3f} core, PSS {whole['pss'] / 2**20:.0f} MB, {whole['processes']} processes; "
          f"{found['frames_recorded']} frames recorded, {found['frames_lost']} lost")
    settings = {key: value for key, value in vars(arguments).items() if key not in ("build", "output")}
    output.write_text(json.dumps({"settings": settings, "machine": machine.facts()} | found, indent=2) + "\n")
    print(f"kept in {output}")
    return 0 if found["frames_lost"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
