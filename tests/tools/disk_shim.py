# SPDX-License-Identifier: LGPL-2.1-or-later
"""A disk that fails, stalls, fills or forgets on command: tests/tools/shim in LD_PRELOAD. The words are in shim-control.h.

    shim = DiskShim(build, directory)        directory: empty or not there; the shim's files stand in it
    subprocess.Popen(…, env=shim.environment)
    shim.set("prefix /var/x", "match /cam1/", "fail fdatasync EIO 1")
    shim.events("fail")                      what was done so far
    shim.clear()
"""

import pathlib
import shutil
from typing import NamedTuple

LIBRARY = "tests/tools/shim/libtyto-disk-shim.so"


class Event(NamedTuple):
    pid: int
    program: str
    operation: str
    action: str  # call, fail, stall, stalled or kill
    path: str


class DiskShim:
    def __init__(self, build: pathlib.Path, directory: pathlib.Path):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.library = directory / "shim.so"
        shutil.copy(build / LIBRARY, self.library)
        self.number = 0

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library)}

    def set(self, *lines: str) -> None:
        """Each process follows at its next call; counts start anew."""
        for fired in self.directory.glob("fired-*"):
            fired.unlink()
        self.number += 1
        prepared = self.directory / "control.new"
        # the number makes each control file a different one, also within a tick of the clock
        prepared.write_text("\n".join([*lines, *[""] * self.number]))
        prepared.replace(self.directory / "control")

    def clear(self, *lines: str) -> None:
        """No fault any more; @lines (prefix and journal, perhaps) stay."""
        self.set(*lines)

    def events(self, action: str | None = None) -> list[Event]:
        try:
            text = (self.directory / "events").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        rows = [line.split(" ", 4) for line in text.splitlines()]
        found = [Event(int(row[0]), *row[1:]) for row in rows if len(row) == 5]
        return [event for event in found if action in (None, event.action)]
