# SPDX-License-Identifier: LGPL-2.1-or-later
"""A tyto-collector and the private link to it, as tytod holds it.

collector    collector(**environment): starts one and connects to it; gives a CollectorLink
read_journal(directory)   what it wrote: {(position, rendition): its last line (dict)}, and whether all was collected
"""

import json
import os
import pathlib
import subprocess

import pytest
from gi.repository import GLib
from main_loop import wait_until
from worker_link import WorkerLink


def read_journal(directory) -> tuple[dict[tuple[int, int], dict], bool]:
    segments, ended = {}, False
    for line in (pathlib.Path(directory) / "journal").read_text().split("\n"):
        if not line:
            continue
        row = json.loads(line)
        if "position" in row:
            segments.setdefault((row["position"], row["rendition"]), {}).update(row)
        ended = row.get("ended", False)
    return dict(sorted(segments.items())), ended


class CollectorLink(WorkerLink):
    PATH, INTERFACE = "/org/tyto/Collector", "org.tyto.Collector1"

    def greet(self) -> dict:
        return {}

    def _start(self, program, descriptor, environment):
        self.log = pathlib.Path(environment["COLLECTOR_LOG"])
        with open(self.log, "ab") as log:
            return subprocess.Popen(["bash", "-c", 'exec "$@" 3<&"$HELD"', "bash", str(program), "--socket-fd", "3"], stderr=log,
                                    env=environment | {"HELD": str(descriptor)}, pass_fds=[descriptor])

    def configure(self, access=None, **changes) -> None:
        """@access: an S3Access (s3_servers.py), None: no object store. Settings with `_` for `-`."""
        strings = {"url-ca-file": ""}
        if access:
            strings |= {"endpoint": access.endpoint, "region": access.region, "bucket": access.bucket, "access-key": access.access_key,
                        "secret-key": access.secret_key, "session-token": access.session_token, "addressing": access.addressing,
                        "ca-file": access.ca_file}
        small = {"parallel": 4, "timeout": 5, "tries": 3, "retry-seconds": 0, "poll-ms": 200}
        changed = {key.replace("_", "-"): value for key, value in changes.items()}
        settings = {}
        for kind, members in (("s", strings), ("u", small), ("t", {"disk-floor": 0})):
            settings |= {key: GLib.Variant(kind, changed.get(key, value)) for key, value in members.items()}
        self.call("Configure", "(a{sv})", settings)

    def collect(self, name: str, key: str, directory, source: str = "bucket", after: int = -1) -> None:
        broadcast = {"stream-key": GLib.Variant("s", key), "source": GLib.Variant("s", source),
                     "directory": GLib.Variant("s", str(directory)), "after": GLib.Variant("x", after)}
        self.call("Collect", "(sa{sv})", name, broadcast)

    def end(self, name: str) -> None:
        self.call("End", "(s)", name)

    def drop(self, name: str) -> None:
        self.call("Drop", "(s)", name)

    def found(self, key: str) -> list[tuple]:
        """(newest, age_ms, ended) of each Found of @key."""
        return [arguments[1:] for told, arguments in self.signals if told == "Found" and arguments[0] == key]

    def states(self, name: str) -> list[dict]:
        return [arguments[1] for told, arguments in self.signals if told in ("Progress", "Collected") and arguments[0] == name]

    def wait_state(self, name: str, condition, what: str, seconds: float = 20) -> dict:
        """Waits until the latest state fulfils @condition; gives it."""
        return wait_until(lambda: [state for state in self.states(name)[-1:] if condition(state)], f"{what} of {name}", seconds)[0]

    def wait_fetched(self, name: str, count: int, seconds: float = 20) -> dict:
        return self.wait_state(name, lambda state: state["segments"] >= count, f"{count} segments", seconds)

    def wait_collected(self, name: str, seconds: float = 30) -> dict:
        return wait_until(lambda: [arguments[1] for told, arguments in self.signals if told == "Collected" and arguments[0] == name],
                          f"all of {name}", seconds)[-1]


@pytest.fixture
def collector(build_dir, tytod_environment, tmp_path):
    started = []

    def start(**environment: str) -> CollectorLink:
        path = tmp_path / f"collector-{len(started)}.sock"
        words = os.environ | tytod_environment | {"COLLECTOR_LOG": str(tmp_path / f"collector-{len(started)}.log")} | environment
        started.append(CollectorLink(build_dir / "src/collector/tyto-collector", path, words))
        return started[-1]

    yield start
    for link in started:
        ended = link.process.poll()
        link.kill()
        print(link.log.read_text()[-8000:])
        assert ended in (None, 0, -9), f"the collector ended with {ended}"
