# SPDX-License-Identifier: LGPL-2.1-or-later
"""An S3 server that fails on command: a proxy before a real one, which does what rules say and passes everything else on, byte for byte.
Signatures hold, since servers check the Host header that the client sent.

    faults = S3Faults(server.endpoint)                # any free port of 127.0.0.1; faults.endpoint
    faults.add("slow-down", times=2)                  # the next two requests
    faults.add("cut", method="POST", target="uploadId=")        # the next request of that method whose target matches (a regex)
    faults.add("reset", method="PUT", skip=1)         # not the next one: the one after it
    faults.add("error", share=1/3, times=None, seed=7)          # a third of all, from now on, the same third each time
    faults.down() … faults.up()                       # connections are refused (and those there are reset) … and taken again
    faults.clear()                                    # no more rules
    faults.requests                                   # what came: Request(method, target, fault, status)
    faults.stop()

Kinds of faults:
    slow-down    503 SlowDown instead of passing it on; with retry_after=SECONDS that header, too
    error        500 InternalError instead of passing it on
    error-200    200 with <Error> InternalError in its body, instead of passing it on
    forbid       403 AccessDenied; in the middle of a body that was not announced by Expect: 100-continue, and then the connection is reset
    reset        the connection is reset instead of an answer; nothing is passed on
    reset-body   the connection is reset in the middle of the request's body; the server gets a part of it
    lost         passed on and done, but the connection is reset before a byte of the answer
    cut          passed on and done, but the answer ends in the middle, and the connection is closed
    stall        not passed on, and never answered, until the client goes
    stall-lost   passed on and done, and never answered, until the client goes
    skew         passed on; the answer's Date is @seconds later

certificate=(CERTIFICATE, KEY), paths of PEM files, makes it an https server. The fixture s3_faults(server, **options) makes one and ends
it after the test.
"""

import asyncio
import contextlib
import dataclasses
import email.utils
import random
import re
import socket
import ssl
import struct
import threading
import urllib.parse

import pytest
from held_port import HeldPort

BLOCK = 65536
KINDS = {"slow-down", "error", "error-200", "forbid", "reset", "reset-body", "lost", "cut", "stall", "stall-lost", "skew"}
INSTEAD = {"slow-down": (503, "Slow Down", "SlowDown", "Please reduce your request rate."),
           "error": (500, "Internal Server Error", "InternalError", "We encountered an internal error. Please try again."),
           "forbid": (403, "Forbidden", "AccessDenied", "Access Denied"),
           "error-200": (200, "OK", "InternalError", "We encountered an internal error. Please try again.")}


@dataclasses.dataclass
class Request:
    method: str
    target: str
    fault: str = ""
    status: int = 0


class Rule:
    def __init__(self, kind, method="", target="", times=1, skip=0, share=1.0, seed=0, seconds=0, retry_after=None):
        assert kind in KINDS, kind
        self.kind, self.method, self.target, self.times, self.skip, self.share = kind, method, re.compile(target), times, skip, share
        self.seconds, self.retry_after, self.random = seconds, retry_after, random.Random(seed)

    def takes(self, request: Request) -> bool:
        if self.times == 0 or (self.method and self.method != request.method) or not self.target.search(request.target):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.random.random() >= self.share:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Head:
    """Start line and header fields of a message (RFC 9112)."""

    def __init__(self, raw: bytes):
        self.raw = raw
        lines = raw.decode("latin-1").split("\r\n")
        self.words = lines[0].split(" ", 2)
        self.fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}

    @property
    def length(self) -> int:
        return int(self.fields.get("content-length", "0"))

    @property
    def chunked(self) -> bool:
        return "chunked" in self.fields.get("transfer-encoding", "").lower()

    @property
    def expects(self) -> bool:
        return self.fields.get("expect", "").lower() == "100-continue"

    @property
    def closes(self) -> bool:
        return self.fields.get("connection", "").lower() == "close"


