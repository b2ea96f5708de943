# SPDX-License-Identifier: MIT
import pytest
from support.responses import assert_error

KEYS = ["username", "is_admin", "endpoints", "tokens", "created_at"]


def add(admin, name, password="long enough", **more):
    return admin.post("/v1alpha/users/", {"username": name, "password": password, **more})


def test_created_user_is_shown_and_listed(admin):
    answer = add(admin, "alice")
    assert answer.status_code == 201 and answer.headers["Location"] == "/v1alpha/users/alice"
    user = answer.json()
    assert list(user) == KEYS
    assert (user["username"], user["is_admin"], user["endpoints"], user["tokens"]) == ("alice", False, None, 0)
    assert admin.get("/v1alpha/users/alice").json() == user
    listed = admin.get("/v1alpha/users/").json()
    assert list(listed) == ["users"] and user in listed["users"] and {one["username"] for one in listed["users"]} == {"admin", "alice"}


def test_user_answer_counts_tokens(admin, alice):
    alice.mint("one"), alice.mint("two")
    assert admin.get("/v1alpha/users/alice").json()["tokens"] == 2


def test_user_can_show_own_account_in_any_letter_case(alice, bob):
    assert alice.get("/v1alpha/users/alice").json()["username"] == "alice"
    assert alice.get("/v1alpha/users/ALICE").json()["username"] == "alice"


@pytest.mark.parametrize("name", ["bob", "nobody", "admin"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_access_to_existing_or_unknown_other_user_is_forbidden(alice, bob, method, name):
    assert_error(alice.request(method, f"/v1alpha/users/{name}", json={} if method == "PATCH" else None), 403, "forbidden")


def test_user_management_is_forbidden_to_non_administrators(alice):
    assert_error(alice.get("/v1alpha/users/"), 403, "forbidden")
    assert_error(add(alice, "eve"), 403, "forbidden")
    assert_error(alice.patch("/v1alpha/users/alice", {"is_admin": True}), 403, "forbidden")
    assert_error(alice.delete("/v1alpha/users/alice"), 403, "forbidden")


@pytest.mark.parametrize("name", ["alice", "ALICE", "Admin"])
def test_duplicate_username_in_any_letter_case_is_rejected_with_409(admin, alice, name):
    assert_error(add(admin, name), 409, "user_exists")


@pytest.mark.parametrize("name", ["", " ", "a b", ".a", "-a", "_a", "@a", "a/b", "a" * 65, "é", "a:b", "a\x00", "*"])
def test_invalid_username_is_rejected(admin, name):
    assert_error(add(admin, name), 400, "bad_username")


@pytest.mark.parametrize("name", ["a", "0", "a" * 64, "a.b_c-d@example.org"])
def test_valid_username_is_accepted(admin, name):
    assert add(admin, name).status_code == 201
    assert admin.get(f"/v1alpha/users/{name}").json()["username"] == name


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025, "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"])
def test_invalid_password_is_rejected_without_echoing_it(admin, password):
    message = assert_error(add(admin, "alice", password), 400, "bad_password")
    assert not password or password not in message


CONTROLS = ["\0", "\t", "\n", "\r\n", "\x1b", "\x7f", "\x85"]


@pytest.mark.parametrize("control", CONTROLS, ids=[repr(control) for control in CONTROLS])
@pytest.mark.parametrize("place", ["{}long enough", "long{}enough", "long enough{}"], ids=["start", "middle", "end"])
def test_password_with_control_characters_is_rejected(warder, admin, alice, control, place):
    password = place.format(control)
    message = assert_error(add(admin, "carol", password), 400, "bad_password")
    assert "control character" in message and password not in message
    assert_error(change(admin, "alice", password), 400, "bad_password")
    assert_error(change(alice, "alice", password, current=alice.password), 400, "bad_password")
    assert alice.get("/v1alpha/whoami").status_code == 200, "the old password stays valid"


@pytest.mark.parametrize("password", ["12345678", "x" * 1024, "éééé"])
def test_valid_password_signs_in(warder, admin, password):
    assert add(admin, "alice", password).status_code == 201
    assert warder.person("alice", password).get("/v1alpha/whoami").status_code == 200


