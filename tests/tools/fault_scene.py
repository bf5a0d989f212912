# SPDX-License-Identifier: LGPL-2.1-or-later
"""A tytod that records simulated cameras while things go wrong, and the invariants at the end. For tests/fault and the soak.

    scene = Scene(build, directory, cameras=2)      camera cam1 is the victim, the others are witnesses
    scene.wait_recording()
    …a fault…
    scene.finish()                                  stops the cameras; Outcome with .problems and .lost
"""

import dataclasses
import json
import pathlib
import signal
import time

import accounting
import built
import left_workers
from camera_simulator import CameraSimulator
from disk_shim import DiskShim
from main_loop import wait_until
from tytod import Tytod

ROOT = pathlib.Path(__file__).resolve().parents[2]
SMALL = ("--width", "320", "--height", "180", "--bitrate", "300", "--sub-width", "160", "--sub-height", "90",
         "--sub-bitrate", "100", "--fps", "25")
FPS = 25
PASSWORD = "kestrel-Owl-7391"
# s of what was sent that die with a worker at most: the fragment that is being gathered (0.5 s), a batch that nobody has read yet (0.2 s)
# and what waits to be written behind a slow sync: nothing as a rule; for what a busy machine makes wait there is room of 1.5 s.
MOST_LOST = 2.2


@dataclasses.dataclass
class Outcome:
    accounts: dict[str, accounting.Account]
    problems: list[str]
    lost: dict[str, list[int]]  # camera → frames lost of each session that the simulator sent

    def check(self) -> "Outcome":
        """AssertionError when an invariant does not hold."""
        assert not self.problems, f"{len(self.problems)} problems:\n" + "\n".join(self.problems[:25])
        return self

    def lost_seconds(self, camera: str = "cam1") -> float:
        """The most that one session lost."""
        return max(self.lost[camera], default=0) / FPS


