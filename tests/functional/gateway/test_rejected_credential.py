# SPDX-License-Identifier: MIT
"""An upstream that rejects the upstream credential: the token of the client is valid, so the client must not get a 401."""

import pytest
from support.responses import assert_error
from support.upstream import ok, route

CHALLENGE = 'WWW-Authenticate: Basic realm="upstream"'
WRONG = "wrong:credential-4711"


def lines(gateway):
    return [line for line in gateway.server.log().splitlines() if "event=upstream_failed" in line]


@pytest.fixture(params=["basic-file", "bearer-file", "header-file:X-Api-Key"])
def gateway(request, make_gateway, upstream, secret_file):
    return make_gateway(route("/a", upstream.url, credential=f"{request.param}:{secret_file(WRONG)}"), top="threads = 1\n")


@pytest.mark.parametrize("status", ["401 Unauthorized", "407 Proxy Authentication Required"])
def test_rejected_upstream_credential_is_502_and_logged_once(gateway, upstream, status):
    upstream.answer = ok(b"the upstream's page", CHALLENGE, status=status)
    for method in ("GET", "HEAD", "POST"):
        answer = gateway.request(method, "/a", data=b"x" * 100_000 if method == "POST" else None)
        assert answer.status_code == 502
        assert "WWW-Authenticate" not in answer.headers
        if method != "HEAD":
            assert_error(answer, 502, "upstream_failed")
    (line,) = lines(gateway)
    assert "route=/a" in line and "kind=credential" in line
    assert "4711" not in gateway.server.log()


def test_client_connection_stays_usable_after_a_rejected_upstream_credential(gateway, upstream):
    upstream.answer = ok(b"no", CHALLENGE, status="401 Unauthorized")
    with gateway.server.wire() as wire:
        assert wire.send(gateway.head()).receive().status == 502
        upstream.answer = ok(b"yes")
        assert wire.send(gateway.head()).receive().body == b"yes"


def test_denial_403_of_the_upstream_is_forwarded(gateway, upstream):
    upstream.answer = ok(b"no", status="403 Forbidden")
    assert gateway.get("/a").status_code == 403
    assert lines(gateway) == []


@pytest.mark.parametrize("credential", ["none", "pass"])
def test_challenge_of_the_upstream_is_forwarded_on_a_route_without_credential_file(make_gateway, upstream, credential):
    gateway = make_gateway(route("/a", upstream.url, credential=credential))
    upstream.answer = ok(b"no", CHALLENGE, status="401 Unauthorized")
    answer = gateway.server.get("/a", headers={"X-Warder-Token": str(gateway.token)})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="upstream"')
    assert lines(gateway) == []
