# SPDX-License-Identifier: MIT
"""`warder check --routes`: connects to the upstreams as a server would."""

import json
import re
import socket
import threading

import pytest
from support.bad_upstreams import BadUpstreams
from support.server import run_binary
from support.upstream import route

CASES = BadUpstreams.CONNECTING
COUNT = 40


@pytest.fixture(scope="module")
def upstreams(tmp_path_factory):
    with BadUpstreams(tmp_path_factory.mktemp("upstreams")) as upstreams:
        yield upstreams


@pytest.fixture
def check(start_server, tmp_path):
    """Runs `warder check` with these routes and a stopped server's data directory."""
    server = start_server()
    server.stop()

    def run(routes, *options):
        config = tmp_path / "check.toml"
        config.write_text('[gateway]\nlisten = "127.0.0.1:0"\n' + "".join(routes))
        return run_binary("check", "--config", config, "--data-dir", server.data_dir, *options)

    return run


def test_check_routes_reports_each_failing_route_on_one_line_with_its_reason(check, upstreams):
    outcome = check(upstreams.routes([name for name, *_ in CASES] + ["good"]), "--routes")
    assert outcome.returncode == 1
    lines = outcome.stderr.splitlines()
    for name, kind, words in CASES:
        # Faults of the files that a route names are reported with and without --routes.
        of_files = (f"warder: route /{name}: ca_file ", f"warder: route /{name}: credential file ")
        (line,) = [line for line in lines if f"/{name}:" in line and not line.startswith(of_files)]
        if kind != "credential":
            for word in words:
                assert word in line
    assert "/good" not in outcome.stderr
    assert re.search(r"/good.*: connected to https://127\.0\.0\.1:\d+, the certificate is trusted", outcome.stdout)


def test_check_routes_reports_working_routes_and_exits_with_0(check, upstreams):
    outcome = check(upstreams.routes(["good", "silent"]), "--routes")
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stderr == ""
    assert "/good" in outcome.stdout
    assert "/silent" in outcome.stdout


def test_check_routes_connects_to_silent_upstreams_in_parallel(check, upstreams):
    routes = [upstreams.routes(["silent_to_connections"])[0].replace("/silent_to_connections", f"/{number}") for number in range(100)]
    outcome = check(routes, "--routes")  # one after another they would exceed the time limit of a command
    assert outcome.stderr.count("timed out connecting") == 100


def test_check_routes_reports_upstream_that_closes_during_the_tls_handshake(check):
    with socket.create_server(("127.0.0.1", 0), backlog=COUNT) as listener:

        def close_all():
            peers = [listener.accept()[0] for _ in range(COUNT)]
            for peer in peers:
                peer.close()  # with a ClientHello unread, which resets the connection

        closing = threading.Thread(target=close_all)
        closing.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        outcome = check([route(f"/{number}", url) for number in range(COUNT)], "--routes")
        closing.join()
    assert outcome.returncode == 1
    assert outcome.stderr.count("the upstream closed the connection during the TLS handshake") == COUNT


def test_check_without_routes_option_uses_no_network(check, upstreams):
    outcome = check(upstreams.routes(["refused", "self_signed"]))
    assert outcome.returncode == 0, outcome.stderr


def test_check_routes_json_lists_faults_and_working_routes(check, upstreams):
    outcome = check(upstreams.routes(["good", "refused"]), "--routes", "--json")
    answer = json.loads(outcome.stdout)
    assert answer["ok"] is False
    assert len(answer["faults"]) == 1
    assert "connection refused" in answer["faults"][0]
    assert len(answer["working_routes"]) == 1
    assert outcome.returncode == 1


def test_check_without_routes_option_reports_missing_credential_file(check, upstreams):
    outcome = check(upstreams.routes(["without_credential"]))
    assert outcome.returncode == 1
    assert "missing" in outcome.stderr
