# SPDX-License-Identifier: LGPL-2.1-or-later
"""/api/v1/events: what happens is told as it happens."""

import json
import socket
import time
import urllib.parse
import urllib.request

import pytest
from main_loop import allowed


class Events:
    """A client of the stream that reads until it has what it waits for."""

    def __init__(self, url: str, query: str = ""):
        self.answer = urllib.request.urlopen(url + "/api/v1/events" + query, timeout=20)
        self.told = []

    def wait(self, event: str, check=lambda data: True) -> dict:
        name, data = None, None
        began = time.monotonic()
        while time.monotonic() - began < allowed(30):  # heart-beats alone would keep us here for ever
            line = self.answer.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = json.loads(line.removeprefix("data: "))
            elif not line and name:
                self.told.append((name, data))
                if name == event and check(data):
                    return data
                name = None
        raise AssertionError(f"no {event} came, but {self.told}")


@pytest.mark.asan
def test_a_camera_s_life(tytod, camsim):
    service = tytod(segment_seconds=1)
    url = camsim("--cameras", "2", "--gop", "0.5")
    events, others = Events(service.url), Events(service.url, "?camera=b")
    assert events.answer.headers["Content-Type"] == "text/event-stream"
    service.api("POST", "/api/v1/cameras", {"id": "a", "url": url.url(1)}, status=201)
    assert events.wait("camera-added")["id"] == "a"
    assert events.wait("camera-changed", lambda camera: camera["state"] == "recording")["id"] == "a"
    opened = events.wait("segment-opened")
    assert opened["camera"] == "a" and opened["path"].endswith(".mp4")
    closed = events.wait("segment-closed")
    assert closed == service.api("GET", f"/api/v1/segments/{closed['id']}"), "it is in the catalogue by then"
    service.api("POST", "/api/v1/cameras/a/snapshot")
    assert events.wait("thumbnail-taken")["camera"] == "a"
    service.api("POST", "/api/v1/cameras", {"id": "b", "url": url.url(2), "enabled": False}, status=201)
    service.api("DELETE", "/api/v1/cameras/a", status=204)
    assert events.wait("camera-removed") == {"id": "a"}
    service.api("DELETE", "/api/v1/cameras/b", status=204)
    assert others.wait("camera-removed") == {"id": "b"}
    assert {data.get("id", data.get("camera")) for _, data in others.told} == {"b"}


def test_gaps(tytod, camsim, wait_for):
    service = tytod(segment_seconds=1)
    simulator = camsim("--cameras", "1", "--gop", "0.5")
    events = Events(service.url)
    service.api("POST", "/api/v1/cameras", {"id": "a", "url": simulator.url(1)}, status=201)
    events.wait("segment-closed")
    simulator.stop()
    gap = events.wait("gap-opened")
    assert gap["camera"] == "a" and gap["open"] is True
    simulator.start_again()
    ended = events.wait("gap-closed")
    assert (ended["id"], ended["open"], ended["reason"]) == (gap["id"], False, gap["reason"])
    assert ended in service.api("GET", "/api/v1/gaps?camera=a")["items"]
    assert f'recording_errors_total{{type="{gap["reason"]}"}} 1\n'.encode() in service.request("GET", "/metrics")[2]


def test_a_heart_beat_and_a_clean_end(tytod):
    service = tytod()
    parts = urllib.parse.urlsplit(service.url)
    with socket.create_connection((parts.hostname, parts.port), 20) as client:
        client.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        told = b""
        while b"\r\n:\n\n\r\n" not in told:
            piece = client.recv(4096)
            assert piece, told
            told += piece
        assert service.stop() == 0
        while piece := client.recv(4096):
            told += piece
    assert b"retry: 2000\n\n" in told


def test_one_that_does_not_read_harms_nobody(tytod):
    service = tytod()
    service.api("POST", "/api/v1/cameras", {"id": "a", "url": "rtsp://127.0.0.1:9/x", "enabled": False}, status=201)
    parts = urllib.parse.urlsplit(service.url)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((parts.hostname, parts.port))
        client.settimeout(20)
        client.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(64)
        for number in range(400):  # far more than the kernel's buffers and ours take
            service.api("PATCH", "/api/v1/cameras/a", {"name": f"{number}" + "x" * 1000, "path_template": "y" * 1000})
        assert service.request("GET", "/livez")[0] == 200
