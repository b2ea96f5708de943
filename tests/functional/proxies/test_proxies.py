# SPDX-License-Identifier: MIT
"""The promises of each page under docs/how-to/proxies/, tested with the real proxy and the documented configuration."""

import base64
import ssl

import pytest
from support.echo_server import reached
from support.responses import BASIC, BEARER, challenges
from support.tls import make_certificate
from support.wire import Wire

FAMILIES = ("x-warder-", "x-original-", "x-forwarded-")
FORGED = "forged"
TRICKS = ["/pub/%2e%2e/secret", "/pub/../secret", "//secret", "//pub/../secret", "/pub//../secret", "/pub%2f..%2fsecret", "/pub/..%2fsecret",
          "/pub/..;/secret", "/pub/..%3b/secret", "/pub/.%2e/secret", "/pub/%252e%252e/secret", "/pub/%25%32%65%25%32%65/secret", "/pub/..%5csecret",
          "/pub/..\\secret", "/pub;/../secret", "/pub/a/..;x=y/..;/secret", "/pub/../../secret", "/./secret", "/%2fsecret", "/secret?/pub/", "/secret;/pub/a",
          "/secret%3f/pub/a", "/secret#/pub/a", "/%70ub/../secret", "/pub/a%00/../../secret", "http://127.0.0.1/pub/../secret", "/PUB/a", "/public"]


def folded(name):
    return name.lower().replace("_", "-")


def values(seen, name):
    """Returns the values of a header and of all headers that an application could mistake for it."""
    return [value for key, value in seen["headers"] if folded(key) == folded(name)]


def forged_headers(names=("Method", "Uri", "Host", "User", "For", "Proto", "Port", "Prefix", "Email", "Groups", "Url", "Server")):
    """Returns names of each header family that a client could send."""
    families = [f"X-{family}-{name}" for family in ("Original", "Forwarded") for name in names]
    own = ["X-Warder-User", "X-Warder-Token-Id", "X-Warder-Admin", "X-Real-IP", "Forwarded", "Remote-User", "X-Rewrite-Url", "Script-Name", "X-Script-Name", "Path-Info", "Proxy", "X-Host"]
    own += ["Front-End-Https", "X-Remote-User", "X-WEBAUTH-USER", "X-Auth-Request-User", "X-Auth-Request-Email"]
    underscored = [name.replace("-", "_") for name in (*families, *own)] + ["X_Warder-User", "X-Warder_User"]
    underscored += ["X_Original-Url", "X-Original_Url", "X_Forwarded-User", "X-Forwarded_User"]
    # One name in mixed case, as header names are case-insensitive.
    return [(name, FORGED) for name in (*families, *own, *underscored, "x-wArder-user")]


def bearer(token):
    return ("Authorization", f"Bearer {token}")


def test_request_without_a_valid_token_is_401_and_does_not_reach_the_application(proxied):
    for path in ("/", "/pub/a", "/auth", "/warder-decision"):
        answer = proxied.site.get(path)
        if path == "/warder-decision" and answer.status_code == 404:
            continue  # an internal location of nginx
        assert answer.status_code == 401, path
        # nginx before 1.23 forwards only the first challenge.
        assert challenges(answer) in ([BASIC], [BASIC, BEARER])
    assert proxied.site.get("/", token="eyJ.eyJ.x").status_code == 401
    assert not proxied.application.seen


def test_valid_token_passes_and_the_application_gets_the_user_but_not_the_token(proxied):
    token = proxied.alice.mint("good")
    basic = "Basic " + base64.b64encode(f"alice:{token}".encode()).decode()
    for headers in ({"Authorization": f"Bearer {token}"}, {"Authorization": basic}, {"X-Warder-Token": str(token)}):
        answer = proxied.site.get("/any/thing?a=b%2Fc", headers=headers)
        assert answer.status_code == 200, headers
        seen = answer.json()
        assert seen["target"] == "/any/thing?a=b%2Fc"
        assert values(seen, "X-Warder-User") == ["alice"]
        assert not values(seen, "Authorization") and not values(seen, "X-Warder-Token")
        assert str(token) not in answer.text


def test_request_target_reaches_the_application_unchanged(proxied):
    target = "/a/%7eb/%c3%a9;c?d=%2f..%2f&e=//"
    assert proxied.site.raw(target, [bearer(proxied.alice.mint("good"))]).json()["target"] == target


def test_request_body_reaches_the_application(proxied):
    token = proxied.alice.mint("good")
    for size in (0, 10, 100_000):
        for method in ("POST", "PUT"):
            seen = proxied.site.request(method, "/upload", token, data=b"x" * size).json()
            assert (seen["method"], len(seen["body"])) == (method, size)
    assert proxied.site.request("HEAD", "/upload", token).status_code == 200
    assert proxied.site.request("DELETE", "/upload", token).json()["method"] == "DELETE"


