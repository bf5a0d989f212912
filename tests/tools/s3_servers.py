# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real S3 servers: Ceph's radosgw and OpenStack Swift's s3api, on loopback and in a directory of their own.

radosgw      a RadosGateway, one a session
swift        a Swift, one a session
s3_server    both, one after the other: a test that takes it runs twice
s3_bucket    s3_bucket(server): a new bucket there, an S3Access
s3_access    an S3Access of a new bucket of s3_server

S3Access is a bucket with what is needed to get at it: .endpoint, .bucket, .access_key, .secret_key, .environment (as the tool s3-call
reads it, and the service by its settings' references), .call("head", KEY) → dict (runs s3-call), .but(endpoint=…) → a changed copy.
"""

import dataclasses
import functools
import itertools
import json
import os
import pathlib
import random
import socket
import subprocess
import urllib.error
import urllib.request
import uuid

import pytest

BUCKETS = itertools.count(1)


class CallFailed(Exception):
    """The S3 call ended with an error: .name ("forbidden", …), .message, .answer."""

    def __init__(self, answer: dict):
        super().__init__(f"{answer['error']}: {answer['message']}")
        self.name, self.message, self.answer = answer["error"], answer["message"], answer


@dataclasses.dataclass(frozen=True)
class S3Access:
    program: pathlib.Path
    endpoint: str
    bucket: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"
    session_token: str = ""
    addressing: str = "path"
    ca_file: str = ""
    timeout: int = 20
    retries: int = 4

    @property
    def environment(self) -> dict[str, str]:
        return {"S3_ENDPOINT": self.endpoint, "S3_REGION": self.region, "S3_BUCKET": self.bucket,
                "S3_ACCESS_KEY_ID": self.access_key, "S3_SECRET_ACCESS_KEY": self.secret_key,
                "S3_SESSION_TOKEN": self.session_token, "S3_ADDRESSING": self.addressing, "S3_CA_FILE": self.ca_file,
                "S3_TIMEOUT": str(self.timeout), "S3_RETRIES": str(self.retries)}

    def but(self, **changes) -> "S3Access":
        return dataclasses.replace(self, **changes)

    def call(self, *words, **environment: str) -> dict:
        """Runs `s3-call WORD…`; gives its answer, or raises CallFailed."""
        done = subprocess.run([str(self.program), *map(str, words)],
                              env=os.environ | {"G_DEBUG": "fatal-criticals"} | self.environment | environment,
                              capture_output=True, text=True, timeout=120, check=False)
        assert done.stdout and done.returncode in (0, 1), f"s3-call {words} ended with {done.returncode}: {done.stderr}"
        assert self.secret_key not in done.stdout + done.stderr, "the secret key was shown"
        answer = json.loads(done.stdout)
        if "error" in answer:
            raise CallFailed(answer)
        return answer

    def keys(self, prefix: str = "") -> list[str]:
        return [item["key"] for item in self.call("list", prefix, 0)["objects"]]


def free_ports(count: int) -> int:
    """The first of @count ports in a row that nothing listens on, outside of those that the kernel gives out itself."""
    while True:
        first = random.randrange(12000, 32000 - count)
        sockets = [socket.socket() for _ in range(count)]
        try:
            for number, one in enumerate(sockets):
                one.bind(("127.0.0.1", first + number))
            return first
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()


class S3Server:
    """Processes that make up a server. A subclass has ACCESS_KEY, SECRET_KEY and start()."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.processes: list[subprocess.Popen] = []
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def spawn(self, *command, **environment) -> subprocess.Popen:
        """It ends with us, however we end."""
        name = pathlib.Path(command[0]).name
        with open(self.folder / f"{name}.out", "ab") as log:
            self.processes.append(subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *map(str, command)], cwd=self.folder, stdin=subprocess.DEVNULL,
                                                   env=os.environ | environment, stdout=log, stderr=log))
        return self.processes[-1]

    def wait_until(self, ready, what: str, seconds: int = 60) -> None:
        """Asks until ready() is true; a process that ends before that is the end of the wait, too."""
        for _ in range(seconds * 20):
            if ready():
                return
            try:
                self.processes[-1].wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            break
        logs = "".join(f"--- {path.name}\n{path.read_text(errors='replace')[-2000:]}" for path in sorted(self.folder.glob("*.out")))
        raise AssertionError(f"{what} did not come up\n{logs}")

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.endpoint, timeout=5):
                return True
        except urllib.error.HTTPError:
            return True  # it refuses what is not signed
        except OSError:
            return False

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.kill()  # nothing of it is kept
            process.wait(10)

    def access(self, program: pathlib.Path, bucket: str) -> S3Access:
        return S3Access(program, self.endpoint, bucket, self.ACCESS_KEY, self.SECRET_KEY)


CEPH = """[global]
fsid = {fsid}
mon_host = v2:127.0.0.1:{mon}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr1 = false
ms_bind_port_min = {low}
ms_bind_port_max = {high}
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
run_dir = {folder}
admin_socket = {folder}/$name.asok
log_file = {folder}/$name.log
crash_dir = {folder}
mon_data = {folder}/mon
mon_cluster_log_file = {folder}/cluster.log
mon_data_avail_crit = 1
mon_allow_pool_size_one = true
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
objecter_tick_interval = 0.5
osd_data = {folder}/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_crush_initial_weight = 1
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
rgw_rados_pool_pg_num_min = 1
rgw_rados_pool_autoscale_bias = 1
rgw_data = {folder}
rgw_dns_name = s3.localhost
rgw_frontends = beast endpoint=127.0.0.1:{port}
"""


