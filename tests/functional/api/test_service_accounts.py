# SPDX-License-Identifier: MIT
"""Service accounts: users without a password, whose tokens administrators make and renew."""

import pytest
from support.responses import NO_SUCH_TOKEN, TAKEN_OR_BLANK, WRONG_PASSWORD, assert_error
from support.server import Token
from support.ui_client import UiClient

KEYS = ["username", "is_admin", "endpoints", "tokens", "created_at", "is_service"]
BODY = {"jwt_token_description": "nightly", "jwt_token_life": "1 hour"}


def add_service(admin, name="deployer", **fields):
    return admin.post("/v1alpha/users/", {"username": name, **fields})


def mint_for(person, name, **fields):
    return person.post(f"/v1alpha/token/?user={name}", {**BODY, **fields})


@pytest.fixture
def deployer(admin):
    answer = add_service(admin)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def token(admin, deployer):
    answer = mint_for(admin, "deployer")
    assert answer.status_code == 201, answer.text
    return Token.of(answer.json())


# Users


def test_user_without_password_is_a_service_account(warder, admin, deployer, alice):
    assert list(deployer) == KEYS and deployer["is_service"] is True and deployer["is_admin"] is False
    assert admin.get("/v1alpha/users/deployer").json() == deployer
    listed = {user["username"]: user for user in admin.get("/v1alpha/users/").json()["users"]}
    assert listed["deployer"] == deployer and "is_service" not in listed["alice"] and "is_service" not in listed["admin"]
    warder.restart()
    assert admin.get("/v1alpha/users/deployer").json() == deployer


def test_service_account_may_have_a_ceiling_that_bounds_its_tokens(warder, admin):
    assert add_service(admin, endpoints=["GET /a/**"]).json()["endpoints"] == ["GET /a/**"]
    token = Token.of(mint_for(admin, "deployer").json())
    assert warder.get("/v1alpha/whoami", bearer=token).json()["ceiling"] == ["GET /a/**"]


def test_service_account_is_never_an_administrator(admin, deployer):
    assert "password" in assert_error(add_service(admin, "other", is_admin=True), 400, "bad_field")
    assert "password" in assert_error(admin.patch("/v1alpha/users/deployer", {"is_admin": True}), 400, "bad_field")
    assert_error(admin.patch("/v1alpha/users/deployer", {"is_admin": True, "endpoints": ["/a"]}), 400, "bad_field")
    assert_error(admin.get("/v1alpha/users/other"), 404, "unknown_user")
    assert admin.get("/v1alpha/users/deployer").json() == deployer
    assert admin.patch("/v1alpha/users/deployer", {"is_admin": False}).status_code == 200


def test_service_account_needs_a_valid_and_free_name(admin, alice, deployer):
    assert_error(add_service(admin, "a b"), 400, "bad_username")
    assert_error(add_service(admin, "ALICE"), 409, "user_exists")
    assert_error(add_service(admin, "Deployer"), 409, "user_exists")
    assert_error(add_service(alice, "other"), 403, "forbidden")
    assert_error(add_service(admin, "other", password=None), 400, "bad_field")
    assert_error(add_service(admin, "other", password=""), 400, "bad_password")
    assert_error(add_service(admin, "other", is_service=True), 400, "bad_field")


# Sign-in


@pytest.mark.parametrize("password", ["", "deployer", "admin", "password", "x" * 1024, "a password of its own"])
def test_service_account_cannot_sign_in_with_any_password(warder, admin, deployer, password):
    for answer in (warder.person("deployer", password).get("/v1alpha/whoami"), warder.person("nobody", password).get("/v1alpha/whoami")):
        assert_error(answer, 401, "unauthorized", WRONG_PASSWORD)
    answer = UiClient(warder).try_to_sign_in("deployer", password)
    unknown = UiClient(warder).try_to_sign_in("nobody", password)
    assert (answer.status_code, answer.json()) == (unknown.status_code, unknown.json()) and answer.status_code == 401


