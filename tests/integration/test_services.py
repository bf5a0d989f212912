# SPDX-License-Identifier: LGPL-2.1-or-later
"""The fleet's other services: a VMS that knows the cameras, a stream counter, a storage service (seed 000)."""

import hashlib
import itertools
import json
import subprocess
import time
import urllib.parse

import pytest
from main_loop import allowed
from test_openapi import check
from user_services import TOKEN

SETTINGS = {"service-token": "'${TYTO_TEST_SERVICE_TOKEN}'", "stream-heartbeat-seconds": "1", "local-retention-minutes": "0"}
DEAD = "rtsp://127.0.0.1:9/x"


@pytest.fixture
def start(tytod, tmp_path):
    """start(services, segment_seconds=…, cameras={id: enabled}, **settings): a tytod that asks them"""
    numbers = itertools.count()

    def begin(services, segment_seconds: int = 60, cameras=None, **settings):
        state = tmp_path / f"state-{next(numbers)}"
        state.mkdir(mode=0o700)
        every = SETTINGS | {key.replace("_", "-"): value for key, value in settings.items()}
        text = "[tyto]\n" + "".join(f"{key}={value}\n" for key, value in every.items())
        for camera, enabled in (cameras or {}).items():
            text += f"[cameras/{camera}]\nurl='{DEAD}'\nenabled={str(enabled).lower()}\n"
        (state / "tyto.conf").write_text(text)
        (state / "tyto.conf").chmod(0o600)
        return tytod(segment_seconds=segment_seconds, state=state, **services.environment)
    return begin


def state(service) -> dict:
    return service.api("GET", "/api/v1/services")


def alerts(service) -> dict[tuple[str, str], str]:
    items = service.api("GET", "/api/v1/alerts?standing=true")["items"]
    return {(item["kind"], item["camera"]): item["message"] for item in items}


def begin_recording(service, camera: str, status: int = 200) -> dict:
    return service.api("POST", f"/api/v1/recording/start/{camera}", status=status)


@pytest.mark.asan
def test_the_ten_steps(user_services, start, camsim, wait_for):
    """Seed 000's recording flow, from the request to the local file's end."""
    services = user_services()
    service = start(services, segment_seconds=1)
    url = camsim("--cameras", "1", "--gop", "0.5").url(1)
    camera = "123e4567-e89b-12d3-a456-426614174000"
    services.vms.cameras[camera] = {"name": "Camera 001", "source": "METRO", "rtsp_url": url.replace("//", "//viewer:geheim@")}

    started = begin_recording(service, camera)  # 1
    assert [request.path for request in services.vms.requests] == [  # 2, 3
        f"/vms/cameras/{camera}", f"/vms/cameras/{camera}/stream"]
    assert services.counter.reservations == {started["reservation_id"]: camera}  # 4
    asked = services.counter.requests[0].body
    assert asked["source"] == "METRO" and asked["camera_id"] == camera
    assert started["camera_name"] == "Camera 001" and started["rtsp_url"] == url, "without the credentials"
    known = service.camera(camera)
    assert known["owner"] == "METRO" and known["has_password"] and "geheim" not in json.dumps(known)

    def archived():
        kinds = [query["kind"] for _, query in list(services.storage.objects.values())]
        return kinds.count("segment") >= 3 and "thumbnail" in kinds
    wait_for(archived, "segments and a thumbnail in the storage service", 30)  # 5–8
    wait_for(lambda: services.counter.count("POST", "heartbeat") >= 2, "heartbeats")  # 9

    def gone():
        rows = [row for row in service.rows("segments", camera) if row.get("object_key") or row.get("tier") == "archive"]
        return rows if rows and not any((service.state / "recordings" / row["path"]).exists() for row in rows[:1]) else None
    wait_for(gone, "the local file of an archived segment is gone", 40)  # 10
    for content, query in list(services.storage.objects.values()):
        assert hashlib.sha256(content).hexdigest() == query["checksum"] and query["camera_id"] == camera

    described = state(service)
    assert [described[name]["state"] for name in ("vms", "stream_counter", "storage")] == ["ok"] * 3
    assert (described["vms"]["cameras"], described["stream_counter"]["reserved"]) == (1, 1)
    check(service, "GET", "/api/v1/services", "/api/v1/services")
    service.api("POST", f"/api/v1/recording/stop/{camera}")
    wait_for(lambda: not services.counter.reservations, "the place is given back")
    assert not alerts(service)
    assert TOKEN not in service.log and "geheim" not in service.log and "geheim" not in service.config.read_text()


