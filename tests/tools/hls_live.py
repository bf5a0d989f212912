# SPDX-License-Identifier: LGPL-2.1-or-later
"""Live HLS, made by real programs while time goes on, and brought to where Tyto fetches it.

    live = hls_live("ffmpeg", seconds=6)              # a maker: an HlsLive; its directory fills while it runs
    live = hls_live("hlssink2", seconds=6, segment=1) # GStreamer's; "fmp4" is ffmpeg with fragmented MP4, "multivariant" with sound of its own
    push = hls_push(live, access, "KEY")              # a BucketPush: each segment, then the playlist, as objects KEY/… of an S3Access
    web = hls_web(live.folder)                        # an HlsWeb (hls_web.py): serves the directory; web.url("live.m3u8")
    live.wait(); push.finish()

live.frames, live.audio_seconds: what went in. A white picture and a beep of 40 ms each begin with every second (ffmpeg's).
"""

import pathlib
import re
import subprocess
import threading

import pytest
from hls_web import HlsWeb

FPS = 25
NUMBERED = re.compile(r"(.*?)(\d+)(\.\w+)")  # a segment's name
KINDS = {".ts": "video/mp2t", ".m4s": "video/iso.segment", ".mp4": "video/mp4", ".m3u8": "application/vnd.apple.mpegurl"}
FLASH = "testsrc2=size={size}:rate=25,drawbox=color=white:t=fill:enable='lt(mod(t,1),0.04)'"
BEEP = r"aevalsrc=0.5*sin(2*PI*1000*t)*lt(mod(t\,1)\,0.04):s=48000"


def listed(text: str) -> list[str]:
    """The URIs in a playlist: initialization sections and renditions first."""
    return re.findall(r'^#EXT-X-(?:MAP|MEDIA):.*?URI="([^"]+)"', text, re.M) + [line for line in text.split("\n") if line and line[0] != "#"]


class HlsLive:
    """.folder, .playlist (path), .frames, .process. @window: segments in the playlist (0: all). @start: the first media sequence number."""

    def __init__(self, folder: pathlib.Path, maker="ffmpeg", seconds=6, segment=1, window=5, size="320x180", rate=1.0, start=0, sound=True):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.maker, self.frames, self.audio_seconds = folder, maker, int(seconds * FPS), seconds if sound else 0
        self.playlist = folder / ("master.m3u8" if maker == "multivariant" else "live.m3u8")
        command = self.gstreamer(segment, window, size) if maker == "hlssink2" else self.ffmpeg(segment, window, size, rate, start, sound)
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(folder / "maker.log", "wb"))

    def ffmpeg(self, segment, window, size, rate, start, sound) -> list[str]:
        command = ["ffmpeg", "-nostdin", "-v", "error", "-readrate", str(rate), "-f", "lavfi", "-i", FLASH.format(size=size)]
        if sound:
            command += ["-readrate", str(rate), "-f", "lavfi", "-i", BEEP, "-t", str(self.frames / FPS), "-c:a", "aac", "-b:a", "64k"]
        command += ["-frames:v", str(self.frames), "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", str(FPS), "-sc_threshold", "0",
                    "-pix_fmt", "yuv420p", "-f", "hls", "-hls_time", str(segment), "-hls_list_size", str(window), "-start_number", str(start),
                    "-hls_flags", "temp_file+independent_segments"]
        if self.maker == "multivariant":
            return [*command, "-master_pl_name", "master.m3u8", "-hls_segment_filename", "%v_%03d.ts",
                    "-var_stream_map", "v:0,agroup:sound,name:video a:0,agroup:sound,name:sound", "%v.m3u8"]
        if self.maker == "fmp4":
            command += ["-hls_segment_type", "fmp4"]
        return [*command, "-hls_segment_filename", "live_%03d." + ("m4s" if self.maker == "fmp4" else "ts"), "live.m3u8"]

    def gstreamer(self, segment, window, size) -> list[str]:
        width, height = size.split("x")
        video = f"videotestsrc is-live=true num-buffers={self.frames} ! video/x-raw,width={width},height={height},framerate={FPS}/1 ! " \
                f"x264enc speed-preset=ultrafast tune=zerolatency key-int-max={FPS} ! h264parse ! queue ! to.video"
        audio = f"audiotestsrc is-live=true num-buffers={self.frames} samplesperbuffer={48000 // FPS} wave=ticks ! audio/x-raw,rate=48000 ! " \
                "voaacenc ! aacparse ! queue ! to.audio"
        sink = f"hlssink2 name=to location=live_%03d.ts playlist-location=live.m3u8 target-duration={segment} " \
               f"playlist-length={window} max-files=0"
        return ["gst-launch-1.0", "-q", "-e", *f"{sink} {video} {audio}".split()]

    def wait(self, seconds: float = 60) -> None:
        """Until it has ended by itself."""
        assert self.process.wait(seconds) == 0, (self.folder / "maker.log").read_text()

    def stop(self) -> None:
        """Ends it in good order: the playlist says so."""
        self.process.terminate() if self.maker != "hlssink2" else self.process.send_signal(2)
        self.process.wait(20)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def segments(self) -> list[pathlib.Path]:
        """All that it made, in order."""
        return sorted(path for path in self.folder.iterdir() if path.suffix in (".ts", ".m4s"))


