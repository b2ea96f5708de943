# SPDX-License-Identifier: MIT
"""The client and the upstream use different URLs for one resource: the gateway rewrites URLs in headers both ways."""

import pytest
from support.responses import assert_error
from support.upstream import ok, route

HOST = "warder.test:8442"


def send(gateway, method, path, *lines, host=HOST, token=None):
    more = "".join(f"{line}\r\n" for line in (f"Authorization: Bearer {token or gateway.token}", *lines))
    return gateway.server.raw(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode())


@pytest.fixture
def answered(make_gateway, upstream):
    """Returns the Location that the client gets for one that the upstream sends; `{u}` in it is the host and port of the upstream."""

    def answer(prefix, path, location, name="Location", request=None, top="", lines=(), other=(), **settings):
        gateway = make_gateway(route(prefix, upstream.url + path, **settings), *other, top=top)
        upstream.answer = ok(b"", f"{name}: {location.format(u=upstream.url.removeprefix('http://'))}", status="301 Moved Permanently")
        return send(gateway, "GET", request or prefix, *lines).header(name).replace(upstream.url, "UPSTREAM")

    return answer


# Location and Content-Location


@pytest.mark.parametrize(
    "prefix, path, location, expected",
    [
        ("/app", "/", "http://{u}/redir/", f"http://{HOST}/app/redir/"),
        ("/app", "/", "http://{u}/", f"http://{HOST}/app/"),
        ("/app", "/", "http://{u}", f"http://{HOST}/app"),
        ("/app", "/", "http://{u}?q=1#f", f"http://{HOST}/app?q=1#f"),
        ("/app", "/dav", "http://{u}/dav/a%2Fb?x=%20#y", f"http://{HOST}/app/a%2Fb?x=%20#y"),
        ("/app", "/dav/", "http://{u}/dav/a", f"http://{HOST}/app/a"),
        ("/app", "/dav", "http://{u}/dav", f"http://{HOST}/app"),
        ("/app", "/dav", "HTTP://{u}/dav/", f"http://{HOST}/app/"),
        ("/", "/dav", "http://{u}/dav", f"http://{HOST}/"),
        ("/", "/dav", "http://{u}/dav?x", f"http://{HOST}/?x"),
        ("/app", "", "http://{u}/app/x", f"http://{HOST}/app/x"),
        ("/app", "", "http://{u}/elsewhere", f"http://{HOST}/elsewhere"),
        ("/app", "/", "//{u}/x", f"http://{HOST}/app/x"),
        ("/app", "/", "https://{u}/x", f"http://{HOST}/app/x"),
        # Paths of the upstream that the gateway does not have.
        ("/app", "/dav", "/dav/x", "/app/x"),
        ("/app", "/dav", f"http://{HOST}/dav/x", f"http://{HOST}/app/x"),
    ],
)
@pytest.mark.parametrize("name", ["Location", "Content-Location"])
def test_location_on_the_upstream_is_rewritten_to_the_gateway(answered, prefix, path, location, expected, name):
    assert answered(prefix, path, location, name) == expected


@pytest.mark.parametrize(
    "prefix, path, location",
    [
        ("/app", "/dav", "http://{u}/davx"),
        ("/app", "/dav", "http://{u}/other"),
        ("/app", "/", "http://other.example/x"),
        ("/app", "/", "http://{u}.evil.example/x"),
        ("/app", "/", "http://user@{u}/x"),
        ("/app", "/", "http://{u}1/x"),
        ("/app", "/", "ftp://{u}/x"),
        ("/app", "/", "/login"),
        ("/app", "/dav", "/login"),
        ("/app", "/dav", "/davx"),
        ("/app", "/dav", "/app/x"),
        ("/app", "/dav", f"http://{HOST}/app/x"),
        ("/app", "/", f"http://{HOST}/login"),
        ("/app", "/dav", "x/y"),
        ("/app", "/dav", "?page=2"),
        ("/app", "/dav", "../x"),
        ("/dav", "/dav", "/dav/x"),
        ("/app", "", "/app/x"),
    ],
)
def test_location_elsewhere_or_already_correct_is_unchanged(answered, upstream, prefix, path, location):
    assert answered(prefix, path, location) == location.format(u=upstream.url.removeprefix("http://")).replace(upstream.url, "UPSTREAM")


def test_location_path_of_another_route_is_unchanged(answered, upstream):
    assert answered("/app", "/dav", "/dav/x", other=[route("/dav", upstream.url)]) == "/dav/x"


@pytest.mark.parametrize(
    "text, expected", [("0; url=http://{u}/x", f"0; url=http://{HOST}/app/x"), ("5;URL='http://{u}/x'", f"5;URL='http://{HOST}/app/x'"), ("5", "5")]
)
def test_refresh_url_is_rewritten_like_location(answered, text, expected):
    assert answered("/app", "/", text, "Refresh") == expected


