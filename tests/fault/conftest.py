# SPDX-License-Identifier: LGPL-2.1-or-later
"""scene    scene(cameras=2, …): starts a Scene (tests/tools/fault_scene.py); its processes end with the test
fault    fault(1, "kill -9 of a worker"): a row of the table at the end, to be filled while the test runs
"""

import pytest
from fault_scene import Result, Scene


@pytest.fixture
def scene(build_dir, tmp_path):
    started = []

    def start(**options) -> Scene:
        started.append(Scene(build_dir, tmp_path / f"scene-{len(started)}", **options))
        return started[-1]

    yield start
    for one in started:
        print(f"--- {one.service.log_path}\n{one.close()}")


@pytest.fixture
def fault(record_property):
    made = []

    def make(row: int, name: str) -> Result:
        made.append(Result(row, name))
        return made[-1]

    yield make
    for result in made:
        record_property("fault", result.to_json())
