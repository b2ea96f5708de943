# SPDX-License-Identifier: MIT
"""Tokens that may be used from some addresses only ("allowed_from")."""

import json

import pytest
from support.migration import execute
from support.responses import BASIC, DISABLED, PASSWORD_REQUIRED, assert_error, challenges
from support.scrape import LISTEN, Metrics
from support.server import ADMIN_PASSWORD
from support.stores import store_file
from support.upstream import route
from support.waiting import eventually

PROXIED = 'trusted_proxies = ["127.0.0.1"]\n'
INSIDE, OUTSIDE = "192.0.2.7", "198.51.100.9"
NETWORK = ["192.0.2.0/24"]


@pytest.fixture
def server(start_with_store):
    return start_with_store(PROXIED)


@pytest.fixture
def owner(server):
    return server.person("admin", ADMIN_PASSWORD)


def set_networks(person, token, networks):
    answer = person.patch(f"/v1alpha/token/{token.id}", {"allowed_from": networks})
    assert answer.status_code == 200, answer.text
    return answer.json()


def use(server, token, client, path="/v1alpha/whoami", method="GET", **options):
    headers = {**options.pop("headers", {}), **({"X-Forwarded-For": client} if client else {})}
    return server.request(method, path, bearer=token, headers=headers, **options)


def assert_not_allowed(answer, client):
    message = assert_error(answer, 403, "address_not_allowed")
    assert message == f"The access token may not be used from {client}."
    assert challenges(answer) == [] and "Retry-After" not in answer.headers


def test_token_is_accepted_from_its_networks_alone(server, owner):
    token = owner.mint("one", allowed_from=NETWORK)
    for path in ("/v1alpha/whoami", "/auth"):
        assert use(server, token, INSIDE, path).status_code == 200
        assert_not_allowed(use(server, token, OUTSIDE, path), OUTSIDE)
        assert_not_allowed(use(server, token, None, path), "127.0.0.1")


@pytest.mark.parametrize(
    "networks, inside, outside",
    [
        (["127.0.0.0/8"], ["127.0.0.2", "::ffff:127.1.2.3"], ["128.0.0.1", "::1", "::7f00:1"]),
        (["0.0.0.0/0"], ["1.2.3.4", "::ffff:1.2.3.4", "255.255.255.255"], ["2001:db8::1", "::"]),
        (["::/0"], ["2001:db8::1", "::", "::2"], ["1.2.3.4", "::ffff:1.2.3.4"]),
        (["2001:db8::/33", "::1"], ["2001:db8:7fff::1", "[2001:db8::2]:4711", "::1"], ["2001:db8:8000::", "::2", "32.1.13.184"]),
        (["::ffff:10.0.0.0/105"], ["10.127.255.255", "::ffff:10.0.0.1"], ["10.128.0.0", "::a00:1"]),
        (["192.0.2.128/25", "192.0.2.7/32"], ["192.0.2.128", "192.0.2.255", "192.0.2.7", "192.0.2.7:80"], ["192.0.2.127", "192.0.2.6"]),
    ],
    ids=["IPv4", "all of IPv4", "all of IPv6", "IPv6", "mapped", "several"],
)
def test_address_is_in_the_network_whose_prefix_it_has(server, owner, networks, inside, outside):
    token = owner.mint("one", allowed_from=networks)
    assert [use(server, token, client).status_code for client in inside] == [200] * len(inside)
    assert [use(server, token, client).status_code for client in outside] == [403] * len(outside)


def test_client_behind_an_untrusted_peer_is_the_peer(start_server):
    server = start_server(config_text='trusted_proxies = ["10.0.0.0/8"]\n')
    owner = server.person("admin", ADMIN_PASSWORD)
    token, own = owner.mint("one", allowed_from=NETWORK), owner.mint("two", allowed_from=["127.0.0.1"])
    assert_not_allowed(use(server, token, INSIDE), "127.0.0.1")
    assert use(server, own, INSIDE).status_code == 200


def test_client_is_the_rightmost_address_that_is_no_trusted_proxy(server, owner):
    token = owner.mint("one", allowed_from=NETWORK)
    assert use(server, token, f"{OUTSIDE}, {INSIDE}, 127.0.0.1").status_code == 200
    assert_not_allowed(use(server, token, f"{INSIDE}, {OUTSIDE}"), OUTSIDE)
    assert_not_allowed(use(server, token, f"{INSIDE}, unknown"), "127.0.0.1")


