# SPDX-License-Identifier: MIT
"""The list of tokens, and the page of one."""

import re
from concurrent.futures import ThreadPoolExecutor

from selenium.webdriver.common.keys import Keys


def show(page, path="/tokens"):
    page.go("/account")
    page.until_title("Account")
    page.go(path)
    page.settled()
    page.until(lambda: page.heading() != "Account")


def test_empty_list_explains_tokens(signed_in):
    assert "No tokens yet" in signed_in.text()
    assert "Tokens let programs call the API on your behalf." in signed_in.text()


def test_row_shows_expiration_usage_and_access(signed_in, alice, warder):
    token = alice.mint("ticker", life="90 days", endpoints=["GET /v1alpha/whoami", "/rates/**", "/more"])
    assert warder.accepts(token)
    alice.mint("unused", life="1 second")

    show(signed_in)

    row = signed_in.row("ticker")
    assert re.search(r"Expires in 90 days\s\(\d+ \w+ \d{4}\) · created \d+ \w+ \d{4}", row), row
    assert "GET /v1alpha/whoami\n/rates/**\nand 1 more grant" in row
    assert "Last used just now" in row
    assert "from 127.0.0.1" in row
    assert "Never used" in signed_in.row("unused")
    assert "Full access (everything its owner can do)" in signed_in.row("unused")


def test_expiring_token_turns_expired_without_a_reload(signed_in, alice):
    alice.mint("short", life="2 seconds")
    show(signed_in)

    signed_in.until(lambda: "Expired" in signed_in.row("short"))


def test_token_page_shows_the_number_of_uses(signed_in, alice, warder):
    token = alice.mint("ticker")
    for text in ("Used once", "Used 2 times"):
        assert warder.accepts(token)
        show(signed_in, f"/tokens/{token.id}")
        signed_in.until_says(text)


def test_token_is_paused_and_resumed_on_its_page(signed_in, alice, warder):
    token = alice.mint("ticker", endpoints=["GET /v1alpha/whoami"])
    show(signed_in, f"/tokens/{token.id}")
    signed_in.press("Pause…")
    signed_in.until(lambda: "Pause “ticker”?" in signed_in.dialog())
    assert warder.accepts(token)
    signed_in.press("Pause")
    signed_in.until_says("Paused")
    assert not warder.accepts(token)
    signed_in.until(lambda: "Paused · expires in" in signed_in.text())

    show(signed_in)
    assert "Paused · expires in" in signed_in.row("ticker")

    show(signed_in, f"/tokens/{token.id}")
    signed_in.press("Resume")
    signed_in.until_says("Resumed")
    assert warder.accepts(token)
    signed_in.until(lambda: "Paused" not in signed_in.text())
    assert alice.get(f"/v1alpha/token/{token.id}").json()["endpoints"] == ["GET /v1alpha/whoami"], "nothing else changed"


def test_exact_time_shows_on_keyboard_focus(signed_in, alice, warder):
    warder.accepts(alice.mint("ticker"))
    show(signed_in)
    exact = "return getComputedStyle(document.querySelector('time + .exact')).opacity"
    assert signed_in.script(exact) == "0"

    signed_in.tab_to("ticker")

    assert signed_in.script(exact) == "1"


def test_list_search_filter_and_order_select_rows(signed_in, alice):
    for description, life, endpoints in (("b first", "1 hour", ["/wallets/**"]), ("a second", "1 second", None), ("c third", "1 minute", None)):
        alice.mint(description, life=life, endpoints=endpoints)
    show(signed_in)
    signed_in.until(lambda: "Expired" in signed_in.row("a second"))
    assert signed_in.rows() == ["c third", "a second", "b first"]

    for order, rows in (("Name", ["a second", "b first", "c third"]), ("Expiring soonest", ["c third", "b first", "a second"]), ("Oldest", ["b first", "a second", "c third"])):
        signed_in.choose("Sort", order)
        assert signed_in.rows() == rows, order

    signed_in.press("Expired 1")
    assert signed_in.rows() == ["a second"]
    assert "1 of 3 tokens" in signed_in.text()
    signed_in.press("All 3")
    signed_in.fill("Search tokens", "WALLETS")
    signed_in.until(lambda: signed_in.rows() == ["b first"])
    signed_in.fill("Search tokens", "nothing has this")
    signed_in.until_says("No tokens match your search.")
    signed_in.fill("Search tokens", "")
    signed_in.press("Expiring soon 0")
    signed_in.until_says("No tokens match this filter.")


def test_thousands_of_tokens_render_rows_near_the_viewport_only(signed_in, alice, warder):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: alice.post("/v1alpha/token/", {"jwt_token_description": f"token {number}", "jwt_token_life": "1 day"}, session=None), range(5000)))
    show(signed_in)
    signed_in.until_says("5,000 tokens")

    assert len(signed_in.rows()) == 50
    signed_in.script("scrollTo(0, document.documentElement.scrollHeight)")
    signed_in.until(lambda: len(signed_in.rows()) > 50)
    signed_in.choose("Sort", "Oldest")
    oldest = list(alice.get("/v1alpha/token/?limit=1").json()["jwt_tokens"].values())[0]["jwt_token_description"]
    assert signed_in.rows()[0] == oldest
    signed_in.press("Select all")
    assert "5,000 selected" in signed_in.text()


