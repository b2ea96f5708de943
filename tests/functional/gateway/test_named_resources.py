# SPDX-License-Identifier: MIT
"""Resources and methods that a request names outside of its request line: a scoped token must cover these too."""

import threading

import pytest
from support.responses import assert_error
from support.upstream import route

COVERED = "insufficient_scope"


@pytest.fixture
def dav(make_gateway, upstream):
    """A gateway in front of one server, with a token for /dav/mine/** and another route."""
    gateway = make_gateway(route("/", upstream.url), route("/other", upstream.url), route("/open", upstream.url, allow_encoded_slash=True))
    gateway.mine = gateway.admin.mint("mine", endpoints=["/dav/mine/**", "/open/**", "/other/**"])
    return gateway


def head(method, target, *lines, bearer):
    more = "".join(f"{line}\r\n" for line in (f"Authorization: Bearer {bearer}", *lines))
    return f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode("latin-1")


def send(gateway, method, target, *lines, bearer=None, body=b""):
    return gateway.server.raw(head(method, target, *lines, bearer=bearer or gateway.mine) + body)


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
@pytest.mark.parametrize("destination", ["/dav/mine/g", "http://localhost/dav/mine/g", "https://localhost/dav/mine/g", "http://localhost:80/dav/mine/g",
                                         "HTTP://LOCALHOST/dav/mine/g", "/dav/mine/%67", "/dav/mine/"])
def test_copy_and_move_within_the_grants_pass(dav, upstream, method, destination):
    assert send(dav, method, "/dav/mine/f", f"Destination: {destination}").status == 200
    assert upstream.next().method == method


@pytest.mark.parametrize("method", ["COPY", "MOVE", "PUT"])
@pytest.mark.parametrize("destination", ["/dav/other/g", "http://localhost/dav/other/g", "http://localhost", "/dav/minemine", "http://other.test/dav/mine/g",
                                         "http://localhost:81/dav/mine/g", "http://localhost@evil.test/dav/mine/g", "http:///dav/mine/g", "/other/g"])
def test_destination_outside_of_the_grants_is_403(dav, upstream, method, destination):
    assert_error(send(dav, method, "/dav/mine/f", f"Destination: {destination}"), 403, COVERED)
    assert not upstream.has_requests()


@pytest.mark.parametrize("destination", ["", "g", "dav/mine/g", "/dav/mine/../other/g", "/dav/mine//g", "//localhost/dav/mine/g", "/dav/mine/a%2f..%2f..%2fother", "/dav/mine/%2e%2e/other",
                                         "/dav/mine/g?/../../other", "/dav/mine/g#x", "/dav/mine/..;/g", "/dav/mine/a b", "/dav/mine/%zz", "/dav/mine/a%5cb", "/dav/mine/%252e%252e/x",
                                         "<http://localhost/dav/mine/g>", "ftp://localhost/dav/mine/g", "http:/dav/mine/g", "/dav/mine/g, /dav/other/g"])
def test_invalid_destination_is_403_bad_path(dav, upstream, destination):
    assert_error(send(dav, "MOVE", "/dav/mine/f", f"Destination: {destination}"), 403, "bad_path")
    assert not upstream.has_requests()


def test_second_destination_is_403_bad_path(dav, upstream):
    assert_error(send(dav, "COPY", "/dav/mine/f", "Destination: /dav/mine/g", "destination: /dav/mine/g"), 403, "bad_path")
    assert not upstream.has_requests()


def test_destination_with_encoded_slash_passes_if_the_route_allows_it_and_a_double_star_covers_it(dav):
    assert send(dav, "COPY", "/open/f", "Destination: /open/a%2Fb").status == 200
    assert_error(send(dav, "COPY", "/open/f", "Destination: /open/a%2F..%2Fb"), 403, "bad_path")
    star = dav.admin.mint("star", endpoints=["/open/*"])
    assert_error(send(dav, "COPY", "/open/f", "Destination: /open/a%2Fb", bearer=star), 403, COVERED)


def test_destination_must_be_covered_by_a_grant_with_the_request_method(dav):
    token = dav.admin.mint("copies", endpoints=["GET,COPY /dav/mine/**", "PUT /dav/drop/**", "COPY /dav/copies/**"])
    assert send(dav, "COPY", "/dav/mine/f", "Destination: /dav/copies/f", bearer=token).status == 200
    assert_error(send(dav, "COPY", "/dav/mine/f", "Destination: /dav/drop/f", bearer=token), 403, COVERED)
    assert_error(send(dav, "MOVE", "/dav/mine/f", "Destination: /dav/mine/g", bearer=token), 403, COVERED)


