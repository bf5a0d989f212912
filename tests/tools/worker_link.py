# SPDX-License-Identifier: LGPL-2.1-or-later
"""A tyto-worker and the private link to it, as tytod holds it."""

import os
import pathlib
import signal
import socket
import subprocess

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

import built  # noqa: E402
from main_loop import allowed, wait_until  # noqa: E402


def variant(value) -> GLib.Variant:
    """bool → b, str → s, int → u."""
    if isinstance(value, bool):
        return GLib.Variant("b", value)
    return GLib.Variant("s", value) if isinstance(value, str) else GLib.Variant("u", value)


class WorkerLink:
    """.signals: (name, arguments) in the order they came; of News, each of its pieces."""

    PATH, INTERFACE, OPTIONS = "/org/tyto/Worker", "org.tyto.Worker1", ()

    def __init__(self, program: pathlib.Path, path: pathlib.Path, environment: dict[str, str]):
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
            listening.listen(1)
            self.process = self._start(program, listening.fileno(), environment)
        self.path = path
        self.connect()

    def connect(self) -> dict:
        """Attaches to it, again after the connection was closed; gives what it tells of itself. .signals begins anew."""
        self.signals: list[tuple[str, tuple]] = []
        self.connection = Gio.DBusConnection.new_for_address_sync(
            f"unix:path={self.path}", Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT, None, None)
        self.connection.set_exit_on_close(False)
        self.connection.signal_subscribe(None, self.INTERFACE, None, self.PATH, None, Gio.DBusSignalFlags.NONE, self._on_signal)
        return self.greet()

    def greet(self) -> dict:
        return self.call("Attach")[0]

    def _start(self, program, descriptor: int, environment: dict[str, str]) -> subprocess.Popen:
        script = 'exec "$@" 3<&"$HELD"'  # the socket is descriptor 3, as tytod hands it over
        return subprocess.Popen(["bash", "-c", script, "bash", str(program), "--socket-fd", "3", *self.OPTIONS],
                                env=os.environ | environment | {"HELD": str(descriptor)}, pass_fds=[descriptor])

    def _on_signal(self, _connection, _sender, _path, _interface, name, parameters):
        arguments = parameters.unpack()
        if name == "News":
            self.signals += [(told, (camera, row)) for told, camera, row in arguments[0]]
        else:
            self.signals.append((name, arguments))

    def call(self, method: str, signature: str = "()", *arguments, seconds: float = 20):
        """Gives the unpacked answer; GLib.Error when it is an error. The main loop turns meanwhile, so that signals keep their order."""
        return self.begin(method, signature, *arguments, seconds=seconds)()

    def begin(self, method: str, signature: str, *arguments, seconds: float = 20):
        """Calls @method, and gives a function that waits for the answer and gives it, as call() does."""
        answer, seconds = [], allowed(seconds)
        self.connection.call(None, self.PATH, self.INTERFACE, method, GLib.Variant(signature, arguments), None,
                             Gio.DBusCallFlags.NONE, int(seconds * 1000), None, lambda connection, result: answer.append(result))

        def wait():
            wait_until(lambda: answer, f"the answer to {method}", seconds + 1)
            return self.connection.call_finish(answer[0]).unpack()

        return wait

    def add(self, camera: str, url: str, **settings) -> None:
        """Setting names with `_` for `-`. TYTO_TEST_INGEST holds where @settings say nothing of it."""
        settings = {"url": url} | ({"ingest": built.ingest()} if built.ingest() else {}) | settings
        packed = {key.replace("_", "-"): variant(value) for key, value in settings.items()}
        self.call("AddCamera", "(sa{sv})", camera, packed)

    def told(self, name: str, camera: str) -> list:
        """The dictionaries of all signals @name of @camera so far; of CameraState: (state, details)."""
        rows = [arguments[1:] for told, arguments in self.signals if told == name and arguments[0] == camera]
        return rows if name == "CameraState" else [row[0] for row in rows]

    def states(self, camera: str) -> list[str]:
        return [state for state, _ in self.told("CameraState", camera)]

    def wait_told(self, name: str, camera: str, count: int = 1, seconds: float = 20) -> list:
        return wait_until(lambda: len(self.told(name, camera)) >= count and self.told(name, camera),
                          f"{count} {name} of {camera}", seconds)

    def wait_state(self, state: str, camera: str, seconds: float = 20) -> dict:
        """Waits until the latest state is @state; gives its details."""
        wait_until(lambda: self.states(camera)[-1:] == [state], f"{camera} to be {state}", seconds)
        return self.told("CameraState", camera)[-1][1]

    def wait_first_state(self, state: str, camera: str, seconds: float = 20) -> dict:
        """Waits until it has been @state, and may be another by now; gives the details of the first time."""
        wait_until(lambda: state in self.states(camera), f"{camera} to have been {state}", seconds)
        return next(details for told, details in self.told("CameraState", camera) if told == state)

    def memory_kb(self, field: str = "Pss") -> int:
        """Of the process, as /proc/PID/smaps_rollup has it."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1])
        raise KeyError(field)

    def threads(self) -> list[str]:
        return sorted(task.read_text().strip() for task in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/comm"))

    def cpu_seconds(self) -> float:
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_exit(self, seconds: float = 10) -> int:
        wait_until(lambda: self.process.poll() is not None, "the worker to end", seconds)
        return self.process.returncode

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(30)
