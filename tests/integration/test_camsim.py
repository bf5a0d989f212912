# SPDX-License-Identifier: LGPL-2.1-or-later
"""The camera simulator, seen by clients that we did not write and by one that sees each packet."""

import concurrent.futures
import itertools
import re
import signal
import subprocess
import time

import frames
import pytest
from main_loop import allowed
from rtsp_client import RtspClient

SMALL = ("--width", "320", "--height", "180", "--bitrate", "400", "--sub-width", "160", "--sub-height", "90",
         "--sub-bitrate", "100", "--gop", "1")
KINDS = {1: ("h264", "none"), 2: ("h265", "aac"), 3: ("h264", "pcmu"), 4: ("h265", "pcma"), 5: ("h264", "opus"),
         6: ("h264", "aac")}
CODEC_NAMES = {"h264": "h264", "h265": "hevc", "none": None, "aac": "aac", "pcmu": "pcm_mulaw", "pcma": "pcm_alaw",
               "opus": "opus"}


def record(url: str, path, transport: str = "tcp", seconds: float = 2.5) -> subprocess.Popen:
    return subprocess.Popen(["ffmpeg", "-nostdin", "-v", "error", "-rtsp_transport", transport, "-i", url, "-t", str(seconds),
                             "-c", "copy", str(path)], stderr=subprocess.PIPE, text=True)


def streams_of(path) -> dict[str, str]:
    shown = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_type,codec_name", "-of", "csv=p=0",
                            str(path)], capture_output=True, text=True, check=True).stdout
    return {kind: name for name, kind in (line.split(",") for line in shown.split())}


def session_of(simulator, camera: int = 1) -> dict:
    return simulator.control(f"stats {camera}")["streams"][0]["sessions"][0]


def take(client: RtspClient, seconds: float) -> list:
    """The packets of so many seconds of the stream's own time."""
    taken, start = [], None
    for packet in client.packets():
        wall = packet.wall_us
        start = start or wall
        if wall is not None and wall >= start + seconds * 1e6:
            client.queue.insert(0, packet)
            break
        if start is not None:
            taken.append(packet)
    return taken


@pytest.mark.parametrize("transport", ("tcp", "udp"))
def test_ffmpeg_records_each_codec(camsim, tmp_path, transport):
    overrides = [word for k, (codec, audio) in KINDS.items() for word in ("--camera", f"{k}:codec={codec},audio={audio}")]
    simulator = camsim("--cameras", str(len(KINDS)), *SMALL, *overrides)
    recordings = {k: record(simulator.url(k), tmp_path / f"{k}.mkv", transport) for k in KINDS}
    for k, (codec, audio) in KINDS.items():
        path = tmp_path / f"{k}.mkv"
        _, errors = recordings[k].communicate(timeout=30)
        assert recordings[k].returncode == 0, errors
        found = frames.stamped_frames(path)
        assert len(found) >= 25 and found[0].is_key
        assert {(frame.camera, frame.stream) for frame in found} == {(k, "main")}
        assert not frames.missing(found) and not frames.repeated(found)
        assert [frame.frame % 25 == 0 for frame in found] == [frame.is_key for frame in found]
        assert frames.decoded_frames(path) == found
        assert frames.decode_errors(path) == ""
        kinds = streams_of(path)
        assert kinds["video"] == CODEC_NAMES[codec]
        assert kinds.get("audio") == CODEC_NAMES[audio]


def test_frames_with_b_frames_are_numbered_as_they_were_taken(camsim, tmp_path):
    simulator = camsim("--cameras", "1", *SMALL, "--bframes", "2", "--start", "keyframe")
    packets = take(RtspClient(simulator.url()).play(), 3)
    stamped = [packet for packet in packets if packet.frame is not None]
    numbers = [packet.frame for packet in stamped]
    assert numbers != sorted(numbers)
    whole = numbers[:numbers.index(max(numbers)) - 3]
    assert not set(range(min(whole), max(whole) - 3)) - set(whole), "each is there"
    assert len(set(numbers)) == len(numbers)
    base = (stamped[0].timestamp - stamped[0].frame * 3600) % 2**32
    assert {(packet.timestamp - packet.frame * 3600) % 2**32 for packet in stamped} == {base}


