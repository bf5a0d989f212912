# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a recorder costs over a while: CPU and memory of its processes, and the frames that were taken meanwhile."""

import time

import processes
from recorders import rest


class Window:
    """From its making to end(). .first and .last: number of each camera's first and last frame."""

    def __init__(self, recorder, cameras):
        self.cameras = cameras
        self.pids = recorder.pids()
        self.first = {camera: frame + 1 for camera, frame in cameras.frames()[0].items()}
        self.last = self.first
        self.wall = time.time()
        self.simulator = cameras.cpu()
        self.before, self.began = processes.cost(self.pids), time.monotonic()

    def end(self) -> dict:
        after, seconds = processes.cost(self.pids), time.monotonic() - self.began
        simulator = self.cameras.cpu() - self.simulator
        self.last, behind = self.cameras.frames()
        cpu, count = after.cpu - self.before.cpu, self.cameras.count
        return {
            "seconds": seconds,
            "cores": cpu / seconds,
            "cpu_per_camera_second": cpu / seconds / count,
            "pss": after.pss,
            "pss_per_camera": after.pss / count,
            "threads": after.threads,
            "processes": after.processes,
            "simulator_behind": behind,
            "simulator_cpu_per_camera_second": simulator / seconds / count,
        }


def wait_for_boundary(segment: int, seconds: float) -> None:
    """Until no segment of @segment s is to begin for @seconds: they begin at whole multiples of it by the clock."""
    left = segment - time.time() % segment
    if left < seconds:
        rest(left + 2)
