# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which of the simulator's frames are in the files: tests/bench/counter.

count() reads each frame's stamp. FrameWatch, for many cameras on one disk, reads those of each 50th file, and of the others each fragment's table
and the stamp of its first frame: the frames of a fragment are taken as consecutive, and where they were not, the camera's next one begins with
another number than is due, which shows as frames lost or recorded twice.
"""

import json
import pathlib
import subprocess
import sys

PROGRAM = "tests/bench/counter/frame-counter"


def count(build: pathlib.Path, folder: pathlib.Path) -> dict:
    return json.loads(subprocess.run([build / PROGRAM, "count", folder], stdout=subprocess.PIPE, check=True).stdout)


class FrameWatch:
    """Counts each file when it is closed and gives its space back 5 s later, so that more can be recorded than the disk holds."""

    def __init__(self, build: pathlib.Path, folder: pathlib.Path):
        self.process = subprocess.Popen([build / PROGRAM, "watch", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "WATCHING\n":
            sys.exit("bench: the frame counter did not start")
        self.pid = self.process.pid

    def finish(self) -> dict:
        """To be called when nothing writes any more."""
        return json.loads(self.process.communicate()[0])


def account(counted: dict, first: dict[int, int], last: dict[int, int]) -> dict[str, int]:
    """Of the frames of each camera from @first to @last (numbers): recorded and lost; and what is wrong with any."""
    recorded = wanted = 0
    for camera, begin in first.items():
        wanted += last[camera] - begin + 1
        for low, high in counted["cameras"].get(str(camera), {"spans": []})["spans"]:
            recorded += max(min(high, last[camera]) - max(low, begin) + 1, 0)
    return {
        "frames_recorded": recorded,
        "frames_lost": wanted - recorded,
        "frames_repeated": sum(camera["repeated"] for camera in counted["cameras"].values()),
        "frames_damaged": counted["damaged"],
        "files_unreadable": len(counted["unreadable"]),
        "files": counted["files"],
        "files_read_whole": counted["files_read_whole"],
        "bytes": counted["bytes"],
    }
