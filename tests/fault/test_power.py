# SPDX-License-Identifier: LGPL-2.1-or-later
"""Row 3: the power goes: what was not synced is not there any more, of recordings and catalogue alike."""

import os
import re
import signal

import power_loss
import pytest
from left_workers import send

# s: what was not synced, which is 1.5 s (sync-ms) and what a sync takes on a busy machine, and the fragment that is being gathered.
MOST_LOST = 3.0


def pull_the_plug(here) -> None:
    workers = here.worker_pids()
    for number in (signal.SIGSTOP, signal.SIGKILL):  # nobody gets ahead of the others
        os.kill(here.service.pid, number)
        send(workers, number)
    here.service.wait()


def without_damaged(here, problems: list[str]) -> list[str]:
    """A file that is garbage from its first bytes on, which nobody can read, is kept and told of."""
    told = re.findall(r"Recovery: damaged: (\S+\.part): ", here.service.log)
    return [problem for problem in problems if not problem.startswith(tuple(f"{path} is left over" for path in told))]


@pytest.mark.parametrize("tail, segment_seconds", (("dropped", 2), ("zeroed", 60), ("garbage", 2)))
def test_power_loss(scene, fault, tail, segment_seconds):
    row = fault(3, "power loss")
    here = scene(cameras=3, shim=True, segment_seconds=segment_seconds)
    here.wait_recording()
    assert here.service.stop() == 0
    here.shim.set(f"prefix {here.service.state}", "journal")  # what is there by now is on the disk
    here.service.start()
    here.wait_recording()
    for name in here.names:
        here.wait_received(100, name)
    before = here.camera()
    pull_the_plug(here)
    power_loss.lose_power(here.shim.directory, tail)
    here.service.start()
    row.note(here.wait_new_run(before))
    here.wait_recording()
    for name in here.names:
        here.wait_received(50, name)
    outcome = here.finish(witnesses=False)
    if tail == "garbage":
        outcome.problems = without_damaged(here, outcome.problems)
    outcome.check()
    row.lose(outcome, *here.names)
    assert row.lost_seconds <= MOST_LOST, outcome.lost
    if segment_seconds == 60:
        assert all(len(account.numbers) > 50 for account in outcome.accounts.values()), "the open segment is recovered"
