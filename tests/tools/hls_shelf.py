# SPDX-License-Identifier: LGPL-2.1-or-later
"""A live playlist of made-up segments, for what happens to playlists: a collector reads nothing of the media.

    shelf = Shelf(folder, window=3)
    shelf.add(5)                       # five more segments; the playlist names the last three
    shelf.end()                        # EXT-X-ENDLIST
    shelf.put(access, "KEY")           # all that is not there yet, into a bucket, then the playlist
"""

import pathlib
import random


class Shelf:
    """.paths: all segments, in order. @lines: further lines before those of each segment, by its number: {3: ["#EXT-X-GAP"]}"""

    def __init__(self, folder: pathlib.Path, window=0, name="seg_{:03d}.ts", seed=1, first=0, lines=None, playlist="live.m3u8", size=20000):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.window, self.name, self.lines, self.size = folder, window, name, lines or {}, size
        self.playlist = folder / playlist
        self.random = random.Random(seed)
        self.first = self.next = first
        self.paths: list[pathlib.Path] = []
        self.put_already: set[str] = set()
        self.ended = False

    def add(self, count: int = 1, write: bool = True) -> None:
        """@write: whether the playlist says so now."""
        for _ in range(count):
            path = self.folder / self.name.format(self.next)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(self.random.randbytes(self.size + self.next))
            self.paths.append(path)
            self.next += 1
        if write:
            self.write()

    def write(self) -> None:
        first = max(self.next - self.window, self.first) if self.window else self.first
        text = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:1", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
        for number in range(first, self.next):
            text += [*self.lines.get(number, []), "#EXTINF:1.000,", self.name.format(number)]
        temporary = self.playlist.with_suffix(".new")
        temporary.write_text("\n".join([*text, *(["#EXT-X-ENDLIST"] if self.ended else []), ""]))
        temporary.rename(self.playlist)

    def end(self) -> None:
        self.ended = True
        self.write()

    def put(self, access, key: str, without=(), playlist=True) -> None:
        for path in self.paths:
            name = str(path.relative_to(self.folder))
            if name not in self.put_already and path not in without:
                access.call("put", f"{key}/{name}", path)
                self.put_already.add(name)
        if playlist and self.playlist.exists():
            access.call("put", f"{key}/{self.playlist.name}", self.playlist)
