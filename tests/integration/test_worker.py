# SPDX-License-Identifier: LGPL-2.1-or-later
"""tyto-worker over its private link: recording, retries, thumbnails, ends; tytod's part is played by the test."""

import os
import pathlib
import resource
import signal
import subprocess

import built
import frames
import pytest
from boundaries import undivided
from gi.repository import GLib
from main_loop import allowed, wait_until

SMALL = ("--gop", "1", "--width", "640", "--height", "360", "--bitrate", "1000")
PASSWORD = "s3cret-Pässwört"
NEWS = ("RunStarted", "RunEnded", "SegmentOpened", "SegmentClosed", "Gap", "ThumbnailTaken")


def recorded(link, camera: str = "cam1") -> list:
    """The stamped frames of all closed segments, after checking that each agrees with what was told of it."""
    found = []
    for segment in link.told("SegmentClosed", camera):
        assert pathlib.Path(segment["path"]).stat().st_size == segment["bytes"]
        assert frames.decode_errors(segment["path"]) == ""
        here = frames.frames(segment["path"])
        assert len(here) == segment["frames"] and here[0].is_key
        found += here
    return found


def check_nothing_lost(link, camera: str = "cam1") -> None:
    """All that the camera sent in the one run is in the segments, in order and once."""
    ended = link.wait_told("RunEnded", camera)[0]
    found = recorded(link, camera)
    assert [frame.frame for frame in found] == list(range(found[0].frame, found[-1].frame + 1))
    assert ended["frames-received"] == ended["frames-recorded"] == len(found)
    assert ended["packets-lost"] == 0 and ended["reason"] == "stopped"
    opened = [(row["sequence"], row["path"]) for row in link.told("SegmentOpened", camera)]
    closed = [(row["sequence"], row["path"]) for row in link.told("SegmentClosed", camera)]
    assert opened == closed and [sequence for sequence, _ in closed] == list(range(1, len(closed) + 1))


@pytest.mark.ingest
@pytest.mark.asan
@pytest.mark.parametrize("codec, audio, transport", [("h264", "none", "tcp"), ("h265", "aac", "tcp"), ("h264", "pcmu", "udp")])
def test_it_records_and_tells(camsim, worker, tmp_path, codec, audio, transport):
    simulator = camsim("--cameras", "1", "--codec", codec, "--audio", audio, *SMALL)
    link = worker()
    link.add("cam1", simulator.url(1), root=str(tmp_path), segment_seconds=2, transport=transport, thumbnail_seconds=0)
    started = link.wait_told("RunStarted", "cam1")[0]
    assert (started["video-codec"], started["transport"]) == (codec, transport)
    built.check_ingest(transport, started["ingest"])
    assert (started["width"], started["height"]) == (640, 360)
    assert started["audio-codec"] == {"none": "", "aac": "aac", "pcmu": "pcmu"}[audio]
    segments = link.wait_told("SegmentClosed", "cam1", 2)
    link.call("RemoveCamera", "(s)", "cam1")
    assert link.states("cam1") == ["connecting", "recording"]
    check_nothing_lost(link)
    for segment in segments:
        assert segment["run"] == started["run"] and segment["video-codec"] == codec
    # The camera's clock is ours; a first segment may be over before the camera's first report.
    told = [segment for segment in segments if "camera-time" in segment]
    assert segments[-1] in told and all(abs(segment["camera-time"] - segment["wall-start"]) < allowed(500_000) for segment in told)
    assert {segment["reason"] for segment in segments} == {"boundary"}
    names = [name for name, _ in link.signals if name not in ("Statistics", "ThumbnailTaken")]
    assert names[-2:] == ["SegmentClosed", "RunEnded"]


def test_two_cameras_and_statistics(camsim, worker, wait_for, tmp_path):
    simulator = camsim("--cameras", "2", *SMALL)
    link = worker()
    for number in (1, 2):
        link.add(f"cam{number}", simulator.url(number), root=str(tmp_path), segment_seconds=2, connect_delay=200 * number)
    for camera in ("cam1", "cam2"):
        link.wait_told("SegmentClosed", camera, 1)
        link.wait_told("ThumbnailTaken", camera, 1)
    told = wait_for(lambda: next((arguments[0] for name, arguments in link.signals if name == "Statistics" and len(arguments[0]) == 2), None),
                    "the statistics of both")
    run, last_frame, _, _, packets, lost, received, *_ = told["cam2"]
    assert set(told) == {"cam1", "cam2"} and run == link.told("RunStarted", "cam2")[0]["run"]
    assert packets > received > 0 and lost == 0 and last_frame > link.told("SegmentOpened", "cam2")[0]["wall-start"]
    link.call("RemoveCamera", "(s)", "cam1")
    by_name = link.call("GetStatistics")[0]
    assert set(by_name) == {"cam2"} and by_name["cam2"]["frames-received"] >= received and by_name["cam2"]["last-frame"] >= last_frame
    link.call("Stop")
    assert link.wait_exit() == 0
    for camera in ("cam1", "cam2"):
        check_nothing_lost(link, camera)
    assert {frame.camera for frame in recorded(link, "cam2")} == {2}


