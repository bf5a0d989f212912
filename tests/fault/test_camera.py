# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rows 5 to 8, 10 and 12 to 15: what cameras do."""

import pathlib
import signal
import subprocess
import time

import pytest
from fault_scene import MOST_LOST
from left_workers import send
from main_loop import allowed

HOUR = 3600


def own_gaps(outcome, here) -> list[str]:
    """The reasons of the victim's gap rows; all else must be well."""
    outcome.check()
    return [gap["reason"] for gap in here.gaps()]


def nothing_lost(outcome, here) -> None:
    assert own_gaps(outcome, here) == [] and not outcome.accounts["cam1"].holes, outcome.accounts["cam1"].holes


@pytest.mark.ingest
@pytest.mark.parametrize("command", ("reset", "close"))
def test_connection_ends(scene, fault, command):
    row = fault(5, "camera resets the connection" if command == "reset" else "camera closes the connection")
    here = scene(cameras=4)
    victims = here.names[:3]
    here.wait_recording()
    here.wait_segments(1)
    for number, name in enumerate(victims, 1):
        before = here.camera(name)
        here.simulator.control(f"{command} {number}")
        here.wait_new_run(before)
    here.wait_segments(1)
    outcome = here.finish(witnesses=False).check()
    for name in victims:
        gap, = here.gaps(name)
        assert gap["reason"] in ("camera-ended", "camera-offline")
        row.note((gap["end_us"] - gap["start_us"]) / 1e6)
        # What the camera threw away with the reset may have been under way; a closed connection is read to its end.
        assert outcome.lost_seconds(name) <= (0.3 if command == "reset" else 0)
    assert not outcome.accounts["cam4"].holes and not here.gaps("cam4")
    row.lose(outcome, *victims)
    assert row.recovered <= allowed(3)


@pytest.mark.ingest
def test_camera_falls_silent(scene, fault):
    row = fault(6, "camera silent, connection open")
    here = scene(cameras=2)
    here.wait_recording()
    here.wait_received(30)
    before, began = here.camera(), time.monotonic()
    here.simulator.control("silence 1 on")
    here.wait(lambda: here.camera()["state"] != "recording", "the silence to be noticed", 15)
    assert time.monotonic() - began <= allowed(11), "10 s, and what it takes to see it"
    here.simulator.control("silence 1 off")
    row.note(here.wait_new_run(before))
    here.wait_segments(1, "cam1")
    outcome = here.finish()
    assert own_gaps(outcome, here) == ["camera-silent"]
    row.lose(outcome)
    assert outcome.lost_seconds() == 0 and row.recovered <= allowed(5)


def test_camera_reboots(scene, fault):
    row = fault(7, "camera reboots; timestamps and SSRC start anew")
    here = scene(cameras=2)
    here.wait_recording()
    here.wait_received(30)
    before = here.camera()
    here.simulator.control("clock 1 -1000000")  # as after a reboot without a battery
    here.simulator.control("reboot 1 2")
    began = time.monotonic()
    here.wait_new_run(before, 20)
    row.note(time.monotonic() - began - 2)
    here.wait_segments(1, "cam1")
    for command in ("restart 1", "ssrc 1"):  # and in a session that goes on
        here.simulator.control(command)
        here.wait_segments(2, "cam1")
        row.note()
    outcome = here.finish()
    own_gaps(outcome, here)
    row.lose(outcome)
    assert row.recovered <= allowed(5)


def test_session_timeout_is_kept_off(scene, fault):
    """60 s in the matrix; 3 s here, over several of them."""
    row = fault(8, "server enforces its session time-out")
    here = scene(cameras=2, simulator=("--session-timeout", "3", "--enforce-timeout"))
    here.wait_recording()
    here.wait_received(25 * 12)
    assert here.camera()["reconnects"] == 0
    row.note()
    nothing_lost(here.finish(), here)


def test_camera_clock_is_wrong(scene, fault):
    row = fault(10, "camera clock ± 1 h")
    here = scene(cameras=2, simulator=("--report-interval", "300"))
    here.wait_recording()
    for offset in (HOUR, -HOUR, 0):
        here.simulator.control(f"clock 1 {offset}")
        here.wait_segments(1, "cam1")
        row.note()
    nothing_lost(here.finish(), here)


