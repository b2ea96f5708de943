# SPDX-License-Identifier: MIT
"""The command line while a server runs: each change takes effect before the command returns."""

import json
import re

import jwt
import pytest
from support.keys import parts_of, read_keys, signing_secret
from support.server import Token, run_binary
from support.waiting import eventually


def done(result):
    assert result.returncode == 0, result.stderr
    return result.stdout


def refused(result):
    assert result.returncode == 1, (result.stdout, result.stderr)
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    return result.stderr


def create(warder, *more, user="admin", description="by hand", life="1 hour"):
    result = warder.cli("token", "create", "--user", user, "--description", description, "--life", life, *more)
    token = Token(done(result).strip())
    token.id = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", result.stderr).group(0)
    return token


def test_created_token_is_accepted_when_the_command_returns(warder):
    token = create(warder)
    assert warder.get("/v1alpha/whoami", bearer=token).json()["jwt_token_id"] == token.id
    assert json.loads(parts_of(token)[1])["username"] == "admin"


def test_token_set_changes_description_and_grants_before_the_command_returns(warder):
    token = create(warder, "--endpoint", "GET /a")
    row = done(warder.cli("token", "set", token.id, "--description", "renamed", "--endpoint", "GET /v1alpha/whoami", "--endpoint", "/b"))
    assert "renamed" in row and re.search(r"^Access +GET /v1alpha/whoami\n +/b$", row, re.MULTILINE)
    shown = warder.get("/v1alpha/whoami", bearer=token).json()
    assert (shown["jwt_token_description"], shown["endpoints"]) == ("renamed", ["GET /v1alpha/whoami", "/b"])

    answer = json.loads(done(warder.cli("token", "set", token.id, "--unlimited", "--json")))
    assert answer["jwt_token_description"] == "renamed" and "endpoints" not in answer
    assert "endpoints" not in warder.get("/v1alpha/whoami", bearer=token).json()


def test_token_set_without_a_change_is_a_usage_error(warder):
    token = create(warder)
    result = warder.cli("token", "set", token.id)
    assert result.returncode == 2
    assert "nothing to change: give --description" in result.stderr
    assert warder.cli("token", "set", token.id, "--unlimited", "--endpoint", "/a").returncode == 2
    assert "Token does not exist" in refused(warder.cli("token", "set", "00000000-0000-4000-8000-000000000000", "--unlimited"))


def test_token_create_json_has_the_fields_of_the_api_response(warder):
    answer = json.loads(done(warder.cli("token", "create", "--user", "admin", "--description", "x", "--life", "6 minutes", "--json")))
    assert set(answer) == {"message", "jwt_token_id", "jwt_token", "jwt_token_description", "jwt_token_life"}
    assert warder.accepts(answer["jwt_token"])


def test_revoked_token_is_rejected_when_the_command_returns(warder, admin):
    for number in range(10):
        token = admin.mint(f"t{number}")
        assert warder.accepts(token)
        done(warder.cli("token", "revoke", token.id))
        assert not warder.accepts(token)


def test_token_list_and_show_print_tokens_of_the_selected_users_without_the_secret(warder, admin, alice):
    one, two = admin.mint("ours"), alice.mint("theirs")
    text = done(warder.cli("token", "list"))
    assert one.id in text and two.id in text and "theirs" in text
    text = done(warder.cli("token", "list", "--user", "alice"))
    assert one.id not in text and two.id in text
    assert "theirs" in done(warder.cli("token", "show", two.id))
    shown = json.loads(done(warder.cli("token", "show", two.id, "--json")))
    assert (shown["jwt_token_description"], shown["expiry_status"]) == ("theirs", "Valid")
    assert str(two) not in text


def test_token_renew_revokes_the_old_token(warder, admin):
    old = admin.mint("one")
    new = done(warder.cli("token", "renew", old.id)).strip()
    assert warder.accepts(new) and not warder.accepts(old)


def test_verify_reads_the_token_from_standard_input(warder, admin):
    token = admin.mint("one")
    payload = json.loads(done(warder.cli("token", "verify", stdin=token + "\n")))
    assert payload == json.loads(parts_of(token)[1])
    admin.delete(f"/v1alpha/token/{token.id}")
    result = warder.cli("token", "verify", stdin=token)
    assert result.returncode == 1 and result.stdout + result.stderr
    assert warder.cli("token", "verify", stdin="nonsense").returncode == 1


