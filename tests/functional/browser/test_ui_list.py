# SPDX-License-Identifier: MIT
"""The list of tokens: replaced tokens, renewal, the server's filters, selection, and a pasted token."""

import re

import pytest
from selenium.webdriver.common.keys import Keys

from support.server import Token


@pytest.fixture
def renewed(alice):
    """A token, its renewed successor, and a third one that is newer than both."""
    old = alice.mint("nightly backup", life="90 days")
    answer = alice.post(f"/v1alpha/token/{old.id}/renew", {"overlap": "23 hours"})
    assert answer.status_code == 201
    new = Token.of(answer.json())
    alice.mint("another", life="1 day")
    return old, new


def show_list(page, path="/tokens"):
    page.go("/account")
    page.until_title("Account")
    page.go(path)
    page.settled()
    page.until(lambda: page.heading() != "Account")


def row_texts(page):
    return page.script("return [...document.querySelectorAll('.row')].map((row) => row.textContent)")


def test_replaced_token_is_shown_behind_its_successor_with_the_time_left(signed_in, renewed):
    show_list(signed_in)

    for order in ("Newest", "Oldest", "Expiring soonest", "Name"):
        signed_in.choose("Sort", order)
        texts = row_texts(signed_in)
        backups = [number for number, text in enumerate(texts) if "nightly backup" in text]
        assert backups == [backups[0], backups[0] + 1], order
        new, old = (texts[number] for number in backups)
        assert re.search(r"Expires in 90 days \(\d+ \w+ \d{4}\)", new), new
        assert "Replaces the one of" in new
        assert re.search(r"Replaced, works for (22 hours, 59 minutes|23 hours) more", old), old
        assert "Replaced by the one of" in old
    assert signed_in.controls("Expiring soon 0"), "a replaced token needs no renewal"


def test_replaced_token_and_its_successor_link_to_each_other(signed_in, renewed):
    old, new = renewed
    show_list(signed_in)
    links = signed_in.script("return [...document.querySelectorAll('.row')].filter((row) => row.textContent.includes('nightly')).map((row) => row.querySelector('.faint a').hash)")
    assert links == [f"#/tokens/{old.id}", f"#/tokens/{new.id}"]

    signed_in.go(f"/tokens/{old.id}")
    signed_in.until_says("Replaced by")
    assert not signed_in.controls("Renew…"), "it was renewed already"
    signed_in.press("The renewed token")
    signed_in.until(lambda: signed_in.script("return location.hash") == f"#/tokens/{new.id}")
    signed_in.until_says("Replaces")
    signed_in.press("The token before its renewal")
    signed_in.until_says("Replaced by")


def test_token_is_renewed_from_the_list(signed_in, alice, warder):
    old = alice.mint("nightly backup")
    show_list(signed_in)

    signed_in.press("Renew nightly backup")
    signed_in.press("Renew")

    signed_in.until_title("Token created")
    new = signed_in.control("Token").get_attribute("value")
    assert warder.accepts(new) and not warder.accepts(old)
    # The links of the page work, and ask for confirmation.
    signed_in.press("Tokens")
    signed_in.until(lambda: "Leave without copying the token?" in signed_in.dialog())
    signed_in.press("Leave")
    signed_in.until_title("Tokens")
    assert signed_in.rows() == ["nightly backup"]


def test_replaced_tokens_and_those_of_others_have_no_renew_button(as_admin, admin, alice, renewed):
    alice.mint("hers")
    admin.mint("mine")
    show_list(as_admin, "/tokens/all")

    assert as_admin.controls("Renew mine")
    assert not as_admin.controls("Renew hers") and not as_admin.controls("Renew nightly backup")


def test_buttons_of_a_row_and_of_the_page_are_called_alike(signed_in, alice):
    token = alice.mint("ci runner")
    show_list(signed_in)
    assert [each.text for each in signed_in.css(".row button")] == ["Renew…", "Revoke…"]

    signed_in.go(f"/tokens/{token.id}")
    signed_in.until_title("ci runner")
    assert signed_in.controls("Renew…") and signed_in.controls("Revoke…")


def test_expiration_filter_shows_tokens_that_expire_within_it(signed_in, alice):
    for description, life in (("today", "1 hour"), ("this week", "3 days"), ("later", "1 year"), ("over", "1 second")):
        alice.mint(description, life=life)
    show_list(signed_in)
    signed_in.until(lambda: "Expired" in signed_in.row("over"))

    for choice, rows in (("1 day", ["today"]), ("1 week", ["this week", "today"]), ("", ["over", "later", "this week", "today"])):
        signed_in.choose("Expiration", choice)
        signed_in.until(lambda rows=rows: signed_in.rows() == rows, choice)


def test_usage_filter_shows_tokens_that_nobody_used(signed_in, alice, warder):
    used = alice.mint("used")
    assert warder.accepts(used)
    show_list(signed_in)

    # Minted within the week, as the server counts.
    signed_in.choose("Usage", "1 week")
    signed_in.until_says("No tokens match this filter.")
    signed_in.choose("Usage", "")
    signed_in.until(lambda: signed_in.rows() == ["used"])


