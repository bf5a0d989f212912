# SPDX-License-Identifier: LGPL-2.1-or-later
"""tyto-worker --archive over its private link, to real S3 servers: what it uploads, what stops it, and what is left then."""

import hashlib
import os
import pathlib
import random
import re
import signal
import subprocess

import pytest
from gi.repository import GLib
from main_loop import wait_until

MIB = 1 << 20
PART = 5 * MIB


@pytest.fixture
def file(tmp_path):
    """file(size, name): a file of that size; one size has the same content each time."""

    def make(size: int, name: str = "segment.mp4") -> pathlib.Path:
        path = tmp_path / name
        with open(path, "wb") as to:
            source = random.Random(size)
            for start in range(0, size, MIB):
                to.write(source.randbytes(min(MIB, size - start)))
        return path

    return make


@pytest.fixture
def bucket(radosgw, s3_bucket):
    return s3_bucket(radosgw)


def sha256(path) -> str:
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def check_object(access, key: str, path, tmp_path) -> None:
    access.call("get", key, 0, "end", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == pathlib.Path(path).read_bytes()
    assert access.call("uploads", "")["uploads"] == [], "a stray multipart upload"


def refusal(wait) -> str:
    """The last word of the name of the error that @wait() ends with."""
    with pytest.raises(GLib.Error) as caught:
        wait()
    text = caught.value.message
    assert text.startswith("GDBus.Error:org.tyto.Error."), text
    return text.split(":")[1].rpartition(".")[2]


@pytest.mark.asan
def test_small_and_large_files_and_thumbnails_go(archiver, s3_access, file, tmp_path):
    link = archiver()
    link.configure(s3_access)
    small, picture, large = file(300_000, "a.mp4"), file(20_000, "b.jpg"), file(3 * PART + 1000, "c.ts")
    answers = [link.upload("1", small, "cam/1 ü.mp4", metadata={"tyto-camera": "cam", "tyto-sequence": "7"}),
               link.upload("2", picture, "cam/1.jpg"), link.upload("3", large, "cam/3.ts")]
    begun = link.wait_begun("3")
    stored = [wait() for wait in answers]
    for path, told, key in zip((small, picture, large), stored, ("cam/1 ü.mp4", "cam/1.jpg", "cam/3.ts")):
        assert (told["size"], told["sha256"]) == (path.stat().st_size, sha256(path))
        check_object(s3_access, key, path, tmp_path)
        assert s3_access.call("head", key)["etag"] == told["etag"]
    assert [told["upload"] for told in stored] == ["", "", begun]
    assert stored[0]["etag"] == hashlib.md5(small.read_bytes()).hexdigest() and stored[2]["etag"].endswith("-4")
    head = s3_access.call("head", "cam/1 ü.mp4")
    assert head["content_type"] == "video/mp4" and head["metadata"] == {"tyto-camera": "cam", "tyto-sequence": "7"}
    progress = link.of("Progress", "3")
    assert progress[-1][:2] == (3 * PART + 1000, 3 * PART + 1000) and progress == sorted(progress, key=lambda row: row[0])


def test_nothing_is_sent_before_it_may_go_on(archiver, bucket, file):
    link = archiver()
    link.configure(bucket)
    answer = link.upload("1", file(2 * PART), "one")
    begun = wait_until(lambda: link.of("Begun", "1"), "the multipart upload")[0][0]
    assert bucket.call("parts", "one", begun)["parts"] == []
    link.call("Continue", "(s)", "1")
    assert answer()["upload"] == begun


def test_errors_have_their_names(archiver, bucket, file, tmp_path):
    link = archiver()
    path = file(1000)
    assert refusal(link.upload("1", path, "one")) == "WrongState"
    with pytest.raises(GLib.Error, match="InvalidArgument.*addressing"):
        link.configure(bucket, addressing="sideways")
    with pytest.raises(GLib.Error, match="InvalidArgument.*endpoint"):
        link.configure(bucket, endpoint="")
    link.configure(bucket)
    assert refusal(link.upload("1", tmp_path / "missing.mp4", "one")) == "Storage"
    assert refusal(link.upload("1", "relative.mp4", "one")) == "InvalidArgument"
    link.configure(bucket, secret_key="wrong")
    assert refusal(link.upload("1", path, "one")) == "Forbidden"
    link.configure(bucket, bucket="no-such-bucket")
    assert refusal(link.upload("1", path, "one")) == "NotFound"
    assert refusal(link.upload("1", file(2 * PART), "one")) == "NotFound"
    link.configure(bucket, endpoint="http://127.0.0.1:9")
    assert refusal(link.upload("1", path, "one")) == "Unavailable"
    for method, signature, arguments in (("Cancel", "(sb)", ("1", False)), ("Continue", "(s)", ("1",)), ("DescribePipeline", "(s)", ("1",))):
        assert refusal(link.begin(method, signature, *arguments)) == "NotFound"
    assert bucket.keys() == []


@pytest.mark.parametrize("abort", [False, True])
def test_cancelled_is_resumed_or_aborted(archiver, bucket, file, tmp_path, abort):
    path = file(8 * PART)
    link = archiver()
    link.configure(bucket, bandwidth=6 * MIB)
    answer = link.upload("1", path, "one")
    assert refusal(link.upload("1", path, "one")) == "WrongState"
    begun = link.wait_begun("1")
    link.wait_sent("1", PART)
    line = link.call("DescribePipeline", "(s)", "1")[0]
    assert "filesrc" in line and "! segmentindex !" in line and "s3sink" in line and bucket.secret_key not in line
    wait_until(lambda: bucket.call("parts", "one", begun)["parts"], "a part at the server")
    link.call("Cancel", "(sb)", "1", abort)
    assert refusal(answer) == "Unavailable"
    assert bucket.keys() == []
    assert len(bucket.call("uploads", "")["uploads"]) == (0 if abort else 1)
    link.configure(bucket)
    answer = link.upload("1", path, "one", begun)
    if abort:  # it is gone: another one is begun
        assert link.wait_begun("1") == begun
        wait_until(lambda: len(link.of("Begun", "1")) == 2, "another multipart upload")
        link.call("Continue", "(s)", "1")
    assert (answer()["upload"] == begun) == (not abort)
    check_object(bucket, "one", path, tmp_path)


@pytest.mark.asan
def test_a_killed_worker_leaves_what_the_next_one_goes_on_with(archiver, radosgw, s3_bucket, s3_faults, file, tmp_path):
    bucket = s3_bucket(radosgw)
    path = file(8 * PART)
    link = archiver()
    link.configure(bucket, bandwidth=8 * MIB)
    link.upload("1", path, "one")
    begun = link.wait_begun("1")
    wait_until(lambda: len(bucket.call("parts", "one", begun)["parts"]) >= 2, "two parts at the server")
    link.kill()
    kept = {part["number"] for part in bucket.call("parts", "one", begun)["parts"]}
    faults = s3_faults(radosgw)  # only to see what is asked for
    link = archiver()
    link.configure(bucket.but(endpoint=faults.endpoint))
    stored = link.upload("1", path, "one", begun)()
    assert (stored["upload"], stored["sha256"]) == (begun, sha256(path))
    sent = [int(re.search(r"partNumber=(\d+)", request.target)[1]) for request in faults.requests if request.method == "PUT"]
    # What the server got last of the killed one it may have taken in since.
    assert len(sent) == len(set(sent)) and kept.isdisjoint(sent) and link.of("Begun", "1") == []
    assert link.of("Progress", "1")[-1][0] == path.stat().st_size
    check_object(bucket, "one", path, tmp_path)


def test_parts_of_another_file_are_sent_again(archiver, bucket, file, tmp_path):
    link = archiver()
    link.configure(bucket, bandwidth=6 * MIB)
    answer = link.upload("1", file(3 * PART, "old.mp4"), "one")
    begun = link.wait_begun("1")
    wait_until(lambda: bucket.call("parts", "one", begun)["parts"], "a part at the server")
    link.call("Cancel", "(sb)", "1", False)
    refusal(answer)
    path = file(3 * PART - 5, "new.mp4")
    link.configure(bucket)
    assert link.upload("1", path, "one", begun)()["sha256"] == sha256(path)
    check_object(bucket, "one", path, tmp_path)


@pytest.mark.parametrize("kind", ["slow-down", "reset-body", "lost", "cut", "error-200"])
def test_what_goes_wrong_on_the_way_is_mended(archiver, radosgw, s3_bucket, s3_faults, file, tmp_path, kind):
    bucket = s3_bucket(radosgw)
    faults = s3_faults(bucket)
    path = file(3 * PART)
    link = archiver()
    link.configure(bucket.but(endpoint=faults.endpoint))
    if kind not in ("error-200", "cut"):
        faults.add(kind, method="PUT", times=3, skip=1)
    if kind != "reset-body":
        faults.add(kind, method="POST", target="uploadId=")  # CompleteMultipartUpload
    answers = [link.upload("1", path, "large"), link.upload("2", file(1000, "small.mp4"), "small")]
    link.wait_begun("1")
    assert [answer()["size"] for answer in answers] == [3 * PART, 1000]
    assert any(request.fault == kind for request in faults.requests)
    check_object(bucket, "large", path, tmp_path)
    assert bucket.keys() == ["large", "small"]


@pytest.mark.parametrize("size", [999, 1000])
def test_an_object_that_is_not_what_was_sent_is_an_error(archiver, radosgw, s3_bucket, s3_faults, file, size):
    """Somebody else writes the same key before it is looked at."""
    bucket = s3_bucket(radosgw)
    faults = s3_faults(bucket)
    link = archiver()
    link.configure(bucket.but(endpoint=faults.endpoint), timeout=2)
    faults.add("stall", method="HEAD", times=None)
    answer = link.upload("1", file(1000, "one.mp4"), "one")
    wait_until(lambda: faults.count("stall"), "the object to be looked at")
    another = file(0, "another.mp4")
    another.write_bytes(bytes(size))
    bucket.call("put", "one", another)
    faults.clear()
    assert refusal(answer) == "Internal"


@pytest.mark.asan
@pytest.mark.parametrize("way", ["SIGTERM", "client gone"])
def test_it_ends_and_leaves_its_uploads(archiver, bucket, file, way):
    link = archiver()
    link.configure(bucket, bandwidth=6 * MIB)
    link.upload("1", file(8 * PART), "one")
    link.wait_begun("1")
    link.wait_sent("1", PART)
    if way == "SIGTERM":
        link.process.send_signal(signal.SIGTERM)
    else:
        link.connection.close_sync(None)
    assert link.wait_exit() == 0
    assert bucket.keys() == [] and len(bucket.call("uploads", "")["uploads"]) == 1


def test_the_limit_of_bandwidth_is_for_all(archiver, bucket, file):
    link = archiver()
    link.configure(bucket, bandwidth=4 * MIB)
    start = GLib.get_monotonic_time()
    for answer in [link.upload(str(number), file(3 * MIB, f"{number}.mp4"), f"k{number}") for number in range(2)]:
        answer()
    seconds = (GLib.get_monotonic_time() - start) / 1e6
    between = [sent for name in "01" for sent, _, _ in link.of("Progress", name) if 64_000 < sent < 3 * MIB]
    assert between, "it went in one burst"
    assert seconds >= 1.4, "6 MiB at 4 MiB/s"


def test_an_upload_that_joins_has_its_share_of_the_bandwidth(archiver, bucket, file):
    """What is being sent already gives some of its own."""
    link = archiver()
    link.configure(bucket, bandwidth=2 * MIB)
    start = GLib.get_monotonic_time()
    first = link.upload("first", file(4 * MIB, "first.mp4"), "first")
    link.wait_sent("first", 64_000)
    link.upload("second", file(1 * MIB, "second.mp4"), "second")()
    first()
    assert (GLib.get_monotonic_time() - start) / 1e6 >= 2.2, "5 MiB at 2 MiB/s"


def high_water_kb(process: subprocess.Popen) -> int:
    return int(pathlib.Path(f"/proc/{process.pid}/status").read_text().partition("VmHWM:")[2].split()[0])


def test_memory_is_bounded_by_the_parts(archiver, bucket, file):
    path = file(200 * MIB)
    link = archiver()
    link.configure(bucket)
    link.upload("0", file(1000, "small.mp4"), "zero")()  # plugins are loaded, and what a connection takes
    idle = high_water_kb(link.process)
    answer = link.upload("1", path, "one")
    link.wait_begun("1")
    assert answer()["sha256"] == sha256(path)
    used = high_water_kb(link.process) - idle
    assert used < 3 * PART // 1024 + 6_000, "two parts on their way, one being filled, and a second connection"


def test_tls_is_checked(archiver, bucket, s3_faults, file, tmp_path):
    certificate, key = str(tmp_path / "certificate.pem"), str(tmp_path / "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x", "-days", "2",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], capture_output=True, check=True)
    access = bucket.but(endpoint=s3_faults(bucket, certificate=(certificate, key)).endpoint)
    path = file(2 * PART)
    link = archiver()
    link.configure(access)
    assert refusal(link.upload("1", path, "one")) == "Unavailable"
    link.configure(access.but(ca_file=certificate))
    answer = link.upload("1", path, "one")
    link.wait_begun("1")
    assert answer()["sha256"] == sha256(path)
    link.configure(access.but(ca_file="/nonexistent"))
    assert refusal(link.upload("1", path, "one")) == "InvalidArgument"