def test_client_that_connects_by_ipv6_is_its_ipv6_address(start_server):
    server = start_server(listen="[::1]:0")
    owner = server.person("admin", ADMIN_PASSWORD)
    assert server.accepts(owner.mint("six", allowed_from=["::1"]))
    assert_not_allowed(server.get("/v1alpha/whoami", bearer=owner.mint("four", allowed_from=["127.0.0.0/8"])), "::1")


@pytest.mark.parametrize(
    "entry, canonical",
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.0.0.1/32", "10.0.0.1"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:c000:0200/120", "192.0.2.0/24"),
        ("2001:DB8:0:0::/32", "2001:db8::/32"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("::1/128", "::1"),
        ("::/0", "::/0"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ],
)
def test_networks_are_stored_and_shown_in_canonical_form(owner, entry, canonical):
    body = {"jwt_token_description": "one", "jwt_token_life": "1 hour", "endpoints": ["/**"], "allowed_from": [entry, "::2"]}
    minted = owner.post("/v1alpha/token/", body).json()
    assert list(minted)[-2:] == ["endpoints", "allowed_from"]
    shown = owner.get(f"/v1alpha/token/{minted['jwt_token_id']}").json()
    listed = owner.get("/v1alpha/token/").json()["jwt_tokens"][minted["jwt_token_id"]]
    assert minted["allowed_from"] == shown["allowed_from"] == listed["allowed_from"] == [canonical, "::2"]


def test_token_without_the_limit_does_not_have_the_key(server, owner):
    token = owner.mint("one")
    assert "allowed_from" not in token.answer
    assert "allowed_from" not in owner.get(f"/v1alpha/token/{token.id}").json()
    assert "allowed_from" not in use(server, token, INSIDE).json()


def test_whoami_shows_the_networks_between_grants_and_ceiling(server, owner):
    owner.post("/v1alpha/users/", {"username": "bob", "password": "bob's long password"})
    bob = server.person("bob", "bob's long password")
    token = bob.mint("one", endpoints=["/**"], allowed_from=NETWORK)
    shown = use(server, token, INSIDE).json()
    assert shown["allowed_from"] == NETWORK and list(shown)[-2:] == ["endpoints", "allowed_from"]


@pytest.mark.parametrize(
    "entry, advice",
    [
        ("10.0.0.1/8", 'the network is "10.0.0.0/8"'),
        ("2001:db8::1/32", 'the network is "2001:db8::/32"'),
        ("::ffff:10.0.0.1/104", 'the network is "10.0.0.0/8"'),
        ("fe80::1%eth0", "zone id"),
        ("fe80::%1/64", "zone id"),
        ("10.0.0.0/33", "from 0 to 32"),
        ("::/129", "0 to 128"),
        ("10.0.0.0/", "from 0 to 32"),
        ("10.0.0.0/08", "from 0 to 32"),
        ("10.0.0.0/+8", "from 0 to 32"),
        ("10.0.0.0/-1", "from 0 to 32"),
        ("10.0.0.0/8/8", "from 0 to 32"),
        ("10.0.0.0/255.0.0.0", "from 0 to 32"),
        ("", "such as"),
        ("/8", "such as"),
        ("10.0.0", "such as"),
        ("010.0.0.1", "such as"),
        ("10.0.0.256", "such as"),
        (" 10.0.0.0/8", "such as"),
        ("10.0.0.0 /8", "such as"),
        ("[::1]", "such as"),
        ("127.0.0.1:80", "such as"),
        ("localhost", "such as"),
        ("*", "such as"),
        ("10.0.0.0\0", "such as"),
        ("x" * 5000, "such as"),
        ("١٠.0.0.1", "such as"),
    ],
)
def test_bad_network_is_400_that_names_the_entry_and_what_is_right(owner, entry, advice):
    token = owner.mint("one")
    body = {"jwt_token_description": "two", "jwt_token_life": "1 hour", "allowed_from": ["::1", entry]}
    for answer in (owner.post("/v1alpha/token/", body), owner.patch(f"/v1alpha/token/{token.id}", {"allowed_from": ["::1", entry]})):
        message = assert_error(answer, 400, "bad_network")
        assert message.startswith('Entry 2 of "allowed_from", "') and advice in message, message
        assert all(part in message for part in entry.split("\0")[0][:60:7]), message
    assert len(owner.tokens()) == 1 and "allowed_from" not in owner.get(f"/v1alpha/token/{token.id}").json()


