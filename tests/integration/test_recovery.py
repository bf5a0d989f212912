# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files and catalogue after a crash, a lost database, a moved directory: what is there is entered, what is gone is a gap."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess

import frames
import pytest
from boundaries import undivided
from tytoctl import Tytoctl

SMALL = ("--gop", "1", "--width", "640", "--height", "360", "--bitrate", "1000")


def add(service, simulator, **members) -> None:
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)} | members)


def segments(service) -> list[dict]:
    return service.api("GET", "/api/v1/segments?camera=cam1&order=asc&limit=1000")["items"]


def gaps(service) -> list[dict]:
    return service.api("GET", "/api/v1/gaps?camera=cam1&order=asc&limit=1000")["items"]


def wait_segments(service, wait_for, count: int) -> None:
    wait_for(lambda: len(segments(service)) >= count, f"{count} segments", 30)


def wait_frames(service, wait_for, count: int) -> dict:
    return wait_for(lambda: (row := service.camera("cam1"))["frames_received"] >= count and row, f"{count} frames", 30)


def report(service) -> dict:
    code, _, answer = service.request("GET", "/api/v1/catalogue/check")
    return {} if code == 404 else json.loads(answer)


def wait_report(service, wait_for, mode: str) -> dict:
    return wait_for(lambda: (found := report(service)) and found["mode"] == mode and found["state"] != "running" and found,
                    f"the {mode} to end", 40)


def check(service, wait_for, verb: str = "check") -> dict:
    service.api("POST", f"/api/v1/catalogue/{verb}", status=202)
    return wait_report(service, wait_for, verb)


def counts(found: dict) -> dict:
    return {kind: count for kind, count in found["counts"].items() if count}


def kill_worker(service) -> None:
    os.kill(service.camera("cam1")["worker_pid"], signal.SIGKILL)


def kill_both(service) -> None:
    """As a power cut does to the processes: neither can do anything about the other."""
    pid = service.camera("cam1")["worker_pid"]
    service.process.send_signal(signal.SIGSTOP)
    os.kill(pid, signal.SIGKILL)
    service.kill()


def edit(service, *statements: str) -> None:
    """Changes the catalogue while tytod is down."""
    with contextlib.closing(sqlite3.connect(service.state / "catalogue.db")) as database, database:
        for statement in statements:
            database.execute(statement)


def decodes(path: str) -> bool:
    return frames.decode_errors(path) == ""


def is_recorded_in_order(rows: list[dict]) -> bool:
    return all(first["end"] <= second["start"] for first, second in zip(rows, rows[1:]))


@pytest.mark.parametrize("container", ["mp4", "ts", "mkv"])
def test_what_a_killed_worker_left_is_recovered_at_once(camsim, tytod, wait_for, container):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=undivided())
    add(service, simulator, format=container)
    before = wait_frames(service, wait_for, 75)
    kill_worker(service)
    row = wait_for(lambda: next((row for row in segments(service) if row["run"] == before["run"]), None), "its segment")
    assert row["recovered"] and row["path"] == before["current_path"]
    assert decodes(row["path"])
    numbers = [frame.frame for frame in frames.frames(row["path"])]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert len(numbers) == row["frames"] and row["frames"] >= before["frames_received"] - 50
    assert os.path.getsize(row["path"]) == row["bytes"]
    wait_for(lambda: service.camera("cam1")["state"] == "recording" and not gaps(service)[0]["open"], "it to record again")
    gap, = gaps(service)
    assert gap["reason"] == "worker-died" and gap["start"] == row["end"]
    assert service.rows("open_segments", "cam1")[0]["run"] != before["run"]


def test_a_part_that_a_killed_worker_did_not_tell_of_goes(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=undivided())
    add(service, simulator)
    before = wait_frames(service, wait_for, 30)
    untold = pathlib.Path(before["current_path"] + ".part").with_name("untold.mp4.part")
    untold.touch()
    os.utime(untold, (1, 1))
    kill_worker(service)
    wait_for(lambda: not untold.exists(), "it to be deleted")
    wait_for(lambda: [row for row in segments(service) if row["run"] == before["run"]], "the segment to be mended")


def test_after_a_crash_of_all_what_was_open_is_recovered(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=undivided())
    add(service, simulator)
    before = wait_frames(service, wait_for, 75)
    kill_both(service)
    service.start()
    found = wait_report(service, wait_for, "start")
    assert counts(found) == {"recovered": 1} and found["well"]
    assert "Recovered 1 segment" in service.log
    row = segments(service)[0]
    assert row["run"] == before["run"] and row["recovered"] and decodes(row["path"])
    wait_for(lambda: service.camera("cam1")["current_path"], "it to record again")
    wait_for(lambda: gaps(service) and not gaps(service)[0]["open"], "the gap to close")
    gap, = gaps(service)
    assert gap["start"] == row["end"] and gap["reason"] == "recorder-down"
    recovered, = service.rows("segments", "cam1")
    run = wait_for(lambda: next((run for run in service.rows("runs", "cam1") if run["id"] == row["run"] and run["end_us"]), None),
                   "the run to be ended")
    assert (run["end_us"], run["end_reason"], run["frames_recorded"]) == (recovered["end_us"], "worker-died", recovered["frames"])
    assert [run["end_us"] for run in service.rows("runs", "cam1") if run["id"] != row["run"]] == [None]
    assert not [path for path in service.state.rglob("*.part") if path.stat().st_ino
                != os.stat(service.camera("cam1")["current_path"] + ".part").st_ino]


