# SPDX-License-Identifier: LGPL-2.1-or-later
"""The shim itself: that a fault comes when it is asked for, and that a power loss takes what was not synced and no more."""

import signal
import subprocess
import sys
import time

import power_loss
import pytest
from disk_shim import DiskShim
from main_loop import allowed

WRITER = """
import errno, os, sys
os.chdir(sys.argv[1])
fd = os.open("a.part", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
{body}
"""


@pytest.fixture
def shim(build_dir, tmp_path):
    shim = DiskShim(build_dir, tmp_path / "shim")
    (tmp_path / "disk").mkdir()
    shim.disk = tmp_path / "disk"
    shim.prefix = f"prefix {shim.disk}"
    return shim


def run(shim, body: str) -> subprocess.CompletedProcess:
    # Paths are absolute where the shim shall see them, as Tyto's are.
    script = WRITER.format(body=body).replace('"a.', f'"{shim.disk}/a.')
    return subprocess.run([sys.executable, "-c", script, str(shim.disk)], env=shim.environment, capture_output=True, text=True,
                          timeout=30, check=False)


def test_it_fails_as_often_as_asked(shim):
    shim.set(shim.prefix, "fail fdatasync EIO 1", "fail write ENOSPC 2")
    done = run(shim, """
for call in (lambda: os.write(fd, b"x"), lambda: os.writev(fd, [b"x", b"y"]), lambda: os.write(fd, b"z"), lambda: os.fdatasync(fd), lambda: os.fdatasync(fd)):
    try:
        call()
        print("OK")
    except OSError as error:
        print(errno.errorcode[error.errno])
""")
    assert done.stdout.split() == ["ENOSPC", "ENOSPC", "OK", "EIO", "OK"], done.stderr
    assert [event.operation for event in shim.events("fail")] == ["write", "write", "fdatasync"]
    assert (shim.disk / "a.part").read_bytes() == b"z"


def test_other_files_are_left_alone(shim):
    shim.set(shim.prefix, "trace", "match /cam1/", "fail write EIO")
    done = run(shim, 'os.write(fd, b"x"); print("written")')
    assert done.stdout == "written\n" and not shim.events("fail") and len(shim.events("call")) == 2


def test_a_stall_ends_in_its_time(shim):
    shim.set(shim.prefix, "stall fdatasync 0.5 1")
    began = time.monotonic()
    assert run(shim, 'os.write(fd, b"x"); os.fdatasync(fd); os.fdatasync(fd)').returncode == 0
    assert 0.5 <= time.monotonic() - began < allowed(5)
    assert [event.action for event in shim.events()] == ["stall", "stalled"]


@pytest.mark.parametrize("when, held", (("before", b"one"), ("half", b"onetw"), ("after", b"onetwo!")))
def test_it_kills_at_the_very_call(shim, when, held):
    shim.set(shim.prefix, f"kill write {when} 2")
    body = 'os.write(fd, b"one"); os.write(fd, b"two!"); os.write(fd, b"three")'
    assert run(shim, body).returncode == -signal.SIGKILL
    assert (shim.disk / "a.part").read_bytes() == held
    (shim.disk / "a.part").unlink()
    assert run(shim, body).returncode == 0, "once only"


@pytest.mark.parametrize("tail", power_loss.TAILS)
def test_power_loss_takes_the_tail(shim, tail):
    shim.set(shim.prefix, "journal")
    assert run(shim, 'os.write(fd, b"safe"); os.fdatasync(fd); os.write(fd, b"lost")').returncode == 0
    report = power_loss.lose_power(shim.directory, tail)
    held = (shim.disk / "a.part").read_bytes()
    assert held[:4] == b"safe" and report.lost_bytes == 4
    assert held[4:] == {"dropped": b"", "zeroed": bytes(4), "garbage": held[4:]}[tail] and b"lost" not in held
    assert len(held) == (4 if tail == "dropped" else 8)


def test_power_loss_brings_overwritten_bytes_back(shim):
    shim.set(shim.prefix, "journal")
    body = 'os.write(fd, b"0123456789"); os.fdatasync(fd); os.pwrite(fd, b"ab", 2); os.pwrite(fd, b"cde", 3); os.ftruncate(fd, 6)'
    assert run(shim, body).returncode == 0
    assert (shim.disk / "a.part").read_bytes() == b"01acde"
    power_loss.lose_power(shim.directory)
    assert (shim.disk / "a.part").read_bytes() == b"0123456789"


@pytest.mark.parametrize("synced", (True, False))
def test_power_loss_undoes_an_unsynced_rename(shim, synced):
    sync = f'directory = os.open("{shim.disk}", os.O_RDONLY); os.fsync(directory); ' if synced else ""
    shim.set(shim.prefix, "journal")
    done = run(shim, f'os.write(fd, b"x"); os.fdatasync(fd); os.rename("a.part", "a.mp4"); {sync}')
    assert done.returncode == 0, done.stderr
    power_loss.lose_power(shim.directory)
    assert [path.name for path in shim.disk.iterdir()] == ["a.mp4" if synced else "a.part"]


def test_power_loss_brings_an_unlinked_file_back(shim):
    shim.set(shim.prefix, "journal")
    assert run(shim, 'os.write(fd, b"x"); os.fdatasync(fd); os.unlink("a.part")').returncode == 0
    assert not list(shim.disk.iterdir())
    power_loss.lose_power(shim.directory)
    assert (shim.disk / "a.part").read_bytes() == b"x"


def test_a_file_that_was_never_synced_is_gone(shim):
    shim.set(shim.prefix, "journal")
    assert run(shim, 'os.write(fd, b"x")').returncode == 0
    assert power_loss.lose_power(shim.directory).gone == [f"{shim.disk}/a.part"]
    assert not list(shim.disk.iterdir())


def test_strictly_a_new_name_needs_its_directory_synced(shim):
    shim.set(shim.prefix, "journal")
    assert run(shim, 'os.write(fd, b"x"); os.fdatasync(fd)').returncode == 0
    power_loss.lose_power(shim.directory, strict=True)
    assert not list(shim.disk.iterdir())