def reset(writer: asyncio.StreamWriter) -> None:
    """Ends the connection with RST instead of FIN."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def pass_on(reader, writers, head: Head, limit=None) -> None:
    """The body behind @head, to all @writers; only @limit bytes of it when given."""
    left = head.length if limit is None else limit
    while left > 0 and not head.chunked:
        block = await reader.read(min(BLOCK, left))
        if not block:
            raise ConnectionError("the body ended early")
        left -= len(block)
        await write(writers, block)
    while head.chunked:
        line = await reader.readline()
        size = int(line.split(b";")[0], 16)
        await write(writers, line + await reader.readexactly(size + 2))
        if size == 0:
            return


async def write(writers, block: bytes) -> None:
    for writer in writers:
        writer.write(block)
        await writer.drain()


class Buffer:
    """A writer into memory."""

    def __init__(self):
        self.bytes = bytearray()

    def write(self, block: bytes) -> None:
        self.bytes += block

    async def drain(self) -> None:
        pass


class Connection:
    """One client, and the connection to the server that its requests go on by."""

    def __init__(self, faults: "S3Faults", reader, writer):
        self.faults, self.reader, self.writer = faults, reader, writer
        self.server = None

    async def run(self) -> None:
        try:
            while await self.serve():
                pass
        except (OSError, asyncio.IncompleteReadError, ValueError):
            reset(self.writer)  # so it sees what befell the server
        finally:
            self.writer.close()
            if self.server:
                self.server[1].close()

    async def serve(self) -> bool:
        """One request; False after the last one."""
        raw = await self.reader.read(1)
        if not raw:
            return False
        head = Head(raw + await self.reader.readuntil(b"\r\n\r\n"))
        request = Request(head.words[0], head.words[1])
        rule = self.faults.rule_for(request)
        kind = rule.kind if rule else ""
        if kind in INSTEAD:
            return await self.refuse(head, request, rule)
        if kind == "stall":
            await self.until_gone()
            return False
        if kind == "reset":
            reset(self.writer)
            return False
        await self.send_request(head, kind)
        if kind == "reset-body":
            reset(self.writer)
            self.server[1].close()
            return False
        return await self.answer(head, request, rule)

    async def refuse(self, head: Head, request: Request, rule: Rule) -> bool:
        half = rule.kind == "forbid" and head.length > 1 and not head.expects
        if not head.expects:
            await pass_on(self.reader, [], head, limit=head.length // 2 if half else None)
        request.status, reason, code, message = INSTEAD[rule.kind]
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'.encode()
        later = "" if rule.retry_after is None else f"Retry-After: {rule.retry_after}\r\n"
        await write([self.writer], f"HTTP/1.1 {request.status} {reason}\r\nContent-Type: application/xml\r\n{later}"
                    f"Content-Length: {0 if request.method == 'HEAD' else len(body)}\r\n\r\n".encode())
        if request.method != "HEAD":
            await write([self.writer], body)
        if half:
            reset(self.writer)
        return not head.expects

    async def until_gone(self) -> None:
        while await self.reader.read(BLOCK):
            pass

    async def send_request(self, head: Head, kind: str) -> None:
        if self.server is None:
            self.server = await asyncio.open_connection(self.faults.upstream.hostname, self.faults.upstream.port)
        await write([self.server[1]], head.raw)
        if head.expects:
            first = Head(await self.server[0].readuntil(b"\r\n\r\n"))
            if first.words[1] != "100":
                self.early = first  # it is refused before its body is sent
                return
            await write([self.writer], first.raw)
        self.early = None
        await pass_on(self.reader, [self.server[1]], head, limit=head.length // 2 if kind == "reset-body" else None)

    async def answer(self, head: Head, request: Request, rule) -> bool:
        kind = rule.kind if rule else ""
        first = self.early or Head(await self.server[0].readuntil(b"\r\n\r\n"))
        request.status = int(first.words[1])
        empty = request.method == "HEAD" or request.status in (204, 304)
        if kind == "skew":
            first.raw = self.later(first, rule.seconds)
        if kind in ("lost", "cut", "stall-lost"):
            whole = Buffer()
            await write([whole], first.raw)
            if not empty:
                await pass_on(self.server[0], [whole], first)
            if kind == "stall-lost":
                await self.until_gone()
            elif kind == "lost":
                reset(self.writer)
            else:  # in the middle of the body, or of the head when there is none
                body = len(whole.bytes) - len(first.raw)
                await write([self.writer], bytes(whole.bytes[:len(first.raw) + body // 2 if body > 1 else len(first.raw) // 2]))
            return False
        await write([self.writer], first.raw)
        if not empty:
            await pass_on(self.server[0], [self.writer], first)
        return not (first.closes or head.closes or self.early)

    @staticmethod
    def later(first: Head, seconds: int) -> bytes:
        moved = email.utils.formatdate(email.utils.parsedate_to_datetime(first.fields["date"]).timestamp() + seconds, usegmt=True)
        return re.sub(rb"(?im)^date:[^\r]*", b"Date: " + moved.encode(), first.raw)


class S3Faults:
    def __init__(self, upstream: str, certificate=None):
        self.upstream = urllib.parse.urlsplit(upstream)
        self.requests: list[Request] = []
        self.rules: list[Rule] = []
        self.lock = threading.Lock()
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        self.held, self.writers = HeldPort(), set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.up()
        self.endpoint = f"{'https' if certificate else 'http'}://127.0.0.1:{self.held.port}"

    def add(self, kind: str, **options) -> None:
        with self.lock:
            self.rules.append(Rule(kind, **options))

    def clear(self) -> None:
        with self.lock:
            self.rules.clear()

    def rule_for(self, request: Request):
        with self.lock:
            self.requests.append(request)
            rule = next((one for one in self.rules if one.takes(request)), None)
        request.fault = rule.kind if rule else ""
        return rule

    def count(self, kind: str) -> int:
        """How often such a fault happened."""
        return sum(request.fault == kind for request in self.requests)

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def up(self) -> None:
        self.listener = self.run(self.listen())

    async def listen(self):
        return await asyncio.start_server(self.on_client, "127.0.0.1", self.held.port, ssl=self.context, limit=1 << 20)

    def down(self) -> None:
        self.run(self.close())

    async def close(self) -> None:
        self.listener.close()
        for writer in list(self.writers):
            reset(writer)

    async def on_client(self, reader, writer) -> None:
        self.writers.add(writer)
        try:
            await Connection(self, reader, writer).run()
        finally:
            self.writers.discard(writer)

    def stop(self) -> None:
        self.down()
        self.run(self.cancel())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(30)
        self.loop.close()
        self.held.release()

    async def cancel(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def s3_faults():
    made = []

    def make(server, **options) -> S3Faults:
        """@server: an S3Server or S3Access."""
        made.append(S3Faults(server.endpoint, **options))
        return made[-1]

    yield make
    for faults in made:
        faults.stop()
