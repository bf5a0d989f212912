#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A PostgreSQL server to throw away: on a UNIX socket, nothing synced.

postgresql.py COMMAND…: runs COMMAND with the server's URI in TYTO_TEST_POSTGRESQL.
"""

import contextlib
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "40",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "autovacuum_naptime": "10s",
    "logging_collector": "off",
}


def binary(name):
    """Debian keeps the server's programs out of PATH."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name) or name


def make_certificate(directory):
    """Of 127.0.0.1, signed by itself. Gives its path and its key's."""
    certificate, key = directory / "tls.crt", directory / "tls.key"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=tyto"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run(["openssl", *words.split(), *names], check=True, capture_output=True)
    return certificate, key


class Postgresql:
    """directory: the server's own, short: its socket is in it (at most 107 characters)."""

    def __init__(self, directory, **settings):
        self.directory = pathlib.Path(directory)
        self.settings = SETTINGS | settings
        self.data = self.directory / "data"
        # The server refuses to run as root.
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if self.as_user:
            shutil.chown(self.directory, "postgres")
        self._run("initdb", "-D", self.data, "-U", "tyto", "-A", "trust", "-E", "UTF8")

    def _run(self, name, *arguments):
        command = [*self.as_user, binary(name), *map(str, arguments)]
        if name == "initdb":
            command += ["--locale=C.UTF-8", "--no-sync"]
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{name} failed:\n{done.stdout}{done.stderr}{self.log()}")
        return done.stdout

    def log(self):
        path = self.directory / "log"
        return path.read_text() if path.exists() else ""

    def start(self):
        options = f"-k {self.directory} " + " ".join(
            f"-c {key}='{value}'" for key, value in self.settings.items()
        )
        # Not as a pipe: the server keeps what it inherits.
        command = [*self.as_user, binary("pg_ctl"), "-D", self.data, "-s", "-w"]
        command += ["-l", self.directory / "log", "-o", options, "start"]
        done = subprocess.run(
            list(map(str, command)),
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if done.returncode != 0:
            raise RuntimeError(f"PostgreSQL does not start:\n{self.log()}")
        return self

    def stop(self, mode="immediate"):
        self._run("pg_ctl", "-D", self.data, "-s", "-w", "-m", mode, "stop")

    @property
    def pid(self):
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def pids(self):
        """The server and its children."""
        pid = self.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def signal(self, number):
        """To all of its processes: SIGSTOP, SIGCONT."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self):
        """SIGKILL to all of its processes; comes back when they are gone."""
        with contextlib.ExitStack() as stack:
            handles = []
            for pid in self.pids():
                with contextlib.suppress(ProcessLookupError):
                    handles.append(os.pidfd_open(pid))
                    stack.callback(os.close, handles[-1])
            for handle in handles:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
            for handle in handles:
                select.select([handle], [], [], 20)
        # Where nobody reaps it, a dead process still counts as another server.
        for path in (self.data / "postmaster.pid", *self.directory.glob(".s.PGSQL.*")):
            path.unlink()

    def uri(self, database="postgres", **parameters):
        text = f"postgresql:///{database}?host={self.directory}&user=tyto"
        return text + "".join(f"&{key}={value}" for key, value in parameters.items())

    def use_tls(self, port):
        """Before it is started: on 127.0.0.1, with a certificate of its own. Gives the certificate's path."""
        certificate, key = make_certificate(self.directory)
        if self.as_user:
            shutil.chown(key, "postgres")
        self.settings |= {"listen_addresses": "127.0.0.1", "port": str(port), "ssl": "on"}
        self.settings |= {"ssl_cert_file": certificate, "ssl_key_file": key}
        return certificate

    def require_password(self, user):
        """From now on, of that user."""
        path = self.data / "pg_hba.conf"
        path.write_text(f"local all {user} scram-sha-256\n" + path.read_text())
        self.sql("SELECT pg_reload_conf()")

    def sql(self, statement, schema="tyto", database="postgres"):
        """Rows as lists of text."""
        command = [binary("psql"), "-X", "-A", "-t", "-q", "-F", "\t", "-v", "ON_ERROR_STOP=1"]
        command += ["-d", self.uri(database), "-c", statement]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=os.environ | {"PGOPTIONS": f"-c search_path={schema}"},
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]


@contextlib.contextmanager
def postgresql(tls_port=None, **settings):
    """A running server in a directory of its own."""
    directory = tempfile.mkdtemp(prefix="tyto-pg-", dir="/tmp")
    try:
        server = Postgresql(directory, **settings)
        if tls_port is not None:
            server.use_tls(tls_port)
        server.start()
        try:
            yield server
        finally:
            with contextlib.suppress(RuntimeError, OSError):
                server.signal(signal.SIGCONT)
                server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def main():
    with postgresql() as server:
        environment = os.environ | {"TYTO_TEST_POSTGRESQL": server.uri()}
        sys.exit(subprocess.run(sys.argv[1:], env=environment).returncode)


if __name__ == "__main__":
    main()
