# SPDX-License-Identifier: MIT
"""Behavior that the source document and the RFCs leave open."""

import re
import socket

import pytest
from support.keys import read_keys
from support.responses import NO_SUCH_TOKEN, assert_error
from support.waiting import eventually

HEALTH = b"GET /healthz/readiness HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize("path", ["/openapi.json", "/v1alpha/whoami", "/v1alpha/users/alice"])
def test_unknown_query_parameter_is_rejected_with_400(alice, path):
    assert "nonsense" in assert_error(alice.get(f"{path}?nonsense=1"), 400, "bad_field")


def test_connect_is_405_and_trace_404_on_unknown_targets(warder):
    assert_error(warder.raw(b"CONNECT nowhere.example:443 HTTP/1.1\r\nHost: nowhere.example:443\r\n\r\n"), 405, "method_not_allowed")
    assert_error(warder.raw(b"TRACE /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"), 404, "not_found")


@pytest.mark.parametrize("version", ["HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/11", "http/1.1"])
def test_unsupported_http_version_is_rejected_with_400(warder, version):
    assert_error(warder.raw(f"GET /healthz/liveness {version}\r\nHost: x\r\n\r\n".encode()), 400, "bad_request")


def test_header_fields_beyond_64_are_rejected_with_431(warder):
    fields = b"".join(b"X-%d: a\r\n" % number for number in range(63))
    assert warder.raw(HEALTH + fields + b"\r\n").status == 200
    assert_error(warder.raw(HEALTH + fields + b"X-63: a\r\n\r\n"), 431, "headers_too_large")


@pytest.mark.parametrize("overlap", [0, "0 s", "PT0S"])
def test_renewal_with_zero_overlap_ends_the_old_token(warder, alice, overlap):
    old = alice.mint("one")
    assert alice.post(f"/v1alpha/token/{old.id}/renew", {"overlap": overlap}).status_code == 201
    assert not warder.accepts(old)
    assert_error(alice.get(f"/v1alpha/token/{old.id}"), 404, "unknown_token", NO_SUCH_TOKEN)


@pytest.mark.parametrize("prefix", ["/v1alpha", "/api/v1alpha"])
def test_location_and_link_keep_the_prefix_of_the_request(alice, prefix):
    made = alice.post(f"{prefix}/token", {"jwt_token_description": "one", "jwt_token_life": 60})
    assert made.headers["Location"].startswith(f"{prefix}/token/")
    alice.mint("two")
    assert alice.get(f"{prefix}/token?limit=1").headers["Link"].startswith(f"<{prefix}/token/?")


def test_token_list_with_user_parameter_has_username_last(admin, alice):
    token = alice.mint("one")
    entry = admin.get("/v1alpha/token/?user=alice").json()["jwt_tokens"][token.id]
    assert list(entry)[-1] == "username"


def test_token_list_of_all_users_is_paged_by_1000(admin):
    for number in range(1001):
        admin.mint(str(number))
    first = admin.get("/v1alpha/token/?user=*")
    assert len(first.json()["jwt_tokens"]) == 1000
    rest = admin.get(re.fullmatch(r'<(.*)>; rel="next"', first.headers["Link"]).group(1))
    assert len(rest.json()["jwt_tokens"]) == 1 and "Link" not in rest.headers


def test_expired_tokens_that_are_still_listed_count_against_max_per_user(start_server):
    server = start_server(config_text="[tokens]\nmax_per_user = 1\n")
    admin = server.person("admin", server.env["WARDER_ADMIN_PASSWORD"])
    token = admin.mint("one", life="1 s")
    eventually(lambda: admin.tokens()[token.id]["jwt_token_remaining_life"] == 0)
    refused = admin.post("/v1alpha/token/", {"jwt_token_description": "two", "jwt_token_life": 60})
    assert_error(refused, 409, "too_many_tokens")
    admin.delete(f"/v1alpha/token/{token.id}")
    assert admin.mint("two")


def test_created_at_is_rfc_3339_in_utc(alice):
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", alice.get("/v1alpha/users/alice").json()["created_at"])


def is_refused(port):
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) != 0


def test_readiness_is_503_while_the_server_drains(warder):
    with warder.wire() as wire:
        wire.send(HEALTH + b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n")
        assert wire.receive().status == 100  # a request in flight: the server waits for the rest
        warder.terminate()
        eventually(lambda: is_refused(warder.port))
        answer = wire.send(b" ").receive()
        assert_error(answer, 503, "unavailable")
        assert answer.header("Retry-After")
        assert wire.is_closed()
    assert warder.wait() == 0


def test_token_without_key_id_is_denied_after_the_first_key_is_retired(warder, alice):
    old = alice.mint("by the first key")
    first = read_keys(warder.data_dir)[0][0]
    assert warder.cli("key", "rotate").returncode == 0
    new = alice.mint("by the second key")
    assert warder.cli("key", "retire", first, "--revoke-tokens").returncode == 0
    assert [key for key, _ in read_keys(warder.data_dir)] == [warder.cli("key", "list").stdout.splitlines()[1].split()[0]]
    assert not warder.accepts(old) and warder.accepts(new)
    assert warder.accepts(alice.mint("by the key that is left"))
