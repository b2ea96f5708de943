# SPDX-License-Identifier: MIT
"""The audit log: what an event says, filters, and the export."""

import csv
import re

import pytest


@pytest.fixture
def downloads(driver, tmp_path):
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    return tmp_path


def open_log(page):
    page.press("Audit log")
    page.until_title("Audit log")
    page.until(lambda: events(page))
    return page


def events(page):
    return page.script("return [...document.querySelectorAll('.event')].map((row) => row.innerText)")


def until_events(page, *parts):
    """Waits until each event of the page has its part, newest first."""
    page.until(lambda: len(events(page)) == len(parts) and all(part in event for part, event in zip(parts, events(page), strict=True)), f"with the events {parts}")


def test_audit_log_shows_actor_action_and_address(as_admin, alice, admin):
    token = alice.mint("ci runner")
    open_log(as_admin)

    as_admin.until(lambda: any(f"Token created: “ci runner” ({token.id})" in event and "alice from 127.0.0.1" in event for event in events(as_admin)))
    assert any("User created: alice" in event and "admin from 127.0.0.1" in event for event in events(as_admin))


def test_event_shows_its_time_and_names_nobody_twice(as_admin, alice):
    assert alice.get("/v1alpha/whoami").status_code == 200
    open_log(as_admin)

    signed_in = next(event for event in events(as_admin) if "alice signed in" in event)
    assert re.search(r"\w{3} \d{1,2} \w{3} \d{4}, \d\d:\d\d\njust now", signed_in), signed_in
    assert signed_in.count("alice") == 1
    assert "from 127.0.0.1" in signed_in


def test_event_links_to_its_token_and_users(as_admin, alice):
    token = alice.mint("ci runner")
    open_log(as_admin)
    as_admin.until(lambda: as_admin.controls("ci runner"))

    as_admin.control("ci runner").click()
    as_admin.until(lambda: as_admin.script("return location.hash") == f"#/users/alice/tokens/{token.id}")
    as_admin.until_title("ci runner")
    open_log(as_admin)
    as_admin.controls("alice")[0].click()
    as_admin.until_title("alice")


def test_event_of_a_revoked_token_has_no_link(as_admin, alice):
    token = alice.mint("ci runner")
    open_log(as_admin)
    as_admin.until(lambda: as_admin.controls("ci runner"))

    alice.delete(f"/v1alpha/token/{token.id}")

    as_admin.until(lambda: f"Token revoked: “ci runner” ({token.id})" in events(as_admin)[0])
    open_again = alice.mint("another")
    as_admin.until(lambda: f"({open_again.id})" in events(as_admin)[0])
    assert len(as_admin.controls("another")) == 1


def test_audit_log_adds_new_events_while_open(as_admin, alice):
    open_log(as_admin)
    known = len(events(as_admin))

    token = alice.mint("ci runner")

    as_admin.until(lambda: f"Token created: “ci runner” ({token.id})" in events(as_admin)[0])
    # Her sign-in and the token.
    assert len(events(as_admin)) == known + 2


def test_older_button_shows_more_events(as_admin, alice):
    for number in range(60):
        alice.delete(f"/v1alpha/token/{alice.mint(f'token {number}').id}")
    open_log(as_admin)
    assert len(events(as_admin)) == 100

    as_admin.press("Show older events")

    as_admin.until(lambda: len(events(as_admin)) > 120)
    assert not as_admin.controls("Show older events")


def test_filters_by_user_action_and_text_combine(as_admin, alice, bob):
    alice.mint("ci runner")
    bob.mint("of bob")
    open_log(as_admin)
    as_admin.until(lambda: as_admin.controls("of bob"))

    as_admin.choose("Action", "token.created")
    until_events(as_admin, "of bob", "ci runner")
    as_admin.fill("User", "ALI")
    until_events(as_admin, "ci runner")
    assert "1 matching event" in as_admin.text()
    as_admin.fill("User", "bob")
    as_admin.choose("Action", "")
    until_events(as_admin, "of bob", "bob signed in", "User created: bob")
    as_admin.choose("Action", "sign_in.")
    until_events(as_admin, "bob signed in")
    as_admin.choose("Action", "")
    as_admin.fill("User", "")
    as_admin.fill("Search events", "OF BOB")
    until_events(as_admin, "of bob")
    as_admin.fill("Search events", "nothing has this")
    as_admin.until_says("No events match your search.")


def test_filter_by_day_includes_its_ends(as_admin, alice):
    open_log(as_admin)
    all_of_them = len(events(as_admin))
    today, tomorrow = as_admin.script("const day = (offset) => { const time = new Date(Date.now() + offset * 864e5); return [time.getFullYear(), time.getMonth() + 1, time.getDate()].map((each) => String(each).padStart(2, '0')).join('-'); }; return [day(0), day(1)]")

    as_admin.choose("From", today)
    as_admin.choose("To", today)
    as_admin.until_says(f"{all_of_them} matching events")
    as_admin.choose("To", "")
    as_admin.choose("From", tomorrow)
    as_admin.until_says("No events match your search.")


def test_filter_finds_events_beyond_the_first_page(as_admin, alice, warder, admin):
    for number in range(600):
        alice.delete(f"/v1alpha/token/{alice.mint(f'token {number}').id}")
    open_log(as_admin)

    as_admin.choose("Action", "user.created")

    until_events(as_admin, "User created: alice", "User created: admin")


def test_export_has_every_matching_event_of_all_pages(as_admin, alice, downloads):
    hostile = '=HYPERLINK("http://x","y"), and a comma; =1+1'
    token = alice.mint(hostile)
    for number in range(520):
        alice.delete(f"/v1alpha/token/{alice.mint(f'token {number}').id}")
    open_log(as_admin)
    as_admin.choose("Action", "token.")
    as_admin.until_says("More than 100 matching events")

    as_admin.press("Export CSV")

    as_admin.until_says("Exported 1,041 events.")
    as_admin.until(lambda: list(downloads.glob("warder-audit-*.csv")))
    (path,) = downloads.glob("warder-audit-*.csv")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1041
    assert {row["action"] for row in rows} == {"token.created", "token.revoked"}
    oldest = rows[-1]
    assert (oldest["actor"], oldest["address"], oldest["target"]) == ("alice", "127.0.0.1", token.id)
    assert oldest["description"] == f"'{hostile}".replace("; =", "; '="), "a spreadsheet takes it for text, wherever it divides it"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", oldest["time"])