def test_selection_ends_for_rows_that_the_search_hides(signed_in, alice, warder):
    tokens = [alice.mint(name) for name in ("keep one", "keep two", "gone")]
    show_list(signed_in)
    signed_in.press("Select all")
    assert "3 selected" in signed_in.text()

    signed_in.fill("Search tokens", "gone")
    signed_in.until_says("1 selected")
    signed_in.press("Revoke…")
    signed_in.press("Revoke")
    signed_in.until_says("Revoked “gone”.")
    assert [warder.accepts(token) for token in tokens] == [True, True, False]

    signed_in.fill("Search tokens", "nothing has this")
    signed_in.until_says("No tokens match your search.")
    assert "selected" not in signed_in.text()


def test_slash_moves_to_the_search(signed_in, alice):
    alice.mint("ci runner")
    show_list(signed_in)

    signed_in.keys("/")

    assert signed_in.focused() == "Search tokens"
    signed_in.keys("/wallets")
    assert signed_in.control("Search tokens").get_attribute("value") == "/wallets"


def paste(page, text):
    page.script("arguments[0].focus(); document.execCommand('insertText', false, arguments[1])", page.control("Search tokens"), text)


def traces_of(page, token):
    """Returns where the browser keeps a part of the token."""
    return page.script(
        """const [secret] = arguments;
        const places = { address: location.href, page: document.documentElement.outerHTML, history: JSON.stringify(history.state),
            fields: [...document.querySelectorAll("input")].map((each) => each.value).join(), storage: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
            requests: performance.getEntriesByType("resource").map((each) => each.name).join() };
        return Object.keys(places).filter((place) => places[place]?.includes(secret))""",
        token.split(".")[2],
    )


def test_pasted_token_is_found_and_kept_nowhere(signed_in, alice, warder):
    alice.mint("other")
    token = alice.mint("leaked")
    show_list(signed_in)
    signed_in.script("window.sent = []; const real = fetch; window.fetch = (url, options) => (sent.push(`${url} ${options?.body}`), real(url, options))")

    paste(signed_in, f"Authorization: Bearer {token}")

    signed_in.until(lambda: signed_in.rows() == ["leaked"])
    assert "This token has the id of the pasted one. The signature was not checked; nothing was sent." in signed_in.text()
    assert signed_in.control("Search tokens").get_attribute("value") == ""
    assert traces_of(signed_in, token) == []
    assert not [each for each in signed_in.script("return sent") if token.split(".")[2] in each]
    assert alice.get(f"/v1alpha/token/{token.id}?include=usage").json()["use_count"] == 0

    signed_in.press("Revoke leaked")
    signed_in.press("Revoke")
    signed_in.until_says("Revoked “leaked”.")
    assert not warder.accepts(token)
    signed_in.fill("Search tokens", "other")
    signed_in.until(lambda: signed_in.rows() == ["other"])


def test_pasted_token_that_is_not_listed_is_explained(signed_in, alice, bob):
    alice.mint("other")
    revoked, hers = alice.mint("revoked", life="1 hour"), bob.mint("bobs")
    alice.delete(f"/v1alpha/token/{revoked.id}")
    brief = alice.mint("brief", life="1 second")
    show_list(signed_in)

    for text, said in (
        (revoked, "The pasted token is unknown: it was revoked, or belongs to another server."),
        (hers, "The pasted token is not in this list: it belongs to bob."),
        (revoked[:40], "looks like a token, but can’t be read. It may be cut off."),
    ):
        paste(signed_in, text)
        signed_in.until_says(said)
        assert signed_in.rows() == []
        assert signed_in.control("Search tokens").get_attribute("value") == ""
    signed_in.until(lambda: "expired" in alice.get("/v1alpha/token/").text.lower() or alice.get(f"/v1alpha/token/{brief.id}").json()["expiry_status"] == "Expired")
    paste(signed_in, brief)
    signed_in.until_says("This token has the id of the pasted one, and has expired.")


def test_pasted_token_that_expired_and_was_removed_is_explained(signed_in, alice):
    alice.mint("other")
    brief = alice.mint("brief", life="1 second")
    signed_in.until(lambda: alice.get(f"/v1alpha/token/{brief.id}").json()["expiry_status"] == "Expired")
    alice.delete(f"/v1alpha/token/{brief.id}")
    show_list(signed_in)

    paste(signed_in, brief)

    signed_in.until(lambda: re.search(r"The pasted token expired on \d+ \w+ \d{4}, and is no longer listed\.", signed_in.text()))


def test_pasted_token_on_the_page_of_its_owner_is_unknown_once_revoked(as_admin, alice):
    alice.mint("other")
    token = alice.mint("leaked by alice")
    alice.delete(f"/v1alpha/token/{token.id}")
    as_admin.go("/users/alice")
    as_admin.until_title("alice")

    paste(as_admin, token)

    as_admin.until_says("The pasted token is unknown: it was revoked, or belongs to another server.")


def test_admin_opens_the_page_of_a_pasted_token_of_another_user(as_admin, admin, alice):
    admin.mint("mine")
    token = alice.mint("leaked by alice")
    show_list(as_admin)

    paste(as_admin, token)
    as_admin.until_says("it belongs to alice.")
    as_admin.press("Open its page")

    as_admin.until_title("leaked by alice")