def test_failed_command_prints_one_line_and_exits_with_1(warder):
    refused(warder.cli("token", "create", "--user", "nobody", "--description", "x", "--life", "1 h"))
    refused(warder.cli("token", "create", "--user", "admin", "--description", " ", "--life", "1 h"))
    refused(warder.cli("token", "create", "--user", "admin", "--description", "x", "--life", "fortnight"))
    refused(warder.cli("token", "show", "nonsense"))
    refused(warder.cli("token", "revoke", "5e0c6a3f-7a53-4a52-b7f1-7c8e0e1f9a10"))
    refused(warder.cli("user", "delete", "nobody"))
    refused(warder.cli("user", "add", "a b", "--password-stdin", stdin="long enough\n"))


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["token"], ["token", "create"], ["serve", "--nonsense"], ["user", "add"], ["key", "retire"], []], ids=" ".join
)
def test_wrong_usage_exits_with_2(arguments):
    assert run_binary(*arguments).returncode == 2


@pytest.mark.parametrize("arguments", [[], ["serve"], ["user"], ["user", "add"], ["token"], ["token", "create"], ["key"], ["duration"], ["check"]], ids=" ".join)
def test_help_option_of_each_command_prints_usage_and_exits_with_0(arguments):
    result = run_binary(*arguments, "--help")
    assert result.returncode == 0 and "--help" in result.stdout and result.stderr == ""


def test_list_commands_do_not_create_the_data_directory(tmp_path):
    for command in (["user", "list"], ["token", "list"], ["key", "list"]):
        result = run_binary(*command, "--data-dir", tmp_path / "none")
        assert result.returncode == 1 and result.stderr
    assert not (tmp_path / "none").exists()


# Users


def test_added_user_can_sign_in_when_the_command_returns(warder, admin):
    done(warder.cli("user", "add", "alice", "--password-stdin", stdin="long enough\n"))
    done(warder.cli("user", "add", "root", "--admin", stdin="long enough\n"))
    assert warder.person("alice", "long enough").get("/v1alpha/whoami").json() == {"username": "alice", "is_admin": False}
    assert warder.person("root", "long enough").get("/v1alpha/whoami").json() == {"username": "root", "is_admin": True}
    listed = json.loads(done(warder.cli("user", "list", "--json")))
    assert listed == admin.get("/v1alpha/users/").json()
    assert "alice" in done(warder.cli("user", "list"))


def test_user_add_without_password_is_wrong_usage(warder):
    assert warder.cli("user", "add", "alice", stdin=None).returncode == 2


def test_user_set_passwd_and_delete_take_effect_when_the_command_returns(warder, alice):
    token = alice.mint("one")
    done(warder.cli("user", "set", "alice", "--admin", "true"))
    assert alice.get("/v1alpha/users/").status_code == 200
    done(warder.cli("user", "set", "alice", "--admin", "false"))
    assert alice.get("/v1alpha/users/").status_code == 403
    done(warder.cli("user", "passwd", "alice", "--password-stdin", stdin="quite another\n"))
    assert alice.get("/v1alpha/whoami").status_code == 401
    assert warder.person("alice", "quite another").get("/v1alpha/whoami").status_code == 200
    assert warder.accepts(token)
    done(warder.cli("user", "delete", "alice"))
    assert not warder.accepts(token)


def test_last_administrator_cannot_be_deleted_or_demoted(warder):
    refused(warder.cli("user", "delete", "admin"))
    refused(warder.cli("user", "set", "admin", "--admin", "false"))


# Keys


def test_key_rotation_makes_new_key_sign_while_old_key_still_verifies(warder, admin):
    before = admin.mint("before")
    done(warder.cli("key", "rotate"))
    after = admin.mint("after")
    (first, _), (second, secret) = read_keys(warder.data_dir)
    assert jwt.get_unverified_header(after) == {"typ": "JWT", "alg": "HS256", "kid": second}
    assert parts_of(after)[0] == b'{"typ":"JWT","alg":"HS256","kid":"%s"}' % second.encode()
    assert jwt.decode(after, secret, algorithms=["HS256"])["jwt_token_id"] == after.id
    assert warder.accepts(before) and warder.accepts(after)
    text = done(warder.cli("key", "list"))
    assert first in text and second in text
    assert warder.mode("keys.json") == 0o600
    warder.restart()
    assert warder.accepts(before) and warder.accepts(after)


