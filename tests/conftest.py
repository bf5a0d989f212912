# SPDX-License-Identifier: LGPL-2.1-or-later
"""What all tests share. TYTO_BUILD names the build directory (default: build/), TYTO_TEST_INGEST what receives cameras (tools/built.py).

build_dir          path of the build directory (pathlib.Path)
tytod_environment  environment variables that let tytod and tyto-worker run out of the build directory (dict of str)
wait_for           wait_for(condition, what, seconds=15): turns the main loop until condition() gives something; gives that
camsim             camsim("--cameras", "2", …): starts a camera simulator; .url(1), .url(1, "sub"), .control("stats 1") → dict, .stop()
rtsp_server        rtsp_server("( videotestsrc … )"): starts gst-rtsp-server; gives its URL
worker             worker(): starts a tyto-worker and connects to it; see tools/worker_link.py
tytod              tytod(…): starts a tytod; see tools/tytod.py
radosgw, swift, s3_server, s3_bucket, s3_access   real S3 servers and buckets there; see tools/s3_servers.py
collector          collector(): starts a tyto-collector and connects to it; see tools/collector_link.py
hls_live, hls_push, hls_web   live HLS made by real programs, put into a bucket or served; see tools/hls_live.py
s3_faults          s3_faults(server): a proxy before one that fails by rules; see tools/s3_faults.py
broadcasts         broadcasts(…): a tytod that records live HLS out of a bucket into another; see tools/broadcast_scene.py
"""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/tools"))

import built  # noqa: E402
import left_workers  # noqa: E402
from camera_simulator import CameraSimulator  # noqa: E402
from main_loop import wait_until  # noqa: E402
from worker_link import WorkerLink  # noqa: E402

pytest_plugins = ["tytod", "s3_servers", "s3_faults", "archiver_link", "assembler_link", "user_services", "hls_live", "collector_link", "broadcast_scene"]


def pytest_configure(config):
    config.addinivalue_line("markers", "asan: worth running with the sanitizers, too")
    config.addinivalue_line("markers", "ingest: run with the engine of camerasrc that is not the default, too")
    config.addinivalue_line("markers", "server(name): the fixture of the S3 server that the test is on")


@pytest.fixture(scope="session")
def build_dir() -> pathlib.Path:
    return pathlib.Path(os.environ.get("TYTO_BUILD", ROOT / "build")).resolve()


@pytest.fixture(scope="session", autouse=True)
def no_worker_survives(tmp_path_factory):
    yield
    left_workers.check_none(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def tytod_environment(build_dir, tmp_path_factory) -> dict[str, str]:
    return built.environment(build_dir) | {
        "G_DEBUG": "fatal-criticals", "LOG_LEVEL": "debug",
        # With the sanitizers: the registry's scanner has none, so that it could not load our plugins.
        "GST_REGISTRY_FORK": "no", "ASAN_OPTIONS": "fast_unwind_on_malloc=0:intercept_tls_get_addr=0",
        "LSAN_OPTIONS": f"suppressions={ROOT}/tests/tools/lsan.supp:print_suppressions=0"}


@pytest.fixture
def wait_for():
    return wait_until


@pytest.fixture
def camsim(build_dir, tmp_path):
    started = []

    def start(*arguments: str) -> CameraSimulator:
        control = tmp_path / f"camsim-{len(started)}.sock"
        started.append(CameraSimulator(build_dir / "tests/tools/camsim/camsim", control, arguments))
        return started[-1]

    yield start
    for simulator in started:
        simulator.stop()
    assert not any(simulator.process.returncode for simulator in started), "a camsim did not end well (its words are above)"


@pytest.fixture
def rtsp_server():
    started = []

    def start(launch: str, *words: str) -> str:
        started.append(subprocess.Popen(["/usr/bin/python3", str(ROOT / "tests/tools/rtsp_server.py"), launch, *words],
                                        stdout=subprocess.PIPE, text=True))
        line = started[-1].stdout.readline()
        assert line.startswith("READY "), "the RTSP server did not start"
        return line.split()[1]

    yield start
    for process in started:
        process.terminate()
        process.wait(30)


@pytest.fixture
def worker(build_dir, tytod_environment, tmp_path):
    started = []

    def start(**environment: str) -> WorkerLink:
        path = tmp_path / f"worker-{len(started)}.sock"
        program = build_dir / "src/worker/tyto-worker"
        started.append(WorkerLink(program, path, tytod_environment | {"TMPDIR": str(tmp_path)} | environment))
        return started[-1]

    yield start
    for link in started:
        link.kill()
