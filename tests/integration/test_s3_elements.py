# SPDX-License-Identifier: LGPL-2.1-or-later
"""s3sink and s3src in C (tests/elements/s3.c), against real S3 servers."""

import os
import subprocess

import pytest


@pytest.mark.parametrize("kind", [pytest.param("radosgw", marks=pytest.mark.asan), "swift"])
def test_s3sink_and_s3src(request, kind, build_dir, tytod_environment):
    s3_server = request.getfixturevalue(kind)
    environment = os.environ | tytod_environment | {
        "AWS_ACCESS_KEY_ID": s3_server.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": s3_server.SECRET_KEY, "AWS_ENDPOINT_URL": s3_server.endpoint,
        "S3_CALL": str(build_dir / "tests/tools/s3call/s3-call")}
    done = subprocess.run([str(build_dir / "tests/elements/s3")], env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0 and done.stdout.count("\nok ") == 12, done.stdout + done.stderr
