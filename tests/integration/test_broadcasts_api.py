# SPDX-License-Identifier: LGPL-2.1-or-later
"""Broadcasts by each front: /api/v1/broadcasts, events, webhooks, metrics, D-Bus and tytoctl."""

import hashlib
import pathlib
import urllib.error
import urllib.request
import uuid

import pytest
from gi.repository import GLib
from hls_live import HlsLive
from hls_web import HlsWeb
from movie import Movie
from private_bus import PATH, PrivateBus
from test_http_events import Events
from test_openapi import check
from tytoctl import Tytoctl
from webhook_receiver import WebhookReceiver

ROOT = pathlib.Path(__file__).resolve().parents[2]
API, ONE = "/api/v1/broadcasts", "/api/v1/broadcasts/{id}"
SETTINGS = "[tyto]\nthumbnail-seconds=0\nlive-bucket=''\nbroadcast-poll-ms=300\nbroadcast-idle-seconds=0\nsegment-retry-seconds=0\n" \
           "disk-floor-mib=0\ndisk-floor-percent=0\n"
SECONDS = 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Four seconds of HLS; open.m3u8 is the same, and not over; noise.m3u8 has nothing that can be used."""
    live = HlsLive(tmp_path_factory.mktemp("hls"), seconds=SECONDS, window=0, rate=100)
    live.wait()
    text = live.playlist.read_text()
    (live.folder / "open.m3u8").write_text(text.replace("#EXT-X-ENDLIST", ""))
    (live.folder / "noise.m3u8").write_text(text.replace("live_00", "noise_00"))
    for number in range(SECONDS):
        (live.folder / f"noise_00{number}.ts").write_bytes(b"no media " * 1000)
    return live.folder


@pytest.fixture
def web(folder):
    server = HlsWeb(folder)
    yield server
    server.stop()


@pytest.fixture
def service(tytod, tmp_path, wait_for):
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    (state / "tyto.conf").write_text(SETTINGS)
    service = tytod(state=state)
    wait_for(lambda: service.request("GET", "/ready")[0] == 200, "readiness")
    return service


@pytest.fixture
def ctl(service, build_dir, tmp_path):
    return Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)


def wait_status(service, wait_for, broadcast: str, *statuses: str) -> dict:
    def found():
        now = service.api("GET", f"{API}/{broadcast}")
        return now if now["status"] in statuses else None
    return wait_for(found, f"status {statuses}", 25)


def begin(service, url: str, key: str = "lecture-7", **members) -> dict:
    return check(service, "POST", API, API, {"stream_key": key, "playlist_url": url} | members, 201)


def test_one_from_start_to_deletion(service, web, wait_for, tmp_path):
    web.add("missing", "live_002", times=None)
    hook, events, cameras = WebhookReceiver(), Events(service.url), Events(service.url, "?camera=other")
    names = ["broadcast.started", "broadcast.ended", "broadcast.completed", "broadcast.failed"]
    service.api("POST", "/api/v1/webhooks", {"id": "hook", "url": hook.url(), "events": names}, status=201)
    made = begin(service, web.url("open.m3u8"), user_id=str(uuid.UUID(int=7)))
    id, path = made["id"], f"{API}/{made['id']}"
    assert (made["status"], made["stream_key"], made["found_by"], made["ended_by"]) == ("recording", "lecture-7", "user", "")
    assert made["user_id"] == str(uuid.UUID(int=7)) and made["source"] == web.url("open.m3u8") and "ended_at" not in made
    assert events.wait("broadcast-added")["id"] == id
    assert begin_again(service, web)["type"] == "/problems/already-exists"
    check(service, "DELETE", path, ONE, status=409)
    check(service, "GET", f"{path}/file", f"{ONE}/file", status=409)
    check(service, "POST", f"{path}/retry", f"{ONE}/retry", status=409)

    wait_for(lambda: (now := service.api("GET", path))["segments"] == SECONDS - 1 and now["segments_missing"] == 1, "its segments", 25)
    now = check(service, "GET", path, ONE)
    assert now["step"] == "collecting" and now["collected_bytes"] > 10000 and now["duration"] == pytest.approx(SECONDS - 1, abs=0.3)
    assert service.api("GET", "/api/v1/status")["broadcasts"]["recording"] == 1
    metrics = service.request("GET", "/metrics")[2].decode()
    assert 'tyto_broadcasts{status="recording"} 1' in metrics and "tyto_broadcast_segments_missing_total 1" in metrics
    assert f"tyto_broadcast_segments_total {SECONDS - 1}" in metrics and "tyto_collector_up 1" in metrics

    ended = check(service, "POST", f"{path}/end", f"{ONE}/end")
    assert ended["ended_by"] == "user" and ended["ended_at"] > ended["started_at"]
    check(service, "POST", f"{path}/end", f"{ONE}/end", status=409)
    whole = wait_status(service, wait_for, id, "completed", "failed")
    assert whole["status"] == "completed" and events.wait("broadcast-completed")["id"] == id
    assert (whole["frames"], whole["video_codec"], whole["width"], whole["height"]) == (25 * (SECONDS - 1), "h264", 320, 180)
    gap, = check(service, "GET", f"{path}/gaps", f"{ONE}/gaps")["items"]
    assert gap["reason"] == "missing" and "live_002" in gap["segment"] and gap["offset"] == pytest.approx(2, abs=0.1)

    code, headers, body = service.request("GET", f"{path}/file")
    assert (code, headers["Content-Type"], len(body)) == (200, "video/mp4", whole["bytes"])
    assert headers["Content-Disposition"] == 'inline; filename="lecture-7.mp4"'
    (tmp_path / "a.mp4").write_bytes(body)
    Movie(tmp_path / "a.mp4").check(whole["frames"])
    code, headers, part = service.request("GET", f"{path}/file", headers={"Range": "bytes=4-7"})
    assert (code, part) == (206, b"ftyp")
    code, headers, part = service.request("HEAD", f"{path}/file")
    assert (code, part, int(headers["Content-Length"])) == (200, b"", whole["bytes"])

    video = str(uuid.uuid4())
    assert check(service, "POST", f"{path}/video", f"{ONE}/video", {"video_id": video.upper()})["video_id"] == video
    assert service.api("GET", f"/recording/{id}")["recording"]["video_id"] == video
    assert check(service, "POST", f"{path}/video", f"{ONE}/video", {"video_id": None})["video_id"] == ""
    for wrong in ({}, {"video_id": "x"}, {"video_id": 5}, {"video_id": video, "more": 1}):
        check(service, "POST", f"{path}/video", f"{ONE}/video", wrong, 400)

    file = pathlib.Path(whole["path"])
    assert file.exists() and check(service, "GET", API, API)["items"] == [service.api("GET", path)]
    check(service, "DELETE", path, ONE, status=204)
    assert events.wait("broadcast-removed") == {"id": id} and not file.exists()
    for method, suffix in (("GET", ""), ("DELETE", ""), ("GET", "/gaps"), ("GET", "/file"), ("POST", "/end"), ("POST", "/retry")):
        check(service, method, path + suffix, ONE + suffix, status=404)
    wait_for(lambda: len(hook.received) >= 3, "what the webhook is told")
    assert [one.message["type"] for one in hook.received] == names[:3]
    assert all(one.message["data"]["id"] == id for one in hook.received)
    assert hook.received[2].message["data"]["status"] == "completed"
    service.api("POST", "/api/v1/cameras", {"id": "other", "url": "rtsp://127.0.0.1:9/", "enabled": False}, status=201)
    cameras.wait("camera-added")
    assert not [name for name, _ in cameras.told if name.startswith("broadcast")], "who asks for a camera hears of no broadcast"
    hook.stop()


def begin_again(service, web) -> dict:
    return check(service, "POST", API, API, {"stream_key": "lecture-7", "playlist_url": web.url("open.m3u8")}, 409)


def test_one_that_fails_and_is_retried(service, web, wait_for, ctl):
    hook = WebhookReceiver()
    service.api("POST", "/api/v1/webhooks", {"id": "hook", "url": hook.url(), "events": ["broadcast.ended", "broadcast.failed"]}, status=201)
    made = begin(service, web.url("noise.m3u8"), "noise")
    failed = wait_status(service, wait_for, made["id"], "failed")
    assert failed["last_error"] and failed["ended_by"] == "source" and "completed_at" in failed
    assert "failed" in ctl("broadcast", "list").stdout and failed["last_error"].split("\n")[0][:20] in ctl("broadcast", "list").stdout
    ctl("broadcast", "retry", "noise", "--wait", status=1)
    wait_for(lambda: [one.message["type"] for one in hook.received] == ["broadcast.ended"] + 2 * ["broadcast.failed"], "its failures")
    assert service.api("GET", f"/recording/{made['id']}")["recording"]["status"] == "failed"
    check(service, "DELETE", f"{API}/{made['id']}", ONE, status=204)
    hook.stop()


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def test_one_in_a_bucket(broadcasts, web, build_dir, tmp_path):
    """Its file is where a redirect leads, for GET and HEAD, without a token; it goes with the broadcast."""
    scene = broadcasts()
    service = scene.service
    scene.wait(lambda: service.request("GET", "/ready")[0] == 200, "readiness")
    made = begin(service, web.url("live.m3u8"))
    whole = scene.wait_status("lecture-7", "completed", 30)
    assert whole["object"] == "lecture-7.mp4" and whole["path"] == ""
    for method in ("GET", "HEAD"):
        request = urllib.request.Request(f"{service.url}{API}/{made['id']}/file", method=method)
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.build_opener(Stay).open(request, timeout=10)
        with raised.value as redirect:
            assert redirect.code == 307 and redirect.headers["Cache-Control"] == "no-store"
        with urllib.request.urlopen(urllib.request.Request(redirect.headers["Location"], method=method), timeout=10) as answer:
            assert (answer.headers["Content-Type"], int(answer.headers["Content-Length"])) == ("video/mp4", whole["bytes"])
            assert 'filename="lecture-7.mp4"' in answer.headers["Content-Disposition"]
            body = answer.read()
            assert hashlib.sha256(body).hexdigest() == whole["sha256"] if method == "GET" else body == b""
    Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)("broadcast", "get", "lecture-7")
    assert hashlib.sha256((tmp_path / "lecture-7.mp4").read_bytes()).hexdigest() == whole["sha256"]
    check(service, "DELETE", f"{API}/{made['id']}", ONE, status=204)
    assert scene.finished.keys() == []
    assert "X-Amz-Signature" not in service.log, "who reads the log may not read the file"


def test_wrong_requests(service):
    for wrong in ({}, {"stream_key": ""}, {"stream_key": "a/b"}, {"stream_key": 5}, {"stream_key": "x" * 65}, {"stream_key": "a", "bogus": 1},
                  {"stream_key": "a", "playlist_url": "file:///etc/passwd"}, {"stream_key": "a", "playlist_url": "http://u:p@127.0.0.1/x.m3u8"},
                  {"stream_key": "a", "user_id": "me"}, {"stream_key": "a", "stream_id": "x"}):
        assert check(service, "POST", API, API, wrong, 400)["detail"], wrong
    for wrong in ("status=live", "stream_id=x", "user_id=x", "stream_key=a%2fb", "limit=0", "cursor=x", "to=soon", "bogus=1"):
        check(service, "GET", f"{API}?{wrong}", API, status=400)
    for id in (uuid.uuid4(), "none", "%2e%2e%2f"):
        for method, suffix in (("GET", ""), ("DELETE", ""), ("GET", "/gaps"), ("GET", "/file"), ("POST", "/end"), ("POST", "/retry")):
            check(service, method, f"{API}/{id}{suffix}", ONE + suffix, status=404)
        check(service, "POST", f"{API}/{id}/video", f"{ONE}/video", {"video_id": None}, 404)
    assert check(service, "GET", API, API) == {"items": []}


def test_tytoctl(service, web, ctl, wait_for, tmp_path):
    assert ctl("broadcast", "list").stdout == "No broadcasts.\n"
    assert "recording" in ctl("broadcast", "start", "lecture-7", "--playlist", web.url("open.m3u8")).stdout
    ctl("broadcast", "start", "lecture-7", "--playlist", web.url("open.m3u8"), status=73)
    one, = ctl.json("broadcast", "list", "--status", "recording")
    assert ctl("broadcast", "list", "--key", "lecture-7", "--ids").stdout == one["id"] + "\n"
    watching = ctl.start("broadcast", "show", "lecture-7", "--watch", "--json")
    lines = [watching.stdout.readline()]
    shown = ctl("broadcast", "show", "lecture-7").stdout
    assert "status" in shown and "recording" in shown and web.url("open.m3u8") in shown
    ctl("broadcast", "delete", one["id"], "--yes", status=75)
    wait_for(lambda: service.api("GET", f"{API}/{one['id']}")["segments"] == SECONDS, "its segments")
    status, text = ctl.on_terminal("broadcast", "end", "lecture-7", "--wait", columns=120)
    assert status == 0 and "completed" in text
    assert watching.wait(15) == 0
    lines += watching.stdout.readlines()
    assert '"recording"' in lines[0] and '"completed"' in lines[-1]
    assert ctl("broadcast", "gaps", one["id"]).stdout == "No gaps.\n"
    listed = ctl("broadcast", "list").stdout
    assert "completed" in listed and "4.0 s" in listed and one["id"] in listed
    ctl("broadcast", "get", "lecture-7")
    Movie(tmp_path / "lecture-7.mp4").check(25 * SECONDS)
    ctl("broadcast", "get", "lecture-7", status=73)
    assert ctl("broadcast", "get", one["id"], "-o", "-", text=False).stdout == (tmp_path / "lecture-7.mp4").read_bytes()
    video = str(uuid.uuid4())
    assert video in ctl("broadcast", "video", "lecture-7", video).stdout
    assert ctl.json("broadcast", "video", "lecture-7", "--none")["video_id"] == ""
    ctl("broadcast", "video", "lecture-7", status=64)
    assert "Broadcasts: 0 recording, 0 processing, 1 completed, 0 failed\n" in ctl("status").stdout
    clip = ctl.json("clip", "add", "--broadcast", "lecture-7", "--name", "Keep")
    assert clip["broadcast"] == one["id"] and one["id"] in ctl("clip", "list", "--broadcast", one["id"]).stdout
    ctl("broadcast", "delete", one["id"], "--yes", status=75)
    ctl("clip", "remove", clip["id"])
    ctl("clip", "add", "--broadcast", "lecture-7", "yard", "-1h", "now", status=64)
    ctl("broadcast", "delete", "lecture-7", "--yes", status=64)
    ctl("broadcast", "delete", one["id"], status=64)  # nobody to ask
    ctl("broadcast", "delete", one["id"], "--yes")
    ctl("broadcast", "show", "lecture-7", status=66)


@pytest.fixture
def bus(tmp_path, build_dir, tytod_environment):
    (tmp_path / "tyto.conf").write_text(SETTINGS + "idle-exit-seconds=1\nhttp-port=0\n")
    command = [f"{build_dir}/src/tytod", "--state", str(tmp_path), "--config", f"{tmp_path}/tyto.conf"]
    private = PrivateBus(tmp_path, ROOT / "data/dbus/org.tyto.Recorder1.conf", command, tytod_environment)
    yield private
    private.end_owner()
    private.stop()


def test_dbus(bus, web):
    def call(method: str, kinds: str = "", *arguments):
        return bus.call(PATH, f"org.tyto.Recorder1.{method}", GLib.Variant(f"({kinds})", arguments) if kinds else None)

    def texts(**members: str) -> dict:
        return {key: GLib.Variant("s", value) for key, value in members.items()}

    made, = call("StartBroadcast", "a{sv}", texts(stream_key="lecture-7", playlist_url=web.url("open.m3u8")))
    assert made["status"] == "recording" and call("GetBroadcast", "s", made["id"])[0]["id"] == made["id"]
    bus.wait(lambda: call("GetBroadcast", "s", made["id"])[0]["segments"] == SECONDS, "its segments")
    rows, cursor = call("ListBroadcasts", "a{sv}", texts(status="recording", stream_key="lecture-7"))
    assert [row["id"] for row in rows] == [made["id"]] and cursor == ""
    pid = bus.owner_pid()
    assert call("EndBroadcast", "s", made["id"])[0]["ended_by"] == "user"
    done = bus.wait(lambda: [args[0] for _, name, args in bus.signals if name == "BroadcastCompleted"], "its MP4")[0]
    assert bus.owner_pid() == pid, "it does not end idle while something is being processed"
    assert done["id"] == made["id"] and pathlib.Path(done["path"]).stat().st_size == done["bytes"]
    told = [name for _, name, _ in bus.signals if name.startswith("Broadcast")]
    assert told[0] == "BroadcastAdded" and "BroadcastChanged" in told
    assert call("ListBroadcastGaps", "s", made["id"]) == ([],)
    video = str(uuid.uuid4())
    assert call("SetBroadcastVideo", "ss", made["id"], video)[0]["video_id"] == video
    for method, name in (("EndBroadcast", "WrongState"), ("RetryBroadcast", "WrongState")):
        with pytest.raises(GLib.Error, match=f"org.tyto.Error.{name}"):
            call(method, "s", made["id"])
    with pytest.raises(GLib.Error, match="org.tyto.Error.InvalidArgument"):
        call("ListBroadcasts", "a{sv}", texts(status="live"))
    call("DeleteBroadcast", "s", made["id"])
    bus.wait(lambda: [1 for _, name, _ in bus.signals if name == "BroadcastRemoved"], "BroadcastRemoved")
    with pytest.raises(GLib.Error, match="org.tyto.Error.NotFound"):
        call("GetBroadcast", "s", made["id"])
    assert call("GetStatus")[0]["broadcasts"]["completed"] == 0
