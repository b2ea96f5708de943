# SPDX-License-Identifier: MIT
"""Wrong command lines: each error is one line that names what was probably meant."""

import json

import pytest
from support.server import run_binary


def usage_error(*arguments, stdin=""):
    """Returns the error without the name of the program."""
    result = run_binary(*arguments, stdin=stdin)
    (line,) = result.stderr.splitlines()
    assert (result.returncode, result.stdout) == (2, "") and line.startswith("warder: "), result
    assert line.isascii() and line.isprintable(), line
    return line.removeprefix("warder: ")


@pytest.mark.parametrize(
    "typed, meant",
    [("tokens list", "warder token"), ("users", "warder user"), ("start", "warder serve"), ("run", "warder serve"), ("srve", "warder serve"), ("help", "warder --help")]
    + [("token help", "warder token --help"), ("token add", "warder token create"), ("token delete 1", "warder token revoke"), ("token rm 1", "warder token revoke")]
    + [("token ls", "warder token list"), ("token lst", "warder token list"), ("token verfiy", "warder token verify"), ("user create bob", "warder user add")]
    + [("user rm bob", "warder user delete"), ("user password bob", "warder user passwd"), ("user del bob", "warder user delete"), ("key delete 1", "warder key retire")]
    + [("key new", "warder key rotate"), ("logs", "warder audit"), ("doctor", "warder check"), ("revoke 1", "warder token revoke"), ("passwd", "warder user passwd")]
    + [("audti", "warder audit"), ("import spectre", "warder import specter")],
)
def test_unknown_command_error_names_the_command_that_is_meant(typed, meant):
    assert f'did you mean "{meant}"?' in usage_error(*typed.split())


def test_unknown_command_that_several_groups_have_names_each_of_them():
    assert 'did you mean "warder user list" or "warder token list" or "warder preset list" or "warder key list"?' in usage_error("list")


def test_unknown_command_without_similar_one_refers_to_the_help():
    assert usage_error("frobnicate") == "unknown command \"warder frobnicate\"; 'warder --help' lists the commands"
    assert usage_error("token", "frobnicate") == "unknown command \"warder token frobnicate\"; 'warder token --help' lists the commands"


@pytest.mark.parametrize(
    "typed, option, meant",
    [("serve --port 8080", "--port", "--listen"), ("serve -p 8080", "-p", "--listen"), ("serve -p8080", "-p", "--listen"), ("serve --lisen x", "--lisen", "--listen"), ("serve --bind=x", "--bind", "--listen")]
    + [("serve --datadir d", "--datadir", "--data-dir"), ("serve --conf f", "--conf", "--config"), ("user list -c f", "-c", "--config"), ("-v", "-v", "--version"), ("--verison", "--verison", "--version")]
    + [("token create --user a --name b --life c", "--name", "--description"), ("token create --desc b", "--desc", "--description"), ("token create --expires 1d", "--expires", "--life")]
    + [("token create --scope x", "--scope", "--endpoint"), ("token create --endpoints x", "--endpoints", "--endpoint"), ("token list --usr a", "--usr", "--user"), ("user list --jsn", "--jsn", "--json")]
    + [("token renew 1 --ttl 1d", "--ttl", "--life"), ("key retire 1 --revoke", "--revoke", "--revoke-tokens"), ("import specter f -n", "-n", "--dry-run")],
)
def test_unknown_option_error_names_the_option_that_is_meant(typed, option, meant):
    said = usage_error(*typed.split())
    assert f'has no option "{option}": did you mean "{meant}"?' in said


def test_unknown_option_without_similar_one_refers_to_the_help():
    assert usage_error("serve", "--frobnicate") == "\"warder serve\" has no option \"--frobnicate\"; 'warder serve --help' lists the options"


@pytest.mark.parametrize("typed", [["user", "add", "bob", "--password", "hunter22"], ["user", "add", "bob", "--password=hunter22"], ["user", "passwd", "bob", "hunter22"], ["user", "add", "bob", "--password:hunter22"], ["user", "add", "bob", "hunter22"], ["user", "set", "bob", "hunter22"]], ids=" ".join)
def test_password_as_argument_is_rejected_without_repeating_it(typed):
    said = usage_error(*typed)
    assert "a password is never an argument; " in said and "standard input" in said and "hunter22" not in said


