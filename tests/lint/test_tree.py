# SPDX-License-Identifier: LGPL-2.1-or-later
"""What keeps the house easy to see: sizes, names, and words that must not stand in it."""

import json
import re
import subprocess

import pytest
from tree import ROOT, files, where

SOURCES = files("src/*.c", "src/*.h", "plugins/*.c", "plugins/*.h", "tests/*.c", "tests/*.h")
SCRIPTS = files("tests/*.py", "dev", ".ci/run")
TOP = {"meson.build", "meson_options.txt", "src", "plugins", "data", "tests", "subprojects", "po", "README.md", "dev",
       ".ci", ".gitignore", ".clang-format"}


def test_the_top_of_the_tree_is_fixed():
    listed = {where(path).split("/")[0] for path in files(".")}
    assert listed == TOP


@pytest.mark.parametrize("path", SOURCES, ids=where)
def test_a_file_holds_one_object(path):
    assert len(path.read_text().splitlines()) <= 500


def test_functions_are_short():
    listed = subprocess.run(["ctags", "-x", "--c-kinds=f", "--fields=+ne", "--output-format=json", "-L", "-"],
                            input="\n".join(map(str, SOURCES)), cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tags = [json.loads(line) for line in listed.splitlines()]
    assert len(tags) > 100, "ctags saw no functions"
    long = [f"{where(ROOT / tag['path'])}: {tag['name']} ({tag['end'] - tag['line']} lines)"
            for tag in tags if "end" in tag and tag["end"] - tag["line"] > 80]
    assert not long


def test_names_say_something():
    wrong = [where(path) for path in files(".")
             if re.search(r"(^|[-_/])(utils?|helpers?|common|misc|manager)([-_.]|$)", where(path))]
    assert not wrong


def test_nothing_is_promised_for_later():
    words = re.compile(r"\bTO" r"DO\b|\bFIX" r"ME\b|\bXX" r"X\b|not imple" r"mented|g_test_sk" r"ip|pytest\.sk" r"ip|mark\.(sk" r"ip|xfail)")
    wrong = [f"{where(path)}:{number}" for path in SOURCES + SCRIPTS
             for number, line in enumerate(path.read_text().splitlines(), 1) if words.search(line)]
    assert not wrong


def test_nothing_sleeps():
    """Waiting is for a condition, a file descriptor or a timer of the main loop."""
    sleeps = re.compile(r"\b(g_usleep|usleep|nanosleep|sleep|time\.sl" r"eep)\s*\(")
    wrong = [f"{where(path)}:{number}" for path in SOURCES + SCRIPTS
             for number, line in enumerate(path.read_text().splitlines(), 1) if sleeps.search(line)]
    assert not wrong


def test_every_file_names_its_licence():
    wrong = [where(path) for path in SOURCES + SCRIPTS + files("*meson.build", "data/*.xml", "data/*.service", "*.sql")
             if "SPDX-License-Identifier: LGPL-2.1-or-later" not in path.read_text()[:400]]
    assert not wrong
