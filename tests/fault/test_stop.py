# SPDX-License-Identifier: LGPL-2.1-or-later
"""Row 4: SIGTERM while many cameras record: all that was received is in finished files, in ten seconds."""

import time

from boundaries import undivided
from main_loop import allowed

CAMERAS = 30


def test_sigterm_with_many_cameras(scene, fault):
    row = fault(4, f"SIGTERM with {CAMERAS} cameras")
    here = scene(cameras=CAMERAS, segment_seconds=undivided(), settings="cameras-per-worker=5\n", simulator=("--fps", "10", "--bitrate", "100"))
    here.wait_recording(seconds=90)
    for name in here.names:
        here.wait_received(20, name, 60)
    began = time.monotonic()
    assert here.service.stop() == 0
    row.note(time.monotonic() - began)
    assert row.recovered < allowed(10)
    outcome = here.judge()
    outcome.check()
    runs = {run["camera"]: run for run in here.service.rows("runs")}
    for name in here.names:
        assert len(outcome.accounts[name].numbers) == runs[name]["frames_received"] == runs[name]["frames_recorded"]
        assert not outcome.accounts[name].holes
    assert here.service.rows("gaps") == [] and here.worker_pids() == []
