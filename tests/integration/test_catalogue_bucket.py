# SPDX-License-Identifier: LGPL-2.1-or-later
"""The catalogue is lost: it is made again from the archive's bucket alone, and what only the archive has is read there."""

import hashlib
import json
import pathlib
import shutil
import urllib.error
import urllib.request

import pytest
from tytoctl import Tytoctl

SMALL = ("--gop", "1", "--fps", "10", "--width", "320", "--height", "240", "--bitrate", "200")
# What the machine knows and the bucket does not: since when, and where.
LOCAL = {"tier", "uploaded_us"}


@pytest.fixture(scope="module")
def bucket(radosgw, s3_bucket):
    return s3_bucket(radosgw)


def settings(access) -> dict[str, str]:
    return {"S3_ENDPOINT": access.endpoint, "S3_BUCKET": access.bucket, "S3_ACCESS_KEY_ID": access.access_key,
            "S3_SECRET_ACCESS_KEY": access.secret_key, "S3_REGION": access.region}


def record(service, camsim, wait_for, count: int, *options: str) -> list[dict]:
    """@count segments and more, all archived; gives their rows."""
    simulator = camsim(*SMALL, *options)
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1)})
    wait_for(lambda: len(service.rows("segments")) >= count, f"{count} segments", 30)
    service.api("DELETE", "/api/v1/cameras/cam1")
    simulator.stop()
    wait_for(lambda: all(row["object"] for row in [*service.rows("segments"), *service.rows("thumbnails")]), "the uploads", 30)
    return service.rows("segments")


def lose(service, *, recordings: bool) -> None:
    """Stops it and deletes its database, and its recordings too when that is said."""
    assert service.stop() == 0
    for path in service.state.glob("catalogue.db*"):
        path.unlink()
    if recordings:
        shutil.rmtree(service.state / "recordings")


def bare(rows: list[dict]) -> list[dict]:
    return sorted(({name: value for name, value in row.items() if name not in LOCAL} for row in rows), key=lambda row: row["id"])


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def test_from_the_bucket_alone(tytod, camsim, wait_for, bucket, build_dir, tmp_path):
    service = tytod(segment_seconds=1, **settings(bucket))
    before = record(service, camsim, wait_for, 4, "--bitrate", "16000")  # of an MP4 above 1 MiB only the ends are read
    digests = {row["id"]: row["sha256"] for row in before}
    pictures = service.rows("thumbnails")
    content = pathlib.Path(before[0]["path"]).read_bytes()
    assert len(content) > 1024 * 1024
    lose(service, recordings=True)

    # One that was put there by hand, and objects that are none of ours.
    by_hand = tmp_path / "by-hand.mp4"
    by_hand.write_bytes(content)
    bucket.call("delete", before[0]["object"])
    bucket.call("put-file", "by hand/ü.mp4", by_hand, 0, len(content))
    for key, file in {"notes.txt": b"hello", "broken.mp4": content[:500], "foreign.mp4": b"\0\0\0\x10ftypisom\0\0\0\0"}.items():
        (tmp_path / "other").write_bytes(file)
        bucket.call("put-file", key, tmp_path / "other", 0, len(file))
    objects = bucket.keys()

    service.start()
    tytoctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)
    wait_for(lambda: json.loads(service.request("GET", "/api/v1/catalogue/check")[2]).get("state") == "done", "the start's comparison")
    report = tytoctl.json("catalogue", "rebuild", "--from-bucket")
    assert (report["mode"], report["state"], report["well"], report["files"]) == ("bucket", "done", True, len(objects))
    assert {finding["path"] for finding in report["findings"] if finding["kind"] == "unknown"} == {
        "notes.txt", "broken.mp4", "foreign.mp4"}
    assert report["counts"]["entered"] == len(before)

    after = service.rows("segments")
    assert {row["tier"] for row in after} == {"archive"}
    known = next(row["camera_time_us"] for row in after if row["id"] == before[0]["id"])
    assert known in (None, before[0]["camera_time_us"]), "a file has it when it was known at its beginning"
    first = before[0] | {"object": "by hand/ü.mp4", "path": "", "sha256": None, "cut_reason": "", "camera_time_us": known}
    assert bare(after) == bare([first, *before[1:]])
    assert [picture["object"] for picture in service.rows("thumbnails")] == [picture["object"] for picture in pictures]
    assert bucket.keys() == objects, "the bucket was changed"

    # Once more: there is nothing to enter.
    again = tytoctl.json("catalogue", "rebuild", "--from-bucket")
    assert again["counts"]["entered"] == 0 and service.rows("segments") == after

    # What only the archive has is read there, by a URL that needs no token and shows no key.
    row = after[-1]
    opener = urllib.request.build_opener(NoRedirect)
    with pytest.raises(urllib.error.HTTPError) as answer:
        opener.open(f"{service.url}/api/v1/segments/{row['id']}/file", timeout=20)
    location = answer.value.headers["Location"]
    assert answer.value.code == 307 and location.startswith(bucket.endpoint) and bucket.secret_key not in location
    with urllib.request.urlopen(urllib.request.Request(location, headers={"Range": "bytes=0-99"}), timeout=20) as part:
        assert (part.status, len(part.read()), part.headers["Content-Type"]) == (206, 100, "video/mp4")
    for one in after:
        got = tytoctl("segments", "get", one["id"], "-o", tmp_path / "got.mp4", "--force")
        assert got.returncode == 0
        assert hashlib.sha256((tmp_path / "got.mp4").read_bytes()).hexdigest() == digests[one["id"]]
    assert bucket.secret_key not in service.log