@pytest.mark.asan
@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_thumbnails_are_taken_soon_and_then_each_interval(camsim, worker, wait_for, tmp_path, codec):
    simulator = camsim("--cameras", "1", "--codec", codec, "--gop", "1", "--width", "1280", "--height", "720")
    link = worker()
    link.add("cam1", simulator.url(1), root=f"{tmp_path}/recordings", thumbnail_root=f"{tmp_path}/thumbnails",
             segment_seconds=1, thumbnail_seconds=2)
    thumbnails = link.wait_told("ThumbnailTaken", "cam1", 3)
    walls = [row["wall"] for row in thumbnails]
    assert abs(walls[0] - link.told("SegmentOpened", "cam1")[0]["wall-start"]) < 2_000_000
    assert 900_000 < walls[2] - walls[1] < allowed(3_100_000)  # by the key frames, one a second, and not by the segments
    # Each key frame begins a segment, and the picture has its time.
    wait_for(lambda: walls[2] in [row["wall-start"] for row in link.told("SegmentOpened", "cam1")], "the segment of the last one")
    snapshot = link.call("Snapshot", "(s)", "cam1")[0]
    wait_for(lambda: snapshot["path"] in [row["path"] for row in link.told("ThumbnailTaken", "cam1")], "the snapshot to be told")
    for row in [*thumbnails, snapshot]:
        path = pathlib.Path(row["path"])
        assert path.is_relative_to(tmp_path / "thumbnails/cam1") and path.stat().st_size == row["bytes"]
        size = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0", path],
                              stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        assert size == f"mjpeg,{row['width']},{row['height']}" == "mjpeg,640,360"
    assert not any("dec" in name for name in link.threads()), "a decoder is open"
    assert not list(tmp_path.rglob("*.jpg.part"))


def test_it_may_open_as_many_files_as_the_system_lets_it(worker):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, soft), hard))  # as who starts tytod by hand has it
    try:
        link = worker()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert hard > 512 and resource.prlimit(link.process.pid, resource.RLIMIT_NOFILE) == (hard, hard)


def test_the_line_of_the_pipeline_runs(camsim, worker, tytod_environment, wait_for, tmp_path):
    (tmp_path / "password").write_text(PASSWORD)
    simulator = camsim("--cameras", "1", "--auth", "digest", "--user", "viewer", "--password-file", f"{tmp_path}/password",
                       "--audio", "aac", *SMALL)
    link = worker()
    link.add("cam1", simulator.url(1), user="viewer", password=PASSWORD, root=str(tmp_path / "it's here"), segment_seconds=2)
    link.wait_told("ThumbnailTaken", "cam1")
    line = link.call("DescribePipeline", "(s)", "cam1")[0]
    dot = link.call("DumpPipeline", "(s)", "cam1")[0]
    assert PASSWORD not in line and PASSWORD not in dot and "s3cret" not in line + dot
    assert "valve" in line and "jpegenc" in line and dot.startswith("digraph")
    link.call("RemoveCamera", "(s)", "cam1")

    before = set(tmp_path.rglob("*.mp4"))
    line = line.replace("user-id=viewer", f"user-id=viewer user-pw={PASSWORD}")
    launched = subprocess.Popen(["bash", "-c", f"exec gst-launch-1.0 -q -e {line}"], env=os.environ | tytod_environment)
    wait_for(lambda: len(set(tmp_path.rglob("*.mp4")) - before) >= 2, "segments of gst-launch-1.0")
    launched.send_signal(signal.SIGINT)
    assert launched.wait(10) == 0
    for path in set(tmp_path.rglob("*.mp4")) - before:
        assert frames.decode_errors(path) == ""


