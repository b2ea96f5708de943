# SPDX-License-Identifier: MIT
"""The account page with its sessions, last sign-ins, and revoking all tokens of a user."""

import pytest
from support.ui_client import UiClient


@pytest.fixture
def other(warder, alice):
    """A session of alice in another browser."""
    client = UiClient(warder)
    client.sign_in(alice.name, alice.password)
    return client


def open_account(page):
    page.press("Account: alice")
    page.until_title("Account")


def sessions(page):
    return page.script("return [...document.querySelectorAll('.session')].map((row) => row.textContent)")


def test_account_page_lists_the_sessions(signed_in, other):
    open_account(signed_in)

    texts = sessions(signed_in)
    assert len(texts) == 2
    assert sum("This session" in text for text in texts) == 1
    assert all("Last used" in text and "signed in" in text and "ends" in text for text in texts), texts


def test_other_session_is_ended_on_the_account_page(signed_in, other):
    open_account(signed_in)
    signed_in.control("End session").click()

    signed_in.until(lambda: len(sessions(signed_in)) == 1)
    assert not other.is_signed_in()
    assert "This session" in sessions(signed_in)[0]


def test_sign_out_everywhere_ends_all_sessions_and_keeps_tokens(signed_in, other, alice, warder):
    token = alice.mint("ci runner")
    open_account(signed_in)
    signed_in.press("Sign out everywhere…")
    signed_in.until(lambda: "All your sessions end, this one included." in signed_in.dialog())
    signed_in.press("Sign out everywhere")

    signed_in.until_title("Sign in")
    assert not other.is_signed_in()
    assert warder.accepts(token)


def test_users_show_when_they_last_signed_in(as_admin, alice, make_user):
    make_user("never")
    assert alice.get("/v1alpha/whoami").status_code == 200
    as_admin.press("Users")
    as_admin.until_title("Users")

    assert "Last sign-in just now" in as_admin.row("alice")
    assert "Last sign-in" not in as_admin.row("never")
    as_admin.press("alice")
    as_admin.until_title("alice")
    as_admin.until_says("Last sign-in just now")


def test_all_tokens_of_a_user_are_revoked_at_once(as_admin, alice, bob, warder):
    tokens, kept = [alice.mint("one"), alice.mint("two")], bob.mint("his")
    as_admin.go("/users/alice")
    as_admin.until_title("alice")
    as_admin.press("Revoke all tokens…")
    as_admin.until(lambda: "Anything using their 2 tokens" in as_admin.dialog())
    as_admin.press("Revoke all")

    as_admin.until_says("Revoked 2 tokens.")
    as_admin.until_says("No tokens.")
    assert [warder.accepts(token) for token in tokens] == [False, False]
    assert warder.accepts(kept)
    assert not as_admin.controls("Revoke all tokens…")