def test_list_has_1_to_32_entries(owner):
    token = owner.mint("one")
    most = [f"10.0.{i}.0/24" for i in range(32)]
    assert set_networks(owner, token, most)["allowed_from"] == most
    assert "32" in assert_error(owner.patch(f"/v1alpha/token/{token.id}", {"allowed_from": [*most, "::1"]}), 400, "bad_network")
    assert "empty" in assert_error(owner.patch(f"/v1alpha/token/{token.id}", {"allowed_from": []}), 400, "bad_network")
    body = {"jwt_token_description": "two", "jwt_token_life": "1 hour", "allowed_from": []}
    assert_error(owner.post("/v1alpha/token/", body), 400, "bad_network")
    assert owner.get(f"/v1alpha/token/{token.id}").json()["allowed_from"] == most


@pytest.mark.parametrize("value", ["10.0.0.0/8", 1, True, {}, [1], [None], [["::1"]]])
def test_value_that_is_no_list_of_strings_is_400(owner, value):
    token = owner.mint("one")
    body = {"jwt_token_description": "two", "jwt_token_life": "1 hour", "allowed_from": value}
    assert '"allowed_from"' in assert_error(owner.post("/v1alpha/token/", body), 400, "bad_field")
    assert '"allowed_from"' in assert_error(owner.patch(f"/v1alpha/token/{token.id}", {"allowed_from": value}), 400, "bad_field")


def test_null_removes_the_limit_in_patch_and_is_400_in_post(server, owner):
    body = {"jwt_token_description": "two", "jwt_token_life": "1 hour", "allowed_from": None}
    assert '"allowed_from"' in assert_error(owner.post("/v1alpha/token/", body), 400, "bad_network")
    token = owner.mint("one", allowed_from=NETWORK)
    assert "allowed_from" not in set_networks(owner, token, None)
    assert use(server, token, OUTSIDE).status_code == 200


def test_change_acts_on_the_next_request(server, owner):
    token = owner.mint("one")
    for networks, client, status in ((NETWORK, OUTSIDE, 403), ([OUTSIDE], OUTSIDE, 200), ([OUTSIDE], INSIDE, 403), (NETWORK, INSIDE, 200)):
        set_networks(owner, token, networks)
        assert use(server, token, client).status_code == status


def test_limit_survives_a_restart_other_edits_and_a_renewal(server, owner):
    token = owner.mint("one", allowed_from=NETWORK)
    answer = owner.patch(f"/v1alpha/token/{token.id}", {"jwt_token_description": "two", "endpoints": ["GET /v1alpha/whoami"]}).json()
    assert (answer["endpoints"], answer["allowed_from"]) == (["GET /v1alpha/whoami"], NETWORK)
    server.restart()
    assert owner.get(f"/v1alpha/token/{token.id}").json()["allowed_from"] == NETWORK
    assert_not_allowed(use(server, token, OUTSIDE), OUTSIDE)
    renewed = owner.post(f"/v1alpha/token/{token.id}/renew").json()
    assert renewed["allowed_from"] == NETWORK
    assert use(server, renewed["jwt_token"], INSIDE).status_code == 200
    assert_not_allowed(use(server, renewed["jwt_token"], OUTSIDE), OUTSIDE)


def test_disabled_token_is_denied_as_disabled_whatever_its_address(server, owner):
    token = owner.mint("one", allowed_from=NETWORK)
    owner.patch(f"/v1alpha/token/{token.id}", {"enabled": False})
    assert_error(use(server, token, OUTSIDE), 401, "invalid_token", DISABLED)


def test_address_is_checked_before_the_scope(server, owner):
    token = owner.mint("one", endpoints=["GET /elsewhere"], allowed_from=NETWORK)
    assert_not_allowed(use(server, token, OUTSIDE, "/auth"), OUTSIDE)
    assert_error(use(server, token, INSIDE, "/auth"), 403, "insufficient_scope")


def test_token_bound_to_addresses_alone_is_unscoped(server, owner):
    """Without grants, the decision endpoint needs no original request."""
    assert use(server, owner.mint("one", allowed_from=NETWORK), INSIDE, "/auth/any//..").status_code == 200


