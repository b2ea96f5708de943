# SPDX-License-Identifier: MIT
"""Negotiate and NTLM authenticate a connection: a connection that one client authenticated serves no other client."""

import pytest
from support.upstream import CLOSE, ok, route

ONE_WORKER = "threads = 1\n"


class ConnectionAuthenticator:
    """Answers with the user who authenticated the connection, as IIS does: in one step, or with the three-step handshake of NTLM."""

    def __init__(self, offer="NTLM"):
        self.offer, self.users = offer, {}

    def __call__(self, request, peer):
        scheme, _, value = (request.header("Authorization") or "").partition(" ")
        if scheme.lower() in ("ntlm", "negotiate"):
            if value == "type-1":
                self.users[peer.number] = None
                return ok(b"go on", f"WWW-Authenticate: {scheme} type-2", status="401 Unauthorized")
            if value.startswith("type-3:"):
                if peer.number not in self.users:
                    return ok(b"another connection", status="401 Unauthorized")
                self.users[peer.number] = value.removeprefix("type-3:")
            else:
                self.users[peer.number] = value
        user = self.users.get(peer.number)
        if user is None:
            return ok(b"nobody", f"WWW-Authenticate: {self.offer}", status="401 Unauthorized")
        return ok(user.encode(), f"X-Connection: {peer.number}")


@pytest.fixture
def passing_gateway(make_gateway, upstream):
    """A route that passes the client's Authorization; one worker, so that all clients share one pool."""
    upstream.answer = ConnectionAuthenticator()
    return make_gateway(route("/a", upstream.url, credential="pass"), top=ONE_WORKER)


def head(gateway, *lines, token=None):
    more = "".join(f"{line}\r\n" for line in lines)
    return f"GET /a HTTP/1.1\r\nHost: warder.test\r\nX-Warder-Token: {token or gateway.token}\r\n{more}\r\n".encode()


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate", "ntlm", "nEGOTIATE"])
def test_authenticated_upstream_connection_serves_no_other_client(passing_gateway, scheme):
    for _ in range(3):
        with passing_gateway.server.wire() as alice:
            assert alice.send(head(passing_gateway, f"Authorization: {scheme} alice")).receive().body == b"alice"
            with passing_gateway.server.wire() as bob:
                answer = bob.send(head(passing_gateway)).receive()
                assert (answer.status, answer.body) == (401, b"nobody")


def test_authenticated_upstream_connection_closes_with_the_client_connection(passing_gateway, upstream):
    peers = []
    answer = upstream.answer
    upstream.answer = lambda request, peer: peers.append(peer) or answer(request, peer)
    with passing_gateway.server.wire() as alice:
        alice.send(head(passing_gateway, "Authorization: NTLM alice")).receive()
    assert peers[0].is_closed()


def test_later_requests_of_the_client_use_its_authenticated_upstream_connection(passing_gateway):
    with passing_gateway.server.wire() as alice:
        first = alice.send(head(passing_gateway, "Authorization: NTLM alice")).receive()
        second = alice.send(head(passing_gateway)).receive()
    assert second.body == b"alice"
    assert first.header("X-Connection") == second.header("X-Connection")


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_handshake_of_three_requests_uses_one_upstream_connection(passing_gateway, scheme):
    with passing_gateway.server.wire() as other:
        other.send(head(passing_gateway)).receive()
    with passing_gateway.server.wire() as alice, passing_gateway.server.wire() as bob:
        for client in (alice, bob):
            assert client.send(head(passing_gateway)).receive().status == 401
        for client in (alice, bob):
            assert client.send(head(passing_gateway, f"Authorization: {scheme} type-1")).receive().header("WWW-Authenticate") == f"{scheme} type-2"
        for client, name in ((alice, b"alice"), (bob, b"bob")):
            assert client.send(head(passing_gateway, f"Authorization: {scheme} type-3:{name.decode()}")).receive().body == name
        for client, name in ((alice, b"alice"), (bob, b"bob")):
            assert client.send(head(passing_gateway)).receive().body == name


def test_request_with_connection_authentication_does_not_use_a_pooled_connection(make_gateway, upstream):
    upstream.answer = lambda request, peer: ok(str(peer.number).encode())
    gateway = make_gateway(route("/a", upstream.url, credential="pass"), top=ONE_WORKER)
    with gateway.server.wire() as other, gateway.server.wire() as alice:
        assert other.send(head(gateway)).receive().body == b"1"
        assert alice.send(head(gateway, "Authorization: NTLM x")).receive().body == b"2"
        assert other.send(head(gateway)).receive().body == b"1"


