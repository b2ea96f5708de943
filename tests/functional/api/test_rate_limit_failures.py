# SPDX-License-Identifier: MIT
"""Requests that the rate limit of a token allows, and that fail all the same: each counts once, unless its token isn't looked at."""

import pytest
from support.server import ADMIN_PASSWORD
from support.upstream import route


@pytest.fixture
def server(start_with_store):
    return start_with_store()


@pytest.fixture
def owner(server):
    return server.person("admin", ADMIN_PASSWORD)


def statuses(server, token, count, path="/v1alpha/whoami", **options):
    return [server.get(path, bearer=token, **options).status_code for _ in range(count)]


def test_management_call_that_fails_counts_once(server, owner):
    token = owner.mint("one", endpoints=["POST /v1alpha/introspect"], rate_limit="5/day")
    introspect = lambda **options: server.post("/v1alpha/introspect", bearer=token, **options).status_code
    pieces = lambda text: iter([text])  # a body of unknown length, before which the head is checked
    assert introspect(data={"no": "token"}) == 400
    assert introspect(data=pieces(b"no=token")) == 400
    assert introspect(data=pieces(b"token=" + b"x" * 70_000)) == 413
    assert server.get("/v1alpha/whoami?x=y", bearer=token).status_code == 400
    assert introspect(data=pieces(f"token={token}".encode())) == 200
    assert statuses(server, token, 1) == [429]


def test_management_call_with_a_body_that_comes_late_counts_once(server, owner):
    token = owner.mint("one", endpoints=["POST /v1alpha/introspect"], rate_limit="1/day")
    assert server.post("/v1alpha/introspect", bearer=token, data=iter([b"token=x"])).json() == {"active": False}
    assert statuses(server, token, 1) == [429]


def test_request_without_a_route_takes_nothing(start_server, upstream):
    forwarding = start_server(config_text=route("/a", upstream.url))
    owner = forwarding.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", rate_limit="1/day")
    assert statuses(forwarding, token, 2, "/v1alpha/unknown") + statuses(forwarding, token, 2, "/unknown") == [404] * 4
    assert forwarding.request("PUT", "/v1alpha/whoami", bearer=token).status_code == 405
    assert forwarding.request("OPTIONS", "/v1alpha/whoami", bearer=token).status_code == 204
    assert statuses(forwarding, token, 2) == [200, 429]


def test_forwarded_request_that_fails_counts_once(start_server, upstream, tmp_path):
    routes = route("/down", "http://127.0.0.1:1") + route("/short", upstream.url, body_limit="1 KiB") + route("/secret", upstream.url, credential=f"bearer-file:{tmp_path}/none")
    server = start_server(config_text=routes)
    owner = server.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", rate_limit="4/day")
    assert statuses(server, token, 1, "/down") + statuses(server, token, 1, "/secret") == [502, 502]
    assert statuses(server, token, 1, "/short", headers={"Connection": "Host"}) == [400]
    assert server.post("/short", bearer=token, data=b"x" * 2000).status_code == 413
    assert statuses(server, token, 1, "/short") == [429]
