# SPDX-License-Identifier: LGPL-2.1-or-later
"""filesrc ! segmentindex ! s3sink by hand: a recording goes to a bucket, and its row into a real PostgreSQL."""

import hashlib
import os
import pathlib
import signal
import subprocess

import pytest
from boundaries import undivided
from main_loop import allowed
from postgresql import postgresql


@pytest.fixture(scope="module")
def database():
    with postgresql() as server:
        yield server


@pytest.fixture
def gstreamer(tytod_environment, radosgw, s3_bucket):
    """gstreamer(WORDS): runs gst-launch-1.0 with a new bucket's keys; .bucket"""

    def run(line: str, seconds: int = 60) -> subprocess.CompletedProcess:
        keys = {"AWS_ACCESS_KEY_ID": bucket.access_key, "AWS_SECRET_ACCESS_KEY": bucket.secret_key, "AWS_ENDPOINT_URL": bucket.endpoint}
        return subprocess.run(["gst-launch-1.0", *line.split()], env=os.environ | tytod_environment | keys, capture_output=True,
                              text=True, timeout=seconds, check=False)

    bucket = run.bucket = s3_bucket(radosgw)
    return run


@pytest.fixture
def recording(gstreamer, tmp_path) -> pathlib.Path:
    done = gstreamer("-q videotestsrc num-buffers=50 ! video/x-raw,format=I420,width=160,height=128,framerate=25/1 ! x264enc key-int-max=25 ! h264parse ! "
                     f"segmentsink camera=door root={tmp_path}/recordings segment-seconds={undivided()}")
    assert done.returncode == 0, done.stderr
    return next(tmp_path.rglob("*.mp4"))


def test_a_recording_goes_and_is_entered(gstreamer, recording, database):
    line = f"filesrc location={recording} ! segmentindex dsn={database.uri()} ! s3sink uri=s3://{gstreamer.bucket.bucket}/door/1.mp4"
    for _ in range(2):  # again: the same row
        done = gstreamer(line)
        assert done.returncode == 0, done.stderr
    rows = database.sql("SELECT camera, sequence, frames, bytes, sha256, object, path FROM segments")
    content = recording.read_bytes()
    assert rows == [["door", "1", "50", str(len(content)), hashlib.sha256(content).hexdigest(), "door/1.mp4", str(recording)]]
    assert gstreamer.bucket.keys() == ["door/1.mp4"]


def test_out_of_the_bucket_alone_it_is_entered_too(gstreamer, recording, database):
    bucket = gstreamer.bucket.bucket
    assert gstreamer(f"filesrc location={recording} ! s3sink uri=s3://{bucket}/a.mp4").returncode == 0
    done = gstreamer(f"s3src uri=s3://{bucket}/a.mp4 ! segmentindex dsn={database.uri()} ! s3sink uri=s3://{bucket}/copy/a.mp4")
    assert done.returncode == 0, done.stderr
    assert database.sql("SELECT path, tier, frames FROM segments WHERE object = 'copy/a.mp4'") == [["", "archive", "50"]]


def test_a_player_plays_it_out_of_the_bucket(gstreamer, recording):
    bucket = gstreamer.bucket.bucket
    assert gstreamer(f"filesrc location={recording} ! s3sink uri=s3://{bucket}/a.mp4").returncode == 0
    done = gstreamer(f"playbin uri=s3://{bucket}/a.mp4 video-sink=fakesink audio-sink=fakesink")
    assert done.returncode == 0 and "Got EOS" in done.stdout, done.stderr


def test_a_database_that_is_away_is_an_error(gstreamer, recording, tmp_path):
    line = f"filesrc location={recording} ! segmentindex dsn=postgresql:///x?host={tmp_path} ! s3sink uri=s3://{gstreamer.bucket.bucket}/1.mp4"
    done = gstreamer(line)
    assert done.returncode != 0 and "ERROR" in done.stderr and "segmentindex" in done.stderr
    assert gstreamer.bucket.keys() == ["1.mp4"], "the object is there, and goes the same way again"


def test_a_database_that_hangs_does_not_keep_the_pipeline_from_stopping(gstreamer, recording, database, tytod_environment, wait_for):
    bucket = gstreamer.bucket
    environment = os.environ | tytod_environment | {
        "AWS_ACCESS_KEY_ID": bucket.access_key, "AWS_SECRET_ACCESS_KEY": bucket.secret_key, "AWS_ENDPOINT_URL": bucket.endpoint}
    line = f"filesrc location={recording} ! segmentindex dsn={database.uri()} ! s3sink uri=s3://{bucket.bucket}/1.mp4"
    database.signal(signal.SIGSTOP)
    try:
        process = subprocess.Popen(["gst-launch-1.0", *line.split()], env=environment)
        wait_for(lambda: bucket.keys() == ["1.mp4"], "the object")
        process.send_signal(signal.SIGINT)
        process.wait(allowed(5))
    finally:
        database.signal(signal.SIGCONT)
        process.kill()
        process.wait(10)
