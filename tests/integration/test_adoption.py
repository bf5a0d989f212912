# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workers outlive tytod: killed or restarted, it takes them over, and nothing is lost."""

import configparser
import itertools
import os
import pathlib
import signal
import socket
import subprocess
import time

import frames
import pytest
from boundaries import undivided
from main_loop import allowed

SMALL = ("--gop", "1", "--width", "640", "--height", "360", "--bitrate", "1000")


def add(service, simulator, *numbers: int, **members) -> None:
    for number in numbers:
        service.api("POST", "/api/v1/cameras", {"id": f"cam{number}", "url": simulator.url(number)} | members)


def wait_recording(service, wait_for, camera: str = "cam1", seconds: float = 15) -> dict:
    return wait_for(lambda: (row := service.camera(camera))["state"] == "recording" and row, f"{camera} to record", seconds)


def rows_of(service, camera: str) -> list[dict]:
    """The camera's segments in the catalogue, in order; also while tytod is down."""
    return sorted(service.rows("segments", camera), key=lambda row: row["start_us"])


def files_of(service, camera: str) -> list[pathlib.Path]:
    return sorted((service.state / "recordings" / camera).rglob("*.mp4"))


def wait_rows(service, wait_for, camera: str, count: int, seconds: float = 30) -> None:
    wait_for(lambda: len(rows_of(service, camera)) >= count, f"{count} rows of {camera}", seconds)


def wait_files(service, wait_for, camera: str, count: int, seconds: float = 30) -> None:
    wait_for(lambda: len(files_of(service, camera)) >= count, f"{count} files of {camera}", seconds)


def is_running(pid: int) -> bool:
    return pathlib.Path(f"/proc/{pid}/exe").exists()


def sockets(service) -> list[str]:
    return sorted(path.name for path in (service.state / "run/workers").glob("*.sock"))


def check_nothing_lost(service, camera: str) -> list[int]:
    """Each frame from the first to the last is in one file, once, and each file has its row; gives the frames' numbers."""
    rows = rows_of(service, camera)
    assert [row["path"] for row in rows] == [str(path) for path in files_of(service, camera)]
    numbers = []
    for row in rows:
        stamped = frames.stamped_frames(row["path"])
        assert len(stamped) == row["frames"] and pathlib.Path(row["path"]).stat().st_size == row["bytes"], row
        numbers += [frame.frame for frame in stamped]
    assert numbers == list(range(numbers[0], numbers[-1] + 1)), "a frame is missing or twice"
    assert [row["sequence"] for row in rows] == list(range(1, len(rows) + 1))
    assert len({row["run"] for row in rows}) == 1
    for before, after in zip(rows, rows[1:]):
        assert abs(after["start_us"] - before["end_us"]) <= 1
    return numbers


def test_tytod_killed_again_and_again_loses_nothing(camsim, tytod, wait_for):
    cameras = ("cam1", "cam2", "cam3")
    simulator = camsim("--cameras", "3", *SMALL)
    service = tytod()
    add(service, simulator, 1, 2, 3)
    pids = {camera: wait_recording(service, wait_for, camera)["worker_pid"] for camera in cameras}
    runs = {camera: service.camera(camera)["run"] for camera in cameras}
    for life in range(10):
        if life % 3 == 2:  # sometimes in the middle of nothing, sometimes with news on the way
            wait_rows(service, wait_for, "cam2", len(rows_of(service, "cam2")) + 1)
        service.kill()
        service.start()
        for camera in cameras:
            row = wait_recording(service, wait_for, camera, 5)
            assert (row["worker_pid"], row["run"], row["worker_restarts"]) == (pids[camera], runs[camera], 0)
            assert row["gaps"] == 0
    for camera in cameras:
        wait_rows(service, wait_for, camera, 3)
    figures = {camera: service.camera(camera) for camera in cameras}
    assert service.stop() == 0
    for camera in cameras:
        run, = service.rows("runs", camera)
        assert len(check_nothing_lost(service, camera)) == run["frames_recorded"] == run["frames_received"]
        assert run["end_reason"] == "stopped" and figures[camera]["frames_lost"] == 0
        assert not is_running(pids[camera])
    assert service.rows("gaps") == []
    assert not list(service.state.rglob("*.part")) and not sockets(service)


