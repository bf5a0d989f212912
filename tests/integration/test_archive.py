# SPDX-License-Identifier: LGPL-2.1-or-later
"""Recordings of a simulated camera on their way into a real object store, and what is told of it."""

import json
import pathlib
import re
import subprocess
import threading
import urllib.request

import pytest
from archive_bucket import Bucket, problems, waiting
from gi.repository import GLib
from private_bus import PATH, PrivateBus
from tytoctl import Tytoctl
from webhook_receiver import WebhookReceiver

ROOT = pathlib.Path(__file__).resolve().parents[2]
SMALL = ("--width", "320", "--height", "180", "--bitrate", "300", "--fps", "25", "--gop", "1")


def state_with(tmp_path: pathlib.Path, *lines: str) -> pathlib.Path:
    """A state directory whose settings have @lines."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    (state / "tyto.conf").write_text("\n".join(["[tyto]", "thumbnail-seconds=0", *lines, ""]))
    return state


def archive(service) -> dict:
    return service.api("GET", "/api/v1/archive")


def is_drained(service) -> bool:
    waits = service.api("GET", "/api/v1/uploads")["waiting"]
    return waits["segments"] == 0 and waits["thumbnails"] == 0


def thumbnails(service) -> list[dict]:
    return [row | {"id": row["path"]} for row in service.rows("thumbnails")]


def metrics(service) -> dict[str, float]:
    text = service.request("GET", "/metrics")[2].decode()
    return {name: float(value) for name, value in re.findall(r"^([^#\s]+) (\S+)$", text, re.M)}


def standing(service) -> dict[str, str]:
    return {row["kind"]: row["severity"] for row in service.api("GET", "/api/v1/alerts?standing=true")["items"]}


class Listener:
    """Server-sent events of a type, as they come."""

    def __init__(self, service, kind: str):
        self.found: list[dict] = []
        self.stream = urllib.request.urlopen(service.url + "/api/v1/events", timeout=60)  # noqa: S310
        threading.Thread(target=self._read, args=[f"event: {kind}"], daemon=True).start()

    def _read(self, wanted: str) -> None:
        kind = ""
        for line in self.stream:
            text = line.decode().strip()
            if text.startswith("event:"):
                kind = text.replace("event:", "event: ").replace("  ", " ")
            elif text.startswith("data:") and kind == wanted:
                self.found.append(json.loads(text.removeprefix("data:")))


@pytest.mark.asan
def test_segments_and_thumbnails_are_archived_and_may_go(tytod, camsim, radosgw, s3_bucket, tmp_path, wait_for, build_dir):
    access = s3_bucket(radosgw)
    state = state_with(tmp_path, "local-retention-minutes=0", "archive-key-template=camera-{camera}/%Y-%m-%d/%H-%M-%S_{seconds}s.mp4")
    (state / "tyto.conf").write_text((state / "tyto.conf").read_text().replace("thumbnail-seconds=0", "thumbnail-seconds=1"))
    service = tytod(segment_seconds=1, state=state, **access.environment)
    told, hook = Listener(service, "segment-archived"), WebhookReceiver()
    service.api("POST", "/api/v1/webhooks", {"id": "hook", "url": hook.url(), "events": ["segment.archived"]})
    service.api("POST", "/api/v1/cameras", {"id": "front", "url": camsim("--cameras", "1", *SMALL).url(1)})
    wait_for(lambda: archive(service)["evicted"] >= 2, "local copies to go", 30)
    service.api("POST", "/api/v1/cameras/front/stop")
    wait_for(lambda: is_drained(service), "everything to be archived")
    wait_for(lambda: {row["tier"] for row in service.rows("segments")} == {"archive"}, "all local copies to go", 30)
    rows = service.rows("segments")
    bucket = Bucket(access)
    assert problems(bucket, rows, thumbnails(service)) == []
    assert not list((state / "recordings").rglob("*.mp4")) and len(rows) >= 3 and thumbnails(service)
    assert all(pathlib.Path(row["path"]).exists() for row in thumbnails(service)), "thumbnails stay"
    assert all(re.fullmatch(r"camera-front/\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d_\d+s(-.+)?\.(mp4|jpg)", key) for key in bucket.keys())
    wait_for(lambda: len(told.found) == len(rows) and len(hook.messages("segment.archived")) == len(rows), "the events")
    assert {row["id"] for row in told.found} == {row["id"] for row in rows} and all(row["archived"] for row in told.found)
    hook.stop()
    one = bucket.get(rows[0]["object"]).metadata
    assert one["tyto-camera"] == "front" and one["tyto-frames"] == str(rows[0]["frames"]) and one["tyto-run"] == rows[0]["run"]

    said = archive(service)
    assert (said["state"], said["uploaded"], said["failures"], said["evicted"]) == ("ok", len(rows), 0, len(rows))
    found = metrics(service)
    assert found['recording_uploads_total{status="success"}'] == found['camera_segments_uploaded_total{camera_id="front"}'] == len(rows)
    assert found['recording_upload_duration_seconds_bucket{le="+Inf"}'] == found["recording_upload_duration_seconds_count"] == len(rows)
    assert found['camera_segment_upload_duration_seconds_sum{camera_id="front"}'] > 0
    assert found["tyto_archive_up"] == 1 and found["tyto_local_copies_deleted_total"] == len(rows)
    ctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)
    assert access.bucket in ctl("archive").stdout and ctl.json("archive")["uploaded"] == len(rows)
    assert ctl("uploads").stdout == "Waiting: nothing.\n" and ctl.json("uploads")["items"] == []


def test_swift_serves_as_well(tytod, camsim, swift, s3_bucket, tmp_path, wait_for):
    access = s3_bucket(swift)
    service = tytod(segment_seconds=1, state=state_with(tmp_path), **access.environment)
    service.api("POST", "/api/v1/cameras", {"id": "front", "url": camsim("--cameras", "1", *SMALL).url(1)})
    wait_for(lambda: archive(service)["uploaded"] >= 2, "uploads", 30)
    service.api("POST", "/api/v1/cameras/front/stop")
    wait_for(lambda: is_drained(service), "everything to be archived")
    assert problems(Bucket(access), service.rows("segments")) == []


def test_refused_until_the_bucket_is_right(tytod, camsim, radosgw, s3_bucket, tmp_path, wait_for, build_dir):
    access = s3_bucket(radosgw)
    state = state_with(tmp_path, "s3-bucket=no-such-bucket", f"s3-endpoint={access.endpoint}")
    secrets = {name: access.environment[name] for name in ("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")}
    service = tytod(segment_seconds=1, state=state, **secrets)
    service.api("POST", "/api/v1/cameras", {"id": "front", "url": camsim("--cameras", "1", *SMALL).url(1)})
    wait_for(lambda: standing(service).get("archive-refused") == "critical", "the alert", 30)
    said = archive(service)
    assert said["state"] == "refused" and "NoSuchBucket" in said["reason"] and said["uploaded"] == 0
    failed = wait_for(lambda: service.api("GET", "/api/v1/uploads")["failing"], "failures")[0]
    assert failed["tries"] >= 1 and failed["last_error"] and failed["due"]
    text = Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)("uploads").stdout
    assert "failed" in text and "front" in text
    (state / "tyto.conf").write_text((state / "tyto.conf").read_text().replace("no-such-bucket", access.bucket))
    wait_for(lambda: archive(service)["endpoint"].endswith(access.bucket), "the settings to be read")
    service.api("POST", "/api/v1/uploads/retry")
    wait_for(lambda: archive(service)["uploaded"] >= 2, "uploads", 30)
    assert "archive-refused" not in standing(service)
    service.api("POST", "/api/v1/cameras/front/stop")
    wait_for(lambda: is_drained(service), "everything to be archived", 30)
    assert problems(Bucket(access), service.rows("segments")) == []


def test_bad_settings_are_told_and_nothing_is_lost(tytod, tmp_path, radosgw, s3_bucket, wait_for):
    access = s3_bucket(radosgw)
    state = state_with(tmp_path)
    assert tytod(state=state).stop() == 0
    assert waiting(state, 1, 3, 2000) == 3
    (state / "tyto.conf").write_text("[tyto]\narchive-key-template=../{camera}\n")
    service = tytod(state=state, **access.environment)
    wait_for(lambda: archive(service)["state"] == "refused", "the refusal")
    assert "key template" in archive(service)["reason"] and standing(service)["archive-refused"] == "critical"
    assert service.api("POST", "/api/v1/uploads/retry", status=409)["hint"]
    (state / "tyto.conf").write_text("[tyto]\narchive-key-template={run}/{sequence}\n")
    wait_for(lambda: archive(service)["uploaded"] == 3, "uploads")
    assert problems(Bucket(access), service.rows("segments")) == []


def test_off_by_default(tytod, build_dir, tmp_path):
    service = tytod()
    ctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)
    watching = ctl.start("uploads", "--watch", "--json")
    assert [json.loads(watching.stdout.readline())["items"] for _ in range(2)] == [[], []]
    watching.terminate()
    watching.communicate(timeout=10)
    assert "s3-endpoint" in ctl("uploads", "retry", status=75).stderr and "off" in ctl("archive").stdout
    assert (archive(service)["state"], archive(service)["endpoint"]) == ("off", "")
    assert service.api("POST", "/api/v1/uploads/retry", status=409)["title"]
    assert service.api("GET", "/api/v1/uploads") == {"items": [], "failing": [],
                                                     "waiting": {"segments": 0, "bytes": 0, "thumbnails": 0, "failing": 0}}
    assert metrics(service)["tyto_archive_up"] == 0
    service.api("GET", "/api/v1/uploads?limit=0", status=400)


def test_what_is_recorded_last_leaves_before_the_end(tytod, camsim, radosgw, s3_bucket, tmp_path, wait_for):
    """SIGTERM: the open segment is finished, and uploaded in what is left of the time."""
    access = s3_bucket(radosgw)
    service = tytod(segment_seconds=60, state=state_with(tmp_path), **access.environment)
    service.api("POST", "/api/v1/cameras", {"id": "front", "url": camsim("--cameras", "1", *SMALL).url(1)})
    wait_for(lambda: service.camera("front")["frames_received"] > 25, "frames", 20)
    assert service.stop() == 0
    rows = service.rows("segments")
    assert rows and problems(Bucket(access), rows) == []


def test_no_secret_is_shown(tytod, camsim, radosgw, s3_bucket, tmp_path, wait_for):
    access = s3_bucket(radosgw)
    secret = access.secret_key
    service = tytod(segment_seconds=1, state=state_with(tmp_path), **access.environment | {"LOG_LEVEL": "debug", "G_MESSAGES_DEBUG": "all"})
    service.api("POST", "/api/v1/cameras", {"id": "front", "url": camsim("--cameras", "1", *SMALL).url(1)})
    wait_for(lambda: archive(service)["uploaded"] >= 1, "an upload", 30)
    pid = archive(service)["worker_pid"]
    texts = {path: service.request("GET", path)[2].decode() for path in ("/api/v1/archive", "/api/v1/uploads", "/api/v1/status", "/metrics")}
    texts["log"] = service.log
    for name in ("cmdline", "environ"):
        texts[f"{name} of the worker"] = pathlib.Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace")
    texts["cmdline"] = pathlib.Path(f"/proc/{service.pid}/cmdline").read_text()
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    texts["processes"] = "\n".join(line for line in listed.splitlines() if "tyto" in line)
    assert [name for name, text in texts.items() if secret in text or access.access_key in text] == []
    assert service.stop() == 0  # nothing comes and goes any more
    kept = [path for path in service.state.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert kept == []


def test_on_the_bus(build_dir, tytod, tytod_environment, radosgw, s3_bucket, tmp_path):
    """Idle, it does not end while something waits for the archive."""
    access = s3_bucket(radosgw)
    state = state_with(tmp_path, "idle-exit-seconds=1", "http-port=0")
    assert tytod(state=state).stop() == 0
    waiting(state, 1, 3, 2000)
    bus = PrivateBus(tmp_path, ROOT / "data/dbus/org.tyto.Recorder1.conf", [f"{build_dir}/src/tytod", "--state", str(state)],
                     tytod_environment | access.environment)
    try:
        def call(method: str, *arguments):
            return bus.call(PATH, f"org.tyto.Recorder1.{method}", *arguments)[0]

        assert call("GetArchive")["state"] in ("starting", "ok")
        rows = bus.wait(lambda: [args[0] for _, name, args in bus.signals if name == "SegmentArchived"][2:], "the signals")
        assert rows[0]["archived"] and call("RetryUploads")["uploaded"] == 3
        uploads = call("ListUploads", GLib.Variant("(a{sv})", ({"limit": GLib.Variant("u", 5)},)))
        assert (uploads["items"], uploads["waiting"]["segments"]) == ([], 0)
        bus.wait(lambda: bus.owner_pid() is None, "the idle tytod to end")
    finally:
        bus.end_owner()
        bus.stop()
