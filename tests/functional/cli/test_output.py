# SPDX-License-Identifier: MIT
"""Output and exit codes of commands: for people, for programs, and on errors."""

import json
import os
import resource
import subprocess

import pytest
from support.keys import parts_of, read_keys, sign, signing_secret
from support.server import BINARY, TOP, clean_environment, run_binary

GOOD = "long enough"
UNKNOWN_ID = "5e0c6a3f-7a53-4a52-b7f1-7c8e0e1f9a10"


def as_json(result):
    assert result.returncode == 0 and result.stderr == "", result
    assert len(result.stdout.splitlines()) == 1
    return json.loads(result.stdout)


def assert_error(result, *needles, code=1):
    assert result.returncode == code, result
    assert result.stdout == "" and len(result.stderr.splitlines()) == 1, result
    assert result.stderr.startswith("warder: ")
    for needle in needles:
        assert needle in result.stderr
    return result.stderr


# For programs


def test_user_commands_with_json_print_the_api_responses(warder, admin):
    added = as_json(warder.cli("user", "add", "alice", "--json", stdin=GOOD))
    assert added == admin.get("/v1alpha/users/alice").json() and list(added) == ["username", "is_admin", "endpoints", "tokens", "created_at"]
    assert as_json(warder.cli("user", "set", "alice", "--admin", "true", "--json")) == admin.patch("/v1alpha/users/alice", {"is_admin": True}).json()
    assert as_json(warder.cli("user", "list", "--json")) == admin.get("/v1alpha/users/").json()
    assert as_json(warder.cli("user", "passwd", "alice", "--json", stdin=GOOD)) == {"message": "Password changed"}
    assert as_json(warder.cli("user", "delete", "alice", "--json")) == {"message": "User deleted"}


def without_volatile_fields(answer):
    """Returns the answer without the fields that change as time passes."""
    if isinstance(answer, dict):
        return {key: without_volatile_fields(value) for key, value in answer.items() if "remaining" not in key}
    return answer


def test_token_commands_with_json_print_the_api_responses(warder, admin):
    minted = as_json(warder.cli("token", "create", "--user", "admin", "--description", "na\u00efve", "--life", "6 minutes", "--json"))
    assert list(minted) == ["message", "jwt_token_id", "jwt_token", "jwt_token_description", "jwt_token_life"]
    assert (minted["message"], minted["jwt_token_description"], minted["jwt_token_life"]) == ("Token generated", "na\u00efve", 360)
    token_id = minted["jwt_token_id"]

    shown, answered = as_json(warder.cli("token", "show", token_id, "--json")), admin.get(f"/v1alpha/token/{token_id}").json()
    assert list(shown) == list(answered) and without_volatile_fields(shown) == without_volatile_fields(answered)
    assert 350 < shown["jwt_token_life_remaining"] <= 360

    for whose, query in ((["--user", "admin"], "?user=admin"), ([], "?user=*")):
        listed, answered = as_json(warder.cli("token", "list", "--json", *whose)), admin.get("/v1alpha/token/" + query).json()
        assert list(listed["jwt_tokens"][token_id]) == list(answered["jwt_tokens"][token_id])
        assert without_volatile_fields(listed) == without_volatile_fields(answered)

    renewed = as_json(warder.cli("token", "renew", token_id, "--life", "1.5 s", "--json"))
    assert list(renewed) == list(minted) and renewed["jwt_token_life"] == 1.5
    assert as_json(warder.cli("token", "revoke", renewed["jwt_token_id"], "--json")) == {"message": "Token deleted"}
    assert as_json(warder.cli("token", "list", "--json")) == {"message": "Tokens exists", "jwt_tokens": {}}


def test_key_commands_with_json_print_objects(warder):
    (first,) = as_json(warder.cli("key", "list", "--json"))["keys"]
    assert first["signing"] and first["first"] and first["kid"] == read_keys(warder.data_dir)[0][0]
    assert as_json(warder.cli("key", "rotate", "--json")) == {"kid": read_keys(warder.data_dir)[1][0]}
    assert as_json(warder.cli("key", "retire", first["kid"], "--json")) == {"message": "Key retired"}


def test_duration_command_with_json_prints_an_array(tmp_path):
    assert as_json(run_binary("duration", "--json", "6 minutes", "1.5 s")) == [360, 1.5]
    result = run_binary("duration", "--json", "x", "1 h", "")
    assert (result.returncode, json.loads(result.stdout), result.stderr) == (1, [None, 3600, None], "")


