# SPDX-License-Identifier: MIT
from support.responses import NO_SUCH_TOKEN, TAKEN_OR_BLANK, assert_error
from support.server import Token
from support.waiting import eventually


def renew(person, token, body=None):
    return person.post(f"/v1alpha/token/{token.id}/renew", {} if body is None else body)


def test_renewal_returns_a_new_token_and_ends_the_old_one(warder, alice):
    old = alice.mint("deploy", life="6 minutes")
    answer = renew(alice, old)
    assert answer.status_code == 201
    assert list(answer.json()) == ["message", "jwt_token_id", "jwt_token", "jwt_token_description", "jwt_token_life"]
    new = Token.of(answer.json())
    assert new.id != old.id and answer.headers["Location"] == f"/v1alpha/token/{new.id}"
    assert (new.answer["jwt_token_description"], new.answer["jwt_token_life"]) == ("deploy", 360)
    assert warder.accepts(new) and not warder.accepts(old)
    assert list(alice.tokens()) == [new.id]


def test_renewal_with_a_new_lifetime_uses_it(alice):
    assert renew(alice, alice.mint("one"), {"jwt_token_life": "1 hour"}).json()["jwt_token_life"] == 3600


def test_renewal_with_an_invalid_lifetime_keeps_the_old_token(warder, alice):
    old = alice.mint("one")
    assert_error(renew(alice, old, {"jwt_token_life": "fortnight"}), 400, "bad_life")
    assert_error(renew(alice, old, {"life": "1 h"}), 400, "bad_field")
    assert warder.accepts(old)


def test_renewal_with_overlap_accepts_both_tokens_until_it_ends(warder, alice):
    old = alice.mint("one", life="1 hour")
    new = Token.of(renew(alice, old, {"overlap": "2 s"}).json())
    assert warder.accepts(old) and warder.accepts(new)
    assert alice.tokens()[old.id]["jwt_token_remaining_life"] <= 3
    eventually(lambda: not warder.accepts(old))
    assert warder.accepts(new)


def test_overlap_never_extends_the_old_token_lifetime(alice):
    old = alice.mint("one", life="1 minute")
    renew(alice, old, {"overlap": "1 hour"})
    assert alice.tokens()[old.id]["jwt_token_remaining_life"] <= 61


def test_second_renewal_of_a_token_is_404(alice):
    at_once, overlapping = alice.mint("one"), alice.mint("two")
    renew(alice, at_once)
    renew(alice, overlapping, {"overlap": "1 minute"})
    assert_error(renew(alice, at_once), 404, "unknown_token", NO_SUCH_TOKEN)
    assert_error(renew(alice, overlapping), 404, "unknown_token", NO_SUCH_TOKEN)


def test_expired_token_can_be_renewed(warder, alice):
    old = alice.mint("short", life="1 s")
    eventually(lambda: not warder.accepts(old))
    new = Token.of(renew(alice, old, {"jwt_token_life": "1 hour"}).json())
    assert warder.accepts(new)


def test_renewed_token_can_be_renewed_during_the_overlap(warder, alice):
    tokens = [alice.mint("rotated", life="1 hour")]
    for overlap in ({"overlap": "30 minutes"}, {"overlap": "20 minutes"}, {}, {"overlap": "10 minutes"}):
        answer = renew(alice, tokens[-1], overlap)
        assert answer.status_code == 201, answer.text
        tokens.append(Token.of(answer.json()))
    assert [warder.accepts(token) for token in tokens] == [True, True, False, True, True]


def test_description_in_use_by_another_token_is_rejected_at_renewal_and_mint(warder, alice):
    short = alice.mint("rotated", life="1 s")
    eventually(lambda: not warder.accepts(short))
    alice.mint("rotated")
    assert_error(renew(alice, short, {"jwt_token_life": "1 hour"}), 400, "bad_description", TAKEN_OR_BLANK)
    old = alice.mint("another")
    renew(alice, old, {"overlap": "1 minute"})
    body = {"jwt_token_description": "another", "jwt_token_life": 60}
    assert_error(alice.post("/v1alpha/token/", body), 400, "bad_description", TAKEN_OR_BLANK)


def test_renewal_of_another_users_token_by_an_administrator_is_forbidden(warder, admin, alice):
    token = alice.mint("theirs")
    assert_error(renew(admin, token), 403, "forbidden")
    assert warder.accepts(token)


def test_renewal_of_another_users_token_is_404(alice, bob):
    assert_error(renew(alice, bob.mint("theirs")), 404, "unknown_token", NO_SUCH_TOKEN)
