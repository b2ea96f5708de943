# SPDX-License-Identifier: MIT
"""Tokens exchanged with PyJWT, and forged tokens as in the attacks of RFC 8725."""

import json
import time
import uuid

import jwt
import pytest
from support.keys import encode, parts_of, sign, signing_secret
from support.responses import BEARER, NOT_VALID, REVOKED, assert_error, challenges

HEADER = {"typ": "JWT", "alg": "HS256"}


@pytest.fixture
def secret(warder):
    return signing_secret(warder.data_dir)


@pytest.fixture
def token(alice):
    return alice.mint("genuine")


def claims_of(token):
    return json.loads(parts_of(token)[1])


def assert_not_valid(warder, token, message=NOT_VALID, description="not valid"):
    answer = warder.get("/v1alpha/whoami", bearer=token)
    assert_error(answer, 401, "invalid_token", message)
    assert f'{BEARER}, error="invalid_token", error_description="{description}"' in challenges(answer)


def assert_revoked(warder, token):
    assert_not_valid(warder, token, REVOKED, "revoked")


def test_pyjwt_decodes_a_minted_token(secret, token):
    assert jwt.decode(token, secret, algorithms=["HS256"])["jwt_token_id"] == token.id
    assert jwt.get_unverified_header(token) == HEADER


def test_payload_is_byte_identical_to_pyjwt(secret, token):
    """Only the order of the header members differs: it follows the source document."""
    theirs = jwt.encode(claims_of(token), secret, algorithm="HS256")
    assert theirs.split(".")[1] == token.split(".")[1]
    assert sign(HEADER, claims_of(token), secret) == token


def test_token_resigned_with_another_header_is_denied(warder, secret, token):
    assert_revoked(warder, jwt.encode(claims_of(token), secret, algorithm="HS256", headers={"alg": "HS256", "typ": "JWT", "x": 1}))


def test_token_resigned_with_another_spelling_of_its_header_is_denied(warder, secret, token):
    assert_revoked(warder, sign('{"alg":"HS256"} ', claims_of(token), secret))


def test_signed_token_with_unknown_id_is_denied(warder, secret, token):
    assert_revoked(warder, sign(HEADER, {**claims_of(token), "jwt_token_id": str(uuid.uuid4())}, secret))


def test_signed_token_with_another_username_is_denied(warder, secret, token):
    assert_revoked(warder, sign(HEADER, {**claims_of(token), "username": "admin"}, secret))


@pytest.mark.parametrize(
    "header",
    [{"typ": "JWT", "alg": "none"}, {"typ": "JWT", "alg": "hs256"}, {"typ": "JWT", "alg": "HS512"}, {"typ": "JWT"}, {"typ": "JWT", "alg": ["HS256"]}]
    + [{**HEADER, name: "x"} for name in ("crit", "b64", "jku", "jwk", "x5u", "x5c")]
    + [{**HEADER, "kid": kid} for kid in ("nope", "", "../../dev/null", "' OR 1=1 --", 7)]
    + ['{"alg":"HS256","alg":"HS256"}', "[]", "null", "", "{", '{"alg":"HS256"'],
    ids=str,
)
def test_token_with_an_unsupported_or_malformed_header_is_denied(warder, secret, token, header):
    forged = sign(header, claims_of(token), secret)
    assert forged != token
    assert_not_valid(warder, forged)


def test_token_without_a_valid_signature_is_denied(warder, token):
    head, payload, signature = token.split(".")
    none = encode(b'{"typ":"JWT","alg":"none"}')
    for forged in (f"{none}.{payload}.", f"{none}.{payload}", f"{none}.{payload}.{signature}", f"{head}.{payload}.", f"{head}.{payload}.{signature[:-2]}"):
        assert_not_valid(warder, forged)


def test_token_signed_with_another_key_is_denied(warder, token):
    for key in (b"", b"secret", b"\0" * 32):
        assert_not_valid(warder, sign(HEADER, claims_of(token), key))


def test_token_with_a_changed_character_is_denied(warder, token):
    for place in range(0, len(token), 7):
        if token[place] != ".":
            assert_not_valid(warder, token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :])


def test_token_in_noncanonical_base64_is_denied(warder, token):
    last = token[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    tail = alphabet[alphabet.index(last) ^ 1]  # differs only in unused bits
    for spelling in (token + "=", token + ".", "." + token, token[:-1] + tail, token.replace(".", "..", 1), token + "." + token):
        assert not warder.accepts(spelling), spelling


def test_token_over_8_kib_is_denied(warder, secret, token):
    assert_not_valid(warder, sign(HEADER, {**claims_of(token), "more": "x" * 7000}, secret))


@pytest.mark.parametrize(
    "change",
    [{"exp": None}, {"exp": "9999999999"}, {"exp": 1e400}, {"iat": "now"}, {"username": 7}, {"username": None}, {"jwt_token_id": 7}, {"nbf": "x"}, {"exp": True}],
    ids=str,
)
def test_token_with_claims_of_wrong_types_is_denied(warder, secret, token, change):
    assert_not_valid(warder, sign(HEADER, {**claims_of(token), **change}, secret))


def test_token_with_iat_or_nbf_in_the_future_is_denied(warder, secret, token):
    for change in ({"iat": int(time.time()) + 600}, {"nbf": int(time.time()) + 600}):
        assert_revoked(warder, sign(HEADER, {**claims_of(token), **change}, secret))


def test_token_printed_in_the_source_document_is_denied(warder):
    printed = (
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJ1c2VybmFtZSI6ImFkbWluIiwiand0X3Rva2VuX2lkIjoiMmJjMDE2MGQtZWRmNC00YWI2LTk4MDEtNTJkMTg1ZjY1YjU5"
        "Iiwiand0X3Rva2VuX2Rlc2NyaXB0aW9uIjoiVG9rZW4gYWxwaGEiLCJleHAiOjE2NjEzMTg3NjIsImlhdCI6MTY2MTMxODQwMn0.MWbUuZ8BS5L9kryi_zG_PNJ4ud84mPuJhsqhiH_U5Rc"
    )
    assert_not_valid(warder, printed)
