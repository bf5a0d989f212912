# SPDX-License-Identifier: LGPL-2.1-or-later
"""tytoctl against a real tytod: every command, for people and as JSON, and its exit codes."""

import json
import os
import pathlib
import re
import signal
import subprocess

import pytest
from camera_simulator import CameraSimulator
from held_port import HeldPort
from main_loop import wait_until
from tytoctl import Tytoctl
from tytod import Tytod

SIMULATOR = ("--cameras", "2", "--width", "640", "--height", "360", "--gop", "1")


@pytest.fixture(scope="module")
def simulator(build_dir, tmp_path_factory):
    control = tmp_path_factory.mktemp("camsim") / "control"
    started = CameraSimulator(build_dir / "tests/tools/camsim/camsim", control, SIMULATOR)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def service(build_dir, tytod_environment, tmp_path_factory, simulator):
    """A tytod that has recorded at least three segments of yard, and goes on."""
    state = tmp_path_factory.mktemp("tytoctl") / "state"
    started = Tytod(build_dir / "src/tytod", state, tytod_environment | {"SEGMENT_SECONDS": "1"})
    started.api("POST", "/api/v1/cameras", {"id": "yard", "url": simulator.url(1), "name": "O pátio"})
    wait_until(lambda: len(started.api("GET", "/api/v1/segments")["items"]) >= 3, "three segments")
    yield started
    print(started.log)
    assert started.stop() == 0


@pytest.fixture
def ctl(build_dir, service, tmp_path):
    return Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)


@pytest.fixture
def fresh(build_dir, tytod, tmp_path):
    """tytoctl with a tytod of its own, without cameras."""
    return Tytoctl(build_dir / "src/tytoctl/tytoctl", tytod(segment_seconds=1).url, tmp_path)


def test_status_is_a_table_of_cameras(ctl):
    text = ctl("status").stdout
    assert re.search(r"^tytod \S+ at http://127\.0\.0\.1:\d+: ready, up .*; recording 1 of 1 cameras$", text, re.M)
    assert re.search(r"^CAMERA +STATE +FOR +SEGMENTS +SIZE +LOST +GAPS +MEDIA$", text, re.M)
    assert re.search(r"^yard +recording +.* s +\d+ +\S+ .?B +0 +0 +h264 640×360$", text, re.M)
    answer = ctl.json("status")
    assert answer["service"]["ready"] is True and answer["cameras"][0]["id"] == "yard"


def test_status_fits_the_terminal_and_is_coloured_on_one(ctl):
    status, text = ctl.on_terminal("status", columns=60)
    assert status == 0 and "\033[32mrecording\033[0m" in text
    table = text[text.index("CAMERA"):]
    assert all(len(re.sub(r"\033\[[0-9;]*m", "", line)) <= 60 for line in table.splitlines())
    assert "\033" not in ctl.on_terminal("status", NO_COLOR="1")[1]
    assert "\033" not in ctl("status").stdout


def test_list_and_show(ctl, simulator):
    assert re.search(rf"^yard +O pátio +recording +{simulator.url(1)}$", ctl("camera", "list").stdout, re.M)
    assert ctl("camera", "list", "--ids").stdout == "yard\n"
    assert [row["id"] for row in ctl.json("camera", "list")] == ["yard"]
    lines = ctl("camera", "show", "yard").stdout.splitlines()
    assert lines[0].split() == ["id", "yard"] and "state" in lines[2] and "has_password" in "".join(lines)
    assert ctl.json("camera", "show", "yard")["name"] == "O pátio"


def test_segments_by_time_order_and_number(ctl):
    rows = ctl.json("segments", "--order", "asc", "--all")
    assert len(rows) >= 3 and [row["start"] for row in rows] == sorted(row["start"] for row in rows)
    newest = ctl.json("segments", "--limit", "1")
    assert len(newest) == 1 and newest[0]["start"] >= rows[-1]["start"]
    assert ctl.json("segments", "--from", rows[1]["start"], "--to", rows[1]["end"], "--camera", "yard")
    assert len(ctl.json("segments", "--from", "-1h", "--order", "asc")) >= 3
    assert ctl.json("segments", "--to", "-1h") == [] == ctl.json("segments", "--camera", "nobody")
    assert ctl("segments", "--to", "-1h").stdout == "No segments.\n"
    text = ctl("segments", "--limit", "2").stdout
    assert re.search(r"^CAMERA +START +DURATION +FRAMES +SIZE +PLACE +ID +PATH$", text, re.M)
    assert len(re.findall(r"^yard +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +\S+ s +\d+ ", text, re.M)) == 2
    assert "2 segments" in text and "--all" in text


