# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ledger of a real tytod: each second of a camera is recorded, a gap with its reason, or off, whatever happens."""

import datetime
import os
import re
import signal
import sqlite3
import time

import frames
import pytest
from boundaries import undivided
from main_loop import allowed
from tytoctl import Tytoctl

SMALL = ("--gop", "1", "--width", "640", "--height", "360", "--bitrate", "1000")
WITHIN = {"packet-loss", "disk-slow"}


def seconds(text: str) -> float:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def rfc3339(at: float) -> str:
    return datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def ledger(service, camera: str = "cam1", query: str = "") -> dict:
    return service.api("GET", f"/api/v1/cameras/{camera}/ledger{query}")


def wait_recording(service, wait_for, camera: str = "cam1", other_than: str = "") -> dict:
    """Recording, in another run than @other_than, and its first frames known."""
    def look():
        row = service.camera(camera)
        return row["state"] == "recording" and row["run"] != other_than and row["current_path"] and row["frames_received"] and row
    return wait_for(look, f"{camera} to record", 25)


def reasons(report: dict) -> list[str]:
    return [item["reason"] for item in report["items"] if item["state"] == "gap"]


def check_continuous(report: dict) -> None:
    """No hole, no overlap, nothing unaccounted for, and sums that are those of the items."""
    at = report["from"]
    for item in report["items"]:
        assert item["start"] == at and seconds(item["end"]) > seconds(item["start"]), item
        at = item["end"]
    assert at == report["to"]
    summary = report["summary"]
    states = {state: sum(item["duration"] for item in report["items"] if item["state"] == state)
              for state in ("recorded", "gap", "off", "unaccounted")}
    for state, total in states.items():
        assert summary[state] == pytest.approx(total, abs=1e-3)
    assert summary["unaccounted"] == 0, report["items"]
    assert summary["wanted"] == pytest.approx(states["recorded"] + states["gap"], abs=1e-3)
    assert sum(summary["gaps"].values()) == pytest.approx(states["gap"], abs=1e-3)
    if summary["wanted"]:
        assert summary["coverage"] == pytest.approx(states["recorded"] / summary["wanted"], abs=1e-6)


def check_rows(service, camera: str = "cam1") -> None:
    """No two segments of a camera overlap, and no gap overlaps a segment but those that lie within one."""
    segments = sorted((row["start_us"], row["end_us"]) for row in service.rows("segments", camera))
    for before, after in zip(segments, segments[1:]):
        assert after[0] >= before[1], (before, after)
    for gap in service.rows("gaps", camera):
        if gap["reason"] in WITHIN:
            continue
        for start, end in segments:
            assert end <= gap["start_us"] or (gap["end_us"] is not None and start >= gap["end_us"]), (gap, start, end)


@pytest.fixture
def recording(camsim, tytod, wait_for):
    """A tytod that records one camera in short segments."""
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod()
    service.simulator = simulator
    service.began = time.time()
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)})
    wait_recording(service, wait_for)
    return service


def wait_gap(service, wait_for, reason: str) -> dict:
    return wait_for(lambda: next((row for row in service.rows("gaps", "cam1") if row["reason"] == reason), None), f"a gap {reason}", 30)


def test_a_healthy_camera(recording, wait_for):
    wait_for(lambda: recording.camera("cam1")["segments"] >= 2, "two segments")
    report = wait_for(lambda: (found := ledger(recording))["items"][-1].get("open") and found, "frames of an open segment to be told")
    check_continuous(report)
    assert seconds(report["to"]) - seconds(report["from"]) == pytest.approx(86400, abs=60)
    assert [item["state"] for item in report["items"]] in (["off", "gap", "recorded"], ["off", "recorded"])
    assert set(reasons(report)) <= {"starting"}
    last = report["items"][-1]
    assert last["open"] and last["run"] == recording.camera("cam1")["run"] and last["segments"] >= 3
    assert time.time() - seconds(report["to"]) < allowed(6)  # as far as the worker has told
    summary = report["summary"]
    assert (summary["frames_missing"], summary["frames_lost"], summary["frame_loss_percent"]) == (0, 0, 0)
    assert abs(summary["recorded"] * 25 - summary["frames_recorded"]) < allowed(60)
    assert report["losses"] == []


def test_a_camera_that_falls_silent(recording, wait_for):
    run = recording.camera("cam1")["run"]
    recording.simulator.control("silence 1 on")
    wait_gap(recording, wait_for, "camera-silent")
    during = ledger(recording)
    check_continuous(during)
    assert during["items"][-1]["reason"] == "camera-silent" and during["items"][-1]["open"]
    recording.simulator.control("silence 1 off")
    wait_recording(recording, wait_for, other_than=run)
    after = ledger(recording)
    check_continuous(after)
    assert [reason for reason in reasons(after) if reason != "starting"] == ["camera-silent"]
    gap = next(item for item in after["items"] if item.get("reason") == "camera-silent")
    assert not gap["open"] and gap["start"] == next(item for item in during["items"] if item.get("reason") == "camera-silent")["start"]
    check_rows(recording)


