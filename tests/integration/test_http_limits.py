# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a client may not do: send much, send slowly, open many; and nothing of it stays behind."""

import os
import select
import socket
import struct
import urllib.parse

import pytest

GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /api/v1/cameras HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def client(service) -> socket.socket:
    parts = urllib.parse.urlsplit(service.url)
    return socket.create_connection((parts.hostname, parts.port), 20)


def heard(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def descriptors(service) -> int:
    return len(os.listdir(f"/proc/{service.pid}/fd"))


def test_too_large_a_body_is_refused_before_it_is_read(tytod):
    service = tytod()
    with client(service) as connection:
        connection.sendall(POST + b"Content-Length: 65537\r\n\r\n")  # and not a byte of it
        answer = heard(connection)
    assert answer.startswith(b"HTTP/1.1 413 ") and b"application/problem+json" in answer and b'"hint"' in answer
    with client(service) as connection:
        connection.sendall(POST + b"Content-Length: 65536\r\n\r\n" + b" " * 65536)
        assert connection.recv(4096).startswith(b"HTTP/1.1 400 "), "just not too large"


@pytest.mark.asan
def test_too_large_a_chunked_body_is_refused(tytod):
    service = tytod()
    with client(service) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(40):
            connection.sendall(b"1000\r\n" + b" " * 4096 + b"\r\n")
            if select.select([connection], [], [], 0)[0]:
                break
        connection.shutdown(socket.SHUT_WR)
        assert heard(connection).startswith(b"HTTP/1.1 413 ")


def test_both_lengths_are_refused(tytod):
    with client(tytod()) as connection:
        connection.sendall(POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
        answer = heard(connection)
    assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1") == 1


@pytest.mark.asan
def test_expect_continue(tytod):
    with client(tytod()) as connection:
        connection.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")
        answer = b""
        while b"}" not in answer:
            answer += connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 400 ") and b"Date: " in answer and b"nosniff" in answer


@pytest.mark.asan
def test_requests_follow_one_another_on_a_connection(tytod):
    service = tytod()
    with client(service) as connection:
        for _ in range(3):
            connection.sendall(GET)
            answer = b""
            while not answer.endswith(b"\r\n\r\nok\n"):
                answer += connection.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200 ")
        connection.sendall(GET * 5 + GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))  # without waiting
        assert heard(connection).count(b"HTTP/1.1 200 ") == 6


def test_slow_clients_are_left(tytod):
    """All at once, as each takes its ten seconds."""
    service = tytod()
    silent, slow, stuck = (client(service) for _ in range(3))
    slow.sendall(b"GET /livez HTTP/1.1\r\nHo")
    stuck.sendall(POST + b"Content-Length: 9\r\n\r\n{")
    for connection in (silent, slow, stuck):
        with connection:
            assert heard(connection) == b""
    assert service.request("GET", "/livez")[0] == 200


def test_too_many_connections(tytod, wait_for):
    service = tytod()
    held = [client(service) for _ in range(64)]  # taken in this order, before the next one
    with client(service) as connection:
        answer = heard(connection)
    assert answer.startswith(b"HTTP/1.1 503 ") and b"Retry-After" in answer and b"application/problem+json" in answer
    for connection in held:
        connection.close()
    wait_for(lambda: service.request("GET", "/livez")[0] == 200, "an answer again")
    assert b"tyto_http_connections_refused_total 0" not in service.request("GET", "/metrics")[2]


@pytest.mark.asan
def test_nothing_stays_behind(tytod, wait_for):
    """libsoup 3.2 keeps connections that end between or within requests: we must not."""
    service = tytod()
    service.request("GET", "/livez")
    before = descriptors(service)
    reset = struct.pack("ii", 1, 0)
    for sent, rude in ((b"", False), (b"", True), (GET, False), (GET, True), (b"GET /livez HT", False), (b"GET /livez HT", True),
                       (POST + b"Content-Length: 9\r\n\r\n{", False), (b"GET /api/v1/cameras/x/thumbnail HTTP/1.1\r\nHost: localhost\r\n\r\n", True)):
        for _ in range(25):
            with client(service) as connection:
                connection.sendall(sent)
                if rude:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
    wait_for(lambda: descriptors(service) <= before, f"{before} descriptors")
    wait_for(lambda: b"tyto_http_connections 1\n" in service.request("GET", "/metrics")[2], "one connection in the metrics")
