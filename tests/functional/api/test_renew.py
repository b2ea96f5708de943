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


def test_second_renewal_of_a_token_is_409_during_the_overlap_and_404_after_it(warder, alice):
    at_once, short, overlapping = alice.mint("one"), alice.mint("two"), alice.mint("three")
    renew(alice, at_once)
    assert_error(renew(alice, at_once), 404, "unknown_token", NO_SUCH_TOKEN)
    renew(alice, overlapping, {"overlap": "1 minute"})
    before = set(alice.tokens())
    assert "replaced" in assert_error(renew(alice, overlapping), 409, "already_renewed")
    assert_error(renew(alice, overlapping, {"overlap": "1 hour"}), 409, "already_renewed")
    assert set(alice.tokens()) == before and alice.tokens()[overlapping.id]["jwt_token_remaining_life"] <= 60
    renew(alice, short, {"overlap": "1 s"})
    eventually(lambda: not warder.accepts(short))
    assert_error(renew(alice, short), 404, "unknown_token", NO_SUCH_TOKEN)


def test_second_renewal_by_the_command_line_fails(warder, alice):
    old = alice.mint("one")
    renew(alice, old, {"overlap": "1 minute"})
    done = warder.cli("token", "renew", old.id, "--json")
    assert done.returncode == 1 and '"error":"already_renewed"' in done.stderr.replace(" ", "")


def test_renewed_token_names_its_successor_during_the_overlap(warder, admin, alice):
    old = alice.mint("one", endpoints=["GET /a"])
    path = f"/v1alpha/token/{old.id}"
    assert "replaced_by" not in alice.get(path).json()
    new = Token.of(renew(alice, old, {"overlap": "1 minute"}).json())
    assert "replaced_by" not in new.answer and "replaced_by" not in alice.get(f"/v1alpha/token/{new.id}").json()
    alice.patch(path, {"enabled": False})
    shown = alice.get(path + "?include=usage").json()
    assert shown["replaced_by"] == new.id
    keys = list(shown)
    assert keys[keys.index("endpoints") :][:4] == ["endpoints", "enabled", "replaced_by", "last_used_at"]
    assert alice.tokens()[old.id]["replaced_by"] == new.id
    assert list(admin.get("/v1alpha/token/?user=alice").json()["jwt_tokens"][old.id])[-2:] == ["replaced_by", "username"]
    assert f'"replaced_by":"{new.id}"' in warder.cli("token", "show", old.id, "--json").stdout
    assert "replaced_by" not in warder.get("/v1alpha/whoami", bearer=new).json()


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
