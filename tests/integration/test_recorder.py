# SPDX-License-Identifier: LGPL-2.1-or-later
"""The core's verbs on a real tytod: whoever changes a camera, by whatever way, it ends up recorded as configured."""

import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import threading

import frames
import pytest
from boundaries import undivided

SMALL = ("--gop", "1", "--width", "640", "--height", "360", "--bitrate", "1000")
PASSWORD = "s3cret-Pässwört"


def wait_recording(service, wait_for, camera: str = "cam1", seconds: float = 15) -> dict:
    return wait_for(lambda: (row := service.camera(camera))["state"] == "recording" and row["current_path"] and row,
                    f"{camera} to record", seconds)


def wait_new_run(service, wait_for, before: dict) -> dict:
    return wait_for(lambda: (row := service.camera(before["id"]))["state"] == "recording" and row["run"] != before["run"]
                    and row["current_path"] and row, "a new run")


def segments(service, camera: str = "cam1") -> list[dict]:
    return service.api("GET", f"/api/v1/segments?camera={camera}&order=asc&limit=1000")["items"]


def gaps(service, camera: str = "cam1") -> list[dict]:
    return service.api("GET", f"/api/v1/gaps?camera={camera}&order=asc&limit=1000")["items"]


@pytest.fixture
def recording(camsim, tytod, wait_for):
    """A tytod that records one camera in long segments."""
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=undivided())
    service.simulator = simulator
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)})
    wait_recording(service, wait_for)
    return service


@pytest.mark.asan
def test_stop_answers_when_the_last_segment_is_entered(recording, wait_for):
    wait_for(lambda: recording.camera("cam1")["frames_received"] > 25, "frames")
    row = recording.api("POST", "/api/v1/cameras/cam1/stop")
    assert (row["state"], row["enabled"], row["worker_pid"], row["current_path"]) == ("off", False, 0, "")
    assert "started_at" not in row
    segment, = segments(recording)
    numbers = [frame.frame for frame in frames.frames(segment["path"])]
    assert numbers == list(range(numbers[0], numbers[-1] + 1)) and len(numbers) == row["frames_received"]
    assert (row["frames_lost"], row["gaps"]) == (0, 0)
    assert recording.api("POST", "/api/v1/cameras/cam1/stop")["state"] == "off"  # again: no error

    recording.api("POST", "/api/v1/cameras/cam1/start")
    after = wait_recording(recording, wait_for)
    recording.api("POST", "/api/v1/cameras/cam1/start")  # again: no error, no restart
    assert recording.camera("cam1")["run"] == after["run"]
    assert after["reconnects"] == 0 and gaps(recording) == []  # the time it was off is no gap


