# SPDX-License-Identifier: MIT
"""Messages of the management API name what is wrong and what would be right."""

import re

import pytest
import requests
from support.responses import assert_error

MINT = "/v1alpha/token/"


def test_message_about_a_lifetime_keeps_readable_unicode(alice):
    answer = alice.post(MINT, {"jwt_token_description": "one", "jwt_token_life": "\u0661 day"})
    assert assert_error(answer, 400, "bad_life").startswith('The lifetime "\u0661 day" is not a valid duration.')
    assert "\u0661 day".encode() in answer.content


def test_message_about_a_lifetime_escapes_control_and_bidirectional_characters(alice):
    answer = alice.post(MINT, {"jwt_token_description": "one", "jwt_token_life": "1\t\u202eday"})
    assert r'The lifetime "1\x09\xE2\x80\xAEday" is not a valid duration.' in assert_error(answer, 400, "bad_life")


def test_lifetime_without_a_unit_is_rejected_as_such(alice):
    answer = alice.post(MINT, {"jwt_token_description": "one", "jwt_token_life": "90"})
    assert assert_error(answer, 400, "bad_life") == 'The lifetime "90" has no unit. Examples: "6 minutes", "1h30m", "3 months".'


def test_lifetime_over_the_maximum_is_rejected_with_the_maximum(start_server):
    from support.server import ADMIN_PASSWORD

    admin = start_server(config_text='[tokens]\nmax_life = "30 days"\n').person("admin", ADMIN_PASSWORD)
    answer = admin.post(MINT, {"jwt_token_description": "one", "jwt_token_life": "31 days"})
    assert "is longer than the maximum of 30 days (tokens.max_life)." in assert_error(answer, 400, "bad_life")


def test_unknown_key_is_rejected_with_the_known_keys(alice):
    answer = alice.post(f"{MINT}{alice.mint('one').id}/renew", {"jwt_token_live": "1 day"})
    assert assert_error(answer, 400, "bad_field") == 'Unknown key "jwt_token_live"; this call takes "jwt_token_life" and "overlap".'


def test_unknown_key_of_a_new_token_is_rejected_with_the_limits_that_it_takes(alice):
    message = assert_error(alice.post(MINT, {"jwt_token_description": "one", "jwt_token_live": "1 day"}), 400, "bad_field")
    known = re.findall(r'"(\w+)"', message.removeprefix('Unknown key "jwt_token_live"; this call takes '))
    assert known[:5] == ["jwt_token_description", "jwt_token_life", "endpoints", "allowed_from", "rate_limit"]


def test_unknown_query_parameter_is_rejected_with_the_known_parameters(admin, alice):
    assert (
        assert_error(alice.get("/v1alpha/token/?limits=1"), 400, "bad_field")
        == 'Unknown query parameter "limits"; this call takes "user", "limit", "after", "include", "expires_within" and "unused_for".'
    )
    assert assert_error(admin.get("/v1alpha/users/alice?x=1"), 400, "bad_field") == 'Unknown query parameter "x"; this call takes "include".'
    assert assert_error(admin.get("/v1alpha/server?x=1"), 400, "bad_field") == 'Unknown query parameter "x"; this call takes none.'


@pytest.mark.parametrize("call", ["introspect", "revoke"])
def test_json_body_of_a_form_call_is_rejected_without_quoting_it(warder, alice, call):
    token = alice.mint("one")
    answer = requests.post(f"{warder.url}/v1alpha/{call}", json={"token": token}, headers={"Authorization": f"Bearer {token}"}, auth=alice.auth, timeout=20)
    message = assert_error(answer, 400, "bad_field")
    assert "application/x-www-form-urlencoded" in message and token[:20] not in message
