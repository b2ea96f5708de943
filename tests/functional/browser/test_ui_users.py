# SPDX-License-Identifier: MIT
"""User management, and the user's own account."""

import re

import pytest


def test_regular_user_sees_no_admin_pages(signed_in):
    assert not signed_in.controls("Users")
    assert not signed_in.controls("Audit log")
    signed_in.go("/users")

    signed_in.until_title("Page not found")


def test_user_list_shows_roles_tokens_and_limits(as_admin, alice, make_user):
    make_user("Bob.2", endpoints=["/a", "/b"])
    alice.mint("ci runner")
    as_admin.press("Users")
    as_admin.until_title("Users")

    assert as_admin.rows() == ["admin", "alice", "Bob.2"]
    assert "(you) · Administrator" in as_admin.row("admin")
    assert "1 token" in as_admin.row("alice")
    assert re.search(r"Created \d+ \w+ \d{4}", as_admin.row("alice"))
    assert "Limited to 2 grants" in as_admin.row("Bob.2")
    as_admin.fill("Search users", "bo")
    as_admin.until(lambda: as_admin.rows() == ["Bob.2"])


def test_user_row_on_a_phone_has_one_column(as_admin, alice):
    as_admin.resize(360, 740)
    as_admin.press("Users")
    as_admin.until_title("Users")
    as_admin.row("alice")

    lefts = as_admin.script("return [...document.querySelectorAll('.user > *')].map((node) => Math.round(node.getBoundingClientRect().left))")
    assert len(set(lefts)) == 1, lefts


def test_add_user_with_generated_password_shows_it_once_to_copy(as_admin, warder):
    as_admin.driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    as_admin.go("/users/+")
    as_admin.until_title("Add user")
    as_admin.fill("Username", "dora")
    as_admin.press("Generate")
    password = as_admin.control("Password").get_attribute("value")
    as_admin.until_note("Password", "It is shown once more after you save")
    as_admin.press("Limit to the paths below")
    as_admin.fill("Path", "/rates/**")
    as_admin.press("Add user")

    as_admin.until_title("Password of dora")
    assert as_admin.control("Password").get_attribute("value") == password
    as_admin.press("Users")
    as_admin.until(lambda: "Leave without copying the password?" in as_admin.dialog())
    as_admin.press("Stay")
    as_admin.press("Copy password")
    as_admin.until_says("Copied to clipboard")
    assert as_admin.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])") == password
    as_admin.press("Done")
    as_admin.until_title("dora")
    assert password not in as_admin.script("return document.documentElement.innerHTML + [...document.querySelectorAll('input')].map((each) => each.value)")
    dora = warder.person("dora", password).get("/v1alpha/users/dora").json()
    assert (dora["is_admin"], dora["endpoints"]) == (False, ["/rates/**"])
    assert len(password) == 25


def test_add_user_with_a_typed_password_opens_the_user(as_admin, warder):
    as_admin.go("/users/+")
    as_admin.until_title("Add user")
    as_admin.fill("Username", "dora")
    as_admin.fill("Password", "a password of hers")
    as_admin.press("Add user")

    as_admin.until_title("dora")
    as_admin.until_says("User dora created.")


def test_empty_add_user_form_marks_username_and_password(as_admin):
    as_admin.go("/users/+")
    as_admin.until_title("Add user")
    as_admin.press("Add user")

    as_admin.until_note("Username", "Username is required.")
    as_admin.until_note("Password", "Password is required.")
    assert as_admin.focused() == "Username"


@pytest.mark.parametrize("name", ["new", "users", "all"])
def test_username_equal_to_a_page_name_opens_the_user(as_admin, make_user, name):
    make_user(name)
    as_admin.go(f"/users/{name}")

    as_admin.until_title(name)


@pytest.mark.parametrize(
    ("name", "password", "place", "said"),
    [
        ("ALICE", "long enough", "Username", "This username is taken."),
        ("no spaces", "long enough", "Username", "Only letters, digits and . _ - @ are allowed, starting with a letter or digit (max. 64)"),
        ("dora", "short", "Password", "At least 8 characters"),
    ],
)
def test_invalid_user_shows_an_error_at_the_field(as_admin, alice, name, password, place, said):
    as_admin.go("/users/+")
    as_admin.until_title("Add user")
    as_admin.fill("Username", name)
    as_admin.fill("Password", password)
    as_admin.press("Add user")

    as_admin.until(lambda: as_admin.is_invalid(place))
    assert said in as_admin.note(place)
    assert as_admin.focused() == place


def test_generated_new_password_is_shown_once_to_copy(as_admin, alice, warder):
    as_admin.go("/users/alice")
    as_admin.until_title("alice")
    as_admin.press("Generate")
    as_admin.press("Set new password")

    as_admin.until_title("Password of alice")
    password = as_admin.control("Password").get_attribute("value")
    assert warder.person("alice", password).get("/v1alpha/whoami").status_code == 200
    as_admin.press("Done")
    as_admin.until_title("alice")


def test_hundreds_of_users_render_as_they_come_near(as_admin, admin):
    for number in range(160):
        assert admin.post("/v1alpha/users/", {"username": f"service-{number:03}"}).status_code == 201
    as_admin.press("Users")
    as_admin.until_title("Users")
    as_admin.until_says("161 users")

    assert len(as_admin.rows()) < 161
    as_admin.until(lambda: as_admin.script("scrollTo(0, document.documentElement.scrollHeight)") or len(as_admin.rows()) == 161)
    as_admin.fill("Search users", "service-159")
    as_admin.until(lambda: as_admin.rows() == ["service-159"])


