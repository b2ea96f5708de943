# SPDX-License-Identifier: MIT
import re
import uuid

import pytest
from support.answers import NO_SUCH_TOKEN, TAKEN_OR_BLANK, assert_refused
from support.waiting import eventually


def test_no_tokens_is_404_in_specters_words(alice):
    assert_refused(alice.get("/v1alpha/token/"), 404, "no_tokens", "Tokens does not exist")


def test_only_ones_own_tokens_are_listed(alice, bob):
    mine, _ = alice.mint("mine"), bob.mint("theirs")
    assert list(alice.tokens()) == [mine.id]


def test_an_expired_token_stays_listed_with_nothing_left(warder, alice):
    token = alice.mint("short", life="1 s")
    eventually(lambda: not warder.accepts(token))
    assert alice.tokens()[token.id]["jwt_token_remaining_life"] == 0
    shown = alice.get(f"/v1alpha/token/{token.id}").json()
    assert shown["expiry_status"] == "Expired" and shown["jwt_token_life_remaining"] == 0


def test_pages_follow_each_other_by_their_links(warder, alice):
    minted = [alice.mint(f"token {number}").id for number in range(7)]
    seen, path, pages = [], "/v1alpha/token/?limit=3", 0
    while path:
        answer = alice.get(path)
        seen += list(answer.json()["jwt_tokens"])
        pages += 1
        link = answer.headers.get("Link")
        path = None
        if link:
            target = re.fullmatch(r'<([^>]+)>; rel="next"', link).group(1)
            path = target.removeprefix(warder.url)
    assert seen == minted and pages == 3


def test_a_page_behind_the_last_token_is_empty(alice):
    token = alice.mint("one")
    answer = alice.get(f"/v1alpha/token/?after={token.id}")
    assert (answer.status_code, answer.json()) == (200, {"message": "Tokens exists", "jwt_tokens": {}})
    assert "Link" not in answer.headers


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=", "limit=-1", "limit=99999999999999999999", "colour=red", "limit=1&limit=2"])
def test_a_parameter_that_can_not_be_is_refused(alice, query):
    alice.mint("one")
    assert_refused(alice.get(f"/v1alpha/token/?{query}"), 400, "bad_field")


@pytest.mark.parametrize("after", [str(uuid.UUID(int=7)), "nonsense", ""])
def test_an_unknown_after_is_refused(alice, after):
    alice.mint("one")
    assert alice.get(f"/v1alpha/token/?after={after}").status_code == 400


IDS = ["nonsense", "f16102ee-7a52-4473-b494-5f5529991b9c", "x" * 300, "%00", "%2e%2e", "..%2f", "a%20b", "%ff", "%7Bid%7D", "%"]


@pytest.mark.parametrize("token_id", IDS)
@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
def test_an_id_that_names_none_of_ones_tokens_is_404(warder, alice, method, token_id):
    head = f"{method} /v1alpha/token/{token_id} HTTP/1.1\r\nHost: x\r\nAuthorization: {basic(alice)}\r\n"
    body = '{"jwt_token_description":"new"}' if method == "PATCH" else ""
    answer = warder.raw(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    assert_refused(answer, 404, "unknown_token", NO_SUCH_TOKEN)


def basic(person):
    import base64

    return "Basic " + base64.b64encode(f"{person.name}:{person.password}".encode()).decode()


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
def test_somebody_elses_id_is_as_unknown_as_any(alice, bob, method):
    token = bob.mint("theirs")
    body = {"jwt_token_description": "taken over"} if method == "PATCH" else None
    assert_refused(alice.request(method, f"/v1alpha/token/{token.id}", json=body), 404, "unknown_token", NO_SUCH_TOKEN)
    assert list(bob.tokens()) == [token.id]


def test_a_description_is_edited(warder, alice):
    token = alice.mint("old")
    answer = alice.patch(f"/v1alpha/token/{token.id}", {"jwt_token_description": "new"})
    assert answer.status_code == 200
    assert list(answer.json()) == ["message", "jwt_token_description", "jwt_token_life", "jwt_token_life_remaining", "expiry_status"]
    assert answer.json()["jwt_token_description"] == "new"
    assert alice.tokens()[token.id]["jwt_token_description"] == "new"
    assert warder.get("/v1alpha/whoami", bearer=token).json()["jwt_token_description"] == "new"


def test_an_edit_to_ones_own_description_changes_nothing(alice):
    token = alice.mint("same")
    assert alice.patch(f"/v1alpha/token/{token.id}", {"jwt_token_description": "same"}).status_code == 200
    assert alice.patch(f"/v1alpha/token/{token.id}", {}).json()["jwt_token_description"] == "same"


def test_an_edit_is_judged_like_a_mint(alice):
    token, _ = alice.mint("one"), alice.mint("two")
    path = f"/v1alpha/token/{token.id}"
    assert_refused(alice.patch(path, {"jwt_token_description": "two"}), 400, "bad_description", TAKEN_OR_BLANK)
    assert_refused(alice.patch(path, {"jwt_token_description": " "}), 400, "bad_description", TAKEN_OR_BLANK)
    assert_refused(alice.patch(path, {"jwt_token_description": 7}), 400, "bad_field")
    assert_refused(alice.patch(path, {"jwt_token_life": "1 h"}), 400, "bad_field")
    assert_refused(alice.patch(path, {"endpoints": "GET /"}), 400, "bad_field")


def test_an_administrator_sees_edits_and_deletes_anybodys(admin, alice):
    token = alice.mint("theirs")
    path = f"/v1alpha/token/{token.id}"
    assert admin.get(path).json()["jwt_token_description"] == "theirs"
    assert admin.patch(path, {"jwt_token_description": "seen"}).status_code == 200
    assert admin.delete(path).status_code == 200
    assert alice.tokens() == {}


def test_an_administrator_lists_one_user_or_all_with_their_names(admin, alice, bob):
    one, two = alice.mint("a"), bob.mint("b")
    body = admin.get("/v1alpha/token/?user=alice").json()["jwt_tokens"]
    assert {key: entry["username"] for key, entry in body.items()} == {one.id: "alice"}
    body = admin.get("/v1alpha/token/?user=*").json()["jwt_tokens"]
    assert {key: entry["username"] for key, entry in body.items()} == {one.id: "alice", two.id: "bob"}
    assert set(body[one.id]) == {"jwt_token_description", "jwt_token_life", "jwt_token_remaining_life", "username"}


def test_an_administrators_own_list_has_no_names_and_nobody_elses(admin, alice):
    alice.mint("a")
    mine = admin.mint("b")
    assert {key: set(entry) for key, entry in admin.tokens().items()} == {
        mine.id: {"jwt_token_description", "jwt_token_life", "jwt_token_remaining_life"}
    }


def test_pages_of_all_users_keep_the_parameter(warder, admin, alice, bob):
    minted = [person.mint(f"t{number}").id for number in range(3) for person in (alice, bob)]
    answer = admin.get("/v1alpha/token/?user=*&limit=4")
    target = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers["Link"]).group(1)
    rest = admin.get(target.removeprefix(warder.url)).json()["jwt_tokens"]
    assert list(answer.json()["jwt_tokens"]) + list(rest) == minted


@pytest.mark.parametrize("name", ["alice", "bob", "*", "nobody"])
def test_user_is_for_administrators(alice, bob, name):
    assert_refused(alice.get(f"/v1alpha/token/?user={name}"), 403, "forbidden")


def test_an_unknown_user_has_no_list(admin):
    assert_refused(admin.get("/v1alpha/token/?user=nobody"), 404, "unknown_user")
