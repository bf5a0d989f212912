#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adds up the JUnit files of a directory; the last line is `N passed, N failed`.

What failed is named before it, each with the few lines that say why, so that the end of a long log is enough.
A program that exits with an error after all its cases passed (a leak, a crash at the end) stands in Meson's log alone
(JSON lines beside the JUnit file): it counts as one more that failed.

NAME-alone.xml is what failed in NAME.xml, run once more with nothing beside it (./dev test). What passed then has passed, and
is named as unsteady with why it failed first: either the test waits for less than it should or Tyto has a fault under load.
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


class Report:
    """.cases, .programs: names of all; .failed: of those that failed, each with what it said."""

    def __init__(self, path: pathlib.Path, suite: str):
        self.suite, self.cases, self.programs, self.failed = suite, set(), set(), {}
        for program in ET.parse(path).getroot().iter("testsuite"):
            self.add_cases(program)
        log = path.with_suffix(".json")
        if log.exists() and path.stem != "fault":  # whose JSON is a table
            self.add_programs(log)

    def add_cases(self, program: ET.Element) -> None:
        for case in program.iter("testcase"):
            name = f"{self.suite}: {case.get('classname', '')} {case.get('name', '')}"
            outcome = next((found for tag in BAD if (found := case.find(tag)) is not None), None)
            self.cases.add(name)
            if outcome is not None:
                self.failed[name] = outcome.text or outcome.get("message") or program.findtext("system-err") or ""

    def add_programs(self, log: pathlib.Path) -> None:
        for program in map(json.loads, log.read_text().splitlines()):
            name = f"{self.suite}: {program['name']}"
            self.programs.add(name)
            if program["result"] not in ("OK", "EXPECTEDFAIL") and not any(f"{program['name']} " in told for told in self.failed):
                self.failed[name] = f"{program['result']}\n{program['stdout']}\n{program.get('stderr', '')}"


def take_unsteady(report: Report, path: pathlib.Path) -> dict[str, str]:
    """Of what failed, what passed in @path, alone: it fails no more. What failed there alone does."""
    if not path.exists():
        return {}
    alone = Report(path, report.suite)
    passed = (alone.cases | alone.programs) - alone.failed.keys()
    unsteady = {name: report.failed.pop(name) for name in list(report.failed) if name in passed}
    report.failed = alone.failed | report.failed
    return unsteady


def tell(word: str, failures: dict[str, str]) -> None:
    for name, text in failures.items():
        print(f"{word} {name}")
        for line in reason(text):
            print(f"  | {line[:160]}")


def main() -> int:
    passed, failed, unsteady = 0, {}, {}
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xml")):
        if path.stem.endswith("-alone"):
            continue
        report = Report(path, path.stem)
        alone = take_unsteady(report, path.with_name(f"{path.stem}-alone.xml"))
        suite_passed = len(report.cases - report.failed.keys())
        print(f"{path.stem:18} {suite_passed:4} passed, {len(report.failed)} failed{f', {len(alone)} only alone' if alone else ''}")
        passed += suite_passed
        failed |= report.failed
        unsteady |= alone
    tell("UNSTEADY (failed beside others, passed alone)", unsteady)
    tell("FAILED", failed)
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