def test_a_segment_is_downloaded_continued_and_checked(ctl, tmp_path):
    row = ctl.json("segments", "--order", "asc", "--limit", "1")[0]
    original = pathlib.Path(row["path"]).read_bytes()
    name = pathlib.Path(row["path"]).name
    assert name in ctl("segments", "get", row["id"]).stdout
    assert (tmp_path / name).read_bytes() == original and len(original) == row["bytes"]
    ctl("segments", "get", row["id"], status=73)

    (tmp_path / "other.mp4.part").write_bytes(original[:5000])
    assert ctl.json("segments", "get", row["id"], "-o", "other.mp4")["file"] == "other.mp4"
    assert (tmp_path / "other.mp4").read_bytes() == original and not (tmp_path / "other.mp4.part").exists()
    assert ctl("segments", "get", row["id"], "-o", "-", text=False).stdout == original
    probe = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", "other.mp4"],
                           cwd=tmp_path, capture_output=True, text=True, check=True)
    assert probe.stdout.strip() == "h264" and not probe.stderr
    ctl("segments", "get", "20200101T000000Z-000000000000.000001", status=66)
    ctl("segments", "get", "../../etc/passwd", status=64)


def test_a_thumbnail_is_saved(ctl, tmp_path):
    answer = ctl.json("thumbnail", "yard", "--now", "-o", "now.jpg")
    picture = (tmp_path / "now.jpg").read_bytes()
    assert picture[:3] == b"\xff\xd8\xff" and len(picture) == answer["bytes"] and answer["camera"] == "yard"
    assert re.match(r"yard\.jpg  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ", ctl("thumbnail", "yard").stdout)
    assert (tmp_path / "yard.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
    assert ctl("thumbnail", "yard", "-o", "-", text=False).stdout[:3] == b"\xff\xd8\xff"
    ctl("thumbnail", "nobody", status=66)
    ctl("thumbnail", "yard", "-o", "/nowhere/x.jpg", status=74)


def test_the_pipeline_is_printed(ctl):
    line = ctl("pipeline", "yard").stdout
    assert line.count("\n") == 1 and line.startswith("camerasrc ") and "segmentsink" in line
    assert ctl("pipeline", "yard", "--dot").stdout.startswith("digraph pipeline")
    assert "camerasrc" in ctl.json("pipeline", "yard")["pipeline"]


def test_nothing_was_lost(ctl):
    report = ctl.json("report")
    assert report["complete"] is True and report["cameras"][0]["segments"] >= 3
    assert report["total"]["frames_recorded"] > 0 == report["total"]["frames_lost"]
    text = ctl("report").stdout
    assert re.search(r"^CAMERA +SEGMENTS +RECEIVED +RECORDED +LOST +PACKETS LOST +GAPS +SIZE$", text, re.M)
    assert re.search(r"^total ", text, re.M) and text.endswith("Nothing was lost.\n")
    assert ctl("gaps").stdout == "No gaps.\n" and ctl.json("gaps") == []


def test_versions(ctl):
    assert re.fullmatch(r"tytoctl (\S+)\ntytod \1 \(http://.*\)\n", ctl("version").stdout)
    assert set(ctl.json("version")) == {"tytoctl", "tytod"}


def test_a_camera_from_adding_to_removing(fresh, simulator):
    assert "No cameras yet" in fresh("status").stdout and fresh.json("camera", "list") == []
    assert fresh("camera", "add", "gate", simulator.url(2), "--name", "Gate", "--disabled").stdout == "gate is added.\n"
    shown = fresh.json("camera", "show", "gate")
    assert shown["enabled"] is False and shown["state"] == "off" and shown["name"] == "Gate"
    assert fresh("camera", "add", "gate", simulator.url(2), status=73).stdout == ""
    assert fresh.json("camera", "add", "--id", "gate", simulator.url(1), "--replace", "--disabled")["url"] == simulator.url(1)
    assert fresh.json("camera", "add", simulator.url(2), "--disabled")["id"] not in ("", "gate")

    changed = fresh.json("camera", "change", "gate", simulator.url(2), "--segment-seconds", "2", "--no-audio", "--transport", "udp")
    assert (changed["url"], changed["segment_seconds"], changed["audio"], changed["transport"]) == (
        simulator.url(2), 2, False, "udp")
    assert fresh("camera", "change", "gate", "--name", "").stdout == "gate is changed.\n"

    assert fresh("camera", "start", "gate").stdout == "gate is being recorded.\n"
    wait_until(lambda: fresh.json("camera", "show", "gate")["state"] == "recording", "gate to be recorded")
    assert sorted(fresh("camera", "stop", "--all").stdout.split("\n"))[1].endswith(" is stopped.")
    assert {row["state"] for row in fresh.json("camera", "list")} == {"off"}

    assert "--yes" in fresh("camera", "remove", "gate", status=64).stderr
    assert fresh.on_terminal("camera", "remove", "gate", answers=[("[y/N]", "n\n")])[0] != 0
    assert fresh.on_terminal("camera", "remove", "gate", answers=[("[y/N]", "y\n")])[0] == 0
    assert fresh.json("camera", "remove", *fresh("camera", "list", "--ids").stdout.split(), "--yes")
    assert fresh.json("camera", "list") == []
    assert "gate" in fresh("camera", "show", "gate", status=66).stderr


def test_wrong_commands_end_with_their_codes(ctl):
    assert "Did you mean: tytoctl status" in ctl("statsu", status=64).stderr
    for words in [[], ["camera"], ["status", "much"], ["status", "--nonsense"], ["camera", "add", "a", "b", "c"],
                  ["camera", "start"], ["camera", "start", "yard", "--all"], ["camera", "show", "a b"], ["segments", "--limit", "0"],
                  ["segments", "--order", "up"], ["segments", "--from", "soon"], ["camera", "change", "yard"],
                  ["camera", "change", "yard", "--audio", "--no-audio"], ["camera", "add", "x", "http://not-a-camera/"],
                  ["camera", "add", "y", "rtsp://x/", "--transport", "pigeon"], ["--url", "nonsense", "status"]]:
        result = ctl(*words, status=64)
        assert result.stdout == "" and result.stderr.startswith("tytoctl: ") and len(result.stderr.splitlines()) <= 2
    problem = json.loads(ctl("camera", "show", "nobody", "--json", status=66).stderr)
    assert problem["status"] == 404 and problem["type"] == "/problems/not-found" and "nobody" in problem["detail"]
    assert json.loads(ctl("--json", "nonsense", status=64).stderr)["type"] == "/problems/invalid-argument"


def test_watch_tells_what_happens_and_survives_a_restart(build_dir, tytod, simulator, tmp_path):
    held = HeldPort()
    service = tytod(segment_seconds=1, options=["--port", held.port])
    ctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)
    watch = ctl.start("watch", "--json")
    people = ctl.start("watch", "--camera", "yard")
    wait_until(lambda: b"tyto_http_connections 3\n" in service.request("GET", "/metrics")[2], "both to be connected")
    ctl("camera", "add", "yard", simulator.url(1))

    def read_until(kind: str) -> dict:
        while True:
            event = json.loads(watch.stdout.readline())
            if event["event"] == kind:
                return event["data"]

    first = read_until("segment-closed")
    assert first["camera"] == "yard" and first["bytes"] == pathlib.Path(first["path"]).stat().st_size
    assert service.stop() == 0
    assert "is lost" in watch.stderr.readline()
    service.start()
    assert "connected again" in watch.stderr.readline()
    assert read_until("segment-closed")["start"] > first["start"]

    watch.send_signal(signal.SIGTERM)
    people.send_signal(signal.SIGINT)
    assert (watch.wait(10), people.wait(10)) == (0, 0)
    lines = people.stdout.read().splitlines()
    assert any(re.fullmatch(r"[\d-]+ [\d:]+  yard +recording", line) for line in lines)
    assert any(line.endswith(".mp4") and re.search(r" \d+ frames +\S+ .?B  /", line) for line in lines)


def test_what_was_lost_is_said(build_dir, tytod, simulator, tmp_path):
    service = tytod(segment_seconds=1)
    ctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)
    ctl("camera", "add", "yard", simulator.url(1))
    wait_until(lambda: service.camera("yard")["segments"] >= 1, "a segment")
    os.kill(service.camera("yard")["worker_pid"], signal.SIGKILL)
    wait_until(lambda: any(not gap["open"] for gap in ctl.json("gaps")), "the gap to close")
    result = ctl("report", status=1)
    assert re.search(r"^Lost: .*1 gap.*tytoctl gaps$", result.stdout, re.M)
    assert ctl.json("report", status=1)["complete"] is False
    assert re.search(r"^yard +.* s +worker died ", ctl("gaps").stdout, re.M)
