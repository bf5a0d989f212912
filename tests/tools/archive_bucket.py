# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bucket as it is, seen by nothing of ours, and recordings that wait to get there.

    bucket = Bucket(access)                  # of s3_servers.py
    bucket.keys(), bucket.uploads()          # objects, and multipart uploads under way
    bucket.get(KEY)                          # Object(key, sha256, size, metadata)
    problems(bucket, rows)                   # what is not exactly as the catalogue says

    waiting(state, cameras=100, each=96, size=4000)    # files and rows, while no tytod runs there
"""

import datetime
import hashlib
import hmac
import http.client
import pathlib
import random
import sqlite3
import urllib.parse
import xml.etree.ElementTree as ET
from typing import NamedTuple

SECOND = 1_000_000
TEXT = "{http://s3.amazonaws.com/doc/2006-03-01/}"


class Object(NamedTuple):
    key: str
    sha256: str  # of what was read
    size: int
    metadata: dict[str, str]


class Bucket:
    """Signature Version 4 by the book."""

    def __init__(self, access):
        self.access = access
        self.host = urllib.parse.urlsplit(access.endpoint).netloc

    def _sign(self, method: str, path: str, query: str) -> dict[str, str]:
        now = datetime.datetime.now(datetime.timezone.utc)
        day, stamp = f"{now:%Y%m%d}", f"{now:%Y%m%dT%H%M%SZ}"
        empty = hashlib.sha256(b"").hexdigest()
        headers = {"host": self.host, "x-amz-content-sha256": empty, "x-amz-date": stamp}
        names = ";".join(headers)
        request = "\n".join([method, path, query, *(f"{name}:{value}" for name, value in headers.items()), "", names, empty])
        scope = f"{day}/{self.access.region}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = f"AWS4{self.access.secret_key}".encode()
        for part in (day, self.access.region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.new(key, text.encode(), "sha256").hexdigest()
        headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.access.access_key}/{scope}, SignedHeaders={names}, "
                                    f"Signature={signature}")
        return headers

    def request(self, method: str, key: str = "", **query: str) -> tuple[http.client.HTTPResponse, bytes]:
        path = "/" + urllib.parse.quote(f"{self.access.bucket}/{key}" if key else self.access.bucket, safe="/~-_.")
        text = "&".join(f"{urllib.parse.quote(name, safe='')}={urllib.parse.quote(value, safe='-_.~')}"
                        for name, value in sorted(query.items()))
        # One request each: the server's last bytes on a connection that stays wait for an acknowledgement, 40 ms.
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request(method, f"{path}?{text}" if text else path,
                               headers=self._sign(method, path, text) | {"connection": "close"})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        assert answer.status < 300, f"{method} {key} {query}: {answer.status} {body[:500]}"
        return answer, body

    def keys(self) -> dict[str, int]:
        """Key → size of all objects."""
        found, more = {}, {}
        while True:
            tree = ET.fromstring(self.request("GET", **{"list-type": "2", "max-keys": "1000"}, **more)[1])
            for item in tree.iter(f"{TEXT}Contents"):
                found[item.findtext(f"{TEXT}Key")] = int(item.findtext(f"{TEXT}Size"))
            if tree.findtext(f"{TEXT}IsTruncated") != "true":
                return found
            more = {"continuation-token": tree.findtext(f"{TEXT}NextContinuationToken")}

    def uploads(self) -> list[str]:
        """Keys of the multipart uploads under way."""
        tree = ET.fromstring(self.request("GET", uploads="")[1])
        return [item.findtext(f"{TEXT}Key") for item in tree.iter(f"{TEXT}Upload")]

    def get(self, key: str) -> Object:
        answer, body = self.request("GET", key)
        metadata = {name.lower().removeprefix("x-amz-meta-"): value for name, value in answer.getheaders()
                    if name.lower().startswith("x-amz-meta-")}
        return Object(key, hashlib.sha256(body).hexdigest(), len(body), metadata)


def problems(bucket: Bucket, segments: list[dict], thumbnails: list[dict] = ()) -> list[str]:
    """Exactly one right object for each segment and thumbnail, and no multipart upload under way."""
    found = [f"a multipart upload of {key} is under way" for key in bucket.uploads()]
    keys = bucket.keys()
    expected = [row["object"] for row in [*segments, *thumbnails]]
    found += [f"{row['id']} is not archived" for row in segments if not row["archived"] or not row["object"]]
    found += [f"nobody's object: {key}" for key in set(keys) - set(expected)]
    found += [f"no object at {key}" for key in set(expected) - set(keys)]
    if len(set(expected)) != len(expected):
        found.append("two rows have the same object")
    for row in segments:
        if row["object"] not in keys:
            continue
        one = bucket.get(row["object"])
        if (one.sha256, one.size, one.metadata.get("tyto-sha256"), one.metadata.get("tyto-id")) != (
                row["sha256"], row["bytes"], row["sha256"], row["id"]):
            found.append(f"{one} is not {row['id']} ({row['bytes']} bytes, {row['sha256']})")
        path = pathlib.Path(row["path"])
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() != one.sha256:
            found.append(f"{path} is not what is archived")
    return found


def _segments(root: pathlib.Path, camera: str, each: int, size: int, end_us: int, seconds: int, seed: random.Random):
    run = f"20260101T000000Z-{camera:>012}".replace("cam", "0")[:29]
    for number in range(each):
        start = end_us - (each - number) * seconds * SECOND
        path = root / camera / f"{number:06}.mp4"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(seed.randbytes(max(size + number % 7, 1)))
        yield {"id": f"{run}.{number:06}", "camera": camera, "stream": "main", "run": run, "sequence": number, "path": str(path),
               "format": "mp4", "video_codec": "h264", "audio_codec": "", "start_us": start, "end_us": start + seconds * SECOND,
               "monotonic_ns": number * seconds * 10 ** 9, "duration_ns": seconds * 10 ** 9, "frames": seconds * 25,
               "key_frames": seconds, "audio_frames": 0, "bytes": path.stat().st_size, "packets_lost": 0}


def waiting(state: pathlib.Path, cameras: int, each: int, size: int, seconds: int = 900, first: int = 1) -> int:
    """Makes @each finished recordings of @cameras, the last one a minute old, and gives how many they are."""
    seed = random.Random(7)
    end_us = int((datetime.datetime.now(datetime.timezone.utc).timestamp() - 60) * SECOND)
    rows = [row for number in range(first, first + cameras)
            for row in _segments(state / "recordings", f"cam{number}", each, size, end_us, seconds, seed)]
    with sqlite3.connect(state / "catalogue.db") as database:
        database.executemany("INSERT INTO cameras (id, name) VALUES (?, ?) ON CONFLICT DO NOTHING",
                             {(row["camera"], row["camera"]) for row in rows})
        database.executemany("INSERT INTO runs (id, camera, stream, start_us, end_us) VALUES (?, ?, 'main', ?, ?) ON CONFLICT DO NOTHING",
                             {(row["run"], row["camera"], end_us, end_us) for row in rows})
        names = list(rows[0])
        database.executemany(f"INSERT INTO segments ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})", rows)
    database.close()
    return len(rows)

