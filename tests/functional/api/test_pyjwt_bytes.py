# SPDX-License-Identifier: MIT
"""Tokens are PyJWT's to the byte, whatever the description."""

import json
import random
import unicodedata

import jwt
import pytest
from support.keys import parts_of, signing_secret
from support.server import Token

# The first and last characters of each length in UTF-8 and UTF-16, and characters that JSON encoders escape differently.
CORNERS = [0x22, 0x27, 0x2F, 0x5C, 0x26, 0x3C, 0x3E, 0x7E, 0xA0, 0xFF, 0x7FF, 0x800, 0x2028, 0x2029, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFF, 0x10000, 0x1F600, 0x10FFFF]
PLANES = [(plane << 16, (plane << 16) + 0xFFFF) for plane in range(17)]


def is_allowed(character):
    return unicodedata.category(character) not in ("Cc", "Cs")


def character(rng):
    kind = rng.random()
    if kind < 0.3:
        return chr(rng.choice(CORNERS))
    if kind < 0.5:
        return chr(rng.randrange(0x20, 0x7F))
    if kind < 0.6:
        return chr(rng.randrange(0x20, 0x3000))
    return chr(rng.randint(*rng.choice(PLANES)))


def description(rng):
    length = rng.choice([1, 2, 5, 30, 200])
    text = ""
    while len(text) < length:
        text += "".join(filter(is_allowed, character(rng)))
    return text


def descriptions(seed, count):
    rng = random.Random(seed)
    texts = {"\\u0041": None, '"}': None, "\\": None, "a\\\\\"b": None, "</script>": None}
    while len(texts) < count:
        text = description(rng)
        if text.strip():
            texts[text] = None
    return list(texts)


def mint(person, text, escaped):
    body = json.dumps({"jwt_token_description": text, "jwt_token_life": "6 minutes"}, ensure_ascii=escaped)
    answer = person.request("POST", "/v1alpha/token/", data=body.encode())
    assert answer.status_code == 201, (text, answer.text)
    assert answer.json()["jwt_token_description"] == text
    return Token.of(answer.json())


@pytest.mark.parametrize("seed", range(3))
def test_payload_with_generated_description_is_byte_identical_to_pyjwt(warder, alice, seed):
    secret = signing_secret(warder.data_dir)
    texts = descriptions(seed, 150)
    everything = "".join(texts)
    assert all(chr(corner) in everything for corner in CORNERS)
    assert all(any(first <= ord(c) <= last for c in everything) for first, last in PLANES)

    for number, text in enumerate(texts):
        token = mint(alice, text, escaped=number % 2 == 0)
        decoded = jwt.decode(token, secret, algorithms=["HS256"])
        claims = {"username": "alice", "jwt_token_id": token.id, "jwt_token_description": text, "exp": decoded["exp"], "iat": decoded["iat"]}
        assert decoded == claims
        assert decoded["exp"] == decoded["iat"] + 360

        header, payload = parts_of(token)
        theirs_header, theirs_payload = parts_of(jwt.encode(claims, secret, algorithm="HS256"))
        assert payload == theirs_payload
        # The order of the header members follows the source document; that of PyJWT depends on its version.
        assert header == b'{"typ":"JWT","alg":"HS256"}' and json.loads(header) == json.loads(theirs_header)


def test_token_minted_after_key_rotation_has_kid_as_last_header_member(warder, alice):
    assert warder.cli("key", "rotate").returncode == 0
    token = alice.mint("é")
    kid = jwt.get_unverified_header(token)["kid"]
    assert parts_of(token)[0] == json.dumps({"typ": "JWT", "alg": "HS256", "kid": kid}, separators=(",", ":")).encode()
    assert jwt.decode(token, signing_secret(warder.data_dir), algorithms=["HS256"])["jwt_token_description"] == "é"
