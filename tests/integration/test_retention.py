# SPDX-License-Identifier: LGPL-2.1-or-later
"""Recordings are kept as long as was promised and no longer: rows, files and objects, counted."""

import datetime
import os
import pathlib
import re

import pytest
from past import Past, configure, days_ago, microseconds, rfc3339
from tytoctl import Tytoctl

FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
URL = "rtsp://127.0.0.1:9/none"  # nothing listens there


@pytest.fixture
def past(tytod):
    """past(settings…, environment): a tytod that is down, and what is added to its past."""
    def make(environment=None, **settings):
        service = tytod(**(environment or {}))
        service.stop()
        configure(service, **settings)
        return service, Past(service)

    return make


def camera(service, name: str, **members) -> None:
    service.api("POST", "/api/v1/cameras", {"id": name, "url": URL, "enabled": False} | members, status=201)


def ids(service) -> set[str]:
    return {row["id"] for row in service.rows("segments")}


def retention(service) -> dict:
    return service.api("GET", "/api/v1/retention")


def about(service, name: str) -> dict:
    return next(row for row in retention(service)["cameras"] if row["camera"] == name)


def run(service, wait_for, **options) -> dict:
    service.api("POST", "/api/v1/retention/run", options, status=202)
    return wait_for(lambda: (last := retention(service)["last_run"])["state"] != "running" and last, "the run to end", 30)


def preview(service, **options) -> dict:
    return service.api("POST", "/api/v1/retention/run", {"dry_run": True} | options, status=200)


def alerts(service, kind: str) -> list[dict]:
    return [one for one in service.api("GET", "/api/v1/alerts?standing=true")["items"] if one["kind"] == kind]


def is_gone(row: dict) -> bool:
    return not pathlib.Path(row["path"]).exists()


def test_plans_days_and_owners(past, wait_for):
    service, before = past(retention_days=20, retention_owners={"anna": "pro"})
    rows = {(name, days): before.segment(name, days_ago(days))
            for name in ("basic", "owned", "own", "ever", "plain", "gone") for days in (6, 8, 14, 16, 19, 21)}
    service.start()
    camera(service, "basic", plan="basic")
    camera(service, "owned", owner="anna")
    camera(service, "own", plan="premium", retention_days=15)
    camera(service, "ever", retention_days=0)
    camera(service, "plain")

    assert [(row["camera"], row["plan"], row["days"]) for row in retention(service)["cameras"]] == [
        ("basic", "basic", 7), ("ever", "", 0), ("gone", "", 20), ("own", "", 15), ("owned", "pro", 15), ("plain", "", 20)]
    found = preview(service)
    assert {row["camera"]: row["segments"] for row in found["cameras"]} == {"basic": 5, "owned": 3, "own": 3, "plain": 1, "gone": 1}
    assert (found["segments"], found["bytes"], found["dry_run"]) == (13, 13000, True)
    oldest = datetime.datetime.fromisoformat(found["cameras"][0]["oldest"])
    assert abs(microseconds(oldest) - rows["basic", 21]["start_us"]) <= 1000
    assert ids(service) == {row["id"] for row in rows.values()}, "a dry run deletes nothing"

    done = run(service, wait_for)
    assert (done["state"], done["segments"], done["bytes"], done["failed"], done["error"]) == ("done", 13, 13000, 0, "")
    kept = {"basic": (6,), "owned": (6, 8, 14), "own": (6, 8, 14), "ever": (6, 8, 14, 16, 19, 21), "plain": (6, 8, 14, 16, 19),
            "gone": (6, 8, 14, 16, 19)}
    assert ids(service) == {rows[name, days]["id"] for name, all_days in kept.items() for days in all_days}
    assert all(is_gone(row) == (days not in kept[name]) for (name, days), row in rows.items())
    # Days that this emptied are gone, too; the camera's directory is not.
    assert len(list((service.state / "recordings/basic").iterdir())) == 1
    assert preview(service)["segments"] == 0
    text = service.request("GET", "/metrics")[2].decode()
    assert "tyto_retention_deleted_segments_total 13\n" in text and "tyto_retention_deleted_bytes_total 13000\n" in text
    wait_for(lambda: 'tyto_kept_bytes{camera="basic",tier="fast"} 1000\n' in service.request("GET", "/metrics")[2].decode(),
             "the metric of what is kept", 70)


