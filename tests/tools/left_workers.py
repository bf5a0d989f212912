# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workers outlive tytod, but not the test that started them: found by the TMPDIR that they inherit."""

import os
import pathlib
import signal

from main_loop import wait_until


def find(directory: pathlib.Path) -> list[int]:
    """The pids of all workers of which TMPDIR is @directory or below it, whoever their parent is now."""
    marks = (f"\0TMPDIR={directory}\0".encode(), f"\0TMPDIR={directory}/".encode())
    found = []
    for place in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if b"tyto-worker" not in (place / "cmdline").read_bytes():
                continue
            environment = b"\0" + (place / "environ").read_bytes() + b"\0"
        except OSError:
            continue  # it has ended meanwhile
        if any(mark in environment for mark in marks):
            found.append(int(place.name))
    return found


def send(pids: list[int], number: signal.Signals, word: str = "tyto-worker") -> int:
    """To those that are still there and whose command line has @word: nobody else is hit whose pid it has become. Gives how many."""
    sent = 0
    for pid in filter(None, pids):
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            if word.encode() in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                signal.pidfd_send_signal(process, number)
                sent += 1
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended meanwhile
        finally:
            os.close(process)
    return sent


def end(directory: pathlib.Path) -> None:
    """Ends them in good order; one that does not end is killed, and an AssertionError."""
    send(find(directory), signal.SIGTERM)
    try:
        wait_until(lambda: not find(directory), "the workers to end", 30)
    except AssertionError:
        send(find(directory), signal.SIGKILL)
        raise


def check_none(directory: pathlib.Path) -> None:
    """None is there, or ends by itself; those that stay are killed, and an AssertionError names them."""
    try:
        wait_until(lambda: not find(directory), "the last workers to end", 15)
    except AssertionError:
        left = find(directory)
        words = [pathlib.Path(f"/proc/{pid}/environ").read_bytes().partition(b"TMPDIR=")[2].partition(b"\0")[0].decode() for pid in left]
        send(left, signal.SIGKILL)
        raise AssertionError(f"workers outlived the tests that started them: {dict(zip(left, words))}") from None
