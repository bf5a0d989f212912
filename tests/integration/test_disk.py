# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small disk fills up: what is told, what is deleted, and that recording goes on by itself."""

import contextlib
import hashlib
import os
import pathlib
import re
import subprocess
import time

import frames
import pytest
from main_loop import allowed

SIZE = 128  # MiB
FLOOR = 3
SMALL = ("--gop", "1", "--width", "640", "--height", "360", "--bitrate", "1000")
MIB = 1 << 20


@pytest.fixture
def disk(tmp_path):
    """A file system of its own. Needs root."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tyto-disk", str(place)], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, f"a small file system cannot be mounted (root is needed): {done.stderr}"
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def recording(disk, tmp_path, camsim, tytod, wait_for, request):
    """A tytod that records cam1 onto the disk; a parameter is for its configuration."""
    state = tmp_path / "state"
    state.mkdir()
    (state / "tyto.conf").write_text(f"[tyto]\noutput-dir='{disk}'\ndisk-floor-mib={FLOOR}\ndisk-floor-percent=0\nthumbnail-seconds=0\n"
                                     + getattr(request, "param", ""))
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(state=state, segment_seconds=3)
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)})
    wait_for(lambda: service.camera("cam1")["segments"] >= 2, "segments", 20)
    return service


def free(disk: pathlib.Path) -> int:
    about = os.statvfs(disk)
    return about.f_bavail * about.f_frsize


def leave_free(disk: pathlib.Path, size: float) -> None:
    """Another program takes the disk, all but @size bytes of it."""
    with open(disk / "hog", "ab") as file:
        while free(disk) > size:
            with contextlib.suppress(OSError):  # the recorder has taken some of it meanwhile
                os.posix_fallocate(file.fileno(), 0, int(os.fstat(file.fileno()).st_size + free(disk) - size))


def fill(disk: pathlib.Path) -> bool:
    """Takes what is free down to below the floor, again when a segment that ends gives back what it had allocated ahead."""
    if free(disk) >= FLOOR * MIB:
        leave_free(disk, (FLOOR - 1) * MIB)
    return True


def status(service) -> dict:
    return service.api("GET", "/api/v1/status")


def standing(service, kind: str) -> str | None:
    """The severity of the alert that stands."""
    items = service.api("GET", "/api/v1/alerts?standing=true")["items"]
    return next((alert["severity"] for alert in items if alert["kind"] == kind), None)


def segments(service) -> list[dict]:
    return service.api("GET", "/api/v1/segments?camera=cam1&order=asc&limit=1000")["items"]


def gaps(service) -> list[dict]:
    return service.api("GET", "/api/v1/gaps?camera=cam1&order=asc&limit=1000")["items"]


def archive(path: pathlib.Path, beside: bool = False) -> None:
    """Marks a recording as the archive does."""
    mark = f"{path.stat().st_size}:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    if beside:
        path.with_name(path.name + ".archived").write_text(mark)
    else:
        os.setxattr(path, "user.tyto.archived", mark.encode())


def test_it_warns_pauses_and_goes_on_by_itself(recording, disk, wait_for):
    assert status(recording)["disk_state"] == "ok"
    assert status(recording)["disk_floor"] == FLOOR * MIB and standing(recording, "disk-space") is None
    leave_free(disk, SIZE * MIB * 0.15)
    wait_for(lambda: standing(recording, "disk-space") == "warning", "a warning", 5)
    leave_free(disk, SIZE * MIB * 0.09)
    wait_for(lambda: standing(recording, "disk-space") == "critical", "it to be critical", 5)
    assert status(recording)["disk_state"] == "critical" and standing(recording, "disk-full") is None
    assert recording.camera("cam1")["state"] == "recording"

    gap = wait_for(lambda: fill(disk) and next((gap for gap in gaps(recording) if gap["reason"] == "disk-full"), None), "the gap", 10)
    began = time.monotonic()
    wait_for(lambda: standing(recording, "disk-full") == "critical", "the alert", 3)
    assert time.monotonic() - began < allowed(1), "the worker's word is enough"
    assert gap["open"]
    wait_for(lambda: fill(disk) and status(recording)["disk_state"] == "full", "the state", 5)
    assert recording.camera("cam1")["state"] == "recording", "the connection stays"
    before = len(segments(recording))

    (disk / "hog").unlink()
    freed = time.monotonic()
    wait_for(lambda: not gaps(recording)[-1]["open"], "it to go on", 8)
    assert time.monotonic() - freed < allowed(5)
    wait_for(lambda: len(segments(recording)) > before, "a segment")
    wait_for(lambda: standing(recording, "disk-full") is None and standing(recording, "disk-space") is None, "the alerts to be cleared")
    recording.api("POST", "/api/v1/cameras/cam1/stop")
    rows, (gap,) = segments(recording), gaps(recording)
    assert not list(disk.rglob("*.part"))
    last = [row for row in rows if row["end"] <= gap["start"]][-1]
    first = [row for row in rows if row["start"] >= gap["start"]][0]
    assert (gap["start"], gap["end"]) == (last["end"], first["start"])
    assert last["run"] == first["run"]
    numbers = [frame.frame for row in rows for frame in frames.frames(row["path"])]
    missing = set(range(numbers[0], numbers[-1] + 1)) - set(numbers)
    assert len(numbers) == len(set(numbers)) and abs(len(missing) - 25 * gap["duration"]) <= 2, "the gap is what is missing"
    assert all(frames.decode_errors(row["path"]) == "" for row in rows)


@pytest.mark.parametrize("recording", ["fragment-ms=1000\n"], indirect=True, ids=["segments-of-a-fragment"])
def test_a_pause_is_one_gap(recording, disk, wait_for):
    """However many segments come to nothing meanwhile."""
    run = recording.camera("cam1")["run"]
    recording.api("PATCH", "/api/v1/cameras/cam1", {"segment_seconds": 1})
    row = wait_for(lambda: next((row for row in segments(recording) if row["run"] != run), None), "a segment of a second", 20)
    wait_for(lambda: fill(disk) and [gap for gap in gaps(recording) if gap["reason"] == "disk-full"], "the gap", 10)
    before = recording.camera("cam1")["frames_received"]
    wait_for(lambda: fill(disk) and recording.camera("cam1")["frames_received"] > before + 125, "five segments to be left out", 20)
    (disk / "hog").unlink()
    wait_for(lambda: not gaps(recording)[-1]["open"], "it to go on", 10)
    recording.api("POST", "/api/v1/cameras/cam1/stop")
    gap, = [gap for gap in gaps(recording) if gap["reason"] == "disk-full"]
    rows = [found for found in segments(recording) if found["run"] == row["run"]]
    assert gap["start"] == max(found["end"] for found in rows if found["end"] <= gap["start"])
    assert gap["end"] == min(found["start"] for found in rows if found["start"] >= gap["start"])
    numbers = [frame.frame for found in rows for frame in frames.frames(found["path"])]
    assert gap["frames_lost"] == numbers[-1] + 1 - numbers[0] - len(numbers) >= 125


def test_archived_recordings_make_room(recording, disk, wait_for):
    old = disk / "cam0"
    old.mkdir()
    files = [old / f"{number}.mp4" for number in range(12)]
    for number, path in enumerate(files):
        path.write_bytes(os.urandom(MIB))
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    kept = [files[0], files[5]]  # old, but nowhere else
    for number, path in enumerate(files):
        if path not in kept:
            archive(path, beside=number % 2 == 0)
    leave_free(disk, FLOOR * MIB + 100_000)
    wait_for(lambda: free(disk) >= 2 * FLOOR * MIB - MIB, "room", 8)
    wait_for(lambda: status(recording)["disk_reclaimed"] >= 3 * MIB, "it to be told")
    gone = [path for path in files if not path.exists()]
    assert gone == [path for path in files if path not in kept][:len(gone)], "the oldest first"
    # What the next segment reserves may make it necessary again.
    assert 3 <= int(re.findall(r"deleted (\d+) archived", recording.log)[0]) <= 6, "and no more than is needed"
    assert not [path for path in gone if path.with_name(path.name + ".archived").exists()]
    assert not gaps(recording) and recording.camera("cam1")["state"] == "recording"
    assert all(pathlib.Path(row["path"]).exists() for row in segments(recording)), "what is not archived is never deleted"


def test_the_catalogue_has_a_reserve(recording, wait_for):
    reserve = recording.state / "reserve"
    wait_for(lambda: reserve.exists() and reserve.stat().st_blocks * 512 >= 16 * MIB, "the reserve")


def test_the_reserve_is_for_the_catalogue(disk, camsim, tytod, wait_for, tmp_path):
    """The state on a full disk, the recordings on another one: rows go in by the room of the reserve."""
    (disk / "state").mkdir()
    (disk / "state/tyto.conf").write_text(f"[tyto]\noutput-dir='{tmp_path}/recordings'\nthumbnail-seconds=0\n")
    (disk / "hog").touch()
    simulator = camsim("--cameras", "1", *SMALL)
    service = tytod(state=disk / "state", segment_seconds=1)
    wait_for((disk / "state/reserve").exists, "the reserve")
    leave_free(disk, 0)
    refused = service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)}, status=507)
    assert "could not be written" in refused["detail"] and "room" in refused["hint"]
    os.truncate(disk / "hog", (disk / "hog").stat().st_size - 65536)
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)}, status=201)
    leave_free(disk, 0)
    wait_for(lambda: not (disk / "state/reserve").exists(), "the reserve to be given up", 30)
    wait_for(lambda: len(segments(service)) >= 2, "rows", 45)
    (disk / "hog").unlink()
    wait_for((disk / "state/reserve").exists, "the reserve to be made again")
