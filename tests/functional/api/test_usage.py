# SPDX-License-Identifier: MIT
"""Usage of a token: the number of uses, and the time and address of the last one."""

import datetime
import re
import sqlite3
import threading

import pytest
import requests
from support.responses import assert_error
from support.server import ADMIN_PASSWORD
from support.upstream import Upstream, ok, route
from support.waiting import eventually

KEYS = ["last_used_at", "last_used_from", "use_count", "created_at"]
LIMITED = ["GET /v1alpha/wallets/*/psbt"]


def usage(person, token):
    """Returns the usage of a token from its own response, after it checked that the list has the same."""
    shown = person.get(f"/v1alpha/token/{token.id}?include=usage").json()
    listed = person.get("/v1alpha/token/?include=usage").json()["jwt_tokens"][token.id]
    assert list(shown)[-4:] == list(listed)[-4:] == KEYS
    assert [shown[key] for key in KEYS] == [listed[key] for key in KEYS]
    return {key: shown[key] for key in KEYS}


def count(person, token):
    return usage(person, token)["use_count"]


def timestamp_of(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()


def stored_use_count(server, token):
    """Returns the use count that the command line reads from the store."""
    return cli_json(server, "token", "show", token.id)["use_count"]


def cli_json(server, *command):
    import json

    done = server.cli(*command, "--json", "--usage")
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def test_unused_token_has_null_last_use_and_zero_count(alice):
    token = alice.mint("one")
    answer = usage(alice, token)
    created = answer.pop("created_at")
    assert answer == {"last_used_at": None, "last_used_from": None, "use_count": 0}
    assert abs(timestamp_of(created) - datetime.datetime.now().timestamp()) < 60


def test_usage_is_omitted_without_include_parameter(warder, alice):
    token = alice.mint("one")
    assert warder.accepts(token)
    assert not set(KEYS) & set(alice.get(f"/v1alpha/token/{token.id}").json())
    assert not set(KEYS) & set(alice.tokens()[token.id])
    assert not set(KEYS) & set(alice.patch(f"/v1alpha/token/{token.id}", {"jwt_token_description": "new"}).json())


@pytest.mark.parametrize("query", ["include=", "include=use", "include=usage,usage", "include=usage&include=usage", "include=Usage"])
def test_invalid_include_parameter_is_rejected(alice, query):
    token = alice.mint("one")
    assert_error(alice.get(f"/v1alpha/token/?{query}"), 400, "bad_field")
    assert_error(alice.get(f"/v1alpha/token/{token.id}?{query}"), 400, "bad_field")
    assert_error(alice.patch(f"/v1alpha/token/{token.id}?{query}", {"jwt_token_description": "new"}), 400, "bad_field")
    assert alice.tokens()[token.id]["jwt_token_description"] == "one"


def test_token_use_appears_in_the_next_answer(warder, alice):
    token = alice.mint("one")
    assert warder.accepts(token)
    answer = usage(alice, token)
    assert (answer["use_count"], answer["last_used_from"]) == (1, "127.0.0.1")
    assert timestamp_of(answer["created_at"]) <= timestamp_of(answer["last_used_at"])
    patched = alice.patch(f"/v1alpha/token/{token.id}?include=usage", {"jwt_token_description": "new"}).json()
    assert {key: patched[key] for key in KEYS} == answer
    # With the new description the server reads the store for its response; it is still one use.
    assert warder.accepts(token) and count(alice, token) == 2


def test_next_link_keeps_the_include_parameter(alice):
    for number in range(3):
        alice.mint(f"token {number}")
    first = alice.get("/v1alpha/token/?limit=2&include=usage")
    link = first.headers["Link"].split(">")[0].lstrip("<")
    (entry,) = alice.get(link).json()["jwt_tokens"].values()
    assert list(entry)[-4:] == KEYS


def test_administrator_list_shows_usage_of_other_users_tokens(warder, admin, alice):
    token = alice.mint("one")
    assert warder.accepts(token)
    for query in ("?user=alice&include=usage", "?user=*&include=usage"):
        entry = admin.get("/v1alpha/token/" + query).json()["jwt_tokens"][token.id]
        assert (entry["use_count"], entry["username"]) == (1, "alice")


def test_use_as_bearer_x_warder_token_and_basic_password_is_counted(warder, alice):
    token = alice.mint("one")
    for options in ({"bearer": token}, {"headers": {"X-Warder-Token": str(token)}}, {"auth": ("token", token)}):
        assert warder.get("/v1alpha/whoami", **options).status_code == 200
    assert count(alice, token) == 3


def test_use_of_a_valid_token_is_counted_when_authorization_is_denied(warder, alice):
    token = alice.mint("limited", endpoints=LIMITED)
    assert warder.get("/auth", bearer=token).status_code == 403
    assert warder.post("/v1alpha/token/", bearer=token, json={}).status_code == 401, "a token can't mint tokens"
    assert warder.post("/v1alpha/introspect", bearer=token, data={"token": str(token)}).status_code == 401
    assert count(alice, token) == 3


def test_invalid_credentials_and_introspection_are_not_counted_as_use(warder, alice, bob):
    token = alice.mint("one")
    assert warder.get("/v1alpha/whoami", bearer=token[:-2]).status_code == 401
    assert warder.get("/v1alpha/whoami", auth=("bob", token)).status_code == 401
    assert warder.get("/auth", headers={"Authorization": f"Bearer {token}", "X-Warder-Token": str(token)}).status_code == 403
    assert alice.post("/v1alpha/introspect", data={"token": str(token)}).json()["active"]
    assert count(alice, token) == 0


def test_decision_endpoint_requests_are_counted_as_use(start_server):
    server = start_server(env={"WARDER_DECISION_SOURCE": "path"})
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("limited", endpoints=LIMITED)
    assert server.get("/auth/v1alpha/wallets/hot/psbt", bearer=token).status_code == 200
    assert server.get("/auth/elsewhere", bearer=token).status_code == 403
    assert count(admin, token) == 2


def test_gateway_request_is_counted_as_one_use(start_server):
    with Upstream(ok()) as upstream:
        server = start_server(config_text=route("/a", upstream.url) + route("/rpc", upstream.url, json_rpc=True))
        admin = server.person("admin", ADMIN_PASSWORD)
        token = admin.mint("one")
        limited = admin.mint("limited", endpoints=["GET /b"])
        assert server.get("/a", bearer=token).status_code == 200
        assert server.post("/rpc", bearer=token, json={"jsonrpc": "2.0", "id": 1, "method": "x"}).status_code == 200
        assert server.get("/a", bearer=limited).status_code == 403
        assert (count(admin, token), count(admin, limited)) == (2, 1)


def test_last_used_from_is_the_client_address_behind_trusted_proxies(start_server):
    server = start_server(config_text='trusted_proxies = ["127.0.0.2"]\n')
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("one")

    def use(path, source, forwarded):
        with server.wire(source=source) as wire:
            request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nX-Forwarded-For: {forwarded}\r\n\r\n"
            assert wire.send(request.encode()).receive().status == 200

    for path in ("/v1alpha/whoami", "/auth"):
        use(path, "127.0.0.2", "198.51.100.7, 192.0.2.1")
        assert usage(admin, token)["last_used_from"] == "192.0.2.1"
        use(path, "127.0.0.2", "2001:db8:0::1")
        assert usage(admin, token)["last_used_from"] == "2001:db8::1", "the full address, not its network"
        use(path, "127.0.0.3", "192.0.2.9")
        assert usage(admin, token)["last_used_from"] == "127.0.0.3", "the header of an untrusted peer is ignored"


def test_concurrent_token_uses_are_all_counted(start_server):
    server = start_server(env={"WARDER_THREADS": "4"})
    admin = server.person("admin", ADMIN_PASSWORD)
    shared, own = admin.mint("shared"), [admin.mint(f"own {number}") for number in range(8)]
    each = 250

    def use(token):
        with requests.Session() as session:
            for number in range(each):
                path = ("/v1alpha/whoami", "/auth")[number % 2]
                assert server.get(path, bearer=shared, session=session).status_code == 200
                assert server.get(path, bearer=token, session=session).status_code == 200

    threads = [threading.Thread(target=use, args=(token,)) for token in own]
    for thread in threads:
        thread.start()
    seen = 0
    while any(thread.is_alive() for thread in threads):
        now = admin.get(f"/v1alpha/token/{shared.id}?include=usage").json()["use_count"]
        assert seen <= now <= each * len(own)
        seen = now
    for thread in threads:
        thread.join()
    assert count(admin, shared) == each * len(own)
    assert [count(admin, token) for token in own] == [each] * len(own)


def test_token_use_counts_survive_clean_restart(warder, admin):
    token = admin.mint("one")
    for _ in range(3):
        assert warder.accepts(token)
    before = usage(admin, token)
    warder.restart()
    assert usage(admin, token) == before
    assert warder.accepts(token) and count(admin, token) == 4
    warder.restart()
    assert count(admin, token) == 4


@pytest.mark.timeout(120)
def test_crash_loses_only_uses_not_yet_stored(warder, admin):
    token = admin.mint("one")
    for _ in range(3):
        assert warder.accepts(token)
    eventually(lambda: stored_use_count(warder, token) == 3, seconds=60, every=0.5)
    assert warder.accepts(token) and count(admin, token) == 4
    warder.kill()
    warder.start()
    assert count(admin, token) in (3, 4)
    assert warder.accepts(token)
    warder.restart()
    assert count(admin, token) in (4, 5)


def test_command_line_token_list_and_show_print_the_last_use(warder, admin):
    used, unused = admin.mint("used", endpoints=LIMITED), admin.mint("unused")
    assert warder.get("/v1alpha/whoami", bearer=used).status_code == 200
    warder.stop()
    header, *rows = warder.cli("token", "list").stdout.splitlines()
    assert header.endswith("  LAST USE")
    assert rows[0].startswith(used.id) and rows[0].endswith(" from 127.0.0.1, 1 time")
    assert rows[1].startswith(unused.id) and rows[1].endswith("  never used")
    last_use = warder.cli("token", "show", used.id).stdout.splitlines()[-1]
    assert re.fullmatch(r"Last use +just now from 127.0.0.1, 1 time \(20\d\d-\d\d-\d\d \d\d:\d\d UTC\)", last_use)


def test_command_line_usage_json_matches_the_api(warder, admin):
    used, unused = admin.mint("used"), admin.mint("unused")
    assert warder.accepts(used)
    warder.restart()
    assert cli_json(warder, "token", "show", used.id).keys() == admin.get(f"/v1alpha/token/{used.id}?include=usage").json().keys()
    listed = cli_json(warder, "token", "list")["jwt_tokens"]
    answered = admin.get("/v1alpha/token/?user=*&include=usage").json()["jwt_tokens"]
    for token in (used, unused):
        assert list(listed[token.id]) == list(answered[token.id])
        assert [listed[token.id][key] for key in KEYS] == [answered[token.id][key] for key in KEYS]


def test_backup_contains_token_use_counts(start_server, tmp_path):
    server = start_server()
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("one")
    assert server.accepts(token)
    server.restart()
    assert server.cli("backup", tmp_path / "copy").returncode == 0
    restored = start_server(directory="copy")
    assert count(restored.person("admin", ADMIN_PASSWORD), token) == 1


def test_renewed_token_starts_with_zero_use_count(warder, alice):
    token = alice.mint("one")
    assert warder.accepts(token)
    answer = alice.post(f"/v1alpha/token/{token.id}/renew", {"overlap": "1 hour"}).json()
    successor = type(token).of(answer)
    assert (count(alice, token), count(alice, successor)) == (1, 0)
    assert warder.accepts(successor) and warder.accepts(token)
    assert (count(alice, token), count(alice, successor)) == (2, 1)


def test_stored_uses_are_deleted_with_the_token(warder, alice):
    token = alice.mint("one")
    assert warder.accepts(token)
    warder.restart()
    with sqlite3.connect(warder.data_dir / "warder.db") as store:
        assert store.execute("SELECT count(*) FROM uses").fetchone() == (1,)
        assert alice.delete(f"/v1alpha/token/{token.id}").status_code == 200
        assert store.execute("SELECT count(*) FROM uses").fetchone() == (0,)


def test_failed_write_of_uses_is_retried(warder, admin):
    token = admin.mint("one")
    store = sqlite3.connect(warder.data_dir / "warder.db", isolation_level=None)
    store.execute("CREATE TRIGGER refuse BEFORE INSERT ON uses BEGIN SELECT RAISE(ABORT, 'no'); END")
    assert warder.accepts(token)
    eventually(lambda: "event=uses_not_stored " in warder.log(), seconds=60, every=0.2)
    assert count(admin, token) == 1
    assert admin.mint("another"), "other writes succeed meanwhile"
    store.execute("DROP TRIGGER refuse")
    store.close()
    warder.restart()
    assert count(admin, token) == 1


def test_users_json_store_does_not_keep_uses_across_restart(start_server, tmp_path):
    server = start_server(env={"WARDER_STORE": f"users-json:{tmp_path}/users.json"})
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("one")
    text = (tmp_path / "users.json").read_text()
    assert server.accepts(token)
    assert (count(admin, token), usage(admin, token)["last_used_from"]) == (1, "127.0.0.1")
    server.restart()
    assert (tmp_path / "users.json").read_text() == text
    assert usage(admin, token)["last_used_at"] is None and count(admin, token) == 0
    store = ["--store", f"users-json:{tmp_path}/users.json"]
    assert server.cli("token", "list", *store).stdout.rstrip("\n").endswith("  uses are not recorded")
    shown = cli_json(server, "token", "show", token.id, *store)
    assert [shown[key] for key in KEYS[:3]] == [None, None, None]
