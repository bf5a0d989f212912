# SPDX-License-Identifier: LGPL-2.1-or-later
"""Waiting for a condition while GLib's main loop goes on, so that D-Bus signals come in."""

import os
import time

from gi.repository import GLib


def allowed(seconds: float) -> float:
    """@seconds on a machine that keeps up; more on one that has more to do than processors, as when suites run side by side."""
    return seconds * min(max(os.getloadavg()[0] / os.cpu_count(), 1), 8)


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
