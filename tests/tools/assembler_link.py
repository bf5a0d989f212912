# SPDX-License-Identifier: LGPL-2.1-or-later
"""A `tyto-worker --assemble` and the private link to it, as tytod holds it.

assembler    assembler(**environment): starts one and connects to it; gives an AssemblerLink
"""

import pytest
from worker_link import WorkerLink


class AssemblerLink(WorkerLink):
    PATH, INTERFACE, OPTIONS = "/org/tyto/Assembler", "org.tyto.Assembler1", ("--assemble",)

    def greet(self) -> dict:
        return {}

    def measure(self, directory) -> int:
        return self.call("Measure", "(s)", str(directory))[0]

    def join(self, directory, output, seconds: float = 60) -> dict:
        return self.call("Join", "(ss)", str(directory), str(output), seconds=seconds)[0]

    def digest(self, path) -> str:
        return self.call("Digest", "(s)", str(path))[0]

    @property
    def progress(self) -> list[tuple[int, int]]:
        return [arguments for name, arguments in self.signals if name == "Progress"]


@pytest.fixture
def assembler(build_dir, tytod_environment, tmp_path):
    started = []

    def start(**environment: str) -> AssemblerLink:
        path = tmp_path / f"assembler-{len(started)}.sock"
        started.append(AssemblerLink(build_dir / "src/worker/tyto-worker", path, tytod_environment | environment))
        return started[-1]

    yield start
    for link in started:
        link.kill()