def test_token_where_a_password_is_required_is_answered_like_any_other(server, owner):
    token = owner.mint("one", allowed_from=NETWORK)
    for client in (INSIDE, OUTSIDE):
        answer = use(server, token, client, "/v1alpha/token/")
        assert_error(answer, 401, "unauthorized", PASSWORD_REQUIRED)
        assert challenges(answer) == [BASIC]


def test_token_as_basic_password_and_in_its_own_header_is_bound_too(server, owner):
    token = owner.mint("one", allowed_from=NETWORK)
    for client, status in ((INSIDE, 200), (OUTSIDE, 403)):
        headers = {"X-Forwarded-For": client}
        assert server.get("/auth", auth=("token", str(token)), headers=headers).status_code == status
        assert server.get("/auth", headers={**headers, "X-Warder-Token": str(token)}).status_code == status


def test_token_revokes_itself_from_any_address_and_no_other_token(server, owner):
    other = owner.mint("other")
    for client in (INSIDE, OUTSIDE):
        token = owner.mint("one", allowed_from=NETWORK)
        revoke = lambda form: use(server, token, client, "/v1alpha/revoke", "POST", data=form)
        for form in ({"token": str(other)}, {"token": str(token), "more": "x"}):
            if client == OUTSIDE:
                assert_not_allowed(revoke(form), OUTSIDE)
        assert revoke({"token": str(token)}).json() == {}
        assert owner.get(f"/v1alpha/token/{token.id}").status_code == 404
    assert server.accepts(other)


def test_introspection_is_bound_to_the_address_of_the_token_that_asks(server, owner):
    asking = owner.mint("asking", endpoints=["POST /v1alpha/introspect"], allowed_from=NETWORK)
    asked = owner.mint("asked", allowed_from=[OUTSIDE])
    introspect = lambda client: use(server, asking, client, "/v1alpha/introspect", "POST", data={"token": str(asked)})
    assert introspect(INSIDE).json()["active"] is True
    assert_not_allowed(introspect(OUTSIDE), OUTSIDE)


def test_denied_use_is_counted_with_its_address(start_server):
    server = start_server(config_text=PROXIED)
    owner = server.person("admin", ADMIN_PASSWORD)
    for path in ("/v1alpha/whoami", "/auth"):
        token = owner.mint(path, allowed_from=NETWORK)
        assert_not_allowed(use(server, token, OUTSIDE, path), OUTSIDE)
        shown = owner.get(f"/v1alpha/token/{token.id}?include=usage").json()
        assert (shown["use_count"], shown["last_used_from"]) == (1, OUTSIDE)
        assert list(shown).index("allowed_from") < list(shown).index("last_used_at")


def test_denial_is_logged_and_counted_with_its_reason(start_server):
    server = start_server(config_text=PROXIED + '[decision]\nsource = "original"\n[log]\nlevel = "debug"\naddresses = true\n' + LISTEN)
    owner = server.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", allowed_from=NETWORK)
    assert_not_allowed(use(server, token, OUTSIDE, "/auth", headers={"X-Original-Method": "PUT", "X-Original-URI": "/x?y"}), OUTSIDE)
    (line,) = eventually(lambda: [line for line in server.log().splitlines() if " event=denied " in line])
    fields = dict(field.split("=", 1) for field in line.split())
    assert (fields["reason"], fields["surface"], fields["method"], fields["path"]) == ("address_not_allowed", "decision", "PUT", "/x")
    assert (fields["user"], fields["token"], fields["client"]) == ("admin", token.id, OUTSIDE)
    Metrics(server).becomes(1, "warder_denials_total", surface="decision", reason="address_not_allowed")


def test_edit_is_an_audit_event_and_a_repeated_one_is_not(owner):
    token = owner.mint("one")
    for networks in (["10.0.0.1"], ["::ffff:10.0.0.1/128"]):
        set_networks(owner, token, networks)
    events = [event["action"] for event in owner.get("/v1alpha/audit").json()["events"] if event["target"] == token.id]
    assert events == ["token.updated", "token.created"]


