# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is no longer kept goes from a real object store, too: exact counts, whatever fails, wherever it is killed."""

import contextlib
import pathlib
import sqlite3

import pytest
from past import Past, days_ago

DELETE = {"method": "POST", "target": r"[?&]delete"}


@pytest.fixture
def archived(tytod, radosgw, s3_bucket, s3_faults):
    """archived(): a tytod that is down and keeps 5 days, its past, the bucket, and the proxy before it."""
    def make(**environment):
        bucket = s3_bucket(radosgw)
        faults = s3_faults(radosgw)
        service = tytod(S3_ENDPOINT=faults.endpoint, S3_BUCKET=bucket.bucket, S3_ACCESS_KEY_ID=bucket.access_key,
                        S3_SECRET_ACCESS_KEY=bucket.secret_key, **environment)
        service.stop()
        service.config.write_text("[tyto]\nretention-days=5\nlocal-retention-minutes=5256000\nupload-timeout=5\n", encoding="utf-8")
        service.config.chmod(0o600)
        return service, Past(service), bucket, faults

    return make


def add(past: Past, bucket, days: float, key: str, local: bool = False) -> dict:
    """A segment whose object is in @bucket, with a @local file or without one."""
    row = past.segment("cam1", days_ago(days), size=2000, object=key, tier="fast" if local else "archive")
    bucket.call("put", key, row["path"])
    if not local:
        pathlib.Path(row["path"]).unlink()
    return row


def ids(service) -> set[str]:
    return {row["id"] for row in service.rows("segments")}


def begin(service) -> None:
    service.api("POST", "/api/v1/retention/run", {}, status=202)


def run(service, wait_for) -> dict:
    begin(service)
    return wait_for(lambda: (last := service.api("GET", "/api/v1/retention")["last_run"])["state"] != "running" and last, "the run", 60)


def alerts(service) -> list[str]:
    return [one["message"] for one in service.api("GET", "/api/v1/alerts?standing=true")["items"] if one["kind"] == "retention"]


def files(service) -> set[str]:
    return {str(path) for path in (service.state / "recordings").rglob("*.mp4")}


def test_objects_files_and_rows(archived, wait_for):
    service, past, bucket, faults = archived()
    old = [add(past, bucket, 6 + number / 100, f"old/{number} ü.mp4", local=number < 5) for number in range(12)]
    new = [add(past, bucket, 4, "new/0.mp4"), add(past, bucket, 3, "new/1.mp4", local=True)]
    taken = past.thumbnail("cam1", days_ago(6), object="old/thumb.jpg")
    bucket.call("put", "old/thumb.jpg", taken["path"])
    bucket.call("put", "foreign", taken["path"])
    service.start()
    done = run(service, wait_for)
    assert (done["state"], done["segments"], done["bytes"], done["thumbnails"]) == ("done", 12, 24000, 1), done
    assert ids(service) == {row["id"] for row in new} and old
    assert sorted(bucket.keys()) == ["foreign", "new/0.mp4", "new/1.mp4"]
    assert files(service) == {new[1]["path"]}
    requests = [request for request in faults.requests if request.method == "POST" and "delete" in request.target]
    assert len(requests) == 2, "one request for all segments, one for the thumbnail"
    assert bucket.secret_key not in service.log


def test_one_segment(archived):
    service, past, bucket, _ = archived()
    row = add(past, bucket, 1, "one.mp4", local=True)
    service.start()
    service.api("DELETE", f"/api/v1/segments/{row['id']}", status=204)
    assert not bucket.keys() and not files(service) and not ids(service)


def test_a_store_that_is_down(archived, wait_for):
    service, past, bucket, faults = archived()
    rows = [add(past, bucket, 6 + number / 100, f"{number}.mp4", local=True) for number in range(3)]
    service.start()
    faults.down()
    done = run(service, wait_for)
    assert (done["state"], done["segments"], done["failed"]) == ("failed", 0, 3) and done["error"]
    [message] = alerts(service)
    assert "object store" in message or "tried again" in message
    assert len(files(service)) == 3, "files stay until their objects are gone"
    assert service.api("GET", "/api/v1/segments")["items"] == []
    faults.up()
    run(service, wait_for)  # or what goes on by itself with what was begun
    wait_for(lambda: not ids(service), "the rows to go")
    assert not bucket.keys() and not files(service) and rows
    wait_for(lambda: not alerts(service), "the alert to clear")


