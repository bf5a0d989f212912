# SPDX-License-Identifier: LGPL-2.1-or-later
"""A TCP port of loopback that nobody else is given while its server is not there: bound, but nothing listens on it.

    held = HeldPort()          # any free one; HeldPort(8083): that one
    held.port                  # connections are refused; who binds it by name with SO_REUSEADDR, as servers do, may have it
    held.release()
"""

import socket


class HeldPort:
    def __init__(self, port: int = 0, address: str = "127.0.0.1"):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, port))
        self.port = self.socket.getsockname()[1]

    def release(self) -> None:
        self.socket.close()

    def __del__(self):
        self.release()