@pytest.mark.ingest
def test_timestamps_jump(scene, fault):
    row = fault(10, "RTP timestamps jump ± 1 h")
    here = scene(cameras=2)
    here.wait_recording()
    for seconds in (HOUR, -HOUR):
        here.simulator.control(f"jump 1 {seconds}")
        here.wait_segments(2, "cam1")
        row.note()
    outcome = here.finish()
    own_gaps(outcome, here)
    row.lose(outcome)
    assert outcome.lost_seconds() <= 1


def test_resolution_changes(scene, fault):
    row = fault(12, "SPS and resolution change")
    here = scene(cameras=2, segment_seconds=4)
    here.wait_recording()
    run = here.camera()["run"]
    for size in ("640x360", "480x270", "320x180"):
        here.wait_segments(1, "cam1")
        assert here.simulator.control(f"resolution 1 {size}")["ok"]
        here.wait_frames(30)
        row.note()
    here.wait_segments(1, "cam1")
    outcome = here.finish()
    nothing_lost(outcome, here)
    assert {segment["run"] for segment in here.segments("cam1")} == {run}
    for segment in here.segments("cam1"):
        shown = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "frame=width", "-of", "csv=p=0",
                                segment["path"]], capture_output=True, text=True, check=True).stdout
        assert len(set(shown.replace(",", "").split())) == 1, "a segment holds pictures of one size"


@pytest.mark.parametrize("codec", ("aac", "pcmu"))
def test_audio_dies(scene, fault, codec):
    row = fault(13, "audio dies")
    here = scene(cameras=2, simulator=("--audio", codec))
    here.wait_recording()
    here.wait_segments(1, "cam1")
    for word in ("off", "on", "off"):
        here.simulator.control(f"audio 1 {word}")
        here.wait_segments(2, "cam1")
        row.note()
    nothing_lost(here.finish(), here)


def memory_mib(pid: int) -> float:
    """PSS."""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise KeyError("Pss")


@pytest.mark.parametrize("gop", ("60", "endless"))
def test_long_gop(scene, fault, gop):
    """The segment grows until a key frame comes; memory does not, and a kill costs a second at most."""
    row = fault(14, "GOP of 60 s" if gop == "60" else "GOP without end")
    here = scene(cameras=2, simulator=("--bitrate", "4000", "--camera", f"1:gop={gop}"))

    def has_a_key_frame():
        if here.camera()["state"] == "recording":
            return True
        here.simulator.control("key 1")
        return False
    here.wait(has_a_key_frame, "cam1 to record")
    here.wait_recording()
    here.wait_received(50)
    before = here.camera()
    small = memory_mib(before["worker_pid"])
    here.wait_received(50 + 25 * 10)
    grown = memory_mib(before["worker_pid"]) - small
    assert grown < 3, f"{grown:.1f} MiB more after 10 s of 4 Mbit/s (5 MB)"
    send([before["worker_pid"]], signal.SIGKILL)
    here.wait(lambda: here.camera()["state"] != "recording", "the death to be noticed")
    began = time.monotonic()
    here.wait(has_a_key_frame, "cam1 to record again")
    row.note(time.monotonic() - began)
    here.wait_received(25)
    outcome = here.finish()
    own_gaps(outcome, here)
    row.lose(outcome)
    assert outcome.lost_seconds() <= MOST_LOST, outcome.lost


@pytest.mark.parametrize("codec", ("h264", "h265"))
def test_b_frames(scene, fault, codec):
    row = fault(15, "B-frames")
    here = scene(cameras=2, simulator=("--bframes", "2", "--codec", codec))
    here.wait_recording()
    here.wait_segments(3, "cam1")
    row.note()
    nothing_lost(here.finish(), here)


@pytest.mark.parametrize("kind", ("same", "back"))
def test_wrong_timestamps(scene, fault, kind):
    row = fault(15, "equal and backward timestamps")
    here = scene(cameras=2)
    here.wait_recording()
    here.wait_segments(1, "cam1")
    here.simulator.control(f"stamps 1 {kind}")
    here.wait_segments(3, "cam1")
    row.note()
    nothing_lost(here.finish(), here)
