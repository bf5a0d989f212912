# SPDX-License-Identifier: LGPL-2.1-or-later
"""Waiting for a condition while GLib's main loop goes on, so that D-Bus signals come in."""

import os
import pathlib
import time

from gi.repository import GLib


PRESSURE = pathlib.Path("/proc/pressure/cpu")  # since Linux 4.20, where the kernel has it on


def crowd() -> float:
    """How much longer things take than on a machine that keeps up: 1 to 8. The load of a minute is slow to rise; what runs now is not."""
    words = pathlib.Path("/proc/loadavg").read_text().split()
    busy = max(float(words[0]), float(words[3].partition("/")[0]) - 1) / os.cpu_count()
    try:
        waiting = float(PRESSURE.read_text().split()[1].partition("=")[2]) / 100  # the part of 10 s in which something waited for a CPU
    except OSError:
        waiting = 0
    return min(max(busy, 1 / max(1 - waiting, 0.125), 1), 8)


def allowed(seconds: float) -> float:
    """@seconds on a machine that keeps up; more on one that has more to do than processors, as when suites run side by side."""
    return seconds * crowd()


def wait_until(condition, what: str, seconds: float = 15):
    """Gives what @condition() gives once that is true; AssertionError naming @what after @seconds, as allowed() has them."""
    began = time.monotonic()
    context = GLib.MainContext.default()
    while True:
        result = condition()
        if result:
            return result
        waited = time.monotonic() - began
        if waited > seconds and waited > allowed(seconds):
            raise AssertionError(f"waited {waited:.0f} s in vain for {what}")
        wake = GLib.timeout_source_new(50)
        wake.set_callback(lambda *_: GLib.SOURCE_REMOVE)
        wake.attach(context)
        context.iteration(True)
        wake.destroy()
