# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cameras that ask for another session while they are recorded: REDIRECT and ANNOUNCE (RFC 2326, 10.10 and 10.3), by the lean engine."""

import pathlib

import frames
import pytest
from boundaries import undivided
from main_loop import wait_until

SMALL = ("--gop", "1", "--width", "640", "--height", "360", "--bitrate", "1000")
NEVER = 30000  # ms: a test that waited for an ordinary retry would fail


def settings(**others) -> dict:
    return {"segment_seconds": undivided(), "thumbnail_seconds": 0, "ingest": "lean"} | others


def sessions(simulator) -> int:
    return sum(len(stream["sessions"]) for stream in simulator.control("stats 1")["streams"])


def check_ended(link, number: int, word: str) -> None:
    """Run @number was ended by the camera, with all that it received in its segments."""
    ended = link.wait_told("RunEnded", "cam1", number)[number - 1]
    assert ended["reason"] == "camera-ended" and word in ended["detail"]
    closed = [row for row in link.told("SegmentClosed", "cam1") if row["run"] == ended["run"]]
    found = [frame for row in closed for frame in frames.frames(row["path"])]
    assert len(found) == ended["frames-recorded"] == ended["frames-received"]
    assert [frame.frame for frame in found] == list(range(found[0].frame, found[-1].frame + 1))
    assert all(frames.decode_errors(row["path"]) == "" for row in closed)


@pytest.mark.asan
def test_a_redirect_is_followed_at_once(camsim, worker, tmp_path):
    (tmp_path / "password").write_text("s3cret")
    access = ("--auth", "digest", "--user", "viewer", "--password-file", tmp_path / "password")
    first, second = (camsim("--cameras", "1", *access, *SMALL) for _ in range(2))
    link = worker()
    link.add("cam1", first.url(1), root=str(tmp_path), **settings(user="viewer", password="s3cret", retry_initial_ms=NEVER))
    link.wait_told("SegmentOpened", "cam1")
    first.control(f"redirect 1 {second.url(1)}")
    started = link.wait_told("RunStarted", "cam1", 2)
    check_ended(link, 1, "REDIRECT")
    assert started[1]["wall-start"] >= link.told("RunEnded", "cam1")[0]["wall-end"]
    wait_until(lambda: (sessions(first), sessions(second)) == (0, 1), "one session, at the second camera")
    wait_until(lambda: link.states("cam1") == ["connecting", "recording", "retrying", "connecting", "recording"], "all states")
    details = link.told("CameraState", "cam1")[2][1]
    assert details["reason"] == "camera-ended" and "retry-in" not in details and details["attempts"] == 0
    link.wait_told("SegmentOpened", "cam1", 2)
    second.control("redirect 1")  # to where it is
    link.wait_told("RunStarted", "cam1", 3)
    check_ended(link, 2, "REDIRECT")
    wait_until(lambda: (sessions(first), sessions(second)) == (0, 1), "still one session")


def test_redirects_without_end_are_not_followed(camsim, worker, tmp_path):
    simulator = camsim("--cameras", "1", *SMALL)
    link = worker()
    link.add("cam1", simulator.url(1), root=str(tmp_path), **settings(retry_initial_ms=70))
    for number in range(1, 7):
        link.wait_told("SegmentOpened", "cam1", number)
        simulator.control("redirect 1")
    link.wait_told("RunStarted", "cam1", 7)
    retries = [details.get("retry-in", 0) for state, details in link.told("CameraState", "cam1") if state == "retrying"]
    assert retries == [0] * 5 + [70]


@pytest.mark.asan
def test_a_changed_description_begins_a_new_run(camsim, worker, tmp_path):
    simulator = camsim("--cameras", "1", *SMALL)
    link = worker()
    link.add("cam1", simulator.url(1), root=str(tmp_path), **settings(retry_initial_ms=NEVER))
    first = link.wait_told("RunStarted", "cam1")[0]
    link.wait_told("SegmentOpened", "cam1")
    simulator.control("announce 1")  # what it said before
    simulator.control("resolution 1 320x180")
    link.wait_told("SegmentOpened", "cam1", 2)  # the run goes on: its pictures say it
    simulator.control("announce 1")
    second = link.wait_told("RunStarted", "cam1", 2)[1]
    check_ended(link, 1, "ANNOUNCE")
    assert [(run["width"], run["height"]) for run in (first, second)] == [(640, 360), (320, 180)]
    assert {pathlib.Path(row["path"]).exists() for row in link.told("SegmentClosed", "cam1")} == {True}
    wait_until(lambda: sessions(simulator) == 1, "one session")