# --- The VMS service ---

def test_a_camera_that_nobody_knows(user_services, start):
    services = user_services("vms")
    service = start(services)
    problem = begin_recording(service, "nobody", 404)
    assert "VMS service" in problem["detail"] and problem["hint"]
    assert "nobody" not in [camera["id"] for camera in service.api("GET", "/api/v1/cameras")["items"]]


@pytest.mark.parametrize("fault", ["down", "error", "malformed", "redirect", "huge", "other"])
def test_a_vms_that_fails(user_services, start, wait_for, fault):
    services = user_services("vms")
    service = start(services)
    services.vms.cameras = {"known": {"name": "Known", "source": "", "rtsp_url": DEAD},
                            "new": {"name": "New", "source": "", "rtsp_url": DEAD}}
    assert begin_recording(service, "known")["camera_name"] == "Known"
    services.vms.fault = fault
    if fault == "down":
        services.vms.stop()
    problem = begin_recording(service, "new", 503)
    assert "VMS service" in problem["detail"] and problem["hint"]
    assert ("vms-service", "") in alerts(service) and state(service)["vms"]["state"] == "failing"
    assert begin_recording(service, "known")["camera_id"] == "known", "what was known before is recorded"

    services.vms.fault = None
    if fault == "down":
        services.vms.start()
    assert begin_recording(service, "new")["camera_name"] == "New"
    assert not alerts(service).keys() & {("vms-service", "")} and state(service)["vms"]["state"] == "ok"


def test_a_slow_vms_is_not_waited_for_long(user_services, start):
    services = user_services("vms")
    service = start(services)
    services.vms.fault = "slow"
    begun = time.monotonic()
    problem = begin_recording(service, "cam", 504)
    assert 9 < time.monotonic() - begun < allowed(16) and "in time" in problem["detail"]


def test_a_url_that_changed_is_taken_up(user_services, start, wait_for):
    services = user_services("vms")
    service = start(services)
    services.vms.cameras = {"cam": {"name": "Cam", "source": "", "rtsp_url": DEAD}}
    begin_recording(service, "cam")
    service.api("PATCH", "/api/v1/cameras/cam", {"plan": "pro"})
    services.vms.cameras["cam"]["rtsp_url"] = "rtsp://u:p@127.0.0.1:9/y"
    assert begin_recording(service, "cam")["rtsp_url"] == "rtsp://127.0.0.1:9/y"
    assert service.camera("cam")["plan"] == "pro" and service.camera("cam")["user"] == "u"
    services.vms.cameras["cam"]["rtsp_url"] = "rtsp://127.0.0.1:9/z"
    assert service.stop() == 0
    service.start()
    wait_for(lambda: service.camera("cam")["url"] == "rtsp://127.0.0.1:9/z", "the URL as it is at the start")
    assert service.camera("cam")["enabled"]


def test_cameras_of_ours_are_not_asked_for(user_services, start):
    services = user_services("vms")
    service = start(services, cameras={"mine": False})
    services.vms.cameras["mine"] = {"name": "Theirs", "source": "", "rtsp_url": "rtsp://127.0.0.1:9/theirs"}
    assert begin_recording(service, "mine")["rtsp_url"] == DEAD
    assert not services.vms.requests


# --- The stream counter ---

