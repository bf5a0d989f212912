# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benches' program that counts the simulator's frames in files (tests/bench/counter), against FFmpeg's reading of the same files."""

import json
import subprocess

import built
import frames
import pytest
from camera_simulator import CameraSimulator
from main_loop import wait_until

KINDS = {"plain": [], "fragmented": ["-movflags", "frag_keyframe+empty_moov+default_base_moof"]}


@pytest.fixture(scope="module")
def files(build_dir, tmp_path_factory):
    """Two seconds of two cameras, H.264 and H.265 with sound, by kind and camera."""
    folder = tmp_path_factory.mktemp("files")
    simulator = CameraSimulator(build_dir / built.CAMSIM, folder / "camsim.sock", [
        "--cameras", "2", "--width", "320", "--height", "180", "--bitrate", "400", "--gop", "1", "--camera", "2:codec=h265,audio=aac"])
    recording = {}
    for kind, words in KINDS.items():
        (folder / kind).mkdir()
        for camera in (1, 2):
            path = folder / kind / f"{camera}.mp4"
            recording[path] = subprocess.Popen(["ffmpeg", "-nostdin", "-v", "error", "-rtsp_transport", "tcp", "-i", simulator.url(camera), "-t", "2",
                                                "-c", "copy", *words, path])
    ended = [process.wait(30) for process in recording.values()]
    simulator.stop()
    assert ended == [0, 0, 0, 0]
    return folder


def count(build_dir, folder) -> dict:
    return json.loads(subprocess.run([build_dir / "tests/bench/counter/frame-counter", "count", folder], stdout=subprocess.PIPE, check=True).stdout)


def numbers(counted: dict, camera: int) -> list[int]:
    return [number for low, high in counted["cameras"][str(camera)]["spans"] for number in range(low, high + 1)]


@pytest.mark.parametrize("kind", KINDS)
def test_each_frame_is_counted(build_dir, files, kind):
    found = count(build_dir, files / kind)
    assert (found["files"], found["unreadable"], found["damaged"]) == (2, [], 0)
    for camera in (1, 2):
        expected = [frame.frame for frame in frames.stamped_frames(files / kind / f"{camera}.mp4")]
        assert len(expected) > 25
        assert numbers(found, camera) == expected
        assert found["cameras"][str(camera)]["repeated"] == 0


def test_what_is_wrong_is_told(build_dir, files, tmp_path):
    whole = (files / "fragmented/1.mp4").read_bytes()
    (tmp_path / "1.mp4").write_bytes(whole)
    (tmp_path / "2.mp4").write_bytes(whole[:-len(whole) // 3])  # the same frames, cut
    broken = bytearray(whole)
    at = whole.index(b"TYTO camera=") - 19  # in front of it: NAL header, payload type and size, UUID; before those the NAL's length
    broken[at - 1] += 1
    (tmp_path / "3.mp4").write_bytes(broken)
    found = count(build_dir, tmp_path)
    assert found["unreadable"] == [str(tmp_path / "2.mp4")]
    assert found["cameras"]["1"]["repeated"] > 25
    assert found["damaged"] == 1


def test_closed_files_give_back_their_space(build_dir, files, tmp_path):
    (tmp_path / "before").mkdir()
    watch = subprocess.Popen([build_dir / "tests/bench/counter/frame-counter", "watch", tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True)
    assert watch.stdout.readline() == "WATCHING\n"
    (tmp_path / "later").mkdir()
    closed = [tmp_path / "before/1.mp4", tmp_path / "later/2.mp4"]
    for path in closed:
        part = path.with_suffix(".mp4.part")  # as Tyto does
        part.write_bytes((files / "plain" / path.name).read_bytes())
        part.rename(path)
    closed.append(tmp_path / "before/3.mp4")
    closed[-1].write_bytes(closed[0].read_bytes())
    with open(tmp_path / "before/open.mp4", "wb") as unfinished:
        unfinished.write((files / "fragmented/1.mp4").read_bytes())
        wait_until(lambda: all(path.stat().st_blocks == 0 for path in closed), "the space of closed files", 20)
        assert all(path.stat().st_size > 0 for path in closed)
    found = json.loads(watch.communicate(timeout=20)[0])
    assert found["files"] == 4
    assert numbers(found, 2) == [frame.frame for frame in frames.stamped_frames(files / "plain/2.mp4")]
