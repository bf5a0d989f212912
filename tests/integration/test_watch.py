# SPDX-License-Identifier: LGPL-2.1-or-later
"""The watch over workers and streams: what is not well is started anew, and told."""

import pytest

SMALL = ("--cameras", "1", "--gop", "1", "--width", "640", "--height", "360", "--bitrate", "1000")


def add(service, simulator, **members) -> None:
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)} | members)


def recording(service, wait_for, seconds: float = 20) -> dict:
    return wait_for(lambda: (row := service.camera("cam1"))["state"] == "recording" and row, "cam1 to record", seconds)


def gaps(service) -> list[dict]:
    return service.api("GET", "/api/v1/gaps?camera=cam1&order=asc")["items"]


def test_a_stream_that_breaks_down_is_connected_anew(camsim, tytod, wait_for):
    simulator = camsim(*SMALL)
    service = tytod()
    add(service, simulator)
    first = recording(service, wait_for)
    wait_for(lambda: service.camera("cam1")["frames_received"] > 50, "frames")
    assert simulator.control("pace 1 600")["ok"]
    wait_for(lambda: [gap for gap in gaps(service) if gap["reason"] == "camera-stalled"], "the stream to be given up", 25)
    gap, = gaps(service)
    assert "500 ms, 10 times in a row" in gap["detail"]
    assert simulator.control("pace 1 0")["ok"]
    after = wait_for(lambda: (row := recording(service, wait_for))["run"] != first["run"] and row, "another run")
    assert (after["reconnects"], after["worker_pid"], after["frames_lost"]) == (1, first["worker_pid"], 0)
    wait_for(lambda: not gaps(service)[0]["open"], "the gap to close")


def test_a_slow_camera_is_left_alone(camsim, tytod, wait_for):
    simulator = camsim(*SMALL, "--fps", "2", "--gop", "2")
    service = tytod(segment_seconds=4)
    add(service, simulator)
    run = recording(service, wait_for)["run"]
    wait_for(lambda: service.camera("cam1")["frames_received"] > 45, "45 frames, 15 after the rate is known", 60)
    row = service.camera("cam1")
    assert (row["run"], row["reconnects"], row["gaps"]) == (run, 0, 0)
