# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many cameras: which worker they are in, how soon they record, and what one of them can do to the others."""

import os
import pathlib
import signal
import time

import pytest
from main_loop import allowed, wait_until

SMALL = ("--gop", "1", "--fps", "5", "--width", "160", "--height", "96", "--bitrate", "100")


@pytest.fixture
def fleet(camsim, tytod, tmp_path):
    """fleet(count, **settings): a tytod that finds @count cameras in its settings at its start."""

    def start(count: int, **settings):
        simulator = camsim("--cameras", str(count), *SMALL)
        state = tmp_path / "state"
        state.mkdir(mode=0o700)
        lines = ["[tyto]", "thumbnail-seconds=0", *(f"{key.replace('_', '-')}={value}" for key, value in settings.items())]
        for number in range(1, count + 1):
            lines += [f"[cameras/cam{number:02}]", f"url='{simulator.url(number)}'"]
        (state / "tyto.conf").write_text("\n".join(lines) + "\n")
        return tytod(state=state, segment_seconds=3600)

    return start


def rows(service) -> list[dict]:
    return service.api("GET", "/api/v1/cameras")["items"]


def workers(service) -> dict[int, set[str]]:
    """The cameras of each worker's process; those without one are under 0."""
    found: dict[int, set[str]] = {}
    for row in rows(service):
        found.setdefault(row["worker_pid"], set()).add(row["id"])
    return found


def wait_recording(service, count: int, seconds: float) -> None:
    wait_until(lambda: sum(row["state"] == "recording" for row in rows(service)) == count, f"{count} cameras to record", seconds)


def test_cameras_of_a_start_connect_beside_each_other(fleet):
    service = fleet(20, cameras_per_worker=10, connect_stagger_ms=5)
    begun = time.monotonic()
    wait_recording(service, 20, allowed(10))
    assert time.monotonic() - begun < allowed(5)
    assert sorted(len(cameras) for cameras in workers(service).values()) == [10, 10]


def test_a_new_camera_goes_where_there_are_fewest(fleet):
    service = fleet(6, cameras_per_worker=3)
    wait_recording(service, 6, 15)
    before = workers(service)
    assert sorted(len(cameras) for cameras in before.values()) == [3, 3]
    (first, emptier), (_, other) = before.items()
    for camera in sorted(emptier)[:2]:
        service.api("DELETE", f"/api/v1/cameras/{camera}")
    left = sorted(other)[0]
    service.api("DELETE", f"/api/v1/cameras/{left}")
    service.api("POST", "/api/v1/cameras", {"id": "new", "url": "rtsp://127.0.0.1:9/none"})
    wait_until(lambda: "new" in workers(service).get(first, ()), "the new camera to be in the emptier worker")


def test_all_cameras_of_a_killed_worker_are_back_in_5_s(fleet):
    service = fleet(16, cameras_per_worker=16)
    wait_recording(service, 16, 15)
    pid, = workers(service)
    runs = {row["id"]: row["run"] for row in rows(service)}
    os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    wait_until(lambda: all(row["state"] == "recording" and row["current_path"] and row["run"] != runs[row["id"]] for row in rows(service)),
               "all to record again", allowed(10))
    assert time.monotonic() - killed < allowed(5)
    assert {row["worker_restarts"] for row in rows(service)} == {1}


def kill_worker_of(service, camera: str, killed: set[int]) -> bool:
    """As the camera itself would: once in the life of a worker, as soon as it records. Whether it is in a worker of its own."""
    row = service.camera(camera)
    pid = row["worker_pid"]
    places = workers(service)
    alone = places.get(pid) == {camera} and 0 not in places
    if row["state"] == "recording" and pid not in killed and pathlib.Path(f"/proc/{pid}/exe").exists():
        killed.add(pid)
        os.kill(pid, signal.SIGKILL)
    return alone


def test_a_camera_that_kills_its_worker_comes_to_be_alone(fleet):
    service = fleet(8, cameras_per_worker=8)
    wait_recording(service, 8, 15)
    killed: set[int] = set()
    wait_until(lambda: kill_worker_of(service, "cam03", killed), "cam03 to be alone in its worker", 45)
    wait_until(lambda: sum(row["state"] == "recording" for row in rows(service) if row["id"] != "cam03") == 7, "the others to record", 15)
    others = {row["id"]: row["run"] for row in rows(service) if row["id"] != "cam03"}
    dead = len(killed)
    wait_until(lambda: kill_worker_of(service, "cam03", killed) and len(killed) > dead, "it to be killed again", 20)
    wait_until(lambda: service.camera("cam03")["state"] != "recording", "that to be noticed")
    assert {row["id"]: row["run"] for row in rows(service) if row["id"] != "cam03"} == others
    restarts = {row["id"]: row["worker_restarts"] for row in rows(service)}
    assert max(restarts.values()) == restarts["cam03"]
    assert sorted(restarts.values())[:4] == [2, 2, 2, 2], "half of them have nothing more to do with it after its second time"
    assert "keeps dying" in service.log
