# SPDX-License-Identifier: LGPL-2.1-or-later
"""org.tyto.Recorder1 on a private system bus: activation, the objects, the signals, the errors, idle exit."""

import os
import pathlib
import signal

import pytest
from gi.repository import GLib
from private_bus import PATH, PrivateBus

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDER = "org.tyto.Recorder1"
CAMERA = "org.tyto.Camera1"


@pytest.fixture
def bus(tmp_path, build_dir, tytod_environment):
    """The bus; tytod is not running until something calls it."""
    (tmp_path / "tyto.conf").write_text("[tyto]\nidle-exit-seconds=1\nhttp-port=0\nsegment-seconds=2\nthumbnail-seconds=0\n")
    command = [f"{build_dir}/src/tytod", "--state", str(tmp_path), "--config", f"{tmp_path}/tyto.conf"]
    private = PrivateBus(tmp_path, ROOT / "data/dbus/org.tyto.Recorder1.conf", command, tytod_environment)
    yield private
    private.end_owner()
    private.stop()


def add_camera(bus, url, **members) -> str:
    settings = {"id": "front-door", "url": url} | members
    packed = {key: GLib.Variant("b" if isinstance(value, bool) else "s", value) for key, value in settings.items()}
    return bus.call(PATH, f"{RECORDER}.AddCamera", GLib.Variant("(a{sv})", (packed,)))[0]


def state(bus, camera):
    return bus.get(camera, CAMERA, "State")


def test_a_call_starts_it_and_idleness_ends_it(bus):
    assert bus.owner_pid() is None
    status = bus.call(PATH, f"{RECORDER}.GetStatus")[0]
    assert status["cameras"] == 0 and status["version"] == bus.get(PATH, RECORDER, "Version")
    first = bus.owner_pid()
    assert first is not None
    bus.wait(lambda: bus.owner_pid() is None, "the idle tytod to end")
    assert bus.call(PATH, f"{RECORDER}.GetStatus")[0]["recording"] == 0
    assert bus.owner_pid() not in (None, first)


def test_a_camera_is_an_object_from_adding_to_removing(bus, camsim):
    simulator = camsim("--cameras", "1")
    path = add_camera(bus, simulator.url(1), name="Front door")
    assert path == f"{PATH}/cameras/front_2ddoor"
    bus.wait(lambda: state(bus, path) == "recording", "recording")

    objects = bus.call(PATH, "org.freedesktop.DBus.ObjectManager.GetManagedObjects")[0]
    assert objects[path][CAMERA]["Name"] == "Front door" and objects[path][CAMERA]["Enabled"] is True
    closed = bus.wait(lambda: [args[0] for _, name, args in bus.signals if name == "SegmentClosed"], "a closed segment")
    assert closed[0]["camera"] == "front-door" and pathlib.Path(closed[0]["path"]).stat().st_size == closed[0]["bytes"]
    assert any(name == "SegmentOpened" and where == path for where, name, _ in bus.signals)
    assert any(name == "StateChanged" and args[0] == "recording" for _, name, args in bus.signals)

    rows, cursor = bus.call(PATH, f"{RECORDER}.ListSegments", GLib.Variant("(a{sv})", ({"limit": GLib.Variant("u", 1)},)))
    assert len(rows) == 1 and isinstance(cursor, str)
    assert bus.call(PATH, f"{RECORDER}.ListGaps", GLib.Variant("(a{sv})", ({},))) == ([], "")
    ledger, = bus.call(PATH, f"{RECORDER}.GetLedger", GLib.Variant("(sa{sv})", (rows[0]["camera"], {})))
    assert ledger["items"][-1]["state"] == "recorded" and ledger["summary"]["unaccounted"] == 0
    assert bus.call(PATH, f"{RECORDER}.GetLedger", GLib.Variant("(sa{sv})", ("none", {})))[0]["summary"]["wanted"] == 0

    snapshot = bus.call(path, f"{CAMERA}.Snapshot")[0]
    assert pathlib.Path(snapshot["path"]).read_bytes()[:2] == b"\xff\xd8" and snapshot["width"] == 640
    assert bus.call(path, f"{CAMERA}.GetPipeline", GLib.Variant("(b)", (False,)))[0].startswith("camerasrc")
    assert bus.call(path, f"{CAMERA}.GetPipeline", GLib.Variant("(b)", (True,)))[0].startswith("digraph")

    bus.call(path, f"{CAMERA}.Change", GLib.Variant("(a{sv})", ({"name": GLib.Variant("s", "Gate")},)))
    assert bus.get(path, CAMERA, "Name") == "Gate"
    bus.call(path, f"{CAMERA}.Stop")
    details = bus.call(path, f"{CAMERA}.GetDetails")[0]
    assert details["state"] == "off" and details["frames_lost"] == 0 and details["frames_recorded"] > 0
    bus.call(path, f"{CAMERA}.Start")
    bus.wait(lambda: state(bus, path) == "recording", "recording again")
    bus.call(path, f"{CAMERA}.Remove")
    assert path not in bus.call(PATH, "org.freedesktop.DBus.ObjectManager.GetManagedObjects")[0]