def test_a_change_of_settings(recording, wait_for):
    run = recording.camera("cam1")["run"]
    recording.api("PATCH", "/api/v1/cameras/cam1", {"format": "ts"})
    wait_recording(recording, wait_for, other_than=run)
    report = ledger(recording)
    check_continuous(report)
    assert [reason for reason in reasons(report) if reason != "starting"] == ["settings"]
    assert report["summary"]["gaps"]["settings"] < allowed(5)
    check_rows(recording)


def test_off_and_on(recording, wait_for):
    recording.api("POST", "/api/v1/cameras/cam1/stop")
    stopped = time.time()
    wait_for(lambda: time.time() - stopped > 1.5, "a time that nobody wants")
    while_off = ledger(recording)
    check_continuous(while_off)
    assert while_off["items"][-1]["state"] == "off"
    run = recording.camera("cam1")["run"]
    recording.api("POST", "/api/v1/cameras/cam1/start")
    wait_recording(recording, wait_for, other_than=run or "none")
    report = wait_for(lambda: (found := ledger(recording))["items"][-1]["state"] == "recorded" and found, "it to be recorded")
    check_continuous(report)
    assert [item["state"] for item in report["items"] if item["state"] != "gap"] == ["off", "recorded", "off", "recorded"]
    assert set(reasons(report)) <= {"starting"}
    wishes = recording.rows("wishes", "cam1")
    assert len(wishes) == 2 and sorted(wish["end_us"] is None for wish in wishes) == [False, True]


def test_a_worker_that_dies(camsim, tytod, wait_for):
    """What it left unfinished is mended, and the gap begins where that ends."""
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=undivided())
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)})
    wait_recording(service, wait_for)
    wait_for(lambda: service.camera("cam1")["frames_received"] > 75, "some seconds of it")
    row = service.camera("cam1")
    os.kill(row["worker_pid"], signal.SIGKILL)
    wait_gap(service, wait_for, "worker-died")
    check_continuous(ledger(service))
    wait_recording(service, wait_for, other_than=row["run"])
    mended = wait_for(lambda: [found for found in service.rows("segments", "cam1") if found["recovered"]], "its segment to be mended", 20)
    assert mended[0]["run"] == row["run"]
    wait_for(lambda: [found["start_us"] for found in service.rows("gaps", "cam1") if found["reason"] == "worker-died"] == [mended[0]["end_us"]],
             "the gap to begin where that ends")
    report = wait_for(lambda: (found := ledger(service))["items"][-1]["state"] == "recorded" and found, "it to be recorded")
    check_continuous(report)
    assert [reason for reason in reasons(report) if reason != "starting"] == ["worker-died"]
    check_rows(service)


def test_the_recorder_stops_and_starts(recording, wait_for):
    """The time without recorder is a gap; what was disabled meanwhile was off, what was enabled missed nothing."""
    recording.api("POST", "/api/v1/cameras", {"id": "cam2", "url": recording.simulator.url(1)})
    recording.api("POST", "/api/v1/cameras", {"id": "cam3", "url": recording.simulator.url(1), "enabled": False})
    wait_recording(recording, wait_for, "cam2")
    run = recording.camera("cam1")["run"]
    assert recording.stop() == 0
    stopped = time.time()
    text = recording.config.read_text(encoding="utf-8")
    before, cam2, after = re.split(r"(?=\[cameras/cam2\])|(?=\[cameras/cam3\])", text)
    recording.config.write_text(before + cam2.replace("enabled=true", "enabled=false") + after.replace("enabled=false", "enabled=true"))
    wait_for(lambda: time.time() - stopped > 2, "the time it is down")
    recording.start()
    wait_recording(recording, wait_for, other_than=run)
    wait_recording(recording, wait_for, "cam3")
    report = ledger(recording)
    check_continuous(report)
    assert [reason for reason in reasons(report) if reason != "starting"] == ["recorder-down"]
    assert report["summary"]["gaps"]["recorder-down"] > 2
    cam2 = ledger(recording, "cam2")
    check_continuous(cam2)
    assert cam2["items"][-1]["state"] == "off" and set(reasons(cam2)) <= {"starting"}
    cam3 = ledger(recording, "cam3")
    check_continuous(cam3)
    assert set(reasons(cam3)) <= {"starting"} and cam3["summary"]["wanted"] < time.time() - stopped
    check_rows(recording)


