# SPDX-License-Identifier: LGPL-2.1-or-later
"""The simulator's cameras, and what records them in the benches.

    cameras = Cameras(build, count, folder, bitrate=4000)     one camsim; .url(number), .frames(), .pid, .stop()
    recorder = TytoRecorder(build, cameras, folder, settings) .recording(), .pids(), .folder, .stop()
"""

import pathlib
import signal
import subprocess
import sys
import time

import built
import processes
from camera_simulator import CameraSimulator
from tytod import Tytod


def wait(condition, what: str, seconds: float = 60, pause: float = 0.1) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            sys.exit(f"bench: waited {seconds} s in vain for {what}")
        signal.sigtimedwait(set(), pause)


def rest(seconds: float) -> None:
    signal.sigtimedwait(set(), max(seconds, 0))


class Cameras:
    """They do not send at one moment: frames and key frames are spread evenly over a GOP, as those of real cameras are."""

    def __init__(self, build: pathlib.Path, count: int, folder: pathlib.Path, bitrate: int = 4000, words=()):
        self.count = count
        self.simulator = CameraSimulator(build / built.CAMSIM, folder / "camsim.sock",
                                         ["--cameras", count, "--bitrate", bitrate, "--spread", *words])
        self.pid = self.simulator.process.pid

    def url(self, number: int) -> str:
        return self.simulator.url(number)

    def streams(self) -> list[dict]:
        return [stream for stream in self.simulator.control("stats")["streams"] if stream["stream"] == "main"]

    def frames(self) -> tuple[dict[int, int], int]:
        """Number of the newest frame that was sent of each camera; and by how many frames the simulator is behind with the worst of them."""
        sent, behind = {}, 0
        for stream in self.streams():
            sent[stream["camera"]] = max((session["last_frame"] for session in stream["sessions"]), default=stream["frame"])
            behind = max(behind, stream["frame"] - sent[stream["camera"]])
        return sent, behind

    def dropped(self) -> int:
        """Frames that the simulator did not send because a reader was too slow."""
        sessions = [session for stream in self.streams() for session in stream["sessions"] + stream["ended"]]
        return sum(session["dropped"] for session in sessions)

    def cpu(self) -> float:
        return processes.cost([self.pid]).cpu

    def stop(self) -> None:
        self.simulator.stop()


class TytoRecorder:
    name = "tyto"
    settings: dict[str, object] = {}

    def __init__(self, build: pathlib.Path, cameras: Cameras, folder: pathlib.Path, settings: dict, environment=None):
        """@settings of tyto.conf; texts in GVariant's quotes."""
        self.cameras, self.folder = cameras, folder
        lines = ["[tyto]", *(f"{key}={value}" for key, value in (settings | self.settings).items())]
        for number in range(1, cameras.count + 1):
            lines += [f"[cameras/cam{number}]", f"url='{cameras.url(number)}'"]
        (folder / "tyto.conf").write_text("\n".join(lines) + "\n")
        self.began = time.monotonic()
        self.tytod = Tytod(build / built.TYTOD, folder, built.environment(build) | (environment or {}))

    def rows(self) -> list[dict]:
        return self.tytod.api("GET", "/api/v1/cameras")["items"]

    def recording(self) -> int:
        return sum(row["state"] == "recording" and row["frames_received"] > 50 for row in self.rows())

    def pids(self) -> list[int]:
        return processes.children(self.tytod.pid)

    def told(self) -> dict[str, float]:
        """What Tyto itself says of all cameras; seconds of gaps by their reason."""
        rows, found = self.rows(), {}
        for key in ("frames_received", "frames_lost", "packets_lost", "gaps", "reconnects", "worker_restarts"):
            found[key] = sum(row[key] for row in rows)
        for reason, seconds in (pair for row in rows for pair in row["gap_seconds"].items()):
            found[f"gap {reason}"] = found.get(f"gap {reason}", 0) + seconds
        return found

    def catalogued(self) -> int:
        """Frames of all segments in the catalogue; also when it has ended."""
        return sum(row["frames"] for row in self.tytod.rows("segments"))

    def stop(self) -> None:
        self.tytod.process.send_signal(signal.SIGTERM)
        self.tytod.wait(180)


class FragmentsRecorder(TytoRecorder):
    name = "fragments"
    settings = {"engine": "'fragments'"}


class SplitmuxRecorder(TytoRecorder):
    name = "splitmuxsink"
    settings = {"engine": "'splitmuxsink'", "sync-ms": 60000}  # plain: it does not sync while it writes


class FfmpegRecorder:
    name = "ffmpeg"

    def __init__(self, build: pathlib.Path, cameras: Cameras, folder: pathlib.Path, settings: dict, environment=None):
        self.folder = folder
        self.children = []
        for number in range(1, cameras.count + 1):
            (folder / f"cam{number}").mkdir()
            command = ["ffmpeg", "-nostdin", "-v", "fatal", "-rtsp_transport", "tcp", "-i", cameras.url(number), "-c", "copy",
                       "-f", "segment", "-segment_time", str(settings["segment-seconds"]), "-segment_format", "mp4",
                       "-segment_atclocktime", "1", "-reset_timestamps", "1", str(folder / f"cam{number}" / "%06d.mp4")]
            self.children.append(subprocess.Popen(command))

    def recording(self) -> int:
        """A camera counts once its first file is there; the header comes with the first key frame."""
        return sum(any(folder.iterdir()) for folder in self.folder.iterdir())

    def pids(self) -> list[int]:
        return [child.pid for child in self.children]

    def stop(self) -> None:
        for child in self.children:
            child.send_signal(signal.SIGINT)
        for child in self.children:
            child.wait(30)