@pytest.mark.parametrize(
    "lines",
    [
        ["WWW-Authenticate: Negotiate"],
        ["WWW-Authenticate: Basic realm=x", "WWW-Authenticate: NTLM"],
        ['WWW-Authenticate: Basic realm="a, b", NEGOTIATE'],
        ["www-authenticate: Digest nonce=1,ntlm"],
        ["Proxy-Authenticate: NTLM"],
        ["Persistent-Auth: true"],
        ["Proxy-Support: Session-Based-Authentication"],
    ],
)
def test_upstream_connection_that_offered_connection_authentication_serves_one_client(make_gateway, upstream, lines):
    upstream.answer = lambda request, peer: ok(str(peer.number).encode(), *lines)
    gateway = make_gateway(route("/a", upstream.url), top=ONE_WORKER)
    with gateway.server.wire() as alice, gateway.server.wire() as bob:
        assert alice.send(gateway.head()).receive().body == b"1"
        assert bob.send(gateway.head()).receive().body == b"2"
        assert alice.send(gateway.head()).receive().body == b"1"


def test_upstream_connection_whose_interim_response_offered_ntlm_serves_one_client(make_gateway, upstream):
    early = b"HTTP/1.1 103 Early Hints\r\nWWW-Authenticate: NTLM\r\n\r\n"
    upstream.answer = lambda request, peer: early + ok(str(peer.number).encode())
    gateway = make_gateway(route("/a", upstream.url), top=ONE_WORKER)
    with gateway.server.wire() as alice, gateway.server.wire() as bob:
        bodies = []
        for client in (alice, bob):
            assert client.send(gateway.head()).receive().status == 103
            bodies.append(client.receive().body)
    assert bodies == [b"1", b"2"]


@pytest.mark.parametrize("scheme", ["Basic YWxpY2U6eA==", "Bearer NTLMx", "Digest username=negotiator", "AWS4-HMAC-SHA256 x"])
def test_upstream_connection_with_per_request_authentication_is_shared(make_gateway, upstream, scheme):
    gateway = make_gateway(route("/a", upstream.url, credential="pass"), top=ONE_WORKER)
    for _ in range(3):
        with gateway.server.wire() as client:
            assert client.send(head(gateway, f"Authorization: {scheme}")).receive().status == 200
    assert upstream.connections == 1


def test_authenticated_upstream_connection_serves_no_other_token_of_the_same_client_connection(passing_gateway):
    """A proxy in front of Warder may send the requests of several users over one connection."""
    other = passing_gateway.admin.mint("another")
    with passing_gateway.server.wire() as proxy:
        assert proxy.send(head(passing_gateway, "Authorization: NTLM alice")).receive().body == b"alice"
        answer = proxy.send(head(passing_gateway, token=other)).receive()
        assert (answer.status, answer.body) == (401, b"nobody")
        assert proxy.send(head(passing_gateway)).receive().status == 401


def test_authenticated_upstream_connection_serves_no_other_client_of_a_trusted_proxy(make_gateway, upstream):
    upstream.answer = ConnectionAuthenticator()
    gateway = make_gateway(route("/a", upstream.url, credential="pass", auth="none"), top='threads = 1\ntrusted_proxies = ["127.0.0.1"]\n')
    with gateway.server.wire() as proxy:
        request = "GET /a HTTP/1.1\r\nHost: warder.test\r\nX-Forwarded-For: {}\r\n{}\r\n"
        assert proxy.send(request.format("192.0.2.1", "Authorization: NTLM alice\r\n").encode()).receive().body == b"alice"
        assert proxy.send(request.format("192.0.2.2", "").encode()).receive().status == 401


def test_authenticated_upstream_connections_of_several_routes_are_separate(make_gateway, upstream, other_upstream):
    upstream.answer, other_upstream.answer = ConnectionAuthenticator(), ConnectionAuthenticator()
    gateway = make_gateway(route("/a", upstream.url, credential="pass"), route("/b", other_upstream.url, credential="pass"), top=ONE_WORKER)
    with gateway.server.wire() as alice:
        assert alice.send(head(gateway, "Authorization: NTLM alice")).receive().body == b"alice"
        there = head(gateway, "Authorization: NTLM alicia").replace(b"/a", b"/b", 1)
        assert alice.send(there).receive().body == b"alicia"
        assert alice.send(head(gateway)).receive().body == b"alice"
        assert alice.send(head(gateway).replace(b"/a", b"/b", 1)).receive().body == b"alicia"


def test_authenticated_connection_that_the_upstream_closed_is_replaced_by_an_unauthenticated_one(passing_gateway, upstream):
    with passing_gateway.server.wire() as alice:
        assert alice.send(head(passing_gateway, "Authorization: NTLM alice")).receive().body == b"alice"
        upstream.drop()
        assert alice.send(head(passing_gateway)).receive().status == 401
        assert alice.send(head(passing_gateway, "Authorization: NTLM alice")).receive().body == b"alice"


def test_handshake_step_lost_with_its_connection_is_not_sent_over_a_pooled_connection(passing_gateway, upstream):
    answer = upstream.answer
    with passing_gateway.server.wire() as other:
        other.send(head(passing_gateway)).receive()
    with passing_gateway.server.wire() as alice:
        alice.send(head(passing_gateway, "Authorization: NTLM type-1")).receive()
        upstream.answer = lambda request, peer: CLOSE if peer.number in answer.users else answer(request, peer)
        refused = alice.send(head(passing_gateway, "Authorization: NTLM type-3:alice")).receive()
        assert (refused.status, refused.body) == (401, b"another connection")