def test_wrong_passwords_of_a_service_account_are_throttled(warder, deployer):
    person = warder.person("deployer", "not a password")
    assert [person.get("/v1alpha/whoami").status_code for _ in range(7)][-1] == 429


def test_service_account_with_a_password_becomes_an_ordinary_user(warder, admin, deployer, token):
    answer = admin.put("/v1alpha/users/deployer/password", {"password": "a password of its own"})
    assert (answer.status_code, answer.json()) == (200, {"message": "Password changed"})
    user = admin.get("/v1alpha/users/deployer").json()
    assert list(user) == KEYS[:-1] and user["tokens"] == 1
    person = warder.person("deployer", "a password of its own")
    assert list(person.tokens()) == [token.id] and warder.accepts(token)
    assert admin.patch("/v1alpha/users/deployer", {"is_admin": True}).status_code == 200
    assert_error(admin.post(f"/v1alpha/token/{token.id}/renew", {}), 403, "forbidden")


# Its tokens


def test_administrator_mints_for_another_user(warder, admin, alice, bob):
    answer = mint_for(admin, "ALICE", endpoints=["GET /a"])
    assert answer.status_code == 201
    token = Token.of(answer.json())
    assert list(token.answer) == ["message", "jwt_token_id", "jwt_token", "jwt_token_description", "jwt_token_life", "endpoints"]
    assert answer.headers["Location"] == f"/v1alpha/token/{token.id}"
    assert warder.get("/v1alpha/whoami", bearer=token).json()["username"] == "alice"
    assert alice.tokens()[token.id]["endpoints"] == ["GET /a"] and admin.tokens() == {} and bob.tokens() == {}
    assert_error(alice.post("/v1alpha/token/", BODY), 400, "bad_description", TAKEN_OR_BLANK)
    assert admin.post("/v1alpha/token/", BODY).status_code == 201, "descriptions are unique per owner"
    assert alice.post(f"/v1alpha/token/{token.id}/renew", {}).status_code == 201


def test_minting_for_others_counts_toward_their_limit(start_server):
    server = start_server(config_text="[tokens]\nmax_per_user = 1\n")
    admin = server.person("admin", "correct horse battery staple")
    add_service(admin)
    assert mint_for(admin, "deployer").status_code == 201
    assert_error(mint_for(admin, "deployer", jwt_token_description="another"), 409, "too_many_tokens")
    assert admin.mint("one")


@pytest.mark.parametrize("name", ["alice", "bob", "nobody", "*", "", "%00"])
def test_minting_for_others_is_forbidden_to_users(alice, bob, name):
    assert_error(mint_for(alice, name), 403, "forbidden")
    assert_error(mint_for(alice, name, jwt_token_life="never"), 403, "forbidden")
    assert bob.tokens() == {} and alice.tokens() == {}


@pytest.mark.parametrize("name", ["nobody", "*", "", "%00", "a%20b", "alice%00", "a" * 65, "alice/"])
def test_minting_for_an_unknown_user_is_404(admin, alice, name):
    assert_error(mint_for(admin, name), 404, "unknown_user")
    assert admin.tokens() == {} and alice.tokens() == {}


def test_minting_for_others_checks_its_query_and_body(admin, deployer):
    assert_error(admin.post("/v1alpha/token/?user=deployer&user=admin", BODY), 400, "bad_field")
    assert_error(admin.post("/v1alpha/token/?owner=deployer", BODY), 400, "bad_field")
    assert_error(mint_for(admin, "deployer", jwt_token_life="never"), 400, "bad_life")
    assert_error(mint_for(admin, "deployer", endpoints=[]), 400, "bad_grant")
    assert_error(mint_for(admin, "deployer", jwt_token_description=" "), 400, "bad_description")


