# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rows 17 to 19: a disk that is full, fails or stalls."""

import subprocess
import time

import pytest
from main_loop import allowed

FULL_SIZE = 16  # MiB


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, of FULL_SIZE MiB. Needs root."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={FULL_SIZE}m", "tyto-fault", str(place)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"a small file system cannot be mounted (root is needed): {done.stderr}"
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(hog) -> bool:
    """Takes the room that there is, again when a segment that ends gives back what it had allocated ahead."""
    for size in (1 << 16, 1 << 12):
        try:
            while True:
                hog.write(bytes(size))
        except OSError:
            pass
    return True


def raised(here, kind: str) -> list[dict]:
    return [alert for alert in here.service.api("GET", "/api/v1/alerts?standing=true")["items"] if alert["kind"] == kind]


def test_disk_fills_up(scene, fault, small_disk):
    """Another program takes the room in the middle of a fragment; the floor does not help against that."""
    row = fault(17, "disk full in mid-fragment")
    here = scene(cameras=2, simulator=("--bitrate", "1000"), segment_seconds=4, add=False,
                 settings=f"output-dir='{small_disk}'\ndisk-floor-mib=0\ndisk-floor-percent=0\n")
    here.root = small_disk
    here.add(1, 2)
    here.wait_recording()
    here.wait_segments(1)
    with open(small_disk / "hog", "wb", buffering=0) as hog:
        began = time.monotonic()
        here.wait(lambda: fill(hog) and raised(here, "disk-full"), "the alarm", 10)
        alarm = time.monotonic() - began
        here.wait(lambda: fill(hog) and all(here.gaps(name) for name in here.names), "gaps", 10)
        here.wait_frames(75)
    (small_disk / "hog").unlink()
    freed = time.monotonic()
    here.wait(lambda: not raised(here, "disk-full"), "the alarm to be cleared", 20)
    here.wait_recording()
    row.note(time.monotonic() - freed)
    here.wait_segments(1)
    outcome = here.finish(witnesses=False)
    outcome.check()
    assert alarm <= allowed(7), "1 s after the first write that failed: by the next segment, which has nothing allocated ahead"
    assert row.recovered <= allowed(5)
    for name in here.names:
        assert {gap["reason"] for gap in here.gaps(name)} == {"disk-full"}
    row.lose(outcome, *here.names)


@pytest.mark.parametrize("operation", ("fdatasync", "write"))
def test_disk_fails(scene, fault, operation):
    row = fault(18, f"EIO on {operation}")
    here = scene(cameras=2, shim=True, segment_seconds=4)
    here.wait_recording()
    here.wait_segments(1)
    run = here.camera()
    here.shim.set(f"prefix {here.recordings}", "trace", "match /cam1/", f"fail {operation} EIO 1")
    failed = here.wait(lambda: here.shim.events("fail"), "the failure")[0]
    row.note(here.recovery("cam1"))
    here.wait_segments(2, "cam1")
    calls = [event for event in here.shim.events() if event.path == failed.path]
    after = calls[calls.index(failed) + 1:]
    assert not [event for event in after if event.operation in ("fdatasync", "fsync") and event.program == failed.program], \
        "a failed fsync is not tried again"
    outcome = here.finish()
    outcome.check()
    row.lose(outcome)
    assert {gap["reason"] for gap in here.gaps()} <= {"disk"} and here.gaps()
    assert outcome.accounts["cam1"].missing <= 25 * allowed(3), (outcome.accounts["cam1"].holes, run)


@pytest.mark.parametrize("operation", ("write", "fdatasync"))
def test_disk_stalls(scene, fault, operation):
    """Within what may wait in memory nothing is lost."""
    row = fault(19, f"{operation} stalls for 5 s")
    here = scene(cameras=2, shim=True)
    here.wait_recording()
    here.wait_segments(1)
    here.shim.set(f"prefix {here.recordings}", "match /cam1/", f"stall {operation} 5 1")
    here.wait(lambda: here.shim.events("stalled"), "the stall to end", 20)
    row.note()
    here.wait_segments(2)
    outcome = here.finish()
    outcome.check()
    row.lose(outcome)
    assert not outcome.accounts["cam1"].holes and here.gaps() == []


def test_disk_stalls_beyond_the_memory(scene, fault):
    """Whole GOPs go, each with a gap row; the other camera does not notice."""
    row = fault(19, "write stalls beyond the queue")
    here = scene(cameras=2, shim=True, simulator=("--camera", "1:bitrate=6000,width=640,height=360"), settings="queue-mib=1\n")
    here.wait_recording()
    here.wait_segments(1)
    here.shim.set(f"prefix {here.recordings}", "match /cam1/", "stall write 5 1")
    here.wait(lambda: here.shim.events("stalled"), "the stall to end", 20)
    row.note(here.recovery("cam1"))
    here.wait_segments(2)
    outcome = here.finish()
    outcome.check()
    row.lose(outcome)
    assert {gap["reason"] for gap in here.gaps()} == {"disk-slow"}
    assert outcome.accounts["cam1"].missing > 0
