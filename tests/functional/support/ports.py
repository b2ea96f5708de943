# SPDX-License-Identifier: MIT
"""Free ports for servers that cannot select one themselves."""

import contextlib
import random
import socket
from pathlib import Path

# Above the well-known ports and below the ephemeral ones, which the system assigns to clients and to port 0: only another call of free_port can return the same port.
_FIRST = 10_000
_END = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])


def free_port():
    while True:
        port = random.randrange(_FIRST, _END)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def is_up(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
