# SPDX-License-Identifier: MIT
"""Paths that the rules for canonical paths reject, and routes that let them pass for unscoped tokens."""

import pytest
from support.responses import assert_error
from support.upstream import route

REJECTED = ["/debian/./Packages", "/@team%2fwidget", "/dav/50%25ab%20off.txt", "/dav/back%5Cslash", "/a//b", "/a/b/../c", "/a/%2e%2e/c", "/a/%zz", "/a/..;/b", "/a/%00", "/a/%2F%2f"]


def get(gateway, target, bearer=None, method="GET"):
    credential = f"Authorization: Bearer {bearer}\r\n" if bearer else ""
    return gateway.server.raw(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{credential}\r\n".encode())


@pytest.mark.parametrize("target", REJECTED)
def test_ambiguous_path_is_400_by_default_and_passes_unchanged_without_strict_paths(make_gateway, upstream, target):
    strict = make_gateway(route("/", upstream.url), directory="strict")
    assert_error(get(strict, target, strict.token), 400, "bad_path")
    gateway = make_gateway(route("/", upstream.url, strict_paths=False), directory="lenient")
    assert get(gateway, target + "?q=//", gateway.token).status == 200
    assert upstream.next().target == target + "?q=//"


@pytest.mark.parametrize("target", REJECTED)
def test_ambiguous_path_with_a_scoped_token_is_400_even_without_strict_paths(make_gateway, upstream, target):
    gateway = make_gateway(route("/", upstream.url, strict_paths=False))
    scoped = gateway.admin.mint("all", endpoints=["/**"])
    assert_error(get(gateway, target, scoped), 400, "bad_path")
    assert get(gateway, target).status == 401
    assert get(gateway, "/debian/Packages", scoped).status == 200
    assert [request.target for request in upstream.requests] == ["/debian/Packages"]


def test_ambiguous_path_passes_on_a_route_without_auth_and_strict_paths(make_gateway, upstream):
    gateway = make_gateway(route("/apt", upstream.url, strict_paths=False, auth="none"))
    assert get(gateway, "/apt/./Packages").status == 200
    assert upstream.next().target == "/apt/./Packages"


def test_route_prefix_of_an_ambiguous_path_is_replaced(make_gateway, upstream):
    gateway = make_gateway(route("/apt", upstream.url + "/debian", strict_paths=False))
    assert get(gateway, "/apt/./Packages", gateway.token).status == 200
    assert upstream.next().target == "/debian/./Packages"


@pytest.mark.parametrize("target", ["/apt/../secret", "/apt/%2e%2e/secret/x", "/apt/..%2fsecret", "/apt/..%252fsecret", "/apt/..%5csecret", "/apt/..;/secret", "/apt//../../secret", "/x/../apt/a", "//apt/a",
                                    "/apt/../v1alpha/token/", "/./v1alpha/token/"])
def test_ambiguous_path_that_leaves_its_route_is_400(make_gateway, upstream, other_upstream, target):
    gateway = make_gateway(route("/apt", upstream.url, strict_paths=False, auth="none"), route("/", other_upstream.url), route("/secret", other_upstream.url))
    for bearer in (None, gateway.token):
        assert_error(get(gateway, target, bearer), 400, "bad_path")
    assert not upstream.has_requests() and not other_upstream.has_requests()


def test_preflight_with_an_ambiguous_path_is_400_even_without_strict_paths(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url, strict_paths=False, pass_preflight=True))
    preflight = "OPTIONS /a/./b HTTP/1.1\r\nHost: localhost\r\nOrigin: https://x.test\r\nAccess-Control-Request-Method: PUT\r\n\r\n"
    assert_error(gateway.server.raw(preflight.encode()), 400, "bad_path")