def test_bytes(past, wait_for):
    service, before = past()
    rows = [before.segment("cam1", days_ago(hours / 24), size=300_000) for hours in range(10, 0, -1)]
    before.thumbnail("cam1", days_ago(9.5 / 24))
    late = before.thumbnail("cam1", days_ago(1.5 / 24))
    service.start()
    camera(service, "cam1", retention_mib=1)
    assert preview(service)["segments"] == 7
    assert run(service, wait_for)["segments"] == 7
    assert ids(service) == {row["id"] for row in rows[7:]}
    assert [row["taken_us"] for row in service.rows("thumbnails")] == [late["taken_us"]]
    assert about(service, "cam1")["kept_bytes"] == 900_000


def test_thumbnails_and_the_past_go_too(past, wait_for):
    service, before = past(retention_days=5)
    before.segment("cam1", days_ago(6))
    old = before.thumbnail("cam1", days_ago(6))
    new = before.thumbnail("cam1", days_ago(4))
    before.insert("gaps", {"camera": "cam1", "stream": "main", "start_us": old["taken_us"], "end_us": old["taken_us"] + 1000000,
                           "reason": "camera-offline", "detail": "", "packets_lost": 0, "frames_lost": 0})
    service.start()
    done = run(service, wait_for)
    assert (done["segments"], done["thumbnails"]) == (1, 1)
    assert is_gone(old) and not is_gone(new)
    assert not service.rows("segments") and not service.rows("runs") and not service.rows("gaps")
    assert len(service.rows("thumbnails")) == 1
    ledger = service.api("GET", f"/api/v1/cameras/cam1/ledger?from={rfc3339(days_ago(7))}&to={rfc3339(days_ago(5.5))}")
    assert [item["state"] for item in ledger["items"]] == ["expired"], ledger


def test_an_unknown_plan_deletes_nothing(past, wait_for):
    service, before = past(retention_days=5)
    row = before.segment("cam1", days_ago(50))
    service.start()
    camera(service, "cam1", plan="golden", retention_mib=1)
    assert about(service, "cam1")["plan_known"] is False and about(service, "cam1")["ok"] is False
    assert run(service, wait_for)["segments"] == 0 and not is_gone(row)
    [alert] = wait_for(lambda: alerts(service, "retention-plan"), "the alert")
    assert (alert["camera"], "golden" in alert["message"]) == ("cam1", True)
    service.api("PATCH", "/api/v1/cameras/cam1", {"plan": "basic"})
    assert run(service, wait_for)["segments"] == 1 and is_gone(row)
    wait_for(lambda: not alerts(service, "retention-plan"), "the alert to clear")


def test_one_camera_and_wrong_requests(past, wait_for):
    service, before = past(retention_days=5)
    first, other = before.segment("cam1", days_ago(6)), before.segment("cam2", days_ago(6))
    service.start()
    for wrong in ({"camera": "../x"}, {"dry_run": "yes"}, {"bogus": 1}):
        assert service.api("POST", "/api/v1/retention/run", wrong, status=400)["detail"]
    assert preview(service, camera="cam2", verbose=True)["cameras"][0]["items"][0]["id"] == other["id"]
    assert run(service, wait_for, camera="cam2")["segments"] == 1
    assert ids(service) == {first["id"]}