def test_no_key_anywhere(archiver, bucket, file, capfd):
    link = archiver(GST_DEBUG="*:5", LOG_LEVEL="debug")
    link.configure(bucket, secret_key="wr0ng-s3cret-key", session_token="s3cret-t0ken")
    assert refusal(link.upload("1", file(2 * PART), "one")) == "Forbidden"
    process = pathlib.Path(f"/proc/{link.process.pid}")
    seen = process.joinpath("cmdline").read_bytes() + process.joinpath("environ").read_bytes()
    link.process.send_signal(signal.SIGTERM)
    assert link.wait_exit(5) == 0
    output = capfd.readouterr()
    assert b"s3cret" not in seen and "s3cret" not in output.out + output.err
    assert "s3sink" in output.err, "the log was not read"


def test_by_hand_as_the_documentation_says(bucket, tytod_environment, file, tmp_path):
    path = file(2 * PART)
    environment = os.environ | tytod_environment | {
        "AWS_ACCESS_KEY_ID": bucket.access_key, "AWS_SECRET_ACCESS_KEY": bucket.secret_key, "AWS_ENDPOINT_URL": bucket.endpoint}
    words = ["gst-launch-1.0", "-m", "filesrc", f"location={path}", "!", "segmentindex", "!", "s3sink", f"uri=s3://{bucket.bucket}/a/b%20c.mp4",
             "part-size=5242880", "threshold=5242880", "metadata=meta,camera=door"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert f"sha256=(string){sha256(path)}" in done.stdout and "s3-upload-done" in done.stdout
    check_object(bucket, "a/b c.mp4", path, tmp_path)
    assert bucket.call("head", "a/b c.mp4")["metadata"] == {"camera": "door"}
    words = ["gst-launch-1.0", "-q", "s3src", f"uri=s3://{bucket.bucket}/a/b%20c.mp4", "!", "filesink", f"location={tmp_path}/again"]
    subprocess.run(words, env=environment, timeout=60, check=True)
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
