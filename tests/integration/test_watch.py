# SPDX-License-Identifier: LGPL-2.1-or-later
"""The watch over workers and streams: what is not well is started anew, and told."""

import os
import pathlib
import signal
import socket

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


def test_a_worker_with_too_much_memory_is_started_anew(camsim, tytod, wait_for, tmp_path):
    (tmp_path / "state").mkdir()
    config = tmp_path / "state/tyto.conf"
    config.write_text("[tyto]\nworker-memory-mib=1\n")
    simulator = camsim(*SMALL)
    service = tytod(state=tmp_path / "state")
    add(service, simulator)
    first = recording(service, wait_for)

    alert = wait_for(lambda: [row for row in service.api("GET", "/api/v1/alerts")["items"] if row["kind"] == "high-memory"],
                     "the alert", 25)[0]
    assert alert["standing"] and "more than the 1 MiB" in alert["message"]
    after = wait_for(lambda: (row := service.camera("cam1"))["worker_pid"] not in (0, first["worker_pid"])
                     and row["state"] == "recording" and row, "another worker to record", 25)
    assert after["worker_restarts"] == 1
    config.write_text(config.read_text().replace("worker-memory-mib=1", "worker-memory-mib=512"))
    wait_for(lambda: not service.api("GET", "/api/v1/alerts?standing=true")["items"], "all to be well", 30)
    metrics = service.request("GET", "/metrics")[2].decode()
    assert 'tyto_camera_watch_restarts_total{camera="cam1",reason="memory"} ' in metrics
    assert 'tyto_camera_worker_memory_bytes{camera="cam1"} ' in metrics

    # Its segments were finished: all that was received is recorded, and the pause is in the ledger.
    gap = gaps(service)[0]
    assert gap["reason"] == "worker-died" and "for its memory" in gap["detail"] and not gap["open"]
    service.api("POST", "/api/v1/cameras/cam1/stop")
    row = service.camera("cam1")
    assert row["frames_lost"] == 0 and row["frames_received"] == row["frames_recorded"] > 0
    assert not list(service.state.rglob("*.part"))


def test_the_service_manager_is_told_while_all_is_alive(camsim, tytod, wait_for, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        service = tytod(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="600000")
        assert manager.recv(4096).startswith(b"READY=1")
        assert [manager.recv(4096) for _ in range(3)] == [b"WATCHDOG=1"] * 3
        add(service, camsim(*SMALL))
        recording(service, wait_for)
        os.kill(service.pid, signal.SIGSTOP)  # its main loop does not turn
        stat = pathlib.Path(f"/proc/{service.pid}/stat")
        wait_for(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T", "it to stand still")
        manager.setblocking(False)
        while True:
            try:
                manager.recv(4096)
            except BlockingIOError:
                break
        manager.settimeout(2)
        with pytest.raises(TimeoutError):
            manager.recv(4096)
        os.kill(service.pid, signal.SIGCONT)
        manager.settimeout(60)
        assert manager.recv(4096) == b"WATCHDOG=1"


def test_a_watchdog_of_another_process_is_not_ours(tytod, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(2)
        tytod(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="300000", WATCHDOG_PID="1")
        assert manager.recv(4096).startswith(b"READY=1")
        with pytest.raises(TimeoutError):
            manager.recv(4096)


def test_a_recording_that_stands_still_is_started_anew(camsim, tytod, wait_for, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state/tyto.conf").write_text("[tyto]\ncamera-timeout=300\n")  # so that only the recorder's own watch is left
    simulator = camsim(*SMALL)
    service = tytod(state=tmp_path / "state", segment_seconds=1)
    add(service, simulator)
    first = recording(service, wait_for)
    wait_for(lambda: service.camera("cam1")["segments"] > 1, "segments")
    assert simulator.control("pace 1 3600000")["ok"]
    gap = wait_for(lambda: gaps(service), "the recording to be ended", 60)[0]
    assert gap["reason"] == "internal" and "no segment was finished in twice its time" in gap["detail"]
    rates = [row for row in service.api("GET", "/api/v1/alerts")["items"] if row["kind"] == "low-recording-rate"]
    assert rates and rates[0]["severity"] == "warning"
    assert simulator.control("pace 1 0")["ok"]
    after = wait_for(lambda: (row := recording(service, wait_for))["run"] != first["run"] and row, "another run", 30)
    assert after["worker_pid"] == first["worker_pid"] and after["frames_lost"] == 0
    wait_for(lambda: not service.api("GET", "/api/v1/alerts?standing=true")["items"], "all to be well", 60)
    metrics = service.request("GET", "/metrics")[2].decode()
    assert 'tyto_camera_watch_restarts_total{camera="cam1",reason="no-segment"} 1' in metrics
