# SPDX-License-Identifier: MIT
"""Exhaustion of memory, and many idle connections.

Not with sanitizers: they abort a program that runs out of memory, and UBSan, which checks addresses through a pipe, reports false errors without descriptors.
"""

import contextlib
import resource
import signal

import pytest
from support import limits
from support.server import ADMIN_PASSWORD, IS_SANITIZED
from support.waiting import eventually

PROBE = b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n"


def flood(server, stack, count):
    wires = []
    for _ in range(count):
        with contextlib.suppress(OSError):
            wires.append(stack.enter_context(server.wire(timeout=5)))
    return wires


@pytest.mark.bare
@pytest.mark.parametrize("count, sent", [(6000, b""), (3000, b"GET / HTTP/1.1\r\nX: " + b"a" * 9000)], ids=["idle", "long heads"])
def test_connections_that_exhaust_memory_do_not_stop_the_server_and_later_requests_succeed(start_server, count, sent):
    server = start_server(config_text='threads = 2\nidle_timeout = "60 s"\nheader_timeout = "60 s"\n')
    token = server.person("admin", ADMIN_PASSWORD).mint("one")
    with limits.memory(server, 2_000_000), contextlib.ExitStack() as stack:
        for _ in range(count):  # the server accepts no more connections when it has no memory for them
            with contextlib.suppress(OSError):
                stack.enter_context(server.wire(timeout=0.2)).send(sent)
            if "memory" in server.log():
                break
        eventually(lambda: "memory" in server.log())
        server.process.send_signal(signal.SIGHUP)  # the periodic tasks run right after it
        eventually(lambda: "event=reloaded " in server.log() or "event=configuration_not_reloaded " in server.log())
        assert server.is_running(), server.log()
    for _ in range(20):
        assert server.raw(PROBE).status == 200
    assert server.accepts(token)
    assert server.log().count("event=memory_short") <= 2, "the warning is logged once a minute"


def test_ten_thousand_idle_connections_stay_open_while_other_requests_succeed(start_server):
    count = min(10_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 200) if not IS_SANITIZED else 500
    with limits.descriptors(count + 200), contextlib.ExitStack() as stack:
        server = start_server(config_text=f'max_connections = {count + 2}\nheader_timeout = "10 minutes"\n')
        token = server.person("admin", ADMIN_PASSWORD).mint("one")
        wires = flood(server, stack, count)
        assert len(wires) == count
        assert server.accepts(token)
        assert all(wire.send(PROBE).receive().status == 200 for wire in wires[:: max(1, count // 100)])
