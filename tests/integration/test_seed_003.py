# SPDX-License-Identifier: LGPL-2.1-or-later
"""The streaming platform's endpoints /webhook/stream, /recordings and /recording/{id}, field by field."""

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
import uuid

import pytest
from hls_live import HlsLive
from hls_web import HlsWeb

FIELDS = {"id", "stream_id", "video_id", "file_path", "duration", "file_size", "status", "started_at", "completed_at"}
STARTED = {"event": "stream.started", "stream_id": "bb52ba50-edc5-4056-a62c-6ef211d72d25", "stream_key": "d1eb2fe800d01c797c84f0b622e474d9",
           "user_id": "a781b655-d4e4-46a0-89da-c4f655bb24f0", "timestamp": "2025-10-05T18:00:00Z"}
ENDED = STARTED | {"event": "stream.ended", "timestamp": "2025-10-05T18:31:00Z"}
TOKEN = "open-sesame"
DONE = {"message": "Webhook processed successfully"}
SETTINGS = "[tyto]\nthumbnail-seconds=0\nlive-bucket=''\nbroadcast-poll-ms=300\nbroadcast-idle-seconds=0\nsegment-retry-seconds=0\n" \
           "disk-floor-mib=0\ndisk-floor-percent=0\n"


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """Three seconds of HLS; open.m3u8 is the same, and not over."""
    live = HlsLive(tmp_path_factory.mktemp("hls"), seconds=3, window=0, rate=100)
    live.wait()
    (live.folder / "open.m3u8").write_text(live.playlist.read_text().replace("#EXT-X-ENDLIST", ""))
    server = HlsWeb(live.folder)
    yield server
    server.stop()


@pytest.fixture
def start(tytod, tmp_path, wait_for):
    def begin(settings: str = "", **environment: str):
        state = tmp_path / "state"
        state.mkdir(mode=0o700)
        (state / "tyto.conf").write_text(SETTINGS + settings)
        service = tytod(state=state, **environment)
        bearer = {"Authorization": f"Bearer {TOKEN}"} if "token-file" in settings else {}
        wait_for(lambda: service.request("GET", "/ready", headers=bearer)[0] == 200, "readiness")
        return service
    return begin


def recordings(service, query: str = "") -> list[dict]:
    return service.api("GET", f"/recordings{query}")["recordings"]


def test_from_start_to_end(start, web, wait_for):
    service = start()
    assert service.api("GET", "/recordings") == {"recordings": []}
    assert service.api("POST", "/webhook/stream", STARTED | {"playlist_url": web.url("open.m3u8")}, status=200) == DONE
    one, = recordings(service)
    assert set(one) == FIELDS and uuid.UUID(one["id"])
    assert one | {"id": 0, "duration": 0} == {
        "id": 0, "stream_id": STARTED["stream_id"], "video_id": None, "file_path": "", "duration": 0, "file_size": 0,
        "status": "recording", "started_at": "2025-10-05T18:00:00Z", "completed_at": None}
    # Told twice it changes nothing.
    assert service.api("POST", "/webhook/stream", STARTED) == DONE and len(recordings(service)) == 1
    wait_for(lambda: recordings(service)[0]["duration"] == 3, "its duration, as it is collected", 20)
    assert service.api("POST", "/webhook/stream", ENDED) == DONE
    assert recordings(service)[0]["status"] in ("processing", "completed")

    def completed():
        found, = recordings(service)
        return found if found["status"] not in ("recording", "processing") else None
    whole = wait_for(completed, "the recording", 20)
    assert set(whole) == FIELDS and (whole["status"], whole["duration"], whole["video_id"]) == ("completed", 3, None)
    assert whole["file_path"].endswith(f"/{STARTED['stream_key']}.mp4") and whole["file_size"] > 10000
    assert len(whole["completed_at"]) == len("2025-10-05T18:31:00Z") and whole["completed_at"] > whole["started_at"]
    assert service.api("GET", f"/recording/{whole['id']}") == {"recording": whole}
    # Out of order and once more: nothing begins.
    for event in (ENDED, STARTED, ENDED):
        assert service.api("POST", "/webhook/stream", event) == DONE
    assert recordings(service) == [whole]


def test_health(start):
    said = start().api("GET", "/health")
    assert (said["status"], said["service"]) == ("healthy", "recording-service")


def test_wrong_events(start):
    service = start()
    for event in ("stream.paused", "", None, 7, "stream.started "):
        assert service.api("POST", "/webhook/stream", STARTED | {"event": event}, status=400) == {"error": "Invalid event type"}
    assert service.api("POST", "/webhook/stream", {}, status=400) == {"error": "Invalid event type"}
    for wrong in ({"stream_id": "xyz"}, {"stream_id": None}, {"stream_key": ""}, {"stream_key": "a/b"}, {"stream_key": "x" * 65},
                  {"stream_key": ".."}, {"stream_key": 5}, {"user_id": "me"}, {"user_id": {}}, {"timestamp": "soon"}, {"timestamp": None},
                  {"playlist_url": "file:///etc/passwd"}, {"playlist_url": "https://a:b@example.org/x.m3u8"}, {"playlist_url": "http://"},
                  {"playlist_url": ["x"]}):
        name, = wrong
        answer = service.api("POST", "/webhook/stream", STARTED | wrong, status=400)
        assert set(answer) == {"error"} and name in answer["error"], wrong
    for body in (b"", b"{", b"[]", b'{"event": "stream.started", "event": "stream.ended"}'):
        code, headers, answer = raw(service, body, {})
        assert (code, headers["Content-Type"]) == (400, "application/json") and set(json.loads(answer)) == {"error"}
    assert recordings(service) == []
    code, headers, _ = service.request("GET", "/webhook/stream")
    assert (code, headers["Allow"]) == (405, "POST")


