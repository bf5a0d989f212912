# SPDX-License-Identifier: LGPL-2.1-or-later
"""The S3 client when the server or the way to it fails; and TLS."""

import concurrent.futures
import hashlib
import subprocess
import time

import pytest
from s3_servers import CallFailed

MIB = 1 << 20


@pytest.fixture
def bucket(request, s3_bucket):
    """On radosgw, or on the server that the test is marked with."""
    marker = request.node.get_closest_marker("server")
    return s3_bucket(request.getfixturevalue(marker.args[0] if marker else "radosgw"))


@pytest.fixture
def faults(bucket, s3_faults):
    return s3_faults(bucket)


@pytest.fixture
def access(bucket, faults):
    """The bucket behind the proxy."""
    return bucket.but(endpoint=faults.endpoint)


@pytest.fixture
def body(tmp_path):
    path = tmp_path / "body"
    path.write_bytes(bytes(range(256)) * 4096 * 6)  # 6 MiB
    return path


def failed(access, *words) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        access.call(*words)
    return caught.value


def hurried(access, kind):
    """With a time-out that a stall is to reach; a machine that is busy may reach it once more."""
    return access.but(timeout=1) if "stall" in kind else access


KINDS = ["slow-down", "error", "reset", "reset-body", "lost", "cut", "stall", "stall-lost"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_put_is_tried_again(access, bucket, faults, body, kind):
    faults.add(kind, times=1 if "stall" in kind else 2)
    done = hurried(access, kind).call("put", "a", body)
    assert faults.count(kind) > 0
    assert done["retries"] == faults.count(kind) or "stall" in kind
    assert done["sent"] == 6 * MIB  # what a broken try sent is taken back
    assert bucket.call("head", "a")["etag"] == hashlib.md5(body.read_bytes()).hexdigest()
    assert bucket.keys() == ["a"]


@pytest.mark.parametrize("kind", ["slow-down", "reset-body", "cut", "stall-lost"])
def test_a_file_is_read_again(access, bucket, faults, body, kind):
    faults.add(kind)
    assert hurried(access, kind).call("put-file", "a", body, 0, 6 * MIB)["retries"] >= 1
    assert bucket.call("head", "a")["etag"] == hashlib.md5(body.read_bytes()).hexdigest()


# radosgw knows an upload that it has completed, Swift has forgotten it.
ON_SWIFT = [pytest.param(kind, marks=pytest.mark.server("swift"), id=f"swift-{kind}") for kind in ("error-200", "lost", "cut")]


@pytest.mark.parametrize("kind", [*KINDS, "error-200", *ON_SWIFT])
def test_an_upload_is_completed_once(access, bucket, faults, body, kind):
    upload = access.call("create", "a", "sha256=abc")["upload"]
    access.call("part", "a", upload, 1, body)
    access.call("part", "a", upload, 2, body)
    faults.add(kind, method="POST", target="uploadId=")
    done = hurried(access, kind).call("complete", "a", upload)
    assert faults.count(kind) == 1
    assert done["retries"] == 1 or "stall" in kind
    head = bucket.call("head", "a")
    assert (head["size"], head["metadata"]) == (12 * MIB, {"sha256": "abc"})
    assert bucket.call("uploads", "")["uploads"] == [] and bucket.keys() == ["a"]


def test_an_older_object_is_not_taken_for_the_upload(access, bucket, faults, body):
    """The upload is gone, an answer was lost, and there is an object of the same name that is not ours. (Ceph says 500.)"""
    bucket.call("put", "a", body)
    upload = bucket.call("create", "a")["upload"]
    etag = bucket.call("part", "a", upload, 1, body)["etag"]
    bucket.call("abort", "a", upload)
    faults.add("reset", method="POST", target="uploadId=")
    gone = failed(access, "complete", "a", upload, f"1:{etag}:{6 * MIB + 1}")
    assert gone.name == "not-found" and "from the beginning" in gone.message


@pytest.mark.parametrize("kind", ["slow-down", "reset", "cut", "lost"])
@pytest.mark.parametrize("words", [("head", "a"), ("list", "", 0), ("read", "a", 1, 2, "/dev/null"), ("delete", "b"), ("delete-many", "b"),
                                   ("uploads", "")], ids=lambda words: words[0])
def test_questions_are_asked_again(access, faults, bucket, body, tmp_path, kind, words):
    bucket.call("put", "a", body)
    words = [tmp_path / "back" if word == "/dev/null" else word for word in words]
    faults.add(kind)
    assert access.call(*words)["retries"] == 1
    assert len(faults.requests) == 2


def test_a_cut_object_is_read_again(access, bucket, faults, body, tmp_path):
    bucket.call("put", "a", body)
    faults.add("cut", times=2)
    assert access.call("read", "a", 0, "end", tmp_path / "back")["retries"] == 2
    assert (tmp_path / "back").read_bytes() == body.read_bytes()


def test_a_cut_stream_is_the_readers_to_see(access, bucket, faults, body, tmp_path):
    bucket.call("put", "a", body)
    faults.add("cut")
    assert failed(access, "get", "a", 0, "end", tmp_path / "back").answer["retries"] == 0


def test_if_none_match_knows_its_own_object(access, bucket, faults, body, tmp_path):
    faults.add("lost")
    assert access.call("put", "a", body, "new", "run=1")["etag"] == bucket.call("head", "a")["etag"]
    assert faults.requests[-1].method == "HEAD"
    other = tmp_path / "other"
    other.write_bytes(b"other")
    faults.add("reset")
    assert failed(access, "put", "a", other, "new").name == "already-exists"


def test_a_third_of_all_fails(access, bucket, faults, body, tmp_path):
    """Whole uploads, several at a time: each object is there once, and is right."""
    for seed, kind in enumerate(("slow-down", "error", "reset", "reset-body", "lost", "cut")):
        faults.add(kind, share=0.065, times=None, seed=seed)
    stubborn = access.but(retries=20)
    small = tmp_path / "small"
    small.write_bytes(b"small" * 1000)

    def upload(number: int) -> None:
        if number % 4:
            stubborn.call("put", f"put-{number}", small)
            return
        key = f"parts-{number}"
        upload = stubborn.call("create", key)["upload"]
        for part, path in ((1, body), (2, small)):
            stubborn.call("part", key, upload, part, path)
        stubborn.call("complete", key, upload)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(upload, range(24)))
    assert sum(bool(request.fault) for request in faults.requests) > len(faults.requests) / 6
    listed = bucket.call("list", "", 0)["objects"]
    small_etag = hashlib.md5(small.read_bytes()).hexdigest()
    assert {(item["key"], item["size"]) for item in listed} == {
        (f"put-{number}", 5000) if number % 4 else (f"parts-{number}", 6 * MIB + 5000) for number in range(24)}
    assert all(item["etag"] == small_etag for item in listed if item["size"] == 5000)
    # What is left of uploads whose creation had to be repeated is for the caller to abort.
    for stray in bucket.call("uploads", "")["uploads"]:
        assert bucket.call("parts", stray["key"], stray["upload"])["parts"] == []
        bucket.call("abort", stray["key"], stray["upload"])


