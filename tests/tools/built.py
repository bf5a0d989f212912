# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where a build directory has what, and the environment in which its programs run uninstalled.

TYTO_TEST_INGEST (lean or rtspsrc): what receives cameras in tests that do not say it themselves. With lean those over TCP must be
received by that, and the others are left to rtspsrc, as with the setting ingest=auto.
"""

import atexit
import functools
import os
import pathlib
import shutil
import subprocess
import tempfile

CAMSIM = "tests/tools/camsim/camsim"
TYTOD = "src/tytod"
TYTOCTL = "src/tytoctl/tytoctl"
WORKER = "src/worker/tyto-worker"
SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "data/org.tyto.recorder.gschema.xml"


def ingest() -> str:
    """The value of the setting, or "": the default."""
    return {"lean": "auto"}.get(os.environ.get("TYTO_TEST_INGEST", ""), os.environ.get("TYTO_TEST_INGEST", ""))


def check_ingest(transport: str, used: str) -> None:
    """What a camera set to @transport is received by."""
    wanted = os.environ.get("TYTO_TEST_INGEST", "lean")
    assert not used or used == (wanted if transport == "tcp" else "rtspsrc"), f"{transport} by {used}, not {wanted}"


@functools.cache
def schemas_with(value: str) -> str:
    """A directory of schemas in which @value is the default of ingest, as by a vendor's override."""
    folder = tempfile.mkdtemp(prefix="tyto-schemas-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copy(SCHEMA, folder)
    (pathlib.Path(folder) / "ingest.gschema.override").write_text(f"[org.tyto.recorder]\ningest='{value}'\n", encoding="utf-8")
    subprocess.run(["glib-compile-schemas", "--strict", folder], check=True)
    return folder


def environment(build: pathlib.Path) -> dict[str, str]:
    plugins = ":".join(str(build / "plugins" / name) for name in ("camera", "index", "s3", "segment"))
    schemas = {"GSETTINGS_SCHEMA_DIR": schemas_with(ingest())} if ingest() else {}
    return {"GST_PLUGIN_PATH_1_0": plugins, "GST_REGISTRY_1_0": str(build / "gst-registry.bin")} | schemas
