# SPDX-License-Identifier: LGPL-2.1-or-later
"""Row 20: the shared database is away: recording goes on, rows wait on disk and are in within a minute of its return."""

import contextlib
import re
import signal
import sqlite3
import time

import pytest
from main_loop import allowed
from postgresql import postgresql

TABLES = {
    "cameras": "id, name, expired_us",
    "runs": "id, camera, stream, start_us, end_us, end_reason, transport, video_codec, width, height, packets_received,"
            " packets_lost, frames_received, frames_recorded, implied",
    "segments": "id, camera, stream, run, sequence, path, format, start_us, end_us, duration_ns, frames, bytes, cut_reason,"
                " recovered, archived, tier, sha256, object",
    "gaps": "camera, stream, start_us, end_us, reason, detail, packets_lost, frames_lost",
    "wishes": "camera, stream, start_us, end_us",
}


@pytest.fixture
def database():
    with postgresql() as server:
        yield server


@pytest.fixture
def recorder(scene, database):
    """Two cameras that are recorded, their rows told to the database."""
    here = scene(cameras=2, settings=f"catalogue-uri='{database.uri()}'\nrecorder-name='host-1'\n")
    here.wait_recording()
    here.wait_segments(1)
    here.wait(lambda: waiting(here) == 0 and told(database, "segments") > 0, "the first rows to be told")
    return here


def waiting(here) -> int:
    return here.service.api("GET", "/api/v1/status")["mirror_waiting"]


def told(database, table: str) -> int:
    return int(database.sql(f"SELECT count(*) FROM {table}")[0][0])


def alerts(here) -> list[str]:
    return [alert["kind"] for alert in here.service.api("GET", "/api/v1/alerts?standing=true")["items"]]


def rows_of(query):
    return sorted([str(value) if value is not None else "" for value in row] for row in query)


def both_sides(here, database):
    """Of each table: its name, our rows, theirs."""
    for table, columns in TABLES.items():
        with sqlite3.connect(f"file:{here.service.state}/catalogue.db?mode=ro", uri=True) as own:
            ours = rows_of(own.execute(f"SELECT {columns} FROM {table}"))
        yield table, ours, rows_of(database.sql(f"SELECT {columns} FROM {table} WHERE recorder = 'host-1'"))


def assert_same_rows(here, database) -> None:
    """Whoever counts: both sides have the same rows, once the last of them are told."""
    with contextlib.suppress(AssertionError):  # which rows is said below
        here.wait(lambda: all(ours == theirs for _, ours, theirs in both_sides(here, database)), "the last rows to be told")
    for table, ours, theirs in both_sides(here, database):
        assert ours == theirs, table


def finish(here, database) -> None:
    outcome = here.finish()
    outcome.check()
    for name in here.names:
        assert not outcome.accounts[name].holes and here.gaps(name) == [] and outcome.lost[name] == [0]
    here.wait(lambda: waiting(here) == 0, "the last rows to be told")
    assert_same_rows(here, database)


def test_down_and_up_again(recorder, database, fault):
    row = fault(20, "shared database down (immediate stop)")
    for _ in range(2):
        database.stop("immediate")
        recorder.wait_segments(2)
        recorder.wait(lambda: "shared-catalogue" in alerts(recorder), "the alert")
        recorder.wait(lambda: waiting(recorder) >= 4, "rows to wait")
        status = recorder.service.api("GET", "/api/v1/status")
        assert status["ready"] and status["mirror_failure"] and status["mirror_oldest_seconds"] > 0
        metrics = recorder.service.request("GET", "/metrics")[2].decode()
        assert int(re.search(r"^tyto_mirror_waiting_rows (\d+)$", metrics, re.M).group(1)) >= 4
        assert float(re.search(r"^tyto_mirror_oldest_seconds (\S+)$", metrics, re.M).group(1)) > 0
        database.start()
        began = time.monotonic()
        recorder.wait(lambda: waiting(recorder) == 0, "the rows to be told", 60)
        row.note(time.monotonic() - began)
        recorder.wait(lambda: "shared-catalogue" not in alerts(recorder), "the alert to be cleared")
    finish(recorder, database)


def enter_bulk(here, count: int) -> None:
    """Rows as another program's: the mirror takes all."""
    with sqlite3.connect(here.service.state / "catalogue.db", timeout=20) as own:
        own.execute("PRAGMA foreign_keys = ON")
        own.execute("INSERT OR IGNORE INTO cameras (id, name) VALUES ('bulk', 'bulk')")
        own.execute("INSERT OR IGNORE INTO runs (id, camera, stream, start_us) VALUES ('BULK', 'bulk', 'main', 0)")
        base = own.execute("SELECT coalesce(max(sequence), 0) FROM segments WHERE camera = 'bulk'").fetchone()[0]
        own.executemany(
            "INSERT INTO segments (id, camera, stream, run, sequence, path, format, video_codec, audio_codec, start_us, end_us,"
            " monotonic_ns, duration_ns, frames, key_frames, audio_frames, bytes, packets_lost)"
            " VALUES (?, 'bulk', 'main', 'BULK', ?, '', 'mp4', 'h264', '', ?, ?, 0, 1000, 1, 1, 0, 10, 0)",
            ((f"BULK.{n:06}", n, n * 1000, n * 1000 + 1000) for n in range(base + 1, base + 1 + count)))


def test_killed_in_mid_batch(recorder, database, fault):
    row = fault(20, "kill -9 of the shared database in mid-batch")
    for _ in range(2):
        before = told(database, "segments")
        enter_bulk(recorder, 20000)
        recorder.wait(lambda before=before: told(database, "segments") > before + 1000, "a batch to be told")
        database.kill()
        recorder.wait(lambda: recorder.service.api("GET", "/api/v1/status")["mirror_failure"], "the loss to be seen")
        assert waiting(recorder) > 0
        database.start()
        began = time.monotonic()
        recorder.wait(lambda: waiting(recorder) == 0, "the rows to be told", 60)
        row.note(time.monotonic() - began)
    recorder.stop_cameras()
    recorder.wait(lambda: waiting(recorder) == 0, "the last rows to be told")
    recorder.wait(lambda: told(database, "segments") == len(recorder.segments()), "all segments")
    assert_same_rows(recorder, database)
    assert recorder.gaps() == []


def test_frozen(recorder, database, fault):
    row = fault(20, "shared database frozen (SIGSTOP)")
    database.signal(signal.SIGSTOP)
    recorder.wait_segments(3)
    began = time.monotonic()
    recorder.service.api("GET", "/api/v1/segments?camera=cam1")
    assert time.monotonic() - began < allowed(5), "our own catalogue waits for nobody"
    database.signal(signal.SIGCONT)
    began = time.monotonic()
    recorder.wait(lambda: waiting(recorder) == 0, "the rows to be told", 60)
    row.note(time.monotonic() - began)
    finish(recorder, database)

    # Nor does a shutdown wait; what was not told is told after the next start.
    database.signal(signal.SIGSTOP)
    recorder.service.api("PATCH", "/api/v1/cameras/cam1", {"name": "Door"})
    began = time.monotonic()
    assert recorder.service.stop() == 0
    assert time.monotonic() - began < allowed(10)
    database.signal(signal.SIGCONT)
    recorder.service.start()
    recorder.wait(lambda: database.sql("SELECT name FROM cameras WHERE id = 'cam1'") == [["Door"]], "the camera's new name")
    recorder.wait(lambda: waiting(recorder) == 0, "the rows to be told")
    assert_same_rows(recorder, database)
