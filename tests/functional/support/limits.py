# SPDX-License-Identifier: MIT
"""Limits of memory and of descriptors, for tests of a server that runs out of them."""

import contextlib
import resource

from .waiting import eventually

LONG_HEAD = b"GET / HTTP/1.1\r\nX: " + b"a" * 9000
CONNECTIONS = 3000


@contextlib.contextmanager
def descriptors(count=None):
    """Sets the limit of descriptors of this process, and of what it starts; by default, to the hard limit."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1] if count is None else min(count, before[1]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextlib.contextmanager
def memory(server, more):
    """Lets the server allocate only so many bytes beyond its present size."""
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        size = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData:"))
    before = resource.prlimit(server.process.pid, resource.RLIMIT_DATA, (size + more, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):  # a server that stopped keeps the first error visible
            resource.prlimit(server.process.pid, resource.RLIMIT_DATA, before)


@contextlib.contextmanager
def memory_used_up(server, more=2_000_000):
    """Opens connections with long heads until they use all the memory that the process may allocate."""
    with contextlib.ExitStack() as stack, memory(server, more):
        for _ in range(CONNECTIONS):
            with contextlib.suppress(OSError):
                stack.enter_context(server.wire(timeout=5)).send(LONG_HEAD)
        eventually(lambda: "memory" in server.log())
        yield


def peak_memory(server):
    """Returns the peak memory of the process since its start, in bytes."""
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
