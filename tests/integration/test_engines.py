# SPDX-License-Identifier: LGPL-2.1-or-later
"""What receives a camera: the lean engine of camerasrc, or rtspsrc where that cannot."""

import os
import re
import signal
import subprocess

import pytest

VIDEO = "videotestsrc is-live=true ! video/x-raw,width=160,height=120,framerate=25/1 ! x264enc tune=zerolatency key-int-max=25" \
    " ! rtph264pay name=pay0 pt=96"
SOUND = " audiotestsrc is-live=true ! audio/x-raw,rate=16000,channels=1 ! voaacenc ! {} name=pay1 pt=97"


class Launched:
    """camerasrc by gst-launch-1.0, its element messages as they come."""

    def __init__(self, environment: dict, url: str, *properties: str):
        command = ["gst-launch-1.0", "-m", "camerasrc", f"location={url}", "timeout=4", *properties, "name=c", "c.video", "!", "fakesink",
                   "async=false", "c.audio", "!", "fakesink", "async=false"]
        self.process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.said = ""

    def until(self, word: str) -> dict:
        """The fields of the next message of that name."""
        for line in self.process.stdout:
            self.said += line
            found = re.search(rf"(?:{word}), (.*);", line)
            if found:
                return dict(re.findall(r"([\w-]+)=\(\w+\)(\"[^\"]*\"|[^,;]*)", found[1]))
        raise AssertionError(self.said)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def launched(tytod_environment):
    started = []

    def start(url: str, *properties: str) -> Launched:
        started.append(Launched(tytod_environment, url, *properties))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def test_a_camera_that_sends_by_tcp(launched, rtsp_server):
    one = launched(rtsp_server(VIDEO + SOUND.format("rtpmp4gpay")), "engine=auto")
    streams = one.until("camerasrc-streams")
    assert (streams["engine"], streams["transport"], streams["video-codec"], streams["audio-codec"]) == ("lean", "tcp", "h264", "aac")
    one.until("camerasrc-started")
    assert "camerasrc-fallback" not in one.said


def test_a_camera_that_sends_by_udp_only(launched, rtsp_server):
    one = launched(rtsp_server(VIDEO, "udp"), "engine=auto")
    told = one.until("camerasrc-fallback")
    assert told["engine"] == "rtspsrc" and told["reason"]
    streams = one.until("camerasrc-streams")
    assert (streams["engine"], streams["transport"]) == ("rtspsrc", "udp")
    one.until("camerasrc-started")


def test_a_codec_that_only_rtspsrc_knows(launched, rtsp_server):
    """LATM (RFC 3016): neither is it left out, nor recorded without the other."""
    one = launched(rtsp_server(VIDEO + SOUND.format("aacparse ! rtpmp4apay")), "engine=auto")
    assert one.until("camerasrc-fallback")["reason"]
    streams = one.until("camerasrc-streams")
    assert (streams["engine"], streams["video-codec"], streams["audio-codec"]) == ("rtspsrc", "h264", "aac")
    one.until("camerasrc-started")


def test_a_codec_left_out_where_sound_is_not_wanted(launched, rtsp_server):
    one = launched(rtsp_server(VIDEO + SOUND.format("aacparse ! rtpmp4apay")), "engine=auto", "audio=false")
    assert one.until("camerasrc-streams")["engine"] == "lean"


@pytest.mark.parametrize("transport", ("udp", "auto"))
def test_the_transport_decides(launched, rtsp_server, transport):
    one = launched(rtsp_server(VIDEO), "engine=auto", f"transport={transport}")
    assert one.until("camerasrc-streams")["engine"] == "rtspsrc"


@pytest.mark.parametrize("properties, why", ((("transport=udp",), "TCP only"), ((), "TCP")))
def test_lean_alone_says_what_it_cannot(launched, rtsp_server, properties, why):
    one = launched(rtsp_server(VIDEO, "udp"), "engine=lean", *properties)
    said = one.process.communicate(timeout=20)[0]
    assert "ERROR" in said and why in said and "camerasrc-fallback" not in said


def test_both_engines_by_name(launched, rtsp_server):
    url = rtsp_server(VIDEO)
    for engine in ("lean", "rtspsrc"):
        assert launched(url, f"engine={engine}").until("camerasrc-streams")["engine"] == engine