def launch(*words: str) -> str:
    """Runs a pipeline to its end; gives what it complained about. Its exit status says little: rtspsrc may interrupt
    its own last PAUSE and report that as an error."""
    return subprocess.run(["gst-launch-1.0", "-q", *words], check=False, timeout=30, capture_output=True, text=True).stderr


@pytest.mark.parametrize("transport", ("tcp", "udp"))
@pytest.mark.parametrize("codec, chain", (("h264", "rtph264depay ! h264parse ! openh264dec"),
                                          ("h265", "rtph265depay ! h265parse ! libde265dec")))
def test_rtspsrc_and_the_decoders_of_thumbnails(camsim, tmp_path, codec, chain, transport):
    simulator = camsim("--cameras", "1", *SMALL, "--codec", codec, "--start", "keyframe")
    launch("rtspsrc", f"location={simulator.url()}", f"protocols={transport}", "!", *chain.split(), "!", "identity",
           "eos-after=10", "!", "jpegenc", "!", "multifilesink", f"location={tmp_path}/%d.jpg")
    pictures = list(tmp_path.glob("*.jpg"))
    assert len(pictures) >= 9 and all(picture.stat().st_size > 1000 for picture in pictures)


def test_sub_stream_and_description(camsim):
    simulator = camsim("--cameras", "1", *SMALL, "--audio", "aac", "--session-timeout", "33")
    sub = RtspClient(simulator.url(1, "sub"))
    described = sub.request("DESCRIBE")
    assert described.headers["content-base"] == simulator.url(1, "sub") + "/"
    assert described.headers["content-type"] == "application/sdp"
    for line in ("a=framerate:25", "a=rtpmap:96 H264/90000", "a=control:trackID=1", "a=rtpmap:97 mpeg4-generic/16000/1",
                 "a=control:trackID=2", "b=AS:100"):
        assert line in described.body.split("\r\n")
    assert re.search(r"profile-level-id=64\w{4};sprop-parameter-sets=\S+,\S+", described.body)
    setup = sub.request("SETUP", f"{sub.url}/trackID=1", "Transport: RTP/AVP/TCP;unicast;interleaved=6-7\r\n")
    assert "interleaved=6-7" in setup.headers["transport"]
    assert setup.headers["session"].endswith(";timeout=33")
    sub.close()
    client = RtspClient(simulator.url(1, "sub")).play(2)
    info = re.findall(r"trackID=(\d);seq=(\d+);rtptime=(\d+)", client.played.headers["rtp-info"])
    packets = list(itertools.islice(client.packets(), 60))
    assert len(info) == 2
    for track, seq, rtptime in info:
        first = next(packet for packet in packets if packet.channel == 2 * int(track) - 2)
        assert (first.seq, first.timestamp) == (int(seq), int(rtptime))


