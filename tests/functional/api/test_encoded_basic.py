# SPDX-License-Identifier: MIT
"""Basic is that of RFC 7617 on every call: what OAuth clients may encode as a form (RFC 6749 2.3.1) is taken as it is."""

import urllib.parse

import pytest
from support.responses import assert_error
from support.server import Person

PASSWORD = "100% of it+more: yes"
CALLS = ("/v1alpha/introspect", "/v1alpha/revoke")


@pytest.mark.parametrize("call", CALLS)
def test_password_that_a_client_encoded_as_a_form_is_wrong(warder, make_user, call):
    alice = make_user("alice", PASSWORD)
    token = alice.mint("one")
    encoded = Person(warder, alice.name, urllib.parse.quote_plus(PASSWORD))
    assert_error(encoded.request("POST", call, data={"token": token}), 401, "unauthorized")
    assert warder.accepts(token)
    assert alice.request("POST", call, data={"token": token}).status_code == 200


@pytest.mark.parametrize("call", CALLS)
def test_password_that_looks_encoded_is_not_decoded(warder, make_user, call):
    alice = make_user("alice", "a%20password+of%2Bhers")
    assert alice.request("POST", call, data={"token": alice.mint("one")}).status_code == 200
    decoded = Person(warder, alice.name, "a password of+hers")
    assert_error(decoded.request("POST", call, data={"token": "x"}), 401, "unauthorized")


@pytest.mark.parametrize("call", CALLS)
def test_password_of_unreserved_characters_works_with_clients_that_encode(make_user, call):
    password = "Correct-horse_battery.staple1"
    assert urllib.parse.quote_plus(password) == password
    alice = make_user("alice", password)
    assert alice.request("POST", call, data={"token": alice.mint("one")}).status_code == 200
