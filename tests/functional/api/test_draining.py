# SPDX-License-Identifier: MIT
"""Shutdown by SIGTERM as a load balancer observes it."""

import socket

import pytest
from support.responses import assert_error
from support.server import clean_environment, run_binary
from support.waiting import eventually


def test_readiness_on_a_new_connection_is_503_during_drain_delay(start_server):
    warder = start_server(config_text='drain_delay = "5 s"\n')
    warder.terminate()

    def probe():
        with warder.wire() as wire:
            return wire.send(b"GET /healthz/readiness HTTP/1.1\r\nHost: localhost\r\n\r\n").receive(), wire.is_closed()

    eventually(lambda: warder.get("/healthz/readiness").status_code == 503)
    answer, is_closed = probe()
    assert_error(answer, 503, "unavailable")
    assert answer.header("Connection") == "close"
    assert is_closed
    assert warder.wait() == 0


def test_requests_on_open_and_new_connections_are_answered_during_drain_delay(start_server):
    warder = start_server(config_text='drain_delay = "5 s"\n')
    with warder.wire() as open_before:
        warder.terminate()
        eventually(lambda: warder.get("/healthz/readiness").status_code == 503)
        for wire in (open_before, warder.wire()):
            answer = wire.send(b"GET /healthz/liveness HTTP/1.1\r\nHost: localhost\r\n\r\n").receive()
            assert answer.status == 200
            assert answer.header("Connection") == "close"
    assert warder.wait() == 0


def test_listeners_close_after_drain_delay_while_a_request_is_in_flight(start_server):
    warder = start_server(config_text='drain_delay = "0.1 s"\n')
    with warder.wire() as wire:
        wire.send(b"GET /healthz/liveness HTTP/1.1\r\n")  # the process runs until this request is answered
        warder.terminate()

        def is_refused():
            with socket.socket() as caller:
                return caller.connect_ex(("127.0.0.1", warder.port)) != 0

        eventually(is_refused)
        assert warder.is_running()
        assert wire.send(b"Host: localhost\r\n\r\n").receive().status == 200
    assert warder.wait() == 0


@pytest.mark.parametrize("delay", ['"0 s"', "0"])
def test_drain_delay_of_zero_stops_an_idle_server_cleanly(start_server, delay):
    warder = start_server(config_text=f"drain_delay = {delay}\n")
    warder.terminate()
    assert warder.wait() == 0


@pytest.mark.parametrize("delay", ["-1 s", "2 days", "soon"])
def test_drain_delay_out_of_range_is_rejected_with_the_valid_range(delay):
    result = run_binary("check", env=clean_environment(WARDER_DRAIN_DELAY=delay))
    assert result.returncode != 0
    assert 'from "0 s" to "1 day"' in result.stderr


def test_drain_timeout_shorter_than_drain_delay_ends_the_shutdown(start_server):
    warder = start_server(config_text='drain_delay = "1 hour"\ndrain_timeout = "1 s"\n')
    warder.terminate()
    assert warder.wait() == 0