def test_many_verbs_at_once_end_in_the_last_one(recording, wait_for):
    verbs = ["stop", "start"] * 6
    threads = [threading.Thread(target=recording.api, args=("POST", f"/api/v1/cameras/cam1/{verb}")) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert recording.api("POST", "/api/v1/cameras/cam1/stop")["state"] == "off"
    recording.api("POST", "/api/v1/cameras/cam1/start")
    wait_recording(recording, wait_for)
    runs = recording.rows("runs", "cam1")
    assert all(run["end_reason"] == "stopped" for run in runs if run["end_us"] is not None)
    assert {gap["reason"] for gap in gaps(recording)} <= {"settings"}  # between two runs that nobody wanted apart


@pytest.mark.asan
def test_a_name_does_not_disturb_and_a_format_does(recording, wait_for):
    before = recording.camera("cam1")
    row = recording.api("PATCH", "/api/v1/cameras/cam1", {"name": "Front door"})
    assert row["name"] == "Front door" and row["run"] == before["run"] and row["state"] == "recording"
    recording.api("PATCH", "/api/v1/cameras/cam1", {"format": "ts", "segment_seconds": 300})
    after = wait_new_run(recording, wait_for, before)
    assert (after["format"], after["segment_seconds"]) == ("ts", 300)
    assert after["worker_restarts"] == 0
    finished, = segments(recording)
    assert finished["run"] == before["run"] and finished["format"] == "mp4"
    assert frames.decode_errors(finished["path"]) == ""
    assert [run["end_reason"] for run in recording.rows("runs", "cam1") if run["end_us"]] == ["stopped"]


@pytest.mark.asan
def test_the_file_edited_by_hand_is_followed(recording, wait_for):
    before = recording.camera("cam1")
    text = recording.config.read_text()
    assert "[cameras/cam1]" in text
    recording.config.write_text(text + f"\n[cameras/other]\nurl='{recording.simulator.url(1)}'\n")
    wait_for(lambda: recording.request("GET", "/api/v1/cameras/other")[0] == 200, "the other to be known")
    wait_recording(recording, wait_for, "other")
    assert recording.camera("cam1")["run"] == before["run"]

    recording.config.write_text(text.replace("enabled=true", "enabled=false"))
    wait_for(lambda: recording.camera("cam1")["state"] == "off", "cam1 to stop")
    wait_for(lambda: recording.request("GET", "/api/v1/cameras/other")[0] == 404, "the other to be gone")
    assert len(segments(recording, "other")) == 1  # its segments stay
    assert len(segments(recording)) == 1

    recording.api("POST", "/api/v1/cameras/cam1/start")
    wait_recording(recording, wait_for)
    assert "enabled=false" not in recording.config.read_text()


def test_service_settings_are_applied_while_running(camsim, tytod, wait_for, tmp_path):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(state=tmp_path / "state", SEGMENT_SECONDS="")
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)})
    before = wait_recording(service, wait_for)
    assert (before["segment_seconds"], before["format"]) == (900, "mp4")
    text = service.config.read_text()
    elsewhere = tmp_path / "elsewhere"
    service.config.write_text(f"[tyto]\nsegment-seconds=2\nformat='mkv'\noutput-dir='{elsewhere}'\n"
                              "path-template='cam_{camera}/%Y-%m-%d/%H-%M-%S'\nhttp-port=1\n\n" + text)
    after = wait_new_run(service, wait_for, before)
    assert (after["segment_seconds"], after["format"]) == (2, "mkv")
    wait_for(lambda: len(segments(service)) >= 2, "a segment")
    path = pathlib.Path(segments(service)[-1]["path"])
    assert path.parent.parent == elsewhere / "cam_cam1" and path.suffix == ".mkv"
    assert service.api("GET", "/api/v1/status")["output_dir"] == str(elsewhere)

    run = service.camera("cam1")["run"]
    prepared = service.config.with_suffix(".new")  # in its place at once: a file that is empty for a moment has no settings
    prepared.write_text(service.config.read_text().replace("[tyto]", "[tyto]\nidle-exit-seconds=77"))
    prepared.replace(service.config)
    service.api("PATCH", "/api/v1/cameras/cam1", {"name": "same"})
    wait_for(lambda: service.camera("cam1")["name"] == "same", "the name")
    assert service.camera("cam1")["run"] == run  # what does not touch recording restarts nothing


def test_a_removed_camera_leaves_its_segments(recording, wait_for):
    pid = recording.camera("cam1")["worker_pid"]
    recording.api("DELETE", "/api/v1/cameras/cam1")
    recording.api("GET", "/api/v1/cameras/cam1", status=404)
    assert "url=" not in recording.config.read_text()
    segment, = segments(recording)
    assert pathlib.Path(segment["path"]).stat().st_size == segment["bytes"]
    wait_for(lambda: not pathlib.Path(f"/proc/{pid}/exe").exists(), "the worker to end")
    recording.api("POST", "/api/v1/cameras", {"id": "cam1", "url": recording.simulator.url(1)})  # the id is free again
    wait_recording(recording, wait_for)


def test_wrong_wishes_are_refused_and_change_nothing(recording):
    before = recording.camera("cam1")
    for status, method, path, body in [
            (409, "POST", "/api/v1/cameras", {"id": "cam1", "url": "rtsp://127.0.0.1/x"}),
            (400, "POST", "/api/v1/cameras", {"id": "new"}),
            (400, "POST", "/api/v1/cameras", {"id": "../new", "url": "rtsp://127.0.0.1/x"}),
            (400, "POST", "/api/v1/cameras", {"id": "new", "url": "http://127.0.0.1/x"}),
            (400, "PATCH", "/api/v1/cameras/cam1", {"path_template": "../../etc/%Y"}),
            (404, "POST", "/api/v1/cameras/none/start", None),
            (404, "POST", "/api/v1/cameras/none/stop", None),
            (404, "PATCH", "/api/v1/cameras/none", {"name": "x"}),
            (404, "DELETE", "/api/v1/cameras/none", None)]:
        problem = recording.api(method, path, body, status=status)
        assert problem["detail"], (path, body)
    assert recording.camera("cam1")["run"] == before["run"]
    assert len(recording.api("GET", "/api/v1/cameras")["items"]) == 1


def test_an_id_is_made_when_none_is_given(tytod):
    row = tytod().api("POST", "/api/v1/cameras", {"url": "rtsp://127.0.0.1:9/x", "enabled": False})
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", row["id"])
    assert row["state"] == "off"


def test_snapshot_and_pipeline(recording, wait_for):
    thumbnail = recording.api("POST", "/api/v1/cameras/cam1/snapshot")
    assert pathlib.Path(thumbnail["path"]).stat().st_size == thumbnail["bytes"]
    assert thumbnail["path"].startswith(str(recording.state / "recordings/thumbnails/cam1/"))
    wait_for(lambda: any(row["path"] == thumbnail["path"] for row in recording.rows("thumbnails", "cam1")), "its row")
    status, _, line = recording.request("GET", "/api/v1/cameras/cam1/pipeline")
    assert status == 200 and b"camerasrc" in line
    recording.api("POST", "/api/v1/cameras/cam1/stop")
    assert "recorded" in recording.api("POST", "/api/v1/cameras/cam1/snapshot", status=409)["detail"]


