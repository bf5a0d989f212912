# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where each frame a simulated camera sent is: the invariants of the fault matrix over files, catalogue and simulator.

I1  each frame is in exactly one segment, or missing where a gap row says so     account()
I2  each row has its file, of equal size, and each file its row                   files_and_rows()
I3  nothing is left over: no .part but those being written                        files_and_rows()
I4  each finished file decodes without a word, its DTS only grow                  file_problems()
I5  no secret in what is written, answered or listed                              secrets_in()

Each gives a list of what is wrong, in words; empty when all is well. Rows are those of the catalogue's tables.
"""

import concurrent.futures
import dataclasses
import os
import pathlib
import subprocess
from typing import Iterable, NamedTuple

import frames

SLACK_US = 100_000  # a gap row may begin and end so far from the segments beside it
SUFFIXES = (".mp4", ".ts", ".mkv")
REORDERED = 5  # B-frames are sent after the P-frame they precede: of the last ones some may not have been sent any more
WITHIN = ("packet-loss", "disk-slow", "disk-full")  # gaps that may lie inside a segment's time


class Hole(NamedTuple):
    """Frames @first to @last are in no segment; the reasons of the gap rows there, none when nothing tells."""
    first: int
    last: int
    reasons: tuple[str, ...]

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclasses.dataclass
class Account:
    camera: str
    numbers: set[int] = dataclasses.field(default_factory=set)  # frames that are in files
    holes: list[Hole] = dataclasses.field(default_factory=list)
    problems: list[str] = dataclasses.field(default_factory=list)

    @property
    def missing(self) -> int:
        return sum(hole.count for hole in self.holes)


class Inspector:
    """Reads each finished file once: frames and faults are kept, also of files that are deleted later."""

    def __init__(self):
        self.frames: dict[str, list[frames.Frame]] = {}
        self.reordered: set[str] = set()  # directories of files with B-frames
        self.faults: dict[str, list[str]] = {}

    def look_at_all(self, rows: Iterable[dict]) -> None:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(self.look, rows))

    def look(self, row: dict) -> list[frames.Frame]:
        """@row: of the segment."""
        path = row["path"]
        if path not in self.frames:
            found, self.faults[path] = inspect(path, "hevc" if row["video_codec"] in ("h265", "hevc") else "h264")
            self.frames[path] = sorted(found, key=lambda frame: frame.frame)
            if self.frames[path] != found:
                self.reordered.add(os.path.dirname(path))
        return self.frames[path]


def inspect(path: str, codec: str) -> tuple[list[frames.Frame], list[str]]:
    """The stamped frames, and what is wrong (I4): one process reads the frames, decodes all, and checks the packets' times."""
    done = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:v:0", "-c", "copy", "-f", codec, "pipe:1",
         "-map", "0", "-f", "framecrc", "-y", "/dev/null", "-map", "0", "-c", "copy", "-f", "null", "-"],
        stdin=subprocess.DEVNULL, capture_output=True, check=False)
    said, of_muxer = [], False
    for line in done.stderr.decode(errors="replace").splitlines():
        # The null muxer judges the DTS as they are; the raw one counts in whole frames, and is right about none.
        of_muxer = ("Application provided invalid" in line and not line.startswith("[null")) or (of_muxer and "repeated" in line)
        said += [] if of_muxer else [f"{path}: {line}"]
    if done.returncode != 0:
        said.append(f"{path}: ffmpeg ended with {done.returncode}")
    return frames.parse(codec, done.stdout), said[:3]


def _covers(gaps: list[dict], start: int, end: int) -> bool:
    """Do the gap rows together cover the time from @start to @end?"""
    reached = start + SLACK_US
    for gap in sorted(gaps, key=lambda row: row["start_us"]):
        if gap["start_us"] <= reached:
            reached = max(reached, (gap["end_us"] or end) + SLACK_US)
    return reached >= end


def _explain(before: dict, after: dict, gaps: list[dict]) -> tuple[str, ...]:
    """The reasons that gap rows give for frames missing between two segments, or within one (@before is @after)."""
    if before is after or after["start_us"] - before["end_us"] <= SLACK_US:
        inside = [gap for gap in gaps if gap["start_us"] <= after["end_us"] and (gap["end_us"] or 1 << 62) >= before["start_us"]]
        reasons = {gap["reason"] for gap in inside if before is not after or gap["reason"] in WITHIN}
        if not reasons and (before.get("frames_missing") or after.get("frames_missing")):
            reasons = {"packet-loss"}  # told by the segment itself
        return tuple(sorted(reasons))
    start, end = before["end_us"], after["start_us"]
    here = [gap for gap in gaps if gap["start_us"] < end and (gap["end_us"] or end) > start]
    return tuple(sorted({gap["reason"] for gap in here})) if _covers(here, start, end) else ()


def _check_times(row: dict, found: list[frames.Frame]) -> Iterable[str]:
    """A segment lasts about as long as its frames did."""
    lasted = row["duration_ns"] / 1e9
    wanted = (found[-1].wall_us - found[0].wall_us) / 1e6
    if not 0 < lasted or abs(lasted - wanted) > 1.5:
        yield f"{row['path']}: lasts {lasted:.3f} s, its frames {wanted:.3f} s"
    if abs((row["end_us"] - row["start_us"]) / 1e6 - lasted) > 0.002:
        yield f"{row['path']}: its row begins and ends {(row['end_us'] - row['start_us']) / 1e6:.6f} s apart, it lasts {lasted:.6f} s"