def test_the_quota_of_the_counter(user_services, start, wait_for):
    services = user_services("counter")
    service = start(services, cameras={"a": False, "b": False})
    services.counter.limit = 1
    begin_recording(service, "a")
    code, headers, body = service.request("POST", "/api/v1/recording/start/b")
    problem = json.loads(body)
    assert code == 429 and headers["Retry-After"] == "30" and headers["Content-Type"] == "application/problem+json"
    assert problem["type"] == "/problems/quota-exceeded" and "Camera limit reached for Metro" in problem["detail"]
    assert not service.camera("b")["enabled"] and service.camera("b")["state"] == "off"
    for method, path, body in (("POST", "/api/v1/cameras", {"id": "c", "url": DEAD}),
                               ("PUT", "/api/v1/cameras/c", {"url": DEAD}),
                               ("PATCH", "/api/v1/cameras/b", {"enabled": True}),
                               ("POST", "/api/v1/cameras/b/start", None)):
        service.api(method, path, body, status=429)
    service.api("GET", "/api/v1/cameras/c", status=404)
    service.api("POST", "/api/v1/cameras", {"id": "c", "url": DEAD, "enabled": False})
    service.api("POST", "/api/v1/recording/stop/a")
    wait_for(lambda: not services.counter.reservations, "the place is given back")
    begin_recording(service, "b")
    assert list(services.counter.reservations.values()) == ["b"]
    service.api("DELETE", "/api/v1/cameras/b")
    wait_for(lambda: not services.counter.reservations, "the place of a removed camera is given back")


def test_heartbeats_come_in_time_and_a_lost_place_is_made_anew(user_services, start, wait_for):
    services = user_services("counter")
    service = start(services, cameras={"a": False})
    first = begin_recording(service, "a")["reservation_id"]
    assert begin_recording(service, "a")["reservation_id"] == first, "starting what is started changes nothing"
    wait_for(lambda: services.counter.count("POST", "heartbeat") >= 4, "heartbeats")
    times = [request.time for request in services.counter.requests if "heartbeat" in request.path]
    assert 0.5 < (times[-1] - times[0]) / (len(times) - 1) < allowed(3)

    services.counter.reservations.clear()
    wait_for(lambda: services.counter.reservations, "another reservation")
    assert begin_recording(service, "a")["reservation_id"] == next(iter(services.counter.reservations)) != first
    assert not alerts(service).keys() & {("stream-quota", "a"), ("stream-counter", "")}

    services.counter.limit = 0
    services.counter.reservations.clear()
    wait_for(lambda: ("stream-quota", "a") in alerts(service), "the alert of a camera without a place")
    assert service.camera("a")["enabled"] and service.camera("a")["state"] != "off", "it is recorded all the same"
    assert state(service)["stream_counter"]["missing"] == 1
    services.counter.limit = 1
    wait_for(lambda: ("stream-quota", "a") not in alerts(service), "a place again")


@pytest.mark.parametrize("fault", ["down", "error", "malformed", "other"])
def test_a_counter_that_fails_stops_nothing(user_services, start, wait_for, fault):
    services = user_services("counter")
    service = start(services, cameras={"a": False})
    services.counter.fault = fault
    if fault == "down":
        services.counter.stop()
    begin_recording(service, "a")
    wait_for(lambda: ("stream-counter", "") in alerts(service), "the alert")
    assert state(service)["stream_counter"]["state"] == "failing" and state(service)["stream_counter"]["missing"] == 1
    services.counter.reservations.clear()
    services.counter.fault = None
    if fault == "down":
        services.counter.start()
    wait_for(lambda: list(services.counter.reservations.values()) == ["a"], "a place, once it works again")
    wait_for(lambda: ("stream-counter", "") not in alerts(service), "the end of the alert")


@pytest.mark.asan
def test_a_place_outlasts_tytod_and_not_the_shutdown(user_services, start, wait_for):
    services = user_services("counter")
    service = start(services, cameras={"a": False, "b": False})
    for camera in ("a", "b"):
        begin_recording(service, camera)
    held = dict(services.counter.reservations)

    service.process.send_signal(10)  # SIGUSR1: the workers record on
    assert service.wait() == 0
    assert services.counter.reservations == held
    before = len(services.counter.requests)
    service.start()
    wait_for(lambda: len(services.counter.requests) >= before + 2, "heartbeats of the same reservations")
    assert services.counter.reservations == held and services.counter.count("POST", "reserve") == 2

    service.kill()
    before = len(services.counter.requests)
    text = service.config.read_text()
    head, _, tail = text.partition("[cameras/b]")
    service.config.write_text(head + "[cameras/b]" + tail.replace("enabled=true", "enabled=false"))
    service.start()
    wait_for(lambda: list(services.counter.reservations.values()) == ["a"], "what is no longer recorded is given back")
    assert services.counter.count("POST", "reserve") == 2
    assert held.items() >= services.counter.reservations.items()

    assert service.stop() == 0
    assert not services.counter.reservations


