# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clips: what overlaps them is deleted by nobody."""

import datetime
import json
import pathlib

import pytest
from past import Past, days_ago, rfc3339
from tytoctl import Tytoctl


@pytest.fixture
def kept(tytod):
    """A tytod that keeps 5 days, with four half-minutes of 10 days ago in a row, and the time at which the first began."""
    service = tytod()
    service.stop()
    service.config.write_text("[tyto]\nretention-days=5\n", encoding="utf-8")
    service.config.chmod(0o600)
    past, start = Past(service), days_ago(10).replace(microsecond=0)
    rows = [past.segment("cam1", start + datetime.timedelta(seconds=30 * number)) for number in range(4)]
    past.thumbnail("cam1", start + datetime.timedelta(seconds=45))
    past.thumbnail("cam1", start + datetime.timedelta(seconds=95))
    service.start()
    return service, rows, start


def seconds(start: datetime.datetime, count: float) -> str:
    return rfc3339(start + datetime.timedelta(seconds=count))


def run(service, wait_for) -> dict:
    service.api("POST", "/api/v1/retention/run", {}, status=202)
    return wait_for(lambda: (last := service.api("GET", "/api/v1/retention")["last_run"])["state"] != "running" and last, "the run")


def ids(service) -> set[str]:
    return {row["id"] for row in service.rows("segments")}


def clips(service, query: str = "") -> list[dict]:
    return service.api("GET", f"/api/v1/clips{query}")["items"]


def test_what_overlaps_a_clip_is_kept(kept, wait_for):
    service, rows, start = kept
    made = service.api("POST", "/api/v1/clips", {"camera": "cam1", "start": seconds(start, 30), "end": seconds(start, 60.5), "name": "Tür"},
                       status=201)
    assert (made["camera"], made["name"], made["duration"]) == ("cam1", "Tür", 30.5)
    assert clips(service) == [made] == clips(service, "?camera=cam1") and clips(service, "?camera=other") == []
    done = run(service, wait_for)
    # The second and the third overlap it; the first ends where it begins.
    assert (done["segments"], ids(service)) == (2, {rows[1]["id"], rows[2]["id"]})
    assert all(pathlib.Path(row["path"]).exists() == (row in rows[1:3]) for row in rows)
    assert len(service.rows("thumbnails")) == 1
    service.stop()
    service.start()
    assert clips(service) == [made], "it is kept over restarts"

    service.api("DELETE", f"/api/v1/clips/{made['id']}", status=204)
    service.api("DELETE", f"/api/v1/clips/{made['id']}", status=404)
    assert ids(service), "nothing is deleted now"
    assert run(service, wait_for)["segments"] == 2 and not ids(service) and not service.rows("thumbnails")


def test_clips_do_not_count_against_the_limit_in_bytes(kept, wait_for):
    service, rows, start = kept
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": "rtsp://127.0.0.1:9/", "enabled": False, "retention_days": 0,
                                            "retention_mib": 1})
    service.api("POST", "/api/v1/clips", {"camera": "cam1", "start": seconds(start, 0), "end": seconds(start, 1)})
    assert run(service, wait_for)["segments"] == 0
    assert len(ids(service)) == 4 and rows


def test_wrong_requests(kept):
    service, _, start = kept
    good = {"camera": "cam1", "start": seconds(start, 0), "end": seconds(start, 1)}
    for wrong in ({"camera": None}, {"camera": "../x"}, {"start": None}, {"start": "soon"}, {"end": good["start"]}, {"name": "a\u0007"},
                  {"name": "x" * 257}, {"bogus": 1}, {"end": seconds(start, -1)}):
        assert service.api("POST", "/api/v1/clips", good | wrong, status=400)["detail"]
    assert service.api("POST", "/api/v1/clips", good | {"camera": "nobody"}, status=404)["hint"]
    assert service.api("GET", "/api/v1/clips?camera=..", status=400)["detail"]
    assert not clips(service)


def test_tytoctl(kept, build_dir, tmp_path):
    service, _, start = kept
    ctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)
    made = ctl.json("clip", "add", "cam1", seconds(start, 0), seconds(start, 10), "--name", "The parcel")
    shown = ctl("clip", "list").stdout
    assert "The parcel" in shown and "10.0 s" in shown and made["id"] in shown
    assert ctl.json("clip", "list", "--camera", "cam2") == []
    ctl("clip", "add", "cam1", "tomorrow", "now", status=64)
    back = json.loads(ctl("clip", "add", "--json", "cam1", "--", "-1h", "now").stdout)
    assert back["duration"] == pytest.approx(3600, abs=5)
    ctl("clip", "remove", back["id"])
    ctl("clip", "remove", made["id"])
    assert ctl("clip", "list").stdout == "No clips.\n"
    ctl("clip", "remove", made["id"], status=66)
