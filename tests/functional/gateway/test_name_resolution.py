# SPDX-License-Identifier: MIT
"""Upstreams with host names, with a name server that never answers."""

import threading

import requests
from support.resolver import SilentNameServer, separate_resolver
from support.responses import assert_error
from support.upstream import route
from support.waiting import eventually


def test_silent_name_server_does_not_delay_an_upstream_with_a_known_address(make_gateway, upstream, tmp_path):
    routes = [route(f"/silent-{number}", f"http://silent-{number}.example.org", connect_timeout="2 s") for number in range(3)]
    hosts = {"good.example.org": "127.0.0.1"}
    with SilentNameServer() as name_server:
        gateway = make_gateway(
            *routes,
            route("/good", f"http://good.example.org:{upstream.port}", connect_timeout="2 s"),
            top="threads = 1\n",
            preexec=separate_resolver(tmp_path, hosts),
        )
        answers = []

        def send_request(number):
            with requests.Session() as session:
                session.trust_env = False
                answers.append(gateway.get(f"/silent-{number}", session=session))

        threads = [threading.Thread(target=send_request, args=(number % 3,)) for number in range(12)]
        for thread in threads:
            thread.start()
        name_server.wait_for_query()
        while any(thread.is_alive() for thread in threads):
            upstream.drop()  # the next request resolves the name again, unless the address is cached
            assert gateway.get("/good").status_code == 200
        for answer in answers:
            assert_error(answer, 504, "upstream_timeout")
        assert "timed out resolving" in gateway.server.log()
        # The abandoned lookups continue for 10 s and block no request.
        assert gateway.get("/good").status_code == 200


def test_changed_upstream_address_is_used_after_the_cached_one_expires(make_gateway, upstream, tmp_path):
    hosts = tmp_path / "hosts"
    gateway = make_gateway(
        route("/a", f"http://moving.example.org:{upstream.port}"),
        preexec=separate_resolver(tmp_path, {"moving.example.org": "127.0.0.2"}),
    )
    assert_error(gateway.get("/a"), 502, "upstream_failed")
    with open(hosts, "w", encoding="ascii") as file:  # the same file: it is mounted
        file.write("127.0.0.1 moving.example.org\n")
    eventually(lambda: gateway.get("/a").status_code == 200)
