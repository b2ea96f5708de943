# SPDX-License-Identifier: MIT
"""Headers that name a second resource or another method: the decision endpoint authorizes those that the proxy forwards."""

import pytest
from support.responses import assert_error
from support.server import ADMIN_PASSWORD

HEADERS = {"forwarded": ("X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Host"), "original": ("X-Original-Method", "X-Original-URI", "X-Original-Host")}
HOST = "dav.example.org"


@pytest.fixture(params=["forwarded", "original", "path"])
def decide(request, start_server):
    """`decide(method, uri, token, *lines)` sends the decision request that a proxy with this source sends for a request."""
    source = request.param
    server = start_server(env={"WARDER_DECISION_SOURCE": source})
    admin = server.person("admin", ADMIN_PASSWORD)

    def send(method, uri, token, *lines, host=HOST):
        if source == "path":
            head = [f"{method} /auth{uri} HTTP/1.1", f"Host: {host}"]
        else:
            head = ["GET /auth HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in zip(HEADERS[source], (method, uri, host)) if value)]
        return server.raw("\r\n".join([*head, f"Authorization: Bearer {token}", *lines, "", ""]).encode("latin-1"))

    send.admin, send.source = admin, source
    return send


def test_destination_of_copy_or_move_must_be_covered(decide):
    token = decide.admin.mint("mine", endpoints=["/dav/mine/**"])
    for method in ("COPY", "MOVE"):
        for destination in ("/dav/mine/g", f"https://{HOST}/dav/mine/g", f"http://{HOST}:80/dav/mine/g"):
            assert decide(method, "/dav/mine/f", token, f"Destination: {destination}").status == 200, destination
        for destination in ("/dav/other/g", f"http://{HOST}/dav/other/g", "http://other.example.org/dav/mine/g", f"http://{HOST}:81/dav/mine/g"):
            assert_error(decide(method, "/dav/mine/f", token, f"Destination: {destination}"), 403, "insufficient_scope")
        for destination in ("", "g", "/dav/mine/../other", "//x/dav/mine/g", "/dav/mine/a%2fb", "/dav/mine/g?x"):
            assert_error(decide(method, "/dav/mine/f", token, f"Destination: {destination}"), 403, "bad_path")
        assert_error(decide(method, "/dav/mine/f", token, "Destination: /dav/mine/g", "Destination: /dav/mine/g"), 403, "bad_path")


def test_copy_or_move_without_a_destination_is_403(decide):
    token = decide.admin.mint("mine", endpoints=["/dav/mine/**"])
    for method in ("COPY", "MOVE"):
        message = assert_error(decide(method, "/dav/mine/f", token), 403, "insufficient_scope")
        assert "Destination" in message
    assert_error(decide("POST", "/dav/mine/f", token, "X-HTTP-Method-Override: MOVE"), 403, "insufficient_scope")
    assert decide("PROPFIND", "/dav/mine/f", token).status == 200
    free = decide.admin.mint("free")
    for lines in ((), ("Destination: //x",), ("Destination: /a", "Destination: /b")):
        assert decide("MOVE", "/dav/mine/f", free, *lines).status == 200


def test_absolute_destination_is_403_if_the_proxy_names_no_host(decide):
    if decide.source == "path":
        return
    token = decide.admin.mint("mine", endpoints=["/dav/mine/**"])
    assert_error(decide("COPY", "/dav/mine/f", token, f"Destination: http://{HOST}/dav/mine/g", host=None), 403, "insufficient_scope")
    assert decide("COPY", "/dav/mine/f", token, "Destination: /dav/mine/g", host=None).status == 200


def test_method_override_and_copy_source_must_be_covered(decide):
    token = decide.admin.mint("mine", endpoints=["GET,POST,PUT /mine/**"])
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X_HTTP_Method_Override"):
        assert decide("POST", "/mine/f", token, f"{name}: PUT").status == 200
        assert_error(decide("POST", "/mine/f", token, f"{name}: DELETE"), 403, "insufficient_scope")
        assert_error(decide("POST", "/mine/f", token, f"{name}: PUT, DELETE"), 403, "bad_path")
        assert_error(decide("POST", "/mine/f", token, f"{name}: PUT", f"{name}: PUT"), 403, "bad_path")
    for source, status in (("/mine/a", 200), ("mine/a?versionId=1", 200), ("/private/a", 403), ("/mine/../private/a", 403)):
        assert decide("PUT", "/mine/k", token, f"X-Amz-Copy-Source: {source}").status == status, source
    free = decide.admin.mint("free")
    assert decide("PUT", "/mine/k", free, "X-Amz-Copy-Source: /private/a", "X-HTTP-Method: DELETE").status == 200
