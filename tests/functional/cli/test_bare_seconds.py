# SPDX-License-Identifier: MIT
"""A bare number means seconds in the environment and on the command line, where all values are text."""

import json
import time

import pytest
from support.server import ADMIN_PASSWORD, clean_environment, run_binary

TIMES = ["HEADER_TIMEOUT", "IDLE_TIMEOUT", "DRAIN_TIMEOUT", "TOKENS_MAX_LIFE", "TOKENS_KEEP_EXPIRED", "UI_IDLE", "UI_ABSOLUTE", "AUDIT_KEEP"]


def create(server, *options):
    return server.cli("token", "create", "--json", "--user", "admin", "--description", str(time.monotonic_ns()), *options)


def life_of(result):
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)["jwt_token_life"]


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("value", ["90", "1.5", "+90", "9e1", "90.0", " 90 "])
def test_bare_number_in_environment_variable_is_accepted_as_seconds(warder, name, value):
    checked = run_binary("check", "--json", "--data-dir", warder.data_dir, env=clean_environment(**{f"WARDER_{name}": value}))
    assert json.loads(checked.stdout) == {"ok": True, "faults": []}


@pytest.mark.parametrize("value", ["0", "-1", "0.05", "86401", "1e300", "inf", "nan", "0x10", "1,5", "9 0", "e"])
def test_invalid_number_in_timeout_variable_is_rejected(warder, value):
    checked = run_binary("check", "--json", "--data-dir", warder.data_dir, env=clean_environment(WARDER_IDLE_TIMEOUT=value))
    (fault,) = json.loads(checked.stdout)["faults"]
    assert "WARDER_IDLE_TIMEOUT" in fault and "a number of seconds" in fault


def test_bare_number_in_environment_variable_limits_token_lifetime(start_server):
    server = start_server(env={"WARDER_TOKENS_MAX_LIFE": "3600"})
    admin = server.person("admin", ADMIN_PASSWORD)
    mint = {"jwt_token_description": "x", "jwt_token_life": "1 hour"}
    assert admin.post("/v1alpha/token/", mint).status_code == 201
    answer = admin.post("/v1alpha/token/", {**mint, "jwt_token_life": 3601})
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_life")


def test_bare_number_of_token_lifetime_option_is_seconds(warder):
    assert life_of(create(warder, "--life", "3600")) == 3600
    assert life_of(create(warder, "--life", "1.5")) == 1.5
    assert life_of(create(warder, "--life", "1h30m")) == 5400


@pytest.mark.parametrize("life", ["0", "-3600", "0.5", "1e300", "inf", "nan", "soon", " "])
def test_invalid_token_lifetime_option_is_rejected_on_one_line(warder, life):
    refused = create(warder, f"--life={life}")
    assert refused.returncode == 1 and refused.stdout == "" and len(refused.stderr.splitlines()) == 1, refused


def test_unparsable_token_lifetime_error_quotes_the_value_and_gives_examples(warder):
    refused = create(warder, "--life", "3 dayz\x1b")
    message = json.loads(refused.stderr)["message"]
    assert 'invalid duration "3 dayz\\u001b"' in message and '"3 months"' in message and "seconds" in message


def test_bare_number_of_overlap_option_is_seconds(warder):
    token_id = json.loads(create(warder, "--life", "1 day").stdout)["jwt_token_id"]
    renewed = warder.cli("token", "renew", token_id, "--life", "7200", "--overlap", "600", "--json")
    assert life_of(renewed) == 7200
    shown = json.loads(warder.cli("token", "show", token_id, "--json").stdout)
    assert 0 < shown["jwt_token_life_remaining"] <= 600
    refused = warder.cli("token", "renew", json.loads(renewed.stdout)["jwt_token_id"], "--overlap", "-5")
    assert refused.returncode == 1


def test_duration_command_rejects_bare_number_as_pytimeparse_does(tmp_path):
    """The command parses the duration strings of the API, where a bare number is a JSON number and the string "3600" is invalid."""
    result = run_binary("duration", "3600")
    assert (result.stdout, result.returncode) == ("invalid\n", 1)