@pytest.mark.parametrize("name", ["Link", "X-Location", "Content-Security-Policy"])
def test_urls_in_other_response_headers_are_unchanged(answered, name):
    assert answered("/app", "/", "http://{u}/x", name) == "UPSTREAM/x"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_location_uses_scheme_and_host_of_a_trusted_proxy(answered, scheme):
    forwarded = ["X-Forwarded-Proto: https", "X-Forwarded-Host: forged.example, photos.example.org"]
    top = 'trusted_proxies = ["127.0.0.1"]\n'
    assert answered("/app", "/", scheme + "://{u}/x", top=top, lines=forwarded) == "https://photos.example.org/app/x"


def test_location_ignores_forwarded_host_of_an_untrusted_client(answered):
    assert answered("/app", "/", "http://{u}/x", lines=["X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example"]) == f"http://{HOST}/app/x"


def test_location_for_a_request_without_host_is_a_path(make_gateway, upstream):
    gateway = make_gateway(route("/app", upstream.url + "/"))
    upstream.answer = ok(b"", f"Location: {upstream.url}/x", status="302 Found")
    answer = gateway.server.raw(f"GET /app HTTP/1.0\r\nAuthorization: Bearer {gateway.token}\r\n\r\n".encode())
    assert answer.header("Location") == "/app/x"


@pytest.mark.parametrize(
    "prefix, path, location, expected",
    [
        ("/app", "/", f"http://{HOST}/redir/", f"http://{HOST}/app/redir/"),
        ("/app", "/", f"http://{HOST}/app/redir/", f"http://{HOST}/app/redir/"),
        ("/app", "", f"http://{HOST}/x", f"http://{HOST}/x"),
        ("/app", "/dav", f"http://{HOST}/dav/x", f"http://{HOST}/app/x"),
    ],
)
def test_location_with_a_preserved_host_is_rewritten(answered, prefix, path, location, expected):
    assert answered(prefix, path, location, preserve_host=True) == expected


@pytest.mark.parametrize("path", ["/app/x", "/x"])
def test_location_with_a_preserved_host_keeps_https_of_the_client(answered, path):
    top = 'trusted_proxies = ["127.0.0.1"]\n'
    location = answered("/app", "/", f"http://{HOST}{path}", preserve_host=True, top=top, lines=["X-Forwarded-Proto: https"])
    assert location == f"https://{HOST}/app/x"


# Host and prefix for the upstream


@pytest.mark.parametrize("prefix, path, expected", [("/app", "/", "/app"), ("/app/%C3%A4", "/dav", "/app/%C3%A4"), ("/app", "", None), ("/app", "/app", None),
                                                    ("/app", "/app/", None), ("/", "/dav", None)])
def test_forwarded_prefix_header_names_the_replaced_prefix_and_drops_a_forged_one(make_gateway, upstream, prefix, path, expected):
    gateway = make_gateway(route(prefix, upstream.url + path))
    send(gateway, "GET", prefix, "X-Forwarded-Prefix: /forged")
    assert upstream.next().header("X-Forwarded-Prefix") == expected


def test_preserve_host_forwards_the_host_of_the_client(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url, preserve_host=True))
    send(gateway, "GET", "/a", host="Photos.Example.org:8442")
    request = upstream.next()
    assert request.header("Host") == request.header("X-Forwarded-Host") == "Photos.Example.org:8442"
    gateway.server.raw(f"GET /a HTTP/1.0\r\nAuthorization: Bearer {gateway.token}\r\n\r\n".encode())
    assert upstream.next().header("Host") == upstream.url.removeprefix("http://")


# Destination


@pytest.mark.parametrize(
    "prefix, path, destination, expected",
    [
        ("/files", "/dav", f"http://{HOST}/files/b.txt", "http://{u}/dav/b.txt"),
        ("/files", "/", f"http://{HOST}/files/b%20c?x=1", "http://{u}/b%20c?x=1"),
        ("/files", "", f"http://{HOST}/files/b", "http://{u}/files/b"),
        ("/files", "/dav", f"HTTPS://{HOST.upper()}/%66iles/b/", "http://{u}/dav/b/"),
        ("/files", "/dav", "/files/b.txt", "/dav/b.txt"),
        ("/files", "/dav", "/files", "/dav"),
        ("/", "/dav", f"http://{HOST}", "http://{u}/dav/"),
        ("/files", "/dav", "newdocid?rev=1-abc", "newdocid?rev=1-abc"),
    ],
)
@pytest.mark.parametrize("method", ["MOVE", "COPY"])
def test_destination_is_rewritten_to_the_url_of_the_upstream(make_gateway, upstream, prefix, path, destination, expected, method):
    gateway = make_gateway(route(prefix, upstream.url + path))
    assert send(gateway, method, f"{prefix.rstrip('/')}/a.txt", f"Destination: {destination}", "Overwrite: F").status == 200
    assert upstream.next().header("Destination") == expected.format(u=upstream.url.removeprefix("http://"))