def test_no_password_anywhere(camsim, worker, tmp_path, capfd):
    (tmp_path / "password").write_text(PASSWORD)
    simulator = camsim("--cameras", "1", "--auth", "digest", "--user", "viewer", "--password-file", f"{tmp_path}/password", *SMALL)
    link = worker(GST_DEBUG="*:5")
    link.add("cam1", simulator.url(1), user="viewer", password=PASSWORD, root=str(tmp_path), segment_seconds=1)
    link.wait_told("SegmentClosed", "cam1")
    process = pathlib.Path(f"/proc/{link.process.pid}")
    assert PASSWORD.encode() not in (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    link.call("Stop")
    assert link.wait_exit() == 0
    said = capfd.readouterr()
    assert len(said.err) > 10_000 and "s3cret" not in said.err + said.out


@pytest.mark.asan
def test_wrong_password_is_refused_and_tried_on(camsim, worker, tmp_path):
    (tmp_path / "password").write_text(PASSWORD)
    simulator = camsim("--cameras", "1", "--auth", "digest", "--user", "viewer", "--password-file", f"{tmp_path}/password", *SMALL)
    link = worker()
    link.add("cam1", simulator.url(1), user="viewer", password="wrong", root=str(tmp_path), retry_initial_ms=50)
    details = link.wait_first_state("retrying", "cam1")
    assert details["reason"] == "camera-refused" and "password" in details["error"] and details["retry-in"] == 50
    assert not link.told("RunStarted", "cam1")
    link.wait_first_state("offline", "cam1")


@pytest.mark.asan
def test_camera_away_is_offline_after_five_tries_and_comes_back(camsim, worker, tmp_path):
    simulator = camsim("--cameras", "1", *SMALL)
    simulator.stop()
    link = worker()
    link.add("cam1", simulator.url(1), root=str(tmp_path), segment_seconds=1, retry_initial_ms=20)
    details = link.wait_first_state("offline", "cam1")
    assert details["reason"] == "camera-offline" and details["attempts"] == 5
    waits = [row["retry-in"] for state, row in link.told("CameraState", "cam1") if "retry-in" in row]
    assert waits[:5] == [20, 40, 80, 160, 320]
    assert link.states("cam1")[:10] == ["connecting", "retrying"] * 4 + ["connecting", "offline"]
    with pytest.raises(GLib.Error, match="org.tyto.Error.WrongState"):
        link.call("Snapshot", "(s)", "cam1")
    simulator.start_again()
    link.wait_state("recording", "cam1")
    link.wait_told("SegmentClosed", "cam1")


@pytest.mark.ingest
@pytest.mark.asan
@pytest.mark.parametrize("fault, reason", [("reset 1", "camera-ended"), ("silence 1 on", "camera-silent")])
def test_a_fault_ends_the_run_and_a_new_one_begins(camsim, worker, tmp_path, fault, reason):
    simulator = camsim("--cameras", "1", *SMALL)
    link = worker()
    link.add("cam1", simulator.url(1), root=str(tmp_path), segment_seconds=undivided(), timeout=2, retry_initial_ms=100)
    link.wait_told("ThumbnailTaken", "cam1")
    simulator.control(fault)
    ended = link.wait_told("RunEnded", "cam1")[0]
    assert ended["reason"] == reason and ended["detail"]
    assert ended["frames-recorded"] == ended["frames-received"] == len(recorded(link))
    segment = link.told("SegmentClosed", "cam1")[-1]
    assert segment["reason"] == "eos" and ended["wall-end"] == segment["wall-start"] + segment["duration"] // 1000
    simulator.control("silence 1 off")
    again = link.wait_told("RunStarted", "cam1", 2)[1]
    assert again["run"] != ended["run"] and again["wall-start"] > ended["wall-end"]
    link.call("Stop")
    assert len(recorded(link)) == sum(row["frames-recorded"] for row in link.told("RunEnded", "cam1"))


@pytest.mark.asan
def test_a_disk_that_cannot_be_written_is_told(camsim, worker, tmp_path):
    simulator = camsim("--cameras", "1", *SMALL)
    (tmp_path / "file").write_text("no directory")
    link = worker()
    link.add("cam1", simulator.url(1), root=f"{tmp_path}/file", thumbnail_seconds=0, retry_initial_ms=100)
    details = link.wait_state("retrying", "cam1")
    assert details["reason"] == "disk" and details["error"]
    (tmp_path / "file").unlink()
    link.wait_told("SegmentOpened", "cam1")


@pytest.mark.asan
@pytest.mark.parametrize("end", ["SIGTERM", "SIGINT"])
def test_its_end_finishes_the_segments(camsim, worker, tmp_path, end):
    simulator = camsim("--cameras", "2", *SMALL)
    link = worker()
    for number in (1, 2):
        link.add(f"cam{number}", simulator.url(number), root=str(tmp_path), segment_seconds=undivided())
        link.wait_told("SegmentOpened", f"cam{number}")
    link.process.send_signal(getattr(signal, end))
    assert link.wait_exit(10) == 0
    paths = [row["path"] for camera in ("cam1", "cam2") for row in link.told("SegmentOpened", camera)]
    assert len(paths) >= 2 and not list(tmp_path.rglob("*.part"))
    for path in paths:
        assert frames.decode_errors(path) == ""
    for camera in ("cam1", "cam2"):
        assert link.wait_told("RunEnded", camera)[0]["reason"] == "stopped"


@pytest.mark.asan
def test_it_records_on_without_a_client_and_tells_the_next(camsim, worker, tmp_path):
    simulator = camsim("--cameras", "1", *SMALL)
    link = worker()
    link.add("cam1", simulator.url(1), root=str(tmp_path), segment_seconds=1, password="s3cret", thumbnail_seconds=0)
    run = link.wait_told("RunStarted", "cam1")[0]
    first = link.wait_told("SegmentClosed", "cam1")[0]
    told = [arguments[1]["serial"] for name, arguments in link.signals if name in NEWS]
    assert told == list(range(1, len(told) + 1))
    link.call("Acknowledge", "(t)", first["serial"])
    link.connection.close_sync(None)
    wait_until(lambda: len(list(tmp_path.rglob("*.mp4"))) >= 4, "it to record on")

    state = link.connect()
    assert state["pid"] == link.process.pid and state["acknowledged"] == first["serial"] < state["next-serial"] - 1
    camera = state["cameras"]["cam1"]
    assert camera["state"] == "recording" and camera["run"] == run
    assert camera.get("segment", run)["run"] == run["run"]  # none between one that is closed and the next
    assert camera["settings"]["root"] == str(tmp_path) and "s3cret" not in repr(state)
    link.wait_state("recording", "cam1")
    again = [arguments[1]["serial"] for name, arguments in link.signals if name in NEWS]
    assert again[:state["next-serial"] - first["serial"] - 1] == list(range(first["serial"] + 1, state["next-serial"]))
    assert link.told("SegmentClosed", "cam1")[0]["sequence"] == first["sequence"] + 1

    old = link.connection  # a client that comes takes the place of the one there is
    link.connect()
    wait_until(old.is_closed, "the client before to be put out")
    link.call("Stop")
    assert link.wait_exit() == 0
    assert link.wait_told("RunEnded", "cam1")[0]["wall-start"] == run["wall-start"]
    recorded(link)


def test_wrong_calls_are_refused(worker, tmp_path):
    link = worker()

    def refused(error: str, camera: str, url: str = "rtsp://127.0.0.1:9/", **settings):
        with pytest.raises(GLib.Error, match=f"org.tyto.Error.{error}"):
            link.add(camera, url, **settings)

    refused("InvalidArgument", "../x")
    refused("InvalidArgument", "cam1", "http://127.0.0.1/")
    refused("InvalidArgument", "cam1", "rtsp://user:word@127.0.0.1/")
    refused("InvalidArgument", "cam1", transport="carrier-pigeon")
    refused("InvalidArgument", "cam1", ingest="carrier-pigeon")
    refused("InvalidArgument", "cam1", segment_seconds=0)
    refused("InvalidArgument", "cam1", unknown=1)
    link.add("cam1", "rtsp://127.0.0.1:9/", connect_delay=60_000)
    refused("AlreadyExists", "cam1")
    for method in ("Snapshot", "DescribePipeline", "DumpPipeline"):
        with pytest.raises(GLib.Error, match="org.tyto.Error.WrongState"):
            link.call(method, "(s)", "cam1")
    link.call("RemoveCamera", "(s)", "cam1")
    with pytest.raises(GLib.Error, match="org.tyto.Error.NotFound"):
        link.call("RemoveCamera", "(s)", "cam1")


@pytest.mark.parametrize("settings, ingest", (({"format": "ts"}, "rtspsrc"), ({"engine": "splitmuxsink"}, "rtspsrc"), ({}, "lean")))
def test_what_waits_is_received_by_rtspsrc(camsim, worker, tmp_path, settings, ingest):
    """splitmuxsink has a stream wait for the other; the thread that reads all cameras must not."""
    simulator = camsim("--cameras", "1", *SMALL, "--audio", "aac")
    link = worker()
    link.add("cam1", simulator.url(1), root=f"{tmp_path}/recordings", segment_seconds=1, ingest="auto", **settings)
    assert link.wait_told("RunStarted", "cam1")[0]["ingest"] == ingest
    assert link.wait_told("SegmentClosed", "cam1")[0]["audio-codec"] == "aac"
