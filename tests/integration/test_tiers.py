# SPDX-License-Identifier: LGPL-2.1-or-later
"""From the fast directory to the slow one: whatever happens, one good copy, where the row says."""

import contextlib
import hashlib
import os
import pathlib
import sqlite3

import pytest
from past import Past, configure, days_ago


@pytest.fixture
def tiered(tytod, tmp_path):
    """A tytod that is down, its past, and its slow directory (a disk that is there, empty)."""
    def make(**settings):
        service = tytod()
        service.stop()
        slow = tmp_path / "slow"
        slow.mkdir(exist_ok=True)
        configure(service, **({"slow_dir": str(slow), "slow_after_minutes": 0} | settings))
        return service, Past(service), slow

    return make


def files(folder: pathlib.Path) -> set[pathlib.Path]:
    return {path for path in folder.rglob("*") if path.is_file() and ".tyto" not in path.parts}


def digest(path) -> str:
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def edit(service, statement: str, *values) -> None:
    with contextlib.closing(sqlite3.connect(service.state / "catalogue.db")) as database, database:
        database.execute(statement, values)


def places(service) -> dict[str, tuple[str, str]]:
    return {row["id"]: (row["tier"], row["path"]) for row in service.rows("segments")}


def all_moved(service, count: int) -> bool:
    return [tier for tier, _ in places(service).values()].count("slow") == count and not (service.state / "move").exists()


def alerts(service) -> list[str]:
    return [one["message"] for one in service.api("GET", "/api/v1/alerts?standing=true")["items"] if one["kind"] == "tier"]


def assert_each_is_once(service, slow, rows) -> None:
    """Where its row says, whole, and nowhere else."""
    where = {pathlib.Path(path) for _, path in places(service).values()}
    assert files(slow) | files(service.state / "recordings") == where and len(where) == len(rows)
    by_id = {row["id"]: row for row in rows}
    assert all(digest(path) == by_id[identity]["sha256"] for identity, (_, path) in places(service).items())
    assert not (service.state / "move").exists()


def test_recordings_are_moved_and_served(tiered, wait_for):
    service, past, slow = tiered(slow_after_minutes=60)
    old = [past.segment("cam1", days_ago(days), size=100_000 + days) for days in (3, 2, 1)]
    young = past.segment("cam1", days_ago(0.01))
    marked = old[0]
    mark = f"{marked['bytes']}:{marked['sha256']}".encode()
    os.setxattr(marked["path"], "user.tyto.archived", mark)
    times = {row["id"]: os.stat(row["path"]).st_mtime_ns for row in old}
    service.start()
    wait_for(lambda: all_moved(service, 3), "three to be moved", 30)
    assert_each_is_once(service, slow, [*old, young])
    moved = places(service)
    assert moved[young["id"]] == ("fast", young["path"])
    for row in old:
        tier, path = moved[row["id"]]
        assert tier == "slow" and path == row["path"].replace(str(service.state / "recordings"), str(slow))
        assert os.stat(path).st_mtime_ns == times[row["id"]]
        code, _, content = service.request("GET", f"/api/v1/segments/{row['id']}/file")
        assert (code, hashlib.sha256(content).hexdigest()) == (200, row["sha256"])
    assert os.getxattr(moved[marked["id"]][1], "user.tyto.archived") == mark
    about = service.api("GET", "/api/v1/retention")
    [camera] = about["cameras"]
    assert (camera["fast_bytes"], camera["slow_bytes"]) == (1000, 300_006) and about["moved_segments"] == 3

    # What is asked to go goes from there, too; what is not there any more is not looked for here.
    service.api("DELETE", f"/api/v1/segments/{marked['id']}", status=204)
    configure(service, retention_days=2)
    wait_for(lambda: service.api("GET", "/api/v1/retention")["cameras"][0]["days"] == 2, "the new days")
    service.api("POST", "/api/v1/retention/run", {}, status=202)
    wait_for(lambda: service.api("GET", "/api/v1/retention")["last_run"]["state"] == "done", "the run")
    assert_each_is_once(service, slow, [old[2], young])
    assert service.api("POST", "/api/v1/catalogue/check", status=202)
    report = wait_for(lambda: (found := service.api("GET", "/api/v1/catalogue/check"))["state"] != "running" and found, "the check")
    assert not any(report["counts"].values()), report["findings"]


def test_a_name_that_is_taken(tiered, wait_for):
    service, past, slow = tiered()
    row = past.segment("cam1", days_ago(1))
    other = slow / pathlib.Path(row["path"]).relative_to(service.state / "recordings")
    other.parent.mkdir(parents=True)
    other.write_bytes(b"somebody else's")
    service.start()
    wait_for(lambda: all_moved(service, 1), "the move")
    assert other.read_bytes() == b"somebody else's"
    assert places(service)[row["id"]][1] == str(other.with_name(f"{other.stem}-1.mp4"))


