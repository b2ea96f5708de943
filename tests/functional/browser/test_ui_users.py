# SPDX-License-Identifier: MIT
"""What administrators see and do, and one's own account."""

import pytest


def test_who_is_no_administrator_sees_no_such_pages(signed_in):
    assert not signed_in.controls("Users")
    assert not signed_in.controls("Audit log")
    signed_in.go("/users")

    signed_in.until_title("There is nothing here")


def test_the_users_are_listed(as_admin, alice, make_user):
    make_user("Bob.2", endpoints=["/a", "/b"])
    alice.mint("ci runner")
    as_admin.press("Users")
    as_admin.until_title("Users")

    assert as_admin.rows() == ["admin", "alice", "Bob.2"]
    assert ", you, administrator" in as_admin.row("admin")
    assert "1 token" in as_admin.row("alice")
    assert "ceiling of 2 grants" in as_admin.row("Bob.2")
    as_admin.fill("Search users", "bo")
    as_admin.until(lambda: as_admin.rows() == ["Bob.2"])


def test_on_a_phone_a_users_facts_stand_in_one_column(as_admin, alice):
    as_admin.resize(360, 740)
    as_admin.press("Users")
    as_admin.until_title("Users")
    as_admin.row("alice")

    lefts = as_admin.script("return [...document.querySelectorAll('.user > *')].map((node) => Math.round(node.getBoundingClientRect().left))")
    assert len(set(lefts)) == 1, lefts


def test_a_user_is_added_with_a_password_that_was_made_up(as_admin, warder):
    as_admin.go("/users/+")
    as_admin.until_title("Add a user")
    as_admin.fill("User name", "dora")
    as_admin.press("Make one up")
    password = as_admin.control("Password").get_attribute("value")
    as_admin.press("Only what is listed")
    as_admin.fill("Path", "/rates/**")
    as_admin.press("Add user")

    as_admin.until_title("dora")
    dora = warder.person("dora", password).get("/v1alpha/users/dora").json()
    assert (dora["is_admin"], dora["endpoints"]) == (False, ["/rates/**"])
    assert len(password) == 25


@pytest.mark.parametrize("name", ["new", "users", "all"])
def test_a_user_may_have_the_name_of_a_page(as_admin, make_user, name):
    make_user(name)
    as_admin.go(f"/users/{name}")

    as_admin.until_title(name)


@pytest.mark.parametrize(
    ("name", "password", "place", "said"),
    [("ALICE", "long enough", "User name", "exists"), ("no spaces", "long enough", "User name", "letters"), ("dora", "short", "Password", "8")],
)
def test_what_is_refused_is_told_beside_it(as_admin, alice, name, password, place, said):
    as_admin.go("/users/+")
    as_admin.until_title("Add a user")
    as_admin.fill("User name", name)
    as_admin.fill("Password", password)
    as_admin.press("Add user")

    as_admin.until(lambda: as_admin.is_wrong(place))
    assert said in as_admin.note(place)
    assert as_admin.focused() == place


def test_rights_are_given_and_taken(as_admin, alice, admin):
    as_admin.go("/users/alice")
    as_admin.until_title("alice")
    as_admin.press("Administrator")
    as_admin.press("Only what is listed")
    as_admin.fill("Path", "/rates/**")
    as_admin.press("Save")
    as_admin.until_says("Administrator since")
    user = admin.get("/v1alpha/users/alice").json()
    assert (user["is_admin"], user["endpoints"]) == (True, ["/rates/**"])

    as_admin.press("Administrator")
    as_admin.press("No ceiling")
    as_admin.press("Save")
    as_admin.until_says("User since")
    user = admin.get("/v1alpha/users/alice").json()
    assert (user["is_admin"], user["endpoints"]) == (False, None)


def test_the_last_administrator_stays(as_admin):
    as_admin.go("/users/admin")
    as_admin.until_title("admin")
    as_admin.press("Administrator")
    as_admin.press("Save")

    as_admin.until(lambda: "administrator" in as_admin.script("return document.querySelector('[role=alert]').innerText"))


def test_a_password_is_reset(as_admin, alice, warder):
    token = alice.mint("lives on")
    as_admin.go("/users/alice")
    as_admin.until_title("alice")
    as_admin.fill("New password", "a new one for alice")
    as_admin.press("Reset password")

    as_admin.until_says("The password is changed")
    assert warder.person("alice", "a new one for alice").get("/v1alpha/whoami").status_code == 200
    assert warder.accepts(token)