def test_version_option_prints_the_version_of_the_cmake_project():
    (line,) = [line for line in (TOP / "CMakeLists.txt").read_text().splitlines() if line.startswith("project(warder")]
    result = run_binary("--version")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"warder {line.split('VERSION ')[1].split()[0]}\n", "")


# Errors


@pytest.mark.parametrize(
    "command",
    [["token", "list", "--user", ""], ["token", "renew", "{id}", "--life", ""], ["token", "renew", "{id}", "--overlap", ""], ["user", "list", "--config", ""]]
    + [["user", "list", "--store", ""], ["user", "list", "--data-dir", ""], ["serve", "--listen", ""], ["serve", "--data-dir", ""], ["user", "add", ""], ["user", "delete", ""]]
    + [["token", "show", ""], ["key", "retire", ""], ["token", "create", "--user", "", "--description", "x", "--life", "1 h"]]
    + [["token", "create", "--user", "admin", "--description", "", "--life", "1 h"], ["token", "create", "--user", "admin", "--description", "x", "--life", ""]],
    ids=" ".join,
)
def test_empty_option_value_is_rejected_and_not_treated_as_absent(warder, admin, command):
    token = admin.mint("one")
    command = [token.id if part == "{id}" else part for part in command]
    places = [] if "--data-dir" in command else ["--data-dir", warder.data_dir]
    assert_error(run_binary(*command, *places, stdin=GOOD))
    assert warder.accepts(token) and len(admin.tokens()) == 1


def test_user_set_with_empty_admin_value_is_wrong_usage(warder):
    assert_error(warder.cli("user", "set", "admin", "--admin", ""), "--admin", code=2)


@pytest.mark.parametrize("command", [["user", "list", "--nonsense\n\x1b[31m"], ["user", "add"], ["token", "renew"], ["duration"], ["key"], ["token", "list", "--user", "a", "--user", "b"]])
def test_wrong_usage_error_is_one_printable_line(command):
    line = assert_error(run_binary(*command), "--help", code=2)
    assert line[:-1].isprintable()


def test_errors_of_token_user_and_key_commands_are_one_line_with_exit_status_1(warder, admin):
    token = admin.mint("one")
    create = ["token", "create", "--user", "admin", "--description"]
    assert_error(warder.cli(*create, "one", "--life", "1 h"), "Token description already exists or is blank\n")
    assert_error(warder.cli(*create, "a\nb", "--life", "1 h"), "control character")
    assert_error(warder.cli(*create, "x" * 201, "--life", "1 h"), "200")
    assert_error(warder.cli(*create, "x", "--life", "fortnight"), "6 minutes")
    assert_error(warder.cli(*create, "x", "--life", "99999999999 years"), "tokens.max_life")
    assert_error(warder.cli(*create, "x", "--life", "11 years"), "tokens.max_life")
    assert_error(warder.cli(*create, "x", "--life", "0.5 s"), "one second")
    assert_error(warder.cli(*create, "x", "--life=-1 h"), "one second")
    assert_error(warder.cli("token", "create", "--user", "nobody", "--description", "x", "--life", "1 h"), "no user")
    for command in ("show", "revoke", "renew"):
        for token_id in (UNKNOWN_ID, "nonsense", token.id.upper()):
            assert_error(warder.cli("token", command, token_id), "Token does not exist, make sure to enter correct token id\n")
    assert_error(warder.cli("token", "renew", token.id, "--overlap=-1 s"), "negative")
    assert_error(warder.cli("token", "list", "--user", "nobody"), "no user")
    assert_error(warder.cli("user", "add", "ADMIN", stdin=GOOD), "exists")
    assert_error(warder.cli("user", "set", "nobody", "--admin", "true"), "no user")
    assert_error(warder.cli("user", "set", "admin", "--admin", "false"), "last administrator")
    assert_error(warder.cli("key", "retire", "nope"), "warder key list")
    assert_error(warder.cli("key", "retire", read_keys(warder.data_dir)[0][0]), "rotate")
    assert warder.accepts(token) and len(admin.tokens()) == 1


def test_renewal_with_overlap_of_zero_revokes_the_old_token(warder, admin):
    old = admin.mint("one")
    new = warder.cli("token", "renew", old.id, "--overlap", "0 s").stdout.strip()
    assert warder.accepts(new) and not warder.accepts(old)


