#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The faults of the matrix at random, for long, while cameras are recorded; at the end every frame is accounted for.

The last two cameras are witnesses: nothing is done to them, and they must not lose a frame, whatever becomes of the others
and of tytod. Exit status: 0 all invariants held; 1 one did not (the words say which).
"""

import argparse
import collections
import dataclasses
import json
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/tools"), str(ROOT / "tests/fault")]

import left_workers  # noqa: E402
import table  # noqa: E402
from fault_scene import FPS, Scene  # noqa: E402
from main_loop import wait_until  # noqa: E402

WITNESSES = 2
KILLS_A_CAMERA = 5  # in WINDOW: one more parks the worker
WINDOW = 605  # s
MOST_LOST = 30  # frames of one session: 1 s of received media, and a batch of 200 ms
UNDER_WAY = 6  # frames that nobody has read yet
DISK = {"disk", "disk-full", "disk-slow"}  # reasons that may lose more
STATE = 30  # s in which a fault must be over


@dataclasses.dataclass
class Event:
    """A fault that was done to a camera."""
    kind: str
    camera: str
    frame: int  # the newest one the simulator had taken
    began: float
    run: str
    new_run: bool


@dataclasses.dataclass
class Kind:
    """@new_run: the connection does not survive it. @ends: seconds until the fault itself is over."""
    row: int
    text: str
    weight: int
    act: str  # name of the method
    words: tuple = ()
    new_run: bool = False
    ends: float = 0


KINDS = {
    "kill": Kind(1, "kill -9 of a worker", 36, "kill", new_run=True),
    "tytod": Kind(26, "kill -9 of tytod", 9, "kill_tytod"),
    "restart": Kind(26, "restart of tytod (SIGUSR1)", 3, "restart_tytod"),
    "stop": Kind(4, "stop of tytod (SIGTERM) and start", 1, "stop_tytod"),
    "reset": Kind(5, "camera resets the connection", 4, "command", ("reset {}",), True),
    "close": Kind(5, "camera closes the connection", 3, "command", ("close {}",), True),
    "silence": Kind(6, "camera silent, connection open", 1, "command", ("silence {} on", "silence {} off"), True, 14),
    "reboot": Kind(7, "camera reboots; timestamps and SSRC start anew", 3, "command", ("reboot {} 3",), True, 3),
    "anew": Kind(7, "timestamps and SSRC anew in a session", 3, "command", ("restart {}",)),
    "clock": Kind(10, "camera clock ± 1 h", 3, "command", ("clock {} 3600", "clock {} -3600"), False, 3),
    "forward": Kind(10, "RTP timestamps jump by 1 h", 2, "command", ("jump {} 3600",)),
    "back": Kind(10, "RTP timestamps jump by -1 h", 2, "command", ("jump {} -3600",)),
    "size": Kind(12, "SPS and resolution change", 3, "command", ("resolution {} 480x270", "resolution {} 320x180"), False, 4),
    "audio": Kind(13, "audio dies", 3, "command", ("audio {} off", "audio {} on"), False, 5),
    "gop": Kind(14, "no key frame for 20 s", 2, "command", ("gop {} endless", "gop {} 1"), False, 20),
    "same": Kind(15, "equal timestamps", 2, "command", ("stamps {} same", "stamps {} good"), False, 5),
    "wrong": Kind(15, "backward timestamps", 2, "command", ("stamps {} back", "stamps {} good"), False, 5),
    "full": Kind(17, "ENOSPC for 3 s", 2, "disk", ("fail write ENOSPC", "fail allocate ENOSPC"), False, 3),
    "eio": Kind(18, "EIO on fdatasync", 2, "disk", ("fail fdatasync EIO 1",), False, 3),
    "slow": Kind(19, "a write stalls for 5 s", 2, "disk", ("stall write 5 1",), False, 6),
}


class Soak:
    def __init__(self, arguments: argparse.Namespace, directory: pathlib.Path):
        self.chance = random.Random(arguments.seed)
        self.kinds = {name: kind for name, kind in KINDS.items() if not arguments.only or name in arguments.only}
        self.scene = Scene(arguments.build, directory, cameras=arguments.cameras, shim=True, segment_seconds=arguments.segment,
                           simulator=("--bitrate", "100", "--audio", "aac"), environment={"LOG_LEVEL": "info"})
        self.victims = self.scene.names[:-WITNESSES]
        self.events: list[Event] = []
        self.pending: dict[str, Event] = {}  # camera → what it has not got over yet
        self.later: list[tuple[float, str | None]] = []  # when → command of the simulator, None: the disk is well again
        self.kills: dict[str, collections.deque] = collections.defaultdict(collections.deque)
        self.stops: list[int] = []  # the newest frame at each SIGTERM; all cameras count alike
        self.counts: collections.Counter = collections.Counter()
        self.slowest: dict[str, float] = {}
        self.problems: list[str] = []
        self.disk_busy_until = 0.0
        self.stopped = threading.Event()
        self.inspector = threading.Thread(target=self.inspect_meanwhile)

    def cameras(self) -> dict[str, dict]:
        return {row["id"]: row for row in self.scene.service.api("GET", "/api/v1/cameras")["items"]}

    # What can be done: each gives whether it was done.

    def begin(self, name: str, camera: str, row: dict) -> None:
        kind = KINDS[name]
        event = Event(name, camera, self.scene.newest_frame(int(camera[3:])), time.monotonic(), row["run"], kind.new_run)
        self.events.append(event)
        self.pending[camera] = event

    def free_victim(self, rows: dict[str, dict]) -> str | None:
        free = [name for name in self.victims if name not in self.pending and rows[name]["state"] == "recording"]
        return self.chance.choice(free) if free else None

    def kill(self, name: str, rows: dict[str, dict]) -> bool:
        now = time.monotonic()
        camera = self.free_victim(rows)
        if camera is None:
            return False
        times = self.kills[camera]
        while times and now - times[0] > WINDOW:
            times.popleft()
        if len(times) >= KILLS_A_CAMERA:
            return False
        times.append(now)
        self.begin(name, camera, rows[camera])
        left_workers.send([rows[camera]["worker_pid"]], signal.SIGKILL)
        return True

    def command(self, name: str, rows: dict[str, dict]) -> bool:
        camera = self.free_victim(rows)
        if camera is None:
            return False
        first, *then = (word.format(camera[3:]) for word in KINDS[name].words)
        self.begin(name, camera, rows[camera])
        assert self.scene.simulator.control(first)["ok"], first
        self.later += [(time.monotonic() + KINDS[name].ends, word) for word in then]
        if name == "clock":
            self.later.append((time.monotonic() + 2 * KINDS[name].ends, f"clock {camera[3:]} 0"))
        return True

    def disk(self, name: str, rows: dict[str, dict]) -> bool:
        camera = self.free_victim(rows)
        if camera is None or time.monotonic() < self.disk_busy_until:
            return False
        self.begin(name, camera, rows[camera])
        self.scene.shim.set(f"prefix {self.scene.recordings}", f"match /{camera}/", *KINDS[name].words)
        self.disk_busy_until = time.monotonic() + KINDS[name].ends + 1
        self.later.append((time.monotonic() + KINDS[name].ends, None))
        return True

    def restart(self, name: str) -> bool:
        began = time.monotonic()
        wait_until(lambda: self.scene.newest_frame(1) % 50 < 40, "a moment", 5)
        self.scene.service.start()
        self.slowest[name] = max(self.slowest.get(name, 0), time.monotonic() - began)
        return True

    def kill_tytod(self, name: str, _rows) -> bool:
        self.scene.service.kill()
        return self.restart(name)

    def restart_tytod(self, name: str, _rows) -> bool:
        self.scene.service.process.send_signal(signal.SIGUSR1)
        if self.scene.service.wait() != 0:
            self.problems.append("tytod did not end well after SIGUSR1")
        return self.restart(name)

    def stop_tytod(self, name: str, _rows) -> bool:
        if self.pending:
            return False
        self.stops.append(self.scene.newest_frame(1))
        if self.scene.service.stop() != 0:
            self.problems.append("tytod did not end well after SIGTERM")
        return self.restart(name)

    # The run.

    def settle_events(self, rows: dict[str, dict]) -> None:
        now = time.monotonic()
        for camera, event in list(self.pending.items()):
            row = rows[camera]
            ends = KINDS[event.kind].ends
            well = row["state"] == "recording" and row.get("current_path") and (not event.new_run or row["run"] != event.run)
            if well and now - event.began > ends:
                if event.new_run:
                    self.slowest[event.kind] = max(self.slowest.get(event.kind, 0), now - event.began - ends)
                del self.pending[camera]
            elif now - event.began > ends + STATE:
                self.problems.append(f"{camera} did not get over “{KINDS[event.kind].text}” in {STATE} s: {row['state']} {row.get('error', '')}")
                del self.pending[camera]

    def do_what_is_due(self) -> None:
        now = time.monotonic()
        due = [item for item in self.later if item[0] <= now]
        self.later = [item for item in self.later if item[0] > now]
        for _, command in due:
            if command is None:
                self.scene.shim.clear()
            else:
                self.scene.simulator.control(command)

    def step(self, rows: dict[str, dict]) -> None:
        name = self.chance.choices(list(self.kinds), [kind.weight for kind in self.kinds.values()])[0]
        if getattr(self, KINDS[name].act)(name, rows):
            self.counts[name] += 1

    def run(self, seconds: float, pause: float) -> None:
        self.scene.wait_recording(seconds=120)
        self.inspector.start()
        end = time.monotonic() + seconds
        next_step = 0.0
        told = time.monotonic()

        def turn() -> bool:
            nonlocal next_step, told
            now = time.monotonic()
            self.do_what_is_due()
            rows = self.cameras()
            self.settle_events(rows)
            if now >= next_step:
                self.step(rows)
                next_step = now + self.chance.uniform(0.5, 1.5) * pause
            if now - told > 60:
                told = now
                print(f"{(end - now) / 60:.0f} min to go: {sum(self.counts.values())} faults, {len(self.problems)} problems", flush=True)
            return now >= end
        wait_until(turn, "the end", seconds + 120)
        while self.later:
            wait_until(lambda: time.monotonic() >= self.later[0][0], "the last fault's end", 60)
            self.do_what_is_due()
        wait_until(lambda: self.settle_events(self.cameras()) or not self.pending, "all to be well again", 2 * STATE)
        self.stop_inspector()
        self.scene.wait_recording(seconds=60)

    def inspect_meanwhile(self) -> None:
        """Files are read while others are written: there are many at the end."""
        while not self.stopped.wait(5):
            for row in self.scene.segments():
                if not self.stopped.is_set():
                    self.scene.inspector.look(row)

    # The counts.

    def stop_inspector(self) -> None:
        self.stopped.set()
        if self.inspector.is_alive():
            self.inspector.join()

    def attribute(self, camera: str, number: int) -> str:
        """The fault that cost frame @number: the last one before it, or just after (frames under way)."""
        before = [event for event in self.events if event.camera == camera and event.frame <= number + 3 * FPS]
        return before[-1].kind if before else ""

    def sessions(self, name: str, numbers: set[int]) -> list:
        """As the scene's; what was on its way to a tytod that was told to stop does not count either (a batch of 200 ms)."""
        found = []
        for session in self.scene.sessions(name, numbers):
            if any(0 <= session.last - stop <= FPS for stop in self.stops):
                kept = [number for number in range(max(session.first, session.last - UNDER_WAY), session.last + 1) if number in numbers]
                session = session._replace(last=max(kept, default=session.last))
            found.append(session)
        return found

    def judge(self) -> dict:
        outcome = self.scene.finish(witnesses=False)
        self.problems += outcome.problems
        rows = {name: {"row": kind.row, "fault": kind.text, "times": self.counts[name], "lost_frames": 0, "lost_seconds": 0,
                       "recovered": self.slowest.get(name), "verdict": "pass"} for name, kind in self.kinds.items()}
        outages = 0
        for name in self.scene.names:
            account = outcome.accounts[name]
            outages += account.missing
            for session in self.sessions(name, account.numbers):
                self.judge_session(name, account, session, rows)
        for name in self.scene.names[-WITNESSES:]:
            holes = [hole for hole in outcome.accounts[name].holes if set(hole.reasons) != {"recorder-down"}]
            if holes:
                self.problems.append(f"{name}, to which nothing was done, lost frames: {holes}")
        deaths = [line for line in self.scene.service.log.splitlines() if " died: " in line]
        if len(deaths) != self.counts["kill"]:  # of a worker it has adopted, tytod knows no more than that it ended
            self.problems += [f"{self.counts['kill']} workers were killed, {len(deaths)} died", *deaths]
        recorded = sum(len(account.numbers) for account in outcome.accounts.values())
        return {"rows": [row for row in rows.values() if row["times"]], "frames_recorded": recorded,
                "frames_missing": outages, "segments": len(self.scene.segments()), "gaps": len(self.scene.service.rows("gaps")),
                "recovered_segments": sum(row.get("recovered", 0) for row in self.scene.segments())}

    def judge_session(self, camera: str, account, session, rows: dict) -> None:
        """What was sent in a session and is in no file, by the fault that cost it."""
        lost: collections.Counter = collections.Counter()
        hard = 0  # frames that no failing disk explains
        for hole in account.holes:
            first, last = max(hole.first, session.first), min(hole.last, session.last)
            if first <= last:
                lost[self.attribute(camera, first)] += last - first + 1
                hard += 0 if DISK & set(hole.reasons) else last - first + 1
        for kind, count in lost.items():
            if kind not in rows:
                self.problems.append(f"{camera}: {count} frames are lost and nothing was done to it")
                continue
            rows[kind]["lost_frames"] += count
            rows[kind]["lost_seconds"] = max(rows[kind]["lost_seconds"], count / FPS)
            if hard > MOST_LOST:
                rows[kind]["verdict"] = "FAIL"
        if hard > MOST_LOST:
            self.problems.append(f"{camera}: {hard} frames of the session {session.first} to {session.last} are lost: {dict(lost)}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev soak", description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=0)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--cameras", type=int, default=20, help="two of them witnesses (20)")
    parser.add_argument("--segment", type=int, default=10, help="seconds (10)")
    parser.add_argument("--pause", type=float, default=2.5, help="seconds between two faults, on average (2.5)")
    parser.add_argument("--seed", type=int, default=None, help="repeats a run's choices (default: any)")
    parser.add_argument("--only", nargs="+", choices=sorted(KINDS), metavar="FAULT", help=" ".join(sorted(KINDS)))
    parser.add_argument("--directory", type=pathlib.Path, help="empty or not there; stays (default: a temporary one, which stays when something is wrong)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="keep the counts there")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.cameras <= WITNESSES:
        parser.error(f"--cameras must be more than {WITNESSES}")
    if arguments.hours + arguments.minutes <= 0:
        parser.error("--hours or --minutes must be given")
    arguments.seed = arguments.seed if arguments.seed is not None else int.from_bytes(os.urandom(3), "big")
    arguments.build = arguments.build.resolve()
    return arguments


def main() -> int:
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what it started
    directory = arguments.directory or pathlib.Path(tempfile.mkdtemp(prefix="tyto-soak-"))
    print(f"seed {arguments.seed}, {arguments.cameras} cameras, in {directory}", flush=True)
    soak = Soak(arguments, directory.resolve())
    result: dict = {"rows": []}
    try:
        soak.run(arguments.hours * 3600 + arguments.minutes * 60, arguments.pause)
        result = soak.judge()
    except (AssertionError, OSError, KeyboardInterrupt) as error:
        soak.problems.append(f"{type(error).__name__}: {error}")
    finally:
        soak.stop_inspector()
        soak.scene.close()
    rows = sorted(result["rows"], key=lambda row: row["row"])
    print("\n".join(["", *table.lines(rows), ""]))
    counts = {key: value for key, value in result.items() if key != "rows"}
    print(", ".join(f"{value} {key.replace('_', ' ')}" for key, value in counts.items()))
    print("\n".join([f"PROBLEM {problem}" for problem in soak.problems[:100]]) or "All invariants held.")
    if arguments.json:
        settings = {"seed": arguments.seed, "cameras": arguments.cameras, "minutes": arguments.hours * 60 + arguments.minutes}
        arguments.json.write_text(json.dumps({"settings": settings, "faults": rows, "counts": counts, "problems": soak.problems}, indent=2) + "\n")
    if not soak.problems and arguments.directory is None:
        shutil.rmtree(directory)
    return 1 if soak.problems else 0


if __name__ == "__main__":
    sys.exit(main())