def test_lost_packets_lie_within_what_is_recorded(camsim, tytod, wait_for):
    """Told with their time, and each frame that did not come whole is counted: the pictures carry their numbers."""
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(segment_seconds=10)
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1), "transport": "udp"})
    wait_recording(service, wait_for)
    wait_for(lambda: service.camera("cam1")["frames_received"] > 50, "frames before the loss")
    began = time.time()
    simulator.control("loss 1 5")
    wait_for(lambda: service.camera("cam1")["frames_missing"] > 3, "frames to be lost")
    simulator.control("loss 1 0")
    ended = time.time()
    service.api("POST", "/api/v1/cameras/cam1/stop")
    report = ledger(service)
    check_continuous(report)
    assert set(reasons(report)) <= {"starting"} and report["losses"]
    for loss in report["losses"]:
        assert loss["reason"] == "packet-loss" and loss["packets_lost"], loss
        assert began - 2 < seconds(loss["start"]) <= seconds(loss["end"]) < ended + 2, "where the packets were lost, not the whole segment"
    rows = sorted(service.rows("segments", "cam1"), key=lambda row: row["start_us"])
    numbers = [frame.frame for row in rows for frame in frames.stamped_frames(row["path"])]
    missing = numbers[-1] + 1 - numbers[0] - len(set(numbers))
    counted = report["summary"]["frames_missing"]
    assert sum(row["frames_missing"] for row in rows) == counted == service.camera("cam1")["frames_missing"]
    # What lost a packet but not its number is in the file and did not come whole either.
    assert missing <= counted <= sum(row["packets_lost"] for row in rows)
    assert report["summary"]["frame_loss_percent"] > 1
    check_rows(service)


def test_lost_sound_is_no_gap(camsim, tytod, wait_for):
    """It is counted; the pictures beside it are whole, and their seconds recorded."""
    simulator = camsim("--cameras", "1", "--audio", "aac", *SMALL)
    service = tytod()
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1), "transport": "udp"})
    wait_recording(service, wait_for)
    simulator.control("audio-loss 1 20")
    wait_for(lambda: sum(row["packets_lost"] for row in service.rows("segments", "cam1")) > 5, "lost packets in rows", 30)
    service.api("POST", "/api/v1/cameras/cam1/stop")
    report = ledger(service)
    check_continuous(report)
    assert set(reasons(report)) <= {"starting"} and report["losses"] == [] and service.rows("gaps", "cam1") == []
    assert report["summary"]["frames_missing"] == 0


def test_a_fault_of_the_recorder_is_shown(recording, wait_for):
    """Rows that say nothing of a wanted time: not hidden, neither as recorded nor as a gap."""
    recording.api("POST", "/api/v1/cameras/cam1/stop")
    with sqlite3.connect(recording.state / "catalogue.db") as database:
        database.execute("INSERT INTO wishes (camera, stream, start_us, end_us) VALUES ('cam1', 'main', 1000000000, 2000000000)")
    database.close()
    report = ledger(recording, query="?from=1000&to=2000")
    assert [(item["state"], item["duration"]) for item in report["items"]] == [("gap", 120), ("unaccounted", 880)]
    assert report["summary"]["unaccounted"] == 880 and report["summary"]["coverage"] == 0


def test_what_can_be_asked(recording):
    assert ledger(recording, "never-was")["items"][0]["state"] == "off"
    some = ledger(recording, query=f"?from={rfc3339(recording.began - 100)}&to={rfc3339(recording.began - 50)}")
    assert [item["state"] for item in some["items"]] == ["off"] and some["summary"]["off"] == pytest.approx(50, abs=0.01)
    assert "coverage" not in some["summary"]
    for query in ("?from=2026-01-01T00:00:00Z&to=2026-02-02T00:00:00Z", "?from=nonsense", "?to=2020-01-01T00:00:00Z&from=2021-01-01T00:00:00Z",
                  "?limit=3"):
        recording.api("GET", f"/api/v1/cameras/cam1/ledger{query}", status=400)
    recording.api("GET", "/api/v1/cameras/b%C3%A4d/ledger", status=400)


def test_tytoctl_shows_it(recording, build_dir, tmp_path, wait_for):
    ctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", recording.url, tmp_path)
    wait_for(lambda: recording.camera("cam1")["segments"] >= 1, "a segment")

    def show():
        found = ctl("ledger", "cam1", "--from", "-1m").stdout
        return "goes on" in found and re.search(r"^·*[▒░]*█+$", found, re.M) and found

    shown = wait_for(show, "frames of an open segment to be told, and more than a second of it")
    assert re.search(r"^Recorded: .* of .* \(\d+\.\d\d %\)$", shown, re.M)
    assert re.search(r"^Frames: \d+ recorded, 0 missing, 0 lost \(0\.000 %\)$", shown, re.M)
    assert ctl.json("ledger", "cam1")["camera"] == "cam1"
    assert ctl("ledger", "never-was").stdout.endswith("Nothing was to be recorded.\n")
