#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adds up the JUnit files of a directory; the last line is `N passed, N failed`.

A program that exits with an error after all its cases passed (a leak, a crash at the end) stands in Meson's log alone
(JSON lines beside the JUnit file): it counts as one more that failed.
"""

import json
import pathlib
import sys
import xml.etree.ElementTree as ET


def count(path: pathlib.Path) -> tuple[int, list[str]]:
    passed, failed = 0, []
    for case in ET.parse(path).iter("testcase"):
        name = f"{path.stem}: {case.get('classname', '')} {case.get('name', '')}"
        # A skipped test proves nothing: it counts as failed.
        if any(case.find(tag) is not None for tag in ("failure", "error", "skipped")):
            failed.append(name)
        else:
            passed += 1
    log = path.with_suffix(".json")
    if log.exists() and not failed and path.stem != "fault":  # whose JSON is a table
        for line in log.read_text().splitlines():
            program = json.loads(line)
            if program["result"] not in ("OK", "EXPECTEDFAIL"):
                failed.append(f"{path.stem}: {program['name']} {program['result']}")
    return passed, failed


def main() -> int:
    passed, failed = 0, []
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xml")):
        suite_passed, suite_failed = count(path)
        print(f"{path.stem:18} {suite_passed:4} passed, {len(suite_failed)} failed")
        passed += suite_passed
        failed += suite_failed
    for name in failed:
        print(f"FAILED {name}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
