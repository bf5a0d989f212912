# SPDX-License-Identifier: LGPL-2.1-or-later
"""Webhooks: signed, tried again, and sent to nobody they must not be sent to."""

import re
import socket
import subprocess
import threading
import time

import pytest
from main_loop import allowed
from tytoctl import Tytoctl
from webhook_receiver import WebhookReceiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
HOOKS = "/api/v1/webhooks"


@pytest.fixture
def receiver():
    started = []

    def start(*answers, **options) -> WebhookReceiver:
        started.append(WebhookReceiver(*answers, **options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def add_hook(service, url: str, name: str = "hook", **members) -> dict:
    """A webhook that is told of cameras' states."""
    return service.api("POST", HOOKS, {"id": name, "url": url, "secret": SECRET, "events": ["camera.state"]} | members, 201)


def happen(service, camera: str) -> None:
    """An event camera.state of @camera."""
    service.api("POST", "/api/v1/cameras", {"id": camera, "url": "rtsp://127.0.0.1:9/x", "enabled": False}, 201)


def hook(service, name: str = "hook") -> dict:
    return service.api("GET", f"{HOOKS}/{name}")


@pytest.mark.asan
def test_what_happens_arrives_signed(tytod, receiver, wait_for):
    service, target = tytod(), receiver()
    added = add_hook(service, target.url(path="/tyto?key=1"))
    assert "secret" not in added and added["has_secret"] and added["enabled"]
    happen(service, "a")
    wait_for(lambda: target.received, "the message")
    request = target.received[0]
    assert request.path == "/tyto?key=1" and request.headers["content-type"] == "application/json"
    assert request.headers["host"] == f"127.0.0.1:{target.port}" and request.headers["user-agent"].startswith("Tyto/")
    assert request.is_signed_by(SECRET) and not request.is_signed_by(OTHER)
    assert re.fullmatch(r"msg_[0-9a-f-]{36}", request.id)
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < allowed(5)
    assert list(request.message) == ["type", "timestamp", "data"]
    assert request.message["type"] == "camera.state"
    data = request.message["data"]
    assert (data["camera"], data["state"], data["before"]) == ("a", "off", "")
    wait_for(lambda: hook(service)["delivered"] == 1, "the count")
    state = hook(service)
    assert (state["pending"], state["failed"], state["last_status"], state["last_error"]) == (0, 0, 204, "")
    wait_for(lambda: service.rows("deliveries") == [], "the queue to be empty")
    metrics = service.request("GET", "/metrics")[2].decode()
    assert 'tyto_webhook_deliveries_total{webhook="hook",result="delivered"} 1\n' in metrics
    assert 'tyto_webhook_pending{webhook="hook"} 0\n' in metrics


def test_only_what_is_wanted_is_sent(tytod, receiver, wait_for):
    service, alerts, states = tytod(), receiver(), receiver()
    add_hook(service, alerts.url(), "alerts", events=["alert.raised"])
    add_hook(service, states.url(), "states")
    add_hook(service, states.url(), "off", enabled=False)
    happen(service, "a")
    wait_for(lambda: states.received, "the message")
    service.api("PATCH", f"{HOOKS}/states", {"enabled": False})
    happen(service, "b")
    service.api("PATCH", f"{HOOKS}/states", {"enabled": True})
    happen(service, "c")
    wait_for(lambda: len(states.received) == 2, "the next message")
    assert [data["camera"] for data in states.messages("camera.state")] == ["a", "c"] and not alerts.received


def test_a_made_secret_is_shown_once(tytod, receiver, wait_for):
    service, target = tytod(), receiver()
    made = service.api("POST", HOOKS, {"url": target.url(), "events": ["camera.state"]}, 201)
    first = made["secret"]
    happen(service, "a")
    wait_for(lambda: target.received, "the message")
    assert target.received[0].is_signed_by(first)
    rotated = service.api("POST", f"{HOOKS}/{made['id']}/rotate")
    second = rotated["secret"]
    happen(service, "b")
    wait_for(lambda: len(target.received) == 2, "the message after the change of secrets")
    assert second != first and all(target.received[1].is_signed_by(secret) for secret in (first, second))
    service.api("PATCH", f"{HOOKS}/{made['id']}", {"secret": SECRET})
    happen(service, "c")
    wait_for(lambda: len(target.received) == 3, "the message with a secret of the receiver's")
    assert all(target.received[2].is_signed_by(secret) for secret in (first, second, SECRET))

    shown = service.request("GET", HOOKS)[2].decode() + service.request("GET", f"{HOOKS}/{made['id']}")[2].decode()
    assert "whsec_" not in shown + service.log + service.config.read_text()
    kept = service.state / "secrets" / f"webhook-{made['id']}"
    assert kept.stat().st_mode & 0o777 == 0o600 and first in kept.read_text()
    service.api("DELETE", f"{HOOKS}/{made['id']}", status=204)
    assert not kept.exists() and service.api("GET", HOOKS)["items"] == []


def test_secrets_of_a_credential(tytod, receiver, wait_for):
    service, target = tytod(HOOK_SECRETS=f"{SECRET}\n{OTHER}\n"), receiver()
    add_hook(service, target.url(), secret="${HOOK_SECRETS}")
    happen(service, "a")
    wait_for(lambda: target.received, "the message")
    assert target.received[0].is_signed_by(SECRET) and target.received[0].is_signed_by(OTHER)
    assert "${HOOK_SECRETS}" in service.config.read_text()
    assert service.request("POST", f"{HOOKS}/hook/rotate")[0] == 409
    add_hook(service, target.url(), "lost", secret="${NO_SUCH_SECRET}")
    result = service.api("POST", f"{HOOKS}/lost/test")
    assert not result["delivered"] and "NO_SUCH_SECRET" in result["error"] and len(target.received) == 1


@pytest.mark.asan
def test_a_failed_delivery_is_tried_again_in_order(tytod, receiver, wait_for):
    service, target = tytod(), receiver(500, (503, {"Retry-After": "12"}), 204)
    add_hook(service, target.url())
    for camera in ("a", "b", "c"):
        happen(service, camera)
    wait_for(lambda: target.received, "the first try")
    state = wait_for(lambda: (now := hook(service))["failed"] and now, "the failure to be known")
    assert (state["pending"], state["delivered"], state["last_status"]) == (3, 0, 500) and "500" in state["last_error"]
    wait_for(lambda: len(target.received) >= 2, "the second try")
    assert target.received[1].id == target.received[0].id
    assert 4.4 < target.received[1].at - target.received[0].at < allowed(8)
    wait_for(lambda: len(target.received) >= 4, "the messages that wait", 30)
    # What failed twice waits minutes; Retry-After is for them all.
    assert target.received[2].at - target.received[1].at > 11.5
    assert [request.message["data"]["camera"] for request in target.received] == ["a", "a", "b", "c"]
    assert all(request.is_signed_by(SECRET) for request in target.received)
    wait_for(lambda: hook(service)["pending"] == 1, "the last answer to be taken in")


def test_a_delivery_outlives_the_service(tytod, receiver, wait_for):
    service, target = tytod(), receiver(500, 204)
    add_hook(service, target.url())
    happen(service, "a")
    wait_for(lambda: [(row["endpoint"], row["tries"]) for row in service.rows("deliveries")] == [("hook", 1)], "the first try")
    service.kill()
    rows = service.rows("deliveries")
    service.start()
    wait_for(lambda: len(target.received) == 2, "the second try")
    assert target.received[1].id == target.received[0].id == rows[0]["id"]
    assert target.received[1].body == target.received[0].body and target.received[1].is_signed_by(SECRET)
    wait_for(lambda: hook(service)["pending"] == 0, "an empty queue")


def test_what_waits_for_nobody_is_forgotten(tytod, receiver, wait_for):
    service, target = tytod(), receiver(500)
    for name in ("hook", "other"):
        add_hook(service, target.url(), name)
    happen(service, "a")
    wait_for(lambda: hook(service)["failed"] and hook(service, "other")["failed"], "the first tries")
    service.api("DELETE", f"{HOOKS}/hook", status=204)
    wait_for(lambda: [row["endpoint"] for row in service.rows("deliveries")] == ["other"], "its rows to go")
    service.stop()
    service.config.write_text("[tyto]\n")
    service.start()
    wait_for(lambda: service.rows("deliveries") == [], "the rows of what is not configured to go")


@pytest.mark.asan
def test_a_receiver_that_hangs_delays_no_other(tytod, receiver, wait_for):
    service, slow, quick = tytod(), receiver(0), receiver()
    add_hook(service, slow.url(), "slow")
    add_hook(service, quick.url(), "quick")
    for camera in ("a", "b"):
        happen(service, camera)
    wait_for(lambda: len(quick.received) == 2 and slow.received, "the quick receiver")
    begin = slow.received[0].at
    assert quick.received[1].at - begin < allowed(5)
    wait_for(lambda: hook(service, "slow")["failed"] == 1, "the time to be over", 25)
    assert 8 < time.monotonic() - begin < allowed(20) and len(slow.received) == 1
    assert "did not answer in time" in hook(service, "slow")["last_error"]


def test_redirects_are_not_followed(tytod, receiver):
    service, elsewhere = tytod(), receiver()
    for status in (301, 302, 307, 308):
        target = receiver((status, {"Location": elsewhere.url()}))
        add_hook(service, target.url(), f"r{status}")
        result = service.api("POST", f"{HOOKS}/r{status}/test")
        assert (result["delivered"], result["status"]) == (False, status) and "redirects" in result["error"]
        assert len(target.received) == 1
    assert not elsewhere.received


def test_addresses_that_are_refused(tytod, receiver):
    service, target = tytod(), receiver()
    for host in ("169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "0.0.0.0", "[::]", "224.0.0.1", "100.100.100.200"):
        answer = service.api("POST", HOOKS, {"url": f"http://{host}/"}, 400)
        assert "since" in answer["detail"] and answer["hint"]
    # Known only once they are resolved: names of loopback, and numbers that inet_aton(3) would take.
    for name, host in (("name", "rebound.localhost"), ("decimal", "2130706433"), ("hex", "0x7f000001"), ("short", "127.1")):
        add_hook(service, target.url(host), name)
        result = service.api("POST", f"{HOOKS}/{name}/test")
        assert not result["delivered"] and result["status"] == 0 and host in result["error"]
    add_hook(service, target.url("localhost"), "named")
    assert service.api("POST", f"{HOOKS}/named/test")["delivered"]
    assert len(target.received) == 1 and target.messages("webhook.test")[0]["webhook"] == "named"


def test_410_disables_and_is_an_alert(tytod, receiver, wait_for):
    service, gone, other = tytod(), receiver(410), receiver()
    add_hook(service, gone.url(), "gone")
    add_hook(service, other.url(), "other", events=["alert.raised", "alert.cleared"])
    happen(service, "a")
    alert = wait_for(lambda: other.messages("alert.raised"), "the alert")[0]
    assert alert["kind"] == "webhook" and "gone" in alert["message"] and "410" in alert["message"]
    assert not hook(service, "gone")["enabled"] and "enabled=false" in service.config.read_text()
    happen(service, "b")
    assert hook(service, "gone")["pending"] == 0 and len(gone.received) == 1
    service.api("PATCH", f"{HOOKS}/gone", {"enabled": True})
    wait_for(lambda: other.messages("alert.cleared"), "the alert to be over")


@pytest.fixture
def certificate(tmp_path):
    path = tmp_path / "receiver.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", path, "-out", tmp_path / "ca.pem"],
                   check=True, capture_output=True)
    path.write_text(path.read_text() + (tmp_path / "ca.pem").read_text())
    return path


@pytest.mark.asan
def test_certificates_are_verified(tytod, receiver, certificate, tmp_path):
    service, target = tytod(), receiver(certificate=certificate)
    add_hook(service, target.url("localhost"))
    add_hook(service, target.url("127.0.0.1"), "numeric")
    result = service.api("POST", f"{HOOKS}/hook/test")
    assert not result["delivered"] and "no trusted authority" in result["error"]
    service.stop()
    service.config.write_text(service.config.read_text() + f"\n[tyto]\nwebhook-ca-file='{tmp_path}/ca.pem'\n")
    service.start()
    assert service.api("POST", f"{HOOKS}/hook/test")["delivered"]
    assert target.server_names[-1] == "localhost" and target.received[0].headers["host"] == f"localhost:{target.port}"
    result = service.api("POST", f"{HOOKS}/numeric/test")
    assert not result["delivered"] and "another host" in result["error"] and len(target.received) == 1


def test_proxies_are_not_used(tytod, receiver):
    proxy, target = receiver(), receiver()
    service = tytod(http_proxy=proxy.url(path=""), HTTP_PROXY=proxy.url(path=""))
    add_hook(service, target.url())
    assert service.api("POST", f"{HOOKS}/hook/test")["delivered"] and not proxy.received


def resident_kib(pid: int) -> int:
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


@pytest.mark.parametrize("flood", [b"X-Endless: " + b"x" * 4096 + b"\r\n", b"x" * 4096], ids=["header", "body"])
def test_an_endless_answer_does_no_harm(tytod, flood):
    service = tytod()
    over = threading.Event()

    def serve(listener):
        connection = listener.accept()[0]
        with connection:
            try:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\n" + (b"" if flood.startswith(b"X-") else b"\r\n"))
                while not over.is_set():
                    connection.sendall(flood * 16)
            except OSError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        add_hook(service, f"http://127.0.0.1:{listener.getsockname()[1]}/")
        before = resident_kib(service.pid)
        result = service.api("POST", f"{HOOKS}/hook/test", None)
        over.set()
        thread.join(10)
    assert resident_kib(service.pid) - before < 16 * 1024
    assert result["delivered"] == (not flood.startswith(b"X-"))
    assert service.api("GET", "/api/v1/status")["ready"]


def test_mistakes_are_explained(tytod):
    service = tytod()
    add_hook(service, "http://192.0.2.1/")
    for body, status in (({"id": "hook", "url": "http://192.0.2.1/"}, 409), ({"id": "x"}, 400), ({"url": "ftp://x/"}, 400),
                         ({"url": "http://x/", "secret": "hunter2"}, 400), ({"url": "http://x/", "events": []}, 400),
                         ({"url": "http://x/", "id": "a b"}, 400), ({"url": "http://u:hunter2@x/"}, 400), ({"url": "http://x/", "x": 1}, 400)):
        answer = service.api("POST", HOOKS, body, status)
        assert answer["detail"] and "hunter2" not in str(answer)
    for method, path in (("GET", "none"), ("PATCH", "none"), ("DELETE", "none"), ("POST", "none/test"), ("POST", "none/rotate")):
        body = {} if method == "PATCH" else None
        assert service.api(method, f"{HOOKS}/{path}", body, 404)["hint"]
    assert "hunter2" not in service.log


def test_edits_by_hand_are_followed(tytod, receiver, wait_for):
    service, target = tytod(), receiver()
    service.config.write_text(f"[webhooks/by-hand]\nurl='{target.url()}'\nsecret='{SECRET}'\nevents=['camera.state']\n")
    wait_for(lambda: service.api("GET", HOOKS)["items"], "the edit to be seen")
    happen(service, "a")
    wait_for(lambda: target.received, "the message")
    assert target.received[0].is_signed_by(SECRET)
    checked = subprocess.run([service.command[0], "--check-config", "--config", service.config], capture_output=True, text=True,
                             env=service.environment | {"PATH": "/usr/bin"})
    assert checked.returncode == 0, checked.stderr


def test_the_command_line(build_dir, tytod, receiver, tmp_path, wait_for):
    service, good, bad = tytod(), receiver(), receiver(500)
    ctl = Tytoctl(build_dir / "src/tytoctl/tytoctl", service.url, tmp_path)
    assert "tytoctl webhook add" in ctl("webhook", "list").stdout
    added = ctl("webhook", "add", "good", good.url(), "--event", "camera.state", "-e", "gap.opened").stdout
    secret = re.search(r"whsec_\S+", added).group()
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    added = ctl.json("webhook", "add", "bad", bad.url(), "--secret-file", "secret")
    assert "secret" not in added and added["events"] == ["alert.cleared", "alert.raised"]
    assert ctl("webhook", "list", "--ids").stdout == "bad\ngood\n"

    assert "Delivered: the receiver answered 204" in ctl("webhook", "test", "good").stdout
    assert "Not delivered: The receiver answered 500." in ctl("webhook", "test", "bad", status=1).stdout
    assert good.received[0].is_signed_by(secret) and bad.received[0].is_signed_by(SECRET)
    table = ctl("webhook", "list").stdout
    assert re.search(r"^bad +failing +0 ", table, re.M) and re.search(r"^good +works +0 ", table, re.M) and "answered 500" in table
    shown = ctl("webhook", "show", "good").stdout
    assert "camera.state, gap.opened" in shown and "whsec_" not in shown + ctl("webhook", "show", "good", "--json").stdout

    rotated = re.search(r"whsec_\S+", ctl("webhook", "rotate", "good").stdout).group()
    ctl("webhook", "test", "good")
    assert good.received[1].is_signed_by(secret) and good.received[1].is_signed_by(rotated)
    assert not ctl.json("webhook", "change", "good", "--disabled", "--event", "alert.raised")["enabled"]
    ctl("webhook", "change", "good", "--enabled", good.url(path="/new"))
    ctl("webhook", "test", "good")
    assert good.received[2].path == "/new"
    assert "--yes" in ctl("webhook", "remove", "good", status=64).stderr
    ctl("webhook", "remove", "good", "bad", "--yes")
    ctl("webhook", "show", "good", status=66)
    for words in (["add", "x", "ftp://x/"], ["add", "x", "http://169.254.169.254/"], ["change", "x"], ["add", "a b", "http://x/"]):
        ctl("webhook", *words, status=64)
    assert not any("whsec_" in text for text in (service.log, service.config.read_text()))


def test_segments_gaps_and_alerts_of_a_camera(tytod, camsim, receiver, wait_for):
    service, simulator, target = tytod(segment_seconds=1), camsim("--cameras", "1", "--gop", "0.5"), receiver()
    add_hook(service, target.url(), events=["segment.closed", "gap.opened", "gap.closed", "camera.state", "alert.raised"])
    service.api("POST", "/api/v1/cameras", {"id": "a", "url": simulator.url(1)}, 201)
    segment = wait_for(lambda: target.messages("segment.closed"), "a segment", 20)[0]
    assert service.api("GET", f"/api/v1/segments/{segment['id']}")["path"] == segment["path"]
    simulator.stop()
    gap = wait_for(lambda: target.messages("gap.opened"), "the gap", 20)[-1]
    assert gap["camera"] == "a" and gap["reason"].startswith("camera-")
    service.api("POST", "/api/v1/cameras/a/stop")
    wait_for(lambda: [one for one in target.messages("gap.closed") if one["start"] == gap["start"]], "the gap to be over")
    alerts = wait_for(lambda: target.messages("alert.raised"), "an alert")
    assert {alert["camera"] for alert in alerts} == {"a"} and all(alert["kind"] and alert["severity"] for alert in alerts)
    states = [data["state"] for data in target.messages("camera.state")]
    assert states[0] in ("off", "connecting") and "recording" in states and "retrying" in states
    assert all(before != state for before, state in zip(states, states[1:]))
    assert all(request.is_signed_by(SECRET) for request in target.received)
