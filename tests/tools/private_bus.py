# SPDX-License-Identifier: LGPL-2.1-or-later
"""A system bus of our own with real activation: dbus-daemon starts tytod from a service file, as on a real system."""

import os
import pathlib
import signal
import subprocess

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

import left_workers  # noqa: E402
from main_loop import allowed, wait_until  # noqa: E402

NAME = "org.tyto.Recorder1"
PATH = "/org/tyto/Recorder"

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={directory}/bus</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{directory}/services</servicedir>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="signal"/>
    <allow receive_type="error"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <include>{policy}</include>
</busconfig>
"""


class PrivateBus:
    """@command: what the service file starts. The project's own policy file is in force."""

    def __init__(self, directory: pathlib.Path, policy: pathlib.Path, command: list[str], environment: dict[str, str]):
        (directory / "services").mkdir()
        (directory / "bus.conf").write_text(CONFIG.format(directory=directory, policy=policy))
        (directory / "services" / f"{NAME}.service").write_text(
            f"[D-BUS Service]\nName={NAME}\nUser=root\nExec={' '.join(command)}\n")
        self.address = f"unix:path={directory}/bus"
        self.daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={directory}/bus.conf", "--nofork", "--nopidfile", "--print-address"],
            env=os.environ | environment | {"DBUS_SYSTEM_BUS_ADDRESS": self.address}, stdout=subprocess.PIPE, text=True)
        assert self.daemon.stdout.readline().startswith("unix:"), "dbus-daemon did not start"
        self.connection = self.connect()
        self.signals: list[tuple[str, str, tuple]] = []
        self.connection.signal_subscribe(None, None, None, None, None, Gio.DBusSignalFlags.NONE, self._on_signal)

    def connect(self) -> Gio.DBusConnection:
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        return Gio.DBusConnection.new_for_address_sync(self.address, flags, None, None)

    def _on_signal(self, _connection, _sender, path, _interface, name, parameters):
        self.signals.append((path, name, parameters.unpack()))

    def call(self, path: str, method: str, arguments: GLib.Variant | None = None, timeout: float = 15):
        """@method: `interface.Method`. Gives the unpacked answer; raises GLib.Error."""
        interface, _, member = method.rpartition(".")
        return self.connection.call_sync(NAME, path, interface, member, arguments, None, Gio.DBusCallFlags.NONE,
                                         int(allowed(timeout) * 1000), None).unpack()

    def get(self, path: str, interface: str, name: str):
        return self.call(path, "org.freedesktop.DBus.Properties.Get", GLib.Variant("(ss)", (interface, name)))[0]

    def owner_pid(self) -> int | None:
        """The process that has the name now; None when nobody has it."""
        try:
            return self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                             "GetConnectionUnixProcessID", GLib.Variant("(s)", (NAME,)), None,
                                             Gio.DBusCallFlags.NONE, 5000, None).unpack()[0]
        except GLib.Error:
            return None

    def wait(self, condition, what: str, seconds: float = 15):
        """As wait_until(), and an error has the latest signals."""
        try:
            return wait_until(condition, what, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; signals: {self.signals[-10:]}") from None

    def end_owner(self) -> None:
        """SIGTERM to the tytod that has the name, if one has; it may be ending by itself. Comes back when it is gone."""
        pid = self.owner_pid()
        if pid is not None:
            left_workers.send([pid], signal.SIGTERM, "tytod")
            self.wait(lambda: self.owner_pid() is None, "tytod to end")

    def stop(self) -> None:
        self.connection.set_exit_on_close(False)
        self.daemon.terminate()
        self.daemon.wait(30)