def test_invalid_user_fields_are_named_in_the_error(admin):
    assert "password" in assert_error(add(admin, "a", None), 400, "bad_field")
    assert "username" in assert_error(admin.post("/v1alpha/users/", {"password": "long enough"}), 400, "bad_field")
    assert "is_admin" in assert_error(add(admin, "a", is_admin="yes"), 400, "bad_field")
    assert "administrator" in assert_error(add(admin, "a", administrator=True), 400, "bad_field")
    assert "endpoints" in assert_error(add(admin, "a", endpoints="GET /"), 400, "bad_field")


def test_tokens_and_password_of_a_deleted_user_are_denied_at_once(warder, admin, alice):
    token = alice.mint("one")
    assert admin.delete("/v1alpha/users/alice").json() == {"message": "User deleted"}
    assert not warder.accepts(token)
    assert alice.get("/v1alpha/whoami").status_code == 401
    assert_error(admin.get("/v1alpha/users/alice"), 404, "unknown_user")
    assert_error(admin.delete("/v1alpha/users/alice"), 404, "unknown_user")


def test_user_recreated_with_the_same_name_inherits_no_tokens(warder, admin, alice, make_user):
    token = alice.mint("one")
    admin.delete("/v1alpha/users/alice")
    again = make_user("alice", "another password")
    assert again.tokens() == {} and not warder.accepts(token)
    assert alice.get("/v1alpha/whoami").status_code == 401
    warder.restart()
    assert not warder.accepts(token)


def test_promotion_and_demotion_apply_on_the_next_request(warder, admin, alice):
    token = alice.mint("one")
    answer = admin.patch("/v1alpha/users/alice", {"is_admin": True})
    assert answer.status_code == 200 and list(answer.json()) == KEYS and answer.json()["is_admin"] is True
    assert alice.get("/v1alpha/users/").status_code == 200
    assert warder.get("/v1alpha/whoami", bearer=token).json()["is_admin"] is True
    admin.patch("/v1alpha/users/alice", {"is_admin": False})
    assert alice.get("/v1alpha/users/").status_code == 403
    assert warder.get("/v1alpha/whoami", bearer=token).json()["is_admin"] is False


def test_removal_of_the_last_administrator_is_rejected_with_409(admin, alice):
    assert_error(admin.delete("/v1alpha/users/admin"), 409, "last_admin")
    assert_error(admin.patch("/v1alpha/users/admin", {"is_admin": False}), 409, "last_admin")
    admin.patch("/v1alpha/users/alice", {"is_admin": True})
    assert admin.delete("/v1alpha/users/admin").status_code == 200
    assert_error(alice.delete("/v1alpha/users/alice"), 409, "last_admin")


# Passwords


def change(person, name, password, current=None):
    body = {"password": password} | ({"current_password": current} if current is not None else {})
    return person.put(f"/v1alpha/users/{name}/password", body)


def test_own_password_change_with_current_password_succeeds(warder, alice):
    token = alice.mint("one")
    answer = change(alice, "alice", "quite another", current=alice.password)
    assert (answer.status_code, answer.json()) == (200, {"message": "Password changed"})
    assert alice.get("/v1alpha/whoami").status_code == 401
    assert warder.person("alice", "quite another").get("/v1alpha/whoami").status_code == 200
    assert warder.accepts(token)


@pytest.mark.parametrize("name", ["alice", "admin"])
def test_own_password_change_without_current_password_is_rejected(warder, admin, alice, name):
    person = {"alice": alice, "admin": admin}[name]
    assert "current_password" in assert_error(change(person, name, "quite another"), 400, "bad_field")
    assert_error(change(person, name, "quite another", current="not it, surely"), 403, "forbidden")
    assert person.get("/v1alpha/whoami").status_code == 200


def test_administrator_sets_password_of_another_user(warder, admin, alice):
    alice.get("/v1alpha/whoami")
    assert change(admin, "alice", "quite another").status_code == 200
    assert alice.get("/v1alpha/whoami").status_code == 401
    assert_error(change(admin, "nobody", "quite another"), 404, "unknown_user")
    assert_error(change(admin, "alice", "short"), 400, "bad_password")


def test_password_change_of_another_user_is_forbidden_to_non_administrators(alice, bob):
    for name in ("bob", "nobody"):
        assert_error(change(alice, name, "quite another"), 403, "forbidden")