def test_tries_end(access, faults, body):
    faults.add("slow-down", times=None)
    over = failed(access.but(retries=2), "put", "a", body)
    assert over.name == "unavailable" and "SlowDown" in over.message
    assert over.answer["retries"] == 2 and len(faults.requests) == 3


def test_a_stall_ends_in_a_time_out(access, faults):
    faults.add("stall")
    assert failed(access.but(retries=0, timeout=1), "head", "a").name == "timed-out"


def test_retry_after_is_honoured(access, faults, body):
    faults.add("slow-down", retry_after=1)
    begun = time.monotonic()
    assert access.call("put", "a", body)["retries"] == 1
    assert time.monotonic() - begun >= 1
    faults.add("slow-down", retry_after=3600)  # that long is for the caller to wait
    assert failed(access, "put", "a", body).answer["retries"] == 0


def test_a_server_that_is_down(access, faults):
    faults.down()
    down = failed(access, "head-bucket")
    assert down.name == "unavailable" and "127.0.0.1 cannot be reached" in down.message and down.answer["retries"] == 4
    faults.up()
    access.call("head-bucket")


def test_a_refusal_in_the_middle_of_a_body_is_understood(access, faults, body):
    faults.add("forbid", times=None)
    refused = failed(access, "put", "a", body)
    assert refused.name == "forbidden" and "AccessDenied" in refused.message
    assert len(faults.requests) <= 2


def test_what_will_not_pass_is_not_tried_again(access, faults):
    assert failed(access.but(secret_key="wrong"), "list", "", 0).answer["retries"] == 0
    assert len(faults.requests) == 1


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate authority of our own: .ca, .make(name, subject alternative name) → (certificate, key)."""
    folder = tmp_path_factory.mktemp("tls")

    class Authority:
        ca = folder / "ca.pem"

        @staticmethod
        def run(*words):
            subprocess.run(["openssl", *map(str, words)], cwd=folder, capture_output=True, check=True)

        def make(self, name: str, alternative: str):
            key, request, certificate = (folder / f"{name}.{ending}" for ending in ("key", "csr", "pem"))
            (folder / f"{name}.ext").write_text(f"subjectAltName={alternative}\n")
            self.run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", key,
                     "-out", request)
            self.run("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", 2,
                     "-extfile", folder / f"{name}.ext", "-out", certificate)
            return str(certificate), str(key)

    made = Authority()
    made.run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Tyto test CA", "-days", 2,
             "-keyout", folder / "ca.key", "-out", made.ca)
    return made


def test_tls_with_an_authority_of_ones_own(bucket, s3_faults, authority, body, tmp_path):
    faults = s3_faults(bucket, certificate=authority.make("good", "IP:127.0.0.1"))
    access = bucket.but(endpoint=faults.endpoint, ca_file=str(authority.ca), timeout=20)
    access.call("put", "a", body)
    access.call("read", "a", 0, "end", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == body.read_bytes()
    faults.add("reset-body")
    assert access.call("put", "a", body)["retries"] == 1
    untrusted = failed(access.but(ca_file=""), "head", "a")
    assert untrusted.name == "unavailable" and "no trusted authority" in untrusted.message and "CA file" in untrusted.message
    assert untrusted.answer["retries"] == 0


def test_a_certificate_for_another_host_is_refused(bucket, s3_faults, authority):
    faults = s3_faults(bucket, certificate=authority.make("other", "DNS:other.example"))
    wrong = failed(bucket.but(endpoint=faults.endpoint, ca_file=str(authority.ca), timeout=20), "head-bucket")
    assert wrong.name == "unavailable" and "another host" in wrong.message
    assert faults.requests == []


def test_a_ca_file_that_is_none(bucket, tmp_path):
    wrong = failed(bucket.but(endpoint="https://127.0.0.1:1", ca_file=str(tmp_path / "none.pem")), "head-bucket")
    assert wrong.name == "invalid-argument" and "CA file" in wrong.message