def test_gateway_forwards_from_the_allowed_addresses_alone(start_server, upstream):
    server = start_server(config_text=PROXIED + route("/a", upstream.url) + route("/rpc", upstream.url, json_rpc=True) + route("/open", upstream.url, auth="none"))
    owner = server.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", allowed_from=NETWORK)
    assert use(server, token, INSIDE, "/a").status_code == 200
    assert_not_allowed(use(server, token, OUTSIDE, "/a"), OUTSIDE)
    call = {"jsonrpc": "2.0", "id": 1, "method": "stop"}
    assert use(server, token, INSIDE, "/rpc", "POST", json=call).status_code == 200
    assert_not_allowed(use(server, token, OUTSIDE, "/rpc", "POST", json=call), OUTSIDE)
    assert use(server, token, OUTSIDE, "/open").status_code == 200
    assert len(upstream.requests) == 3


def test_rpc_request_ends_when_its_client_is_excluded_while_the_body_arrives(start_server, upstream):
    server = start_server(config_text=route("/rpc", upstream.url, json_rpc=True))
    owner = server.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", allowed_from=["127.0.0.1"])
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "stop"}).encode()
    head = f"POST /rpc HTTP/1.1\r\nHost: warder.test\r\nAuthorization: Bearer {token}\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
    with server.wire() as wire:
        assert wire.send(head.encode()).receive().status == 100  # it has been admitted
        set_networks(owner, token, NETWORK)
        answer = wire.send(body).receive()
        assert (answer.status, answer.json()["error"]) == (403, "address_not_allowed")
    assert not upstream.has_requests()


def test_command_line_sets_shows_and_checks_the_networks(server, owner):
    created = server.cli("token", "create", "--user", "admin", "--description", "one", "--life", "1 hour", "--allow-from", "10.0.0.0/8", "--allow-from", "::1/128", "--json")
    minted = json.loads(created.stdout)
    assert minted["allowed_from"] == ["10.0.0.0/8", "::1"]
    token_id = minted["jwt_token_id"]
    shown = server.cli("token", "show", token_id).stdout
    assert "Allowed from  10.0.0.0/8\n" in shown and "\n              ::1\n" in shown, shown

    for address, status in (("10.1.2.3", 0), ("::1", 0), ("::ffff:10.1.2.3", 0), ("192.0.2.1", 1), ("10.0.0.0/8", 2), ("host", 2)):
        verified = server.cli("token", "verify", "--from", address, stdin=minted["jwt_token"])
        assert verified.returncode == status, verified
        if status == 1:
            assert verified.stderr == "warder: the token may not be used from 192.0.2.1 (address_not_allowed): token " + token_id + " of admin\n"
    assert server.cli("token", "verify", stdin=minted["jwt_token"]).returncode == 0

    assert json.loads(server.cli("token", "set", token_id, "--allow-from", "192.0.2.0/24", "--json").stdout)["allowed_from"] == ["192.0.2.0/24"]
    assert use(server, minted["jwt_token"], INSIDE).status_code == 200
    assert use(server, minted["jwt_token"], "10.1.2.3").status_code == 403
    assert "allowed_from" not in json.loads(server.cli("token", "set", token_id, "--anywhere", "--json").stdout)
    assert use(server, minted["jwt_token"], OUTSIDE).status_code == 200
    assert server.cli("token", "set", token_id, "--anywhere", "--allow-from", "::1").returncode == 2

    refused = server.cli("token", "set", token_id, "--allow-from", "10.0.0.1/8")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == 'warder: Entry 1 of "allowed_from", "10.0.0.1/8": bits after the prefix length must be 0; the network is "10.0.0.0/8".\n'


@pytest.mark.parametrize("store", ["users-json"], indirect=True)
def test_users_json_keeps_the_networks_as_a_property_of_the_token(store, server, owner, tmp_path):
    token = owner.mint("one")
    before = (text := lambda: store_file("users-json", tmp_path).read_text())()
    set_networks(owner, token, ["192.0.2.0/24", "::1"])
    entries = [entry for user in json.loads(text()) for entry in user.get("jwt_tokens", {}).values()]
    assert [entry["allowed_from"] for entry in entries] == [["192.0.2.0/24", "::1"]]
    set_networks(owner, token, None)
    assert text() == before


def test_database_with_damaged_networks_does_not_accept_the_token(start_server):
    """A list that can't be read must not become a token without limits."""
    server = start_server()
    owner = server.person("admin", ADMIN_PASSWORD)
    token = owner.mint("one", allowed_from=["127.0.0.1"])
    assert server.accepts(token)
    server.stop()
    execute(server.data_dir / "warder.db", "UPDATE tokens SET policy = ?", '{"allowed_from":["10.0.0.1/8"]}')
    server.start()
    assert not server.accepts(token)
