# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may use the API: loopback without a token, anybody with it; and the socket that systemd hands over."""

import os
import pathlib
import socket
import subprocess
import urllib.request

TOKEN = "open-sesame-4711"


def with_settings(tmp_path, text: str) -> pathlib.Path:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    (state / "tyto.conf").write_text(f"[tyto]\n{text}\n")
    return state


def test_only_loopback_names_without_a_token(tytod):
    service = tytod()
    for host in ("localhost", "127.0.0.1", "127.1.2.3:80", "LOCALHOST:8083", "[::1]:8083"):
        assert service.request("GET", "/api/v1/cameras", None, {"Host": host})[0] == 200, host
    for host in ("evil.example", "127.0.0.1.evil.example", "10.0.0.1", "localhost.evil.example:8083"):
        code, _, body = service.request("GET", "/health", None, {"Host": host})
        assert code == 403 and b"token" in body, host


def test_no_pages_from_elsewhere(tytod):
    service = tytod()
    own = service.url
    for headers, code in (({"Origin": own}, 404), ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403),
                          ({"Origin": own + "0"}, 403), ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-origin"}, 404)):
        assert service.request("POST", "/api/v1/recording/stop/nobody", None, headers)[0] == code, headers


def test_a_token_is_asked_for(tytod, tmp_path):
    secret = tmp_path / "token"
    secret.write_text(TOKEN + "\n")
    secret.chmod(0o600)
    service = tytod(state=with_settings(tmp_path, f"token-file='{secret}'"))
    for path in ("/health", "/livez"):
        assert service.request("GET", path)[0] == 200
    for path in ("/", "/ready", "/metrics", "/api/v1/cameras", "/api/v1/segments", "/openapi.yaml", "/nothing"):
        for header in ({}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": "Bearer"}, {"Authorization": "Bearer wrong"},
                       {"Authorization": f"Bearer {TOKEN}x"}):
            code, headers, body = service.request("GET", path, None, header)
            assert (code, headers["WWW-Authenticate"]) == (401, 'Bearer realm="tyto"'), (path, header)
            assert headers["Content-Type"] == "application/problem+json" and b"hint" in body
    code, headers, _ = service.request("DELETE", "/api/v1/cameras")
    assert code == 401 and headers["Allow"] is None, "a stranger learns nothing of what there is"
    for scheme in ("Bearer", "bearer"):
        assert service.request("GET", "/api/v1/cameras", None, {"Authorization": f"{scheme} {TOKEN}"})[0] == 200
    assert service.request("GET", "/api/v1/cameras", None, {"Authorization": f"Bearer {TOKEN}", "Host": "tyto.example"})[0] == 200
    assert TOKEN not in service.log


def run_to_its_end(build_dir, environment, state: pathlib.Path, **more) -> subprocess.CompletedProcess:
    return subprocess.run([build_dir / "src/tytod", "--state", state, "--port", "0", "--bus", "none"], text=True, timeout=20,
                          env=os.environ | environment | more, capture_output=True, check=False)


def test_the_network_is_not_served_without_a_token(build_dir, tytod_environment, tmp_path):
    ended = run_to_its_end(build_dir, tytod_environment, with_settings(tmp_path, "http-address='0.0.0.0'"))
    assert ended.returncode != 0 and "token-file" in ended.stderr and "0.0.0.0" in ended.stderr
    assert "Listening" not in ended.stdout


def test_a_token_that_cannot_be_read_ends_it(build_dir, tytod_environment, tmp_path):
    ended = run_to_its_end(build_dir, tytod_environment, with_settings(tmp_path, f"token-file='{tmp_path}/nothing'"))
    assert ended.returncode != 0 and "nothing" in ended.stderr


def test_the_network_is_served_with_a_token(tytod, tmp_path):
    secret = tmp_path / "token"
    secret.write_text(TOKEN)
    service = tytod(state=with_settings(tmp_path, f"token-file='{secret}'\nhttp-address='0.0.0.0'"))
    port = service.url.rpartition(":")[2]
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/cameras", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def handed_over(build_dir, environment, state: pathlib.Path, listener: socket.socket) -> subprocess.Popen:
    """Starts tytod as systemd would (sd_listen_fds(3)): the shell keeps its process id over exec."""
    script = f'exec 3<&{listener.fileno()}; export LISTEN_FDS=1 LISTEN_PID=$$ LISTEN_FDNAMES=http; exec "$@"'
    command = ["bash", "-c", script, "bash", build_dir / "src/tytod", "--state", state, "--bus", "none"]
    return subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.PIPE, text=True, pass_fds=[listener.fileno()])


def test_a_socket_handed_over(build_dir, tytod_environment, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        process = handed_over(build_dir, tytod_environment, tmp_path / "state", listener)
        assert process.stdout.readline().strip() == f"Listening on http://127.0.0.1:{port}"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=10) as answer:
            assert answer.read() == b"ok\n"
        process.terminate()
        assert process.wait(12) == 0
        process.stdout.close()


def test_a_unix_socket_handed_over(build_dir, tytod_environment, tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "http.sock"))
        listener.listen()
        process = handed_over(build_dir, tytod_environment, tmp_path / "state", listener)
        assert process.stdout.readline()
        for request in (b"GET /livez HTTP/1.0\r\n\r\n", b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(tmp_path / "http.sock"))
                client.sendall(request)
                assert b" 200 OK" in b"".join(iter(lambda: client.recv(4096), b""))
        process.terminate()
        assert process.wait(12) == 0
        process.stdout.close()
