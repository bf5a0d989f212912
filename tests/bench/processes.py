# SPDX-License-Identifier: LGPL-2.1-or-later
"""What whole processes cost, read from /proc: CPU seconds (user + system), PSS, threads."""

import contextlib
import dataclasses
import os
import pathlib

TICK = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass
class Cost:
    cpu: float = 0.0  # s since the processes began
    pss: int = 0  # bytes
    threads: int = 0
    processes: int = 0


def children(pid: int) -> list[int]:
    """@pid and all that descend from it."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended
            for child in (task / "children").read_text().split():
                found += children(int(child))
    return found


def cost(pids: list[int]) -> Cost:
    """Of the living processes @pids. A process that is gone is an error: nothing here may die while it is measured."""
    total = Cost(processes=len(pids))
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total.cpu += (int(fields[11]) + int(fields[12])) / TICK
        total.threads += int(fields[17])
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total.pss += int(line.split()[1]) * 1024
    return total
