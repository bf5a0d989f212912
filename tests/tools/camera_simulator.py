# SPDX-License-Identifier: LGPL-2.1-or-later
"""A running camsim (tests/tools/camsim)."""

import json
import pathlib
import socket
import subprocess

from held_port import HeldPort


class CameraSimulator:
    def __init__(self, program: pathlib.Path, control: pathlib.Path, arguments, address: str = "", namespace: str = ""):
        """@address: to listen on (127.0.0.1); @namespace: of the network, as ip-netns(8) names it."""
        self.control_path = control
        self.arguments = [str(word) for word in arguments]
        if address:
            self.arguments += ["--address", address]
        self.prefix = ["ip", "netns", "exec", namespace] if namespace else []
        self.program = program
        self.held = None if namespace else HeldPort(address=address or "127.0.0.1")  # also while the camera is away
        self._start(self.held.port if self.held else 0)

    def _start(self, port: int) -> None:
        command = [*self.prefix, str(self.program), "--port", str(port), "--control", str(self.control_path), *self.arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("READY "), f"{command} did not start"
        self.base = line.split()[1]

    def url(self, camera: int = 1, stream: str = "main") -> str:
        return f"{self.base}/cam{camera}" + ("/sub" if stream == "sub" else "")

    def control(self, command: str):
        """Sends one command; gives its answer (JSON)."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(str(self.control_path))
            connection.sendall(command.encode() + b"\n")
            return json.loads(connection.makefile().readline())

    def stop(self) -> None:
        """The camera is gone: its port refuses connections."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def start_again(self) -> None:
        """On the same port."""
        self.control_path.unlink(missing_ok=True)
        self._start(int(self.base.rpartition(":")[2]))
