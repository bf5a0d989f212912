# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stand-ins for the services of the user's, which Tyto asks: each validates what it is asked against data/services/*.openapi.yaml.

user_services      user_services("vms", …): starts them; .vms, .counter, .storage, .stream, .vod, .environment (their URLs for tytod)

Of each: .url, .requests (method, path, body of all, in order), .wrong (what was not as described: must stay empty; checked at
the end), .fault (None, "slow", "error", "malformed", "redirect", "huge", "other"), .stop(), .start() (again, at the same port).
"""

import contextlib
import dataclasses
import datetime
import hashlib
import http.server
import json
import pathlib
import re
import socket
import threading
import time
import urllib.parse
import uuid

import jsonschema
import pytest
import yaml
from held_port import HeldPort

DESCRIPTIONS = pathlib.Path(__file__).resolve().parents[2] / "data/services"
TOKEN = "the-token-of-these-tests"


@dataclasses.dataclass
class Request:
    method: str
    path: str
    body: object
    query: dict
    time: float


class UserService:
    """One service, at a port of its own."""

    def __init__(self, name: str):
        self.name = name
        self.description = yaml.safe_load((DESCRIPTIONS / f"{name}.openapi.yaml").read_text())
        self.requests: list[Request] = []
        self.wrong: list[str] = []
        self.fault: str | None = None
        self.released = threading.Event()  # ends a slow answer
        self.connections: list[socket.socket] = []
        self.held = HeldPort()  # also while the service is away
        self.url = f"http://127.0.0.1:{self.held.port}"
        self.start()

    def start(self) -> None:
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                service.connections.append(self.request)
                super().setup()

            def answer(self):
                service.answer(self)

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.held.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Nobody listens any more, and connections are broken off."""
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.connections.clear()

    def resolved(self, node: dict) -> dict:
        while "$ref" in node:
            target = self.description
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def valid(self, value, schema, what: str) -> None:
        resolver = jsonschema.RefResolver.from_schema(self.description)
        for error in jsonschema.Draft202012Validator(schema, resolver=resolver).iter_errors(value):
            self.wrong.append(f"{what}: {error.message}")

    def check(self, method: str, path: str, query: dict, headers, body: bytes) -> None:
        """Notes all in which a request is not as described."""
        what = f"{method} {path}"
        for pattern, item in self.description["paths"].items():
            match = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern), path)
            if match and method.lower() in item:
                break
        else:
            self.wrong.append(f"{what}: not described")
            return
        operation = item[method.lower()]
        known = [self.resolved(node) for node in item.get("parameters", []) + operation.get("parameters", [])]
        given = {"path": {key: urllib.parse.unquote(value) for key, value in match.groupdict().items()}, "query": query,
                 "header": {key: value for key, value in headers.items()}}
        for parameter in known:
            value = given[parameter["in"]].get(parameter["name"])
            if value is not None:
                self.valid(value, parameter["schema"], f"{what}, {parameter['name']}")
            elif parameter.get("required"):
                self.wrong.append(f"{what}: {parameter['name']} is missing")
        if unknown := set(query) - {parameter["name"] for parameter in known if parameter["in"] == "query"}:
            self.wrong.append(f"{what}: {unknown} is not described")
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            self.wrong.append(f"{what}: without the token")
        content = operation.get("requestBody", {}).get("content")
        if content is None and body:
            self.wrong.append(f"{what}: has a body")
        elif content is not None:
            media = headers.get("Content-Type", "")
            if media not in content:
                self.wrong.append(f"{what}: {media}")
            elif media == "application/json":
                self.valid(json.loads(body), content[media]["schema"], what)

    def answer(self, handler) -> None:
        path, _, text = handler.path.partition("?")
        query = dict(urllib.parse.parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self.check(handler.command, path, query, handler.headers, body)
        path = urllib.parse.unquote(path)
        sent = json.loads(body) if handler.headers.get("Content-Type") == "application/json" else body
        self.requests.append(Request(handler.command, path, sent, query, time.monotonic()))
        status, value = self.faulty(lambda: self.handle(handler.command, path, query, sent))
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        handler.send_response(status)
        if status == 307:
            handler.send_header("Location", "http://127.0.0.1:9/elsewhere")
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def faulty(self, handle):
        if self.fault == "slow":
            self.released.wait(60)
        if self.fault == "error":
            return 500, {"error": {"message": "broken"}}
        if self.fault == "malformed":
            return 200, b'{"id": "x'
        if self.fault == "redirect":
            return 307, {}
        if self.fault == "huge":
            return 200, b'{"x": "' + b"y" * 300000 + b'"}'
        return handle()

    def count(self, method: str, part: str) -> int:
        return sum(request.method == method and part in request.path for request in list(self.requests))


class Vms(UserService):
    """.cameras: id → {name, source, rtsp_url, transport}"""

    def __init__(self):
        self.cameras: dict[str, dict] = {}
        super().__init__("vms")

    def handle(self, method, path, query, body):
        camera, _, stream = path.removeprefix("/vms/cameras/").partition("/")
        known = self.cameras.get(camera)
        if known is None:
            return 404, {"error": {"message": "Camera not found", "code": 404}}
        camera = "another" if self.fault == "other" else camera
        if stream:
            return 200, {"camera_id": camera, "rtsp_url": known["rtsp_url"], "transport": known.get("transport", "tcp")}
        return 200, {"id": camera, "name": known["name"], "source": known["source"], "ptz_enabled": False, "status": "ONLINE"}


class StreamCounter(UserService):
    """.limit; .reservations: id → camera, those that are held; .keys: Idempotency-Key → id"""

    def __init__(self):
        self.limit = 500
        self.reservations: dict[str, str] = {}
        self.lock = threading.Lock()
        super().__init__("stream-counter")

    def handle(self, method, path, query, body):
        verb, _, reservation = path.removeprefix("/api/v1/stream/").partition("/")
        with self.lock:
            if verb == "reserve":
                if len(self.reservations) >= self.limit:
                    return 429, {"error": {"code": "RATE_LIMIT_EXCEEDED", "message_en": "Camera limit reached for Metro",
                                           "current": self.limit, "limit": self.limit, "retry_after": 30}}
                reservation = str(uuid.uuid4())
                self.reservations[reservation] = body["camera_id"]
                camera = "another" if self.fault == "other" else body["camera_id"]
                return 200, {"reservation_id": reservation, "camera_id": camera, "limit": self.limit}
            if reservation not in self.reservations:
                return 404, {"error": {"message": "Reservation not found", "code": "RESERVATION_NOT_FOUND"}}
            if verb == "release":
                del self.reservations[reservation]
                return 200, {"reservation_id": reservation, "released": True}
            return 200, {"reservation_id": reservation, "remaining_ttl": body["extend_ttl"], "updated": True}


class Storage(UserService):
    """.objects: key → (content, query of its PUT)"""

    def __init__(self):
        self.objects: dict[str, tuple[bytes, dict]] = {}
        super().__init__("storage")

    def handle(self, method, path, query, body):
        key = query["key"]
        if method == "PUT":
            self.objects[key] = (body, query)
        elif key not in self.objects:
            return 404, {"error": {"message": "There is nothing"}}
        content, given = self.objects.pop(key) if method == "DELETE" else self.objects[key]
        checksum = hashlib.sha256(content).hexdigest()
        checksum = "0" * 64 if self.fault == "other" else checksum
        return 201 if method == "PUT" else 200, {"id": key, "size_bytes": len(content), "checksum": checksum,
                                                 "upload_id": given["upload_id"]}


class Stream(UserService):
    """.streams: id → {stream_key, user_id, status, started_at, …}"""

    def __init__(self):
        self.streams: dict[str, dict] = {}
        super().__init__("stream")

    def begin(self, stream_id: str, stream_key: str, **members) -> None:
        now = datetime.datetime.now(datetime.UTC).isoformat()
        self.streams[stream_id] = {"stream_key": stream_key, "status": "live", "started_at": now} | members

    def end(self, stream_id: str) -> None:
        self.streams[stream_id] |= {"status": "ended", "ended_at": datetime.datetime.now(datetime.UTC).isoformat()}

    def handle(self, method, path, query, body):
        known = {stream: {"id": stream, "viewers": 3} | members for stream, members in list(self.streams.items())}
        if path == "/streams":
            return 200, {"streams": [stream for stream in known.values() if stream["status"] == query["status"]]}
        stream = known.get(path.removeprefix("/streams/"))
        return (200, {"stream": stream}) if stream else (404, {"error": "Stream not found"})


class Vod(UserService):
    """.videos: id of a broadcast → id of its video; .imports: the same → what was said of it; .status: another answer"""

    def __init__(self):
        self.videos: dict[str, str] = {}
        self.imports: dict[str, dict] = {}
        self.status = 201
        super().__init__("vod")

    def handle(self, method, path, query, body):
        if self.status >= 400:
            return self.status, {"error": "It is not wanted"}
        self.imports[body["recording_id"]] = body
        return self.status, {"video_id": self.videos.setdefault(body["recording_id"], str(uuid.uuid4()))}


class UserServices:
    KINDS = {"vms": (Vms, "VMS_SERVICE_URL"), "counter": (StreamCounter, "STREAM_COUNTER_URL"),
             "storage": (Storage, "STORAGE_SERVICE_URL"), "stream": (Stream, "STREAM_SERVICE_URL"), "vod": (Vod, "VOD_SERVICE_URL")}

    def __init__(self, names):
        self.all = []
        self.environment = {"TYTO_TEST_SERVICE_TOKEN": TOKEN}
        for name in names or ("vms", "counter", "storage"):
            kind, variable = self.KINDS[name]
            service = kind()
            setattr(self, name, service)
            self.environment[variable] = service.url
            self.all.append(service)


@pytest.fixture
def user_services():
    started = []

    def start(*names: str) -> UserServices:
        started.append(UserServices(names))
        return started[-1]

    yield start
    wrong = []
    for services in started:
        for service in services.all:
            service.stop()
            wrong += [f"{service.name}: {text}" for text in service.wrong]
    assert not wrong