def test_recording_goes_on_when_nobody_calls_and_when_the_bus_goes(bus, camsim, tmp_path):
    simulator = camsim("--cameras", "1")
    path = add_camera(bus, simulator.url(1))
    bus.wait(lambda: len([1 for _, name, _ in bus.signals if name == "SegmentClosed"]) >= 2, "two segments: no idle exit")
    pid = bus.owner_pid()
    assert pid is not None and state(bus, path) == "recording"
    bus.stop()
    before = len(list(tmp_path.glob("recordings/**/*.mp4")))
    bus.wait(lambda: len(list(tmp_path.glob("recordings/**/*.mp4"))) >= before + 2, "segments without a bus")
    os.kill(pid, signal.SIGTERM)
    bus.owner_pid = lambda: None
    bus.wait(lambda: not pathlib.Path(f"/proc/{pid}/cmdline").exists()
             or not pathlib.Path(f"/proc/{pid}/cmdline").read_bytes(), "tytod to end")
    assert not list(tmp_path.glob("recordings/**/*.part"))


@pytest.mark.parametrize("settings, error", [
    ({"id": "../x", "url": "rtsp://h/"}, "InvalidArgument"),
    ({"id": "x"}, "InvalidArgument"),
    ({"id": "x", "url": "http://h/"}, "InvalidArgument"),
    ({"id": "x", "url": "rtsp://h/", "colour": "red"}, "InvalidArgument"),
])
def test_wrong_settings_are_refused(bus, settings, error):
    packed = {key: GLib.Variant("s", value) for key, value in settings.items()}
    with pytest.raises(GLib.Error, match=f"org.tyto.Error.{error}"):
        bus.call(PATH, f"{RECORDER}.AddCamera", GLib.Variant("(a{sv})", (packed,)))


def test_wrong_queries_and_states_are_refused(bus):
    path = add_camera(bus, "rtsp://127.0.0.1:9/none", enabled=False)
    with pytest.raises(GLib.Error, match="org.tyto.Error.AlreadyExists"):
        add_camera(bus, "rtsp://127.0.0.1:9/none", enabled=False)
    with pytest.raises(GLib.Error, match="org.tyto.Error.WrongState"):
        bus.call(path, f"{CAMERA}.Snapshot")
    with pytest.raises(GLib.Error, match="org.tyto.Error.InvalidArgument"):
        bus.call(PATH, f"{RECORDER}.ListSegments", GLib.Variant("(a{sv})", ({"limit": GLib.Variant("u", 5000)},)))
    with pytest.raises(GLib.Error, match="org.tyto.Error.InvalidArgument"):
        bus.call(PATH, f"{RECORDER}.ListGaps", GLib.Variant("(a{sv})", ({"from": GLib.Variant("s", "yesterday?")},)))
    with pytest.raises(GLib.Error, match="org.tyto.Error.InvalidArgument"):
        bus.call(PATH, f"{RECORDER}.GetLedger", GLib.Variant("(sa{sv})", ("cam1", {"limit": GLib.Variant("u", 5)})))


def test_retention_and_clips(bus):
    assert bus.call(PATH, f"{RECORDER}.GetRetention")[0]["cameras"] == []
    assert bus.call(PATH, f"{RECORDER}.RunRetention", GLib.Variant("(a{sv})", ({"dry_run": GLib.Variant("b", True)},)))[0]["segments"] == 0
    add_camera(bus, "rtsp://127.0.0.1:9/", enabled=False, plan="pro")
    [camera] = bus.call(PATH, f"{RECORDER}.GetRetention")[0]["cameras"]
    assert (camera["camera"], camera["plan"], camera["days"], camera["ok"]) == ("front-door", "pro", 15, True)
    wanted = {"camera": "front-door", "start": "2026-11-21T02:00:00Z", "end": "2026-11-21T02:01:00Z", "name": "Parcel"}
    packed = {key: GLib.Variant("s", value) for key, value in wanted.items()}
    clip = bus.call(PATH, f"{RECORDER}.AddClip", GLib.Variant("(a{sv})", (packed,)))[0]
    assert clip["duration"] == 60 and bus.call(PATH, f"{RECORDER}.ListClips", GLib.Variant("(a{sv})", ({},)))[0] == [clip]
    bus.call(PATH, f"{RECORDER}.RemoveClip", GLib.Variant("(s)", (clip["id"],)))
    for method, argument in (("RemoveClip", clip["id"]), ("DeleteSegment", "20261121T020800Z-4f2a9c01d3e7.000001")):
        with pytest.raises(GLib.Error, match="org.tyto.Error.NotFound"):
            bus.call(PATH, f"{RECORDER}.{method}", GLib.Variant("(s)", (argument,)))
