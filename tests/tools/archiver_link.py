# SPDX-License-Identifier: LGPL-2.1-or-later
"""A `tyto-worker --archive` and the private link to it, as tytod holds it.

archiver    archiver(**environment): starts one and connects to it; gives an ArchiverLink
"""

import pytest
from gi.repository import GLib
from main_loop import wait_until
from worker_link import WorkerLink

MIB = 1 << 20


class ArchiverLink(WorkerLink):
    PATH, INTERFACE, OPTIONS = "/org/tyto/Archiver", "org.tyto.Archiver1", ("--archive",)

    def greet(self) -> dict:
        return {}

    def configure(self, access, **changes) -> None:
        """@access: an S3Access (s3_servers.py). Settings with `_` for `-`."""
        strings = {"endpoint": access.endpoint, "region": access.region, "bucket": access.bucket, "access-key": access.access_key,
                   "secret-key": access.secret_key, "session-token": access.session_token, "addressing": access.addressing,
                   "ca-file": access.ca_file}
        large = {"part-size": 5 * MIB, "threshold": 5 * MIB, "bandwidth": 0}
        small = {"parts": 2, "timeout": 20}
        changed = {key.replace("_", "-"): value for key, value in changes.items()}
        settings = {}
        for kind, members in (("s", strings), ("t", large), ("u", small)):
            settings |= {key: GLib.Variant(kind, changed.get(key, value)) for key, value in members.items()}
        self.call("Configure", "(a{sv})", settings)

    def upload(self, name: str, path, key: str, upload: str = "", metadata: dict | None = None, seconds: float = 60):
        """Begins an upload; gives a function that waits for its object."""
        file = {"path": GLib.Variant("s", str(path)), "key": GLib.Variant("s", key), "content-type": GLib.Variant("s", "video/mp4"),
                "metadata": GLib.Variant("a{ss}", metadata or {}), "upload": GLib.Variant("s", upload)}
        answer = self.begin("Upload", "(sa{sv})", name, file, seconds=seconds)
        return lambda: answer()[0]

    def of(self, signal: str, name: str) -> list[tuple]:
        """What @signal told of the upload @name."""
        return [arguments[1:] for told, arguments in self.signals if told == signal and arguments[0] == name]

    def wait_begun(self, name: str) -> str:
        """Waits for the multipart upload's id, and has its parts sent."""
        begun = wait_until(lambda: self.of("Begun", name), f"the beginning of {name}")[0][0]
        self.call("Continue", "(s)", name)
        return begun

    def wait_sent(self, name: str, count: int) -> int:
        """Waits until at least @count bytes are sent."""
        return wait_until(lambda: [sent for sent, _, _ in self.of("Progress", name) if sent >= count], f"{count} bytes of {name}", 30)[0]


@pytest.fixture
def archiver(build_dir, tytod_environment, tmp_path):
    started = []

    def start(**environment: str) -> ArchiverLink:
        path = tmp_path / f"archiver-{len(started)}.sock"
        started.append(ArchiverLink(build_dir / "src/worker/tyto-worker", path, tytod_environment | environment))
        return started[-1]

    yield start
    for link in started:
        link.kill()
