# SPDX-License-Identifier: LGPL-2.1-or-later
"""systemd's socket activation: the port is held while tytod is idle and away, and the first request is answered."""

import json
import os
import socket
import subprocess
import urllib.request

import pytest


@pytest.fixture
def listening():
    """The socket that systemd would hold."""
    held = socket.create_server(("127.0.0.1", 0))
    yield held
    held.close()


def activate(held, build_dir, environment, state):
    """Starts tytod as systemd does: the socket is descriptor 3, the environment says so (sd_listen_fds(3))."""
    script = 'exec env LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=http "$@" 3<&"$HELD"'
    return subprocess.Popen(["bash", "-c", script, "bash", f"{build_dir}/src/tytod", "--state", str(state), "--bus", "none"],
                            env=os.environ | environment | {"HELD": str(held.fileno())}, pass_fds=[held.fileno()])


def get(held, path):
    port = held.getsockname()[1]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        return json.load(answer)


def test_an_idle_tytod_ends_and_the_next_request_is_answered(listening, build_dir, tytod_environment, tmp_path):
    (tmp_path / "tyto.conf").write_text("[tyto]\nidle-exit-seconds=1\n")
    for _ in range(2):
        process = activate(listening, build_dir, tytod_environment, tmp_path)
        assert get(listening, "/api/v1/status")["cameras"] == 0
        assert process.wait(15) == 0


def test_it_stays_while_a_camera_is_to_be_recorded(listening, build_dir, tytod_environment, tmp_path):
    (tmp_path / "tyto.conf").write_text("[tyto]\nidle-exit-seconds=1\n[cameras/front]\nurl='rtsp://127.0.0.1:9/none'\n")
    process = activate(listening, build_dir, tytod_environment, tmp_path)
    assert get(listening, "/api/v1/status")["cameras"] == 1
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(4)
    process.terminate()
    assert process.wait(12) == 0