@pytest.mark.parametrize("typed", [["token", "verify", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"], ["token", "verify", "--token", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"], ["token", "list", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"], ["token", "list", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln"], ["token", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"], ["eyJhbGciOiJIUzI1NiJ9.e30.c2ln"]], ids=" ".join)
def test_token_as_argument_is_rejected_without_repeating_it(typed):
    said = usage_error(*typed)
    assert "a token is never an argument; 'warder token verify' reads it from standard input" in said and "eyJ" not in said


@pytest.mark.parametrize(
    "typed, quoted",
    [("token create --user a --description b --life 1d --endpoint GET /a", '--endpoint "GET /a"'), ("token create --endpoint=GET,POST /a/** --user a", '--endpoint "GET,POST /a/**"')]
    + [("user add bob --endpoint * /a", '--endpoint "* /a"'), ("user set bob --endpoint GET //host/a", '--endpoint "GET //host/a"')]
    + [("grant GET /a /b", 'warder grant "GET /a" GET /path'), ("grant GET /a GET /b", 'warder grant "GET /a" GET /path'), ("grant GET /a GET /b rpc", 'warder grant "GET /a" GET /path')],
)
def test_grant_without_quotes_error_shows_it_quoted(typed, quoted):
    assert usage_error(*typed.split()) == "a grant is one argument, so quote it: " + quoted


def test_argument_in_excess_error_names_it_and_suggests_quotes():
    said = usage_error(*"token create --user a --description nightly backup --life 1d".split())
    assert said.startswith('"warder token create" got an unexpected argument "backup"; quote a value that contains spaces')
    assert 'unexpected argument "\\x1B[31m"' in usage_error("user", "list", "\x1b[31m")


def test_missing_command_or_argument_error_names_what_is_missing():
    assert '"warder" needs a command: one of serve, user, token, ' in usage_error()
    assert '"warder token" needs a command: one of create, list, show, set, renew, revoke, verify; ' in usage_error("token")
    assert '"warder user add" needs NAME; ' in usage_error("user", "add")
    assert '"warder token create" needs --user; ' in usage_error("token", "create")


@pytest.mark.parametrize("typed", ["version", "--version"])
def test_version_command_and_option_print_the_version(typed):
    result = run_binary(typed)
    assert result.returncode == 0 and result.stdout.startswith("warder ") and result.stderr == ""


def test_option_without_a_value_is_rejected_without_repeating_the_value_that_it_got():
    assert usage_error("user", "passwd", "bob", "--password-stdin=hunter22") == '"warder user passwd": the option "--password-stdin" takes no value'


def test_empty_value_after_an_equals_sign_does_not_take_the_next_argument(tmp_path):
    result = run_binary("user", "list", "--store=", "--json", "--data-dir", tmp_path)
    assert result.returncode == 1 and 'invalid value "" for store' in json.loads(result.stderr)["message"]
    assert usage_error("token", "list", "--user=", "bob") == "\"warder token list\" got an unexpected argument \"bob\"; quote a value that contains spaces, or see 'warder token list --help' for the usage"


def test_secret_as_argument_of_import_is_rejected_without_repeating_it():
    said = usage_error("import", "specter", "users.json", "hunter22")
    assert "a secret is never an argument; --secret-file names the file" in said and "hunter22" not in said


def test_unknown_command_suggests_nothing_more_destructive():
    assert "delete" not in usage_error("user", "revoke", "bob")
    assert "--admin" not in usage_error("user", "add", "bob", "--role", "reader")


def test_verify_without_its_group_names_token_verify():
    assert 'did you mean "warder token verify"?' in usage_error("verify")


def test_option_before_the_command_error_says_where_options_stand():
    assert usage_error("--config", "f", "serve") == '"warder" has no option "--config"; options follow the command, as in \'warder serve --config FILE\''
