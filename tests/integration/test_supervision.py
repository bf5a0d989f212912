# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workers that die, cameras that go away, and the ends of tytod: what is lost, and that the ledger says so."""

import os
import pathlib
import signal
import subprocess
import time

import frames
import pytest
from boundaries import undivided
from main_loop import allowed

SMALL = ("--gop", "1", "--width", "640", "--height", "360", "--bitrate", "1000")


def add(service, simulator, *numbers: int, **members) -> None:
    for number in numbers:
        service.api("POST", "/api/v1/cameras", {"id": f"cam{number}", "url": simulator.url(number)} | members)


def wait_recording(service, wait_for, camera: str = "cam1", seconds: float = 15) -> dict:
    return wait_for(lambda: (row := service.camera(camera))["state"] == "recording" and row, f"{camera} to record", seconds)


def wait_segments(service, wait_for, camera: str, count: int) -> None:
    wait_for(lambda: service.camera(camera)["segments"] >= count, f"{count} segments of {camera}", 25)


def segments(service, camera: str) -> list[dict]:
    return service.api("GET", f"/api/v1/segments?camera={camera}&order=asc&limit=1000")["items"]


def gaps(service, camera: str) -> list[dict]:
    return service.api("GET", f"/api/v1/gaps?camera={camera}&order=asc&limit=1000")["items"]


def stamped(rows: list[dict]) -> list[int]:
    """Frame numbers in the files of the segments, in order."""
    return [frame.frame for row in rows for frame in frames.frames(row["path"])]


def is_unbroken(numbers: list[int]) -> bool:
    return numbers == list(range(numbers[0], numbers[-1] + 1))


@pytest.mark.asan
def test_a_killed_worker_records_again_and_the_other_loses_nothing(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "2", *SMALL)
    service = tytod(settings="cameras-per-worker=1")
    add(service, simulator, 1, 2)
    for camera in ("cam1", "cam2"):
        wait_recording(service, wait_for, camera)
        wait_segments(service, wait_for, camera, 1)
    before = service.camera("cam1")
    os.kill(before["worker_pid"], signal.SIGKILL)
    killed = time.monotonic()
    after = wait_for(lambda: (row := service.camera("cam1"))["state"] == "recording"
                     and row["run"] != before["run"] and row["current_path"] and row, "cam1 to record again", 5)
    assert time.monotonic() - killed < allowed(5)
    assert after["worker_pid"] != before["worker_pid"]
    assert (after["worker_restarts"], after["reconnects"]) == (1, 1)
    wait_segments(service, wait_for, "cam1", after["segments"] + 1)

    gap, = gaps(service, "cam1")
    assert gap["reason"] == "worker-died" and "signal 9" in gap["detail"] and not gap["open"]

    def lies_between() -> bool:  # a segment that it had not told of yet is recovered some seconds later
        gap, = gaps(service, "cam1")
        rows = segments(service, "cam1")
        old, new = ([row for row in rows if row["run"] == run] for run in (before["run"], after["run"]))
        return len(old) + len(new) == len(rows) and (gap["start"], gap["end"]) == (old[-1]["end"], new[0]["start"])
    wait_for(lies_between, "the gap to be from the one run's end to the other's start")

    for camera in ("cam1", "cam2"):
        service.api("POST", f"/api/v1/cameras/{camera}/stop")
    other = service.camera("cam2")
    numbers = stamped(segments(service, "cam2"))
    assert is_unbroken(numbers) and len(numbers) == other["frames_recorded"] == other["frames_received"]
    assert (other["frames_lost"], other["gaps"], other["worker_restarts"]) == (0, 0, 0)

    def is_accounted() -> bool:
        lost, (gap,) = service.camera("cam1"), gaps(service, "cam1")
        return lost["frames_received"] - lost["frames_recorded"] == lost["frames_lost"] == gap["frames_lost"]
    wait_for(is_accounted, "what was lost to be that of the gap")


def test_two_cameras_share_a_worker(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "3", *SMALL)
    service = tytod(settings="cameras-per-worker=2")
    add(service, simulator, 1, 2, 3)
    pids = [wait_recording(service, wait_for, f"cam{number}")["worker_pid"] for number in (1, 2, 3)]
    assert pids[0] == pids[1] != pids[2]
    service.api("POST", "/api/v1/cameras/cam1/stop")  # the other one stays where it is
    assert service.camera("cam2")["worker_pid"] == pids[1]
    assert service.camera("cam2")["reconnects"] == 0