def test_what_lies_elsewhere_is_left_alone(past, wait_for, tmp_path):
    service, before = past(retention_days=5)
    elsewhere = tmp_path / "elsewhere.mp4"
    elsewhere.write_bytes(b"x" * 1000)
    outside = before.segment("cam1", days_ago(8), file=False, path=str(elsewhere))
    link = before.segment("cam1", days_ago(7), file=False)
    path = pathlib.Path(link["path"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(elsewhere)
    climbing = before.segment("cam1", days_ago(6), file=False, path=str(service.state / "recordings/cam1/../../../elsewhere.mp4"))
    inside = before.segment("cam1", days_ago(9))
    service.start()
    done = run(service, wait_for)
    assert elsewhere.read_bytes() == b"x" * 1000 and path.is_symlink()
    assert (done["state"], done["segments"]) == ("failed", 1) and is_gone(inside)
    assert done["error"] and alerts(service, "retention")
    assert outside["id"] in ids(service) and done["failed"] >= 2, (outside, link, climbing)


def test_a_file_that_cannot_be_deleted_is_tried_again(past, wait_for, tmp_path):
    service, before = past(retention_days=5)
    stuck = before.segment("cam1", days_ago(6))
    before.segment("cam1", days_ago(8))
    # Behind a link out of the directory of recordings nothing is deleted.
    folder, elsewhere = pathlib.Path(stuck["path"]).parent, tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    service.start()
    done = run(service, wait_for)
    assert (done["state"], done["segments"], done["failed"]) == ("failed", 1, 1)
    assert [row["id"] for row in service.rows("segments")] == [stuck["id"]]
    assert service.rows("segments")[0]["deleting_us"] is not None
    assert service.api("GET", "/api/v1/segments")["items"] == [], "what is being deleted is not shown"
    assert alerts(service, "retention") and not is_gone(stuck)

    service.stop()
    folder.unlink()
    elsewhere.rename(folder)
    service.start()
    wait_for(lambda: not service.rows("segments"), "the marked row to go at the start")
    assert is_gone(stuck) and not alerts(service, "retention")


def test_kill_at_any_time(past, wait_for):
    """Neither a file without a row nor a row without a file, whenever it is killed."""
    service, before = past(retention_days=5)
    old = [before.segment("cam1", days_ago(6 + number / 1000)) for number in range(200)]
    new = before.segment("cam1", days_ago(1))
    service.start()
    for _ in range(6):
        left = len(service.rows("segments"))
        if left == 1:
            break
        service.request("POST", "/api/v1/retention/run", {})  # refused while what was marked is being deleted
        wait_for(lambda left=left: len(service.rows("segments")) < left or any(row["deleting_us"] for row in service.rows("segments")),
                 "a row to be marked or to go")
        service.kill()
        rows = service.rows("segments")
        gone = {row["id"] for row in rows if is_gone(row)}
        assert gone <= {row["id"] for row in rows if row["deleting_us"] is not None}, "a file went before its row was marked"
        service.start()
    run(service, wait_for)
    wait_for(lambda: ids(service) == {new["id"]}, "all to go")
    files = {str(path) for path in (service.state / "recordings").rglob("*.mp4")}
    assert files == {new["path"]} and all(is_gone(row) for row in old)
    assert not service.api("GET", "/api/v1/gaps?camera=cam1")["items"]


def test_delete_one_segment(past):
    service, before = past()
    first, second = before.segment("cam1", days_ago(2)), before.segment("cam1", days_ago(1))
    service.start()
    clip = service.api("POST", "/api/v1/clips", {"camera": "cam1", "start": rfc3339(days_ago(1)), "end": rfc3339(days_ago(0.9))})
    assert "clip" in service.api("DELETE", f"/api/v1/segments/{second['id']}", status=409)["detail"]
    assert not is_gone(second)
    assert service.api("DELETE", f"/api/v1/segments/{first['id']}", status=204) is None
    assert is_gone(first) and ids(service) == {second["id"]}
    assert service.api("DELETE", f"/api/v1/segments/{first['id']}", status=404)["detail"]
    assert service.api("DELETE", "/api/v1/segments/%2e%2e", status=404)["detail"]
    service.api("DELETE", f"/api/v1/clips/{clip['id']}", status=204)
    service.api("DELETE", f"/api/v1/segments/{second['id']}", status=204)
    assert not ids(service)


def test_the_last_run_is_told(past, wait_for):
    service, before = past(retention_days=5, retention_time="03:00")
    before.segment("cam1", days_ago(6))
    service.start()
    found = retention(service)
    assert found["time"] == "03:00" and "last_run" not in found
    assert re.search(r"T\d\d:00:00", found["next_run_at"])
    run(service, wait_for)
    service.stop()
    service.start()
    assert retention(service)["last_run"]["segments"] == 1, "the last run is known after a restart"


def test_the_catalogue_is_told_of_copies_that_made_room(past, wait_for):
    service, before = past(retention_plans={"basic": 7})
    rows = [before.segment("cam1", days_ago(days), object=f"{days}.mp4") for days in (3, 2, 1)]
    marked, plain = rows[:2], rows[2]
    for row in marked:
        os.setxattr(row["path"], "user.tyto.archived", f"{row['bytes']}:{row['sha256']}".encode())
    service.start()
    wait_for(lambda: (answer := service.request("GET", "/api/v1/catalogue/check"))[0] == 200 and b'"running"' not in answer[2],
             "the comparison at the start")
    configure(service, disk_floor_mib=1_000_000_000)  # more than there is: all that may go goes
    wait_for(lambda: all(is_gone(row) for row in marked), "room", 30)
    tiers = wait_for(lambda: (found := {row["id"]: row["tier"] for row in service.rows("segments")})[marked[0]["id"]] == "archive"
                     and found, "the catalogue to be told")
    assert tiers == {marked[0]["id"]: "archive", marked[1]["id"]: "archive", plain["id"]: "fast"}
    assert not is_gone(plain) and not service.api("GET", "/api/v1/gaps?camera=cam1")["items"]


def test_a_promise_that_cannot_be_kept(past, wait_for):
    service, before = past(retention_days=7, disk_floor_mib=1_000_000_000)
    for hours in range(30, 0, -1):
        before.segment("cam1", days_ago(hours / 24), seconds=3600, size=1_000_000)
    service.start()
    [alert] = wait_for(lambda: alerts(service, "retention-promise"), "the alert")
    assert "cam1 of 7 promised" in alert["message"]
    [row] = retention(service)["cameras"]
    assert row["ok"] is False and row["day_bytes"] == pytest.approx(24_000_000, rel=0.06)
    assert row["expected_days"] == pytest.approx(30 / 24, rel=0.1), "what is there is all that fits"
    [disk] = retention(service)["disks"]
    assert (disk["recordings"], disk["free"], disk["full_in_days"]) == (30_000_000, 0, 0)
    configure(service, retention_days=1)
    wait_for(lambda: about(service, "cam1")["days"] == 1, "the new days")
    service.api("POST", "/api/v1/retention/run", {}, status=202)
    wait_for(lambda: not alerts(service, "retention-promise"), "the alert to clear", 30)
    assert retention(service)["cameras"][0]["ok"] is True


def test_the_daily_run_comes_by_itself(past, wait_for):
    assert FAKETIME.exists(), "the package libfaketime is needed"
    service, before = past(retention_days=5, retention_time="03:00")
    row, young = before.segment("cam1", days_ago(6)), before.segment("cam1", days_ago(2))
    service.start()  # from the first start on, a run can be missed
    assert "last_run" not in retention(service) and not is_gone(row)
    service.stop()
    now = datetime.datetime.now(datetime.timezone.utc)
    due = now.replace(hour=3, minute=0, second=0, microsecond=0)
    due += datetime.timedelta(days=1 if due <= now else 0)
    start = due - datetime.timedelta(seconds=6)  # it is up and has been asked by then
    service.environment = service.environment | {"TZ": "UTC", "LD_PRELOAD": str(FAKETIME), "FAKETIME": f"@{start:%Y-%m-%d %H:%M:%S}",
                                                 "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    service.start()
    assert datetime.datetime.fromisoformat(retention(service)["next_run_at"]) == due
    last = wait_for(lambda: (found := retention(service)).get("last_run", {}).get("state") == "done" and found, "the run", 20)
    assert last["last_run"]["segments"] == 1 and is_gone(row) and not is_gone(young)
    assert datetime.datetime.fromisoformat(last["next_run_at"]) == due + datetime.timedelta(days=1)


def test_a_run_that_was_missed_is_made_up(past):
    service, _ = past(retention_time="03:00")
    state = service.state / "retention"
    service.start()
    service.stop()
    now = datetime.datetime.now(datetime.timezone.utc)
    state.write_text(re.sub(r"last-daily=\d+", f"last-daily={microseconds(now - datetime.timedelta(days=2))}", state.read_text()))
    service.start()
    due = datetime.datetime.fromisoformat(retention(service)["next_run_at"])
    assert datetime.timedelta(minutes=4) < due - now < datetime.timedelta(minutes=6), "some minutes after the start"


def test_what_the_plan_endpoints_say(past):
    service, before = past(retention_days=20)
    before.segment("7", days_ago(1), size=45_200_000, tier="fast")
    service.start()
    camera(service, "7", plan="pro")
    status = service.api("GET", "/api/recording/status/7/")
    assert (status["disk_usage"], status["retention_days"]) == ("45.2 MB", 15)
    service.api("PATCH", "/api/v1/cameras/7", {"plan": None})
    assert service.api("GET", "/api/recording/status/7/")["retention_days"] == 20


def test_tytoctl(past, build_dir, tmp_path):
    service, before = past(retention_days=5, retention_plans={"basic": 7, "pro": 15})
    row = before.segment("cam1", days_ago(6))
    before.segment("cam1", days_ago(1))
    service.start()
    camera(service, "cam1")
    ctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)
    shown = ctl("retention").stdout
    assert re.search(r"^cam1 +– +5 d +5 d +2\.0 kB", shown, re.M) and "Next run: " in shown, shown
    listed = ctl("retention", "run", "--dry-run", "--verbose").stdout
    assert row["id"] in listed and "1 segment would be deleted" in listed
    assert ctl.json("retention", "run", "--dry-run")["segments"] == 1
    done = ctl("retention", "run")
    assert "1 segment was deleted, 1.0 kB" in done.stdout
    assert is_gone(row)
    left = ids(service).pop()
    ctl("segments", "delete", left, status=64)
    ctl("segments", "delete", left, "--yes")
    assert not ids(service)