def test_a_shutdown_does_not_wait_for_a_dead_counter(user_services, start, wait_for):
    services = user_services("counter")
    service = start(services, cameras={"a": False})
    begin_recording(service, "a")
    services.counter.fault = "slow"
    begun = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - begun < allowed(8)
    services.counter.fault = None
    services.counter.released.set()
    service.start()
    wait_for(lambda: services.counter.count("POST", "heartbeat") or services.counter.count("DELETE", "release"), "what was left")
    service.api("POST", "/api/v1/recording/stop/a")
    wait_for(lambda: not services.counter.reservations, "nothing is left")


# --- The storage service ---

def uploads(service) -> dict:
    return service.api("GET", "/api/v1/uploads")


@pytest.mark.parametrize("fault", ["down", "error", "other", "malformed"])
def test_a_storage_service_that_fails_costs_nothing(user_services, start, camsim, wait_for, fault):
    services = user_services("storage")
    service = start(services, segment_seconds=1)
    services.storage.fault = fault
    if fault == "down":
        services.storage.stop()
    service.api("POST", "/api/v1/cameras", {"id": "cam", "url": camsim("--cameras", "1", "--gop", "0.5").url(1)})
    wait_for(lambda: [item for item in uploads(service)["failing"] if item["tries"] > 0], "an upload that failed", 30)
    service.api("POST", "/api/v1/recording/stop/cam")
    rows = service.rows("segments", "cam")
    assert rows and not any(row["archived"] for row in rows)
    assert all((service.state / "recordings" / row["path"]).exists() for row in rows), "what is not stored stays"
    assert state(service)["storage"]["state"] == ("ok" if fault == "other" else "failing")

    services.storage.fault = None
    if fault == "down":
        services.storage.start()

    def all_there():
        service.request("POST", "/api/v1/uploads/retry")
        kept = [query["upload_id"] for _, query in list(services.storage.objects.values()) if query["kind"] == "segment"]
        return set(kept) == {row["id"] for row in rows} and not uploads(service)["waiting"]["segments"]
    wait_for(all_there, "all segments in the storage service", 60)
    for content, query in services.storage.objects.values():
        assert hashlib.sha256(content).hexdigest() == query["checksum"]
    assert state(service)["storage"]["state"] == "ok"


def test_the_built_in_quota(user_services, start, wait_for):
    service = start(user_services("vms"), cameras={"a": False, "b": False, "c": False}, stream_quota="2")
    begin_recording(service, "a")
    begin_recording(service, "b")
    assert "quota of 2" in begin_recording(service, "c", 429)["detail"]
    begin_recording(service, "b")
    service.api("POST", "/api/v1/recording/stop/a")
    begin_recording(service, "c")
    text = service.config.read_text()
    service.config.write_text(text.replace("enabled=false", "enabled=true"))
    wait_for(lambda: ("stream-quota", "") in alerts(service), "the alert of too many in the file")
    assert all(service.camera(camera)["enabled"] for camera in "abc"), "they are recorded all the same"


def test_tytoctl_shows_them(user_services, start, build_dir):
    services = user_services("counter")
    service = start(services, cameras={"a": False})
    services.counter.limit = 0
    program = [build_dir / "src/tytoctl/tytoctl", "--url", service.url]
    done = subprocess.run([*program, "camera", "start", "a"], capture_output=True, text=True, check=False)
    assert done.returncode == 75 and "Camera limit reached" in done.stderr
    text = subprocess.run([*program, "services"], capture_output=True, text=True, check=True).stdout
    assert services.counter.url in text or urllib.parse.urlsplit(services.counter.url).netloc in text
    shown = json.loads(subprocess.run([*program, "services", "--json"], capture_output=True, text=True, check=True).stdout)
    assert shown["stream_counter"]["state"] == "ok" and shown["storage"]["state"] == "off"
