# SPDX-License-Identifier: LGPL-2.1-or-later
"""tytoctl catalogue copy: a catalogue in use is copied into a PostgreSQL database; the views that other programs read."""

import json
import sqlite3

import pytest
from postgresql import postgresql
from tytoctl import Tytoctl

COUNT = 5000


@pytest.fixture(scope="module")
def database():
    with postgresql() as server:
        yield server


@pytest.fixture
def schema(database, request):
    """A name of its own in the one server."""
    return "copy_" + request.node.name.removeprefix("test_")[:40]


@pytest.fixture
def uri(database, schema):
    return database.uri(options=f"-ctyto.schema%3D{schema}")


@pytest.fixture
def copy(build_dir, tmp_path):
    run = Tytoctl(build_dir / "src/tytoctl/tytoctl", None, tmp_path)
    return lambda service, uri, *words, **more: run("catalogue", "copy", "--to", uri, "--source", service.state / "catalogue.db", *words, **more)


def enter(service, first: int, count: int) -> None:
    """Segments of an hour each, while tytod has the catalogue open."""
    with sqlite3.connect(service.state / "catalogue.db", timeout=20) as own:
        own.execute("INSERT OR IGNORE INTO cameras (id, name) VALUES ('yard', 'O pátio')")
        own.execute("INSERT OR IGNORE INTO runs (id, camera, stream, start_us) VALUES ('RUN', 'yard', 'main', 0)")
        own.executemany(
            "INSERT INTO segments (id, camera, stream, run, sequence, path, format, video_codec, audio_codec, start_us, end_us,"
            " monotonic_ns, duration_ns, frames, key_frames, audio_frames, bytes, packets_lost)"
            " VALUES (?, 'yard', 'main', 'RUN', ?, ?, 'mp4', 'h264', '', ?, ?, 0, 3600000000000, 90000, 3600, 0, 157286400, 0)",
            ((f"RUN.{n:06}", n, f"/recordings/yard/{n}.mp4", n * 3600_000_000, (n + 1) * 3600_000_000) for n in range(first, first + count)))


def count_rows(database, schema: str, table: str) -> int:
    return int(database.sql(f"SELECT count(*) FROM {table}", schema)[0][0])


def test_a_catalogue_in_use_is_copied(tytod, database, schema, uri, copy):
    service = tytod()
    enter(service, 1, COUNT)
    told = json.loads(copy(service, uri, "--recorder", "host-1", "--json").stdout)
    assert told == {"rows": COUNT + 2, "recorder": "host-1"}
    assert count_rows(database, schema, "segments") == COUNT
    assert database.sql("SELECT segments, frames, recorder FROM cameras", schema) == [[str(COUNT), str(COUNT * 90000), "host-1"]]

    # Again: what is new comes, what is gone goes, the rest is left alone.
    versions = "SELECT DISTINCT xmin::text FROM segments ORDER BY 1"
    before = database.sql(versions, schema)
    copy(service, uri, "--recorder", "host-1")
    assert database.sql(versions, schema) == before
    enter(service, COUNT + 1, 10)
    with sqlite3.connect(service.state / "catalogue.db", timeout=20) as own:
        own.execute("DELETE FROM segments WHERE sequence <= 4")
    assert "".join(filter(str.isdigit, copy(service, uri, "--recorder", "host-1").stdout)) == "5008"
    assert count_rows(database, schema, "segments") == COUNT + 6
    assert service.api("GET", "/api/v1/status")["ready"]


def test_views_for_other_programs(tytod, database, schema, uri, copy):
    service = tytod()
    enter(service, 1, 3)
    service.api("POST", "/api/v1/cameras", {"id": "yard", "url": "rtsp://127.0.0.1:9/x", "enabled": False})
    with sqlite3.connect(service.state / "catalogue.db", timeout=20) as own:
        own.execute("INSERT INTO clips (id, camera, name, start_us, end_us, created_us) VALUES ('c', 'yard', 'Parcel', 7200000000, 7300000000, 0)")
        own.execute("UPDATE segments SET archived = 1, object = 'yard/3.mp4', uploaded_us = 1, sha256 = 'ab' WHERE sequence = 3")
        ours = own.execute("SELECT camera_id, start_time, end_time, file_path, file_size, duration, is_clip FROM recording ORDER BY id").fetchall()
        info = own.execute("SELECT id, camera_id, path, size_bytes, is_archived, object_key FROM segment_info ORDER BY id").fetchall()
        own.execute("INSERT INTO recordings (id, file_path) VALUES ('e410066c-8d50-4e0f-965f-452af1814ffa', '')")
        assert own.execute("SELECT duration, file_size, status FROM recordings").fetchall() == [(0, 0, "recording")]
    assert ours[1] == ("yard", "1970-01-01T02:00:00.000Z", "1970-01-01T03:00:00.000Z", "/recordings/yard/2.mp4", 157286400, 3600, 1)
    assert [row[6] for row in ours] == [0, 1, 0]
    assert info[2] == ("RUN.000003", "yard", "/recordings/yard/3.mp4", 157286400, 1, "yard/3.mp4")

    copy(service, uri)
    theirs = database.sql(
        "SELECT camera_id, to_char(start_time AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), file_path, file_size, duration, is_clip"
        " FROM recording ORDER BY id", schema)
    assert theirs[1] == ["yard", "1970-01-01T02:00:00.000Z", "/recordings/yard/2.mp4", "157286400", "3600", "t"]
    assert database.sql("SELECT id, camera_id, path, size_bytes, is_archived, object_key FROM segment_info ORDER BY id", schema)[2] == [
        "RUN.000003", "yard", "/recordings/yard/3.mp4", "157286400", "t", "yard/3.mp4"]
    database.sql("INSERT INTO recordings (file_path) VALUES ('')", schema)
    assert database.sql("SELECT duration, file_size, status, completed_at IS NULL FROM recordings", schema) == 2 * [["0", "0", "recording", "t"]]


def test_refused(tytod, uri, copy):
    first, second = tytod(), tytod()
    enter(first, 1, 3)
    copy(first, uri, "--recorder", "host-1")
    answer = copy(second, uri, "--recorder", "host-1", status=75)
    assert "host-1" in answer.stderr and "name of its own" in answer.stderr
    for wrong in ("postgresql://tyto:secret@127.0.0.1/x", "postgresql:///x?password=secret", "dbname=x password=secret"):
        answer = copy(first, wrong, status=64)
        assert "secret" not in answer.stderr and "PGPASSWORD" in answer.stderr
    assert "no such file" in copy(first, uri, "--source", "/nonexistent/catalogue.db", status=74).stderr.lower()
    assert "No such file" in copy(first, "postgresql:///x?host=/nonexistent", status=74).stderr
    with sqlite3.connect(second.state / "catalogue.db", timeout=20) as own:
        own.execute("PRAGMA user_version = 4")
    second.kill()
    assert "another version" in copy(second, uri, "--recorder", "host-2", status=74).stderr


def tells_by_itself(service) -> bool:
    with sqlite3.connect(service.state / "catalogue.db", timeout=20) as own:
        return own.execute("SELECT 1 FROM meta WHERE key = 'mirrored'").fetchone() is not None


def test_refused_while_told_by_itself(tytod, database, schema, uri, copy, wait_for):
    service = tytod(DATABASE_URL=uri)
    wait_for(lambda: tells_by_itself(service), "its rows to be told")
    name = database.sql("SELECT name FROM recorders", schema)[0][0]
    answer = copy(service, uri, "--recorder", name, status=75)
    assert "already" in answer.stderr
