# SPDX-License-Identifier: LGPL-2.1-or-later
"""Formats and formal languages, each checked by its own tool."""

import os
import subprocess

from tree import ROOT, files, where


def run(*command, **options) -> None:
    done = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_clang_format():
    run("clang-format", "--dry-run", "-Werror", *files("src/*.[ch]", "plugins/*.[ch]", "tests/*.[ch]"))


def test_shell_scripts():
    run("shellcheck", "dev", ".ci/run")


def test_python_compiles():
    for path in files("tests/*.py"):
        compile(path.read_text(), where(path), "exec")


def test_settings_schema(tmp_path):
    run("glib-compile-schemas", "--strict", f"--targetdir={tmp_path}", "data")


def test_dbus_interfaces(tmp_path):
    for path in files("data/org.tyto.*1.xml"):
        run("gdbus-codegen", "--interface-info-header", "--output", tmp_path / "info.h", path)


def test_the_build_was_made_with_warnings_as_errors():
    build = os.environ["TYTO_BUILD"]
    run("sh", "-c", f"meson introspect --buildoptions {build} | jq -e 'any(.name == \"werror\" and .value)'")


def test_openapi():
    run(f"{os.environ['TYTO_BUILD']}/node/node_modules/.bin/redocly", "lint", "--config", "data/redocly.yaml", "data/openapi.yaml",
        *files("data/services/*.openapi.yaml"))
