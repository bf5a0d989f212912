# SPDX-License-Identifier: LGPL-2.1-or-later
"""Includes go one way: tytod → api → recorder → {store, the worker's D-Bus proxy} → media → base;
plugins → {store, media, base}."""

import re

import pytest
from tree import ROOT, files, where

# folder → folders it may include; the proxy's header is generated and has no folder
ALLOWED = {
    "base": {"base"},
    "media": {"media", "base"},
    "store": {"store", "media", "base"},
    "worker": {"worker", "media", "base"},
    "collector": {"collector", "store", "media", "base"},
    "recorder": {"recorder", "store", "media", "base"},
    "api/http": {"api/http", "recorder", "store", "base"},
    "api/dbus": {"api/dbus", "recorder", "store", "base"},
    "api/webhooks": {"api/webhooks", "recorder", "store", "base"},
    "tytoctl": {"tytoctl", "store", "base"},
    "": {"api/http", "api/dbus", "api/webhooks", "recorder", "store", "base"},  # tytod.c
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
SQL = re.compile(r'"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|PRAGMA)\b')


def layer(name: str) -> str:
    """`api/http/x.h` → `api/http`; a header of our own folder is named from src/, always."""
    folder = name.rpartition("/")[0]
    return folder if folder.startswith("api/") else folder.partition("/")[0]


def includes(path):
    return INCLUDE.findall(path.read_text())


@pytest.mark.parametrize("path", files("src/*.c", "src/*.h"), ids=where)
def test_source_includes_only_lower_layers(path):
    own = layer(where(path).removeprefix("src/"))
    wrong = [name for name in includes(path)
             if (ROOT / "src" / name).exists() and layer(name) not in ALLOWED[own]]
    assert not wrong, f"{where(path)} may include {sorted(ALLOWED[own])}, not {wrong}"


def test_plugins_include_only_what_is_below_the_processes():
    wrong = [(where(path), name) for path in files("plugins/*.c", "plugins/*.h") for name in includes(path)
             if (ROOT / "src" / name).exists() and layer(name) not in ("store", "media", "base")]
    assert not wrong


def test_only_media_code_includes_gstreamer():
    wrong = [where(path) for path in files("src/*.c", "src/*.h")
             if "src/worker/" not in str(path) and any(name.startswith("gst/") for name in includes(path))]
    assert not wrong, "GStreamer belongs to the worker: the control plane touches no media"


def test_sql_stands_in_the_store_alone():
    wrong = [where(path) for path in files("src/*.c", "plugins/*.c")
             if "src/store/" not in str(path) and SQL.search(path.read_text())]
    assert not wrong


def test_only_settings_read_gsettings():
    wrong = [where(path) for path in files("src/*.c")
             if "tyto-settings" not in path.name and re.search(r"\bg_settings_", path.read_text())]
    assert not wrong


def test_the_rule_sees_a_breach():
    """The test itself can fail: a front that includes the other front is a breach."""
    assert layer("api/dbus/tyto-dbus-service.h") not in ALLOWED[layer("api/http/tyto-http-server.c")]