def test_scoped_token_is_403_outside_of_its_grants(proxied):
    token = proxied.alice.mint("narrow", endpoints=["GET /pub/**"])
    assert proxied.site.get("/pub/a?b=c", token).status_code == 200
    assert proxied.site.request("HEAD", "/pub/a", token).status_code == 200
    proxied.application.seen.clear()
    for method, path in (("GET", "/secret"), ("GET", "/public"), ("POST", "/pub/a"), ("DELETE", "/pub/a")):
        assert proxied.site.request(method, path, token).status_code == 403, (method, path)
    assert not proxied.application.seen


def test_grant_for_a_host_is_authorized_by_the_host_of_the_client_request(proxied):
    token = proxied.alice.mint("hosted", endpoints=["//api.example.org/**"])
    seen = proxied.site.get("/a", token, headers={"Host": "api.example.org"}).json()
    assert values(seen, "X-Forwarded-Host") == ["api.example.org"]
    for headers in ({"Host": "other.example.org"}, {"Host": "other.example.org", "X-Forwarded-Host": "api.example.org", "X-Original-Host": "api.example.org"}):
        assert proxied.site.get("/a", token, headers=headers).status_code == 403


@pytest.mark.parametrize("spelling", [str, lambda name: name.replace("-", "_")], ids=["hyphens", "underscores"])
def test_forged_original_and_forwarded_headers_do_not_change_the_decision(proxied, spelling):
    token = proxied.alice.mint("narrow", endpoints=["GET /pub/**"])
    original = {"Method": "GET", "Uri": "/pub/a", "URI": "/pub/a", "Url": "/pub/a", "Host": "pub"}
    headers = {spelling(f"X-{family}-{name}"): value for family in ("Original", "Forwarded") for name, value in original.items()}
    headers |= {spelling("X-Rewrite-Url"): "/pub/a", spelling("Script-Name"): "/pub/a", spelling("X-Script-Name"): "/pub/a", spelling("Path-Info"): "/pub/a"}
    assert proxied.site.get("/secret", token, headers=headers).status_code == 403
    assert proxied.site.request("POST", "/pub/a", token, headers=headers).status_code == 403
    assert not proxied.application.seen
    headers = {name: "/secret" for name in headers}
    assert proxied.site.get("/pub/b", token, headers=headers).status_code == 200, "a client can't remove the header either"


def test_forged_identity_headers_do_not_reach_the_application(proxied):
    token = proxied.alice.mint("good")
    everything = forged_headers()
    for start in range(0, len(everything), 20):
        answer = proxied.site.raw("/a", [bearer(token), *everything[start : start + 20]])
        assert answer.status == 200, answer.body
        seen = answer.json()
        assert values(seen, "X-Warder-User") == ["alice"]
        assert not [name for name, value in seen["headers"] if FORGED in value]
    refused = proxied.site.raw("/a", everything[:20])
    assert refused.status == 401, "forged headers do not replace a token"


def test_forged_client_address_headers_do_not_reach_the_application(proxied):
    fields = [("X-Forwarded-For", "198.51.100.9"), ("Forwarded", "for=198.51.100.9"), ("X-Real-IP", "198.51.100.9")]
    seen = proxied.site.raw("/a", [bearer(proxied.alice.mint("good")), *fields]).json()
    assert values(seen, "X-Forwarded-For") == ["127.0.0.1"]
    assert not values(seen, "Forwarded") and not values(seen, "X-Real-IP")


