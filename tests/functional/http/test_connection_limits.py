# SPDX-License-Identifier: MIT
"""`max_connections` and the timeouts of connections: clients without requests cannot keep others from connecting."""

import contextlib
import signal
import threading

import pytest
from support.server import ADMIN_PASSWORD
from support.upstream import ok, route
from support.waiting import eventually
from support.wire import Wire

PROBE = b"GET /healthz/liveness HTTP/1.1\r\nHost: x\r\n\r\n"
FULL = "event=connections_full "


@pytest.fixture
def wires():
    """Opens connections that are closed when the test ends: `wires(server)`."""
    with contextlib.ExitStack() as stack:
        yield lambda server, **options: stack.enter_context(server.wire(**options))


def test_connection_without_a_request_is_closed_after_header_timeout(start_server, wires):
    server = start_server(config_text='header_timeout = "1 s"\nidle_timeout = "60 s"\n')
    assert wires(server, timeout=15).is_closed()


def test_slow_request_head_does_not_extend_header_timeout(start_server, wires):
    server = start_server(config_text='header_timeout = "2 s"\nidle_timeout = "60 s"\n')
    wire = wires(server, timeout=15)
    stop = threading.Event()

    def send_slowly():
        for byte in PROBE[:-4] * 10:
            if stop.wait(0.2):
                return
            wire.send(bytes([byte]))

    sender = threading.Thread(target=send_slowly)
    sender.start()
    answer = wire.receive()
    stop.set()
    sender.join()
    assert answer.status in (408, 400)


def test_idle_timeout_replaces_header_timeout_after_the_first_request(start_server, wires):
    server = start_server(config_text='header_timeout = "0.5 s"\nidle_timeout = "60 s"\n')
    wire, silent = wires(server), wires(server)
    assert wire.send(PROBE).receive().status == 200
    assert silent.is_closed()
    assert wire.send(PROBE).receive().status == 200


@pytest.mark.parametrize("threads", [1, 2])
def test_new_connection_at_max_connections_closes_the_longest_idle_one(start_server, wires, threads):
    server = start_server(config_text=f"max_connections = 4\nthreads = {threads}\n")
    first, second, third, fourth = (wires(server) for _ in range(4))
    for wire in (first, second, third, fourth, first):
        assert wire.send(PROBE).receive().status == 200
    fifth = wires(server)
    assert fifth.send(PROBE).receive().status == 200
    assert second.is_closed()
    for wire in (first, third, fourth, fifth):
        assert wire.send(PROBE).receive().status == 200
    assert server.log().count(FULL) == 1


def test_new_connection_at_max_connections_closes_none_with_a_request_in_flight(start_server, wires, upstream):
    server = start_server(config_text="max_connections = 3\n" + route("/a", upstream.url, auth="none"))
    go = threading.Event()

    def wait(_request, peer):
        go.wait(30)
        return ok(b"late")

    upstream.answer = wait
    busy = [wires(server) for _ in range(2)]
    for wire in busy:
        wire.send(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
    eventually(lambda: len(upstream.requests) >= 2)
    for _ in range(5):
        assert wires(server).send(PROBE).receive().status == 200
    go.set()
    for wire in busy:
        assert wire.receive().body == b"late"


def test_new_client_is_answered_despite_300_silent_connections_at_max_connections(start_server, wires):
    server = start_server(config_text="max_connections = 100\n")
    silent = [wires(server) for _ in range(300)]
    admin = server.person("admin", ADMIN_PASSWORD)
    assert admin.get("/v1alpha/whoami").status_code == 200
    assert silent[0].is_closed()
    assert server.log().count(FULL) == 1


def test_each_client_of_a_burst_beyond_max_connections_is_answered(start_server, wires):
    server = start_server(config_text="max_connections = 60\n")
    for _ in range(5):
        silent = [wires(server) for _ in range(160)]
        clients = [wires(server).send(PROBE) for _ in range(20)]
        assert [client.receive().status for client in clients] == [200] * 20
        assert silent[0].is_closed()


@pytest.mark.parametrize("threads", [1, 2])
def test_request_that_was_just_read_is_answered_before_its_connection_is_closed_for_another(start_server, threads):
    """All requests are there when the server accepts the first connection, so that it looks for idle ones between reading a request and answering it."""
    server = start_server(config_text=f"max_connections = 2\nthreads = {threads}\n")
    for _ in range(10):
        with contextlib.ExitStack() as stack:
            server.process.send_signal(signal.SIGSTOP)
            clients = [stack.enter_context(server.wire()).send(PROBE) for _ in range(60)]
            server.process.send_signal(signal.SIGCONT)
            responses = [client.receive() for client in clients]
        assert None not in responses
        assert {response.status for response in responses} <= {200, 503}  # 503: at that moment, all other connections are in use
    eventually(lambda: server.raw(PROBE).status == 200)


def test_gateway_at_its_connection_limit_is_503_while_the_management_api_answers(start_server, wires, upstream):
    config = 'max_connections = 40\ngateway.listen = "127.0.0.1:0"\n' + route("/a", upstream.url, auth="none")
    server = start_server(config_text=config, env={"WARDER_HOSTS": "x", "WARDER_GATEWAY_HOSTS": "x"})
    eventually(lambda: len(server.lines) == 2)
    port = int(server.lines[1].rsplit(":", 1)[1])
    go = threading.Event()

    def wait(_request, peer):
        go.wait(60)
        return ok(b"late")

    upstream.answer = wait
    with contextlib.ExitStack() as stack:
        idle = stack.enter_context(server.wire())
        assert idle.send(PROBE).receive().status == 200
        for number in range(38):
            stack.enter_context(Wire(port)).send(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
            eventually(lambda: len(upstream.requests) > number)  # noqa: B023
        for _ in range(2):
            assert stack.enter_context(Wire(port)).send(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n").receive().status == 503
        assert server.raw(PROBE).status == 200
        assert idle.send(PROBE).receive().status == 200, "idle connections of the other listener stay open"
        go.set()
