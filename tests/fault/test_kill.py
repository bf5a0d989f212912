# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rows 1, 2 and 26: processes killed with SIGKILL, at random moments and at each step of finishing a file."""

import os
import random
import signal
import time

import pytest
from fault_scene import MOST_LOST, alive
from left_workers import send
from main_loop import allowed

# Where a worker is killed: when and at which call for a file that is being written.
STEPS = ("open before", "open after", "write half", "fdatasync before", "fdatasync after", "truncate after", "close before",
         "close after", "rename before", "rename after", "syncdir before", "syncdir after")


def random_moment(scene, chance: random.Random) -> None:
    scene.wait_frames(chance.randint(1, 75))


def check_lost(outcome, fault, *names: str) -> None:
    outcome.check()
    fault.lose(outcome, *names)
    for name in names:
        assert outcome.lost_seconds(name) <= MOST_LOST, (name, outcome.lost[name], outcome.accounts[name].holes)


@pytest.mark.ingest
def test_workers_killed_at_random(scene, fault):
    row = fault(1, "kill -9 of a worker, at random")
    here = scene(cameras=5)
    victims, chance = here.names[:4], random.Random(1)
    here.wait_recording()
    for _ in range(2):
        befores = []
        for name in chance.sample(victims, 4):
            random_moment(here, chance)
            befores.append((here.kill_worker(name), time.monotonic()))
        for before, killed in befores:
            here.wait_new_run(before)
            row.note()
            assert here.camera(before["id"])["worker_pid"] != before["worker_pid"]
        here.wait_segments(1, *victims)
    outcome = here.finish(witnesses=False)
    assert not here.gaps("cam5") and not outcome.accounts["cam5"].holes
    check_lost(outcome, row, *victims)
    for name in victims:
        gaps = here.gaps(name)
        assert [gap["reason"] for gap in gaps] == ["worker-died"] * 2
        row.recovered = max([row.recovered or 0, *((gap["end_us"] - gap["start_us"]) / 1e6 for gap in gaps)])
    assert row.recovered <= allowed(5)


def test_workers_killed_while_they_finish_a_file(scene, fault):
    row = fault(2, "kill at each step of finishing a file")
    here = scene(cameras=len(STEPS) + 1, shim=True)
    names = here.names[:-1]
    here.wait_recording(seconds=40)
    befores = {name: here.camera(name) for name in names}
    lines = [f"prefix {here.recordings}", "program tyto-worker"]
    for name, step in zip(names, STEPS):
        operation, when = step.split()
        lines += [f"match /{name}/", f"kill {operation} {when} 1"]
    here.shim.set(*lines)
    here.wait(lambda: len(here.shim.events("kill")) == len(STEPS), "a kill at each step", 20)
    for before in befores.values():
        here.wait_new_run(before)
        row.note()
    here.shim.clear()
    here.wait_segments(1, *names)
    here.service.kill()  # a file that was opened and never told of is found at the next start
    here.service.start()
    here.wait_recording()
    outcome = here.finish(witnesses=False)
    assert not here.gaps(here.names[-1]) and not outcome.accounts[here.names[-1]].holes
    assert {(event.operation, event.program) for event in here.shim.events("kill")} == {(step.split()[0], "tyto-worker") for step in STEPS}
    check_lost(outcome, row, *names)


@pytest.mark.parametrize("step", ("rename before", "rename after", "syncdir before"))
def test_tytod_killed_while_it_recovers_a_file(scene, fault, step):
    row = fault(2, "kill while a file is recovered")
    here = scene(cameras=2, shim=True, segment_seconds=4)
    here.wait_recording()
    here.wait_segments(1)
    here.wait_frames(50)  # what is written now is worth recovering
    before = here.camera()
    here.shim.set(f"prefix {here.recordings}", "program tytod", "match /cam1/", f"kill {step} 1")
    send([before["worker_pid"]], signal.SIGKILL)
    here.wait(lambda: here.service.process.poll() is not None, "tytod to be killed", 20)
    here.service.wait()
    here.service.start()
    row.note(here.wait_new_run(before))
    here.wait_segments(1)
    check_lost(here.finish(), row, "cam1")


def test_tytod_killed_while_workers_record(scene, fault):
    row = fault(26, "kill -9 of tytod")
    here = scene(cameras=3)
    chance = random.Random(26)
    here.wait_recording()
    pids = {name: here.camera(name)["worker_pid"] for name in here.names}
    runs = {name: here.camera(name)["run"] for name in here.names}
    for _ in range(5):
        random_moment(here, chance)
        here.service.kill()
        assert all(alive(pid) for pid in pids.values())
        here.wait_frames(chance.choice((0, 10, 60)))  # some segments close while nobody listens
        here.service.start()
        row.note(here.recovery(seconds=5))
        assert {name: here.camera(name)["worker_pid"] for name in here.names} == pids
        assert {name: here.camera(name)["run"] for name in here.names} == runs
    here.wait_segments(1)
    outcome = here.finish(witnesses=False)
    check_lost(outcome, row, *here.names)
    assert row.lost_frames == 0 and here.service.rows("gaps") == []


def test_both_killed_at_once(scene, fault):
    """As when the machine's memory is gone: nobody is left to adopt."""
    row = fault(26, "kill -9 of tytod and its workers")
    here = scene(cameras=2)
    here.wait_recording()
    here.wait_segments(1)
    before = here.camera()
    workers = here.worker_pids()
    os.kill(here.service.pid, signal.SIGKILL)
    send(workers, signal.SIGKILL)
    here.service.wait()
    here.service.start()
    row.note(here.wait_new_run(before))
    here.wait_segments(1)
    outcome = here.finish(witnesses=False)
    check_lost(outcome, row, *here.names)