def test_permissions_can_be_granted_and_removed(as_admin, alice, admin):
    as_admin.go("/users/alice")
    as_admin.until_title("alice")
    as_admin.press("Administrator")
    as_admin.press("Limit to the paths below")
    as_admin.fill("Path", "/rates/**")
    as_admin.press("Save")
    as_admin.until_says("Administrator · created ")
    user = admin.get("/v1alpha/users/alice").json()
    assert (user["is_admin"], user["endpoints"]) == (True, ["/rates/**"])

    as_admin.press("Administrator")
    as_admin.press("No limit")
    as_admin.press("Save")
    as_admin.until_says("User · created ")
    user = admin.get("/v1alpha/users/alice").json()
    assert (user["is_admin"], user["endpoints"]) == (False, None)


def test_page_of_oneself_says_why_it_offers_neither_demotion_nor_deletion(as_admin, make_user):
    make_user("carol", is_admin=True)
    as_admin.go("/users/admin")
    as_admin.until_title("admin")

    assert not as_admin.controls("Administrator") and not as_admin.controls("Delete…")
    assert "You can’t remove your own administrator permission or delete yourself. Another administrator can." in as_admin.text()
    as_admin.go("/users/carol")
    as_admin.until_title("carol")
    assert as_admin.controls("Administrator") and as_admin.controls("Delete…")


def test_setting_a_new_password_keeps_tokens_working(as_admin, alice, warder):
    token = alice.mint("still works")
    as_admin.go("/users/alice")
    as_admin.until_title("alice")
    as_admin.fill("New password", "a new one for alice")
    as_admin.press("Set new password")

    as_admin.until_says("Password changed")
    assert warder.person("alice", "a new one for alice").get("/v1alpha/whoami").status_code == 200
    assert warder.accepts(token)


def test_deleting_a_user_asks_for_confirmation_with_the_token_count(as_admin, alice, warder):
    token = alice.mint("ci runner")
    as_admin.go("/users/alice")
    as_admin.until_title("alice")
    as_admin.press("Delete…")
    assert "alice will be signed out and their 1 token will stop working immediately." in as_admin.dialog()
    as_admin.press("Delete")

    as_admin.until_title("Users")
    assert as_admin.rows() == ["admin"]
    assert not warder.accepts(token)


def test_renaming_a_token_as_admin_keeps_its_grants(as_admin, alice, admin):
    token = alice.mint("narrow", endpoints=["GET /rates/**"])
    as_admin.go(f"/users/alice/tokens/{token.id}")
    as_admin.until_title("narrow")
    assert as_admin.control("Only the paths listed below").is_selected()
    as_admin.fill("Description", "narrow still")
    as_admin.press("Save")

    as_admin.until_title("narrow still")
    assert admin.get(f"/v1alpha/token/{token.id}").json()["endpoints"] == ["GET /rates/**"]


def test_duplicate_description_as_admin_names_the_owner(as_admin, alice):
    token = alice.mint("ci runner")
    alice.mint("taken")
    as_admin.go(f"/users/alice/tokens/{token.id}")
    as_admin.until_title("ci runner")
    as_admin.fill("Description", "taken")
    as_admin.press("Save")

    as_admin.until_note("Description", "alice already has a token with this description.")


def test_unscoped_token_shows_full_access_to_an_admin(as_admin, alice):
    token = alice.mint("wide")
    as_admin.go(f"/users/alice/tokens/{token.id}")
    as_admin.until_title("wide")

    assert as_admin.control("Everything alice can access").is_selected()
    assert "true" not in as_admin.text()


def test_admin_lists_edits_and_revokes_tokens_of_all_users(as_admin, alice, bob, admin, warder):
    token, others = alice.mint("of alice"), bob.mint("of bob")
    as_admin.press("All users")
    as_admin.until(lambda: as_admin.rows() == ["of bob", "of alice"])
    assert "of alice alice" in as_admin.row("of alice")
    as_admin.choose("Sort", "User")
    assert as_admin.rows() == ["of alice", "of bob"]

    as_admin.press("of alice")
    as_admin.until_title("of alice")
    assert not as_admin.controls("Renew…")
    assert "Only alice can renew this token, because renewing reveals the new token." in as_admin.text()
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


def test_changing_own_password_keeps_the_session(signed_in, alice, warder):
    signed_in.press("Account: alice")
    signed_in.until_title("Account")
    signed_in.fill("Current password", "not this one")
    signed_in.fill("New password", "a better password")
    signed_in.press("Change password")
    signed_in.until_note("Current password", "The current password is wrong.")

    signed_in.fill("Current password", alice.password)
    signed_in.fill("New password", "a better password")
    signed_in.press("Change password")

    signed_in.until_says("Password changed. You’ve been signed out on other devices.")
    assert warder.person("alice", "a better password").get("/v1alpha/whoami").status_code == 200
    signed_in.press("Tokens")
    signed_in.until_title("Tokens")
    assert not signed_in.dialog()


def test_generated_own_password_is_shown_once_to_copy(signed_in, alice, warder):
    signed_in.go("/account")
    signed_in.until_title("Account")
    signed_in.fill("Current password", alice.password)
    signed_in.press("Generate")
    signed_in.press("Change password")

    signed_in.until_title("Password of alice")
    assert warder.person("alice", signed_in.control("Password").get_attribute("value")).get("/v1alpha/whoami").status_code == 200
    signed_in.press("Done")
    signed_in.until_title("Account")
