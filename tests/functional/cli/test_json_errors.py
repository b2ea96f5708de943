# SPDX-License-Identifier: MIT
"""With --json, errors and warnings are JSON on standard error, with the codes of the HTTP API."""

import json
import signal

import pytest
from support.server import TOP, run_binary

UNKNOWN_ID = "5e0c6a3f-7a53-4a52-b7f1-7c8e0e1f9a10"


def error_of(result, code=1):
    assert (result.returncode, result.stdout) == (code, ""), result
    (line,) = result.stderr.splitlines()
    error = json.loads(line)
    assert list(error) == ["message", "error"]
    return error


def version():
    (line,) = [line for line in (TOP / "CMakeLists.txt").read_text().splitlines() if line.startswith("project(warder")]
    return line.split("VERSION ")[1].split()[0]


def test_version_command_prints_the_version_as_text_and_as_json():
    result = run_binary("version")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"warder {version()}\n", "")
    result = run_binary("version", "--json")
    assert (result.returncode, json.loads(result.stdout)["version"], result.stderr) == (0, version(), "")


def test_errors_of_the_api_keep_their_message_and_code(warder, admin):
    token = admin.mint("one")
    cases = [
        (("token", "show", UNKNOWN_ID), admin.get(f"/v1alpha/token/{UNKNOWN_ID}")),
        (("user", "delete", "nobody"), admin.delete("/v1alpha/users/nobody")),
        (("user", "delete", "admin"), admin.delete("/v1alpha/users/admin")),
        (("token", "create", "--user", "admin", "--description", "one", "--life", "1 h"), admin.post("/v1alpha/token/", {"jwt_token_description": "one", "jwt_token_life": "1 h"})),
    ]
    for command, answer in cases:
        assert error_of(warder.cli(*command, "--json")) == answer.json()
    assert warder.accepts(token)


def test_errors_of_the_command_line_have_codes(warder, admin):
    create = ("token", "create", "--user", "admin", "--description", "x")
    assert error_of(warder.cli(*create, "--life", "fortnight", "--json"))["error"] == "bad_life"
    assert error_of(warder.cli(*create, "--life", "1 h", "--endpoint", "GET", "--json"))["error"] == "bad_grant"
    assert error_of(warder.cli("token", "verify", "--json", stdin="nonsense"))["error"] == "not_a_token"
    limited = admin.mint("limited", endpoints=["GET /a"])
    for path, code in (("/b", "insufficient_scope"), ("/a/../b", "bad_path")):
        assert error_of(warder.cli("token", "verify", "--json", "--method", "GET", "--path", path, stdin=limited))["error"] == code
    (key,) = json.loads(warder.cli("key", "list", "--json").stdout)["keys"]
    assert error_of(warder.cli("key", "retire", "nope", "--json"))["error"] == "unknown_key"
    assert error_of(warder.cli("key", "retire", key["kid"], "--json"))["error"] == "key_is_signing"
    assert warder.cli("key", "rotate").returncode == 0
    assert error_of(warder.cli("key", "retire", key["kid"], "--json"))["error"] == "key_in_use"


def test_other_failures_have_the_code_failed(tmp_path):
    missing = tmp_path / "none"
    error = error_of(run_binary("user", "list", "--json", "--data-dir", missing))
    assert error["error"] == "failed" and str(missing) in error["message"]


def test_file_name_that_is_not_utf8_is_escaped_in_the_message(tmp_path):
    directory = str(tmp_path) + "/\udcff\u202e\x1b[31m"
    result = run_binary("backup", "--json", directory, "--data-dir", tmp_path)
    error = error_of(result)
    assert result.stderr.strip().isascii() and result.stderr.strip().isprintable() and error["error"] == "failed"


@pytest.mark.parametrize("command", [["token", "list", "--jsn"], ["token", "show"], ["tokens"], ["user", "set", "admin", "--admin", "x"]], ids=" ".join)
def test_wrong_usage_with_json_has_the_code_bad_usage(command):
    plain, with_json = run_binary(*command), run_binary(*command, "--json")
    assert plain.returncode == 2 and plain.stderr.startswith("warder: ")
    assert error_of(with_json, code=2) == {"message": plain.stderr[len("warder: ") : -1], "error": "bad_usage"}


def test_json_after_two_dashes_or_as_a_value_does_not_change_the_error(warder):
    assert run_binary("token", "show", "--", "--json", "x").stderr.startswith("warder: ")
    assert warder.cli("token", "list", "--user", "--json").stderr == "warder: There is no user with that name.\n"


def test_warning_with_json_is_json(warder, admin):
    token = admin.mint("one")
    warder.process.send_signal(signal.SIGSTOP)
    try:
        plain = warder.cli("token", "set", token.id, "--disable")
        done = warder.cli("token", "revoke", token.id, "--json")
    finally:
        warder.process.send_signal(signal.SIGCONT)
    assert plain.stderr == "warder: warning: the change is stored, but the running server did not confirm the reload within 2 seconds\n"
    assert done.returncode == 0 and json.loads(done.stdout) == {"message": "Token deleted"}
    assert json.loads(done.stderr) == {"warning": "the change is stored, but the running server did not confirm the reload within 2 seconds"}
