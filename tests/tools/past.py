# SPDX-License-Identifier: LGPL-2.1-or-later
"""Recordings of long ago: files in the output directory and their rows, made while tytod is down.

    service = tytod(); service.stop()
    past = Past(service)
    row = past.segment("cam1", days_ago(10))      # a file of 1000 bytes and its row (a dict: id, path, object, …)
    past.thumbnail("cam1", days_ago(10))
    configure(service, retention_days=5)          # keys of its settings file; one that is running takes them over
    service.start()
"""

import configparser
import contextlib
import datetime
import hashlib
import itertools
import os
import pathlib
import sqlite3

NUMBERS = itertools.count(1)
OLD = 1_700_000_000  # s since the epoch, long before any test
DEFAULTS = {"stream": "main", "format": "mp4", "video_codec": "h264", "audio_codec": "", "monotonic_ns": 0, "camera_time_us": None,
            "frames": 10, "key_frames": 1, "audio_frames": 0, "packets_lost": 0, "tier": "fast", "object": None, "uploaded_us": None}


def days_ago(days: float) -> datetime.datetime:
    """So many days before now, and a minute more: what began then is over."""
    return datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days, minutes=1)


def microseconds(when: datetime.datetime) -> int:
    return (when - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)) // datetime.timedelta(microseconds=1)


def rfc3339(when: datetime.datetime) -> str:
    return when.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def configure(service, **keys) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(service.config)
    if not parser.has_section("tyto"):
        parser.add_section("tyto")
    for name, value in keys.items():
        parser.set("tyto", name.replace("_", "-"), repr(value))
    with open(service.config, "w", encoding="utf-8") as file:
        parser.write(file, space_around_delimiters=False)
    service.config.chmod(0o600)


class Past:
    def __init__(self, service, folder: pathlib.Path | None = None):
        self.database = service.state / "catalogue.db"
        self.folder = folder or service.state / "recordings"

    def insert(self, table: str, row: dict) -> None:
        with contextlib.closing(sqlite3.connect(self.database)) as database, database:
            names = ", ".join(row)
            database.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))

    def write(self, name: str, size: int) -> tuple[pathlib.Path, str]:
        """A file of @size bytes that no other has; gives its path and SHA-256."""
        content = (f"{name} " * (size // len(name) + 1)).encode()[:size]
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path.parent, (OLD, OLD))  # as nobody used it since
        return path, hashlib.sha256(content).hexdigest()

    def segment(self, camera: str, start: datetime.datetime, seconds: int = 30, size: int = 1000, file: bool = True, **columns) -> dict:
        run = f"{start:%Y%m%dT%H%M%SZ}-{next(NUMBERS):012x}"
        name = f"{camera}/{start:%Y-%m-%d}/{start:%H-%M-%S}-{run[-4:]}.mp4"
        path, sha256 = self.write(name, size) if file else (self.folder / name, "0" * 64)
        begin = microseconds(start)
        row = DEFAULTS | {"id": f"{run}.000001", "camera": camera, "run": run, "sequence": 1, "path": str(path), "start_us": begin,
                          "end_us": begin + seconds * 1_000_000, "duration_ns": seconds * 1_000_000_000, "bytes": size,
                          "sha256": sha256} | columns
        if row["object"] is not None:
            row |= {"uploaded_us": row["uploaded_us"] or row["end_us"], "archived": 1}
        self.insert("cameras", {"id": camera, "name": camera})
        self.insert("runs", {"id": run, "camera": camera, "stream": row["stream"], "start_us": begin, "end_us": row["end_us"],
                             "end_reason": "stopped"})
        self.insert("segments", row)
        return row

    def thumbnail(self, camera: str, taken: datetime.datetime, size: int = 100, **columns) -> dict:
        path, _ = self.write(f"thumbnails/{camera}/{taken:%Y-%m-%dT%H-%M-%S}-{next(NUMBERS)}.jpg", size)
        row = {"camera": camera, "taken_us": microseconds(taken), "path": str(path), "bytes": size} | columns
        self.insert("cameras", {"id": camera, "name": camera})
        self.insert("thumbnails", row)
        return row