def test_a_worker_that_keeps_dying_is_parked_and_can_be_tried_by_hand(tytod, wait_for):
    service = tytod(worker=pathlib.Path("/bin/false"))
    service.api("POST", "/api/v1/cameras", {"id": "front", "url": "rtsp://127.0.0.1:9/none"})
    wait_for(lambda: service.camera("front")["state"] == "parked", "the camera to be parked", 45)
    row = service.camera("front")
    assert row["worker_restarts"] == 6 and "30 minutes" in row["error"]
    assert "Alert worker-parked raised" in service.log
    gap, = gaps(service, "front")
    assert gap["open"] and gap["reason"] == "worker-died" and gap["start"] == row["started_at"]
    service.api("POST", "/api/v1/cameras/front/start")
    wait_for(lambda: service.camera("front")["worker_restarts"] > 6, "another try", 5)
    service.api("POST", "/api/v1/cameras/front/stop")
    assert service.camera("front")["state"] == "off"
    assert not gaps(service, "front")[0]["open"]


def test_a_worker_that_is_not_there_is_told(tytod, wait_for, tmp_path):
    service = tytod(worker=tmp_path / "missing")
    service.api("POST", "/api/v1/cameras", {"id": "front", "url": "rtsp://127.0.0.1:9/none"})
    error = wait_for(lambda: service.camera("front")["error"], "an error")
    assert "could not be started" in error and "missing" in error


def test_sigterm_finishes_and_enters_all_segments(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "4", *SMALL)
    service = tytod(segment_seconds=undivided())
    add(service, simulator, 1, 2, 3, 4)
    for number in (1, 2, 3, 4):
        wait_for(lambda: service.camera(f"cam{number}")["frames_received"] > 25, f"frames of cam{number}")
    started = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - started < allowed(10)
    for number in (1, 2, 3, 4):
        row, = service.rows("segments", f"cam{number}")
        run, = service.rows("runs", f"cam{number}")
        numbers = stamped([row])
        assert is_unbroken(numbers) and len(numbers) == row["frames"] == run["frames_received"]
        assert run["end_reason"] == "stopped" and run["frames_recorded"] == row["frames"]
    assert service.rows("gaps") == []
    assert not list(service.state.rglob("*.part"))


def test_the_time_it_was_down_is_a_gap(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod()
    add(service, simulator, 1)
    wait_recording(service, wait_for)
    wait_segments(service, wait_for, "cam1", 1)
    assert service.stop() == 0
    service.start()
    wait_recording(service, wait_for)
    wait_segments(service, wait_for, "cam1", 1)
    gap, = gaps(service, "cam1")
    rows = segments(service, "cam1")
    first = [row for row in rows if row["run"] == service.camera("cam1")["run"]][0]
    last = [row for row in rows if row["run"] != first["run"]][-1]
    assert (gap["reason"], gap["start"], gap["end"]) == ("recorder-down", last["end"], first["start"])


def test_a_second_tytod_is_refused(tytod, build_dir, tytod_environment):
    service = tytod()
    second = subprocess.run(service.command, env=os.environ | tytod_environment, capture_output=True, text=True, timeout=60,
                            check=False)
    assert second.returncode == 73 and f"process {service.pid}" in second.stderr


@pytest.mark.asan
def test_a_camera_goes_and_comes_back(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod()
    add(service, simulator, 1)
    wait_recording(service, wait_for)
    wait_segments(service, wait_for, "cam1", 1)
    simulator.stop()
    wait_for(lambda: service.camera("cam1")["state"] == "retrying", "the loss to be noticed")
    gap = wait_for(lambda: gaps(service, "cam1"), "the gap")[0]
    assert gap["open"] and gap["reason"].startswith("camera-")
    simulator.start_again()
    wait_recording(service, wait_for)
    wait_for(lambda: not gaps(service, "cam1")[0]["open"], "the gap to close")
    assert service.camera("cam1")["reconnects"] == 1
    assert service.camera("cam1")["worker_restarts"] == 0


def test_a_camera_that_was_never_there_goes_offline(tytod, wait_for):
    service = tytod()
    service.api("POST", "/api/v1/cameras", {"id": "front", "url": "rtsp://127.0.0.1:9/none"})
    wait_for(lambda: service.camera("front")["state"] == "offline", "the camera to be offline", 30)
    assert "Alert camera-offline raised" in service.log
    gap, = gaps(service, "front")
    assert gap["reason"] == "camera-offline" and gap["start"] == service.camera("front")["started_at"]
    ready, _, answer = service.request("GET", "/ready")
    assert ready == 200, answer  # that a camera is away is not our unreadiness
    service.api("POST", "/api/v1/cameras/front/stop")
    assert "Alert camera-offline cleared" in service.log
    assert not gaps(service, "front")[0]["open"]


def test_sighup_does_not_end_it(tytod, wait_for):
    service = tytod()
    os.kill(service.pid, signal.SIGHUP)
    wait_for(lambda: "SIGHUP" in service.log, "the signal to be logged")
    assert service.api("GET", "/api/v1/status")["ready"]
