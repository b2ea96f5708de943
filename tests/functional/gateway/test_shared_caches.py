# SPDX-License-Identifier: MIT
"""Real shared caches in front of the gateway never serve the response for one user to another."""

import itertools

import pytest
import requests
from support.caches import CACHES, running_cache
from support.upstream import Upstream, ok, route

FUTURE = "Expires: Thu, 01 Jan 2099 00:00:00 GMT"
WAYS_TO_ALLOW_STORING = [
    [],
    ["Cache-Control: max-age=600"],
    ["Cache-Control: public, max-age=600"],
    ["Cache-Control: s-maxage=600"],
    ["Cache-Control: max-age=600, must-revalidate"],
    ["Cache-Control: public", "Cache-Control: max-age=600"],
    ['Cache-Control: private="x-a", max-age=600'],
    ["Cache-Control: public, max-age=600, x=\"open"],
    [FUTURE],
    [FUTURE, "Last-Modified: Thu, 01 Jan 2015 00:00:00 GMT", 'ETag: "1"'],
    ["Surrogate-Control: max-age=600"],
    ["Surrogate-Control: max-age=600", "Cache-Control: public, max-age=600"],
    ["X-Accel-Expires: 600"],
    ["X-Accel-Expires: 600", "Cache-Control: s-maxage=600"],
    ["CDN-Cache-Control: max-age=600", "Cache-Control: max-age=600"],
    ["Cache-Control: public, max-age=600", "Vary: Accept-Encoding"],
]


@pytest.fixture
def site(make_gateway, tmp_path, request):
    """A cache in front of the gateway, and an upstream that numbers its responses."""
    numbers = itertools.count(1)
    with Upstream() as upstream:
        upstream.lines = []
        upstream.answer = lambda request, peer: ok(b"secret %d" % next(numbers), *upstream.lines)
        gateway = make_gateway(
            route("/token", upstream.url), route("/pass", upstream.url, credential="pass"), route("/open", upstream.url, auth="none")
        )
        with running_cache(request.param, tmp_path / "cache", gateway.server.port) as port:

            def get(path, **headers):
                session = requests.Session()
                session.trust_env = False
                return session.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=20)

            yield gateway, upstream, get


@pytest.mark.parametrize("site", CACHES, indirect=True)
def test_shared_cache_stores_cacheable_response_of_a_route_without_auth(site):
    """Otherwise the other test would prove nothing."""
    _, upstream, get = site
    upstream.lines = ["Cache-Control: public, max-age=600"]
    assert get("/open/a").text == get("/open/a").text == "secret 1"


@pytest.mark.parametrize("site", CACHES, indirect=True)
def test_shared_cache_stores_no_response_to_a_request_with_a_token(site):
    gateway, upstream, get = site
    token = str(gateway.token)
    other = str(gateway.admin.mint("another"))
    numbers = itertools.count()
    for lines in WAYS_TO_ALLOW_STORING:
        upstream.lines = lines
        for prefix, headers in (
            ("/token", {"X-Warder-Token": token}),
            ("/pass", {"X-Warder-Token": token}),
            ("/pass", {"X-Warder-Token": token, "Authorization": "Basic YTpi"}),
            ("/token", {"Authorization": f"Bearer {token}"}),
        ):
            path = f"{prefix}/{next(numbers)}"
            first = get(path, **headers)
            assert first.status_code == 200, (lines, headers)
            assert get(path).status_code == 401, (lines, headers)
            if "X-Warder-Token" in headers:
                assert get(path, **{"X-Warder-Token": other}).text != first.text, (lines, headers)