def test_key_retire_fails_while_valid_tokens_need_the_key_unless_they_are_revoked(warder, admin):
    token = admin.mint("before")
    first = read_keys(warder.data_dir)[0][0]
    refused(warder.cli("key", "retire", first))
    done(warder.cli("key", "rotate"))
    assert "1" in refused(warder.cli("key", "retire", first))
    assert warder.accepts(token)
    assert done(warder.cli("key", "retire", first, "--revoke-tokens")) == f"retired key {first} and revoked 1 active token\n"
    assert not warder.accepts(token)
    assert len(read_keys(warder.data_dir)) == 1
    refused(warder.cli("key", "retire", "nope"))


def test_key_retire_removes_key_that_no_token_needs(warder, admin):
    old, first = admin.mint("old"), read_keys(warder.data_dir)[0][0]
    done(warder.cli("key", "rotate"))
    admin.delete(f"/v1alpha/token/{old.id}")
    assert done(warder.cli("key", "retire", first)) == f"retired key {first}\n"
    assert warder.accepts(admin.mint("new"))
    warder.restart()
    assert warder.accepts(admin.mint("newer"))


def test_signing_secrets_are_never_printed(warder):
    secret = signing_secret(warder.data_dir).hex()
    text = json.loads((warder.data_dir / "keys.json").read_text())["keys"][0]["secret"]
    for arguments in (["key", "list"], ["key", "list", "--json"], ["check"]):
        output = warder.cli(*arguments)
        assert secret not in output.stdout + output.stderr and text not in output.stdout + output.stderr


def test_check_passes_on_fresh_data_directory_and_reports_readable_key_file(warder):
    done(warder.cli("check"))
    (warder.data_dir / "keys.json").chmod(0o644)
    result = warder.cli("check")
    assert result.returncode == 1 and "keys.json" in result.stdout + result.stderr
    (warder.data_dir / "keys.json").chmod(0o600)


def test_token_commands_without_running_server_take_effect_at_the_next_start(warder, admin):
    token = admin.mint("one")
    warder.stop()
    created = create(warder)
    done(warder.cli("token", "revoke", token.id))
    warder.start()
    assert warder.accepts(created) and not warder.accepts(token)


def test_token_revoke_by_its_text_says_whose_it_was(warder, alice):
    token, paused = alice.mint("leaked"), alice.mint("paused")
    done(warder.cli("token", "set", paused.id, "--disable"))
    assert done(warder.cli("token", "revoke", "--stdin", stdin=f"{token}\n")) == f"revoked token {token.id} of alice\n"
    assert not warder.accepts(token)
    assert json.loads(done(warder.cli("token", "revoke", "--stdin", "--json", stdin=paused))) == {"message": "Token deleted"}
    assert alice.tokens() == {}
    again = refused(warder.cli("token", "revoke", "--stdin", stdin=token))
    assert f"(not_registered): token {token.id} of alice" in again


def test_expired_token_can_be_revoked_by_its_text(warder, alice):
    token = alice.mint("short", life="1 s")
    eventually(lambda: not warder.accepts(token))
    assert done(warder.cli("token", "revoke", "--stdin", stdin=token)) == f"revoked token {token.id} of alice\n"
    assert alice.tokens() == {}


def test_token_revoke_by_its_text_needs_a_valid_signature(warder, alice):
    token = alice.mint("one")
    assert "bad_signature" in refused(warder.cli("token", "revoke", "--stdin", stdin=token[:-4] + "AAAA"))
    assert "not_a_token" in refused(warder.cli("token", "revoke", "--stdin", stdin="nonsense"))
    assert "standard input" in refused(warder.cli("token", "revoke", "--stdin", stdin=None))
    assert warder.accepts(token)


def test_token_revoke_needs_either_an_id_or_a_text(warder, alice):
    token = alice.mint("one")
    for arguments in ([], [token.id, "--stdin"]):
        result = warder.cli("token", "revoke", *arguments, stdin=token)
        assert (result.returncode, result.stdout) == (2, "") and "--stdin" in result.stderr
    assert warder.accepts(token)
