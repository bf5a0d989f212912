# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workers outlive tytod: killed or restarted, it takes them over, and nothing is lost."""

import os
import pathlib
import signal
import subprocess
import time

import frames
import pytest

SMALL = ("--gop", "1", "--width", "640", "--height", "360", "--bitrate", "1000")


def add(service, simulator, *numbers: int, **members) -> None:
    for number in numbers:
        service.api("POST", "/api/v1/cameras", {"id": f"cam{number}", "url": simulator.url(number)} | members)


def wait_recording(service, wait_for, camera: str = "cam1", seconds: float = 15) -> dict:
    return wait_for(lambda: (row := service.camera(camera))["state"] == "recording" and row, f"{camera} to record", seconds)


def rows_of(service, camera: str) -> list[dict]:
    """The camera's segments in the catalogue, in order; also while tytod is down."""
    return sorted(service.rows("segments", camera), key=lambda row: row["start_us"])


def files_of(service, camera: str) -> list[pathlib.Path]:
    return sorted((service.state / "recordings" / camera).rglob("*.mp4"))


def wait_rows(service, wait_for, camera: str, count: int, seconds: float = 30) -> None:
    wait_for(lambda: len(rows_of(service, camera)) >= count, f"{count} rows of {camera}", seconds)


def wait_files(service, wait_for, camera: str, count: int, seconds: float = 30) -> None:
    wait_for(lambda: len(files_of(service, camera)) >= count, f"{count} files of {camera}", seconds)


def is_running(pid: int) -> bool:
    return pathlib.Path(f"/proc/{pid}/exe").exists()


def sockets(service) -> list[str]:
    return sorted(path.name for path in (service.state / "run/workers").glob("*.sock"))


def check_nothing_lost(service, camera: str) -> list[int]:
    """Each frame from the first to the last is in one file, once, and each file has its row; gives the frames' numbers."""
    rows = rows_of(service, camera)
    assert [row["path"] for row in rows] == [str(path) for path in files_of(service, camera)]
    numbers = []
    for row in rows:
        stamped = frames.stamped_frames(row["path"])
        assert len(stamped) == row["frames"] and pathlib.Path(row["path"]).stat().st_size == row["bytes"], row
        numbers += [frame.frame for frame in stamped]
    assert numbers == list(range(numbers[0], numbers[-1] + 1)), "a frame is missing or twice"
    assert [row["sequence"] for row in rows] == list(range(1, len(rows) + 1))
    assert len({row["run"] for row in rows}) == 1
    for before, after in zip(rows, rows[1:]):
        assert abs(after["start_us"] - before["end_us"]) <= 1
    return numbers


def test_tytod_killed_again_and_again_loses_nothing(camsim, tytod, wait_for):
    cameras = ("cam1", "cam2", "cam3")
    simulator = camsim("--cameras", "3", *SMALL)
    service = tytod()
    add(service, simulator, 1, 2, 3)
    pids = {camera: wait_recording(service, wait_for, camera)["worker_pid"] for camera in cameras}
    runs = {camera: service.camera(camera)["run"] for camera in cameras}
    for life in range(10):
        if life % 3 == 2:  # sometimes in the middle of nothing, sometimes with news on the way
            wait_rows(service, wait_for, "cam2", len(rows_of(service, "cam2")) + 1)
        service.kill()
        service.start()
        for camera in cameras:
            row = wait_recording(service, wait_for, camera, 5)
            assert (row["worker_pid"], row["run"], row["worker_restarts"]) == (pids[camera], runs[camera], 0)
            assert row["gaps"] == 0
    for camera in cameras:
        wait_rows(service, wait_for, camera, 3)
    figures = {camera: service.camera(camera) for camera in cameras}
    assert service.stop() == 0
    for camera in cameras:
        run, = service.rows("runs", camera)
        assert len(check_nothing_lost(service, camera)) == run["frames_recorded"] == run["frames_received"]
        assert run["end_reason"] == "stopped" and figures[camera]["frames_lost"] == 0
        assert not is_running(pids[camera])
    assert service.rows("gaps") == []
    assert not list(service.state.rglob("*.part")) and not sockets(service)
