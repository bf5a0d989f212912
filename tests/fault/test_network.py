# SPDX-License-Identifier: LGPL-2.1-or-later
"""Row 9: a network that loses and reorders: between two network namespaces, by nftables. Needs root."""

import json
import subprocess

import pytest

LOSS = 2  # per cent


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}(root is needed, iproute2 and nftables)"
    return done.stdout


def make_namespace() -> int:
    """Gives the number of a namespace tyto-fault-NUMBER that nobody else has; other tests may make theirs meanwhile."""
    for number in range(1, 255):
        done = subprocess.run(["ip", "netns", "add", f"tyto-fault-{number}"], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return number
    raise AssertionError(f"no network namespace can be made: {done.stderr}(root is needed, and iproute2)")


class Link:
    """A namespace with the cameras in it, and a veth pair to it. Packets are lost where they come in on our side."""

    def __init__(self):
        number = make_namespace()
        self.namespace = f"tyto-fault-{number}"
        self.device = f"tyf{number}"
        self.table = f"tyto_fault_{number}"
        self.address = f"169.254.{number}.1"
        ours = f"169.254.{number}.2/24"
        run("ip", "link", "add", self.device, "type", "veth", "peer", "name", "cameras", "netns", self.namespace)
        run("ip", "address", "add", ours, "dev", self.device)
        run("ip", "link", "set", self.device, "up")
        for words in (("address", "add", f"{self.address}/24", "dev", "cameras"), ("link", "set", "cameras", "up"), ("link", "set", "lo", "up")):
            run("ip", "-n", self.namespace, *words)

    def lose(self, *protocols: str) -> None:
        """Of each of them, counted. RTP over UDP comes in packets of more than 100 bytes; RTCP is left alone."""
        rules = "".join(f"meta l4proto {protocol} meta length > 100 numgen random mod 100 < {LOSS} counter name lost drop\n" for protocol in protocols)
        run("nft", f"table netdev {self.table} {{\ncounter lost {{}}\nchain in {{\ntype filter hook ingress device {self.device} priority 0;\n{rules}}}\n}}")

    def lost(self) -> int:
        listed = json.loads(run("nft", "-j", "list", "counter", "netdev", self.table, "lost"))
        return next(item["counter"]["packets"] for item in listed["nftables"] if "counter" in item)

    def heal(self) -> int:
        """Gives how many were lost."""
        run("nft", "flush", "chain", "netdev", self.table, "in")
        return self.lost()

    def close(self) -> None:
        subprocess.run(["nft", "delete", "table", "netdev", self.table], capture_output=True, check=False)
        subprocess.run(["ip", "link", "delete", self.device], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "delete", self.namespace], capture_output=True, check=False)


@pytest.fixture
def link():
    made = Link()
    yield made
    made.close()


def test_tcp_loses_nothing(scene, fault, link):
    row = fault(9, f"{LOSS} % loss, TCP")
    here = scene(cameras=1, address=link.address, in_namespace=link.namespace, simulator=("--bitrate", "2000"))
    here.wait_recording()
    link.lose("tcp")
    here.wait(lambda: link.lost() > 5, "some lost packets", 60)
    here.wait_segments(1)
    row.note()
    link.heal()
    outcome = here.finish()
    outcome.check()
    assert not outcome.accounts["cam1"].holes and here.gaps() == [] and outcome.lost["cam1"] == [0]


def test_udp_losses_are_counted_exactly(scene, fault, link):
    row = fault(9, f"{LOSS} % loss and reorder, UDP")
    here = scene(cameras=1, address=link.address, in_namespace=link.namespace, simulator=("--bitrate", "2000"), members={"transport": "udp"})
    here.wait_recording()
    here.simulator.control("reorder 1 5")
    link.lose("udp")
    here.wait(lambda: link.lost() > 10, "some lost packets", 60)
    here.wait_segments(1)
    dropped = link.heal()
    here.wait_segments(2)  # what was lost last is known by then
    shown = here.camera()
    outcome = here.finish(times=False)
    row.note()
    assert shown["packets_lost"] == dropped
    row.lose(outcome)
    assert not [problem for problem in outcome.problems if "no gap row" in problem], outcome.problems
    assert here.simulator.control("stats 1")["streams"][0]["ended"][-1]["reordered_packets"] > 20
