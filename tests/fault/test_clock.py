# SPDX-License-Identifier: LGPL-2.1-or-later
"""Row 11: the recorder's clock is set by an hour while it records. libfaketime stands for clock_settime(2)."""

import pathlib

import pytest

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


@pytest.fixture
def faked(tmp_path, build_dir):
    """Gives (environment, program of the worker, set(seconds))."""
    assert pathlib.Path(LIBRARY).exists(), "the package libfaketime is needed"
    stamp = tmp_path / "faketime"
    stamp.write_text("+0")
    environment = {"LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(stamp), "FAKETIME_CACHE_DURATION": "1",
                   "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    worker = tmp_path / "tyto-worker"  # tytod passes on no FAKETIME_ variables
    exports = "\n".join(f"export {name}='{value}'" for name, value in environment.items())
    worker.write_text(f"#!/bin/sh\n{exports}\nexec {build_dir}/src/worker/tyto-worker \"$@\"\n")
    worker.chmod(0o755)

    def set_clock(seconds: int) -> None:
        prepared = tmp_path / "faketime.new"
        prepared.write_text(f"{seconds:+d}")
        prepared.replace(stamp)

    return environment, worker, set_clock


@pytest.mark.parametrize("steps", ((3600, 0), (-3600, 0)), ids=("forward-and-back", "back-and-forward"))
def test_clock_is_set(scene, fault, faked, steps):
    row = fault(11, "recorder clock ± 1 h")
    environment, worker, set_clock = faked
    here = scene(cameras=2, environment=environment, options=("--worker", worker))
    here.wait_recording()
    here.wait_segments(1)
    run = here.camera()["run"]
    for seconds in steps:
        set_clock(seconds)
        here.wait_segments(3)
        row.note()
    outcome = here.finish()
    outcome.check()
    assert not outcome.accounts["cam1"].holes and {segment["run"] for segment in here.segments("cam1")} == {run}
    names = [segment["path"] for segment in here.segments()]
    assert len(set(names)) == len(names)