def test_lists(start):
    service = start()
    started = {}
    for number in range(5):
        key, stream = f"key-{number}", str(uuid.UUID(int=number + 1))
        # A start that is told late; one newer member of the service's is passed over.
        event = STARTED | {"stream_key": key, "stream_id": stream, "timestamp": f"2025-10-05T18:0{number}:00+02:00", "viewers": 7}
        service.api("POST", "/webhook/stream", event)
        started[key] = stream
    newest = recordings(service)
    assert [one["started_at"] for one in newest] == [f"2025-10-05T16:0{number}:00Z" for number in (4, 3, 2, 1, 0)]
    page = service.api("GET", "/recordings?limit=2")
    assert page["recordings"] == newest[:2]
    rest = service.api("GET", f"/recordings?limit=1000&cursor={page['next_cursor']}")
    assert rest == {"recordings": newest[2:]}
    assert recordings(service, "?stream_key=key-3") == newest[1:2] == recordings(service, f"?stream_id={started['key-3']}")
    assert recordings(service, "?status=recording") == newest and recordings(service, "?status=failed") == []
    assert recordings(service, "?from=2025-10-05T16:01:00Z&to=2025-10-05T16:03:00Z") == newest[2:4]
    assert recordings(service, f"?user_id={STARTED['user_id']}&limit=1") == newest[:1]
    for wrong in ("status=live", "stream_id=x", "stream_key=..", "limit=0", "limit=1001", "cursor=x", "from=soon", "bogus=1",
                  "from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z"):
        assert service.api("GET", f"/recordings?{wrong}", status=400)["detail"], wrong
    for missing in (uuid.uuid4(), "none", "%2e%2e%2f"):
        assert service.api("GET", f"/recording/{missing}", status=404) == {"error": "Recording not found"}


def raw(service, body: bytes, headers: dict):
    request = urllib.request.Request(service.url + "/webhook/stream", body, {"Content-Type": "application/json"} | headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def standard(secret: str, body: bytes, at: float | None = None, message: str = "msg_1") -> dict:
    stamp = str(int(at if at is not None else time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    value = base64.b64encode(hmac.new(key, f"{message}.{stamp}.".encode() + body, hashlib.sha256).digest()).decode()
    return {"webhook-id": message, "webhook-timestamp": stamp, "webhook-signature": f"v1,AAAA v1,{value}"}


def digest(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(("secret", "variable"), [("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "STREAM_SECRET"),
                                                  ("swordfish 4711", "STREAM_WEBHOOK_SECRET")])
def test_signatures(start, tmp_path, secret, variable):
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    reference = "stream-webhook-secret='${STREAM_SECRET}'\n" if variable == "STREAM_SECRET" else ""
    service = start(f"token-file='{token}'\n{reference}", **{variable: secret})
    body = json.dumps(STARTED).encode()
    other = json.dumps(ENDED).encode()
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    for headers in ({}, bearer, standard(secret, other), standard(secret + "x" if secret[0] == "s" else "whsec_" + "A" * 32, body),
                    standard(secret, body, time.time() - 400), standard(secret, body, time.time() + 400),
                    standard(secret, body) | {"webhook-id": "msg_2"}, {"X-Hub-Signature-256": digest(secret, other)},
                    {"X-Signature-256": digest("another", body)}, {"X-Hub-Signature-256": "sha256="},
                    standard(secret, other) | {"X-Hub-Signature-256": digest(secret, body)}):
        code, _, answer = raw(service, body, headers)
        assert (code, json.loads(answer)) == (401, {"error": "Invalid signature"}), headers
    rows = json.loads(service.request("GET", "/recordings", headers=bearer)[2])["recordings"]
    assert rows == []
    # No token is asked for, and not the Host of this machine: who signs may come by a proxy.
    for headers in (standard(secret, body), standard(secret, body) | {"Host": "tyto.example"}, {"X-Hub-Signature-256": digest(secret, body)},
                    {"X-Signature-256": digest(secret, body).upper().replace("SHA256", "sha256")}):
        code, _, answer = raw(service, body, headers)
        assert (code, json.loads(answer)) == (200, DONE), headers
    assert service.request("GET", "/recordings")[0] == 401, "all else needs the token"
    assert len(json.loads(service.request("GET", "/recordings", headers=bearer)[2])["recordings"]) == 1
    assert secret not in service.log


def test_without_a_secret_the_token_is_asked_for(start, tmp_path):
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    service = start(f"token-file='{token}'\n")
    body = json.dumps(STARTED).encode()
    assert raw(service, body, {})[0] == 401
    assert raw(service, body, {"Authorization": f"Bearer {TOKEN}"})[0] == 200


def test_a_secret_that_is_not_there_lets_nobody_in(start):
    service = start("stream-webhook-secret='${NOWHERE_TO_BE_FOUND}'\n")
    body = json.dumps(STARTED).encode()
    code, _, answer = raw(service, body, {"X-Hub-Signature-256": digest("", body)})
    assert code == 503 and set(json.loads(answer)) == {"error"}
    assert recordings(service) == [] and "NOWHERE_TO_BE_FOUND" in service.log