@pytest.mark.parametrize("request_line, status", (
    (("DESCRIBE", "/cam9"), 404), (("DESCRIBE", "/other"), 404), (("PLAY", "/cam1"), 454), (("RECORD", "/cam1"), 501),
    (("SETUP", "/cam1", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"), 459),
    (("SETUP", "/cam1/trackID=2", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"), 404),
    (("SETUP", "/cam1/trackID=1", "Transport: RTP/AVP;multicast\r\n"), 461),
    (("GET_PARAMETER", "/cam1", "Session: nobody\r\n"), 454), (("OPTIONS", "/cam1"), 200)))
def test_answers_to_wrong_requests(camsim, request_line, status):
    simulator = camsim("--cameras", "1", *SMALL)
    method, path, *headers = request_line
    assert RtspClient(simulator.url()).ask(method, simulator.base + path, *headers).status == status


@pytest.mark.parametrize("options", (("basic",), ("digest",), ("digest", "--digest-algorithm", "sha-256"),
                                     ("digest", "--digest-qop")))
def test_authentication(camsim, tmp_path, options):
    (tmp_path / "password").write_text("s3cret\n")
    simulator = camsim("--cameras", "1", *SMALL, "--user", "viewer", "--password-file", tmp_path / "password", "--auth", *options)
    assert RtspClient(simulator.url()).request("OPTIONS").status == 401
    assert RtspClient(simulator.url(), "viewer", "wrong").request("DESCRIBE").status == 401
    assert RtspClient(simulator.url(), "other", "s3cret").request("DESCRIBE").status == 401
    client = RtspClient(simulator.url(), "viewer", "s3cret").play()
    assert client.request("GET_PARAMETER").status == 200
    client.user, client.challenge = "", {}
    assert client.request("GET_PARAMETER").status == 401, "keep-alives are authenticated, too"
    assert simulator.control("password other") == {"ok": True}
    assert RtspClient(simulator.url(), "viewer", "s3cret").request("DESCRIBE").status == 401
    assert RtspClient(simulator.url(), "viewer", "other").request("DESCRIBE").status == 200
    assert simulator.control("auth none")["ok"]
    assert RtspClient(simulator.url()).request("DESCRIBE").status == 200


@pytest.mark.parametrize("mode", ("basic", "digest"))
def test_ffmpeg_and_rtspsrc_authenticate(camsim, tmp_path, mode):
    (tmp_path / "password").write_text("s3cret")
    simulator = camsim("--cameras", "1", *SMALL, "--user", "viewer", "--password-file", tmp_path / "password", "--auth", mode)
    right = record(simulator.url().replace("://", "://viewer:s3cret@"), tmp_path / "right.mkv", seconds=1)
    wrong = record(simulator.url().replace("://", "://viewer:s3cre@"), tmp_path / "wrong.mkv", seconds=1)
    assert right.wait(30) == 0
    assert wrong.wait(30) != 0 and "401" in wrong.stderr.read()
    pipeline = ("rtspsrc", f"location={simulator.url()}", "protocols=tcp", "user-id=viewer")
    end = ("!", "identity", "eos-after=20", "!", "fakesink")
    assert "Unauthorized" in launch(*pipeline, "user-pw=wrong", *end)
    before = len(simulator.control("stats 1")["streams"][0]["ended"])
    assert "Unauthorized" not in launch(*pipeline, "user-pw=s3cret", *end)
    ended = simulator.control("stats 1")["streams"][0]["ended"][before:]
    assert [session["frames"] > 0 for session in ended] == [True]


def test_nonce_becomes_stale(camsim, tmp_path):
    (tmp_path / "password").write_text("s3cret")
    simulator = camsim("--cameras", "1", *SMALL, "--user", "viewer", "--password-file", tmp_path / "password", "--auth", "digest",
                       "--nonce-lifetime", "1")
    client = RtspClient(simulator.url(), "viewer", "s3cret").play()
    take(client, 1.5)
    answer = client.ask("GET_PARAMETER")
    assert answer.status == 401 and 'stale="TRUE"' in answer.headers["www-authenticate"]
    assert client.request("GET_PARAMETER").status == 200


def plays_for(url: str, keep_alive, most: float) -> float:
    """Seconds of play until the simulator closes, at most @most; @keep_alive is called about each half second."""
    client = RtspClient(url).play()
    start = called = time.monotonic()
    try:
        for _ in client.packets():
            now = time.monotonic()
            if now - start > most:
                break
            if now - called > 0.5:
                called = now
                keep_alive(client)
    except EOFError:
        pass
    return time.monotonic() - start


def test_session_timeout_is_enforced(camsim):
    strict = camsim("--cameras", "1", *SMALL, "--session-timeout", "2", "--enforce-timeout")
    lenient = camsim("--cameras", "1", *SMALL, "--session-timeout", "2", "--enforce-timeout", "--rtcp-keeps-alive")

    def silent(client):
        pass

    def report(client):
        client.send_packet(1, b"\x80\xc9\x00\x01\x00\x00\x00\x01")  # an empty receiver report

    def request(client):
        client.send("GET_PARAMETER")

    cases = [(strict, silent, 60), (strict, report, 60), (strict, request, 6), (lenient, report, 6)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        lasted = list(pool.map(lambda case: plays_for(case[0].url(), *case[1:]), cases))
    assert all(1.9 < seconds < allowed(5) for seconds in lasted[:2]), "packets of RTCP do not count"
    assert all(seconds >= 6 for seconds in lasted[2:])
    stream = lenient.control("stats 1")["streams"][0]
    counted, = stream["ended"] + stream["sessions"]
    assert counted["receiver_reports"] > 4 and counted["keepalives"] == 0


def test_sender_reports_map_rtp_to_capture_time(camsim):
    simulator = camsim("--cameras", "1", *SMALL, "--audio", "aac", "--report-interval", "500")
    client = RtspClient(simulator.url()).play(2)
    for offset in (0, 3600):
        assert simulator.control(f"clock 1 {offset}")["ok"]
        packets = take(client, 1.5)
        stamped = [packet for packet in packets if packet.frame is not None]
        reports = [packet.report for packet in packets if packet.channel == 1]
        assert reports
        wall, timestamp = reports[-1]
        for packet in stamped:
            since = (packet.timestamp - timestamp + 2**31) % 2**32 - 2**31
            assert wall + since / 90000 == pytest.approx(packet.wall_us / 1e6 + offset, abs=0.1)
        assert any(packet.channel == 3 for packet in packets), "audio has reports of its own"


def test_reset_and_close(camsim):
    simulator = camsim("--cameras", "1", *SMALL)
    for command, error in (("reset 1", ConnectionResetError), ("close 1", EOFError)):
        client = RtspClient(simulator.url()).play()
        take(client, 0.2)
        assert simulator.control(command)["ok"]
        with pytest.raises(error):
            take(client, 10)
    ended = simulator.control("stats 1")["streams"][0]["ended"]
    assert len(ended) == 2 and all(session["frames"] >= 5 for session in ended)


def test_silence_and_deafness(camsim):
    simulator = camsim("--cameras", "1", *SMALL)
    client = RtspClient(simulator.url()).play()
    take(client, 0.2)
    assert simulator.control("silence 1 on")["ok"]
    assert client.request("GET_PARAMETER").status == 200
    client.queue.clear()
    client.socket.settimeout(0.5)
    with pytest.raises(TimeoutError):
        next(client.packets())
    assert simulator.control("silence 1 deaf")["ok"]
    with pytest.raises(TimeoutError):
        client.request("GET_PARAMETER")
    assert simulator.control("silence 1 off")["ok"]
    client.socket.settimeout(10)
    assert len(take(client, 0.3)) > 5


def test_timestamp_jump_and_new_ssrc(camsim):
    simulator = camsim("--cameras", "1", *SMALL)
    client = RtspClient(simulator.url()).play()

    def base():
        packet = next(packet for packet in client.packets() if packet.frame is not None)
        return (packet.timestamp - packet.frame * 3600) % 2**32, packet.ssrc

    before = base()
    assert simulator.control("jump 1 100")["ok"] and simulator.control("ssrc 1")["ok"]
    client.request("GET_PARAMETER")
    client.queue.clear()
    after = base()
    assert (after[0] - before[0]) % 2**32 == 100 * 90000
    assert after[1] != before[1]


@pytest.mark.parametrize("codec", ("h264", "h265"))
def test_resolution_changes_in_the_stream(camsim, codec, tmp_path):
    simulator = camsim("--cameras", "1", *SMALL, "--codec", codec)
    recording = record(simulator.url(), tmp_path / "r.ts", seconds=300)

    def send_50_frames():
        frame = simulator.control("stats 1")["streams"][0]["frame"]
        while simulator.control("stats 1")["streams"][0]["frame"] < frame + 50:
            assert recording.poll() is None

    while not simulator.control("stats 1")["streams"][0]["sessions"]:
        assert recording.poll() is None
    send_50_frames()
    assert simulator.control("resolution 1 640x360") == {"ok": True}
    send_50_frames()
    recording.send_signal(signal.SIGINT)
    assert recording.wait(30) == 255  # ffmpeg's, when it was asked to end
    shown = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "frame=width", "-of", "csv=p=0",
                            str(tmp_path / "r.ts")], capture_output=True, text=True, check=True)
    widths = [key for key, _ in itertools.groupby(word.strip(",") for word in shown.stdout.split())]
    assert widths == ["320", "640"] and not shown.stderr
    found = frames.stamped_frames(tmp_path / "r.ts")
    assert not frames.missing(found) and not frames.repeated(found)
    assert simulator.control("stats 1")["streams"][0]["width"] == 640


@pytest.mark.parametrize("codec", ("h264", "h265"))
def test_long_gops_decode(camsim, codec, tmp_path):
    simulator = camsim("--cameras", "1", *SMALL, "--codec", codec, "--fps", "50")
    assert simulator.control("gop 1 endless")["ok"]
    path = tmp_path / "long.mkv"
    client = RtspClient(simulator.url()).play()
    assert all(packet.frame is None or packet.payload[0] & 0x1F != 24 for packet in take(client, 0.5)), "no key frame"
    recording = record(simulator.url(), path, seconds=6)
    while len(simulator.control("stats 1")["streams"][0]["sessions"]) < 2:
        assert recording.poll() is None
    simulator.control("key 1")
    assert recording.wait(30) == 0
    found = frames.stamped_frames(path)
    assert len(found) > 100 and [frame.is_key for frame in found].count(True) == 1
    assert frames.decoded_frames(path) == found and frames.decode_errors(path) == ""


def test_dead_audio(camsim):
    simulator = camsim("--cameras", "1", *SMALL, "--audio", "pcma")
    client = RtspClient(simulator.url()).play(2)
    assert any(packet.channel == 2 for packet in take(client, 0.5))
    assert simulator.control("audio 1 off")["ok"]
    client.request("GET_PARAMETER")
    client.queue.clear()
    assert not any(packet.channel == 2 for packet in take(client, 0.5))


def test_loss_is_counted(camsim):
    simulator = camsim("--cameras", "1", *SMALL)
    client = RtspClient(simulator.url()).play()
    assert simulator.control("loss 1 20")["ok"]
    video = [packet for packet in take(client, 2) if packet.channel == 0]
    gaps = sum((after.seq - before.seq) % 2**16 - 1 for before, after in zip(video, video[1:]))
    counted = session_of(simulator)
    assert gaps > 5 and gaps <= counted["lost_packets"] <= gaps + 20
    assert 0 < counted["damaged"] <= counted["frames"]


def test_refusal(camsim):
    simulator = camsim("--cameras", "2", *SMALL)
    assert simulator.control("refuse 1 on")["ok"]
    assert RtspClient(simulator.url(1)).request("DESCRIBE").status == 503
    assert simulator.control("refuse 1 404")["ok"]
    assert RtspClient(simulator.url(1)).request("DESCRIBE").status == 404
    assert RtspClient(simulator.url(2)).request("DESCRIBE").status == 200
    assert simulator.control("refuse 1 off")["ok"]
    assert RtspClient(simulator.url(1)).request("DESCRIBE").status == 200


def test_a_slow_reader_loses_whole_frames_and_hurts_nobody(camsim):
    simulator = camsim("--cameras", "1", *SMALL, "--bitrate", "8000", "--queue", "64")
    slow = RtspClient(simulator.url(), receive_buffer=4096).play()
    quick = RtspClient(simulator.url()).play()
    numbers = []
    while all(session["dropped"] < 10 for session in simulator.control("stats 1")["streams"][0]["sessions"]):
        numbers += [packet.frame for packet in take(quick, 0.1) if packet.frame is not None]
    sessions = simulator.control("stats 1")["streams"][0]["sessions"]
    assert sorted(session["dropped"] > 0 for session in sessions) == [False, True]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    sizes = [next(slow.packets()) for _ in range(50)]
    assert all(packet.data[0] == 0x80 for packet in sizes), "what does come is whole"


def test_control_answers(camsim):
    simulator = camsim("--cameras", "1", *SMALL)
    assert any(line.startswith("reset K") for line in simulator.control("help")["commands"])
    for wrong in ("nonsense", "reset 7", "reset", "silence 1 perhaps", "loss 1 200", "resolution 1 3x3", "gop 1 x",
                  "auth digest"):
        answer = simulator.control(wrong)
        assert answer["ok"] is False and answer["error"], wrong
    assert simulator.control("quit") == {"ok": True}
    assert simulator.process.wait(5) == 0
    assert not simulator.control_path.exists()


def test_wrong_options_are_refused(build_dir):
    program = build_dir / "tests/tools/camsim/camsim"
    for wrong in (["--codec", "vp8"], ["--cameras", "0"], ["--camera", "9:fps=3"], ["--auth", "digest"], ["--width", "321"],
                  ["--address", "nowhere"], ["surplus"]):
        done = subprocess.run([program, *SMALL, *wrong], capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode != 0 and done.stderr.startswith("camsim: "), wrong
    assert "Examples" in subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
