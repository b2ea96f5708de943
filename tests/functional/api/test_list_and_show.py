# SPDX-License-Identifier: MIT
import re
import uuid

import pytest
from support.responses import NO_SUCH_TOKEN, TAKEN_OR_BLANK, assert_error
from support.waiting import eventually


def test_empty_token_list_is_404_with_specter_message(alice):
    assert_error(alice.get("/v1alpha/token/"), 404, "no_tokens", "Tokens does not exist")


def test_token_list_omits_tokens_of_other_users(alice, bob):
    mine, _ = alice.mint("mine"), bob.mint("theirs")
    assert list(alice.tokens()) == [mine.id]


def test_expired_token_stays_listed_with_zero_remaining_lifetime(warder, alice):
    token = alice.mint("short", life="1 s")
    eventually(lambda: not warder.accepts(token))
    assert alice.tokens()[token.id]["jwt_token_remaining_life"] == 0
    shown = alice.get(f"/v1alpha/token/{token.id}").json()
    assert shown["expiry_status"] == "Expired" and shown["jwt_token_life_remaining"] == 0


def test_next_links_lead_through_all_pages(warder, alice):
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


def test_page_after_the_last_token_is_empty(alice):
    token = alice.mint("one")
    answer = alice.get(f"/v1alpha/token/?after={token.id}")
    assert (answer.status_code, answer.json()) == (200, {"message": "Tokens exists", "jwt_tokens": {}})
    assert "Link" not in answer.headers


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=", "limit=-1", "limit=99999999999999999999", "colour=red", "limit=1&limit=2"])
def test_invalid_list_parameter_is_rejected(alice, query):
    alice.mint("one")
    assert_error(alice.get(f"/v1alpha/token/?{query}"), 400, "bad_field")


@pytest.mark.parametrize("after", [str(uuid.UUID(int=7)), "nonsense", ""])
def test_unknown_after_parameter_is_rejected(alice, after):
    alice.mint("one")
    assert alice.get(f"/v1alpha/token/?after={after}").status_code == 400


IDS = ["nonsense", "f16102ee-7a52-4473-b494-5f5529991b9c", "x" * 300, "%00", "%2e%2e", "..%2f", "a%20b", "%ff", "%7Bid%7D", "%"]


@pytest.mark.parametrize("token_id", IDS)
@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
def test_unknown_or_malformed_token_id_is_404(warder, alice, method, token_id):
    head = f"{method} /v1alpha/token/{token_id} HTTP/1.1\r\nHost: x\r\nAuthorization: {basic(alice)}\r\n"
    body = '{"jwt_token_description":"new"}' if method == "PATCH" else ""
    answer = warder.raw(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    assert_error(answer, 404, "unknown_token", NO_SUCH_TOKEN)


def basic(person):
    import base64

    return "Basic " + base64.b64encode(f"{person.name}:{person.password}".encode()).decode()


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
def test_token_id_of_another_user_is_404(alice, bob, method):
    token = bob.mint("theirs")
    body = {"jwt_token_description": "taken over"} if method == "PATCH" else None
    assert_error(alice.request(method, f"/v1alpha/token/{token.id}", json=body), 404, "unknown_token", NO_SUCH_TOKEN)
    assert list(bob.tokens()) == [token.id]


def test_edited_description_appears_in_show_list_and_whoami(warder, alice):
    token = alice.mint("old")
    answer = alice.patch(f"/v1alpha/token/{token.id}", {"jwt_token_description": "new"})
    assert answer.status_code == 200
    assert list(answer.json()) == ["message", "jwt_token_description", "jwt_token_life", "jwt_token_life_remaining", "expiry_status"]
    assert answer.json()["jwt_token_description"] == "new"
    assert alice.tokens()[token.id]["jwt_token_description"] == "new"
    assert warder.get("/v1alpha/whoami", bearer=token).json()["jwt_token_description"] == "new"


def test_edit_to_the_same_description_succeeds(alice):
    token = alice.mint("same")
    assert alice.patch(f"/v1alpha/token/{token.id}", {"jwt_token_description": "same"}).status_code == 200
    assert alice.patch(f"/v1alpha/token/{token.id}", {}).json()["jwt_token_description"] == "same"


def test_invalid_token_edit_is_rejected_as_at_mint(alice):
    token, _ = alice.mint("one"), alice.mint("two")
    path = f"/v1alpha/token/{token.id}"
    assert_error(alice.patch(path, {"jwt_token_description": "two"}), 400, "bad_description", TAKEN_OR_BLANK)
    assert_error(alice.patch(path, {"jwt_token_description": " "}), 400, "bad_description", TAKEN_OR_BLANK)
    assert_error(alice.patch(path, {"jwt_token_description": 7}), 400, "bad_field")
    assert_error(alice.patch(path, {"jwt_token_life": "1 h"}), 400, "bad_field")
    assert_error(alice.patch(path, {"endpoints": "GET /"}), 400, "bad_field")


def test_administrator_shows_edits_and_deletes_token_of_another_user(admin, alice):
    token = alice.mint("theirs")
    path = f"/v1alpha/token/{token.id}"
    assert admin.get(path).json()["jwt_token_description"] == "theirs"
    assert admin.patch(path, {"jwt_token_description": "seen"}).status_code == 200
    assert admin.delete(path).status_code == 200
    assert alice.tokens() == {}


def test_administrator_lists_tokens_of_one_or_all_users_with_usernames(admin, alice, bob):
    one, two = alice.mint("a"), bob.mint("b")
    body = admin.get("/v1alpha/token/?user=alice").json()["jwt_tokens"]
    assert {key: entry["username"] for key, entry in body.items()} == {one.id: "alice"}
    body = admin.get("/v1alpha/token/?user=*").json()["jwt_tokens"]
    assert {key: entry["username"] for key, entry in body.items()} == {one.id: "alice", two.id: "bob"}
    assert set(body[one.id]) == {"jwt_token_description", "jwt_token_life", "jwt_token_remaining_life", "username"}


def test_administrator_own_token_list_omits_usernames_and_other_users(admin, alice):
    alice.mint("a")
    mine = admin.mint("b")
    assert {key: set(entry) for key, entry in admin.tokens().items()} == {
        mine.id: {"jwt_token_description", "jwt_token_life", "jwt_token_remaining_life"}
    }


def test_next_link_of_all_users_list_keeps_the_user_parameter(warder, admin, alice, bob):
    minted = [person.mint(f"t{number}").id for number in range(3) for person in (alice, bob)]
    answer = admin.get("/v1alpha/token/?user=*&limit=4")
    target = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers["Link"]).group(1)
    rest = admin.get(target.removeprefix(warder.url)).json()["jwt_tokens"]
    assert list(answer.json()["jwt_tokens"]) + list(rest) == minted


@pytest.mark.parametrize("name", ["alice", "bob", "*", "nobody"])
def test_user_parameter_is_forbidden_to_non_administrators(alice, bob, name):
    assert_error(alice.get(f"/v1alpha/token/?user={name}"), 403, "forbidden")


def test_token_list_of_unknown_user_is_404(admin):
    assert_error(admin.get("/v1alpha/token/?user=nobody"), 404, "unknown_user")