def test_error_message_ends_with_one_period(warder, admin):
    assert admin.delete("/v1alpha/users/nobody").json()["message"] == "There is no user with that name."
    assert assert_error(warder.cli("user", "delete", "nobody")) == "warder: There is no user with that name.\n"


@pytest.mark.parametrize("command", [["token", "create", "--user", "admin", "--description", "x", "--life", "1 h"], ["user", "list"], ["duration", "1 h"], ["check"]], ids=" ".join)
def test_command_with_full_standard_output_exits_with_1(warder, command):
    places = [] if command[0] == "duration" else ["--data-dir", str(warder.data_dir)]
    with open("/dev/full", "wb") as full:
        result = subprocess.run([str(BINARY), *command, *places], stdout=full, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=clean_environment(), timeout=60, check=False)
    assert result.returncode == 1 and b"standard output" in result.stderr


@pytest.mark.bare
@pytest.mark.parametrize("command", [["user", "list"], ["serve", "--listen", "127.0.0.1:0"]], ids=" ".join)
def test_command_that_cannot_create_threads_fails_with_one_line(tmp_path, start_server, command):
    start_server().stop()

    def leave_no_room_for_threads():
        stack = 1 << 46  # each thread would get a stack of this size
        resource.setrlimit(resource.RLIMIT_STACK, (stack, resource.getrlimit(resource.RLIMIT_STACK)[1]))

    result = subprocess.run(
        [str(BINARY), *command, "--data-dir", str(tmp_path / "data")], preexec_fn=leave_no_room_for_threads, capture_output=True, text=True,
        env=clean_environment(), timeout=60, check=False,
    )
    assert_error(result, "Resource temporarily unavailable")


# token verify


@pytest.mark.parametrize("end", ["", "\n", "\r\n"], ids=["bare", "newline", "CRLF"])
def test_token_verify_prints_the_payload_for_each_line_ending(warder, admin, end):
    token = admin.mint("na\u00efve \u2713")
    result = subprocess.run(
        [str(BINARY), "token", "verify", "--data-dir", str(warder.data_dir)], input=(token + end).encode(), capture_output=True, env=clean_environment(), timeout=60, check=False
    )
    assert result.returncode == 0 and result.stderr == b""
    assert result.stdout == parts_of(token)[1] + b"\n"


def test_token_verify_rejects_input_that_is_not_exactly_one_token_line(warder, admin):
    token = admin.mint("one")
    for text in (token + "\n" + token + "\n", token + "\n\n", token + "\nx", token[:40] + "\n" + token[40:], "\n" + token, "\n", "nonsense"):
        assert_error(warder.cli("token", "verify", stdin=text), "not_a_token")
    for text in (" " + token, token + " ", token + "\t\n"):
        assert_error(warder.cli("token", "verify", stdin=text))
    assert_error(warder.cli("token", "verify", stdin=None), "standard input")


def test_token_verify_reads_up_to_8_kib_and_rejects_longer_input(warder, admin):
    """An additional claim makes the token long; the signature covers it, so a truncated token would have a bad signature."""
    token = admin.mint("one")
    claims = json.loads(parts_of(token)[1])

    def of_length(length):
        for padding in range(length * 3 // 4 - len(token) - 80, length):
            text = sign('{"typ":"JWT","alg":"HS256"}', {**claims, "padding": "x" * padding}, signing_secret(warder.data_dir))
            if len(text) >= length:
                return text

    for length in (4097, 5000, 8190):
        text = of_length(length)
        assert length <= len(text) <= 8192
        # The signature and the claims are valid, but it is not the token that was registered.
        assert_error(warder.cli("token", "verify", stdin=text + "\r\n"), "not_registered")
    for text in (of_length(8193), "e" * 8193, "e" * 1_000_000):
        assert_error(warder.cli("token", "verify", stdin=text), "not_a_token")


def test_token_verify_names_the_reason_of_an_invalid_token(warder, admin):
    token = admin.mint("one")
    header, payload, signature = token.split(".")
    assert_error(warder.cli("token", "verify", stdin=f"{header}.{payload}.{'A' * 43}"), "bad_signature")
    admin.delete(f"/v1alpha/token/{token.id}")
    assert_error(warder.cli("token", "verify", stdin=token), f"(not_registered): token {token.id} of admin")
