# SPDX-License-Identifier: LGPL-2.1-or-later
"""The simulator's faults of the matrix, seen by a client that sees each packet."""

import pytest
from rtsp_client import RtspClient

SMALL = ("--width", "320", "--height", "180", "--bitrate", "400", "--gop", "1")


def stamped(client: RtspClient, count: int) -> list:
    """The next @count packets that begin a frame."""
    taken = []
    for packet in client.packets():
        taken += [packet] if packet.frame is not None else []
        if len(taken) == count:
            return taken
    raise AssertionError("the camera ended")


def base(packet) -> int:
    return (packet.timestamp - packet.frame * 3600) % 2**32


def play(simulator) -> RtspClient:
    return RtspClient(simulator.url()).play()


def command(simulator, client: RtspClient, words: str) -> None:
    """What is taken after it was sent after it."""
    assert simulator.control(words)["ok"]
    client.request("GET_PARAMETER")
    client.queue.clear()


def test_restart_in_a_session(camsim):
    simulator = camsim("--cameras", "1", *SMALL)
    client = play(simulator)
    before, = stamped(client, 1)
    command(simulator, client, "restart 1")
    after, = stamped(client, 1)
    assert after.ssrc != before.ssrc and base(after) != base(before)


def test_reboot(camsim):
    simulator = camsim("--cameras", "1", *SMALL)
    client = play(simulator)
    stamped(client, 1)
    assert simulator.control("reboot 1 1")["ok"]
    with pytest.raises(ConnectionResetError):
        stamped(client, 1000)
    with pytest.raises((ConnectionResetError, EOFError)):
        play(simulator)

    def back():
        try:
            return play(simulator)
        except (ConnectionResetError, EOFError):
            return None
    while (client := back()) is None:
        pass
    assert stamped(client, 1)


@pytest.mark.parametrize("kind, wrong", (("same", {1: 1, 3: 1, 5: 1, 7: 1, 9: 1}), ("back", {9: 3})))
def test_wrong_timestamps(camsim, kind, wrong):
    simulator = camsim("--cameras", "1", *SMALL)
    client = play(simulator)
    good = base(stamped(client, 1)[0])
    command(simulator, client, f"stamps 1 {kind}")
    for packet in stamped(client, 20):
        assert (good - base(packet)) % 2**32 == wrong.get(packet.frame % 10, 0) * 3600
    command(simulator, client, "stamps 1 good")
    assert base(stamped(client, 1)[0]) == good


def test_packets_change_places(camsim):
    simulator = camsim("--cameras", "1", "--gop", "1", "--bitrate", "4000")
    client = play(simulator)
    command(simulator, client, "reorder 1 30")
    numbers = []
    for packet in client.packets():
        numbers += [packet.seq] if packet.channel == 0 else []
        if len(numbers) == 300:
            break
    assert any(after < before for before, after in zip(numbers, numbers[1:]))
    held = set(numbers[10:-10])
    assert len(held) == len(numbers[10:-10]), "each once"
    assert simulator.control("stats 1")["streams"][0]["sessions"][0]["reordered_packets"] > 10
