# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real browser plays the segments by Media Source Extensions, as they are: no server makes anything of them first."""

import http.server
import json
import pathlib
import re
import subprocess
import threading

import pytest

BROWSER = "/usr/lib/chromium/chromium-headless-shell"
PAGE = """<!DOCTYPE html><title>segments</title><video muted></video><script>
const video = document.querySelector("video"), segments = SEGMENTS, mime = 'MIME';
const until = (target, name) => new Promise((done, failed) => {
  target.addEventListener(name, done, {once: true});
  target.addEventListener("error", () => failed(new Error(video.error ? video.error.message : "append")), {once: true});
});
async function play() {
  if (!MediaSource.isTypeSupported(mime)) throw new Error("not supported: " + mime);
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await until(source, "sourceopen");
  const buffer = source.addSourceBuffer(mime), ends = [];
  for (const segment of segments) {
    buffer.timestampOffset = buffer.buffered.length ? buffer.buffered.end(buffer.buffered.length - 1) : 0;
    buffer.appendBuffer(await (await fetch(segment)).arrayBuffer());
    await until(buffer, "updateend");
    ends.push(buffer.buffered.end(buffer.buffered.length - 1));
  }
  source.endOfStream();
  const holes = buffer.buffered.length - 1;
  video.playbackRate = 4;
  video.play();
  await until(video, "ended");
  return {ends, holes, frames: video.getVideoPlaybackQuality().totalVideoFrames, width: video.videoWidth};
}
const tell = (result) => fetch("/result", {method: "POST", body: JSON.stringify(result)});
play().then(tell, (error) => tell({error: String(error)}));
</script>"""


class Server(http.server.ThreadingHTTPServer):
    """Serves the page and the segments, and takes what the page tells."""

    def __init__(self, page: str, files: list[pathlib.Path]):
        super().__init__(("127.0.0.1", 0), Handler)
        self.page, self.files, self.results = page, files, []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def answer(self, kind: str, body: bytes):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):  # noqa: N802: the base class's name
        if self.path == "/":
            self.answer("text/html", self.server.page.encode())
        elif re.fullmatch(r"/\d+", self.path):
            self.answer("video/mp4", self.server.files[int(self.path[1:])].read_bytes())
        else:
            self.send_error(404)

    def do_POST(self):  # noqa: N802: the base class's name
        self.server.results.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer("text/plain", b"")

    def log_message(self, *_arguments):
        pass


def mime_of(path: pathlib.Path) -> str:
    """The codecs parameter of RFC 6381, from the file's own avcC (ISO/IEC 14496-15, 5.3.3.1)."""
    content = path.read_bytes()
    record = content[content.index(b"avcC") + 4:]
    codecs = [f"avc1.{record[1]:02X}{record[2]:02X}{record[3]:02X}"]
    if b"mp4a" in content[:4096]:
        codecs.append("mp4a.40.2")
    return f'video/mp4; codecs="{", ".join(codecs)}"'


@pytest.mark.parametrize("audio", ["none", "aac"])
def test_media_source_plays_segments_as_they_are(camsim, tytod, wait_for, tmp_path, audio):
    simulator = camsim("--cameras", "1", "--audio", audio, "--gop", "1", "--width", "640", "--height", "360", "--bitrate", "800")
    service = tytod()
    service.api("POST", "/api/v1/cameras", {"id": "cam1", "url": simulator.url(1), "segment_seconds": 2})
    wait_for(lambda: service.camera("cam1")["segments"] >= 3, "three segments", 20)
    service.api("POST", "/api/v1/cameras/cam1/stop")
    rows = service.api("GET", "/api/v1/segments?camera=cam1&order=asc")["items"][:3]
    files = [pathlib.Path(row["path"]) for row in rows]

    page = PAGE.replace("SEGMENTS", json.dumps([f"/{i}" for i in range(3)])).replace("MIME", mime_of(files[0]))
    with Server(page, files) as server:
        browser = subprocess.Popen([BROWSER, "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={tmp_path}/browser",
                                    "--autoplay-policy=no-user-gesture-required", "--remote-debugging-port=0",
                                    f"http://127.0.0.1:{server.server_port}/"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: server.results, "what the browser tells", 60)
        finally:
            browser.terminate()
            browser.wait()
        server.shutdown()
    result = server.results[0]
    assert "error" not in result, result
    assert result["holes"] == 0 and result["width"] == 640
    assert result["frames"] == sum(row["frames"] for row in rows), "each picture was decoded"
    assert result["ends"][-1] == pytest.approx(sum(row["duration"] for row in rows), abs=0.1)