def test_token_mints_nothing_for_anybody(warder, admin, deployer):
    token = admin.mint("admin's")
    assert_error(warder.request("POST", "/v1alpha/token/?user=deployer", json=BODY, bearer=token), 401, "unauthorized")


def test_administrator_renews_a_service_accounts_token(warder, admin, alice, bob, token):
    answer = admin.post(f"/v1alpha/token/{token.id}/renew", {"overlap": "1 minute"})
    assert answer.status_code == 201
    new = Token.of(answer.json())
    assert warder.get("/v1alpha/whoami", bearer=new).json()["username"] == "deployer"
    assert warder.accepts(token)
    assert_error(admin.post(f"/v1alpha/token/{token.id}/renew", {}), 409, "already_renewed")
    assert_error(alice.post(f"/v1alpha/token/{new.id}/renew", {}), 404, "unknown_token", NO_SUCH_TOKEN)
    theirs = bob.mint("his")
    assert_error(admin.post(f"/v1alpha/token/{theirs.id}/renew", {}), 403, "forbidden")


def test_deleted_service_account_ends_its_tokens(warder, admin, token):
    assert admin.delete("/v1alpha/users/deployer").status_code == 200
    assert not warder.accepts(token)


def test_audit_log_names_the_administrator(admin, token):
    admin.post(f"/v1alpha/token/{token.id}/renew", {})
    admin.put("/v1alpha/users/deployer/password", {"password": "a password of its own"})
    events = admin.get("/v1alpha/audit").json()["events"]
    told = [(event["actor"], event["action"]) for event in events if event["target"] in (token.id, "deployer")]
    assert told == [("admin", action) for action in ("user.password_changed", "token.renewed", "token.created", "user.created")]


# Other stores, and the command line


def test_users_json_has_no_service_accounts(start_server, tmp_path):
    file = tmp_path / "specter" / "users.json"
    file.parent.mkdir(mode=0o700)
    server = start_server(config_text=f'store = "users-json:{file}"\n')
    admin = server.person("admin", "correct horse battery staple")
    assert "service account" in assert_error(add_service(admin), 501, "not_implemented")
    assert_error(admin.get("/v1alpha/users/deployer"), 404, "unknown_user")
    done = server.cli("user", "add", "deployer", "--service")
    assert done.returncode == 1 and "service account" in done.stderr
    assert add_service(admin, "alice", password="long enough").status_code == 201
    token = Token.of(mint_for(admin, "alice").json())
    assert server.get("/v1alpha/whoami", bearer=token).json()["username"] == "alice"


def test_command_line_adds_a_service_account_and_mints_for_it(warder, admin):
    added = warder.cli("user", "add", "deployer", "--service", "--endpoint", "GET /a", stdin=None)
    assert added.returncode == 0, added.stderr
    assert "service account" in warder.cli("user", "list").stdout
    assert '"is_service":true' in warder.cli("user", "list", "--json").stdout
    minted = warder.cli("token", "create", "--user", "deployer", "--description", "x", "--life", "1h")
    assert warder.get("/v1alpha/whoami", bearer=minted.stdout.strip()).json()["username"] == "deployer"
    promoted = warder.cli("user", "set", "deployer", "--admin", "true")
    assert promoted.returncode == 1 and "password" in promoted.stderr
    assert warder.cli("user", "passwd", "deployer", "--password-stdin", stdin="a password of its own\n").returncode == 0
    assert warder.person("deployer", "a password of its own").get("/v1alpha/whoami").status_code == 200
    assert "service account" not in warder.cli("user", "list").stdout


@pytest.mark.parametrize("options", [["--admin"], ["--password-stdin"]])
def test_service_option_excludes_a_password_and_the_admin_flag(warder, options):
    done = warder.cli("user", "add", "deployer", "--service", *options, stdin="long enough\n")
    assert done.returncode == 2 and "--service" in done.stderr
    assert "deployer" not in warder.cli("user", "list").stdout
