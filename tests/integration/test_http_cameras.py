# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cameras by REST: create, read, change, replace, delete; passwords go in and never come out."""

import uuid

URL = "rtsp://127.0.0.1:9/stream1"
MERGE = {"Content-Type": "application/merge-patch+json"}


def test_create_read_delete(tytod):
    service = tytod()
    code, headers, _ = service.request("POST", "/api/v1/cameras", {"id": "front-door", "url": URL, "enabled": False})
    assert (code, headers["Location"]) == (201, "/api/v1/cameras/front-door") and headers["ETag"]
    camera = service.camera("front-door")
    assert (camera["id"], camera["name"], camera["url"], camera["state"]) == ("front-door", "front-door", URL, "off")
    assert camera["enabled"] is False and camera["segment_seconds"] == 2 and camera["format"] == "mp4"
    made = service.api("POST", "/api/v1/cameras", {"url": URL, "enabled": False}, status=201)
    uuid.UUID(made["id"])
    assert [row["id"] for row in service.api("GET", "/api/v1/cameras")["items"]] == sorted(["front-door", made["id"]])
    assert service.api("DELETE", "/api/v1/cameras/front-door", status=204) is None
    service.api("GET", "/api/v1/cameras/front-door", status=404)


def test_passwords_go_in_and_never_come_out(tytod):
    service = tytod()
    secrets = ["geheim-1", "geheim-2", "geheim-3"]
    answers = [service.request("POST", "/api/v1/cameras", {"id": "a", "url": URL, "user": "u", "password": secrets[0], "enabled": False}),
               service.request("PATCH", "/api/v1/cameras/a", {"password": secrets[1]}),
               service.request("PUT", "/api/v1/cameras/b", {"url": f"rtsp://v:{secrets[2]}@127.0.0.1:9/x", "enabled": False}),
               service.request("GET", "/api/v1/cameras"), service.request("GET", "/metrics"), service.request("GET", "/api/v1/status")]
    assert [code for code, _, _ in answers] == [201, 200, 201, 200, 200, 200]
    assert service.camera("a")["has_password"] is True and service.camera("b")["has_password"] is True
    assert service.camera("b")["user"] == "v" and service.camera("b")["url"] == "rtsp://127.0.0.1:9/x"
    for secret in secrets:
        assert all(secret.encode() not in body for _, _, body in answers)
        assert secret not in service.log and secret not in service.config.read_text()


def test_merge_patch(tytod):
    service = tytod()
    service.api("POST", "/api/v1/cameras", {"id": "a", "url": URL, "user": "u", "password": "p", "segment_seconds": 9, "enabled": False})
    code, _, _ = service.request("PATCH", "/api/v1/cameras/a", {"name": "Door", "segment_seconds": 30, "id": "a"}, MERGE)
    camera = service.camera("a")
    assert code == 200 and (camera["name"], camera["segment_seconds"], camera["has_password"]) == ("Door", 30, True)
    service.api("PATCH", "/api/v1/cameras/a", {"name": None, "segment_seconds": None, "password": None, "user": None})
    camera = service.camera("a")
    assert (camera["name"], camera["segment_seconds"], camera["has_password"], camera["user"]) == ("a", 2, False, "")
    assert camera["url"] == URL
    service.api("PATCH", "/api/v1/cameras/a", {})
    assert service.camera("a")["name"] == "a"


def test_put_replaces_everything(tytod):
    service = tytod()
    code, headers, _ = service.request("PUT", "/api/v1/cameras/a", {"url": URL, "name": "Door", "password": "p", "enabled": False})
    assert (code, headers["Location"]) == (201, "/api/v1/cameras/a")
    code, _, _ = service.request("PUT", "/api/v1/cameras/a", {"url": URL + "0", "enabled": False})
    camera = service.camera("a")
    assert code == 200 and (camera["name"], camera["url"], camera["has_password"]) == ("a", URL + "0", False)


def test_conditional_changes(tytod):
    service = tytod()
    body = {"url": URL, "enabled": False}
    code, first, _ = service.request("PUT", "/api/v1/cameras/a", body, {"Content-Type": "application/json", "If-None-Match": "*"})
    assert code == 201
    code, _, answer = service.request("PUT", "/api/v1/cameras/a", body, {"Content-Type": "application/json", "If-None-Match": "*"})
    assert code == 412 and b"precondition-failed" in answer
    match = {"Content-Type": "application/json", "If-Match": first["ETag"]}
    code, second, _ = service.request("PATCH", "/api/v1/cameras/a", {"name": "1"}, match)
    assert code == 200 and second["ETag"] != first["ETag"]
    code, _, _ = service.request("PATCH", "/api/v1/cameras/a", {"name": "2"}, match)
    assert code == 412 and service.camera("a")["name"] == "1"
    code, _, _ = service.request("DELETE", "/api/v1/cameras/a", None, {"If-Match": first["ETag"]})
    assert code == 412
    code, _, _ = service.request("DELETE", "/api/v1/cameras/a", None, {"If-Match": second["ETag"]})
    assert code == 204


def test_start_stop_snapshot_pipeline(tytod, camsim, wait_for):
    service = tytod(segment_seconds=2)
    url = camsim("--cameras", "1", "--gop", "0.5").url(1)
    service.api("POST", "/api/v1/cameras", {"id": "a", "url": url, "user": "u", "password": "geheim", "enabled": False})
    assert service.api("POST", "/api/v1/cameras/a/start")["enabled"] is True
    wait_for(lambda: service.camera("a")["state"] == "recording", "recording")
    wait_for(lambda: service.request("GET", "/ready")[0] == 200, "readiness")
    thumbnail = service.api("POST", "/api/v1/cameras/a/snapshot")
    assert (thumbnail["width"], thumbnail["height"]) == (640, 360) and thumbnail["bytes"] > 100
    code, headers, line = service.request("GET", "/api/v1/cameras/a/pipeline")
    assert code == 200 and headers["Content-Type"].startswith("text/plain")
    assert b"camerasrc" in line and b"segmentsink" in line and b"geheim" not in line
    code, headers, dot = service.request("GET", "/api/v1/cameras/a/pipeline?format=dot")
    assert code == 200 and headers["Content-Type"] == "text/vnd.graphviz" and dot.startswith(b"digraph") and b"geheim" not in dot
    code, headers, picture = service.request("GET", "/api/v1/cameras/a/thumbnail")
    assert code == 200 and headers["Content-Type"] == "image/jpeg" and headers["Last-Modified"]
    assert picture.startswith(b"\xff\xd8") and picture.endswith(b"\xff\xd9")
    stopped = service.api("POST", "/api/v1/cameras/a/stop")
    assert (stopped["state"], stopped["enabled"]) == ("off", False)
    assert service.rows("segments"), "its last segment is in the catalogue by then"
