#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long a frame takes from the camera's last byte to the tee behind camerasrc, by engine, with a live viewer and without.

The simulator logs when the connection has taken the last byte of each frame; tests/bench/camera-arrival.c, a process with all cameras as a
worker has them, when the frame comes to the tee; both by CLOCK_MONOTONIC. A live viewer sets batch=0: frames are given at once. Without, they
may wait for the default batch.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/tools"), str(ROOT / "tests/bench")]

import built  # noqa: E402
import machine  # noqa: E402
import processes  # noqa: E402
from recorders import Cameras, rest  # noqa: E402

PROGRAM = "tests/bench/camera-arrival"
ENGINES = ("lean", "rtspsrc")
BATCHES = {"live": "0", "nobody watches": "-"}
SHARES = {"median": 0.5, "p95": 0.95, "p99": 0.99, "most": 1.0}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench latency", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20, help="measured, each time (20)")
    parser.add_argument("--bitrate", type=int, default=4000, help="kbit/s a camera (4000)")
    parser.add_argument("--output", type=pathlib.Path, help="JSON file (build/latency.json)")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def read(lines: list[str]) -> dict[tuple[int, int], int]:
    """Time (ns) by camera and frame."""
    return {(int(camera), int(frame)): int(moment) for camera, frame, moment in map(str.split, lines)}


def measure(arguments, engine: str, batch: str, folder: pathlib.Path) -> dict:
    log = folder / "sent"
    cameras = Cameras(arguments.build, arguments.cameras, folder, arguments.bitrate, ["--sent-log", log])
    command = [arguments.build / PROGRAM, engine, batch, *(cameras.url(number) for number in range(1, cameras.count + 1))]
    try:
        with subprocess.Popen(command, env=os.environ | built.environment(arguments.build), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True) as process:
            if process.stdout.readline() != "READY\n":
                sys.exit(f"bench: engine {engine} did not receive the cameras")
            rest(3)
            first, before = cameras.frames()[0], processes.cost([process.pid]).cpu
            rest(arguments.seconds)
            cpu, last = processes.cost([process.pid]).cpu - before, cameras.frames()[0]
            rest(1)  # what was sent last arrives
            arrived = read(process.communicate()[0].splitlines())
    finally:
        cameras.stop()
    sent = read(log.read_text().splitlines())
    (folder / "camsim.sock").unlink(missing_ok=True)
    wanted = [frame for frame in sent if first[frame[0]] < frame[1] <= last[frame[0]]]
    took = sorted((arrived[frame] - sent[frame]) / 1e6 for frame in wanted if frame in arrived)
    found = {name: took[min(int(len(took) * share), len(took) - 1)] for name, share in SHARES.items()}
    return found | {"frames": len(took), "missing": len(wanted) - len(took), "cpu_per_camera_second": cpu / arguments.seconds / cameras.count}


def main() -> int:
    arguments = parse_arguments()
    output = arguments.output or arguments.build / "latency.json"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tyto-latency-", dir=os.environ.get("TYTO_BENCH_DIR")))
    results: dict[str, dict[str, dict]] = {}
    try:
        for engine in ENGINES:
            results[engine] = {name: measure(arguments, engine, batch, folder) for name, batch in BATCHES.items()}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{'ms':26} {'median':>8} {'p95':>8} {'p99':>8} {'most':>8} {'frames':>8} {'missing':>8} {'mcore a camera':>15}")
    for engine, by_name in results.items():
        for name, found in by_name.items():
            print(f"{engine:10} {name:15} " + " ".join(f"{found[share]:8.2f}" for share in SHARES) + f" {found['frames']:8} {found['missing']:8}"
                  f" {found['cpu_per_camera_second'] * 1000:15.3f}")
    settings = {key: value for key, value in vars(arguments).items() if key not in ("build", "output")}
    output.write_text(json.dumps({"settings": settings, "machine": machine.facts(), "results": results}, indent=2) + "\n")
    print(f"kept in {output}")
    return 0 if all(found["missing"] == 0 for by_name in results.values() for found in by_name.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
