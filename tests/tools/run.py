#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The main job behind `./dev run`: starts tytod, records cameras, shows each finished segment and a closing table.

Exit status: 0 nothing was lost; 1 something was (the table says what); 70 a process ended that should not have.
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

import built


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev run", description="Records cameras until --for is over or Ctrl-C.")
    parser.add_argument("--for", dest="seconds", type=float, metavar="SECONDS", help="stop after that time")
    parser.add_argument("--segment", type=int, default=10, metavar="SECONDS", help="length of a segment (10)")
    parser.add_argument("--cameras", type=int, default=2, metavar="N", help="synthetic cameras when no URL is given (2)")
    parser.add_argument("--state", type=pathlib.Path, default=pathlib.Path("tyto-state"), metavar="DIR",
                        help="where recordings and catalogue go (./tyto-state)")
    parser.add_argument("--port", type=int, default=8083, help="of the REST API (8083; 0 = any free)")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("urls", nargs="*", metavar="RTSP_URL")
    arguments = parser.parse_args()
    if not 1 <= arguments.segment <= 86400:
        parser.error("--segment must be 1 to 86400 seconds")
    if arguments.cameras < 1:
        parser.error("--cameras must be at least 1")
    for url in arguments.urls:
        if urllib.parse.urlsplit(url).scheme not in ("rtsp", "rtsps"):
            parser.error(f"{url!r} is not an rtsp:// or rtsps:// URL")
    return arguments


def unblock_signals() -> None:
    """In a child: what we block to wait for it must reach it."""
    signal.pthread_sigmask(signal.SIG_SETMASK, set())


class Recording:
    """The processes of one run; each in a session of its own, so that Ctrl-C reaches only us."""

    def __init__(self, arguments: argparse.Namespace):
        self.arguments = arguments
        self.build = arguments.build
        self.state = arguments.state.absolute()
        self.processes: list[subprocess.Popen] = []
        self.url = ""
        self.lines = 0

    def environment(self) -> dict[str, str]:
        return os.environ | built.environment(self.build) | {
            "SEGMENT_SECONDS": str(self.arguments.segment),
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "warning"),
        }

    def start(self, *command, stdout=subprocess.PIPE) -> subprocess.Popen:
        process = subprocess.Popen([str(word) for word in command], env=self.environment(), stdin=subprocess.DEVNULL,
                                   stdout=stdout, text=True, start_new_session=True, preexec_fn=unblock_signals)
        self.processes.append(process)
        return process

    def start_and_read(self, prefix: str, *command) -> str:
        """Starts @command and gives what follows @prefix on its first line."""
        line = self.start(*command).stdout.readline()
        if not line.startswith(prefix):
            sys.exit(f"{command[0]} did not start (its words are above)")
        return line.removeprefix(prefix).strip()

    def cameras(self) -> list[str]:
        if self.arguments.urls:
            return self.arguments.urls
        base = self.start_and_read("READY ", self.build / built.CAMSIM,
                                   "--cameras", self.arguments.cameras, "--port", 0)
        return [f"{base}/cam{number}" for number in range(1, self.arguments.cameras + 1)]

    def tytoctl(self, *words, password: str | None = None, capture: bool = False) -> subprocess.CompletedProcess:
        command = [str(self.build / built.TYTOCTL), "--url", self.url, *words]
        return subprocess.run(command, env=self.environment(), input=password or "", text=True, start_new_session=True,
                              stdout=subprocess.PIPE if capture else None, check=False, preexec_fn=unblock_signals)

    def add_camera(self, number: int, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        words = []
        if parts.username is not None:
            url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
            words = ["--user", urllib.parse.unquote(parts.username)]
            words += ["--password-file", "-"] if parts.password else []
        password = urllib.parse.unquote(parts.password or "")
        if self.tytoctl("camera", "add", f"cam{number}", url, *words, password=password, capture=True).returncode != 0:
            sys.exit(70)

    def begin(self) -> None:
        self.state.mkdir(parents=True, exist_ok=True)
        config = self.state / "run.conf"
        config.unlink(missing_ok=True)  # the cameras of this run, not those of the one before
        urls = self.cameras()
        self.url = self.start_and_read("Listening on ", self.build / built.TYTOD, "--state", self.state,
                                       "--config", config, "--port", self.arguments.port, "--bus", "none")
        self.tytod = self.processes[-1]
        print(f"API         {self.url}/api/v1/status", f"Recordings  {self.state / 'recordings'}", sep="\n", flush=True)
        watch = self.start(self.build / built.TYTOCTL, "--url", self.url, "watch", "--segments-only")
        threading.Thread(target=self.show, args=(watch.stdout,), daemon=True).start()
        for number, url in enumerate(urls, 1):
            self.add_camera(number, url)

    def show(self, stream) -> None:
        for line in stream:
            print(line, end="", flush=True)
            self.lines += 1

    def wait(self) -> None:
        """Until --for is over, Ctrl-C, or one of our processes ends."""
        signals = {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD}
        deadline = time.monotonic() + (self.arguments.seconds or 1e9)
        while time.monotonic() < deadline:
            received = signal.sigtimedwait(signals, deadline - time.monotonic())
            if received is None or received.si_signo != signal.SIGCHLD:
                return
            if any(process.poll() is not None for process in self.processes):
                print("A process ended that should not have; its words are above.", file=sys.stderr)
                return

    def finish(self) -> int:
        """Closes the last segments, shows the table, ends tytod."""
        if self.tytod.poll() is not None:
            return 70
        self.tytoctl("camera", "stop", "--all", capture=True)
        report = json.loads(self.tytoctl("report", "--json", capture=True).stdout or "[]")
        rows = report.get("cameras", []) if isinstance(report, dict) else report
        expected = sum(row.get("segments", 0) for row in rows)
        limit = time.monotonic() + 2
        while self.lines < expected and time.monotonic() < limit:
            signal.sigtimedwait({signal.SIGCHLD}, 0.02)
        print(flush=True)
        return self.tytoctl("report").returncode

    def end(self) -> None:
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(12)
            except subprocess.TimeoutExpired:
                process.kill()


def main() -> int:
    recording = Recording(parse_arguments())
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD})
    try:
        recording.begin()
        recording.wait()
        return recording.finish()
    finally:
        recording.end()


if __name__ == "__main__":
    sys.exit(main())
