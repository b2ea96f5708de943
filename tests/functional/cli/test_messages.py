# SPDX-License-Identifier: MIT
"""Messages of commands that fail: each says what is wrong, and what to do."""

import json

from support.server import run_binary


def error_of(result):
    (line,) = result.stderr.splitlines()
    assert (result.returncode, result.stdout) == (1, ""), result
    return line


def test_serve_with_missing_parent_of_the_data_directory_names_it(tmp_path):
    data_dir = tmp_path / "none" / "data"
    said = error_of(run_binary("serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir))
    assert said == f"warder: {data_dir}: the data directory can't be created, because its parent directory is missing: No such file or directory"


def test_command_with_missing_data_directory_says_how_to_select_another_one(tmp_path):
    said = error_of(run_binary("user", "list", "--data-dir", tmp_path / "none"))
    assert said == f"warder: key file {tmp_path / 'none' / 'keys.json'}: its directory doesn't exist; select the data directory with --data-dir or --config, or let 'warder serve' create it"


def test_verify_explains_in_a_sentence_why_a_token_is_rejected(warder, admin):
    token = admin.mint("one", endpoints=["GET /a"])
    request = ("--method", "POST", "--path", "/a")
    assert error_of(warder.cli("token", "verify", *request, stdin=token)) == f'warder: no grant of the token covers this request (insufficient_scope): token {token.id} of admin; the only grant is "GET /a", but the method "POST" is not GET'
    assert error_of(warder.cli("token", "verify", stdin=token[:-4] + "AAAA")) == "warder: the signature of the token is invalid (bad_signature)"
    admin.delete(f"/v1alpha/token/{token.id}")
    assert error_of(warder.cli("token", "verify", stdin=token)) == f"warder: the token was revoked, or was never registered here (not_registered): token {token.id} of admin"
    assert error_of(warder.cli("token", "verify", stdin="nonsense")) == "warder: the text is not a token (not_a_token)"


def test_verify_says_that_the_ceiling_does_not_cover_the_request(warder, admin):
    token = admin.mint("one", endpoints=["/a"])
    admin.patch("/v1alpha/users/admin", {"endpoints": ["/b/**", "POST /a"]})
    said = error_of(warder.cli("token", "verify", "--method", "GET", "--path", "/a", stdin=token))
    assert said == f'warder: the ceiling of the token\'s user doesn\'t cover this request (insufficient_scope): token {token.id} of admin; the nearest grant of the ceiling is "/b/**", but the path "/a" is not under "/b"'


def test_retire_of_a_needed_key_counts_the_tokens_and_names_the_option(warder, admin):
    admin.mint("one")
    key = json.loads(warder.cli("key", "list", "--json").stdout)["keys"][0]["kid"]
    assert warder.cli("key", "rotate").returncode == 0
    assert error_of(warder.cli("key", "retire", key)) == "warder: 1 active token needs this key; --revoke-tokens revokes it first"


def test_log_lines_of_a_reload_have_event_ids(start_server):
    server = start_server(config_text="", env={"WARDER_NONSENSE": "x"})
    assert 'event=setting_ignored variable=WARDER_NONSENSE why="this variable is not a setting and is ignored"' in server.log()
