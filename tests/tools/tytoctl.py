# SPDX-License-Identifier: LGPL-2.1-or-later
"""Running tytoctl as a person or a script would."""

import json
import os
import pathlib
import pty
import select
import subprocess
import time


class Tytoctl:
    """@url: of the tytod meant, None for none. Calls give the finished process, with .stdout and .stderr as text."""

    def __init__(self, program: pathlib.Path, url: str | None, directory: pathlib.Path):
        self.program = str(program)
        self.directory = directory
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", "G_DEBUG": "fatal-criticals"}
        if url is not None:
            self.environment["TYTO_URL"] = url

    def __call__(self, *words, status: int = 0, stdin: str = "", text: bool = True, **environment: str):
        result = subprocess.run([self.program, *map(str, words)], input=stdin if text else stdin.encode(), text=text,
                                cwd=self.directory, env=self.environment | environment, capture_output=True, timeout=60)
        assert result.returncode == status, f"tytoctl {words}: {result.returncode}\n{result.stdout}\n{result.stderr}"
        return result

    def json(self, *words, status: int = 0, **options):
        return json.loads(self(*words, "--json", status=status, **options).stdout)

    def start(self, *words, **environment: str) -> subprocess.Popen:
        """Leaves it running; its output comes as text."""
        return subprocess.Popen([self.program, *map(str, words)], cwd=self.directory, env=self.environment | environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def on_terminal(self, *words, answers=(), columns: int = 80, **environment: str) -> tuple[int, str]:
        """Runs it on a terminal; @answers: pairs of what to wait for and what to type then. Gives status and output."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.directory)
            os.execve("/bin/sh", ["sh", "-c", f'stty cols {columns} rows 24; exec "$@"', "sh", self.program, *words],
                      self.environment | {"TERM": "xterm"} | environment)
        output, waiting, limit = b"", list(answers), time.monotonic() + 30
        while time.monotonic() < limit:
            if waiting and waiting[0][0].encode() in output:
                os.write(terminal, waiting.pop(0)[1].encode())
            if not select.select([terminal], [], [], 0.05)[0]:
                continue
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # the other side is closed
                piece = b""
            if not piece:
                break
            output += piece
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), output.decode()
