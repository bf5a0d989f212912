# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every wrong request is answered by a problem that says what, why and what next."""

import http.client
import json
import socket
import urllib.parse

import pytest

JSON = {"Content-Type": "application/json"}
LONG = "x" * 65

# method, path, headers, body → status, words in detail or hint
CASES = [
    ("GET", "/nothing", {}, None, 404, "path"),
    ("GET", "/api/v1/", {}, None, 404, "path"),
    ("GET", "//health", {}, None, 404, "path"),
    ("DELETE", "/health", {}, None, 405, "DELETE"),
    ("BREW", "/health", {}, None, 405, "BREW"),
    ("PUT", "/api/v1/cameras", JSON, "{}", 405, "PUT"),
    ("POST", "/api/v1/segments", JSON, "{}", 405, "POST"),
    # ids
    ("GET", "/api/v1/cameras/", {}, None, 400, "missing"),
    ("GET", f"/api/v1/cameras/{LONG}", {}, None, 400, "64"),
    ("GET", "/api/v1/cameras/a%2Fb", {}, None, 400, "a/b"),
    ("GET", "/api/v1/cameras/%2E%2E%2F", {}, None, 400, "../"),
    ("GET", "/api/v1/cameras/..%2f..%2fetc", {}, None, 400, "etc"),
    ("GET", "/api/v1/cameras/a%00b", {}, None, 400, "NUL"),
    ("GET", "/api/v1/cameras/%ff", {}, None, 400, "UTF-8"),
    ("GET", "/api/v1/cameras/caf%C3%A9", {}, None, 400, "characters"),
    ("GET", "/api/v1/cameras/nobody", {}, None, 404, "nobody"),
    ("GET", "/api/v1/segments/..%2f..%2fx", {}, None, 400, "segment id"),
    ("GET", "/api/v1/segments/" + "x" * 129, {}, None, 400, "segment id"),
    ("GET", "/api/v1/segments/x", {}, None, 404, ""),
    ("GET", "/api/v1/segments/x/file", {}, None, 404, ""),
    ("GET", "/api/v1/cameras/nobody/thumbnail", {}, None, 404, "nobody"),
    ("GET", "/api/v1/cameras/nobody/pipeline", {}, None, 404, "nobody"),
    ("POST", "/api/v1/cameras/nobody/start", {}, None, 404, "nobody"),
    ("POST", "/api/v1/cameras/nobody/stop", {}, None, 404, "nobody"),
    ("POST", "/api/v1/cameras/nobody/snapshot", {}, None, 404, "nobody"),
    ("POST", "/api/v1/cameras/off/snapshot", {}, None, 409, "off"),
    ("GET", "/api/v1/cameras/off/pipeline", {}, None, 409, "off"),
    ("GET", "/api/v1/cameras/off/pipeline?format=png", {}, None, 400, "png"),
    ("GET", "/api/v1/cameras/off/thumbnail", {}, None, 404, "thumbnail"),
    # queries
    ("GET", "/api/v1/segments?bogus=1", {}, None, 400, "bogus"),
    ("GET", "/api/v1/cameras?limit=1", {}, None, 400, "limit"),
    ("GET", "/api/v1/segments?limit=0", {}, None, 400, "1000"),
    ("GET", "/api/v1/segments?limit=1001", {}, None, 400, "1000"),
    ("GET", "/api/v1/segments?limit=-1", {}, None, 400, "1000"),
    ("GET", "/api/v1/segments?limit=x", {}, None, 400, "1000"),
    ("GET", "/api/v1/segments?limit=1&limit=2", {}, None, 400, "twice"),
    ("GET", "/api/v1/segments?order=up", {}, None, 400, "up"),
    ("GET", "/api/v1/segments?from=yesterday", {}, None, 400, "yesterday"),
    ("GET", "/api/v1/gaps?to=2026-02-30T00:00:00Z", {}, None, 400, "to"),
    ("GET", "/api/v1/gaps?from=200&to=100", {}, None, 400, "earlier"),
    ("GET", "/api/v1/gaps?cursor=blah", {}, None, 400, "cursor"),
    ("GET", "/api/v1/segments?cursor=%00", {}, None, 400, ""),
    ("GET", "/api/v1/segments?camera=", {}, None, 400, "missing"),
    ("GET", "/api/v1/segments?camera=a/b", {}, None, 400, "a/b"),
    ("GET", "/api/v1/events?camera=a/b", {}, None, 400, "a/b"),
    # bodies
    ("POST", "/api/v1/cameras", {}, None, 400, "body"),
    ("POST", "/api/v1/cameras", {}, "{}", 415, "Content-Type"),
    ("POST", "/api/v1/cameras", {"Content-Type": "text/plain"}, "{}", 415, "text/plain"),
    ("POST", "/api/v1/cameras", {"Content-Type": "application/merge-patch+json"}, "{}", 415, "merge-patch"),
    ("POST", "/api/v1/cameras", JSON, "{\"id\":\n  oops}", 400, "line 2, column 3"),
    ("POST", "/api/v1/cameras", JSON, "[]", 400, "object"),
    ("POST", "/api/v1/cameras", JSON, "{} {}", 400, "column"),
    ("POST", "/api/v1/cameras", JSON, b"{\"id\":\"\xff\"}", 400, ""),
    ("POST", "/api/v1/cameras", JSON, "{\"id\":\"a\",\"id\":\"b\"}", 400, "id"),
    ("POST", "/api/v1/cameras", JSON, "[" * 5000, 400, ""),
    ("POST", "/api/v1/cameras", JSON, "{}", 400, "url"),
    ("POST", "/api/v1/cameras", JSON, json.dumps({"url": "http://x/"}), 400, "rtsp"),
    ("POST", "/api/v1/cameras", JSON, json.dumps({"url": 7}), 400, "url"),
    ("POST", "/api/v1/cameras", JSON, json.dumps({"url": "rtsp://h/", "bogus": 1}), 400, "bogus"),
    ("POST", "/api/v1/cameras", JSON, json.dumps({"url": "rtsp://h/", "id": "a b"}), 400, "a b"),
    ("POST", "/api/v1/cameras", JSON, json.dumps({"url": "rtsp://h/", "id": LONG}), 400, "64"),
    ("POST", "/api/v1/cameras", JSON, json.dumps({"url": "rtsp://h/", "id": 1}), 400, "id"),
    ("POST", "/api/v1/cameras", JSON, json.dumps({"url": "rtsp://h/", "enabled": "yes"}), 400, "enabled"),
    ("POST", "/api/v1/cameras", JSON, json.dumps({"url": "rtsp://h/", "segment_seconds": 1.5}), 400, "segment_seconds"),
    ("POST", "/api/v1/cameras", JSON, json.dumps({"url": "rtsp://h/", "segment_seconds": 90000}), 400, "segment_seconds"),
    ("POST", "/api/v1/cameras", JSON, json.dumps({"url": "rtsp://h/", "format": "avi"}), 400, "format"),
    ("POST", "/api/v1/cameras", JSON, json.dumps({"url": "rtsp://h/", "transport": "tls"}), 400, "transport"),
    ("POST", "/api/v1/cameras", JSON, json.dumps({"url": "rtsp://h/", "path_template": "../x"}), 400, "path_template"),
    ("POST", "/api/v1/cameras", JSON, json.dumps({"url": "rtsp://h/", "id": "off"}), 409, "off"),
    ("PATCH", "/api/v1/cameras/off", JSON, json.dumps({"id": "on"}), 400, "id"),
    ("PATCH", "/api/v1/cameras/off", JSON, json.dumps({"url": None}), 400, "url"),
    ("PATCH", "/api/v1/cameras/off", JSON, json.dumps({"state": "recording"}), 400, "state"),
    ("PATCH", "/api/v1/cameras/nobody", JSON, "{}", 404, "nobody"),
    ("PUT", "/api/v1/cameras/off", JSON, "{}", 400, "url"),
    ("PUT", "/api/v1/cameras/off", JSON, json.dumps({"id": "on", "url": "rtsp://h/"}), 400, "id"),
    ("DELETE", "/api/v1/cameras/nobody", {}, None, 404, "nobody"),
]