@pytest.mark.parametrize("kind", ["error-200", "forbid", "slow-down", "cut", "lost", "reset"])
def test_answers_that_go_wrong(archived, wait_for, kind):
    service, past, bucket, faults = archived()
    for number in range(3):
        add(past, bucket, 6 + number / 100, f"{number}.mp4", local=True)
    service.start()
    faults.add(kind, **DELETE)
    done = run(service, wait_for)
    if done["state"] == "failed":  # a second run ends what the first could not
        assert (done["segments"], done["failed"]) == (0, 3)
        done = run(service, wait_for)  # or what goes on by itself with what was begun
    assert done["state"] == "done"
    wait_for(lambda: not ids(service), "the rows to go")
    assert not bucket.keys() and not files(service)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_kill_while_objects_are_deleted(archived, wait_for, moment):
    """The store does not answer; tytod is killed before or after it did its work."""
    service, past, bucket, faults = archived()
    rows = [add(past, bucket, 6 + number / 100, f"{number}.mp4", local=True) for number in range(3)]
    kept = add(past, bucket, 1, "kept.mp4", local=True)
    service.start()
    faults.add("stall" if moment == "before" else "stall-lost", times=None, **DELETE)
    begin(service)
    wait_for(lambda: any(request.fault for request in faults.requests)
             and (moment == "before" or bucket.keys() == ["kept.mp4"]), "the request", 30)
    service.kill()
    assert [row["deleting_us"] is not None for row in service.rows("segments")] == [True, True, True, False]
    assert files(service) == {row["path"] for row in [*rows, kept]}
    faults.clear()
    service.start()
    wait_for(lambda: ids(service) == {kept["id"]}, "what was begun to be ended", 30)
    assert bucket.keys() == ["kept.mp4"] and files(service) == {kept["path"]}
    assert service.api("GET", "/api/v1/retention")["deleted_segments"] == 3
    gaps = service.api("GET", "/api/v1/gaps?camera=cam1")["items"]
    assert not [gap for gap in gaps if gap["reason"] == "file-missing"], gaps


def test_kill_between_files_and_rows(archived, wait_for):
    """What is left when it is killed after the files and objects, before the rows."""
    service, past, bucket, _ = archived()
    row, kept = add(past, bucket, 6, "0.mp4", local=True), add(past, bucket, 1, "kept.mp4", local=True)
    bucket.call("delete", "0.mp4")
    pathlib.Path(row["path"]).unlink()
    with contextlib.closing(sqlite3.connect(service.state / "catalogue.db")) as database, database:
        database.execute("UPDATE segments SET deleting_us = 1 WHERE id = ?", (row["id"],))
    service.start()
    wait_for(lambda: ids(service) == {kept["id"]}, "the row to go", 30)
    assert not service.api("GET", "/api/v1/gaps?camera=cam1")["items"]


def test_kill_again_and_again(archived, wait_for):
    service, past, bucket, faults = archived()
    rows = [add(past, bucket, 6 + number / 1000, f"{number:03}.mp4", local=number % 2 == 0) for number in range(20)]
    kept = add(past, bucket, 1, "kept.mp4", local=True)
    service.start()
    for number in range(6):
        faults.clear()
        faults.add("stall-lost" if number % 2 else "stall", times=None, **DELETE)
        asked = len(faults.requests)
        if number == 0:
            begin(service)
        wait_for(lambda asked=asked: not ids(service) - {kept["id"]} or any(one.fault for one in faults.requests[asked:]), "a request", 30)
        service.kill()
        service.start()
    faults.clear()
    service.kill()
    service.start()
    wait_for(lambda: ids(service) == {kept["id"]}, "all to go", 30)
    assert bucket.keys() == ["kept.mp4"] and files(service) == {kept["path"]} and rows


def test_without_a_store_what_has_an_object_waits(tytod, wait_for):
    service = tytod()
    service.stop()
    service.config.write_text("[tyto]\nretention-days=5\n", encoding="utf-8")
    past = Past(service)
    row = past.segment("cam1", days_ago(6), object="a.mp4")
    plain = past.segment("cam1", days_ago(7))
    service.start()
    done = run(service, wait_for)
    assert (done["state"], done["segments"], done["failed"]) == ("failed", 1, 1) and "object store" in done["error"]
    assert ids(service) == {row["id"]} and files(service) == {row["path"]} and plain
