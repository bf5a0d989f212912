# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the machine is and what it can do: facts, its disk's own speed, where its processors' time goes."""

import concurrent.futures
import mmap
import os
import pathlib
import platform
import tempfile
import time

BLOCK = 1 << 20
TICK = os.sysconf("SC_CLK_TCK")
KINDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")


def facts() -> dict:
    return {"cores": os.cpu_count(), "kernel": platform.release(), "machine": platform.machine()}


def processor_seconds() -> dict[str, float]:
    """Of all cores together, by kind, since the boot."""
    words = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    return {kind: int(word) / TICK for kind, word in zip(KINDS, words)}


def write_for(path: str, seconds: float) -> int:
    """Bytes that were written past the page cache."""
    block = mmap.mmap(-1, BLOCK)  # O_DIRECT wants whole pages
    block.write(os.urandom(BLOCK))
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_DIRECT, 0o600)
    try:
        written, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            written += os.write(file, block)
        os.fdatasync(file)
        return written
    finally:
        os.close(file)


def disk_limit(folder: pathlib.Path, seconds: float = 5, files: int = 4) -> float:
    """Bytes a second that the disk below @folder takes: @files written at once in blocks of 1 MiB, past the page cache."""
    with tempfile.TemporaryDirectory(dir=folder) as place, concurrent.futures.ThreadPoolExecutor(files) as pool:
        began = time.monotonic()
        written = sum(pool.map(lambda number: write_for(f"{place}/{number}", seconds), range(files)))
        return written / (time.monotonic() - began)
