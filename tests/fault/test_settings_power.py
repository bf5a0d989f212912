# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the API has answered to is not undone by a power cut: cameras, their passwords, webhooks."""

import power_loss
import pytest
from disk_shim import DiskShim

URL = "rtsp://127.0.0.1:9/x"


@pytest.mark.parametrize("strict", (False, True), ids=("journalling", "posix"))
def test_an_answered_change_survives_a_power_cut(tytod, build_dir, tmp_path, strict):
    shim = DiskShim(build_dir, tmp_path / "shim")
    service = tytod(**shim.environment)
    service.api("POST", "/api/v1/cameras", {"id": "before", "url": URL, "enabled": False})
    service.api("POST", "/api/v1/cameras", {"id": "gone", "url": URL, "enabled": False})
    assert service.stop() == 0
    shim.set(f"prefix {service.state}", "journal")  # what is there by now is on the disk
    service.start()

    service.api("POST", "/api/v1/cameras", {"id": "new", "url": URL, "user": "u", "password": "geheim", "enabled": False})
    service.api("PATCH", "/api/v1/cameras/before", {"name": "Changed"})
    service.api("DELETE", "/api/v1/cameras/gone")
    webhook = service.api("POST", "/api/v1/webhooks", {"id": "hook", "url": "http://localhost:9/"})
    service.api("PATCH", "/api/v1/webhooks/hook", {"enabled": False})
    service.kill()
    power_loss.lose_power(shim.directory, strict=strict)

    service.start()
    cameras = {camera["id"]: camera for camera in service.api("GET", "/api/v1/cameras")["items"]}
    assert set(cameras) == {"before", "new"}
    assert cameras["before"]["name"] == "Changed"
    assert cameras["new"]["has_password"] and (service.state / "secrets/camera-new").read_text() == "geheim"
    hooks = service.api("GET", "/api/v1/webhooks")["items"]
    assert [(hook["id"], hook["enabled"]) for hook in hooks] == [("hook", False)]
    assert webhook["secret"] in (service.state / "secrets/webhook-hook").read_text()
