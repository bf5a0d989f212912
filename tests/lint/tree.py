# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of the checkout, as git knows them."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(*patterns: str) -> list[pathlib.Path]:
    """Tracked and new files that match @patterns (git pathspecs), without what git ignores."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
                            cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted({ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()})


def where(path: pathlib.Path) -> str:
    return str(path.relative_to(ROOT))