@pytest.mark.parametrize("container", ["mp4", "ts", "mkv"])
def test_a_lost_database_comes_back_from_the_files(camsim, tytod, wait_for, container):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=1)
    add(service, simulator, format=container)
    wait_segments(service, wait_for, 4)
    assert service.stop() == 0
    before = {row["id"]: row for row in service.rows("segments")}
    for name in ("catalogue.db", "catalogue.db-wal", "catalogue.db-shm"):
        (service.state / name).unlink(missing_ok=True)
    config = service.config.read_text()
    service.config.write_text(config.replace("enabled=true", "enabled=false") if "enabled=true" in config
                              else config + "enabled=false\n")
    service.start()
    found = wait_report(service, wait_for, "start")
    wait_for(lambda: len(segments(service)) == len(before), "all rows", 40)
    assert found["state"] == "done" and "its catalogue was lost" in service.log
    after = {row["id"]: row for row in service.rows("segments")}
    for name in ("camera", "run", "sequence", "path", "start_us", "frames", "key_frames", "bytes", "video_codec", "format"):
        assert {key: row[name] for key, row in after.items()} == {key: row[name] for key, row in before.items()}, name
    for key, row in after.items():
        # Of a single picture only mp4 and mkv say how long it is shown.
        assert abs(row["duration_ns"] - before[key]["duration_ns"]) < (1_000_000 if row["frames"] > 1 else 50_000_000)
    assert {row["id"] for row in service.rows("runs")} == {row["run"] for row in before.values()}


def test_foreign_missing_and_damaged_files(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=1)
    add(service, simulator)
    wait_segments(service, wait_for, 5)
    service.api("POST", "/api/v1/cameras/cam1/stop")
    rows = segments(service)
    missing, damaged, copied = rows[:3]
    root = service.state / "recordings"
    os.unlink(missing["path"])
    pathlib.Path(damaged["path"]).write_bytes(os.urandom(5000))
    (root / "notes.txt").write_text("mine")
    (root / "film.mp4").write_bytes(b"no film")
    shutil.copy(copied["path"], root / "copy.mp4")
    (root / "begun.mp4.part").write_bytes(b"")
    os.utime(root / "begun.mp4.part", (1, 1))

    found = check(service, wait_for)
    assert counts(found) == {"missing": 1, "damaged": 2, "unknown": 2, "unfinished": 1}
    assert not found["well"] and found["rows"] == len(rows)
    assert [item["segment"] for item in found["findings"] if item["kind"] == "missing"] == [missing["id"]]
    assert segments(service) == rows and gaps(service) == [], "a check changes nothing"
    assert (root / "begun.mp4.part").exists()

    assert service.stop() == 0
    service.start()
    found = wait_report(service, wait_for, "start")
    assert counts(found) == {"missing": 1, "damaged": 2, "unknown": 2, "empty": 1}
    assert segments(service) == [row for row in rows if row not in (missing, damaged)]
    reasons = {gap["start"]: gap["reason"] for gap in gaps(service)}
    assert reasons == {missing["start"]: "file-missing", damaged["start"]: "file-damaged"}
    assert (root / "notes.txt").read_text() == "mine" and (root / "film.mp4").exists() and (root / "copy.mp4").exists()
    assert pathlib.Path(damaged["path"]).exists() and not (root / "begun.mp4.part").exists()


def test_a_directory_that_was_moved_is_found_again(camsim, tytod, wait_for, tmp_path):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=1, OUTPUT_DIR=str(tmp_path / "old"))
    add(service, simulator)
    wait_segments(service, wait_for, 3)
    service.api("POST", "/api/v1/cameras/cam1/stop")
    rows = segments(service)
    assert service.stop() == 0
    (tmp_path / "old").rename(tmp_path / "new")
    service.environment["OUTPUT_DIR"] = str(tmp_path / "new")
    service.start()
    found = wait_report(service, wait_for, "start")
    assert counts(found) == {"moved": len(rows)} and found["well"]
    moved = [row | {"path": row["path"].replace(f"{tmp_path}/old/", f"{tmp_path}/new/")} for row in rows]
    assert segments(service) == moved and gaps(service) == []
    assert service.request("GET", f"/api/v1/segments/{rows[0]['id']}/file")[0] == 200


