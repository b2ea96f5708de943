# SPDX-License-Identifier: MIT
"""The log of upstream failures: one line per route, cause and minute."""

import json

import pytest
import requests
from support.bad_upstreams import BadUpstreams
from support.upstream import CLOSE, ok, route
from support.waiting import eventually

TOP = '[log]\nformat = "json"\n'
CASES = BadUpstreams.CONNECTING + BadUpstreams.RESPONDING
FAILING_LATE = {"stuck_in_its_body", "cutting_off"}  # the status line has been sent by then


@pytest.fixture(scope="module")
def failures(tmp_path_factory):
    with BadUpstreams(tmp_path_factory.mktemp("upstreams")) as upstreams:
        yield upstreams


def failure_lines(server, path):
    lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == "upstream_failed" and line["route"] == path]


@pytest.mark.parametrize("name, kind, words", CASES, ids=[case[0] for case in CASES])
def test_failed_upstream_is_logged_once_with_kind_and_reason(make_gateway, failures, name, kind, words):
    gateway = make_gateway(*failures.routes([name]), top=TOP)
    answers = []
    for _ in range(2):
        try:
            answers.append(gateway.get(f"/{name}"))
        except requests.RequestException:  # the response had begun
            answers.append(None)
    (line,) = failure_lines(gateway.server, f"/{name}")
    assert line["kind"] == kind
    assert line["level"] == "warning"
    for word in words:
        assert word in line["reason"]
    assert len(line["reason"]) < 256
    for answer in answers:
        if answer is not None and name not in FAILING_LATE:
            assert answer.status_code == (504 if kind == "timeout" else 502)
            for internal in ("127.0.0.1", "localhost", "example.org", "ca_file", ".invalid", "missing"):
                assert internal not in answer.json()["message"]


def test_error_message_to_the_client_names_the_kind_of_upstream_failure(make_gateway, failures):
    names = ["refused", "expired", "ambiguous_length", "closing"]
    gateway = make_gateway(*failures.routes(names))
    messages = {name: gateway.get(f"/{name}").json()["message"] for name in names}
    assert "can't be reached" in messages["refused"]
    assert "certificate" in messages["expired"]
    assert "not valid HTTP" in messages["ambiguous_length"]
    assert "closed the connection" in messages["closing"]


def test_upload_to_upstream_that_requires_a_client_certificate_is_logged_as_tls_failure(make_gateway, failures):
    gateway = make_gateway(*failures.routes(["requiring_client_certificate"]), top=TOP)
    answer = gateway.request("POST", "/requiring_client_certificate", data=b"x" * 3_000_000)
    assert answer.status_code == 502 and answer.json()["error"] == "upstream_failed"
    assert [line["kind"] for line in failure_lines(gateway.server, "/requiring_client_certificate")] == ["tls"]


def test_two_failure_causes_of_one_route_are_logged_on_a_line_each(make_gateway, upstream):
    answers = [b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab", ok()]
    upstream.answer = lambda request, peer: (peer.send(answers[int(request.target[-1])]), peer.socket.shutdown(1))[0]
    gateway = make_gateway(route("/a", upstream.url), top=TOP)
    for number in range(2):
        try:
            gateway.get(f"/a/{number}")
        except requests.RequestException:
            pass
    eventually(lambda: [line["kind"] for line in failure_lines(gateway.server, "/a")] == ["protocol", "reset"])


def test_successful_requests_and_disconnected_clients_are_not_logged_as_failures(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url), top=TOP)
    assert gateway.get("/a").status_code == 200
    upstream.answer = lambda request, peer: None if peer.is_closed() else CLOSE
    with gateway.server.wire() as wire:
        wire.send(gateway.head())
        upstream.next()
        upstream.next()
        wire.socket.shutdown(1)
    upstream.answer = ok()
    eventually(lambda: gateway.get("/a").status_code == 200)
    assert failure_lines(gateway.server, "/a") == []