class RadosGateway(S3Server):
    """Ceph with its objects in memory: one monitor, one OSD, one gateway. Virtual-host style under s3.localhost."""

    ACCESS_KEY, SECRET_KEY = "testkey", "testsecret"

    def start(self) -> None:
        port = free_ports(10)
        fsid = str(uuid.uuid4())
        self.endpoint = f"http://127.0.0.1:{port}"
        for name in ("mon", "osd"):
            (self.folder / name).mkdir()
        (self.folder / "ceph.conf").write_text(CEPH.format(fsid=fsid, folder=self.folder, port=port, mon=port + 1, low=port + 2, high=port + 9))
        self.run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:127.0.0.1:{port + 1}]", "monmap")
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap")
        self.run("ceph-osd", "--no-mon-config", "--mkfs", "-i", "0", "--osd-uuid", fsid)
        self.spawn("ceph-mon", "-f", "-i", "a", CEPH_CONF=self.conf)
        self.run("ceph", "osd", "new", fsid)
        self.spawn("ceph-osd", "-f", "-i", "0", CEPH_CONF=self.conf)
        self.run("radosgw-admin", "user", "create", "--uid=t", "--display-name=t", f"--access-key={self.ACCESS_KEY}",
                 f"--secret={self.SECRET_KEY}")
        self.spawn("radosgw", "-f", "-n", "client.rgw.a", CEPH_CONF=self.conf)
        self.wait_until(self.answers, "radosgw")

    @property
    def conf(self) -> str:
        return str(self.folder / "ceph.conf")

    def run(self, *command) -> None:
        """The cluster's commands wait for it themselves."""
        subprocess.run(command, cwd=self.folder, env=os.environ | {"CEPH_CONF": self.conf}, capture_output=True, timeout=60, check=True)


SWIFT_PROXY = ("catch_errors gatekeeper healthcheck memcache listing_formats s3api tempauth copy slo dlo versioned_writes symlink"
               .split())


class Swift(S3Server):
    """OpenStack Swift with one replica in a directory, and its S3 middleware."""

    ACCESS_KEY, SECRET_KEY = "test:tester", "testing"
    RING = ("import sys; from array import array; from swift.common.ring import RingData\n"
            "for port, name in enumerate(('account', 'container', 'object'), int(sys.argv[1])):\n"
            "    RingData([array('H', [0] * 16)], [dict(id=0, region=1, zone=1, ip='127.0.0.1', port=port, device='d1', weight=1.0,\n"
            "             meta='', replication_ip='127.0.0.1', replication_port=port)], 28).save(name + '.ring.gz')\n")

    def start(self) -> None:
        port = free_ports(5)
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        self.endpoint = f"http://127.0.0.1:{port}"
        (self.folder / "srv/d1").mkdir(parents=True)
        (self.folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = x\n[storage-policy:0]\nname = p0\ndefault = yes\n")
        subprocess.run(["/usr/bin/python3", "-c", self.RING, str(port + 1)], cwd=self.folder, check=True)
        self.spawn("memcached", "-l", "127.0.0.1", "-p", port + 4, "-m", 16, "-u", user)
        for number, kind in enumerate(("proxy", "account", "container", "object")):
            (self.folder / f"{kind}.conf").write_text(self.configuration(kind, port, number, user))
            self.spawn(f"swift-{kind}-server", self.folder / f"{kind}.conf")
        for number in range(5):
            self.wait_until(functools.partial(self.listens, port + number), "Swift")

    def configuration(self, kind: str, port: int, number: int, user: str) -> str:
        filters = SWIFT_PROXY if kind == "proxy" else []
        lines = ["[DEFAULT]", "bind_ip = 127.0.0.1", f"bind_port = {port + number}", f"user = {user}", f"swift_dir = {self.folder}",
                 f"devices = {self.folder}/srv", "mount_check = false", "workers = 0", "[pipeline:main]",
                 f"pipeline = {' '.join([*filters, f'{kind}-server'])}", f"[app:{kind}-server]", f"use = egg:swift#{kind}",
                 "account_autocreate = true", "allow_account_management = true"]
        for name in filters:
            lines += [f"[filter:{name}]", f"use = egg:swift#{name}", f"memcache_servers = 127.0.0.1:{port + 4}",
                      "user_test_tester = testing .admin", "location = us-east-1", "allow_versioned_writes = true"]
        return "\n".join(lines) + "\n"

    @staticmethod
    def listens(port: int) -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", port)) == 0


def running(kind, tmp_path_factory):
    """Another test process may take a port that was just found free: then on others."""
    for last in (False, False, True):
        try:
            server = kind(tmp_path_factory.mktemp(kind.__name__.lower()))
            break
        except (AssertionError, subprocess.SubprocessError):
            if last:
                raise
    yield server
    server.stop()


@pytest.fixture(scope="session")
def radosgw(tmp_path_factory):
    yield from running(RadosGateway, tmp_path_factory)


@pytest.fixture(scope="session")
def swift(tmp_path_factory):
    yield from running(Swift, tmp_path_factory)


@pytest.fixture(params=["radosgw", "swift"], scope="session")
def s3_server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def s3_bucket(build_dir):
    def make(server: S3Server) -> S3Access:
        access = server.access(build_dir / "tests/tools/s3call/s3-call", f"tyto-{os.getpid()}-{next(BUCKETS)}")
        access.call("create-bucket")
        return access

    return make


@pytest.fixture
def s3_access(s3_server, s3_bucket):
    return s3_bucket(s3_server)
