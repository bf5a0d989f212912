# SPDX-License-Identifier: LGPL-2.1-or-later
"""A web server for a directory with live HLS, which fails by rules.

    web = HlsWeb(folder)                              # any free port of 127.0.0.1
    web.url("live.m3u8")
    web.add("missing", r"live_002", times=None)       # 404, for ever; times=2: the next two; skip=1: not the next one
    web.add("redirect", r"live\\.m3u8", to=other.url("live.m3u8"))
    web.down() … web.up()                             # connections are refused … and taken again, at the same port
    web.requests                                      # Request(path, fault, status, range)

Kinds: missing (404), gone (410), error (500), busy (503), stall (never answered, until stop()), drip (the head, then nothing), cut (ends in the
middle, though its head says more), flip (bytes in its middle are others), redirect (302, to=URL), forbid (403), large (a body without an end)

Ranges, ETag, Last-Modified and If-None-Match (304) are as RFC 9110 has them.
"""

import contextlib
import dataclasses
import email.utils
import http.server
import pathlib
import re
import socket
import threading

from held_port import HeldPort

STATUS = {"missing": 404, "gone": 410, "error": 500, "busy": 503, "forbid": 403}


@dataclasses.dataclass
class Request:
    path: str
    fault: str = ""
    status: int = 0
    range: str = ""


class Rule:
    def __init__(self, kind, target="", times=1, skip=0, to=""):
        assert kind in {*STATUS, "stall", "drip", "cut", "flip", "redirect", "large"}, kind
        self.kind, self.target, self.times, self.skip, self.to = kind, re.compile(target), times, skip, to

    def takes(self, path: str) -> bool:
        if self.times == 0 or not self.target.search(path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


class HlsWeb:
    def __init__(self, folder: pathlib.Path, root: str = "/"):
        self.folder, self.root, self.held = folder, root, HeldPort()
        self.requests: list[Request] = []
        self.rules: list[Rule] = []
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.connections: list[socket.socket] = []
        self.up()

    @property
    def port(self) -> int:
        return self.held.port

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, name: str) -> str:
        return f"{self.endpoint}{self.root}{name}"

    def add(self, kind: str, target: str = "", **options) -> None:
        with self.lock:
            self.rules.append(Rule(kind, target, **options))

    def clear(self) -> None:
        with self.lock:
            self.rules.clear()

    def count(self, target: str, fault: str | None = None) -> int:
        return sum(bool(re.search(target, one.path)) and fault in (None, one.fault) for one in list(self.requests))

    def up(self) -> None:
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet

            def setup(self):
                web.connections.append(self.request)
                super().setup()

            def do_GET(self):
                with contextlib.suppress(ConnectionError):
                    web.answer(self)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def down(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.connections.clear()

    def stop(self) -> None:
        self.released.set()
        self.down()
        self.held.release()

    def answer(self, handler) -> None:
        request = Request(handler.path, range=handler.headers.get("Range", ""))
        with self.lock:
            self.requests.append(request)
            rule = next((one for one in self.rules if one.takes(request.path)), None)
        request.fault = rule.kind if rule else ""
        if request.fault == "stall":
            self.released.wait(120)
            handler.close_connection = True
        elif request.fault in STATUS:
            self.send(handler, request, STATUS[request.fault], b"no\n")
        elif request.fault == "redirect":
            self.send(handler, request, 302, b"", Location=rule.to)
        elif request.fault == "large":
            self.endless(handler)
        else:
            self.serve(handler, request)

    @staticmethod
    def send(handler, request: Request, status: int, body: bytes, length: int | None = None, **fields) -> None:
        request.status = status
        handler.send_response(status)
        for name, value in fields.items():
            handler.send_header(name.replace("_", "-"), value)
        if status != 304:
            handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)

    @staticmethod
    def endless(handler) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):
            while True:
                handler.wfile.write(bytes(1 << 16))

    def serve(self, handler, request: Request) -> None:
        path = self.folder / request.path.partition("?")[0].removeprefix(self.root)
        try:
            whole, modified = path.read_bytes(), path.stat().st_mtime
        except OSError:
            self.send(handler, request, 404, b"no\n")
            return
        fields = {"ETag": f'"{modified:.6f}-{len(whole)}"', "Last_Modified": email.utils.formatdate(modified, usegmt=True)}
        if handler.headers.get("If-None-Match") == fields["ETag"] and not request.fault:
            self.send(handler, request, 304, b"", **fields)
            return
        body, status = whole, 200
        if match := re.fullmatch(r"bytes=(\d+)-(\d*)", request.range):
            first, last = int(match[1]), min(int(match[2] or len(whole)), len(whole) - 1)
            body, status = whole[first:last + 1], 206
            fields["Content_Range"] = f"bytes {first}-{last}/{len(whole)}"
        length = len(body)
        if request.fault == "flip":
            middle = length // 2
            body = body[:middle] + bytes(byte ^ 0xFF for byte in body[middle:middle + 2000]) + body[middle + 2000:]
        if request.fault in ("cut", "drip"):
            body = body[:length // 2 if request.fault == "cut" else 0]
            handler.close_connection = True
        self.send(handler, request, status, body, length, **fields)
        if request.fault == "drip":
            handler.wfile.flush()
            self.released.wait(120)