class BucketPush:
    """Puts what @live makes into a bucket, as a packager does: a segment when the playlist names it, then the playlist.

    @keep: a regex of names that are never put; @flip: of those in which bytes are flipped; @playlist: whether playlists are put, too;
    @prune: whether what the playlist does not name any more is deleted. .pause() … .resume() hold it; .pushed: names, in order.
    """

    def __init__(self, live: HlsLive, access, key: str, keep="^$", flip="^$", playlist=True, prune=False):
        self.live, self.access, self.key, self.playlist, self.prune = live, access, key, playlist, prune
        self.keep, self.flip = re.compile(keep), re.compile(flip)
        self.pushed: list[str] = []
        self.seen: dict[str, str] = {}  # of each playlist what it said last
        self.copied: dict[str, str] = {}  # … in the bucket
        self.error: BaseException | None = None
        self.ending, self.going = threading.Event(), threading.Event()
        self.going.set()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        try:
            while not self.ending.wait(0.05):
                self.going.wait()
                self.look(self.live.playlist)
            self.look(self.live.playlist)
        except BaseException as error:  # told by finish()
            self.error = error

    def look(self, playlist: pathlib.Path) -> None:
        try:
            text = playlist.read_text()
        except FileNotFoundError:
            return
        names = listed(text)
        if not all(name in self.pushed or (self.live.folder / name).exists() for name in names):
            return  # read while it was being written
        if playlist == self.live.playlist and self.live.maker == "multivariant":
            self.put_playlist(playlist, text)  # before those that it names: without it, sound of its own may be taken for the stream
        for name in self.slid_past(names) + names:
            if name.endswith(".m3u8"):
                self.look(self.live.folder / name)
            elif name not in self.pushed:
                self.put(name)
        self.put_playlist(playlist, text)
        if self.prune and self.seen.get(playlist.name) not in (None, text):
            for name in listed(self.seen[playlist.name]):
                if name not in names and not self.keep.search(name):
                    self.access.call("delete", f"{self.key}/{name}")
        self.seen[playlist.name] = text

    def put_playlist(self, playlist: pathlib.Path, text: str) -> None:
        if self.playlist and self.copied.get(playlist.name) != text:
            (copy := self.live.folder / f"{playlist.name}.pushed").write_text(text)
            self.access.call("put", f"{self.key}/{playlist.name}", copy, f"type={KINDS['.m3u8']}")
            self.copied[playlist.name] = text

    def slid_past(self, names: list[str]) -> list[str]:
        """Segments that the playlist named only between two looks: a packager puts them all the same."""
        first = next((found for name in names if (found := NUMBERED.fullmatch(name))), None)
        made = [found for path in self.live.segments() if first and (found := NUMBERED.fullmatch(path.name))]
        return [found[0] for found in sorted(made, key=lambda found: int(found[2]))
                if (found[1], found[3]) == (first[1], first[3]) and int(found[2]) < int(first[2]) and found[0] not in self.pushed]

    def put(self, name: str) -> None:
        self.pushed.append(name)
        path = self.live.folder / name
        if self.keep.search(name):
            return
        if self.flip.search(name):
            content = bytearray(path.read_bytes())
            for place in range(len(content) // 2, len(content) // 2 + 2000):
                content[place] ^= 0xFF
            path = path.with_name(f"{name}.flipped")
            path.write_bytes(content)
        self.access.call("put", f"{self.key}/{name}", path, f"type={KINDS[pathlib.Path(name).suffix]}")

    def pause(self) -> None:
        self.going.clear()

    def resume(self) -> None:
        self.going.set()

    def finish(self) -> None:
        """Puts what is left, and ends."""
        self.going.set()
        self.ending.set()
        self.thread.join(60)
        assert not self.thread.is_alive()
        if self.error:
            raise self.error


@pytest.fixture
def hls_live(tmp_path):
    made = []

    def start(maker="ffmpeg", **options) -> HlsLive:
        made.append(HlsLive(tmp_path / f"live-{len(made)}", maker, **options))
        return made[-1]

    yield start
    for live in made:
        live.kill()


@pytest.fixture
def hls_push():
    made = []

    def start(live: HlsLive, access, key: str, **options) -> BucketPush:
        made.append(BucketPush(live, access, key, **options))
        return made[-1]

    yield start
    for push in made:
        push.going.set()
        push.ending.set()
        push.thread.join(60)


@pytest.fixture
def hls_web():
    made = []

    def start(folder: pathlib.Path, **options) -> HlsWeb:
        made.append(HlsWeb(folder, **options))
        return made[-1]

    yield start
    for web in made:
        web.stop()
