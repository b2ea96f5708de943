# SPDX-License-Identifier: MIT
"""`token_header`: a token in a header such as X-Api-Key, for clients that can't send Authorization."""

import signal

import pytest
from support.responses import NOT_VALID, NO_TOKEN, assert_error
from support.upstream import ok, route
from support.waiting import eventually

NAME = "X-Api-Key"


def send(gateway, *lines, method="GET", target="/a"):
    more = "".join(f"{line}\r\n" for line in lines)
    return gateway.server.raw(f"{method} {target} HTTP/1.1\r\nHost: warder.test\r\n{more}\r\n".encode("latin-1"))


def names(request):
    return [name.lower() for name, _ in request.headers]


@pytest.fixture
def keyed(make_gateway, upstream):
    return make_gateway(route("/a", upstream.url, token_header=NAME), route("/b", upstream.url), route("/open", upstream.url, token_header=NAME, auth="none"))


@pytest.mark.parametrize("name", ["X-Api-Key", "x-api-key", "X-API-KEY"])
def test_token_in_the_named_header_is_accepted_and_never_forwarded(keyed, upstream, name):
    assert send(keyed, f"{name}: {keyed.token}", "X-Kept: 1").status == 200
    request = upstream.next()
    assert NAME.lower() not in names(request) and str(keyed.token) not in request.head.decode()
    assert (request.header("X-Kept"), request.header("X-Warder-User")) == ("1", "admin")


@pytest.mark.parametrize("line", ["Authorization: Bearer {}", "X-Warder-Token: {}"])
def test_tokens_in_the_other_places_stay_accepted(keyed, upstream, line):
    assert send(keyed, line.format(keyed.token)).status == 200
    upstream.next()


def test_header_that_only_looks_the_same_to_an_application_is_dropped_and_holds_no_token(keyed, upstream):
    assert_error(send(keyed, f"X_Api_Key: {keyed.token}"), 401, "unauthorized", NO_TOKEN)
    assert send(keyed, f"X-Warder-Token: {keyed.token}", "X_Api_Key: 1", "X.Api.Key: 2").status == 200
    assert not {"x_api_key", "x.api.key"} & set(names(upstream.next()))


def test_grants_apply_to_a_token_in_the_named_header(keyed, upstream):
    token = keyed.admin.mint("narrow", endpoints=["GET /a/ok"])
    assert send(keyed, f"{NAME}: {token}", target="/a/ok").status == 200
    upstream.next()
    assert_error(send(keyed, f"{NAME}: {token}", target="/a/other"), 403, "insufficient_scope")


@pytest.mark.parametrize("value", ["", "nonsense", "Bearer {}", "token {}", "{}x", "{},{}", "{} {}", "a.b.c"])
def test_text_in_the_named_header_that_is_not_a_token_is_a_bad_token(keyed, value):
    answer = send(keyed, f"{NAME}: {value.format(keyed.token, keyed.token)}")
    assert_error(answer, 401, "invalid_token", NOT_VALID)


def test_revoked_token_in_the_named_header_is_rejected_at_once(keyed, upstream):
    token = keyed.admin.mint("doomed")
    assert send(keyed, f"{NAME}: {token}").status == 200
    keyed.admin.delete(f"/v1alpha/token/{token.id}")
    assert_error(send(keyed, f"{NAME}: {token}"), 401, "invalid_token")


MORE = ["Authorization: Bearer {}", "Authorization: Basic dG9rZW46eA==", "Authorization: nonsense", "X-Warder-Token: {}", "X-Warder-Token: x", "X-Api-Key: {}", "x-api-key: other"]


@pytest.mark.parametrize("target", ["/a", "/open"])
@pytest.mark.parametrize("more", MORE)
def test_named_header_beside_another_credential_is_400(keyed, more, target):
    assert_error(send(keyed, f"{NAME}: {keyed.token}", more.format(keyed.token), target=target), 400, "bad_request")
    assert_error(send(keyed, more.format(keyed.token), f"{NAME}: ", target=target), 400, "bad_request")


def test_other_routes_forward_the_header_and_read_no_token_from_it(keyed, upstream):
    assert_error(send(keyed, f"{NAME}: {keyed.token}", target="/b"), 401, "unauthorized", NO_TOKEN)
    assert send(keyed, f"Authorization: Bearer {keyed.token}", f"{NAME}: the application's", target="/b").status == 200
    assert upstream.next().header(NAME) == "the application's"


def test_route_without_auth_ignores_a_bad_token_and_drops_the_header(keyed, upstream):
    assert send(keyed, f"{NAME}: nonsense", target="/open").status == 200
    assert NAME.lower() not in names(upstream.next())


def test_upstream_credential_may_have_the_same_name(make_gateway, upstream, secret_file):
    gateway = make_gateway(route("/a", upstream.url, token_header=NAME, credential=f"header-file:{NAME}:{secret_file('the real key')}"))
    assert send(gateway, f"{NAME}: {gateway.token}").status == 200
    assert upstream.next().all(NAME) == ["the real key"]


def test_pass_route_takes_one_authorization_beside_the_named_header(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url, token_header=NAME, credential="pass"))
    theirs = "Authorization: Digest username=x"
    assert send(gateway, f"{NAME}: {gateway.token}", theirs).status == 200
    request = upstream.next()
    assert request.header("Authorization") == "Digest username=x" and NAME.lower() not in names(request)
    assert send(gateway, f"X-Warder-Token: {gateway.token}", theirs).status == 200
    upstream.next()
    assert_error(send(gateway, theirs), 401, "unauthorized")
    for more in (theirs, f"X-Warder-Token: {gateway.token}", f"{NAME}: x"):
        assert_error(send(gateway, f"{NAME}: {gateway.token}", theirs, more), 400, "bad_request")


@pytest.mark.parametrize(
    "sent,expected",
    [([], "private"), (["Cache-Control: public, max-age=600"], "max-age=600, private"), (["Cache-Control: no-store"], "no-store"), (["Cache-Control: private"], "private")],
    ids=["none", "public", "no-store", "private"],
)
def test_response_to_a_token_in_the_named_header_is_private(keyed, upstream, sent, expected):
    upstream.answer = lambda request, peer: ok(b"x", *sent)
    assert send(keyed, f"{NAME}: {keyed.token}").all("Cache-Control") == [expected]


BAD = ["Authorization", "authorization", "Cookie", "Host", "X-Warder-Token", "X-Warder-Key", "x_warder_key", "Connection", "Proxy-Authorization", "TE", "Upgrade", "Content-Length", "X-Forwarded-User", "Destination", "a b", "X-Key:", "", "X-Ü"]


@pytest.mark.parametrize("name", BAD)
def test_name_with_another_meaning_is_refused_by_check_and_serve(start_server, tmp_path, name):
    server = start_server()
    config = tmp_path / "bad.toml"
    config.write_text(route("/a", "http://127.0.0.1:1", token_header=name))
    server.config = config
    done = server.cli("check")
    assert done.returncode == 1 and f"{config}:4" not in done.stdout
    (line,) = [line for line in done.stderr.splitlines() if "token_header" in line]
    assert "X-Api-Key" in line
    server.config = None


def test_reload_changes_the_token_header(keyed, upstream):
    assert_error(send(keyed, f"X-Other: {keyed.token}"), 401, "unauthorized")
    keyed.server.config.write_text(route("/a", upstream.url, token_header="X-Other"))
    keyed.server.process.send_signal(signal.SIGHUP)
    eventually(lambda: send(keyed, f"X-Other: {keyed.token}").status == 200)
    assert_error(send(keyed, f"{NAME}: {keyed.token}"), 401, "unauthorized")
