# SPDX-License-Identifier: LGPL-2.1-or-later
"""The benches' program that counts the simulator's frames in files (tests/bench/counter), against FFmpeg's reading of the same files."""

import json
import re
import subprocess

import built
import frames
import pytest
from camera_simulator import CameraSimulator
from main_loop import wait_until

KINDS = {"plain": [], "fragmented": ["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "400000"]}


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


@pytest.fixture
def watch(build_dir, tmp_path):
    """watch(whole_every): has what is below tmp_path counted; gives what ends it and returns the count."""
    started = []

    def start(whole_every: int = 50):
        process = subprocess.Popen([build_dir / "tests/bench/counter/frame-counter", "watch", tmp_path, str(whole_every)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "WATCHING\n"
        return lambda: json.loads(process.communicate(timeout=20)[0])

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def give(path, content: bytes) -> None:
    """As Tyto does."""
    part = path.with_suffix(".mp4.part")
    part.write_bytes(content)
    part.rename(path)


def test_closed_files_give_back_their_space(files, tmp_path, watch):
    (tmp_path / "before").mkdir()
    end = watch()
    (tmp_path / "later").mkdir()
    closed = [tmp_path / "before/1.mp4", tmp_path / "later/2.mp4"]
    for path in closed:
        give(path, (files / "plain" / path.name).read_bytes())
    closed.append(tmp_path / "before/3.mp4")
    closed[-1].write_bytes(closed[0].read_bytes())
    with open(tmp_path / "before/open.mp4", "wb") as unfinished:
        unfinished.write((files / "fragmented/1.mp4").read_bytes())
        wait_until(lambda: all(path.stat().st_blocks == 0 for path in closed), "the space of closed files", 20)
        assert all(path.stat().st_size > 0 for path in closed)
    found = end()
    assert found["files"] == 4
    assert found["most_behind"] < 20
    assert numbers(found, 2) == [frame.frame for frame in frames.stamped_frames(files / "plain/2.mp4")]


def moofs(content: bytes) -> list[int]:
    """Where the fragments of a file begin."""
    found, at = [], 0
    while at < len(content):
        if content[at + 4:at + 8] == b"moof":
            found.append(at)
        at += int.from_bytes(content[at:at + 4], "big")
    return found


@pytest.mark.parametrize("whole_every, read_whole", [(50, 0), (1, 4)])
def test_fragments_tell_the_same_as_all_samples(build_dir, files, tmp_path, watch, whole_every, read_whole):
    """Each camera's file in two halves, as segments follow one another."""
    for camera in (1, 2):
        content = (files / f"fragmented/{camera}.mp4").read_bytes()
        first, *_, last = moofs(content)
        half = [at for at in moofs(content) if at > last // 2][0]
        assert half < last
        end = content.index(b"mfra", last) - 4
        (tmp_path / f"{camera}").mkdir()
        for name, low, high in (("1.mp4", first, half), ("2.mp4", half, end)):
            (tmp_path / f"{camera}" / f"{name}.part").write_bytes(content[:first] + content[low:high] + content[end:])
    finish = watch(whole_every)
    for path in sorted(tmp_path.glob("*/*.part")):
        path.rename(path.with_suffix(""))
    found = finish()
    assert (found["files"], found["files_read_whole"], found["unreadable"], found["damaged"]) == (4, read_whole, [], 0)
    assert found["cameras"] == count(build_dir, files / "fragmented")["cameras"]


def without(content: bytes, missing: int) -> bytes:
    """As if the frame of that number had never been there: those from it on are one further."""
    return re.sub(rb"frame=(\d{20})", lambda found: b"frame=%020d" % (int(found[1]) + (int(found[1]) >= missing)), content)


def test_what_is_missing_or_twice_shows_without_reading_it(files, tmp_path, watch):
    content = (files / "fragmented/1.mp4").read_bytes()
    begin, second, third, *_ = moofs(content)
    stamps = [int(number) for number in re.findall(rb"frame=(\d{20})", content)]
    in_second = len(re.findall(rb"frame=", content[second:third]))
    lost = stamps[0] + len(re.findall(rb"frame=", content[begin:second])) + 2  # the third of the second fragment
    assert in_second > 3
    finish = watch()
    changed = {1: without(content, lost), 2: content[:second] + content[third:], 3: content[:third] + content[second:]}
    for camera, data in changed.items():
        give(tmp_path / f"{camera}.mp4", data.replace(b"camera=00001", b"camera=%05d" % camera))
    found = finish()
    assert (found["files"], found["files_read_whole"], found["unreadable"], found["damaged"]) == (3, 0, [], 0)
    cameras, whole = found["cameras"], len(stamps)
    assert (cameras["1"]["frames"], cameras["1"]["repeated"], len(cameras["1"]["spans"])) == (whole, 0, 2)
    assert cameras["1"]["spans"][1][1] == stamps[-1] + 1
    assert (cameras["2"]["frames"], cameras["2"]["repeated"], len(cameras["2"]["spans"])) == (whole - in_second, 0, 2)
    assert (cameras["3"]["frames"], cameras["3"]["repeated"], len(cameras["3"]["spans"])) == (whole, in_second, 1)


def test_a_broken_first_frame_is_damage(files, tmp_path, watch):
    broken = bytearray((files / "fragmented/1.mp4").read_bytes())
    at = broken.index(b"TYTO camera=", moofs(broken)[1]) - 19
    broken[at - 1] += 1
    finish = watch()
    give(tmp_path / "1.mp4", broken)
    found = finish()
    assert found["damaged"] > 3
    assert len(found["cameras"]["1"]["spans"]) == 2
