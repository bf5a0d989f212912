#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Puts what the benches have kept (bench.json, fleet.json, capacity.json, start.json, latency.json) into the README, between its marks.

A bench that has not been run leaves its part as it is.
"""

import argparse
import json
import pathlib
import re
import statistics

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIB = 1 << 20


def median(rows: list[dict], key: str) -> float:
    return statistics.median(row[key] for row in rows)


def table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows]).replace("| --- ", "|---").replace("--- |", "---|")


def bench(kept: dict) -> str:
    settings, rows = kept["settings"], []
    for segment in kept["ratios"]:
        for name, label in (("tyto", "Tyto"), ("ffmpeg", "ffmpeg")):
            found = kept["rounds"][name][segment]
            lost, recorded = (sum(row[key] for row in found) for key in ("frames_lost", "frames_recorded"))
            rows.append([f"{segment} s", label, f"{kept['cpu'][name][segment] * 1000:.2f}", f"{median(found, 'pss_per_camera') / MIB:.2f} MB",
                         f"{median(found, 'threads'):.0f} in {median(found, 'processes'):.0f}", f"{lost} of {recorded + lost}"])
        ratio = kept["ratios"][segment]
        rows.append([f"{segment} s", "Tyto / ffmpeg", f"**{ratio['cpu']:.3f}**", f"**{ratio['memory']:.3f}**", "", ""])
    head = ["segments", f"{settings['cameras']} cameras", "mcore a camera", "PSS a camera", "threads, processes", "frames lost"]
    return table(head, rows)


def fleet_row(found: dict) -> list[str]:
    wanted = found["frames_recorded"] + found["frames_lost"]
    return [str(found["cameras"]), f"{found['seconds'] / 60:.1f} min", f"{found['segment']} s", f"{found['cores']:.2f}",
            f"{found['pss_per_camera'] / MIB:.2f} MB", f"{found['frames_lost']} of {wanted}",
            f"{found['simulator_cpu_per_camera_second'] * found['cameras']:.2f}", f"{found['processors']['idle']:.2f}"]


def fleet(fleets: list[dict]) -> str:
    head = ["cameras", "for", "segments", "cores, all of Tyto", "PSS a camera", "frames lost", "cores, simulator", "cores idle"]
    rows = [fleet_row(kept["runs"][-1]) for kept in fleets]
    disk = max(kept["machine"]["disk_bytes_per_second"] for kept in fleets)
    bitrate = fleets[0]["settings"]["bitrate"]
    return (f"Many cameras, with the simulator and the program that counts the frames on the same {fleets[0]['machine']['cores']} cores\n"
            "(`./dev bench fleet`; `--search` looks for the largest number that loses no frame):\n\n" + table(head, rows) + f"\n\nThe disk by itself takes {disk / 1e6:.0f} MB/s past the page cache: {disk / bitrate / 125:.0f} such cameras.")


def start(kept: dict) -> str:
    status = kept["tytod"]["status"]
    return (f"`./dev bench start`: from the start of `tytod` to all of {kept['settings']['cameras']} cameras recorded: {kept['seconds']['all']:.1f} s. `tytod` itself,\n"
            f"with a status request a second and segments of {kept['settings']['segment']} s: {status['cores']:.3f} core and {status['pss'] / MIB:.0f} MB.")


def latency(kept: dict) -> str:
    rows = [[engine, name, *(f"{found[share]:.1f}" for share in ("median", "p95", "p99", "most"))]
            for engine, by_name in kept["results"].items() for name, found in by_name.items()]
    return ("From the camera's last byte of a frame to what reads it, in ms, with a live viewer (at once) and while nobody watches (in batches;\n"
            "`./dev bench latency`):\n\n") + table(["engine", "", "median", "95 %", "99 %", "most"], rows)


def read(build: pathlib.Path, name: str) -> list[dict]:
    path = build / f"{name}.json"
    return [json.loads(path.read_text())] if path.exists() else []


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench readme", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--readme", type=pathlib.Path, default=ROOT / "README.md")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    parts = {name: make(kept[0]) for name, make in (("bench", bench), ("start", start), ("latency", latency))
             if (kept := read(arguments.build, name))}
    fleets = [kept for kept in read(arguments.build, "fleet") + read(arguments.build, "capacity") if "failed" not in kept["runs"][-1]]
    if fleets:
        parts["fleet"] = fleet(fleets)
    text = arguments.readme.read_text()
    for name, part in parts.items():
        marked = re.compile(rf"(<!-- bench: {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
        if not marked.search(text):
            raise SystemExit(f"bench: {arguments.readme} has no mark “bench: {name}”")
        text = marked.sub(lambda found, part=part: found[1] + part + found[2], text)
    arguments.readme.write_text(text)
    print(f"{arguments.readme}: {', '.join(parts) or 'nothing'}")


if __name__ == "__main__":
    main()
