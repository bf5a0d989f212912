#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tyto's upload queue against awscli and rclone: the same files to the same kind of server (Ceph radosgw in memory), in one run.

Each begins with a server of its own and ends when all files are there; its programs are measured, the server is not. All send as many
files at a time, in parts of the same size. Tyto also keeps each file's SHA-256 and its row in the catalogue, and starts its service
first; that is in its time.
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

import archive_bucket  # noqa: E402
import built  # noqa: E402
import processes  # noqa: E402
import s3_servers  # noqa: E402
from tytod import Tytod  # noqa: E402

MIB = 1 << 20
AWS, RCLONE = "/usr/bin/aws", "/usr/bin/rclone"  # Debian's


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench upload", description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=24, help="of --mib each (24)")
    parser.add_argument("--mib", type=int, default=16, help="(16)")
    parser.add_argument("--large", type=int, default=2, help="files of 10 times the size, sent in parts (2)")
    parser.add_argument("--rounds", type=int, default=3, help="each of them, in turn (3)")
    parser.add_argument("--concurrency", type=int, default=4, help="files at a time (4)")
    parser.add_argument("--part-mib", type=int, default=8)
    parser.add_argument("--threshold-mib", type=int, default=16)
    parser.add_argument("--output", type=pathlib.Path, help="JSON file (build/upload.json)")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def peak(pid: int) -> int:
    """Bytes that a process has had in memory at most."""
    found = re.search(r"VmHWM:\s*(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0  # it has just ended


def run(command: list, environment: dict) -> dict:
    """A program that ends by itself: s, CPU s, peak bytes."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RCLONE_"))}
    began = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], env=inherited | environment, stdout=subprocess.DEVNULL)
    memory, ended = 0, 0
    while not ended:
        signal.sigtimedwait(set(), 0.02)
        memory = max(memory, peak(process.pid))
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"bench: {command[0]} ended with {process.returncode}")
    return {"seconds": time.monotonic() - began, "cpu": usage.ru_utime + usage.ru_stime, "memory": memory}


class Contest:
    def __init__(self, arguments, folder: pathlib.Path):
        self.arguments, self.folder = arguments, folder
        self.access = None
        self.source = None

    def make_files(self, state: pathlib.Path) -> int:
        """Files and rows of a stopped Tyto: what all of them send."""
        words = self.arguments
        Tytod(words.build / built.TYTOD, state, self.environment()).stop()
        count = archive_bucket.waiting(state, 1, words.files, words.mib * MIB)
        if words.large:
            count += archive_bucket.waiting(state, 1, words.large, 10 * words.mib * MIB, first=2)
        return count

    def environment(self) -> dict[str, str]:
        return built.environment(self.arguments.build)

    def tyto(self, state: pathlib.Path) -> dict:
        words = self.arguments
        (state / "tyto.conf").write_text(
            f"[tyto]\nupload-concurrency={words.concurrency}\nupload-part-mib={words.part_mib}\n"
            f"upload-threshold-mib={words.threshold_mib}\n")
        began = time.monotonic()
        service = Tytod(words.build / built.TYTOD, state, self.environment() | self.access.environment)
        while service.api("GET", "/api/v1/uploads?limit=1")["waiting"]["segments"] > 0:
            signal.sigtimedwait(set(), 0.05)
        seconds = time.monotonic() - began
        pids = [service.pid, service.api("GET", "/api/v1/archive")["worker_pid"]]
        found = {"seconds": seconds, "cpu": processes.cost(pids).cpu, "memory": sum(peak(pid) for pid in pids)}
        service.stop()
        return found

    def aws(self, state: pathlib.Path) -> dict:
        words = self.arguments
        config = self.folder / "aws.conf"
        config.write_text(f"[default]\nregion = us-east-1\ns3 =\n  addressing_style = path\n  max_concurrent_requests = {2 * words.concurrency}\n"
                          f"  multipart_threshold = {words.threshold_mib}MB\n  multipart_chunksize = {words.part_mib}MB\n")
        return run([AWS, "s3", "cp", "--recursive", "--only-show-errors", "--exclude", "*", "--include", "*.mp4",
                    "--endpoint-url", self.access.endpoint, state / "recordings", f"s3://{self.access.bucket}/"],
                   {"AWS_ACCESS_KEY_ID": self.access.access_key, "AWS_SECRET_ACCESS_KEY": self.access.secret_key,
                    "AWS_CONFIG_FILE": str(config)})

    def rclone(self, state: pathlib.Path) -> dict:
        words = self.arguments
        settings = {"TYPE": "s3", "PROVIDER": "Ceph", "ENDPOINT": self.access.endpoint, "REGION": "us-east-1",
                    "ACCESS_KEY_ID": self.access.access_key, "SECRET_ACCESS_KEY": self.access.secret_key}
        return run([RCLONE, "copy", "--config", "/dev/null", "--transfers", words.concurrency, "--s3-upload-concurrency", 2, "--s3-chunk-size",
                    f"{words.part_mib}Mi", "--s3-upload-cutoff", f"{words.threshold_mib}Mi", "--s3-no-check-bucket", "--log-level", "ERROR", "--include",
                    "*.mp4", state / "recordings", f"bench:{self.access.bucket}"],
                   {f"RCLONE_CONFIG_BENCH_{name}": value for name, value in settings.items()})

    def round(self, name: str, number: int) -> dict:
        place = self.folder / f"{name}-{number}"
        state = place / "state"
        state.mkdir(parents=True, mode=0o700)
        server = s3_servers.RadosGateway(place / "server")
        try:
            self.access = server.access(self.arguments.build / "tests/tools/s3call/s3-call", "bench-bucket")
            self.access.call("create-bucket")
            count = self.make_files(state)
            os.sync()
            found = getattr(self, name)(state)
            sizes = archive_bucket.Bucket(self.access).keys()
            if len(sizes) != count:
                sys.exit(f"bench: {name} left {len(sizes)} objects of {count} files")
            found["rate"] = sum(sizes.values()) / found["seconds"]
            return found
        finally:
            server.stop()
            shutil.rmtree(place)


def table(results: dict[str, list[dict]]) -> list[str]:
    lines = [f"{'':8} {'MB/s':>8} {'CPU s':>8} {'peak MiB':>9}"]
    for name, rounds in results.items():
        middle = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
        lines.append(f"{name:8} {middle['rate'] / 1e6:8.1f} {middle['cpu']:8.2f} {middle['memory'] / MIB:9.1f}")
    return lines


def main() -> None:
    arguments = parse_arguments()
    missing = [program for program in (AWS, RCLONE) if not pathlib.Path(program).exists()]
    if missing:
        sys.exit(f"bench: {missing} is missing; ./dev bench upload installs it")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tyto-upload-"))
    contest = Contest(arguments, folder)
    results = {name: [] for name in ("tyto", "aws", "rclone")}
    try:
        for number in range(arguments.rounds):
            for name, found in results.items():
                found.append(contest.round(name, number))
                last = found[-1]
                print(f"round {number + 1}: {name}: {last['rate'] / 1e6:.1f} MB/s, {last['cpu']:.2f} CPU s, {last['memory'] / MIB:.1f} MiB",
                      file=sys.stderr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    output = arguments.output or arguments.build / "upload.json"
    facts = {"machine": platform.machine(), "cores": os.cpu_count(), "arguments": {key: str(value) for key, value in vars(arguments).items()}}
    output.write_text(json.dumps(facts | {"results": results}, indent=2) + "\n")
    print("\n".join(table(results)))


if __name__ == "__main__":
    main()
