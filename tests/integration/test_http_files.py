# SPDX-License-Identifier: LGPL-2.1-or-later
"""The segments' list and files by REST: pages, ranges, conditions, and no way out of the output directory."""

import os
import pathlib
import sqlite3
import subprocess

import pytest


@pytest.fixture
def recorded(tytod, camsim, wait_for):
    """A tytod that has recorded a few segments, and they as the API lists them, oldest first."""
    service = tytod(segment_seconds=1)
    service.api("POST", "/api/v1/cameras", {"id": "a", "url": camsim("--cameras", "1", "--gop", "0.5").url(1)}, status=201)
    wait_for(lambda: len(service.api("GET", "/api/v1/segments")["items"]) >= 3, "three segments", 20)
    service.api("POST", "/api/v1/cameras/a/stop")
    return service, service.api("GET", "/api/v1/segments?order=asc")["items"]


def test_pages(recorded):
    service, segments = recorded
    for order, expected in (("asc", segments), ("desc", segments[::-1])):
        seen, cursor = [], ""
        while cursor is not None:
            page = service.api("GET", f"/api/v1/segments?camera=a&limit=1&order={order}" + (f"&cursor={cursor}" if cursor else ""))
            assert len(page["items"]) <= 1
            seen += page["items"]
            cursor = page.get("next_cursor")
        assert seen == expected
    middle = segments[1]
    there = service.api("GET", f"/api/v1/segments?from={middle['start']}&to={middle['end']}")["items"]
    assert middle in there and len(there) < len(segments) + 1
    assert service.api("GET", "/api/v1/segments?from=2000-01-01T00:00:00Z&to=2000-01-02T00:00:00Z")["items"] == []
    assert service.api("GET", "/api/v1/segments?camera=nobody")["items"] == []
    assert service.api("GET", f"/api/v1/segments/{middle['id']}") == middle
    assert service.api("GET", "/api/v1/gaps?camera=a&limit=5")["items"] == []


@pytest.mark.asan
def test_whole_file_and_parts(recorded, tmp_path):
    service, segments = recorded
    path = f"/api/v1/segments/{segments[0]['id']}/file"
    data = pathlib.Path(segments[0]["path"]).read_bytes()
    size = len(data)
    code, headers, body = service.request("GET", path)
    assert (code, headers["Content-Type"], headers["Accept-Ranges"]) == (200, "video/mp4", "bytes")
    assert body == data and int(headers["Content-Length"]) == size == segments[0]["bytes"]
    assert headers["Content-Disposition"].startswith('inline; filename="a_') and ":" not in headers["Content-Disposition"]
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(body)
    probe = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=codec_name", "-of", "csv=p=0", copy]
    assert subprocess.run(probe, capture_output=True, text=True, check=True).stdout.strip() == "h264"

    parts = {"bytes=0-99": (0, 100), "bytes=100-": (100, size), "bytes=-50": (size - 50, size), f"bytes=5-{size * 2}": (5, size)}
    for value, (first, end) in parts.items():
        code, part, body = service.request("GET", path, None, {"Range": value})
        assert code == 206 and body == data[first:end], value
        assert part["Content-Range"] == f"bytes {first}-{end - 1}/{size}"
    for ignored in ("bytes=0-1,5-6", "lines=0-1", "bytes=9-1"):
        code, _, body = service.request("GET", path, None, {"Range": ignored})
        assert code == 200 and body == data
    code, part, body = service.request("GET", path, None, {"Range": f"bytes={size}-"})
    assert (code, part["Content-Range"], part["Content-Type"]) == (416, f"bytes */{size}", "application/problem+json")
    code, part, body = service.request("HEAD", path, None, {"Range": "bytes=0-9"})
    assert (code, body, part["Content-Length"]) == (206, b"", "10")


def test_conditions(recorded):
    service, segments = recorded
    path = f"/api/v1/segments/{segments[0]['id']}/file"
    _, headers, data = service.request("GET", path)
    tag, date = headers["ETag"], headers["Last-Modified"]
    for condition, code in (({"If-None-Match": tag}, 304), ({"If-None-Match": f'"x", W/{tag}'}, 304), ({"If-None-Match": "*"}, 304),
                            ({"If-None-Match": '"x"'}, 200), ({"If-Modified-Since": date}, 304),
                            ({"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200),
                            ({"If-None-Match": '"x"', "If-Modified-Since": date}, 200)):
        answer = service.request("GET", path, None, condition)
        assert answer[0] == code and (answer[2] == b"") == (code == 304), condition
        assert answer[1]["ETag"] == tag
    for condition, code in ((tag, 206), (date, 206), ('"x"', 200), (f"W/{tag}", 200), ("Sat, 01 Jan 2000 00:00:00 GMT", 200)):
        assert service.request("GET", path, None, {"Range": "bytes=0-0", "If-Range": condition})[0] == code, condition
    assert len(data) == segments[0]["bytes"]


def test_no_way_out_of_the_output_directory(recorded, tmp_path):
    service, segments = recorded
    outside = tmp_path / "outside.mp4"
    outside.write_bytes(b"secret")
    first, second, third = (pathlib.Path(row["path"]) for row in segments[:3])
    first.unlink()
    first.symlink_to(outside)
    second.unlink()
    second.mkdir()
    third.unlink()
    for segment in segments[:3]:
        code, headers, body = service.request("GET", f"/api/v1/segments/{segment['id']}/file")
        assert (code, headers["Content-Type"]) == (404, "application/problem+json") and b"secret" not in body
    with sqlite3.connect(service.state / "catalogue.db") as database:
        database.execute("UPDATE segments SET path = ? WHERE id = ?", (str(outside), segments[0]["id"]))
    code, _, body = service.request("GET", f"/api/v1/segments/{segments[0]['id']}/file")
    assert code == 404 and b"secret" not in body


def test_a_large_file_is_not_held_in_memory(recorded):
    service, segments = recorded
    path = pathlib.Path(segments[0]["path"])
    size = 300 * 1024 * 1024
    os.truncate(path, size)

    def peak() -> int:
        lines = pathlib.Path(f"/proc/{service.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    before = peak()
    code, headers, body = service.request("GET", f"/api/v1/segments/{segments[0]['id']}/file", timeout=60)
    assert code == 200 and len(body) == size == int(headers["Content-Length"])
    assert peak() - before < 20 * 1024, "KiB"
