# SPDX-License-Identifier: LGPL-2.1-or-later
"""Waiting for a condition while GLib's main loop goes on, so that D-Bus signals come in."""

import time

from gi.repository import GLib


def wait_until(condition, what: str, seconds: float = 15):
    """Gives what @condition() gives once that is true; AssertionError naming @what after @seconds."""
    limit = time.monotonic() + seconds
    context = GLib.MainContext.default()
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > limit:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        wake = GLib.timeout_source_new(50)
        wake.set_callback(lambda *_: GLib.SOURCE_REMOVE)
        wake.attach(context)
        context.iteration(True)
        wake.destroy()
