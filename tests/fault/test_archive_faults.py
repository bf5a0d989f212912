# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rows 21–23 of the matrix: the object store away, failing, and deaths in the middle of uploads; and a day of a fleet."""

import json
import os
import pathlib
import random
import signal
import time

import pytest
from archive_bucket import Bucket, problems, waiting
from fault_scene import alive
from left_workers import find, send
from s3_faults import S3Faults

PARTS = "upload-part-mib=5\nupload-threshold-mib=5\n"
KILLS = 24
DAY = int(os.environ.get("TYTO_ARCHIVE_DAY", "6"))  # segments of each of 100 cameras; a whole day of 15 minutes each is 96


@pytest.fixture
def faults(radosgw):
    made = S3Faults(radosgw.endpoint)
    yield made
    made.stop()


class Archive:
    """A tytod whose recordings wait for a bucket behind a proxy that fails when told."""

    def __init__(self, tytod, state: pathlib.Path, access, settings: str = ""):
        self.tytod, self.state, self.access = tytod, state, access
        self.bucket = Bucket(access)
        self.settings = settings
        state.mkdir(mode=0o700, exist_ok=True)
        (state / "tyto.conf").write_text(f"[tyto]\nthumbnail-seconds=0\n{settings}")

    def fill(self, cameras: int, each: int, size: int, first: int = 1) -> int:
        """While no tytod runs."""
        if not (self.state / "catalogue.db").exists():
            assert self.tytod(state=self.state).stop() == 0
        return waiting(self.state, cameras, each, size, first=first)

    def start(self, endpoint: str = ""):
        environment = self.access.environment | ({"S3_ENDPOINT": endpoint} if endpoint else {})
        self.service = self.tytod(state=self.state, **environment)
        return self.service

    def describe(self) -> dict:
        return self.service.api("GET", "/api/v1/archive")

    def uploads(self) -> dict:
        return self.service.api("GET", "/api/v1/uploads")

    def retry(self) -> None:
        self.service.api("POST", "/api/v1/uploads/retry")

    @property
    def left(self) -> int:
        return self.uploads()["waiting"]["segments"]

    def check(self, count: int) -> None:
        rows = self.service.rows("segments")
        found = problems(self.bucket, rows)
        assert len(rows) == count and not found, f"{len(found)} problems:\n" + "\n".join(found[:20])


@pytest.fixture
def made(tytod, tmp_path, radosgw, s3_bucket):
    def make(settings: str = "") -> Archive:
        return Archive(tytod, tmp_path / "state", s3_bucket(radosgw), settings)

    return make


def hurried(archive: Archive):
    """A condition: nothing is left; what failed is not waited for, as after the 80 s of the schedule."""
    def drained() -> bool:
        said = archive.uploads()
        if said["failing"]:
            archive.retry()
        return said["waiting"]["segments"] == 0
    return drained


def test_store_away_while_recording(scene, faults, radosgw, s3_bucket, fault):
    """Row 21: nothing of what is recorded is lost, a dead store costs one request now and then, and the backlog drains."""
    row = fault(21, "object store down, then up again")
    access = s3_bucket(radosgw)
    one = scene(segment_seconds=1, environment=access.environment | {"S3_ENDPOINT": faults.endpoint})
    bucket = Bucket(access)
    one.wait_recording()

    def said() -> dict:
        return one.service.api("GET", "/api/v1/archive")

    one.wait(lambda: said()["uploaded"] >= 2, "uploads", 30)
    faults.down()
    one.wait(lambda: said()["state"] == "failing", "the breaker to open", 40)
    tried = said()["failures"]
    one.wait_segments(4)
    assert said()["failures"] - tried <= 3, "the store is probed, not stormed"
    one.wait(lambda: said()["waiting"]["segments"] >= 4, "what waits to be counted")
    assert said()["next_try"] and said()["reason"]
    faults.up()
    began = time.monotonic()
    one.service.api("POST", "/api/v1/uploads/retry")  # the probe would come within 80 s
    one.wait(lambda: said()["state"] == "ok" and said()["waiting"]["segments"] <= 2, "the backlog to drain", 30)
    row.note(time.monotonic() - began)
    outcome = one.finish().check()
    row.lose(outcome)
    assert all(not lost for lost in (sum(one) for one in outcome.lost.values())), outcome.lost
    one.wait(lambda: said()["waiting"]["segments"] == 0, "the last ones")
    found = problems(bucket, one.service.rows("segments"))
    assert not found, found