def test_passwords_are_nowhere_to_be_seen(camsim, tytod, wait_for, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD)
    simulator = camsim("--cameras", "1", "--auth", "digest", "--user", "viewer", "--password-file", secret, *SMALL)
    service = tytod(FRONT_PASSWORD=PASSWORD)
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1), "user": "viewer",
                                           "password": "${FRONT_PASSWORD}"})
    row = wait_recording(service, wait_for)
    process = pathlib.Path(f"/proc/{row['worker_pid']}")
    for place in (process / "environ", process / "cmdline", service.log_path, service.config):
        assert PASSWORD.encode() not in place.read_bytes(), place
    assert row["has_password"] and "password" not in row
    for path in ("/api/v1/cameras/cam1/pipeline", "/api/v1/cameras/cam1/pipeline?format=dot"):
        assert PASSWORD.encode() not in service.request("GET", path)[2]


@pytest.mark.asan
def test_a_reference_that_leads_nowhere_is_told(tytod, wait_for):
    service = tytod()
    row = service.api("POST", "/api/v1/cameras", {"id": "front", "url": "rtsp://127.0.0.1:9/x", "password": "${NOT_THERE}"})
    assert row["state"] == "retrying" and "NOT_THERE" in row["error"]
    gap, = wait_for(lambda: gaps(service, "front"), "the gap")
    assert gap["open"] and gap["start"] == row["started_at"]
    service.api("POST", "/api/v1/cameras/front/stop")
    assert service.camera("front")["state"] == "off"


def test_rows_wait_for_a_catalogue_that_is_locked(camsim, tytod, wait_for):
    """Another process holds the database's lock: nothing is lost, and all is entered afterwards."""
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=1)
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)})
    wait_recording(service, wait_for)
    holder = sqlite3.connect(service.state / "catalogue.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    wait_for(lambda: "Alert catalogue raised" in service.log, "the alert", 30)
    assert service.request("GET", "/ready")[0] == 503
    count = service.camera("cam1")["segments"]
    wait_for(lambda: service.camera("cam1")["segments"] >= count + 2, "segments to be closed all the same")
    holder.rollback()
    holder.close()
    wait_for(lambda: "Alert catalogue cleared" in service.log, "the end of the alert", 40)
    service.api("POST", "/api/v1/cameras/cam1/stop")
    row = service.camera("cam1")
    entered = segments(service)
    assert len(entered) == row["segments"]
    assert [segment["sequence"] for segment in entered] == list(range(1, len(entered) + 1))
    assert (row["frames_lost"], row["gaps"]) == (0, 0)


def test_a_disk_that_cannot_be_written_is_told(camsim, tytod, wait_for, tmp_path):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(OUTPUT_DIR="/proc/nowhere")
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)})
    wait_for(lambda: any(gap["reason"] == "disk" for gap in gaps(service)), "a gap with its reason")
    wait_for(lambda: "Alert disk raised" in service.log, "the alert")


def test_status_counts(recording, wait_for):
    wait_for(lambda: recording.api("GET", "/api/v1/status")["disk_total"] > 0, "the disk's size")
    status = recording.api("GET", "/api/v1/status")
    disk = shutil.disk_usage(recording.state)
    assert (status["cameras"], status["recording"], status["ready"]) == (1, 1, True)
    assert status["disk_total"] == disk.total and abs(status["disk_free"] - disk.free) < disk.total / 10


def test_check_config(build_dir, tytod_environment, tmp_path):
    def check(text: str):
        (tmp_path / "tyto.conf").write_text(text)
        (tmp_path / "tyto.conf").chmod(0o600)
        return subprocess.run([build_dir / "src/tytod", "--state", tmp_path, "--check-config"], capture_output=True, text=True,
                              env=os.environ | tytod_environment, timeout=60, check=False)

    assert check("[tyto]\nsegment-seconds=60\n").returncode == 0
    wrong = check("[tyto]\nsegment-seconds=0\nno-such-key=1\n")
    assert wrong.returncode == 78 and "segment-seconds" in wrong.stderr and "no-such-key" in wrong.stderr
    assert wrong.stdout == ""


def test_a_hung_worker_is_killed_at_the_end(recording, wait_for):
    pid = recording.camera("cam1")["worker_pid"]
    os.kill(pid, signal.SIGSTOP)
    recording.process.send_signal(signal.SIGTERM)
    recording.wait()
    assert not pathlib.Path(f"/proc/{pid}/exe").exists()