def test_a_directory_of_another_catalogue_is_refused(camsim, tytod, wait_for, tmp_path):
    shared = tmp_path / "shared"
    simulator = camsim("--cameras", "1", *SMALL)
    first = tytod(segment_seconds=1, OUTPUT_DIR=str(shared))
    add(first, simulator)
    wait_segments(first, wait_for, 1)
    second = tytod(segment_seconds=1)
    add(second, simulator)
    wait_segments(second, wait_for, 1)
    assert second.stop() == 0
    environment = os.environ | second.environment | {"OUTPUT_DIR": str(shared)}

    refused = subprocess.run(second.command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert refused.returncode == 73 and "Another recorder" in refused.stderr
    assert first.stop() == 0
    files = sorted(shared.rglob("*"))
    refused = subprocess.run(second.command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert refused.returncode == 73 and "another catalogue" in refused.stderr and "output-dir" in refused.stderr
    assert sorted(shared.rglob("*")) == files
    second.start()  # its own directory is as good as before


def test_a_disk_that_is_not_mounted_makes_no_gaps(camsim, tytod, wait_for, tmp_path):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=1, OUTPUT_DIR=str(tmp_path / "disk"))
    add(service, simulator)
    wait_segments(service, wait_for, 2)
    service.api("POST", "/api/v1/cameras/cam1/stop")
    rows = segments(service)
    assert service.stop() == 0
    (tmp_path / "disk").rename(tmp_path / "away")
    for _ in range(2):
        service.start()
        found = wait_report(service, wait_for, "start")
        assert counts(found) == {"absent": len(rows)} and segments(service) == rows and gaps(service) == []
        wait_for(lambda: "Alert recordings raised" in service.log, "the alert")
        assert service.stop() == 0
    shutil.rmtree(tmp_path / "disk")
    (tmp_path / "away").rename(tmp_path / "disk")
    service.start()
    assert counts(wait_report(service, wait_for, "start")) == {}
    # Deleted on purpose, and said so:
    os.unlink(rows[0]["path"])
    edit_id = tmp_path / "disk/.tyto/id"
    edit_id.write_text(edit_id.read_text().split()[0] + "\n99999999999999999\n")
    assert service.stop() == 0
    service.start()
    assert counts(wait_report(service, wait_for, "start")) == {"absent": 1}
    assert counts(check(service, wait_for, "rebuild")) == {"missing": 1}
    assert [gap["reason"] for gap in gaps(service)] == ["file-missing"]


def test_an_archived_recording_may_be_gone(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=1)
    add(service, simulator)
    wait_segments(service, wait_for, 2)
    service.api("POST", "/api/v1/cameras/cam1/stop")
    rows = segments(service)
    assert service.stop() == 0
    edit(service, f"UPDATE segments SET archived = 1 WHERE id = '{rows[0]['id']}'")
    os.unlink(rows[0]["path"])
    service.start()
    assert counts(wait_report(service, wait_for, "start")) == {}
    assert len(segments(service)) == len(rows) and gaps(service) == []


def test_a_finished_file_that_was_not_told_is_entered(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=1)
    add(service, simulator)
    wait_segments(service, wait_for, 3)
    service.api("POST", "/api/v1/cameras/cam1/stop")
    rows = segments(service)
    assert service.stop() == 0
    edit(service, f"DELETE FROM segments WHERE id = '{rows[1]['id']}'")
    service.start()
    row = wait_for(lambda: next((row for row in segments(service) if row["id"] == rows[1]["id"]), None), "its row", 40)
    for name in ("camera", "run", "sequence", "start", "frames", "bytes", "path"):
        assert row[name] == rows[1][name]
    assert is_recorded_in_order(segments(service))


def test_the_catalogue_by_the_command_line(camsim, tytod, wait_for, build_dir, tmp_path):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=1)
    add(service, simulator)
    wait_segments(service, wait_for, 3)
    service.api("POST", "/api/v1/cameras/cam1/stop")
    rows = segments(service)
    ctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)
    assert f"{len(rows)} rows and {len(rows)} files compared\n" in ctl("catalogue", "check", status=0).stdout
    (service.state / "recordings/mine.txt").touch()
    os.unlink(rows[0]["path"])
    said = ctl("catalogue", "check", status=1).stdout
    assert rows[0]["path"] in said and "its file is gone: 1" in said and "not ours: 1" in said
    found = json.loads(ctl("catalogue", "check", "--json", status=1).stdout)
    assert counts(found) == {"missing": 1, "unknown": 1} and found["mode"] == "check" and not found["well"]
    assert "its file is gone: 1" in ctl("catalogue", "rebuild", status=1).stdout  # it is told once more
    assert "not ours: 1" in ctl("catalogue", "check", status=0).stdout
    assert [gap["reason"] for gap in gaps(service)] == ["file-missing"]