def test_only_documented_warder_and_forwarded_headers_reach_the_application(proxied):
    seen = proxied.site.get("/a", proxied.alice.mint("good")).json()
    names = {folded(name) for name, _ in seen["headers"] if folded(name).startswith(FAMILIES)}
    own = {"x-warder-token-id", "x-warder-admin"} if proxied.name == "apache" else set()
    assert names == {"x-warder-user", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"} | own
    assert values(seen, "X-Forwarded-For") == ["127.0.0.1"]


@pytest.mark.parametrize("named", ["X-Warder-User", "X-Original-URI", "X-Forwarded-Uri", "Authorization", "X-Forwarded-Method, X-Original-Method"])
def test_connection_header_that_names_a_protected_header_does_not_widen_access(proxied, named):
    free, narrow = proxied.alice.mint("good"), proxied.alice.mint("narrow", endpoints=["GET /pub/**"])
    answer = proxied.site.raw("/a", [bearer(free), ("Connection", f"close, {named}")])
    if answer.status == 200:
        assert values(answer.json(), "X-Warder-User") == ["alice"]
    else:
        assert answer.status in (400, 401)
    proxied.application.seen.clear()
    assert proxied.site.raw("/secret", [bearer(narrow), ("Connection", f"close, {named}")]).status in (400, 401, 403)
    assert not proxied.application.seen


def test_request_with_two_credentials_does_not_reach_the_application(proxied):
    token = proxied.alice.mint("good")
    for fields in ([bearer(token), bearer(token)], [bearer(token), ("X-Warder-Token", token)], [bearer("nonsense"), ("X-Warder-Token", token)]):
        # Apache joins the two headers into one, which then is an invalid token.
        assert proxied.site.raw("/a", fields).status in (400, 401, 403), fields
    assert not proxied.application.seen


def test_revoked_token_is_401_on_the_next_request(proxied):
    token = proxied.alice.mint("short-lived")
    assert proxied.site.get("/a", token).status_code == 200
    assert proxied.alice.delete(f"/v1alpha/token/{token.id}").status_code == 200
    assert proxied.site.get("/a", token).status_code == 401
    assert len(proxied.application.seen) == 1


@pytest.mark.parametrize("grant", ["GET /pub/**", "GET /pub/*"])
def test_path_trick_does_not_reach_a_resource_outside_of_the_grant(proxied, grant):
    token = proxied.alice.mint("narrow", endpoints=[grant])
    for target in TRICKS:
        answer = proxied.site.raw(target, [bearer(token), ("Connection", "close")])
        # A proxy may also close the connection or redirect the client.
        assert answer is None or answer.status in (301, 308, 400, 403, 404) or answer.status == 200, (target, answer.status)
        assert (answer is not None and answer.status == 200) == bool(proxied.application.seen), target
        for seen in proxied.application.seen:
            assert reached(seen["target"]).startswith("/pub/"), (target, seen["target"])
        proxied.application.seen.clear()


def test_encoded_slash_through_apache_is_400_from_warder_by_default(start_proxy):
    proxied = start_proxy("apache")
    refused = proxied.site.raw("/pub/a%2fb", [bearer(proxied.alice.mint("good"))])
    assert refused.status == 400 and refused.json()["error"] == "bad_path"


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_request_over_tls_has_forwarded_proto_https(start_proxy, tmp_path, name):
    pair = make_certificate(tmp_path, "site", hosts=["photos.example.org"])
    proxied = start_proxy(name, certificate=pair)
    context = ssl.create_default_context(cafile=pair[0])

    def send(*fields):
        lines = ["GET /a%7e HTTP/1.1", "Host: photos.example.org", "X-Forwarded-Proto: http", *fields, "", ""]
        with Wire(proxied.site.port) as wire:
            wire.socket = context.wrap_socket(wire.socket, server_hostname="photos.example.org")
            return wire.send("\r\n".join(lines).encode()).receive()

    granted, other = proxied.alice.mint("here", endpoints=["//photos.example.org/**"]), proxied.alice.mint("there", endpoints=["//other.example.org/**"])
    assert [send().status, send(f"Authorization: Bearer {other}").status] == [401, 403]
    answer = send(f"Authorization: Bearer {granted}")
    assert answer.status == 200
    seen = answer.json()
    assert seen["target"] == "/a%7e" and values(seen, "X-Warder-User") == ["alice"] and values(seen, "X-Forwarded-Proto") == ["https"]


def test_encoded_slash_through_apache_is_unchanged_if_the_route_allows_it(start_proxy):
    proxied = start_proxy("apache", more="allow_encoded_slash = true\n")
    site, alice = proxied.site, proxied.alice
    unlimited, limited = bearer(alice.mint("good")), bearer(alice.mint("limited", endpoints=["/pub/*"]))
    for target in ("/pub/a%2fb", "/pub/a%2Fb?c=%2f", "/pub/%7ea%2Fb"):
        assert site.raw(target, [unlimited]).json()["target"] == target
        assert site.raw(target, [limited]).status == 403, "two segments to another server"
    for target in ("/pub/a%2f%2fb", "/pub/..%2fsecret", "/pub/%2e%2e%2Fsecret", "/pub/a%2f..%2f..%2fsecret"):
        assert site.raw(target, [unlimited]).status == 400


def test_request_is_503_while_warder_is_down_and_passes_after_its_restart(proxied):
    token = proxied.alice.mint("good")
    assert proxied.site.get("/a", token).status_code == 200
    proxied.server.stop()
    for headers in ({}, {"Authorization": f"Bearer {token}"}, {"X-Warder-User": "alice"}):
        assert proxied.site.get("/a", headers=headers).status_code == 503
    assert len(proxied.application.seen) == 1
    proxied.server.listen = f"127.0.0.1:{proxied.server.port}"
    proxied.server.start()
    assert proxied.site.get("/a", token).status_code == 200, "it recovers without help"