class Scene:
    def __init__(self, build: pathlib.Path, directory: pathlib.Path, cameras: int = 2, simulator: tuple = (), gop: str = "1",
                 segment_seconds: int = 2, settings: str = "", shim: bool = False, address: str = "", options: tuple = (),
                 in_namespace: str = "", environment: dict | None = None, add: bool = True, members: dict | None = None):
        self.build, self.directory = build, directory
        directory.mkdir(parents=True, exist_ok=True)
        self.names = [f"cam{number}" for number in range(1, cameras + 1)]
        self.root: pathlib.Path | None = None  # of the recordings, where it is not in the state directory
        self.inspector = accounting.Inspector()
        self.shim = DiskShim(build, directory / "shim") if shim else None
        (directory / "password").write_text(PASSWORD)
        words = ["--cameras", cameras, *SMALL, "--gop", gop, "--start", "keyframe", "--auth", "digest", "--user", "viewer",
                 "--password-file", directory / "password", *simulator]
        self.simulator = CameraSimulator(build / built.CAMSIM, directory / "camsim.sock", words, address, in_namespace)
        state = directory / "state"
        state.mkdir(mode=0o700)
        (state / "tyto.conf").write_text(f"[tyto]\nthumbnail-seconds=0\ncameras-per-worker=1\n{settings}")
        everything = self._environment(segment_seconds) | (environment or {})
        try:
            self.service = Tytod(build / built.TYTOD, state, everything, options)
            if add:
                self.add(*range(1, cameras + 1), **(members or {}))
        except BaseException:
            self.simulator.stop()
            raise

    def _environment(self, segment_seconds: int) -> dict[str, str]:
        environment = built.environment(self.build) | {
            "G_DEBUG": "fatal-criticals", "LOG_LEVEL": "debug", "SEGMENT_SECONDS": str(segment_seconds),
            "GST_REGISTRY_FORK": "no", "TMPDIR": str(self.directory)}
        return environment | (self.shim.environment if self.shim else {})

    def add(self, *numbers: int, **members) -> None:
        for number in numbers:
            self.service.api("POST", "/api/v1/cameras", {"id": f"cam{number}", "url": self.simulator.url(number), "user": "viewer",
                                                         "password": PASSWORD} | members)

    @property
    def recordings(self) -> pathlib.Path:
        return self.root or self.service.state / "recordings"

    def wait(self, condition, what: str, seconds: float = 20):
        return wait_until(condition, what, seconds)

    def camera(self, name: str = "cam1") -> dict:
        return self.service.camera(name)

    def is_recording(self, name: str) -> bool:
        row = self.camera(name)
        return row["state"] == "recording" and bool(row.get("current_path"))

    def wait_recording(self, *names: str, seconds: float = 20) -> None:
        for name in names or self.names:
            self.wait(lambda name=name: self.is_recording(name), f"{name} to record", seconds)

    def wait_segments(self, count: int = 1, *names: str, seconds: float = 30) -> None:
        """So many more segments of each, beginning now."""
        wanted = {name: self.camera(name)["segments"] + count for name in names or self.names}
        for name, number in wanted.items():
            self.wait(lambda name=name, number=number: self.camera(name)["segments"] >= number, f"segments of {name}", seconds)

    def newest_frame(self, number: int = 1) -> int:
        """That the simulator has taken."""
        return self.simulator.control(f"stats {number}")["streams"][0]["frame"]

    def wait_frames(self, count: int, number: int = 1, seconds: float = 60) -> None:
        """The simulator takes so many more."""
        wanted = self.newest_frame(number) + count
        self.wait(lambda: self.newest_frame(number) >= wanted, f"{count} frames of the simulator", seconds)

    def wait_received(self, count: int, name: str = "cam1", seconds: float = 20) -> None:
        """So many frames of the present run."""
        self.wait(lambda: self.camera(name)["frames_received"] >= count, f"{count} frames of {name}", seconds)

    def recovery(self, *names: str, since: float | None = None, seconds: float = 30) -> float:
        """Waits until they record; seconds since @since (time.monotonic(); now by default)."""
        since = since or time.monotonic()
        self.wait_recording(*names, seconds=seconds)
        return time.monotonic() - since

    def kill_worker(self, name: str = "cam1") -> dict:
        """SIGKILL. Gives the camera as it was before."""
        before = self.camera(name)
        left_workers.send([before["worker_pid"]], signal.SIGKILL)
        self.wait(lambda: not alive(before["worker_pid"]), "the worker to be dead", 5)
        return before

    def wait_new_run(self, before: dict, seconds: float = 15) -> float:
        """Until the camera records in another run; seconds from now."""
        began = time.monotonic()
        name = before["id"]

        def again():
            row = self.camera(name)
            return row["state"] == "recording" and row["run"] != before["run"] and bool(row.get("current_path"))
        self.wait(again, f"{name} to record again", seconds)
        return time.monotonic() - began

    def gaps(self, name: str = "cam1") -> list[dict]:
        return self.service.rows("gaps", name)

    def segments(self, name: str | None = None) -> list[dict]:
        return self.service.rows("segments", name)

    def worker_pids(self) -> list[int]:
        return left_workers.find(self.directory)

    def stop_cameras(self) -> None:
        for name in self.names:
            self.service.api("POST", f"/api/v1/cameras/{name}/stop")

    def _settled(self) -> bool:
        return not accounting.files_and_rows(self.recordings, self.segments())

    def texts(self) -> dict[str, str]:
        """What we wrote and answer."""
        found = {"the log": self.service.log}
        if self.service.process.poll() is None:
            for path in ("/api/v1/cameras", "/api/v1/status", "/api/v1/gaps?limit=1000", "/metrics"):
                found[path] = self.service.request("GET", path)[2].decode()
        return found

    def sessions(self, name: str, numbers: set[int]) -> list[accounting.Session]:
        """What the simulator sent; @numbers: recorded. What was on its way when the camera was stopped does not count."""
        sent = accounting.sessions(self.simulator, int(name.removeprefix("cam")))
        if sent and numbers:
            sent[-1] = sent[-1]._replace(last=max(sent[-1].first, max(numbers)))
        return sent

    def judge(self, times: bool = True) -> Outcome:
        """The invariants as they stand; nothing may be recording."""
        segments, gaps = self.segments(), self.service.rows("gaps")
        accounts = {name: accounting.account(self.inspector, name, segments, gaps, times) for name in self.names}
        problems = [problem for account in accounts.values() for problem in account.problems]
        problems += accounting.files_and_rows(self.recordings, segments)
        problems += accounting.secrets_in([PASSWORD], self.texts(), [self.service.pid, *self.worker_pids()])
        lost = {name: [accounting.lost_of_session(session, account.numbers) for session in self.sessions(name, account.numbers)]
                for name, account in accounts.items()}
        return Outcome(accounts, problems, lost)

    def finish(self, witnesses: bool = True, times: bool = True) -> Outcome:
        """Stops the cameras and judges; @witnesses: all cameras but cam1 lost nothing (I6)."""
        self.stop_cameras()
        try:
            self.wait(self._settled, "the last rows", 20)
        except AssertionError:
            pass  # judge() says what is wrong
        outcome = self.judge(times)
        if witnesses:
            for name in self.names[1:]:
                if outcome.accounts[name].holes or self.gaps(name):
                    outcome.problems.append(f"{name} was to lose nothing: {outcome.accounts[name].holes} {self.gaps(name)}")
        return outcome

    def close(self) -> str:
        """Ends all processes; gives the log."""
        try:
            if self.service.process.poll() is None:
                self.service.stop()
        finally:
            left_workers.send(self.worker_pids(), signal.SIGKILL)
            self.simulator.stop()
        return self.service.log


def alive(pid: int) -> bool:
    """Also not a zombie."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclasses.dataclass
class Result:
    """A row of the table at the end."""
    row: int
    fault: str
    times: int = 0
    lost_frames: int = 0  # of what the cameras sent
    lost_seconds: float = 0  # the most at one time
    recovered: float | None = None  # s, the longest

    def note(self, recovered: float | None = None) -> None:
        """It has happened once more."""
        self.times += 1
        if recovered is not None:
            self.recovered = max(self.recovered or 0, recovered)

    def lose(self, outcome: Outcome, *names: str) -> None:
        for name in names or ("cam1",):
            self.lost_frames += sum(outcome.lost[name])
            self.lost_seconds = max(self.lost_seconds, outcome.lost_seconds(name))

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))