def test_destination_outside_of_the_ceiling_is_403(dav):
    dav.admin.post("/v1alpha/users/", {"username": "carol", "password": "the password of carol", "endpoints": ["/dav/mine/**"]})
    token = dav.server.person("carol", "the password of carol").mint("hers")
    assert send(dav, "MOVE", "/dav/mine/f", "Destination: /dav/mine/g", bearer=token).status == 200
    assert_error(send(dav, "MOVE", "/dav/mine/f", "Destination: /dav/other/g", bearer=token), 403, COVERED)


def test_unscoped_token_may_send_any_destination_override_or_copy_source(dav):
    for lines in (["Destination: /dav/other/g"], ["X-HTTP-Method-Override: DELETE"], ["X-Amz-Copy-Source: /private/x"],
                  ["X-HTTP-Method-Override: ???"], ["Impersonate-User: bob"]):
        assert send(dav, "COPY", "/dav/x", *lines, bearer=dav.token).status == 200, lines


# Method overrides


OVERRIDES = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "x_http_method_override", "X.HTTP.Method", "X-HTTP_Method-Override", "Method-Override", "X-HTTP-Verb", "X-Rest-Method"]


@pytest.mark.parametrize("name", OVERRIDES)
def test_method_override_outside_of_the_grants_is_403(dav, upstream, name):
    token = dav.admin.mint("reads", endpoints=["GET,POST /dav/mine/**"])
    for method in ("DELETE", "PUT", "delete", "post"):
        assert_error(send(dav, "POST", "/dav/mine/f", f"{name}: {method}", bearer=token), 403, COVERED)
    assert not upstream.has_requests()
    for method in ("GET", "HEAD", "POST"):
        assert send(dav, "POST", "/dav/mine/f", f"{name}: {method}", bearer=token).status == 200
    assert_error(send(dav, "DELETE", "/dav/mine/f", f"{name}: GET", bearer=token), 403, COVERED)


@pytest.mark.parametrize("value", ["", "GET, DELETE", "GET DELETE", "GET;x", "/x"])
def test_invalid_method_override_is_403_bad_path(dav, upstream, value):
    assert_error(send(dav, "POST", "/dav/mine/f", f"X-HTTP-Method-Override: {value}"), 403, "bad_path")
    assert not upstream.has_requests()


def test_repeated_method_override_is_403_and_each_override_header_is_authorized(dav):
    assert_error(send(dav, "POST", "/dav/mine/f", "X-HTTP-Method: GET", "X_HTTP_Method: GET"), 403, "bad_path")
    token = dav.admin.mint("posts", endpoints=["GET,POST /dav/mine/**"])
    assert_error(send(dav, "POST", "/dav/mine/f", "X-HTTP-Method: GET", "X-Method-Override: DELETE", bearer=token), 403, COVERED)


def test_destination_of_a_move_by_method_override_must_be_covered(dav, upstream):
    assert_error(send(dav, "POST", "/dav/mine/f", "X-HTTP-Method-Override: MOVE", "Destination: /dav/other/f"), 403, COVERED)
    token = dav.admin.mint("posts", endpoints=["POST /dav/**", "MOVE /dav/mine/**"])
    assert_error(send(dav, "POST", "/dav/mine/f", "X-HTTP-Method-Override: MOVE", "Destination: /dav/other/f", bearer=token), 403, COVERED)
    assert not upstream.has_requests()
    assert send(dav, "POST", "/dav/mine/f", "X-HTTP-Method-Override: MOVE", "Destination: /dav/mine/g", bearer=token).status == 200


# Copy sources


@pytest.fixture
def bucket(dav):
    return dav.admin.mint("bucket", endpoints=["GET,PUT /mine/**", "PUT /drop/**"])


@pytest.mark.parametrize("source", ["/mine/a", "mine/a", "/mine/a?versionId=3.a_-B", "mine/b/c%20d", "/mine/%61"])
@pytest.mark.parametrize("name", ["X-Amz-Copy-Source", "x_amz_copy_source", "X-Goog-Copy-Source"])
def test_copy_source_within_the_grants_passes(dav, bucket, name, source):
    assert send(dav, "PUT", "/mine/k", f"{name}: {source}", bearer=bucket).status == 200


