# SPDX-License-Identifier: LGPL-2.1-or-later
"""Alerts: raised and cleared by what happens, and the same on every front."""

import json
import pathlib
import re
import urllib.request

import pytest
import yaml
from tytoctl import Tytoctl

ROOT = pathlib.Path(__file__).resolve().parents[2]
SMALL = ("--gop", "1", "--width", "640", "--height", "360", "--bitrate", "1000")
ROW = re.compile(r'^  \{ "([a-z-]+)", "(\w+)", "(\w+)",', re.M)


def kinds() -> dict[str, tuple[str, str]]:
    rows = ROW.findall((ROOT / "src/recorder/alerts/tyto-alert-kinds.c").read_text())
    return {kind: (severity, worst) for kind, severity, worst in rows}


def alerts(service, **query) -> list[dict]:
    words = "&".join(f"{key}={value}" for key, value in query.items())
    return service.api("GET", f"/api/v1/alerts?{words}")["items"]


def metric(service) -> set[str]:
    text = service.request("GET", "/metrics")[2].decode()
    return {line for line in text.splitlines() if line.startswith("tyto_alerts{")}


def test_every_kind_is_described():
    assert len(kinds()) >= 20
    schema = yaml.safe_load((ROOT / "data/openapi.yaml").read_text())["components"]["schemas"]["Alert"]
    assert set(schema["properties"]["kind"]["enum"]) == set(kinds())
    page = (ROOT / "data/man/tytod.8.adoc").read_text()
    for kind, (severity, worst) in kinds().items():
        said = severity if severity == worst else f"{severity}, then {worst}"
        assert f"*{kind}* ({said})::" in page, kind


def test_every_alert_that_is_raised_is_in_the_table():
    raised = re.compile(r'(?:tyto_alerts_raise \([^,;"]*,\s*|raise_alert \(self,\s*|hold \(self, [^;"]*)"([a-z-]+)"')
    found = {kind for path in (ROOT / "src").rglob("*.c") for kind in raised.findall(path.read_text())}
    assert len(found) > 8 and found <= set(kinds())


@pytest.mark.asan
def test_an_absent_camera_is_told_on_every_front(tytod, wait_for, build_dir, tmp_path):
    service = tytod()
    assert alerts(service) == []
    service.api("POST", "/api/v1/cameras", {"id": "front", "url": "rtsp://127.0.0.1:9/none"})
    gap = wait_for(lambda: [row for row in alerts(service, standing="true") if row["kind"] == "gap-open"], "the gap's alert")[0]
    assert (gap["severity"], gap["camera"], gap["count"]) == ("info", "front", 1) and "camera-offline" in gap["message"]
    stream = urllib.request.urlopen(service.url + "/api/v1/events", timeout=40)  # noqa: S310
    row = wait_for(lambda: [row for row in alerts(service) if row["kind"] == "camera-offline"], "the alert", 30)[0]
    assert row["standing"] and row["severity"] == "warning" and row["camera"] == "front" and "cleared_at" not in row
    event = next(line for line in stream if line.startswith(b"data:") and b'"camera-offline"' in line and b'"raised"' in line)
    told = json.loads(event.removeprefix(b"data:"))
    stream.close()
    assert told["id"] == row["id"] and told["raised"] and told["at"] == row["raised_at"]
    assert 'tyto_alerts{kind="camera-offline",severity="warning",camera="front"} 1' in metric(service)

    ctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)
    assert {row["kind"] for row in ctl.json("alerts", "--camera", "front")} == {"gap-open", "camera-offline"}
    assert re.search(r"^warning +camera-offline +front .* stands", ctl("alerts").stdout, re.M)

    service.api("POST", "/api/v1/cameras/front/stop")
    assert alerts(service, standing="true") == [] and metric(service) == set()
    over = {row["kind"]: row for row in alerts(service, standing="false", camera="front")}
    assert over["camera-offline"]["id"] == row["id"] and over["camera-offline"]["cleared_at"] > row["raised_at"]
    assert ctl("alerts").stdout == "No alerts.\n"
    assert "camera-offline" in ctl("alerts", "--all").stdout
    assert alerts(service, camera="other") == []


def test_a_recording_that_stays_stopped_is_critical(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod()
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)})
    wait_for(lambda: service.camera("cam1")["segments"] >= 1, "a segment")
    assert alerts(service, standing="true") == []
    simulator.stop()
    wait_for(lambda: "gap-open" in {row["kind"] for row in alerts(service, standing="true")}, "the gap's alert")
    row = wait_for(lambda: [row for row in alerts(service) if row["kind"] == "recording-stopped"], "the alert", 80)[0]
    assert row["severity"] == "critical" and "more than a minute" in row["message"]
    simulator.start_again()
    wait_for(lambda: alerts(service, standing="true") == [], "all to be well", 45)
    assert {row["kind"] for row in alerts(service, standing="false")} >= {"gap-open", "recording-stopped", "camera-offline"}


def test_lost_frames_are_told(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod()
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1), "transport": "udp"})
    wait_for(lambda: service.camera("cam1")["frames_received"] > 50, "frames")
    assert simulator.control("loss 1 10")["ok"]
    row = wait_for(lambda: [row for row in alerts(service, standing="true") if row["kind"] == "frame-loss"], "the alert", 45)[0]
    assert row["severity"] == "warning" and "of the frames of the last 10 minutes are lost" in row["message"]


def test_wrong_questions_are_answered_clearly(tytod):
    service = tytod()
    problem = service.api("GET", "/api/v1/alerts?standing=yes", status=400)
    assert "must be true or false" in problem["detail"] and "leave it out" in problem["hint"]
    service.api("GET", "/api/v1/alerts?camera=a%20b", status=400)
    service.api("GET", "/api/v1/alerts?since=1", status=400)
