# SPDX-License-Identifier: LGPL-2.1-or-later
"""The subscription service's three endpoints /api/recording/…, field by field."""

import os
import re

import pytest

FIELDS = {"is_recording", "current_file", "disk_usage", "retention_days"}


@pytest.mark.parametrize("slash", ["/", ""])
def test_start_status_stop(tytod, camsim, wait_for, slash):
    service = tytod(segment_seconds=1)
    url = camsim("--cameras", "1", "--gop", "0.5").url(1)
    service.api("POST", "/api/v1/cameras", {"id": "1", "url": url, "enabled": False, "plan": "basic",
                                            "path_template": "cam_{camera}/%Y-%m-%d/%H-%M-%S.mp4"}, status=201)

    status = service.api("GET", f"/api/recording/status/1{slash}")
    assert status == {"is_recording": False, "current_file": None, "disk_usage": "0 B", "retention_days": 7}

    assert set(service.api("POST", f"/api/recording/start{slash}", {"camera_id": 1})) == FIELDS

    def recorded():
        answer = service.api("GET", f"/api/recording/status/1{slash}")
        return answer if answer["is_recording"] and answer["disk_usage"] != "0 B" and answer["current_file"] else None
    status = wait_for(recorded, "a finished segment", 20)
    assert set(status) == FIELDS and status["retention_days"] == 7
    assert re.search(r"/cam_1/\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d(-\d+)?\.mp4$", status["current_file"])
    assert os.path.isabs(status["current_file"])
    assert re.fullmatch(r"\d+(\.\d)? (B|kB|MB|GB|TB)", status["disk_usage"])

    stopped = service.api("POST", f"/api/recording/stop{slash}", {"camera_id": "1"})
    assert set(stopped) == FIELDS
    assert stopped["is_recording"] is False and stopped["current_file"] is None
    held = sum(row["bytes"] for row in service.rows("segments"))
    number, unit = stopped["disk_usage"].split()
    size = float(number) * {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
    assert size == pytest.approx(held, rel=0.06)


def test_wrong_requests(tytod):
    service = tytod()
    for verb in ("start", "stop"):
        path = f"/api/recording/{verb}/"
        assert "body" in service.api("POST", path, status=400)["detail"]
        assert "camera_id" in service.api("POST", path, {}, status=400)["detail"]
        assert "bogus" in service.api("POST", path, {"camera_id": 1, "bogus": 2}, status=400)["detail"]
        for wrong in (None, 1.5, True, [1], {"a": 1}, "", "a/b", "x" * 65, -1.25):
            assert service.api("POST", path, {"camera_id": wrong}, status=400)["hint"]
        assert service.api("POST", path, {"camera_id": 7}, status=404)["hint"]
        code, _, _ = service.request("POST", path, {"camera_id": 1}, {"Content-Type": "application/x-www-form-urlencoded"})
        assert code == 415
        code, headers, _ = service.request("GET", path)
        assert (code, headers["Allow"]) == (405, "POST")
    assert service.api("GET", "/api/recording/status/7/", status=404)["hint"]
    assert service.api("GET", "/api/recording/status/%2e%2e%2f/", status=400)["hint"]
