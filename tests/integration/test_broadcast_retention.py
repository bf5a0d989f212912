# SPDX-License-Identifier: LGPL-2.1-or-later
"""Broadcasts are kept as long as was promised, and longer by a clip."""

import datetime
import pathlib
import uuid

import pytest
from archive_bucket import Bucket
from past import Past, configure, days_ago, microseconds, rfc3339
from tytoctl import Tytoctl

USER = "a781b655-d4e4-46a0-89da-c4f655bb24f0"


class Broadcasts(Past):
    """Broadcasts that are over, and the files of those that are in no bucket."""

    def broadcast(self, key: str, completed: datetime.datetime, status: str = "completed", minutes: int = 30, **columns) -> dict:
        started = completed - datetime.timedelta(minutes=minutes + 1)
        row = {"id": str(uuid.uuid4()), "stream_key": key, "started_us": microseconds(started), "ended_us": microseconds(completed) - 60_000_000,
               "completed_us": microseconds(completed), "duration_ms": minutes * 60_000, "path": ""} | columns
        if not row.get("object"):
            path, _ = self.write(f".broadcasts/{row['id']}/{key}.mp4", 1000)
            row["path"] = str(path)
        self.insert("recordings", {"id": row["id"], "file_path": row["path"] or f"bucket/{row['object']}", "duration": minutes * 60, "file_size": 1000,
                                   "status": status})
        self.insert("broadcasts", row)
        self.insert("broadcast_gaps", {"broadcast": row["id"], "number": 0, "offset_ms": 0, "duration_ms": 0, "segment": "x.ts", "reason": "missing"})
        return row


@pytest.fixture
def kept(tytod):
    """A tytod that is down, and its past: it keeps broadcasts for 5 days."""
    service = tytod()
    service.stop()
    configure(service, broadcast_retention_days=5)
    return service, Broadcasts(service)


def run(service, wait_for) -> dict:
    service.api("POST", "/api/v1/retention/run", {}, status=202)
    return wait_for(lambda: (last := service.api("GET", "/api/v1/retention")["last_run"])["state"] != "running" and last, "the run")


def ids(service, table: str = "broadcasts") -> set[str]:
    return {row["id"] for row in service.rows(table)}


def test_what_is_old_goes(kept, wait_for, build_dir, tmp_path):
    service, past = kept
    old, new = past.broadcast("old", days_ago(6)), past.broadcast("new", days_ago(4))
    failed = past.broadcast("failed", days_ago(9), status="failed")
    of_user = past.broadcast("user", days_ago(9), user_id=USER)
    configure(service, retention_plans={"long": 30}, retention_owners={USER: "long"})
    service.start()

    would = service.api("POST", "/api/v1/retention/run", {"dry_run": True, "verbose": True})
    assert (would["broadcasts"], would["broadcast_bytes"]) == (1, 1000)
    assert [(item["id"], item["stream_key"], item["bytes"]) for item in would["broadcast_items"]] == [(old["id"], "old", 1000)]
    ctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)
    said = ctl("retention", "run", "--dry-run", "--verbose").stdout
    assert "1 broadcast would be deleted, 1.0 kB" in said and old["id"] in said
    assert len(ids(service)) == 4 and service.api("GET", "/api/v1/retention")["broadcast_days"] == 5

    done = run(service, wait_for)
    assert (done["state"], done["broadcasts"], done["broadcasts_failed"]) == ("done", 1, 0)
    assert ids(service) == ids(service, "recordings") == {new["id"], failed["id"], of_user["id"]}
    assert {row["broadcast"] for row in service.rows("broadcast_gaps")} == ids(service)
    assert not pathlib.Path(old["path"]).parent.exists() and pathlib.Path(new["path"]).exists()
    assert service.api("GET", "/api/v1/retention")["deleted_broadcasts"] == 1
    said = ctl("retention").stdout
    assert "Broadcasts are kept 5 days" in said and "1 broadcast was deleted" in said
    assert b"tyto_retention_deleted_broadcasts_total 1\n" in service.request("GET", "/metrics")[2]
    service.api("GET", f"/api/v1/broadcasts/{old['id']}", status=404)


def test_a_clip_keeps_it(kept, wait_for, build_dir, tmp_path):
    service, past = kept
    old = past.broadcast("old", days_ago(6))
    service.start()
    start = datetime.datetime.fromtimestamp(old["started_us"] / 1e6, datetime.timezone.utc)

    def clip(status: int, **members) -> dict:
        return service.api("POST", "/api/v1/clips", {"broadcast": old["id"]} | members, status=status)

    part = clip(201, start=rfc3339(start + datetime.timedelta(minutes=1)), end=rfc3339(start + datetime.timedelta(minutes=2)), name="Goal")
    assert (part["broadcast"], part["duration"], "camera" in part) == (old["id"], 60, False)
    whole = clip(201)
    assert whole["duration"] == 30 * 60
    assert service.api("GET", f"/api/v1/clips?broadcast={old['id']}")["items"] == [whole, part]
    assert service.api("GET", f"/api/v1/clips?broadcast={uuid.uuid4()}")["items"] == service.api("GET", "/api/v1/clips?camera=cam1")["items"] == []
    assert part["id"] in Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)("clip", "list", "--broadcast", old["id"]).stdout

    clip(400, start=rfc3339(start - datetime.timedelta(minutes=1)))
    clip(400, end=rfc3339(start + datetime.timedelta(days=1)))
    clip(400, end=rfc3339(start - datetime.timedelta(seconds=1)))
    clip(400, camera="cam1")
    clip(400, broadcast="no-uuid")
    clip(404, broadcast=str(uuid.uuid4()))

    service.api("DELETE", f"/api/v1/broadcasts/{old['id']}", status=409)
    assert (run(service, wait_for)["broadcasts"], ids(service)) == (0, {old["id"]})
    for one in (part, whole):
        service.api("DELETE", f"/api/v1/clips/{one['id']}", status=204)
    assert (run(service, wait_for)["broadcasts"], ids(service)) == (1, set())


def test_a_deletion_that_was_begun_is_finished(kept, wait_for):
    service, past = kept
    begun = past.broadcast("begun", days_ago(1), deleting_us=1)
    service.start()
    wait_for(lambda: not ids(service), "it to go")
    assert not pathlib.Path(begun["path"]).parent.exists() and not service.rows("recordings") and not service.rows("broadcast_gaps")


def test_objects_go_too(kept, wait_for, radosgw, s3_bucket, tmp_path):
    """Our own; what somebody else has put there in the meantime stays."""
    service, past = kept
    access = s3_bucket(radosgw)
    ours = past.broadcast("ours", days_ago(6), object="ours.mp4", sha256="ab", uploaded_us=1)
    past.broadcast("theirs", days_ago(6), object="theirs.mp4", sha256="ab", uploaded_us=1)
    (movie := tmp_path / "movie.mp4").write_bytes(b"movie")
    for key, broadcast in (("ours.mp4", ours["id"]), ("theirs.mp4", uuid.uuid4())):
        access.call("put", key, movie, f"tyto-broadcast={broadcast}", f"tyto-id={broadcast}")
    service.environment |= access.environment | {"S3_BUCKET": "", "BROADCAST_BUCKET": access.bucket}
    service.start()
    done = run(service, wait_for)
    assert (done["broadcasts"], done["error"], ids(service)) == (2, "", set())
    assert list(Bucket(access).keys()) == ["theirs.mp4"]
