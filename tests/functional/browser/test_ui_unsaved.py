# SPDX-License-Identifier: MIT
"""Unsaved changes: leaving a page asks first, within the web UI and when the tab closes."""

import pytest

LEAVING = "const leaving = new Event('beforeunload', { cancelable: true }); dispatchEvent(leaving); return leaving.defaultPrevented"


@pytest.fixture
def token_page(signed_in, alice):
    token = alice.mint("ci runner", endpoints=["/a"])
    signed_in.go(f"/tokens/{token.id}")
    signed_in.until_title("ci runner")
    return signed_in


def assert_asks(page):
    """Expects the question for each way to leave, and stays."""
    assert page.script(LEAVING)
    page.press("Help")
    page.until(lambda: "Discard unsaved changes?" in page.dialog())
    page.press("Keep editing")


@pytest.mark.parametrize("change", ["description", "grant", "typed path", "rate limit"])
def test_leaving_a_token_page_with_unsaved_changes_asks(token_page, change):
    assert not token_page.script(LEAVING), "nothing has changed"
    if change == "description":
        token_page.fill("Description", "new name")
    elif change == "grant":
        token_page.fill("Grant", "/b")
    elif change == "typed path":
        token_page.fill("Path", "/not/added/yet")
    else:
        token_page.fill("Rate limit", "1/day")

    assert_asks(token_page)

    assert token_page.heading() == "ci runner"
    token_page.press("Account: alice")
    token_page.press("Discard")
    token_page.until_title("Account")
    assert not token_page.script(LEAVING)


def test_leaving_an_unchanged_or_saved_token_page_does_not_ask(token_page):
    token_page.press("Account: alice")
    token_page.until_title("Account")
    token_page.script("history.back()")
    token_page.until_title("ci runner")

    token_page.fill("Description", "new name")
    token_page.press("Save")
    token_page.until_title("new name")
    assert not token_page.script(LEAVING)
    token_page.press("Help")
    token_page.until_title("Help")


def test_browser_back_with_unsaved_changes_asks(token_page):
    token_page.fill("Description", "new name")

    token_page.script("history.back()")

    token_page.until(lambda: "Discard unsaved changes?" in token_page.dialog())
    token_page.press("Keep editing")
    assert token_page.control("Description").get_attribute("value") == "new name"


def test_pausing_keeps_unsaved_changes(token_page):
    token_page.fill("Description", "new name")
    token_page.press("Pause…")
    token_page.press("Pause")
    token_page.until(lambda: token_page.controls("Resume"))

    assert token_page.control("Description").get_attribute("value") == "new name"
    assert "Paused · expires in" in token_page.text()


def test_revoking_with_unsaved_changes_leaves_without_another_question(token_page, alice):
    token_page.fill("Description", "new name")
    token_page.press("Revoke…")
    token_page.press("Revoke")

    token_page.until_title("Tokens")
    assert alice.tokens() == {}


def test_sign_out_with_unsaved_changes_asks(token_page):
    token_page.fill("Description", "new name")
    token_page.press("Sign out")
    token_page.until(lambda: "Discard unsaved changes?" in token_page.dialog())
    token_page.press("Discard")

    token_page.until_title("Sign in")


@pytest.mark.parametrize("change", ["Administrator", "New password"])
def test_leaving_a_user_page_with_unsaved_changes_asks(as_admin, alice, change):
    as_admin.go("/users/alice")
    as_admin.until_title("alice")
    if change == "Administrator":
        as_admin.press("Administrator")
    else:
        as_admin.fill("New password", "a new one")

    assert_asks(as_admin)
    as_admin.press("Help")
    as_admin.press("Discard")
    as_admin.until_title("Help")
