# SPDX-License-Identifier: MIT
"""Free ports for servers that cannot select one themselves."""

import collections
import contextlib
import random
import socket
from pathlib import Path

# Above the well-known ports and below the ephemeral ones, which the system assigns to clients and to port 0: only another call of free_port can return the same port.
_FIRST = 10_000
_END = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
# Abstract socket names, which belong to a network namespace as ports do. They reserve the last ports until their servers use them, across processes.
_reservations = collections.deque(maxlen=100)
_TRIES = 10_000


def free_port():
    for _ in range(_TRIES):
        port = random.randrange(_FIRST, _END)
        reservation = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(OSError), socket.socket() as probe:
            reservation.bind(f"\0port {port} of a test")
            probe.bind(("127.0.0.1", port))
            _reservations.append(reservation)
            return port
        reservation.close()
    raise OSError(f"no free port from {_FIRST} to {_END - 1}")


def is_up(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