def test_destination_with_a_preserved_host_keeps_the_host_and_gets_the_upstream_scheme(make_gateway, upstream):
    gateway = make_gateway(route("/files", upstream.url + "/dav", preserve_host=True))
    send(gateway, "MOVE", "/files/a", f"Destination: https://{HOST}/files/b")
    assert upstream.next().header("Destination") == f"http://{HOST}/dav/b"


def test_destination_with_the_host_of_a_trusted_proxy_is_rewritten(make_gateway, upstream):
    gateway = make_gateway(route("/files", upstream.url + "/dav"), top='trusted_proxies = ["127.0.0.1"]\n')
    answer = send(gateway, "MOVE", "/files/a", "Destination: https://files.example.org/files/b", "X-Forwarded-Host: files.example.org")
    assert answer.status == 200
    assert upstream.next().header("Destination") == f"{upstream.url}/dav/b"


@pytest.mark.parametrize(
    "destination, status, slug",
    [
        ("http://other.example/files/b", 403, "forbidden"),
        ("ftp://warder.test:8442/files/b", 403, "forbidden"),
        (f"http://{HOST}/other/b", 403, "forbidden"),
        (f"http://{HOST}/nowhere/b", 403, "forbidden"),
        ("/dav/b", 403, "forbidden"),
        ("/filesystem", 403, "forbidden"),
        (f"http://{HOST}/files/../other/b", 400, "bad_path"),
        ("/files/%2e%2e/other/b", 400, "bad_path"),
        ("/files/x%2Fy", 400, "bad_path"),
        ("//files/b", 403, "forbidden"),
        ("../other/b", 400, "bad_path"),
        ("%2e%2e/other", 400, "bad_path"),
        ("..%5cother", 400, "bad_path"),
    ],
)
@pytest.mark.parametrize("method", ["MOVE", "POST"])
def test_destination_outside_of_the_route_is_rejected(make_gateway, upstream, destination, status, slug, method):
    gateway = make_gateway(route("/files", upstream.url + "/dav"), route("/other", upstream.url + "/other"))
    assert_error(send(gateway, method, "/files/a", f"Destination: {destination}"), status, slug)
    assert not upstream.has_requests()


def test_destination_without_strict_paths_may_be_ambiguous_but_must_not_leave_the_route(make_gateway, upstream):
    gateway = make_gateway(route("/files", upstream.url + "/dav", strict_paths=False), route("/other", upstream.url))
    assert send(gateway, "MOVE", "/files/a", f"Destination: http://{HOST}/files/100%2525/b").status == 200
    assert upstream.next().header("Destination") == f"{upstream.url}/dav/100%2525/b"
    assert send(gateway, "MOVE", "/files/a", "Destination: /files/../other/b").status in (400, 403)


def test_request_with_two_destinations_is_400(make_gateway, upstream):
    gateway = make_gateway(route("/files", upstream.url))
    assert_error(send(gateway, "MOVE", "/files/a", "Destination: /files/b", "Destination: /files/c"), 400, "bad_request")
    assert not upstream.has_requests()


def test_destination_covered_by_a_scoped_token_is_rewritten(make_gateway, upstream):
    gateway = make_gateway(route("/files", upstream.url + "/dav"))
    mine = gateway.admin.mint("mine", endpoints=["/files/mine/**"])
    assert send(gateway, "MOVE", "/files/mine/a", "Destination: /files/mine/b", token=mine).status == 200
    assert upstream.next().header("Destination") == "/dav/mine/b"


# If


@pytest.mark.parametrize(
    "condition, expected",
    [
        (f"<http://{HOST}/files/a> (<opaquelocktoken:1> [\"e\"])", '<http://{u}/dav/a> (<opaquelocktoken:1> ["e"])'),
        (f"<http://{HOST}/files/a> (<urn:1>) </files/b/> (Not <urn:2>) (<urn:3>)", "<http://{u}/dav/a> (<urn:1>) </dav/b/> (Not <urn:2>) (<urn:3>)"),
        ("(<opaquelocktoken:1>)", "(<opaquelocktoken:1>)"),
        ("<http://other.example/files/a> (<urn:1>)", "<http://other.example/files/a> (<urn:1>)"),
        ("</elsewhere> (<urn:1>)", "</elsewhere> (<urn:1>)"),
        ("(</files/a>)", "(</files/a>)"),
        ("<", "<"),
        ("</files/a", "</dav/a"),
    ],
)
def test_resources_in_an_if_header_are_rewritten_to_urls_of_the_upstream(make_gateway, upstream, condition, expected):
    gateway = make_gateway(route("/files", upstream.url + "/dav"))
    send(gateway, "PUT", "/files/a", f"If: {condition}", "Content-Length: 0")
    assert upstream.next().header("If") == expected.format(u=upstream.url.removeprefix("http://"))