def edit_config(service, change) -> None:
    """Edits tyto.conf by hand: change(configparser)."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(service.config)
    change(parser)
    with open(service.config, "w", encoding="utf-8") as file:
        parser.write(file, space_around_delimiters=False)


def gaps(service, camera: str) -> list[dict]:
    return sorted(service.rows("gaps", camera), key=lambda row: row["start_us"])


@pytest.mark.asan
def test_what_was_recorded_while_it_was_down_is_entered(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "2", *SMALL)
    service = tytod(segment_seconds=1)
    add(service, simulator, 1, 2)
    pids = [wait_recording(service, wait_for, camera)["worker_pid"] for camera in ("cam1", "cam2")]
    wait_rows(service, wait_for, "cam1", 1)
    service.kill()
    before = len(rows_of(service, "cam1"))
    wait_files(service, wait_for, "cam1", before + 4)
    wait_files(service, wait_for, "cam2", before + 4)
    assert len(rows_of(service, "cam1")) == before, "tytod is down"
    service.start()
    wait_rows(service, wait_for, "cam1", before + 5)
    assert [service.camera(camera)["worker_pid"] for camera in ("cam1", "cam2")] == pids
    wait_for(lambda: len(service.rows("thumbnails")) >= 2, "a thumbnail of each")
    current = service.camera("cam1")["current_path"]
    assert current.endswith(".mp4") and pathlib.Path(current + ".part").exists() or pathlib.Path(current).exists()
    assert service.stop() == 0
    for camera in ("cam1", "cam2"):
        check_nothing_lost(service, camera)
        assert not any(row["recovered"] for row in rows_of(service, camera)), "the news come before the files are looked at"
        assert gaps(service, camera) == []


@pytest.mark.asan
def test_sigusr1_leaves_the_workers_recording(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "2", *SMALL)
    service = tytod()
    add(service, simulator, 1, 2)
    before = {camera: wait_recording(service, wait_for, camera) for camera in ("cam1", "cam2")}
    for _ in range(3):
        wait_rows(service, wait_for, "cam1", len(rows_of(service, "cam1")) + 1)
        os.kill(service.pid, signal.SIGUSR1)
        started = time.monotonic()
        assert service.wait() == 0
        assert time.monotonic() - started < allowed(3)
        assert all(is_running(row["worker_pid"]) for row in before.values())
        service.start()
        for camera, row in before.items():
            after = wait_recording(service, wait_for, camera, 5)
            assert (after["worker_pid"], after["run"]) == (row["worker_pid"], row["run"])
    assert service.stop() == 0
    for camera, row in before.items():
        check_nothing_lost(service, camera)
        assert not is_running(row["worker_pid"])
    assert service.rows("gaps") == []


def test_settings_changed_meanwhile_are_applied(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "2", *SMALL)
    service = tytod()
    add(service, simulator, 1, 2)
    before = {camera: wait_recording(service, wait_for, camera) for camera in ("cam1", "cam2")}
    wait_rows(service, wait_for, "cam1", 1)
    service.kill()
    edit_config(service, lambda parser: parser["cameras/cam1"].__setitem__("format", "'mkv'"))
    service.start()
    wait_for(lambda: (row := service.camera("cam1"))["state"] == "recording" and row["current_path"].endswith(".mkv"),
             "cam1 to be recorded as mkv")
    after = service.camera("cam1")
    assert after["run"] != before["cam1"]["run"] and after["worker_restarts"] == 0
    assert service.camera("cam2")["run"] == before["cam2"]["run"]
    wait_rows(service, wait_for, "cam2", 3)
    assert service.stop() == 0
    check_nothing_lost(service, "cam2")
    rows = rows_of(service, "cam1")
    runs = sorted({row["run"] for row in rows})
    old, new = ([row for row in rows if row["run"] == run] for run in runs)
    assert {row["format"] for row in old} == {"mp4"} and {row["format"] for row in new} == {"mkv"}
    gap, = gaps(service, "cam1")
    assert (gap["reason"], gap["start_us"], gap["end_us"]) == ("settings", old[-1]["end_us"], new[0]["start_us"])
    assert gaps(service, "cam2") == []


def test_a_worker_killed_meanwhile_is_replaced(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "2", *SMALL)
    service = tytod(settings="cameras-per-worker=1")
    add(service, simulator, 1, 2)
    before = {camera: wait_recording(service, wait_for, camera) for camera in ("cam1", "cam2")}
    wait_rows(service, wait_for, "cam1", 1)
    service.kill()
    os.kill(before["cam1"]["worker_pid"], signal.SIGKILL)
    wait_for(lambda: not is_running(before["cam1"]["worker_pid"]), "the worker to be gone")
    service.start()
    after = wait_recording(service, wait_for, "cam1")
    assert after["worker_pid"] != before["cam1"]["worker_pid"] and after["run"] != before["cam1"]["run"]
    assert service.camera("cam2")["worker_pid"] == before["cam2"]["worker_pid"]
    wait_for(lambda: any(row["run"] == after["run"] for row in rows_of(service, "cam1")), "a segment of the new run")
    assert service.stop() == 0
    check_nothing_lost(service, "cam2")
    assert gaps(service, "cam2") == []
    rows = rows_of(service, "cam1")
    runs = {run["id"]: run for run in service.rows("runs")}
    assert {runs[before[camera]["run"]]["end_reason"] for camera in ("cam1", "cam2")} == {"worker-died", "stopped"}
    assert runs[before["cam1"]["run"]]["end_us"] == max(row["end_us"] for row in rows if row["run"] == before["cam1"]["run"])
    gap, = gaps(service, "cam1")
    assert gap["reason"] == "recorder-down"
    assert gap["end_us"] == [row for row in rows if row["run"] == after["run"]][0]["start_us"]
    assert gap["start_us"] >= [row for row in rows if row["run"] == before["cam1"]["run"]][-1]["end_us"] - 1


def test_cameras_removed_and_disabled_meanwhile_are_let_go(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "3", *SMALL)
    service = tytod(settings="cameras-per-worker=1")
    add(service, simulator, 1, 2, 3)
    before = {camera: wait_recording(service, wait_for, camera) for camera in ("cam1", "cam2", "cam3")}
    wait_rows(service, wait_for, "cam1", 1)
    service.kill()

    def change(parser):
        parser.remove_section("cameras/cam1")
        parser["cameras/cam2"]["enabled"] = "false"

    edit_config(service, change)
    service.start()
    for camera in ("cam1", "cam2"):
        wait_for(lambda: not is_running(before[camera]["worker_pid"]), f"the worker of {camera} to end")
    assert service.camera("cam2")["state"] == "off"
    assert [row["id"] for row in service.api("GET", "/api/v1/cameras")["items"]] == ["cam2", "cam3"]
    assert wait_recording(service, wait_for, "cam3")["run"] == before["cam3"]["run"]
    wait_for(lambda: all(row["end_reason"] for row in service.rows("runs") if row["camera"] != "cam3"), "the runs to be ended")
    assert service.stop() == 0
    for camera in ("cam1", "cam2", "cam3"):
        check_nothing_lost(service, camera)
        run, = service.rows("runs", camera)
        assert run["end_reason"] == "stopped" and run["frames_recorded"] == run["frames_received"] > 0


def test_two_cameras_of_one_worker_are_told_apart(camsim, tytod, wait_for):
    """One of them is no longer wanted, the other goes on in the same process."""
    simulator = camsim("--cameras", "2", *SMALL)
    service = tytod(settings="cameras-per-worker=2")
    add(service, simulator, 1, 2)
    before = {camera: wait_recording(service, wait_for, camera) for camera in ("cam1", "cam2")}
    assert before["cam1"]["worker_pid"] == before["cam2"]["worker_pid"]
    service.kill()
    edit_config(service, lambda parser: parser.remove_section("cameras/cam1"))
    service.start()
    wait_for(lambda: [row for row in service.rows("runs", "cam1") if row["end_reason"] == "stopped"], "cam1 to be let go")
    after = wait_recording(service, wait_for, "cam2")
    assert (after["worker_pid"], after["run"]) == (before["cam2"]["worker_pid"], before["cam2"]["run"])
    assert service.stop() == 0
    for camera in ("cam1", "cam2"):
        check_nothing_lost(service, camera)


def test_killed_while_it_adds_a_camera(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod()
    for number in itertools.count(1):
        try:  # the answer waits for the connect: it is killed at some point before
            service.request("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)}, timeout=0.05 * number)
        except OSError:
            pass
        service.kill()
        service.start()
        if number >= 4 and service.config.exists() and "[cameras/cam1]" in service.config.read_text(encoding="utf-8"):
            break
    wait_recording(service, wait_for)
    wait_rows(service, wait_for, "cam1", 2)
    assert service.stop() == 0
    assert not sockets(service)
    rows = rows_of(service, "cam1")
    for before, after in zip(rows, rows[1:]):
        assert before["end_us"] <= after["start_us"] + 1, "nothing is recorded twice"


def test_sockets_that_nobody_listens_at_are_cleared_away(tytod, wait_for):
    service = tytod()
    service.kill()
    workers = service.state / "run/workers"
    workers.mkdir(mode=0o700, parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(os.path.relpath(workers / "7.sock"))
    (workers / "note.txt").write_text("not ours")
    service.start()
    assert sockets(service) == [] and (workers / "note.txt").exists()


def test_a_camera_that_is_away_stays_in_its_gap(camsim, tytod, wait_for):
    """It went away while tytod was down, and comes back after."""
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod()
    add(service, simulator, 1)
    before = wait_recording(service, wait_for)
    wait_rows(service, wait_for, "cam1", 1)
    service.kill()
    simulator.stop()
    service.start()
    wait_for(lambda: [row for row in service.rows("runs", "cam1") if row["end_us"]], "the run to be ended")
    gap = wait_for(lambda: gaps(service, "cam1"), "the gap")[0]
    assert gap["reason"].startswith("camera-") and gap["end_us"] is None
    assert gap["start_us"] == rows_of(service, "cam1")[-1]["end_us"]
    service.kill()
    service.start()
    simulator.start_again()
    after = wait_recording(service, wait_for, seconds=30)
    assert after["worker_pid"] == before["worker_pid"] and after["run"] != before["run"]
    wait_for(lambda: gaps(service, "cam1")[0]["end_us"], "the gap to close")
    gap, = gaps(service, "cam1")
    wait_for(lambda: any(row["run"] == after["run"] for row in rows_of(service, "cam1")), "a segment of the new run")
    assert gap["end_us"] == [row for row in rows_of(service, "cam1") if row["run"] == after["run"]][0]["start_us"]


def test_killed_at_its_end_the_next_one_waits_for_the_workers(camsim, tytod, wait_for):
    """The workers are finishing when the next tytod comes: what they tell is taken, and the cameras get new ones."""
    simulator = camsim("--cameras", "2", *SMALL)
    service = tytod(segment_seconds=undivided())
    add(service, simulator, 1, 2)
    before = {camera: wait_recording(service, wait_for, camera) for camera in ("cam1", "cam2")}
    wait_for(lambda: service.camera("cam2")["frames_received"] > 25, "a second of frames")
    os.kill(service.pid, signal.SIGSTOP)
    for row in before.values():  # as tytod does at its end
        os.kill(row["worker_pid"], signal.SIGTERM)
    service.kill()
    service.start()
    for camera, row in before.items():
        after = wait_for(lambda: (now := service.camera(camera))["worker_pid"] not in (0, row["worker_pid"])
                         and now["state"] == "recording" and now, f"{camera} to be recorded anew")
        assert after["run"] != row["run"] and not is_running(row["worker_pid"])
    wait_for(lambda: service.camera("cam2")["frames_received"] > 25, "a second of frames")
    assert service.stop() == 0
    for camera in before:
        first, second = service.rows("runs", camera)
        one, two = rows_of(service, camera)
        assert first["end_reason"] == second["end_reason"] == "stopped"
        assert (one["run"], two["run"]) == (first["id"], second["id"]) and one["end_us"] <= two["start_us"]
        assert one["frames"] == first["frames_received"], "nothing that was received is lost"
        gap, = gaps(service, camera)
        assert (gap["start_us"], gap["end_us"]) == (one["end_us"], two["start_us"])


def test_the_workers_need_nobody_who_reads_their_log(camsim, tytod, wait_for):
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=1)
    service.kill()
    with subprocess.Popen(service.command, env=os.environ | service.environment, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        service.process = process
        service.url = process.stdout.readline().removeprefix("Listening on ").strip()
        add(service, simulator, 1)
        pid = wait_recording(service, wait_for)["worker_pid"]
        process.kill()  # and with it goes the reader of the log: each line of the worker's meets a broken pipe
    wait_files(service, wait_for, "cam1", len(files_of(service, "cam1")) + 3)
    assert is_running(pid)
    service.start()
    assert wait_recording(service, wait_for)["worker_pid"] == pid
    assert service.stop() == 0
    check_nothing_lost(service, "cam1")