def _ends_a_run(rows: list[dict], row: dict) -> bool:
    return max((other["sequence"], other["path"]) for other in rows if other["run"] == row["run"])[1] == row["path"]


def account(inspector: Inspector, camera: str, segments: list[dict], gaps: list[dict], times: bool = True) -> Account:
    """I1 and I4 of one camera; @times: also that segments last as long as their frames did."""
    result = Account(camera)
    rows = sorted((row for row in segments if row["camera"] == camera), key=lambda row: row["start_us"])
    gaps = [row for row in gaps if row["camera"] == camera]
    inspector.look_at_all(rows)
    previous = None  # row and last frame number
    for row in rows:
        found = inspector.look(row)
        result.problems += inspector.faults[row["path"]]
        numbers = [frame.frame for frame in found]
        if not numbers:
            result.problems.append(f"{row['path']}: no stamped frame")
            continue
        if len(numbers) != row["frames"]:
            result.problems.append(f"{row['path']}: the row says {row['frames']} frames, the file has {len(numbers)}")
        doubled = sorted({number for number, other in zip(numbers, numbers[1:]) if number == other} | (result.numbers & set(numbers)))
        if doubled:
            result.problems.append(f"{row['path']}: {len(doubled)} frames are there twice, {doubled[0]} first")
        result.problems += _check_times(row, found) if times else []
        if previous is not None and row["start_us"] < previous[0]["end_us"]:
            result.problems.append(f"{row['path']} begins {previous[0]['end_us'] - row['start_us']} µs before {previous[0]['path']} ends")
        if previous is not None and numbers[0] > previous[1] + 1:
            result.holes.append(Hole(previous[1] + 1, numbers[0] - 1, _explain(previous[0], row, gaps)))
        if previous is not None and numbers[0] < previous[1]:
            result.problems.append(f"{row['path']}: begins with frame {numbers[0]}, after frame {previous[1]}")
        for one, other in zip(numbers, numbers[1:]):
            if other > one + 1:
                result.holes.append(Hole(one + 1, other - 1, _explain(row, row, gaps)))
        if os.path.dirname(row["path"]) in inspector.reordered and _ends_a_run(rows, row):
            result.holes = [hole for hole in result.holes if hole.first < numbers[-1] - REORDERED]
        result.numbers |= set(numbers)
        previous = row, numbers[-1]
    for hole in result.holes:
        if not hole.reasons:
            result.problems.append(f"{camera}: frames {hole.first} to {hole.last} are in no segment and no gap row")
    result.problems += _overlaps(camera, rows, gaps)
    return result


def _overlaps(camera: str, rows: list[dict], gaps: list[dict]) -> Iterable[str]:
    for gap in gaps:
        if gap["reason"] in WITHIN or gap["end_us"] is None:
            continue
        if gap["end_us"] < gap["start_us"]:
            yield f"{camera}: gap {gap['reason']} ends before it begins"
        for row in rows:
            both = min(gap["end_us"], row["end_us"]) - max(gap["start_us"], row["start_us"])
            if both > SLACK_US:
                yield f"{camera}: gap {gap['reason']} and {row['path']} share {both / 1e6:.3f} s"


def files_and_rows(root: pathlib.Path, segments: list[dict], being_written: Iterable[str] = ()) -> list[str]:
    """I2 and I3. @being_written: final names of the segments that are open now."""
    problems = []
    rows = {row["path"]: row for row in segments}
    parts = {f"{path}.part" for path in being_written}
    for path in root.rglob("*"):
        if path.suffix == ".part":
            if str(path) not in parts:
                problems.append(f"{path} is left over ({path.stat().st_size} bytes)")
        elif path.suffix in SUFFIXES and str(path) not in rows:
            problems.append(f"{path} has no row")
    for row in segments:
        path = pathlib.Path(row["path"])
        size = path.stat().st_size if path.exists() else None
        if size != row["bytes"]:
            problems.append(f"{path}: its row says {row['bytes']} bytes, the file has {size}")
    return problems


def secrets_in(secrets: Iterable[str], texts: dict[str, str], pids: Iterable[int]) -> list[str]:
    """I5. @texts: name → what was written or answered; of the processes the command lines and environments."""
    for pid in pids:
        for name in ("cmdline", "environ"):
            try:
                texts[f"/proc/{pid}/{name}"] = pathlib.Path(f"/proc/{pid}/{name}").read_text(errors="replace")
            except OSError:
                pass  # it has ended meanwhile
    return [f"{name} holds a camera's password" for name, text in texts.items() for secret in secrets if secret in text]


class Session(NamedTuple):
    """What the simulator sent to one client."""
    first: int
    last: int
    frames: int
    playing: bool


def sessions(simulator, number: int) -> list[Session]:
    """Of a camera's main stream, oldest first."""
    stream = next(row for row in simulator.control(f"stats {number}")["streams"] if row["stream"] == "main")
    return [Session(row["first_frame"], row["last_frame"], row["frames"], row["playing"])
            for row in stream["ended"] + stream["sessions"] if row["frames"] > 0]


def lost_of_session(session: Session, numbers: set[int]) -> int:
    """Frames that were sent to a client and are in no file."""
    return sum(number not in numbers for number in range(session.first, session.last + 1))
