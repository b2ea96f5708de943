# SPDX-License-Identifier: MIT
"""The list of a user's sessions, and signing out everywhere, on several nodes."""

import pytest
from support.cluster import soon
from support.cluster_pages import PASSWORD, SLOW, add_alice, listed, on, pages_on, sign_in, stored_sessions
from support.responses import assert_error
from support.tcp_gate import TcpGate


@pytest.fixture
def nodes(cluster):
    return cluster.start(3)


@pytest.fixture
def gate(postgres):
    with TcpGate(postgres.port) as gate:
        yield gate
        gate.restore()


def test_every_node_lists_the_sessions_of_all_nodes_at_once(cluster):
    nodes = cluster.start(3, **SLOW)
    pages = [sign_in(node) for node in nodes]
    expected = [session["id"] for session in listed(pages[2])]
    assert len(expected) == 3
    for node in nodes:
        assert [session["id"] for session in listed(node.admin)] == expected
        for number, page in enumerate(pages):
            assert [session.get("current") for session in listed(on(node, page))] == [True if one == number else None for one in range(3)]


def test_listed_session_ends_on_all_nodes(nodes):
    page, other = sign_in(nodes[0]), sign_in(nodes[1])
    pages = pages_on(nodes, page)
    assert all(one.is_signed_in() for one in pages)
    handle = listed(pages[2])[0]["id"]
    assert on(nodes[2], other).delete(f"/v1alpha/sessions/{handle}").json() == {"message": "Signed out"}
    assert_error(pages[2].get("/v1alpha/session"), 401, "unauthorized")
    for one in pages:
        soon(lambda one=one: not one.is_signed_in())
    assert all(one.is_signed_in() for one in pages_on(nodes, other))
    assert_error(on(nodes[0], other).delete(f"/v1alpha/sessions/{handle}"), 404, "not_found")


@pytest.mark.parametrize("by", ["page", "password", "administrator"])
def test_signing_out_everywhere_ends_the_sessions_that_any_node_began(cluster, by):
    nodes = cluster.start(3, **SLOW)
    add_alice(nodes[0])
    # A node that does not know the session yet, and no node that began one, is asked.
    pages, admin = [on(node, sign_in(nodes[0], "alice", PASSWORD)) for node in nodes], sign_in(nodes[1])
    if by == "page":
        answer = pages[2].delete("/v1alpha/sessions")
    elif by == "password":
        answer = nodes[0].person("alice", PASSWORD).delete("/v1alpha/sessions")
    else:
        answer = on(nodes[2], admin).delete("/v1alpha/users/alice/sessions")
    assert (answer.status_code, answer.json()) == (200, {"message": "Signed out everywhere"})
    for page in pages:
        for one in pages_on(nodes, page):
            soon(lambda one=one: not one.is_signed_in())
    assert all(one.is_signed_in() for one in pages_on(nodes, admin))
    assert stored_sessions(cluster) == 1
    events = cluster.sql("SELECT actor || ' ' || action || ' ' || target FROM warder.audit WHERE action LIKE '%signed_out'")
    assert events == ("admin" if by == "administrator" else "alice") + " user.signed_out alice"


def test_list_and_sign_out_everywhere_are_503_without_the_database(cluster, gate):
    node = cluster.start(url=cluster.url(port=gate.port))
    page = sign_in(node)
    gate.cut()
    for method, path in (("GET", "/v1alpha/sessions"), ("DELETE", "/v1alpha/sessions"), ("DELETE", "/v1alpha/sessions/" + "0" * 32)):
        answer = page.request(method, path)
        assert answer.status_code == 503 and "Set-Cookie" not in answer.headers, answer.text
    gate.restore()
    soon(node.is_ready)
    assert page.is_signed_in()
