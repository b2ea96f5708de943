# SPDX-License-Identifier: MIT
"""The requests of the source document, byte for byte, and the shapes of its responses."""

import json

import jwt
from support.keys import parts_of, signing_secret

# As printed in the document, with a comma after the last member.
MINT = b"""{
    "jwt_token_description": "Token alpha",
    "jwt_token_life": "6 minutes",
}
"""


def post_mint(admin, body=MINT, path="/v1alpha/token/"):
    return admin.request("POST", path, data=body, headers={"Content-Type": "application/json"})


def test_source_document_mint_request_returns_the_documented_body(admin):
    answer = post_mint(admin)
    assert answer.status_code == 201
    body = answer.json()
    assert list(body) == ["message", "jwt_token_id", "jwt_token", "jwt_token_description", "jwt_token_life"]
    assert body["message"] == "Token generated"
    assert body["jwt_token_description"] == "Token alpha"
    assert body["jwt_token_life"] == 360 and isinstance(body["jwt_token_life"], int)
    assert answer.headers["Location"] == f"/v1alpha/token/{body['jwt_token_id']}"
    assert answer.headers["Cache-Control"] == "no-store"


def test_minted_token_has_the_documented_header_and_claim_order(warder, admin):
    answer = post_mint(admin).json()
    header, payload = parts_of(answer["jwt_token"])
    assert header == b'{"typ":"JWT","alg":"HS256"}'
    claims = json.loads(payload)
    assert list(claims) == ["username", "jwt_token_id", "jwt_token_description", "exp", "iat"]
    assert claims["username"] == "admin"
    assert claims["jwt_token_id"] == answer["jwt_token_id"]
    assert claims["jwt_token_description"] == "Token alpha"
    assert claims["exp"] - claims["iat"] == 360
    assert payload == json.dumps(claims, separators=(",", ":")).encode()
    assert jwt.decode(answer["jwt_token"], signing_secret(warder.data_dir), algorithms=["HS256"]) == claims


def test_token_list_has_the_documented_shape(admin):
    first, second = admin.mint("Token 1", life="8 minutes"), admin.mint("Token alpha")
    body = admin.get("/v1alpha/token/").json()
    assert list(body) == ["message", "jwt_tokens"] and body["message"] == "Tokens exists"
    assert list(body["jwt_tokens"]) == [first.id, second.id]
    entry = body["jwt_tokens"][second.id]
    assert list(entry) == ["jwt_token_description", "jwt_token_life", "jwt_token_remaining_life"]
    assert entry["jwt_token_description"] == "Token alpha" and entry["jwt_token_life"] == 360
    assert 300 < entry["jwt_token_remaining_life"] <= 361


def test_shown_token_has_the_documented_shape(admin):
    token = admin.mint("Token alpha")
    body = admin.get(f"/v1alpha/token/{token.id}").json()
    assert list(body) == ["message", "jwt_token_description", "jwt_token_life", "jwt_token_life_remaining", "expiry_status"]
    assert body["message"] == "Tokens exists" and body["expiry_status"] == "Valid"
    assert 300 < body["jwt_token_life_remaining"] <= 361


def test_token_deletion_returns_the_documented_message(admin):
    token = admin.mint("Token alpha")
    answer = admin.delete(f"/v1alpha/token/{token.id}")
    assert (answer.status_code, answer.json()) == (200, {"message": "Token deleted"})


def test_lifetime_of_3_months_is_90_days(admin):
    assert admin.mint("long", life="3 months").answer["jwt_token_life"] == 7776000