def test_with_the_files(tytod, camsim, wait_for, radosgw, s3_bucket):
    """The files are there as well: rows have both, and nothing is uploaded again."""
    access = s3_bucket(radosgw)
    service = tytod(segment_seconds=1, **settings(access))
    before = record(service, camsim, wait_for, 3)
    objects = access.keys()
    lose(service, recordings=False)
    service.start()
    wait_for(lambda: len(service.rows("segments")) == len(before), "the rows of the files", 30)
    wait_for(lambda: service.request("POST", "/api/v1/catalogue/rebuild", {"source": "bucket"})[0] == 202, "the rebuild to begin")
    wait_for(lambda: (found := service.api("GET", "/api/v1/catalogue/check"))["mode"] == "bucket" and found["state"] == "done",
             "the rebuild")
    wait_for(lambda: all(row["object"] for row in service.rows("segments")), "all rows to have their object")
    after = service.rows("segments")
    assert {row["tier"] for row in after} == {"fast"}
    assert [(row["id"], row["path"], row["object"], row["sha256"]) for row in sorted(after, key=lambda row: row["id"])] == [
        (row["id"], row["path"], row["object"], row["sha256"]) for row in sorted(before, key=lambda row: row["id"])]
    assert access.keys() == objects


def test_refusals(tytod, wait_for, bucket):
    without = tytod()
    problem = without.api("POST", "/api/v1/catalogue/rebuild", {"source": "bucket"}, status=409)
    assert "no object store" in problem["detail"] and "s3-endpoint" in problem["hint"]
    for body in ({"source": "moon"}, {"sauce": "bucket"}, {}):
        assert "bucket" in without.api("POST", "/api/v1/catalogue/rebuild", body, status=400)["detail"]
    wrong = tytod(**settings(bucket.but(secret_key="wrongsecretkey")))
    wait_for(lambda: wrong.request("POST", "/api/v1/catalogue/rebuild", {"source": "bucket"})[0] == 202, "the rebuild to begin")
    report = wait_for(lambda: (found := wrong.api("GET", "/api/v1/catalogue/check"))["state"] != "running" and found, "its end")
    assert (report["mode"], report["state"], report["well"]) == ("bucket", "failed", False)
    assert "SignatureDoesNotMatch" in report["error"] and "wrongsecretkey" not in report["error"] + wrong.log
