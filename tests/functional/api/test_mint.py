# SPDX-License-Identifier: MIT
import json

import pytest
from support.keys import parts_of
from support.responses import TAKEN_OR_BLANK, assert_error
from support.waiting import eventually


def mint(person, description="one", life="6 minutes", **more):
    return person.post("/v1alpha/token/", {"jwt_token_description": description, "jwt_token_life": life, **more})


@pytest.mark.parametrize(
    "life, seconds",
    [("6 minutes", 360), ("1.2 minutes", 72), ("1h30m", 5400), ("2 days, 4:13:02", 187982), (":22", 22), ("1:24", 84), ("5:10:11:12", 468672)]
    + [("1w2d", 777600), ("1Y2MO", 36720000), ("P3M", 7776000), ("pt15m", 900), ("P2W", 1209600), (90, 90), (1.5, 1.5), ("1.5 s", 1.5)],
)
def test_lifetime_formats_parse_to_seconds(alice, life, seconds):
    assert mint(alice, life=life).json()["jwt_token_life"] == seconds


def test_whole_second_lifetime_is_reported_as_an_integer(alice):
    life = mint(alice, life="1.2 minutes").json()["jwt_token_life"]
    assert isinstance(life, int), life


def test_fractional_lifetime_rounds_exp_up_to_a_full_second(alice):
    claims = json.loads(parts_of(mint(alice, life=1.5).json()["jwt_token"])[1])
    assert claims["exp"] - claims["iat"] == 2


@pytest.mark.parametrize("life", ["", "fortnight", "6 fortnights", "-3 minutes", "0 s", 0, -1, 0.5, "0.5 s", "11 years", 1e300, "9" * 129, "nan", "inf", "１ minute"])
def test_invalid_lifetime_is_rejected_and_quoted(alice, life):
    message = assert_error(mint(alice, life=life), 400, "bad_life")
    if isinstance(life, str) and life and len(life) < 100 and life.isascii():
        assert life in message
    assert alice.tokens() == {}


@pytest.mark.parametrize("life", ["fortnight", "6 fortnights"])
def test_lifetime_error_shows_valid_examples(alice, life):
    message = assert_error(mint(alice, life=life), 400, "bad_life")
    assert sum(example in message for example in ("6 minutes", "1h30m", "3 months", "P3M", "PT15M", "2 days", "90 days", "12 hours", "P1Y", "P30D", "1w2d")) >= 2, message


OUT_OF_RANGE = ["1e400", "-1e400", "1e99999999999", "1" + "0" * 400]


@pytest.mark.parametrize("life", [*OUT_OF_RANGE, "-0", "-0.0", "1e-9", "1e-400", "0.999999", "315360000.5"])
def test_out_of_range_lifetime_number_is_rejected_as_bad_life(alice, life):
    body = f'{{"jwt_token_description":"two","jwt_token_life": {life} ,}}'
    message = assert_error(alice.request("POST", "/v1alpha/token/", data=body), 400, "bad_life")
    assert "e400" not in life or f'"{life}"' in message
    assert alice.tokens() == {}


@pytest.mark.parametrize("overlap", [*OUT_OF_RANGE, "-1", "-1e-9"])
def test_out_of_range_overlap_number_is_rejected_as_bad_life(alice, overlap):
    token = alice.mint("one")
    assert_error(alice.request("POST", f"/v1alpha/token/{token.id}/renew", data=f'{{"overlap":{overlap}}}'), 400, "bad_life")
    assert list(alice.tokens()) == [token.id]


@pytest.mark.parametrize("body", ['{"jwt_token_life":[1e400]}', '{"a":{"jwt_token_life":1e400}}', '{"jwt_token_description":1e400}', '[1e400]', "1e400"])
def test_out_of_range_number_in_another_field_is_bad_json(alice, body):
    assert_error(alice.request("POST", "/v1alpha/token/", data=body), 400, "bad_json")


@pytest.mark.parametrize("life", [True, None, [], {}])
def test_lifetime_of_wrong_json_type_is_bad_field(alice, life):
    assert "jwt_token_life" in assert_error(mint(alice, life=life), 400, "bad_field")


@pytest.mark.parametrize("description", ["", " ", "\u2003\u3000\u00a0", "\u2028"])
def test_blank_description_is_rejected_with_specter_message(alice, description):
    assert_error(mint(alice, description), 400, "bad_description", TAKEN_OR_BLANK)


