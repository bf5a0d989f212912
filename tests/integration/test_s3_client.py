# SPDX-License-Identifier: LGPL-2.1-or-later
"""The S3 client against Ceph's radosgw and OpenStack Swift: each call, refusals, odd keys."""

import hashlib
import random
import re
import subprocess

import pytest
from s3_servers import CallFailed

MIB = 1 << 20
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


@pytest.fixture
def file(tmp_path):
    """file(size) or file(bytes): a file with that content; one size has the same content each time."""

    def make(content):
        data = random.Random(content).randbytes(content) if isinstance(content, int) else content
        path = tmp_path / f"{hashlib.sha256(data).hexdigest()[:16]}.bin"
        path.write_bytes(data)
        return path

    return make


def refused(access, *words, **environment) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        access.call(*words, **environment)
    message = caught.value.message
    assert "Signature=" not in message and not re.search(r"[0-9a-f]{64}", message)
    return caught.value


def read_back(access, key, tmp_path, verb="read", offset=0, length="end") -> bytes:
    access.call(verb, key, offset, length, tmp_path / "back")
    return (tmp_path / "back").read_bytes()


@pytest.mark.asan
def test_an_object_comes_back_as_it_went(s3_access, file, tmp_path):
    body = file(300_000)
    put = s3_access.call("put", "cam/1.mp4", body, "type=video/mp4", "sha256-of=x", "run=a b")
    head = s3_access.call("head", "cam/1.mp4")
    assert put["sent"] == 300_000 and put["etag"] == head["etag"] == hashlib.md5(body.read_bytes()).hexdigest()
    assert (head["size"], head["content_type"], head["metadata"]) == (300_000, "video/mp4", {"sha256-of": "x", "run": "a b"})
    assert abs(head["modified_us"] / 1e6 - body.stat().st_mtime) < 60
    assert read_back(s3_access, "cam/1.mp4", tmp_path) == body.read_bytes()
    assert read_back(s3_access, "cam/1.mp4", tmp_path, "get") == body.read_bytes()
    s3_access.call("delete", "cam/1.mp4")
    assert refused(s3_access, "head", "cam/1.mp4").name == "not-found"
    s3_access.call("delete", "cam/1.mp4")  # once more is no error


def test_part_of_a_file_is_a_body(s3_access, file, tmp_path):
    body = file(3 * MIB)
    s3_access.call("put-file", "part", body, 1000, 2 * MIB)
    assert read_back(s3_access, "part", tmp_path) == body.read_bytes()[1000:1000 + 2 * MIB]
    short = refused(s3_access, "put-file", "part", body, 0, 4 * MIB)
    assert short.name == "storage" and "shorter" in short.message
    assert refused(s3_access, "put-file", "part", tmp_path / "none", 0, 1).name == "storage"
    # The hash says something else than the bytes: the server sees that.
    assert refused(s3_access.but(retries=0), "put-file", "part2", body, 0, 10, f"body-sha256={'0' * 64}").name in ("internal", "invalid-argument")
    assert s3_access.keys() == ["part"]


@pytest.mark.parametrize("offset,length,expected", [(0, 5, b"01234"), (4, 3, b"456"), (8, 100, b"89"), (8, "end", b"89")])
@pytest.mark.parametrize("verb", ["read", "get"])
def test_a_range_is_read(s3_access, file, tmp_path, verb, offset, length, expected):
    s3_access.call("put", "digits", file(b"0123456789"))
    assert read_back(s3_access, "digits", tmp_path, verb, offset, length) == expected


def test_a_range_outside_is_refused(s3_access, file, tmp_path):
    s3_access.call("put", "digits", file(b"0123456789"))
    assert refused(s3_access, "read", "digits", 10, 1, tmp_path / "back").name == "range-not-satisfiable"
    assert refused(s3_access, "read", "digits", 0, 0, tmp_path / "back").name == "range-not-satisfiable"


def test_an_object_that_was_replaced_is_not_mixed(s3_access, file, tmp_path):
    old = s3_access.call("put", "digits", file(b"0123456789"))["etag"]
    s3_access.call("read", "digits", 0, 5, tmp_path / "back", old)
    s3_access.call("put", "digits", file(b"abcdefghij"))
    assert refused(s3_access, "read", "digits", 5, 5, tmp_path / "back", old).name == "wrong-state"


def test_an_empty_object(s3_access, file, tmp_path):
    s3_access.call("put", "empty", file(b""))
    assert s3_access.call("head", "empty")["size"] == 0
    assert read_back(s3_access, "empty", tmp_path) == b""
    assert read_back(s3_access, "empty", tmp_path, length=100) == b""  # a range of it is 416
    assert s3_access.call("list", "", 0)["objects"][0]["size"] == 0


KEYS = ["a b", "a+b", "100%", "a%20b", "ü/日本", "a//b", "/a", "a/../b", "./a", "../a", "a/", "a&b=c?d#e", "'(*)!~@$,;:\"<>[]{}|^`"]