def test_a_user_is_deleted_after_a_question_that_counts_their_tokens(as_admin, alice, warder):
    token = alice.mint("ci runner")
    as_admin.go("/users/alice")
    as_admin.until_title("alice")
    as_admin.press("Delete…")
    assert "what uses their 1 token is refused" in as_admin.dialog()
    as_admin.press("Delete")

    as_admin.until_title("Users")
    assert as_admin.rows() == ["admin"]
    assert not warder.accepts(token)


def test_a_limit_stays_when_an_administrator_renames_the_token(as_admin, alice, admin):
    token = alice.mint("narrow", endpoints=["GET /rates/**"])
    as_admin.go(f"/users/alice/tokens/{token.id}")
    as_admin.until_title("narrow")
    assert as_admin.control("Only what is listed").is_selected()
    as_admin.fill("Description", "narrow still")
    as_admin.press("Save")

    as_admin.until_title("narrow still")
    assert admin.get(f"/v1alpha/token/{token.id}").json()["endpoints"] == ["GET /rates/**"]


def test_a_token_without_limit_is_shown_so_to_an_administrator(as_admin, alice):
    token = alice.mint("wide")
    as_admin.go(f"/users/alice/tokens/{token.id}")
    as_admin.until_title("wide")

    assert as_admin.control("Everything alice may").is_selected()
    assert "true" not in as_admin.text()


def test_everybodys_tokens_are_seen_edited_and_revoked(as_admin, alice, bob, admin, warder):
    token, others = alice.mint("of alice"), bob.mint("of bob")
    as_admin.press("Everybody’s")
    as_admin.until(lambda: as_admin.rows() == ["of bob", "of alice"])
    assert "of alice alice" in as_admin.row("of alice")
    as_admin.choose("Sort", "By user")
    assert as_admin.rows() == ["of alice", "of bob"]

    as_admin.press("of alice")
    as_admin.until_title("of alice")
    assert not as_admin.controls("Renew…")
    assert "Only alice can renew it" in as_admin.text()
    as_admin.fill("Description", "renamed by admin")
    as_admin.press("Save")
    as_admin.until_title("renamed by admin")
    assert [entry["jwt_token_description"] for entry in alice.tokens().values()] == ["renamed by admin"]

    as_admin.press("Revoke…")
    as_admin.press("Revoke")
    as_admin.until_title("alice")
    as_admin.until_says("No tokens.")
    assert not warder.accepts(token)
    assert warder.accepts(others)


def test_ones_own_password_is_changed_and_one_stays_signed_in(signed_in, alice, warder):
    signed_in.press("Account of alice")
    signed_in.until_title("Your account")
    signed_in.fill("Current password", "not this one")
    signed_in.fill("New password", "a better password")
    signed_in.press("Change password")
    signed_in.until_note("Current password", "The current password is wrong.")

    signed_in.fill("Current password", alice.password)
    signed_in.fill("New password", "a better password")
    signed_in.press("Change password")

    signed_in.until_says("Your password is changed.")
    assert warder.person("alice", "a better password").get("/v1alpha/whoami").status_code == 200
    signed_in.press("Tokens")
    signed_in.until_title("Tokens")
    assert not signed_in.dialog()


def test_the_audit_log_tells_who_did_what(as_admin, alice, admin):
    token = alice.mint("ci runner")
    as_admin.press("Audit log")
    as_admin.until_title("Audit log")

    painted = "const rows = [...document.querySelectorAll('.event')].map((row) => row.innerText); return rows.every(Boolean) && rows"
    events = as_admin.until(lambda: as_admin.script(painted), "with events")
    assert any(f"token created {token.id}" in event and "alice from 127.0.0.1" in event for event in events), events
    assert any("user created alice" in event and "admin from 127.0.0.1" in event for event in events), events


def test_the_audit_log_goes_on_while_one_looks(as_admin, alice):
    as_admin.press("Audit log")
    as_admin.until_title("Audit log")
    known = as_admin.script("return document.querySelectorAll('.event').length")

    token = alice.mint("ci runner")

    as_admin.until(lambda: f"token created {token.id}" in as_admin.script("return document.querySelector('.event').innerText"))
    # Her sign-in, and what she did.
    assert len(as_admin.css(".event")) == known + 2


def test_older_events_are_a_press_away(as_admin, alice):
    for number in range(60):
        alice.delete(f"/v1alpha/token/{alice.mint(f'token {number}').id}")
    as_admin.press("Audit log")
    as_admin.until_title("Audit log")
    assert len(as_admin.css(".event")) == 100

    as_admin.press("Older")

    as_admin.until(lambda: len(as_admin.css(".event")) > 120)
    assert not as_admin.controls("Older")
