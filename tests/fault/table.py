#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of the fault matrix, from a directory of JUnit files: reads fault.xml and fuzz.xml (row 16), writes fault.json."""

import json
import pathlib
import sys
import xml.etree.ElementTree as ET


def collect(path: pathlib.Path) -> list[dict]:
    """A row for each fault; tests of the same one are added up."""
    rows: dict[tuple[int, str], dict] = {}
    for case in ET.parse(path).iter("testcase"):
        passed = all(case.find(tag) is None for tag in ("failure", "error", "skipped"))
        for item in case.iter("property"):
            if item.get("name") != "fault":
                continue
            told = json.loads(item.get("value"))
            row = rows.setdefault((told["row"], told["fault"]), {
                "row": told["row"], "fault": told["fault"], "times": 0, "lost_frames": 0, "lost_seconds": 0,
                "recovered": None, "verdict": "pass"})
            row["times"] += told["times"]
            row["lost_frames"] += told["lost_frames"]
            row["lost_seconds"] = max(row["lost_seconds"], told["lost_seconds"])
            if told["recovered"] is not None:
                row["recovered"] = max(row["recovered"] or 0, told["recovered"])
            if not passed:
                row["verdict"] = "FAIL"
    return [rows[key] for key in sorted(rows)]


def collect_fuzzing(path: pathlib.Path) -> list[dict]:
    """Row 16: each fuzz target is one time."""
    cases = list(ET.parse(path).iter("testcase")) if path.exists() else []
    passed = all(case.find(tag) is None for case in cases for tag in ("failure", "error", "skipped"))
    row = {"row": 16, "fault": "fuzzed recordings, SDP, RTSP, JSON, settings", "times": len(cases), "lost_frames": 0,
           "lost_seconds": 0, "recovered": None, "verdict": "pass" if passed else "FAIL"}
    return [row] if cases else []


def lines(rows: list[dict]) -> list[str]:
    text = [f"{'row':>3}  {'fault':48} {'times':>5}  {'lost (sent, in no file)':24} {'recovered in':>12}  verdict"]
    for row in rows:
        lost = f"{row['lost_frames']} frames, ≤ {row['lost_seconds']:.2f} s each" if row["lost_frames"] else "0"
        recovered = f"{row['recovered']:.1f} s" if row["recovered"] is not None else "-"
        text.append(f"{row['row']:3}  {row['fault']:48} {row['times']:5}  {lost:24} {recovered:>12}  {row['verdict']}")
    return text


def main() -> int:
    results = pathlib.Path(sys.argv[1])
    rows = sorted(collect(results / "fault.xml") + collect_fuzzing(results / "fuzz.xml"), key=lambda row: row["row"])
    (results / "fault.json").write_text(json.dumps({"faults": rows}, indent=2, ensure_ascii=False) + "\n")
    print("\n".join(lines(rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
