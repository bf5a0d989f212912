#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real RTSP server we did not write: gst-rtsp-server with the launch line given. With the word `tcp`
or `udp` behind it others are refused (461). Prints `READY rtsp://…` and serves until it is ended."""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PROTOCOLS = {"tcp": GstRtsp.RTSPLowerTrans.TCP, "udp": GstRtsp.RTSPLowerTrans.UDP}


def main() -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer(service="0", address="127.0.0.1")
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(sys.argv[1])
    for word in sys.argv[2:]:
        factory.set_protocols(PROTOCOLS[word])
    server.get_mount_points().add_factory("/stream", factory)
    server.attach(None)
    print(f"READY rtsp://127.0.0.1:{server.get_bound_port()}/stream", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
