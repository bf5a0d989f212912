# SPDX-License-Identifier: LGPL-2.1-or-later
"""A tytod that records broadcasts out of one bucket of a real S3 server into another.

    one = broadcasts("monitor-interval=1\n")       # a BroadcastScene; more settings, faults=True: a proxy before the server
    one.announce("started", "key-1")               # as the stream service does; .announce("ended", "key-1")
    one.push(live, "key-1")                        # what @live makes goes into the bucket, past the proxy
    one.wait_status("key-1", "completed")          # gives the broadcast, as GET /api/v1/broadcasts has it
    one.movie(broadcast)                           # its MP4, fetched from the bucket and compared: a Movie
    one.kill("tyto-collector")                     # SIGKILL of the helpers whose command line has that word: "--assemble", "--archive"
"""

import datetime
import hashlib
import pathlib
import signal
import uuid

import left_workers
import pytest
from archive_bucket import Bucket
from disk_shim import DiskShim
from hls_live import BucketPush
from main_loop import wait_until
from movie import Movie
from s3_faults import S3Faults

# Nobody waits: what follows comes as soon as it can.
SETTINGS = """[tyto]
thumbnail-seconds=0
disk-floor-mib=0
disk-floor-percent=0
monitor-interval=1
broadcast-poll-ms=300
broadcast-idle-seconds=0
broadcast-discover-seconds=0
segment-timeout=5
segment-retry-seconds=0
upload-timeout=5
"""


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class BroadcastScene:
    def __init__(self, tytod, folder: pathlib.Path, make_bucket, settings: str = "", faults: S3Faults | None = None, shim: DiskShim | None = None,
                 **environment: str):
        self.tytod, self.folder, self.faults, self.shim = tytod, folder, faults, shim
        self.live, self.finished = make_bucket(), make_bucket()
        self.bucket = Bucket(self.finished)
        self.state = folder / "state"
        self.state.mkdir(mode=0o700, parents=True)
        self.streams: dict[str, str] = {}
        self.pushes: list[BucketPush] = []
        self.environment = self.finished.environment | {"LIVE_BUCKET": self.live.bucket, "BROADCAST_BUCKET": self.finished.bucket, "S3_BUCKET": ""}
        self.environment |= ({"S3_ENDPOINT": faults.endpoint} if faults else {}) | (shim.environment if shim else {}) | environment
        self.configure(settings)
        self.service = tytod(state=self.state, **self.environment)

    def configure(self, settings: str) -> None:
        """What stands here later counts."""
        lines = dict(line.split("=", 1) for line in (SETTINGS + settings).split("\n") if "=" in line)
        (self.state / "tyto.conf").write_text("[tyto]\n" + "".join(f"{key}={value}\n" for key, value in lines.items()))

    def announce(self, event: str, key: str, at: datetime.datetime | None = None, stream: str = "", **members) -> None:
        stream = stream or self.streams.setdefault(key, str(uuid.uuid4()))
        body = {"event": f"stream.{event}", "stream_id": stream, "stream_key": key, "user_id": str(uuid.UUID(int=7)),
                "timestamp": (at or now()).isoformat()} | members
        assert self.service.api("POST", "/webhook/stream", body) == {"message": "Webhook processed successfully"}

    def push(self, live, key: str, **options) -> BucketPush:
        self.pushes.append(BucketPush(live, self.live, key, **options))
        return self.pushes[-1]

    def items(self, key: str = "") -> list[dict]:
        """The newest first."""
        return self.service.api("GET", f"/api/v1/broadcasts?stream_key={key}" if key else "/api/v1/broadcasts")["items"]

    def get(self, broadcast: str) -> dict:
        return self.service.api("GET", f"/api/v1/broadcasts/{broadcast}")

    def gaps(self, broadcast: dict) -> list[dict]:
        return self.service.api("GET", f"/api/v1/broadcasts/{broadcast['id']}/gaps")["items"]

    def wait(self, condition, what: str, seconds: float = 20):
        return wait_until(condition, what, seconds)

    def wait_for(self, key: str, condition, what: str, seconds: float = 20) -> dict:
        """Until the newest broadcast of @key is so; gives it."""
        def found():
            newest = next(iter(self.items(key)), None)
            return newest if newest is not None and condition(newest) else None
        try:
            return self.wait(found, f"{key}: {what}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.items(key)}") from None

    def wait_status(self, key: str, status: str, seconds: float = 20) -> dict:
        return self.wait_for(key, lambda one: one["status"] == status, f"status {status}", seconds)

    def directory(self, broadcast: dict) -> pathlib.Path:
        return self.state / "recordings/.broadcasts" / broadcast["id"]

    def movie(self, broadcast: dict) -> Movie:
        """The object is what the catalogue says, and nothing else of it is left."""
        assert broadcast["file_path"] == f"{self.finished.bucket}/{broadcast['object']}"
        path = self.folder / f"{broadcast['id']}.mp4"
        answer, body = self.bucket.request("GET", broadcast["object"])
        path.write_bytes(body)
        assert (len(body), hashlib.sha256(body).hexdigest()) == (broadcast["bytes"], broadcast["sha256"])
        assert answer.getheader("x-amz-meta-tyto-broadcast") == broadcast["id"]
        assert self.bucket.uploads() == []
        self.wait(lambda: not self.directory(broadcast).exists(), "the temporary files to go")
        return Movie(path)

    def helpers(self, word: str) -> list[int]:
        """Process ids of the service's children whose command line has @word."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == self.service.pid and word.encode() in (path / "cmdline").read_bytes():
                    found.append(int(path.name))
            except OSError:
                continue  # it has ended
        return found

    def kill(self, word: str) -> None:
        self.wait(lambda: left_workers.send(self.helpers(word), signal.SIGKILL, word), f"a process {word}")

    def restart(self) -> None:
        """SIGKILL of the service, and a new one."""
        self.service.kill()
        self.service.start()

    def close(self) -> None:
        for push in self.pushes:
            push.going.set()
            push.ending.set()
            push.thread.join(60)


@pytest.fixture
def broadcasts(tytod, tmp_path, radosgw, s3_bucket, build_dir):
    started, proxies = [], []

    def start(settings: str = "", faults: bool = False, shim: bool = False, **environment: str) -> BroadcastScene:
        folder = tmp_path / f"scene-{len(started)}"
        proxies.extend([S3Faults(radosgw.endpoint)] if faults else [])
        started.append(BroadcastScene(tytod, folder, lambda: s3_bucket(radosgw), settings, proxies[-1] if faults else None,
                                      DiskShim(build_dir, folder / "shim") if shim else None, **environment))
        return started[-1]

    yield start
    for scene in started:
        scene.close()
        if scene.service.process.poll() is None:
            scene.service.stop()
    for proxy in proxies:
        proxy.stop()