def test_description_of_a_live_token_is_rejected_for_the_same_user(alice, bob):
    mint(alice, "deploy")
    assert_error(mint(alice, "deploy"), 400, "bad_description", TAKEN_OR_BLANK)
    assert mint(alice, "Deploy").status_code == 201
    assert mint(bob, "deploy").status_code == 201


def test_description_of_a_deleted_token_can_be_reused(alice):
    token = alice.mint("deploy")
    alice.delete(f"/v1alpha/token/{token.id}")
    assert mint(alice, "deploy").status_code == 201


def test_description_of_an_expired_token_can_be_reused(warder, alice):
    token = alice.mint("deploy", life="1 s")
    eventually(lambda: not warder.accepts(token))
    assert mint(alice, "deploy").status_code == 201


@pytest.mark.parametrize("description", ["x" * 201, "a\nb", "a\x00b", "a\x7fb", "\u00e9" * 201])
def test_description_too_long_or_with_control_characters_is_rejected(alice, description):
    assert_error(mint(alice, description), 400, "bad_description")


@pytest.mark.parametrize("description", ["x" * 200, "\u00e9" * 200, "\U0001f511" * 200, 'quote " and \\ slash', "<b>&amp;</b>"])
def test_valid_description_is_returned_unchanged(alice, description):
    answer = mint(alice, description)
    assert answer.status_code == 201
    assert answer.json()["jwt_token_description"] == description
    assert alice.get(f"/v1alpha/token/{answer.json()['jwt_token_id']}").json()["jwt_token_description"] == description


def test_non_ascii_description_is_escaped_in_the_token_payload(alice):
    payload = parts_of(mint(alice, "clé \U0001f511").json()["jwt_token"])[1]
    assert b'"jwt_token_description":"cl\\u00e9 \\ud83d\\udd11"' in payload


@pytest.mark.parametrize("key", ["jwt_token_description", "jwt_token_life"])
def test_missing_key_at_mint_is_named_in_the_error(alice, key):
    body = {"jwt_token_description": "one", "jwt_token_life": "6 minutes"}
    del body[key]
    assert key in assert_error(alice.post("/v1alpha/token/", body), 400, "bad_field")


def test_unknown_key_at_mint_is_named_in_the_error(alice):
    assert "jwt_token_lief" in assert_error(mint(alice, jwt_token_lief="1 h"), 400, "bad_field")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1,]x", b'{"a":1}{"b":2}', b'{"jwt_token_description":"a","jwt_token_description":"b","jwt_token_life":"6 minutes"}']
    + [b'{"jwt_token_description":"\xff","jwt_token_life":"6 minutes"}', b'{"jwt_token_description":"a","jwt_token_life":"6 minutes"} trailing']
    + [b"[" * 2000, b'{"jwt_token_description":"\\ud800","jwt_token_life":60}', b"\x00", b"nul"],
)
def test_malformed_json_is_rejected_as_bad_json(alice, body):
    assert_error(alice.request("POST", "/v1alpha/token/", data=body), 400, "bad_json")


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"null", b"7"])
def test_json_body_that_is_not_an_object_is_rejected(alice, body):
    answer = alice.request("POST", "/v1alpha/token/", data=body)
    assert answer.status_code == 400 and answer.json()["error"] in ("bad_field", "bad_json")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "nonsense"])
def test_mint_ignores_the_content_type(alice, content_type):
    body = b'{"jwt_token_description": "one", "jwt_token_life": "6 minutes"}'
    assert alice.request("POST", "/v1alpha/token/", data=body, headers={"Content-Type": content_type}).status_code == 201


def test_mint_beyond_max_per_user_is_rejected_with_409(start_server):
    server = start_server(config_text="[tokens]\nmax_per_user = 2\n")
    admin = server.person("admin", server.env["WARDER_ADMIN_PASSWORD"])
    admin.mint("one"), admin.mint("two")
    assert_error(mint(admin, "three"), 409, "too_many_tokens")


def test_lifetime_beyond_max_life_is_rejected(start_server):
    server = start_server(config_text='[tokens]\nmax_life = "1 hour"\n')
    admin = server.person("admin", server.env["WARDER_ADMIN_PASSWORD"])
    assert_error(mint(admin, life="61 minutes"), 400, "bad_life")
    assert mint(admin, life="1 hour").status_code == 201
