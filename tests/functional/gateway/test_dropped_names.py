# SPDX-License-Identifier: MIT
"""Headers from which servers and applications take the path, the host or the user: those of a client never reach an upstream."""

import re

import pytest
from support.server import TOP
from support.upstream import route

PAGE = TOP / "docs" / "reference" / "security.md"
# From the contract and from public reports; the page lists all.
KNOWN = ["Script-Name", "X-Script-Name", "Path-Info", "X-Rewrite-URL", "X-Original-URL", "X-Forwarded-Prefix", "X-Host", "Front-End-Https", "Proxy", "Remote-User", "X-Remote-User", "X-WEBAUTH-USER",
         "X-Auth-Request-User", "X-Forwarded-User", "SSL-Client-S-DN", "Request-Method", "Request-URI", "X-Real-IP", "X-Accel-Mapping", "X-Sendfile-Type"]
SPELLINGS = [str, str.lower, lambda name: name.replace("-", "_"), lambda name: name.upper().replace("-", "_"), lambda name: name.replace("-", "."), lambda name: name.replace("-", "_", 1)]


def documented():
    section = PAGE.read_text().split("## Dropped request headers")[1].split("\n## ")[0]
    names = re.findall(r"`([^`]+)`", "".join(line for line in section.splitlines(keepends=True) if line.startswith("|")))
    assert len(names) > 50
    return [name.replace("*", "Anything") for name in names]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_header_that_upstreams_trust_is_dropped_in_every_spelling(gateway, upstream, spelling):
    names = [name for name in dict.fromkeys([*KNOWN, *documented()]) if name.lower() not in ("host", "content-length", "expect")]
    for start in range(0, len(names), 40):
        lines = [f"{spelling(name)}: forged" for name in names[start : start + 40]]
        assert gateway.server.raw(f"GET /a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {gateway.token}\r\n{''.join(line + chr(13) + chr(10) for line in lines)}\r\n".encode()).status == 200
        assert b"forged" not in upstream.next().head


def test_headers_that_clients_need_are_forwarded(gateway, upstream):
    lines = ["X-Auth-Token: 1", "X-Auth-User: u", "X-Requested-With: r", "X-Request-ID: i", "X-Amz-Date: d", "X-Amz-Content-Sha256: s", "Destination: /a/b", "Overwrite: F", "Depth: 1", "If: (<x>)",
             "X-HTTP-Method-Override: PUT", "X-Amz-Copy-Source: /b/k", "Origin: https://x.test", "Referer: https://x.test/", "Sec-Fetch-Mode: cors", "User-Agent: u", "Server: s", "Script: s",
             "Redirect: r", "X-Api-Key: k", "SOAPAction: a", "Idempotency-Key: k", "X-Hub-Signature: s", "Private-Token: p", "Remote: r", "Path: p", "X-Shopify: x", "Ssl: s"]
    assert gateway.server.raw("\r\n".join(["MOVE /a HTTP/1.1", "Host: localhost", f"Authorization: Bearer {gateway.token}", *lines, "", ""]).encode()).status == 200
    head = upstream.next().head
    for line in lines:
        assert line.encode() + b"\r\n" in head, line


@pytest.mark.parametrize("name", ["X-Remote-User", "X-Team-Member", "Remote-User", "X-Forwarded-User"])
def test_user_header_names_the_principal_and_replaces_the_clients(make_gateway, upstream, name):
    gateway = make_gateway(route("/a", upstream.url, user_header=name))
    forged = {name: "mallory", name.replace("-", "_"): "mallory", name.lower().replace("-", "."): "mallory"}
    assert gateway.get("/a", headers=forged).status_code == 200
    request = upstream.next()
    assert request.all(name) == ["admin"] and request.header("X-Warder-User") == "admin"
    assert b"mallory" not in request.head


def test_user_header_is_not_sent_for_a_preflight(make_gateway, upstream):
    gateway = make_gateway(route("/a", upstream.url, user_header="X-Team-Member", pass_preflight=True))
    lines = ["OPTIONS /a HTTP/1.1", "Host: localhost", "Origin: https://x.test", "Access-Control-Request-Method: PUT", "X-Team-Member: mallory", "", ""]
    assert gateway.server.raw("\r\n".join(lines).encode()).status == 200
    assert upstream.next().header("X-Team-Member") is None
