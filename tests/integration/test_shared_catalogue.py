# SPDX-License-Identifier: LGPL-2.1-or-later
"""A PostgreSQL database that is told all rows (catalogue-uri), with a password; two recorders that share it."""

import subprocess

import accounting
import pytest
from held_port import HeldPort
from postgresql import make_certificate, postgresql
from tytoctl import Tytoctl

PASSWORD = "kestrel-Owl-7391"


@pytest.fixture(scope="module")
def database():
    """One that asks the user guest for a password."""
    with postgresql() as server:
        server.sql("CREATE DATABASE fleet")
        server.sql(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
        server.sql("GRANT CREATE ON DATABASE fleet TO guest")
        server.require_password("guest")
        yield server


@pytest.fixture
def credentials(tmp_path):
    """As systemd's LoadCredential= gives them."""
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/DB_PASSWORD").write_text(PASSWORD + "\n")
    return str(tmp_path / "credentials")


def uri(database, **parameters) -> str:
    return f"postgresql://guest@/fleet?host={database.directory}" + "".join(f"&{key}={value}" for key, value in parameters.items())


def ask(database, query: str) -> list:
    """No rows while there are no tables."""
    if database.sql("SELECT to_regclass('recorders') IS NULL", database="fleet") == [["t"]]:
        return []
    return database.sql(query, database="fleet")


def status(service) -> dict:
    return service.api("GET", "/api/v1/status")


def add(service, name: str) -> None:
    service.api("POST", "/api/v1/cameras", {"id": name, "url": "rtsp://127.0.0.1:9/x", "name": f"{name}, pátio"})


def configure(state, **settings) -> None:
    """The file of a tytod that runs, or is to run."""
    state.mkdir(mode=0o700, exist_ok=True)
    (state / "tyto.conf").write_text("[tyto]\n" + "".join(f"{key.replace('_', '-')}={value!r}\n" for key, value in settings.items()))


def assert_no_secret(service) -> None:
    texts = {"the log": service.log} | {
        path: service.request("GET", path)[2].decode() for path in ("/api/v1/status", "/api/v1/alerts", "/metrics")}
    assert not accounting.secrets_in([PASSWORD], texts, [service.pid])


@pytest.mark.asan
def test_told_with_a_password(build_dir, tytod, database, credentials, tmp_path, wait_for):
    configure(tmp_path / "one", catalogue_uri=uri(database), recorder_name="host-1")
    configure(tmp_path / "two", catalogue_uri=uri(database), recorder_name="host-2")
    one = tytod(state=tmp_path / "one", CREDENTIALS_DIRECTORY=credentials)
    two = tytod(state=tmp_path / "two", CREDENTIALS_DIRECTORY=credentials)
    add(one, "front")
    add(two, "back")
    expected = [["back", "back, pátio", "host-2"], ["front", "front, pátio", "host-1"]]
    wait_for(lambda: ask(database, "SELECT id, name, recorder FROM cameras ORDER BY id") == expected, "both cameras to be told")
    assert ask(database, "SELECT count(*) FROM recorders WHERE told_at > now() - interval '1 minute'") == [["2"]]
    assert status(one)["mirror_failure"] == "" == status(two)["mirror_failure"]
    wait_for(lambda: status(one)["mirror_waiting"] == 0, "nothing to wait")
    assert "Shared catalogue: all is told" in Tytoctl(build_dir / "src/tytoctl/tytoctl", one.url, tmp_path)("status").stdout
    assert_no_secret(one)


@pytest.fixture
def secure():
    held = HeldPort()
    with postgresql(tls_port=held.port) as server:
        server.port = held.port
        yield server


def test_told_by_tls(tytod, secure, tmp_path, wait_for):
    """sslmode and sslrootcert are libpq's, in the URI."""
    over = f"postgresql://tyto@127.0.0.1:{secure.port}/postgres?sslmode=verify-full&sslrootcert="
    configure(tmp_path / "one", catalogue_uri=over + str(secure.directory / "tls.crt"), recorder_name="host-1")
    trusting = tytod(state=tmp_path / "one")
    add(trusting, "front")
    query = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'tyto'"
    socket_uri = secure.uri() + f"&port={secure.port}"
    run = lambda text: subprocess.run(["psql", "-XAtc", text, socket_uri], capture_output=True, text=True).stdout.split()  # noqa: E731
    wait_for(lambda: run("SELECT id FROM tyto.cameras") == ["front"], "the camera to be told")
    assert set(run(query)) == {"t"}

    other, _ = make_certificate(tmp_path)
    configure(tmp_path / "two", catalogue_uri=over + str(other), recorder_name="host-2")
    doubting = tytod(state=tmp_path / "two")
    wait_for(lambda: "certificate verify failed" in status(doubting)["mirror_failure"], "the certificate to be refused")


def test_a_wrong_password(tytod, database, tmp_path, wait_for):
    configure(tmp_path / "one", catalogue_uri=uri(database), recorder_name="host-3")
    service = tytod(state=tmp_path / "one", DB_PASSWORD="wrong-" + PASSWORD[::-1])
    alert = wait_for(lambda: [one for one in service.api("GET", "/api/v1/alerts?standing=true")["items"] if one["kind"] == "shared-catalogue"],
                     "the alert")[0]
    assert "password authentication failed" in alert["message"] and status(service)["ready"]
    assert PASSWORD[::-1] not in service.log + alert["message"]


def test_set_while_it_runs(tytod, database, credentials, tmp_path, wait_for):
    configure(tmp_path / "one", recorder_name="host-4")
    service = tytod(state=tmp_path / "one", CREDENTIALS_DIRECTORY=credentials)
    add(service, "side")
    assert "mirror_waiting" not in status(service)
    told = "SELECT id FROM cameras WHERE recorder = 'host-4' ORDER BY id"

    configuration = (tmp_path / "one/tyto.conf").read_text()
    (tmp_path / "one/tyto.conf").write_text(configuration.replace("[tyto]\n", f"[tyto]\ncatalogue-uri='{uri(database)}'\n"))
    wait_for(lambda: ask(database, told) == [["side"]], "the camera of before to be told")
    (tmp_path / "one/tyto.conf").write_text(configuration)
    wait_for(lambda: "mirror_waiting" not in status(service), "the mirror to end")
    add(service, "rear")
    assert ask(database, told) == [["side"]]
    assert service.rows("changes") == [], "nothing is noted for nobody"