def ask(url: str, method: str, path: str, headers: dict, body):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.putrequest(method, path)
        body = body.encode() if isinstance(body, str) else body
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def wrong(url: str, case) -> str | None:
    """What is not as it should be, for the report of all at once."""
    method, path, headers, body, status, words = case
    code, answered, data = ask(url, method, path, headers, body)
    if code != status:
        return f"{method} {path} {body!r}: {code} instead of {status}: {data!r}"
    if answered["Content-Type"] != "application/problem+json":
        return f"{method} {path}: {answered['Content-Type']}"
    problem = json.loads(data)
    if problem["status"] != status or not problem["type"].startswith("/problems/"):
        return f"{method} {path}: {problem}"
    if not (problem["title"] and problem["detail"] and problem.get("hint") and problem["instance"]):
        return f"{method} {path}: not told what, why and what next: {problem}"
    if words not in problem["detail"] + problem["hint"]:
        return f"{method} {path}: {words!r} is not said: {problem}"
    if status == 405 and not answered["Allow"]:
        return f"{method} {path}: no Allow"
    return None


@pytest.mark.asan
def test_every_wrong_request_is_explained(tytod):
    service = tytod()
    service.api("POST", "/api/v1/cameras", {"id": "off", "url": "rtsp://127.0.0.1:9/x", "enabled": False}, status=201)
    found = [text for text in (wrong(service.url, case) for case in CASES) if text]
    assert not found, "\n".join(found)
    assert [camera["id"] for camera in service.api("GET", "/api/v1/cameras")["items"]] == ["off"], "nothing was changed"


def test_what_every_answer_has(tytod):
    service = tytod()
    for path in ("/health", "/nothing", "/api/v1/cameras"):
        _, headers, _ = service.request("GET", path)
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store" and headers["Date"]
        assert headers["Access-Control-Allow-Origin"] is None


def test_options_and_head(tytod):
    service = tytod()
    code, headers, body = service.request("OPTIONS", "/api/v1/cameras")
    assert (code, headers["Allow"], body) == (204, "GET, HEAD, POST, OPTIONS", b"")
    _, whole, text = service.request("GET", "/openapi.yaml")
    code, headers, body = service.request("HEAD", "/openapi.yaml")
    assert (code, headers["Content-Length"], body) == (200, str(len(text)), b"") and whole["Content-Type"] == headers["Content-Type"]


@pytest.mark.asan
def test_what_is_no_http_at_all(tytod):
    """libsoup turns these away before we see them: a problem all the same."""
    parts = urllib.parse.urlsplit(tytod().url)
    for request in (b"BLAH\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        with socket.create_connection((parts.hostname, parts.port), 10) as client:
            client.sendall(request)
            answer = b"".join(iter(lambda: client.recv(4096), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b" 400 " in head.splitlines()[0] and b"application/problem+json" in head, request
        assert json.loads(body)["hint"]
