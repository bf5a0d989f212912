# SPDX-License-Identifier: LGPL-2.1-or-later
"""Segments end at multiples of their length since 1970: with 86400 s at midnight UTC, also while a test runs."""

import time

MARGIN = 3600  # s


def undivided() -> int:
    """A length (s) for segments that are not to end by themselves: no boundary of it comes within the next hour."""
    now = time.time()
    return next(seconds for seconds in range(86400, 43200, -1800) if seconds - now % seconds > MARGIN)
