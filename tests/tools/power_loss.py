#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A power loss: rewrites a directory to what its disk would hold, from the journal of the disk shim (shim/shim-journal.h).

All processes that wrote there must have been killed. What was not synced is gone: bytes behind the last fdatasync are dropped,
zeroed or garbage; bytes overwritten since are the old ones again; renames and unlinks without an fsync of the directory are undone;
a new file without fdatasync is not there. As on ext4, XFS and btrfs, the fdatasync of a new file makes its name durable too;
with --strict only the fsync of its directory does (POSIX promises no more).

As a program: power_loss.py [--strict] [--tail dropped|zeroed|garbage] SHIM-DIRECTORY
"""

import argparse
import dataclasses
import os
import pathlib
import random
import sys

TAILS = ("dropped", "zeroed", "garbage")


@dataclasses.dataclass
class Content:
    synced: int | None = None  # bytes; None: never
    undo: list[tuple[int, bytes]] = dataclasses.field(default_factory=list)  # since, oldest first


@dataclasses.dataclass
class Report:
    lost_bytes: int = 0
    cut: list[str] = dataclasses.field(default_factory=list)
    gone: list[str] = dataclasses.field(default_factory=list)
    renamed_back: list[str] = dataclasses.field(default_factory=list)
    back: list[str] = dataclasses.field(default_factory=list)  # unlinked, and there again


class Disk:
    """@names: what the processes saw, @durable: what the disk knows; both path → inode."""

    def __init__(self, directory: pathlib.Path, strict: bool = False):
        self.directory = directory
        self.strict = strict
        self.names: dict[str, int] = {}
        self.durable: dict[str, int] = {}
        self.contents: dict[int, Content] = {}
        journal = directory / "journal"
        if journal.exists():
            for line in journal.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
                verb, _, rest = line.partition(" ")
                getattr(self, f"_{verb}")(rest)

    def _create(self, rest: str) -> None:
        inode, path = rest.split(" ", 1)
        self.names[path] = int(inode)
        self.contents[int(inode)] = Content()
        for name in [name for name, other in self.durable.items() if other == int(inode)]:
            del self.durable[name]  # the inode's number is used again

    def _known(self, rest: str) -> None:
        inode, size, path = rest.split(" ", 2)
        if int(inode) not in self.contents:
            self.contents[int(inode)] = Content(int(size))
            self.names[path] = self.durable[path] = int(inode)

    def _sync(self, rest: str) -> None:
        inode, size, path = rest.split(" ", 2)
        self.contents[int(inode)] = Content(int(size))
        if not self.strict and int(inode) not in self.durable.values():
            self.durable[path] = int(inode)

    def _undo(self, rest: str) -> None:
        inode, offset, data = rest.split(" ")
        self.contents.setdefault(int(inode), Content()).undo.append((int(offset), bytes.fromhex(data)))

    def _adopt(self, path: str) -> None:
        """A file that was there before and was never opened for writing."""
        if path not in self.names:
            inode = -1 - len(self.contents)
            self.names[path] = self.durable[path] = inode
            self.contents[inode] = Content()

    def _rename(self, rest: str) -> None:
        old, new = rest.split("\t")
        self._adopt(old)
        self.names[new] = self.names.pop(old)

    def _link(self, rest: str) -> None:
        old, new = rest.split("\t")
        self._adopt(old)
        self.names[new] = self.names[old]

    def _unlink(self, path: str) -> None:
        self._adopt(path)
        del self.names[path]

    def _syncdir(self, directory: str) -> None:
        here = {path: inode for path, inode in self.names.items() if os.path.dirname(path) == directory}
        moved = set(here.values())
        for path, inode in list(self.durable.items()):
            if os.path.dirname(path) == directory or (inode in moved and path not in self.names):
                del self.durable[path]
        self.durable |= here

    def _bytes(self, inode: int, path: str | None) -> bytes | None:
        """What the file held at the end, before the loss; @path: its last name."""
        for place in ([pathlib.Path(path)] if path else []) + [self.directory / f"kept-{inode}"]:
            if place.exists():
                return place.read_bytes()
        return None

    def _after_loss(self, inode: int, data: bytes, tail: str) -> bytes:
        content = self.contents[inode]
        if inode < 0:
            return data
        kept = bytearray(data)
        for offset, old in reversed(content.undo):
            if len(kept) < offset:
                kept.extend(bytes(offset - len(kept)))
            kept[offset:offset + len(old)] = old
        synced = content.synced or 0
        lost = max(0, len(data) - synced)
        kept = kept[:synced]
        if tail == "zeroed":
            kept.extend(bytes(lost))
        elif tail == "garbage":
            kept.extend(random.Random(inode).randbytes(lost))
        return bytes(kept)

    def lose_power(self, tail: str = "dropped") -> Report:
        """Rewrites the files."""
        report = Report()
        last_names = {inode: path for path, inode in self.names.items()}
        wanted = {}
        for path, inode in self.durable.items():
            data = self._bytes(inode, last_names.get(inode))
            if data is None:
                continue
            wanted[path] = self._after_loss(inode, data, tail)
            lost = max(0, len(data) - (self.contents[inode].synced or 0)) if inode >= 0 else 0
            report.lost_bytes += lost
            if lost:
                report.cut.append(path)
            if inode not in last_names:
                report.back.append(path)
            elif last_names[inode] != path:
                report.renamed_back.append(path)
        for path in self.names:
            if path not in wanted:
                report.gone.append(path)
                pathlib.Path(path).unlink(missing_ok=True)
        for path, data in wanted.items():
            place = pathlib.Path(path)
            mode = place.stat().st_mode if place.exists() else None
            place.unlink(missing_ok=True)
            place.write_bytes(data)
            if mode is not None:
                place.chmod(mode & 0o777)
        return report


def lose_power(directory: pathlib.Path, tail: str = "dropped", strict: bool = False) -> Report:
    """@directory: of the shim. Its journal is empty afterwards: what is on the disk now is durable."""
    report = Disk(directory, strict).lose_power(tail)
    for path in [directory / "journal", *directory.glob("kept-*")]:
        path.unlink(missing_ok=True)
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description="Rewrite a directory to what its disk would hold after a power loss.")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--tail", choices=TAILS, default="dropped")
    parser.add_argument("directory", type=pathlib.Path, metavar="SHIM-DIRECTORY")
    arguments = parser.parse_args()
    if not arguments.directory.is_dir():
        sys.exit(f"{arguments.directory} is no directory")
    report = lose_power(arguments.directory, arguments.tail, arguments.strict)
    for name, value in dataclasses.asdict(report).items():
        print(f"{name}: {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
