# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where a build directory has what, and the environment in which its programs run uninstalled."""

import pathlib

CAMSIM = "tests/tools/camsim/camsim"
TYTOD = "src/tytod"
TYTOCTL = "src/tytoctl/tytoctl"
WORKER = "src/worker/tyto-worker"


def environment(build: pathlib.Path) -> dict[str, str]:
    plugins = ":".join(str(build / "plugins" / name) for name in ("camera", "index", "s3", "segment"))
    return {"GST_PLUGIN_PATH_1_0": plugins, "GST_REGISTRY_1_0": str(build / "gst-registry.bin")}
