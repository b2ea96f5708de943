# SPDX-License-Identifier: MIT
"""Responses to the requests of one user are never stored by a shared cache."""

import pytest
from support.upstream import ok, route


def fetch(gateway, upstream, lines, headers, method="GET", status="200 OK"):
    upstream.answer = ok(b"", *lines, status=status)
    more = "".join(f"{line}\r\n" for line in headers)
    return gateway.server.raw(f"{method} /a HTTP/1.1\r\nHost: warder.test\r\n{more}\r\n".encode())


def directives(answer):
    return [directive.strip() for value in answer.all("Cache-Control") for directive in value.split(",")]


def in_own_header(gateway):
    return [f"X-Warder-Token: {gateway.token}"]


def in_authorization(gateway):
    return [f"Authorization: Bearer {gateway.token}"]


@pytest.mark.parametrize(
    "lines, expected",
    [
        ([], ["private"]),
        (["Cache-Control: max-age=60"], ["max-age=60", "private"]),
        (["Cache-Control: public, max-age=60, s-maxage=600"], ["max-age=60", "private"]),
        (["Cache-Control: PUBLIC", "cache-control: S-MaxAge=1, immutable"], ["immutable", "private"]),
        (["Cache-Control: no-cache"], ["no-cache", "private"]),
        (['Cache-Control: private="set-cookie", max-age=9'], ["max-age=9", "private"]),
        (['Cache-Control: x="no-store, private", max-age=9'], ['x="no-store', 'private"', "max-age=9", "private"]),
        (['Cache-Control: max-age=9, x="public'], ["max-age=9", "private"]),
        (["Cache-Control: must-understand, no-store"], ["must-understand", "no-store", "private"]),
        (["Expires: Thu, 01 Jan 2099 00:00:00 GMT"], ["private"]),
    ],
)
def test_response_to_a_token_in_its_own_header_is_private(gateway, upstream, lines, expected):
    answer = fetch(gateway, upstream, lines, in_own_header(gateway))
    assert directives(answer) == expected
    assert len(answer.all("Cache-Control")) == 1


@pytest.mark.parametrize("value", ["no-store", "private", "Private, max-age=60", "no-cache, NO-STORE", "private, s-maxage=60"])
def test_stricter_cache_control_of_the_upstream_is_unchanged(gateway, upstream, value):
    for headers in (in_own_header(gateway), in_authorization(gateway)):
        answer = fetch(gateway, upstream, [f"Cache-Control: {value}"], headers)
        assert answer.all("Cache-Control") == [value]


@pytest.mark.parametrize("status", ["304 Not Modified", "206 Partial Content", "404 Not Found", "301 Moved Permanently"])
def test_response_of_any_status_to_a_token_in_its_own_header_is_private(gateway, upstream, status):
    answer = fetch(gateway, upstream, ["Cache-Control: max-age=60"], in_own_header(gateway), method="HEAD", status=status)
    assert directives(answer) == ["max-age=60", "private"]


TARGETED = ["CDN-Cache-Control: max-age=600", "Cloudflare-CDN-Cache-Control: max-age=600", "Surrogate-Control: max-age=600", "X-Accel-Expires: 600",
            "surrogate_control: max-age=600", "Edge-Control: cache-maxage=1d", "X-LiteSpeed-Cache-Control: public"]


@pytest.mark.parametrize("line", TARGETED)
def test_targeted_cache_control_fields_of_the_upstream_are_dropped(gateway, upstream, line):
    for headers in (in_own_header(gateway), in_authorization(gateway)):
        answer = fetch(gateway, upstream, [line, "X-Cache-Controls: 1"], headers)
        assert answer.header(line.split(":")[0]) in (None, "0")
        assert answer.header("X-Cache-Controls") == "1"


def test_response_on_a_route_that_passes_authorization_is_private(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url, credential="pass"))
    for more in ([], ["Authorization: Basic YTpi"]):
        answer = fetch(gateway, upstream, ["Cache-Control: public"], [*in_own_header(gateway), *more])
        assert directives(answer) == ["private"]


@pytest.mark.parametrize("value", ["max-age=60", "no-cache", "max-age=60, immutable"])
def test_response_to_a_token_in_authorization_keeps_unshared_cache_control(gateway, upstream, value):
    answer = fetch(gateway, upstream, [f"Cache-Control: {value}"], in_authorization(gateway))
    assert answer.all("Cache-Control") == [value]
    assert answer.header("X-Accel-Expires") == "0", "otherwise nginx caches the response"


@pytest.mark.parametrize("value, expected", [("public, max-age=60", ["max-age=60", "private"]), ("s-maxage=60", ["private"]),
                                             ("max-age=60, must-revalidate", ["max-age=60", "must-revalidate", "private"])])
def test_response_to_a_token_in_authorization_becomes_private_if_shared_caches_could_store_it(gateway, upstream, value, expected):
    assert directives(fetch(gateway, upstream, [f"Cache-Control: {value}"], in_authorization(gateway))) == expected


def test_response_of_a_route_without_auth_keeps_all_cache_fields(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url, auth="none"))
    for headers in ([], in_own_header(gateway), in_authorization(gateway)):
        answer = fetch(gateway, upstream, ["Cache-Control: public, max-age=60", *TARGETED], headers)
        assert answer.all("Cache-Control") == ["public, max-age=60"]
        for line in TARGETED:
            name, value = line.split(": ")
            assert answer.all(name) == [value]
