# SPDX-License-Identifier: MIT
"""Where and how often a token may be used, in the forms, in the list, and on the page of the token."""


def shown(alice, token_id):
    entry = alice.get(f"/v1alpha/token/{token_id}").json()
    return entry.get("allowed_from"), entry.get("rate_limit")


def test_created_token_has_the_limits_of_the_form(signed_in, alice):
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    signed_in.fill("Description", "ci runner")
    signed_in.press("Full access")

    signed_in.fill("Allowed addresses", "127.0.0.0/8, 10.0.0.1/8")
    signed_in.press("Create token")
    signed_in.until_note("Allowed addresses", 'Entry 2, "10.0.0.1/8": bits after the prefix length must be 0; the network is "10.0.0.0/8".')
    assert signed_in.is_invalid("Allowed addresses") and signed_in.focused() == "Allowed addresses"

    signed_in.fill("Allowed addresses", "127.0.0.0/8, 10.0.0.0/8")
    signed_in.fill("Rate limit", "many")
    signed_in.press("Create token")
    signed_in.until_note("Rate limit", 'Invalid rate limit "many"')
    assert signed_in.is_invalid("Rate limit") and not signed_in.is_invalid("Allowed addresses")

    signed_in.fill("Rate limit", "100 per Minute")
    signed_in.press("Create token")
    signed_in.until_title("Token created")
    (token_id,) = alice.tokens()
    assert shown(alice, token_id) == (["127.0.0.0/8", "10.0.0.0/8"], "100/minute")
    signed_in.press("Done")
    signed_in.until(lambda: "From 127.0.0.0/8, 10.0.0.0/8 · At most 100/minute" in signed_in.row("ci runner"))


def test_token_page_changes_and_removes_the_limits(signed_in, alice):
    token = alice.mint("one", allowed_from=["127.0.0.1", "::1", "10.0.0.0/8"], rate_limit="5/day")
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    signed_in.go("/tokens")
    signed_in.until(lambda: "From 127.0.0.1, ::1 and 1 more network · At most 5/day" in signed_in.text())
    signed_in.go(f"/tokens/{token.id}")
    signed_in.until_title("one")
    assert signed_in.control("Allowed addresses").get_attribute("value") == "127.0.0.1 ::1 10.0.0.0/8"
    assert signed_in.control("Rate limit").get_attribute("value") == "5/day"

    signed_in.fill("Rate limit", "6/day")
    signed_in.press("Save")
    signed_in.until_says("Saved")
    signed_in.settled()
    assert shown(alice, token.id) == (["127.0.0.1", "::1", "10.0.0.0/8"], "6/day")
    signed_in.fill("Allowed addresses", "")
    signed_in.fill("Rate limit", "")
    signed_in.press("Save")
    signed_in.until(lambda: shown(alice, token.id) == (None, None))