@pytest.mark.parametrize("step", ["part", "copied", "placed", "deleted", "only-copy"])
def test_a_move_that_a_crash_cut_short(tiered, wait_for, step):
    """What each step leaves is made by hand; kill -9 at any time is below."""
    service, past, slow = tiered()
    row = past.segment("cam1", days_ago(1), size=50_000)
    source = pathlib.Path(row["path"])
    recordings = service.state / "recordings"
    target = slow / source.relative_to(recordings)
    service.start()
    wait_for(lambda: all_moved(service, 1), "the directory to be claimed")
    service.stop()
    content = target.read_bytes()
    source.parent.mkdir(parents=True, exist_ok=True)
    (service.state / "move").write_text(f"[move]\nid={row['id']}\nsource-root={recordings}\nsource={source}\n"
                                        f"target-root={slow}\ntarget={target}\n")
    if step == "part":
        target.rename(source)
        pathlib.Path(f"{target}.part").write_bytes(content[:1000])
    elif step != "only-copy":
        source.write_bytes(content)
    if step in ("part", "copied"):
        edit(service, "UPDATE segments SET tier = 'fast', path = ?", str(source))
    if step in ("deleted", "only-copy"):
        edit(service, "DELETE FROM segments")
    service.start()
    if step == "deleted":
        wait_for(lambda: not (service.state / "move").exists(), "the move to be settled")
        assert not target.exists()
        assert source.exists(), "of a file without a row the recovery decides"
        return
    if step == "only-copy":
        wait_for(lambda: not (service.state / "move").exists(), "the move to be settled")
        assert target.read_bytes() == content
        return
    wait_for(lambda: all_moved(service, 1), "the move to end", 20)
    assert_each_is_once(service, slow, [row])


def test_kill_at_any_time(tiered, wait_for):
    service, past, slow = tiered()
    rows = [past.segment("cam1", days_ago(1 + number / 100), size=3_000_000 + number) for number in range(24)]
    kills = 0
    service.start()
    while kills < 4 or not all_moved(service, len(rows)):
        before = places(service)
        wait_for(lambda: all_moved(service, len(rows)) or places(service) != before or list(slow.rglob("*.part")), "a sign of a move", 30)
        service.kill()
        kills += 1
        for tier, path in places(service).values():
            assert pathlib.Path(path).exists(), f"the {tier} copy of a row is gone"
        if kills < 4 and all_moved(service, len(rows)):  # they were quicker than we
            rows += [past.segment("cam1", days_ago(1 + number / 100), size=3_000_000 + number) for number in range(len(rows), len(rows) + 12)]
        service.start()
        if kills == 12:
            wait_for(lambda: all_moved(service, len(rows)), "all moves", 60)
    assert_each_is_once(service, slow, rows)


def test_a_disk_that_is_away(tiered, wait_for):
    service, past, slow = tiered()
    first = past.segment("cam1", days_ago(2))
    service.start()
    wait_for(lambda: all_moved(service, 1), "the first move")
    service.stop()
    away = slow.with_name("away")
    slow.rename(away)
    slow.mkdir()  # the empty mount point
    second = past.segment("cam1", days_ago(1))
    service.start()
    [message] = wait_for(lambda: alerts(service), "the alert")
    assert "away" in message
    assert not files(slow) and pathlib.Path(second["path"]).exists()
    slow.rmdir()
    away.rename(slow)
    wait_for(lambda: all_moved(service, 2), "moves when it is back", 20)
    wait_for(lambda: not alerts(service), "the alert to clear", 20)
    assert_each_is_once(service, slow, [first, second])


def test_a_disk_that_is_full(tiered, wait_for):
    service, past, slow = tiered(disk_floor_mib=1_000_000_000)
    row = past.segment("cam1", days_ago(1))
    service.start()
    [message] = wait_for(lambda: alerts(service), "the alert")
    assert "full" in message and places(service)[row["id"]] == ("fast", row["path"]) and not files(slow)
    service.stop()
    configure(service, disk_floor_mib=0, disk_floor_percent=0)
    service.start()
    wait_for(lambda: all_moved(service, 1), "the move")
    assert_each_is_once(service, slow, [row])


def test_a_damaged_file_stays_and_others_go(tiered, wait_for):
    service, past, slow = tiered()
    damaged = past.segment("cam1", days_ago(2), sha256="0" * 64)
    good = past.segment("cam1", days_ago(1))
    service.start()
    wait_for(lambda: places(service)[good["id"]][0] == "slow" and not (service.state / "move").exists(), "the good one")
    assert places(service)[damaged["id"]] == ("fast", damaged["path"]) and pathlib.Path(damaged["path"]).exists()
    assert len(files(slow)) == 1


def test_directories_that_are_not_apart(tiered, wait_for):
    service, past, slow = tiered()
    configure(service, slow_dir=str(service.state / "recordings/slow"))
    row = past.segment("cam1", days_ago(1))
    service.start()
    [message] = wait_for(lambda: alerts(service), "the alert")
    assert "not apart" in message and places(service)[row["id"]] == ("fast", row["path"])