def test_revoking_asks_for_confirmation_with_the_last_use(signed_in, alice, warder):
    token = alice.mint("ticker")
    assert warder.accepts(token)
    show(signed_in)

    signed_in.press("Revoke ticker")

    signed_in.until(lambda: "Revoke “ticker”?" in signed_in.dialog())
    assert "last used just now" in signed_in.dialog()
    assert "from 127.0.0.1" in signed_in.dialog()
    assert signed_in.focused() == "Cancel"
    signed_in.press("Cancel")
    assert signed_in.focused() == "Revoke ticker"
    assert warder.accepts(token)

    signed_in.press("Revoke ticker")
    signed_in.press("Revoke")
    signed_in.until_says("Revoked “ticker”.")
    assert not warder.accepts(token)
    assert signed_in.rows() == []


def test_revoke_dialog_shows_a_use_after_the_list_was_loaded(signed_in, alice, warder):
    token = alice.mint("ticker")
    show(signed_in)
    assert "Never used" in signed_in.row("ticker")
    assert warder.accepts(token)

    signed_in.press("Revoke ticker")

    signed_in.until(lambda: "last used just now" in signed_in.dialog())


def test_selected_tokens_are_revoked_at_once(signed_in, alice, warder):
    tokens = [alice.mint(f"token {number}") for number in range(4)]
    show(signed_in)
    for number in (0, 2):
        signed_in.press(f"Select token {number}")
    assert "2 selected" in signed_in.text()

    signed_in.press("Revoke…")
    signed_in.until(lambda: "token 0: never used, expires " in signed_in.dialog())
    assert "token 2: never used" in signed_in.dialog()
    signed_in.press("Revoke")

    signed_in.until_says("Revoked 2 tokens.")
    assert [warder.accepts(token) for token in tokens] == [False, True, False, True]
    assert signed_in.rows() == ["token 3", "token 1"]
    assert "selected" not in signed_in.text()


def test_revoke_button_precedes_a_long_list_in_tab_order(signed_in, alice):
    for number in range(60):
        alice.mint(f"token {number}")
    show(signed_in)
    signed_in.press("Select token 59")

    # Backward from the first row, through the controls above the list.
    for _ in range(3):
        signed_in.keys(Keys.SHIFT, Keys.TAB, Keys.NULL)
        if signed_in.focused() == "Revoke…":
            break
    assert signed_in.focused() == "Revoke…"


def test_revoking_a_token_revoked_elsewhere_succeeds(signed_in, alice):
    token = alice.mint("ticker")
    show(signed_in)
    alice.delete(f"/v1alpha/token/{token.id}")

    signed_in.press("Revoke ticker")
    signed_in.press("Revoke")

    signed_in.until_says("Revoked “ticker”.")


def test_token_page_changes_description_and_access(signed_in, alice, warder):
    token = alice.mint("old name")
    alice.mint("taken")
    show(signed_in)
    signed_in.press("old name")
    signed_in.until_title("old name")

    signed_in.fill("Description", "taken")
    signed_in.press("Save")
    signed_in.until_note("Description", "You already have a token with this description.")
    assert signed_in.is_invalid("Description")
    assert signed_in.focused() == "Description"

    signed_in.fill("Description", "new name")
    signed_in.press("Only the paths listed below")
    signed_in.fill("Path", "/elsewhere")
    signed_in.press("Save")
    signed_in.until_title("new name")
    assert alice.get(f"/v1alpha/token/{token.id}").json()["endpoints"] == ["/elsewhere"]

    signed_in.press("Full access")
    signed_in.press("Save")
    signed_in.until(lambda: "endpoints" not in alice.get(f"/v1alpha/token/{token.id}").json())


def test_renewing_with_an_overlap_shows_the_new_token_and_keeps_the_old_one_active(signed_in, alice, warder):
    old = alice.mint("bridge", life="1 hour", endpoints=["/**"])
    show(signed_in, f"/tokens/{old.id}")
    signed_in.press("Renew…")
    signed_in.fill("Keep the old token active for", "5 fortnights")
    signed_in.until(lambda: signed_in.is_invalid("Keep the old token active for"))
    signed_in.press("Renew")
    signed_in.until_note("Keep the old token active for", 'The overlap "5 fortnights" is not a valid duration')
    assert not signed_in.is_invalid("New token expires after")

    signed_in.fill("Keep the old token active for", "10 minutes")
    signed_in.until_note("Keep the old token active for", "The old token stops working on ")
    signed_in.fill("New token expires after", "2 hours")
    signed_in.until_note("New token expires after", "(in 2 hours).")
    signed_in.press("Renew")

    signed_in.until_title("Token created")
    new = signed_in.control("Token").get_attribute("value")
    assert new != old
    assert warder.accepts(new)
    assert warder.accepts(old)
    lives = [entry["jwt_token_remaining_life"] for entry in alice.tokens().values()]
    assert lives[0] <= 600 < lives[1] <= 7200


def test_too_long_overlap_is_marked_although_the_lifetime_is_valid(signed_in, alice):
    old = alice.mint("bridge", life="1 hour")
    show(signed_in, f"/tokens/{old.id}")
    signed_in.press("Renew…")
    signed_in.fill("New token expires after", "2 hours")
    signed_in.fill("Keep the old token active for", "100 years")
    signed_in.press("Renew")

    signed_in.until(lambda: signed_in.focused() == "Keep the old token active for")
    assert signed_in.is_invalid("Keep the old token active for") and not signed_in.is_invalid("New token expires after")
    assert 'The overlap "100 years" is longer than the maximum of 10 years' in signed_in.note("Keep the old token active for")


def test_unknown_token_shows_page_not_found(signed_in):
    signed_in.go("/tokens/0f0f0f0f-0000-4000-8000-000000000000")

    signed_in.until_title("Page not found")
    assert "Token not found." in signed_in.text()
