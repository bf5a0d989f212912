# SPDX-License-Identifier: LGPL-2.1-or-later
"""An RTSP client over interleaved TCP that shows what is on the wire: requests, answers, RTP and RTCP packets."""

import base64
import hashlib
import re
import socket
import struct
from typing import Dict, Iterator, NamedTuple, Optional
from urllib.parse import urlsplit

STAMP = re.compile(rb"TYTO camera=(\d+) stream=(\w+) +frame=(\d+) wall=(\d+)")
NTP_UNIX_DISTANCE = 2208988800


class Answer(NamedTuple):
    status: int
    headers: Dict[str, str]  # lower-case names
    body: str


class Packet(NamedTuple):
    channel: int  # 0 video, 1 its RTCP, 2 audio, 3 its RTCP
    data: bytes

    @property
    def seq(self) -> int:
        return struct.unpack_from(">H", self.data, 2)[0]

    @property
    def timestamp(self) -> int:
        return struct.unpack_from(">I", self.data, 4)[0]

    @property
    def ssrc(self) -> int:
        return struct.unpack_from(">I", self.data, 8)[0]

    @property
    def marker(self) -> bool:
        return bool(self.data[1] & 0x80)

    @property
    def payload(self) -> bytes:
        return self.data[12:]

    @property
    def frame(self) -> Optional[int]:
        """Frame number, of a packet that carries a stamp."""
        match = STAMP.search(self.data)
        return int(match[3]) if match else None

    @property
    def wall_us(self) -> Optional[int]:
        match = STAMP.search(self.data)
        return int(match[4]) if match else None

    @property
    def report(self):
        """(NTP time in s since 1970, RTP time) of a sender report."""
        seconds, fraction, timestamp = struct.unpack_from(">III", self.data, 8)
        return seconds - NTP_UNIX_DISTANCE + fraction / 2**32, timestamp


class RtspClient:
    def __init__(self, url: str, user: str = "", password: str = "", receive_buffer: int = 0):
        parts = urlsplit(url)
        self.url, self.user, self.password = url, user, password
        self.cseq, self.session, self.nonce, self.challenge = 0, "", "", {}
        self.queue, self.input = [], b""
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(30)
        self.socket.connect((parts.hostname, parts.port))

    def close(self) -> None:
        self.socket.close()

    def _fill(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        self.input += data

    def _take(self):
        """One packet or answer."""
        while True:
            if self.input[:1] == b"$" and len(self.input) >= 4:
                size = 4 + struct.unpack_from(">H", self.input, 2)[0]
                if len(self.input) >= size:
                    packet = Packet(self.input[1], self.input[4:size])
                    self.input = self.input[size:]
                    return packet
            elif self.input[:1] != b"$" and b"\r\n\r\n" in self.input:
                head, _, rest = self.input.partition(b"\r\n\r\n")
                lines = head.decode().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
                size = int(headers.get("content-length", 0))
                if len(rest) >= size:
                    self.input = rest[size:]
                    return Answer(int(lines[0].split()[1]), headers, rest[:size].decode())
            self._fill()

    def _authorization(self, method: str, url: str) -> str:
        if "nonce" not in self.challenge:
            token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            return f"Authorization: Basic {token}\r\n"
        algorithm = self.challenge.get("algorithm", "MD5")
        new = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[algorithm]
        realm, nonce = self.challenge["realm"], self.challenge["nonce"]
        ha1 = new(f"{self.user}:{realm}:{self.password}".encode()).hexdigest()
        ha2 = new(f"{method}:{url}".encode()).hexdigest()
        extra, middle = "", ""
        if "qop" in self.challenge:
            extra, middle = ', qop=auth, nc=00000001, cnonce="abcd"', "00000001:abcd:auth:"
        response = new(f"{ha1}:{nonce}:{middle}{ha2}".encode()).hexdigest()
        return (f'Authorization: Digest username="{self.user}", realm="{realm}", nonce="{nonce}", uri="{url}", '
                f'response="{response}", algorithm={algorithm}{extra}\r\n')

    def send(self, method: str, url: str = "", headers: str = "") -> None:
        self.cseq += 1
        url = url or self.url
        session = f"Session: {self.session}\r\n" if self.session else ""
        if self.challenge:
            headers += self._authorization(method, url)
        self.socket.sendall(f"{method} {url} RTSP/1.0\r\nCSeq: {self.cseq}\r\n{session}{headers}\r\n".encode())

    def ask(self, method: str, url: str = "", headers: str = "") -> Answer:
        """Sends a request as it is; gives the answer. Packets before it are kept for packets()."""
        self.send(method, url, headers)
        while True:
            item = self._take()
            if isinstance(item, Answer):
                assert item.headers["cseq"] == str(self.cseq)
                return item
            self.queue.append(item)

    def request(self, method: str, url: str = "", headers: str = "") -> Answer:
        """Like ask(), once more with credentials after a 401."""
        answer = self.ask(method, url, headers)
        if answer.status == 401 and self.user:
            text = answer.headers["www-authenticate"]
            self.challenge = dict(re.findall(r'(\w+)="?([^",]+)"?', text))
            answer = self.ask(method, url, headers)
        return answer

    def play(self, tracks: int = 1) -> "RtspClient":
        assert self.request("DESCRIBE").status == 200
        for track in range(tracks):
            channels = f"{track * 2}-{track * 2 + 1}"
            answer = self.request("SETUP", f"{self.url}/trackID={track + 1}",
                                  f"Transport: RTP/AVP/TCP;unicast;interleaved={channels}\r\n")
            assert answer.status == 200, answer
            self.session = answer.headers["session"].split(";")[0]
        self.played = self.request("PLAY")
        assert self.played.status == 200, self.played
        return self

    def packets(self) -> Iterator[Packet]:
        while True:
            item = self.queue.pop(0) if self.queue else self._take()
            if isinstance(item, Packet):
                yield item

    def send_packet(self, channel: int, data: bytes) -> None:
        self.socket.sendall(struct.pack(">cBH", b"$", channel, len(data)) + data)