@pytest.fixture(scope="module")
def access(s3_server, s3_bucket):
    """One bucket for all keys."""
    return s3_bucket(s3_server)


@pytest.mark.parametrize("key", KEYS)
def test_keys_go_as_they_are(access, file, tmp_path, key):
    access.call("put", key, file(key.encode()))
    assert read_back(access, key, tmp_path) == key.encode()
    assert key in access.keys()
    assert access.call("delete-many", key)["left"] == {}
    assert access.keys() == []


def test_a_list_comes_in_pages(s3_access, file):
    body = file(b"x")
    for number in range(7):
        s3_access.call("put", f"a b/{number}", body)
    s3_access.call("put", "other", body)
    listed = s3_access.call("list", "a b/", 3)
    assert [item["key"] for item in listed["objects"]] == [f"a b/{number}" for number in range(7)]
    assert listed["pages"] == 3 and {item["size"] for item in listed["objects"]} == {1}
    assert all(item["etag"] == hashlib.md5(b"x").hexdigest() and item["modified_us"] > 0 for item in listed["objects"])
    assert s3_access.call("list", "none/", 3)["objects"] == []


def test_more_keys_than_a_request_holds_are_deleted(radosgw, s3_bucket, file):
    access = s3_bucket(radosgw)
    access.call("put", "there", file(b"x"))
    access.call("put", "stays", file(b"x"))
    assert access.call("delete-many", *(f"none-{number}" for number in range(1200)), "there")["left"] == {}
    assert access.keys() == ["stays"]


@pytest.mark.asan
def test_a_large_object_goes_in_parts(s3_access, file, tmp_path):
    parts = [file(5 * MIB), file(5 * MIB + 1), file(100)]
    upload = s3_access.call("create", "big one.mp4", "type=video/mp4", "sha256=abc")["upload"]
    assert [(item["key"], item["upload"]) for item in s3_access.call("uploads", "")["uploads"]] == [("big one.mp4", upload)]
    for number in (3, 1, 2):
        s3_access.call("part", "big one.mp4", upload, number, parts[number - 1])
    listed = s3_access.call("parts", "big one.mp4", upload)["parts"]
    assert [(item["number"], item["size"]) for item in listed] == [(1, 5 * MIB), (2, 5 * MIB + 1), (3, 100)]
    assert s3_access.keys() == []
    s3_access.call("complete", "big one.mp4", upload)
    head = s3_access.call("head", "big one.mp4")
    assert (head["size"], head["content_type"], head["metadata"]) == (10 * MIB + 101, "video/mp4", {"sha256": "abc"})
    assert read_back(s3_access, "big one.mp4", tmp_path) == b"".join(path.read_bytes() for path in parts)
    assert s3_access.call("uploads", "")["uploads"] == []


def test_an_upload_is_aborted(s3_access, file):
    upload = s3_access.call("create", "a")["upload"]
    other = s3_access.call("create", "b/c d")["upload"]
    s3_access.call("part", "a", upload, 1, file(100))
    assert {item["key"] for item in s3_access.call("uploads", "")["uploads"]} == {"a", "b/c d"}
    assert [item["upload"] for item in s3_access.call("uploads", "b/")["uploads"]] == [other]
    for _ in range(2):  # once more is no error
        s3_access.call("abort", "a", upload)
    assert [item["upload"] for item in s3_access.call("uploads", "")["uploads"]] == [other]
    assert refused(s3_access, "part", "a", upload, 1, file(100)).name == "not-found"
    assert refused(s3_access, "parts", "a", upload).name == "not-found"
    gone = refused(s3_access, "complete", "a", upload, "1:abc:100")
    assert gone.name in ("not-found", "invalid-argument")
    s3_access.call("abort", "b/c d", other)
    assert s3_access.keys() == []


def test_parts_that_are_too_small_are_refused(s3_access, file):
    upload = s3_access.call("create", "a")["upload"]
    for number in (1, 2):
        s3_access.call("part", "a", upload, number, file(100))
    assert refused(s3_access, "complete", "a", upload).name == "invalid-argument"
    s3_access.call("abort", "a", upload)


def curl(*words) -> subprocess.CompletedProcess:
    return subprocess.run(["curl", "-s", "--noproxy", "*", "-w", "\n%{http_code}", *map(str, words)], capture_output=True, check=True)


def test_presigned_urls_are_for_others(s3_access, file):
    body = file(b"0123456789")
    key = "cam ü/1+2.mp4"
    put = s3_access.call("presign", "PUT", key, 60)["url"]
    assert curl("-T", body, put).stdout.endswith(b"\n200") or curl("-T", body, put).stdout.endswith(b"\n201")
    get = s3_access.call("presign", "GET", key, 60, "response-content-type=video/mp4")["url"]
    done = curl("-i", get)
    assert done.stdout.endswith(b"0123456789\n200") and b"video/mp4" in done.stdout
    assert curl("-r", "2-4", get).stdout == b"234\n206"
    head = s3_access.call("presign", "HEAD", key, 60)["url"]
    assert curl("-I", head).stdout.endswith(b"\n200")
    assert s3_access.secret_key not in get
    # It is for that key, that method and that time alone.
    assert curl(get.replace("cam", "mac")).stdout.endswith(b"\n403")
    assert curl("-X", "DELETE", get).stdout.endswith(b"\n403")
    assert curl(get.replace("X-Amz-Expires=60", "X-Amz-Expires=61")).stdout.endswith(b"\n403")
    assert refused(s3_access, "presign", "GET", key, 604801).name == "invalid-argument"


