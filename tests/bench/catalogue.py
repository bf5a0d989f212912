#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How fast the catalogue answers with a million segments of 500 cameras: SQLite and PostgreSQL, in one run."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tools"))

from postgresql import Postgresql  # noqa: E402

# What was promised.
GOALS = {"camera_day": 10, "camera_expired": 10, "oldest": 10}  # ms, p99
INSERTS = 1000  # rows a second
NAMES = {"camera_day": "a camera's day", "camera_expired": "a camera's oldest to delete", "oldest": "oldest of all to delete"}
# As a server is that must not lose anything: synced, as SQLite is.
SERVER = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "shared_buffers": "256MB", "max_wal_size": "2GB"}


def read_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench catalogue", description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--segments", type=int, default=1_000_000)
    parser.add_argument("--cameras", type=int, default=500)
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--inserts", type=int, default=10_000)
    parser.add_argument("--output", type=pathlib.Path, help="JSON file (build/catalogue.json)")
    return parser.parse_args()


def run(program: pathlib.Path, *words) -> dict:
    done = subprocess.run([str(program), *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: {words[0]} failed:\n{done.stderr}")
    return json.loads(done.stdout) if done.stdout else {}


def measure(arguments, directory: pathlib.Path) -> dict:
    program = arguments.build / "tests/bench/bench-catalogue"
    file = directory / "catalogue.db"
    began = time.monotonic()
    run(program, "fill", file, arguments.segments, arguments.cameras)
    print(f"SQLite made in {time.monotonic() - began:.0f} s, {file.stat().st_size / 2**20:.0f} MiB", file=sys.stderr)
    place = directory / "pg"
    place.mkdir()
    os.chmod(directory, 0o755)
    server = Postgresql(place, **SERVER).start()
    try:
        copied = run(program, "copy", file, server.uri())
        print(f"copied to PostgreSQL at {copied['rows_per_second']:.0f} rows/s", file=sys.stderr)
        server.sql("VACUUM ANALYZE")
        server.sql("CHECKPOINT")
        answers = {"sqlite": run(program, "ask", f"sqlite://{file}", arguments.queries, arguments.inserts),
                   "postgresql": run(program, "ask", server.uri(), arguments.queries, arguments.inserts)}
    finally:
        server.stop()
    # What else the machine did meanwhile counts, too.
    return {"copy_rows_per_second": copied["rows_per_second"], "backends": answers, "load": os.getloadavg()[0], "cores": os.cpu_count()}


def report(result: dict) -> bool:
    well = True
    print(f"{'':34} {'goal':>10} {'SQLite':>22} {'PostgreSQL':>22}")
    backends = [result["backends"][name] for name in ("sqlite", "postgresql")]
    for name, goal in GOALS.items():
        cells = [f"{one[name]['p50_ms']:.2f} / {one[name]['p99_ms']:.2f} ms" for one in backends]
        well = well and all(one[name]["p99_ms"] < goal for one in backends)
        print(f"{NAMES[name] + ', p50 / p99':34} {f'< {goal} ms':>10} {cells[0]:>22} {cells[1]:>22}")
    cells = [f"{one['inserts_per_second']:,} rows/s" for one in backends]
    well = well and all(one["inserts_per_second"] >= INSERTS for one in backends)
    print(f"{'segments entered':34} {f'≥ {INSERTS:,}':>10} {cells[0]:>22} {cells[1]:>22}")
    print(f"{'copied to PostgreSQL':34} {'':>10} {'':>22} {result['copy_rows_per_second']:>15,} rows/s")
    print(f"Load of the machine: {result['load']:.1f} on {result['cores']} cores")
    print("All goals are met." if well else "NOT all goals are met.")
    return well


def main() -> int:
    arguments = read_arguments()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="tyto-bench-catalogue-", dir=os.environ.get("TYTO_BENCH_DIR")))
    try:
        result = measure(arguments, directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    output = arguments.output or arguments.build / "catalogue.json"
    output.write_text(json.dumps(result, indent=2) + "\n")
    return 0 if report(result) else 1


if __name__ == "__main__":
    sys.exit(main())
