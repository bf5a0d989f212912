#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adds up the JUnit files of a directory; the last line is `N passed, N failed`.

What failed is named before it, each with the few lines that say why, so that the end of a long log is enough.
A program that exits with an error after all its cases passed (a leak, a crash at the end) stands in Meson's log alone
(JSON lines beside the JUnit file): it counts as one more that failed.
"""

import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

REASON_LINES = 6
TELLING = re.compile(r"^E  |ERROR|Error|error:|CRITICAL|Bail out|not ok|SUMMARY|Sanitizer|Tracer|Left over|assert")
BAD = ("failure", "error", "skipped")  # a skipped test proves nothing: it counts as failed


def reason(text: str) -> list[str]:
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if TELLING.search(line)]
    return (telling or lines[-REASON_LINES:])[:REASON_LINES]


def failed_cases(program: ET.Element, suite: str) -> list[tuple[str, str]]:
    failed = []
    for case in program.iter("testcase"):
        outcome = next((found for tag in BAD if (found := case.find(tag)) is not None), None)
        if outcome is not None:
            name = f"{suite}: {case.get('classname', '')} {case.get('name', '')}"
            text = outcome.text or outcome.get("message") or program.findtext("system-err") or ""
            failed.append((name, text))
    return failed


def failed_programs(log: pathlib.Path, suite: str, cases: list[tuple[str, str]]) -> list[tuple[str, str]]:
    failed = []
    for program in map(json.loads, log.read_text().splitlines()):
        told = any(f"{program['name']} " in name for name, _ in cases)
        if program["result"] not in ("OK", "EXPECTEDFAIL") and not told:
            name = f"{suite}: {program['name']} {program['result']}"
            failed.append((name, f"{program['stdout']}\n{program.get('stderr', '')}"))
    return failed


def count(path: pathlib.Path) -> tuple[int, list[tuple[str, str]]]:
    report = ET.parse(path).getroot()
    failed = [case for program in report.iter("testsuite") for case in failed_cases(program, path.stem)]
    passed = sum(1 for _ in report.iter("testcase")) - len(failed)
    log = path.with_suffix(".json")
    if log.exists() and path.stem != "fault":  # whose JSON is a table
        failed += failed_programs(log, path.stem, failed)
    return passed, failed


def main() -> int:
    passed, failed = 0, []
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xml")):
        suite_passed, suite_failed = count(path)
        print(f"{path.stem:18} {suite_passed:4} passed, {len(suite_failed)} failed")
        passed += suite_passed
        failed += suite_failed
    for name, text in failed:
        print(f"FAILED {name}")
        for line in reason(text):
            print(f"  | {line[:160]}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