def test_if_none_match(s3_access, s3_server, file):
    if type(s3_server).__name__ == "Swift":  # it cannot
        unsupported = refused(s3_access, "put", "a", file(b"1"), "new")
        assert unsupported.name == "unsupported" and "cannot" in unsupported.message
        return
    s3_access.call("put", "a", file(b"1"), "new")
    assert refused(s3_access, "put", "a", file(b"2"), "new").name == "already-exists"
    assert s3_access.call("head", "a")["etag"] == hashlib.md5(b"1").hexdigest()


def test_wrong_keys_are_refused(s3_access, file):
    wrong = refused(s3_access.but(secret_key="wrongsecret"), "put", "a", file(b"1"))
    assert wrong.name == "forbidden" and "SignatureDoesNotMatch" in wrong.message and "Check the secret key" in wrong.message
    assert wrong.answer["retries"] == 0
    unknown = refused(s3_access.but(access_key="nobody"), "put", "a", file(b"1"))
    assert unknown.name == "forbidden" and "nobody" not in unknown.message
    assert refused(s3_access.but(secret_key="wrongsecret"), "head", "a").name == "forbidden"
    # A body that is refused before it was sent: not a broken connection.
    large = refused(s3_access.but(secret_key="wrongsecret"), "put", "a", file(9 * MIB))
    assert large.name == "forbidden" and large.answer["retries"] == 0
    assert s3_access.keys() == []


def test_a_wrong_region(swift, s3_bucket):
    """Swift's is us-east-1; radosgw takes any."""
    wrong = refused(s3_bucket(swift).but(region="eu-west-1"), "list", "", 0)
    assert wrong.name == "forbidden" and "us-east-1" in wrong.message


def test_a_bucket_that_is_not_there(s3_access, file):
    none = s3_access.but(bucket="tyto-none")
    for words in (("head-bucket",), ("list", "", 0), ("put", "a", file(b"1")), ("create", "a"), ("uploads", "")):
        wrong = refused(none, *words)
        assert wrong.name == "not-found" and "Create the bucket" in wrong.message, words
    s3_access.call("head-bucket")
    s3_access.call("create-bucket")  # it is there, and ours


@pytest.mark.parametrize("off", ["-20m", "+20m", "-400d"])
def test_a_clock_that_is_off_is_learnt(s3_access, file, off):
    seconds = {"-20m": 1200, "+20m": -1200, "-400d": 400 * 86400}[off]
    fake = {"LD_PRELOAD": FAKETIME, "FAKETIME": off, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    done = s3_access.call("put", "a", file(b"1"), **fake)
    assert abs(done["clock_offset_us"] / 1e6 - seconds) < 15 and done["retries"] == 0
    assert abs(s3_access.call("head", "a", **fake)["clock_offset_us"] / 1e6 - seconds) < 15  # its refusal has no body
    assert refused(s3_access.but(secret_key="wrongsecret"), "head", "a", **fake).name == "forbidden"


def test_a_session_token_is_signed(swift, s3_bucket, file):
    """Swift's tempauth has no such tokens, but it is among the signed headers and has to be signed right."""
    access = s3_bucket(swift).but(session_token="FwoGZXIvYXdzEXAMPLE//token==")
    access.call("put", "a", file(b"1"))
    assert access.keys() == ["a"]


def test_virtual_host_style(radosgw, s3_bucket, file, tmp_path):
    access = s3_bucket(radosgw)
    virtual = access.but(endpoint=access.endpoint.replace("127.0.0.1", "s3.localhost"), addressing="virtual")
    virtual.call("put", "a b//c", file(b"1"))
    assert read_back(virtual, "a b//c", tmp_path) == b"1"
    assert virtual.keys() == access.keys() == ["a b//c"]
    url = virtual.call("presign", "GET", "a b//c", 60)["url"]
    assert url.startswith(f"http://{access.bucket}.s3.localhost:")
    assert curl(url).stdout == b"1\n200"


def test_keys_that_cannot_be(radosgw, s3_bucket, file):
    access = s3_bucket(radosgw)
    for key in ("", "k" * 1025):
        assert refused(access, "put", key, file(b"1")).name == "invalid-argument"
    assert refused(access, "put", "a", file(b"1"), "Bad Name=x").name == "invalid-argument"
    assert refused(access, "put", "a", file(b"1"), "name=line\nbreak").name == "invalid-argument"
    assert refused(access, "part", "a", "u", 10001, file(b"1")).name == "invalid-argument"
