# SPDX-License-Identifier: LGPL-2.1-or-later
"""The fleet service's four endpoints /api/v1/recording/…, field by field, and its metrics' names."""

import re
import uuid

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
FIELDS_STARTED = {"camera_id", "camera_name", "rtsp_url", "status", "started_at", "segment_count", "total_bytes", "reservation_id"}
FIELDS_STATUS = {"camera_id", "camera_name", "status", "started_at", "last_segment_at", "segment_count", "total_bytes"}
FIELDS_LIST = {"total_recordings", "active_recordings", "total_segments", "total_bytes", "recordings_by_camera"}


def add(service, camera: str, url: str, **settings) -> None:
    service.api("POST", "/api/v1/cameras", {"id": camera, "url": url, "enabled": False} | settings, status=201)


def wait_segments(service, wait_for, camera: str, count: int) -> dict:
    def enough():
        status = service.api("GET", f"/api/v1/recording/status/{camera}")
        return status if status["segment_count"] >= count else None
    return wait_for(enough, f"{count} segments of {camera}", 20)


def test_start_status_list_stop(tytod, camsim, wait_for):
    service = tytod(segment_seconds=1)
    url = camsim("--cameras", "1", "--gop", "0.5").url(1)
    camera = str(uuid.uuid4())
    add(service, camera, url.replace("rtsp://", "rtsp://viewer:geheim@"), name="Camera 001")

    before = service.api("GET", f"/api/v1/recording/status/{camera}")
    assert before == {"camera_id": camera, "camera_name": "Camera 001", "status": "STOPPED", "started_at": None,
                      "last_segment_at": None, "segment_count": 0, "total_bytes": 0}

    started = service.api("POST", f"/api/v1/recording/start/{camera}")
    assert set(started) == FIELDS_STARTED
    assert started["camera_id"] == camera and started["camera_name"] == "Camera 001"
    assert started["rtsp_url"] == url, "without the credentials"
    assert started["status"] in ("STARTING", "RECORDING")
    assert TIME.match(started["started_at"])
    assert (started["segment_count"], started["total_bytes"]) == (0, 0)
    uuid.UUID(started["reservation_id"])

    status = wait_segments(service, wait_for, camera, 2)
    assert set(status) == FIELDS_STATUS
    assert status["status"] == "RECORDING" and status["started_at"] == started["started_at"]
    assert TIME.match(status["last_segment_at"]) and status["last_segment_at"] > status["started_at"]
    assert status["total_bytes"] > 0

    again = service.api("POST", f"/api/v1/recording/start/{camera}")
    assert again["reservation_id"] == started["reservation_id"], "starting what is started changes nothing"

    whole = service.api("GET", "/api/v1/recording/status")
    assert set(whole) == FIELDS_LIST
    assert (whole["total_recordings"], whole["active_recordings"]) == (1, 1)
    assert set(whole["recordings_by_camera"]) == {camera}
    assert set(whole["recordings_by_camera"][camera]) == FIELDS_STATUS
    assert whole["total_segments"] == whole["recordings_by_camera"][camera]["segment_count"] >= 2
    assert whole["total_bytes"] == whole["recordings_by_camera"][camera]["total_bytes"]

    stopped = service.api("POST", f"/api/v1/recording/stop/{camera}")
    assert stopped == {"message": "Recording stopped", "camera_id": camera}
    after = service.api("GET", f"/api/v1/recording/status/{camera}")
    assert after["status"] == "STOPPED" and after["segment_count"] >= 2
    assert service.api("GET", "/api/v1/recording/status")["active_recordings"] == 0
    assert after["segment_count"] == len(service.rows("segments")), "the last segment is in the catalogue by then"

    anew = service.api("POST", f"/api/v1/recording/start/{camera}")
    assert anew["reservation_id"] != started["reservation_id"]
    assert (anew["segment_count"], anew["total_bytes"]) == (0, 0), "counted from the start of the recording"
    assert anew["started_at"] > started["started_at"]


def test_a_camera_that_does_not_answer(tytod, camsim, wait_for):
    service = tytod()
    simulator = camsim("--cameras", "1")
    url = simulator.url(1)
    simulator.stop()
    add(service, "dead", url)
    assert service.api("POST", "/api/v1/recording/start/dead")["status"] in ("STARTING", "RETRYING")
    wait_for(lambda: service.api("GET", "/api/v1/recording/status/dead")["status"] == "RETRYING", "RETRYING")
    whole = service.api("GET", "/api/v1/recording/status")
    assert (whole["total_recordings"], whole["active_recordings"]) == (1, 0)


def test_unknown_and_bad_cameras(tytod):
    service = tytod()
    for method, verb in (("POST", "start"), ("POST", "stop"), ("GET", "status")):
        assert service.api(method, f"/api/v1/recording/{verb}/nobody", status=404)["hint"]
        assert service.api(method, f"/api/v1/recording/{verb}/no%20body", status=400)["hint"]
        other = "GET" if method == "POST" else "POST"
        code, headers, _ = service.request(other, f"/api/v1/recording/{verb}/nobody")
        assert code == 405 and method in headers["Allow"]


METRICS = {
    "recording_active_count": "gauge", "recording_total_segments": "gauge", "recording_total_bytes": "gauge",
    "recording_segments_count": "gauge", "recording_bytes_total": "counter", "recording_uploads_total": "counter",
    "recording_upload_duration_seconds": "histogram", "recording_errors_total": "counter",
    "camera_stream_connected": "gauge", "camera_segments_recorded_total": "counter",
    "camera_segments_uploaded_total": "counter", "camera_upload_failures_total": "counter",
    "camera_segment_upload_duration_seconds": "summary", "camera_ffmpeg_restarts_total": "counter",
    "camera_recording_bytes_total": "counter",
}
LABELS = {
    "recording_segments_count": "camera_id", "recording_bytes_total": "camera_id", "recording_uploads_total": "status",
    "recording_errors_total": "type", "camera_stream_connected": "camera_id", "camera_segments_recorded_total": "camera_id",
    "camera_segments_uploaded_total": "camera_id", "camera_upload_failures_total": "camera_id",
    "camera_ffmpeg_restarts_total": "camera_id", "camera_recording_bytes_total": "camera_id",
}


def test_metrics_have_every_name(tytod):
    service = tytod()
    add(service, "cam1", "rtsp://127.0.0.1:9/x")
    code, headers, body = service.request("GET", "/metrics")
    text = body.decode()
    assert code == 200 and headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    for name, kind in METRICS.items():
        assert f"# TYPE {name} {kind}\n" in text and f"# HELP {name} " in text
        assert re.search(rf"^{name}(_count|_sum)?(\{{|\s)", text, re.M), f"{name} has no sample"
    for name, label in LABELS.items():
        assert re.search(rf'^{name}\{{{label}="[^"]+"\}} \d+$', text, re.M), name