RULES = [("slow-down", {}), ("error", {}), ("reset", {}), ("reset-body", {"method": "PUT"}), ("lost", {"method": "PUT"}), ("cut", {}),
         ("lost", {"method": "POST", "target": "uploadId="}), ("cut", {"method": "POST", "target": "uploadId="}),
         ("error-200", {"method": "POST", "target": "uploadId="}), ("lost", {"method": "POST", "target": "uploads"})]


def test_each_way_to_fail(made, faults, wait_for, fault):
    """Row 22: twice in a row each, among single PUTs and multipart uploads."""
    row = fault(22, "503, reset, cut answer, 200 with an error")
    archive = made(PARTS)
    count = archive.fill(2, 4, 3000) + archive.fill(1, 3, 11_000_000, first=3)
    for kind, match in RULES:
        faults.add(kind, times=2, **match)
        row.note()
    archive.start(faults.endpoint)
    began = time.monotonic()
    wait_for(hurried(archive), "all uploads", 60)
    row.note(time.monotonic() - began)
    assert len([one for one in faults.requests if one.fault]) >= len(RULES)
    archive.check(count)


def kill_worker(archive: Archive) -> None:
    """If there is one; what was told a moment ago may have ended."""
    send([archive.describe()["worker_pid"]], signal.SIGKILL)


def kill_everything(archive: Archive) -> None:
    """The machine goes down: tytod, and the worker without a moment to end by itself."""
    os.kill(archive.service.pid, signal.SIGSTOP)
    send(find(archive.state.parent), signal.SIGKILL)
    archive.service.kill()


def kill_tytod(archive: Archive) -> None:
    archive.service.kill()


def test_killed_in_the_middle(made, wait_for, fault, radosgw, s3_bucket):
    """Row 23: kill -9 of the worker, of tytod and of both at any point: exactly one right object each, nothing left behind."""
    row = fault(23, "kill -9 of tytod and worker during uploads")
    chance = random.Random(23)
    archive = made(PARTS + "upload-concurrency=6\n")
    count = 0
    for number in range(KILLS // 4):
        count += archive.fill(2, 10, 3000, first=1 + 3 * number) + archive.fill(1, 2, 11_000_000, first=3 + 3 * number)
        archive.start()
        for kill in chance.sample([kill_worker, kill_worker, kill_tytod, kill_everything], 4):
            target = archive.describe()["uploaded"] + chance.randrange(3)
            until = time.monotonic() + chance.random() * 0.3
            wait_for(lambda target=target, until=until: archive.describe()["uploaded"] >= target or time.monotonic() > until,
                     "some uploads", 20)
            began = time.monotonic()
            kill(archive)
            row.note(time.monotonic() - began)
            if kill is not kill_worker:
                archive.start()
            archive.retry()
        wait_for(hurried(archive), "all uploads", 60)
        archive.check(count)
        assert archive.service.stop() == 0


def test_a_day_of_a_fleet(made, faults, wait_for, fault, record_property):
    """100 cameras, a segment each 15 minutes, a store that fails a third of all requests: all there, all checksums equal."""
    row = fault(22, "a third of all requests fails, 100 cameras")
    archive = made("upload-concurrency=32\n")
    count = archive.fill(100, DAY, 3000)
    faults.add("error", share=1 / 3, times=None, seed=7)
    archive.start(faults.endpoint)
    began = time.monotonic()
    wait_for(hurried(archive), "all uploads", 900)
    seconds = time.monotonic() - began
    row.note(seconds)
    faults.clear()
    failed = sum(1 for one in faults.requests if one.fault)
    record_property("day", json.dumps({"segments": count, "seconds": seconds, "requests": len(faults.requests), "failed": failed}))
    print(f"{count} segments in {seconds:.1f} s; {failed} of {len(faults.requests)} requests failed")
    assert failed > len(faults.requests) / 4
    archive.check(count)


def test_the_worker_ends_with_tytod(made, wait_for):
    archive = made()
    archive.fill(1, 1, 3000)
    archive.start()
    wait_for(lambda: archive.left == 0, "the upload")
    pid = archive.describe()["worker_pid"]
    archive.service.kill()
    wait_for(lambda: not alive(pid), "the worker to end")
