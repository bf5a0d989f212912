# SPDX-License-Identifier: LGPL-2.1-or-later
"""A running tytod, with a state directory of its own and any free port.

tytod              tytod(segment_seconds=2, bus="none", worker=…, options=[…], state=…, settings="key=value", **environment): starts one, listening
                   when it returns; .url, .pid, .state, .api(), .camera(), .stop(), .kill(), .wait(), .log
"""

import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import urllib.error
import urllib.request

import built
import left_workers
import pytest
from main_loop import allowed


class Tytod:
    def __init__(self, program: pathlib.Path, state: pathlib.Path, environment: dict, options=(), bus="none"):
        self.state = state
        self.config = state / "tyto.conf"
        self.log_path = state.parent / f"{state.name}.log"
        self.command = [str(program), "--state", str(state), "--port", "0", "--bus", bus, *map(str, options)]
        self.environment = {"TMPDIR": str(state.parent)} | environment
        state.mkdir(mode=0o700, exist_ok=True)
        self.start()

    def start(self) -> None:
        """Starts it, again after an end with the same state."""
        with open(self.log_path, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(self.command, env=os.environ | self.environment, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("Listening on http://"), f"tytod did not start: {line!r}\n{self.log}"
        self.url = line.removeprefix("Listening on ").strip()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")  # its last line may be on its way

    def request(self, method: str, path: str, body=None, headers=None, timeout: float | None = None):
        """One request; gives (status, headers, bytes), for errors too."""
        data = json.dumps(body).encode() if body is not None else None
        headers = ({"Content-Type": "application/json"} if data is not None else {}) | (headers or {})
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout or allowed(20)) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def api(self, method: str, path: str, body=None, status: int | None = None):
        """One request; gives its JSON (None when there is none). Fails unless the status is @status (any 2xx by default)."""
        code, _, answer = self.request(method, path, body)
        expected = status == code if status is not None else 200 <= code < 300
        assert expected, f"{method} {path}: {code} {answer.decode(errors='replace')}"
        return json.loads(answer) if answer else None

    def camera(self, camera: str) -> dict:
        row = self.api("GET", f"/api/v1/cameras/{camera}")
        if row["format"] == "mp4":  # the others are left to rtspsrc
            built.check_ingest(row["transport"], row["ingest_used"])
        return row

    def rows(self, table: str, camera: str | None = None) -> list[dict]:
        """Rows of the catalogue's @table as they stand in its file, also when tytod is down."""
        with sqlite3.connect(f"file:{self.state}/catalogue.db?mode=ro", uri=True, timeout=30) as database:
            database.row_factory = sqlite3.Row
            rows = [dict(row) for row in database.execute(f"SELECT * FROM {table}")]
        return [row for row in rows if camera in (None, row.get("camera", row.get("camera_id")))]

    def wait(self, seconds: float = 12) -> int:
        code = self.process.wait(allowed(seconds))
        self.process.stdout.close()
        return code

    def stop(self) -> int:
        """SIGTERM; gives its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """SIGKILL; its workers record on."""
        if self.process.poll() is None:
            self.process.kill()
        self.wait()


@pytest.fixture
def tytod(build_dir, tytod_environment, tmp_path):
    started = []

    def start(segment_seconds: int = 2, bus: str = "none", worker: pathlib.Path | None = None, options=(),
              state: pathlib.Path | None = None, settings: str = "", **environment: str) -> Tytod:
        words = [*options, *(["--worker", worker] if worker else [])]
        state = state or tmp_path / f"tytod-{len(started)}"
        if settings:
            state.mkdir(mode=0o700)
            (state / "tyto.conf").write_text(f"[tyto]\n{settings}\n")
        everything = tytod_environment | {"SEGMENT_SECONDS": str(segment_seconds)} | environment
        started.append(Tytod(build_dir / "src/tytod", state, everything, words, bus))
        return started[-1]

    yield start
    statuses = []
    for service in started:
        if service.process.poll() is None:
            statuses.append(service.stop())
        print(f"--- {service.log_path}\n{service.log}")
    left_workers.end(tmp_path)
    assert not any(statuses), "tytod did not end well (its log is above)"