@pytest.mark.parametrize("source", ["/private/a", "private/a", "private/a?versionId=1", "/drop/a", "http://evil.test/mine/a", "arn:aws:s3:::mine/a"])
@pytest.mark.parametrize("name", ["X-Amz-Copy-Source", "X_Amz_Copy_Source", "X-Oss-Copy-Source"])
def test_copy_source_outside_of_the_grants_is_403(dav, upstream, bucket, name, source):
    assert_error(send(dav, "PUT", "/mine/k", f"{name}: {source}", bearer=bucket), 403, COVERED)
    assert not upstream.has_requests()


@pytest.mark.parametrize("source", ["", "/", "mine/../private/a", "mine%2fa", "//mine/a", "/mine/a?versionId=/../x", "/mine/a?x=y", "/mine/%2e%2e/private/a", "/mine/a?versionId=1?versionId=2"])
def test_invalid_copy_source_is_403_bad_path(dav, upstream, bucket, source):
    assert_error(send(dav, "PUT", "/mine/k", f"X-Amz-Copy-Source: {source}", bearer=bucket), 403, "bad_path")
    assert not upstream.has_requests()


def test_second_copy_source_is_403_bad_path(dav, bucket):
    assert_error(send(dav, "PUT", "/mine/k", "X-Amz-Copy-Source: /mine/a", "X_Amz_Copy_Source: /mine/a", bearer=bucket), 403, "bad_path")


def test_copy_source_is_authorized_below_a_replaced_route_prefix(make_gateway, upstream):
    gateway = make_gateway(route("/s3", upstream.url + "/"))
    token = gateway.admin.mint("bucket", endpoints=["/s3/mine/**"])
    assert send(gateway, "PUT", "/s3/mine/k", "X-Amz-Copy-Source: mine/a", bearer=token).status == 200
    assert_error(send(gateway, "PUT", "/s3/mine/k", "X-Amz-Copy-Source: private/a", bearer=token), 403, COVERED)


def test_grant_with_a_host_does_not_cover_a_copy_source(dav):
    token = dav.admin.mint("hosted", endpoints=["//localhost/**"])
    assert_error(send(dav, "PUT", "/k", "X-Amz-Copy-Source: /private/a", bearer=token), 403, COVERED)


@pytest.mark.parametrize("line", ["X-Amz-Rename-Source: /mine/a", "x-ms-file-rename-source: /mine/a", "X-Copy-From: mine/a", "X-Copy-From-Account: b", "Destination-Account: b", "Impersonate-User: b",
                                  "impersonate_group: b", "Sudo: b"])
def test_header_that_no_grant_can_cover_is_403_for_a_scoped_token(dav, upstream, bucket, line):
    assert_error(send(dav, "PUT", "/mine/k", line, bearer=bucket), 403, COVERED)
    assert not upstream.has_requests()


# JSON-RPC routes and streams


def test_json_rpc_route_authorizes_destination_override_and_copy_source(make_gateway, upstream):
    gateway = make_gateway(route("/", upstream.url), route("/rpc", upstream.url, json_rpc=True))
    token = gateway.admin.mint("calls", endpoints=["POST /rpc rpc:get*"])
    body = b'{"method":"getinfo","id":1}'

    def call(*lines):
        return send(gateway, "POST", "/rpc", f"Content-Length: {len(body)}", *lines, bearer=token, body=body)

    assert call().status == 200
    upstream.requests.clear()
    for line in ("X-HTTP-Method-Override: DELETE", "Destination: /rpc/other", "X-Amz-Copy-Source: /other/x"):
        refused = call(line)
        assert (refused.status, refused.json()["error"]["data"]) == (403, COVERED), line
    assert_error(call("Destination: //x"), 403, "bad_path")
    assert not upstream.has_requests()


def test_stream_ends_when_its_destination_is_not_covered_anymore(make_gateway, upstream):
    release = threading.Event()

    def stream(_, peer):
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        release.wait(30)

    upstream.answer = stream
    gateway = make_gateway(route("/", upstream.url))
    token = gateway.admin.mint("moves", endpoints=["/a/**", "/b/**"])
    with gateway.server.wire() as wire:
        wire.socket.sendall(head("MOVE", "/a/f", "Destination: /b/f", bearer=token))
        wire.socket.settimeout(20)
        received = b""
        while b"first" not in received:
            received += wire.socket.recv(4096)
        assert gateway.admin.patch(f"/v1alpha/token/{token.id}", {"endpoints": ["/a/**"]}).status_code == 200
        while piece := wire.socket.recv(4096):
            received += piece
        assert not received.endswith(b"0\r\n\r\n")
    release.set()
