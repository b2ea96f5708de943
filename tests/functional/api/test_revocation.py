# SPDX-License-Identifier: MIT
from support.responses import BASIC, BEARER, EXPIRED, NO_SUCH_TOKEN, REVOKED, assert_error, challenges
from support.waiting import eventually


def test_deleted_token_is_denied_on_the_next_request(warder, alice):
    token = alice.mint("ci runner", life="6 minutes")
    assert warder.get("/v1alpha/whoami", bearer=token).status_code == 200

    assert alice.delete(f"/v1alpha/token/{token.id}").json() == {"message": "Token deleted"}

    refused = warder.get("/v1alpha/whoami", bearer=token)
    assert_error(refused, 401, "invalid_token", REVOKED)
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_second_deletion_of_a_token_is_404(alice):
    token = alice.mint("one")
    alice.delete(f"/v1alpha/token/{token.id}")
    assert_error(alice.delete(f"/v1alpha/token/{token.id}"), 404, "unknown_token", NO_SUCH_TOKEN)


def test_expired_token_challenge_says_expired(warder, alice):
    token = alice.mint("short", life="1 s")
    eventually(lambda: not warder.accepts(token))
    refused = warder.get("/v1alpha/whoami", bearer=token)
    assert_error(refused, 401, "invalid_token", EXPIRED)
    expected = [BASIC, f'{BEARER}, error="invalid_token", error_description="expired"']
    assert sorted(challenges(refused)) == sorted(expected)


def test_deleted_token_challenge_says_revoked(warder, alice):
    token = alice.mint("one")
    alice.delete(f"/v1alpha/token/{token.id}")
    assert f'{BEARER}, error="invalid_token", error_description="revoked"' in challenges(warder.get("/v1alpha/whoami", bearer=token))


def test_tokens_and_deletions_survive_restart(warder, alice):
    kept, deleted = alice.mint("kept"), alice.mint("deleted")
    alice.delete(f"/v1alpha/token/{deleted.id}")
    warder.restart()
    assert warder.accepts(kept) and not warder.accepts(deleted)


def test_token_credential_is_denied_mint_list_and_delete(warder, alice):
    token = alice.mint("one")
    for method, path in [("POST", "/v1alpha/token/"), ("GET", "/v1alpha/token/"), ("DELETE", f"/v1alpha/token/{token.id}"), ("GET", "/v1alpha/users/")]:
        answer = warder.request(method, path, bearer=token, data=b"{}")
        assert answer.status_code == 401, (method, path)
        assert challenges(answer) == [BASIC]
    assert warder.accepts(token)
