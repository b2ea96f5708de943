# SPDX-License-Identifier: MIT
"""Concurrent requests of the management API."""

import base64
import concurrent.futures
import random
import threading

import pytest
from support.server import IS_SANITIZED, Token

CLIENTS = 64
ROUNDS = 5 if IS_SANITIZED else 15


def run_concurrently(*calls):
    """Runs each call in its own thread, all started together. Returns their results in order."""
    barrier = threading.Barrier(len(calls))

    def start(call):
        barrier.wait()
        return call()

    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(start, call) for call in calls]]


def repeat_request(person, method, path, body=None, count=CLIENTS, source=None):
    """Returns `count` calls that send the same request, each on its own connection from `source`; tests that fail to sign in use separate addresses because of the throttle."""
    secret = base64.b64encode(f"{person.name}:{person.password}".encode()).decode()
    data = (body or "").encode()
    request = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {secret}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data
    return [lambda: person.server.raw(request, source=source)] * count


def statuses(answers):
    return sorted(answer.status for answer in answers)


def test_concurrent_mints_of_one_description_create_one_token(alice):
    answers = run_concurrently(*repeat_request(alice, "POST", "/v1alpha/token/", '{"jwt_token_description":"one","jwt_token_life":60}'))
    assert statuses(answers) == [201] + [400] * (CLIENTS - 1)
    assert len(alice.tokens()) == 1


def test_concurrent_deletions_of_a_token_succeed_once(alice):
    token = alice.mint("one")
    assert statuses(run_concurrently(*repeat_request(alice, "DELETE", f"/v1alpha/token/{token.id}"))) == [200] + [404] * (CLIENTS - 1)


@pytest.mark.parametrize("body, refused", [("{}", 404), ('{"overlap":"1 minute"}', 409)], ids=["at once", "overlap"])
def test_concurrent_renewals_of_a_token_succeed_once(warder, alice, body, refused):
    token = alice.mint("one")
    answers = run_concurrently(*repeat_request(alice, "POST", f"/v1alpha/token/{token.id}/renew", body))
    assert statuses(answers) == [201] + [refused] * (CLIENTS - 1)
    (renewed,) = [Token.of(answer.json()) for answer in answers if answer.status == 201]
    assert warder.accepts(renewed) and warder.accepts(token) == (body != "{}")


def test_concurrent_creations_of_a_user_succeed_once(admin):
    answers = run_concurrently(*repeat_request(admin, "POST", "/v1alpha/users/", '{"username":"carol","password":"long enough"}', count=32))
    assert statuses(answers) == [201] + [409] * 31


def test_concurrent_mutual_demotions_leave_one_administrator(warder, admin, make_user):
    second = make_user("second", is_admin=True)
    for _ in range(ROUNDS):
        body = '{"is_admin":false}'
        demoting = repeat_request(admin, "PATCH", "/v1alpha/users/second", body, 8) + repeat_request(second, "PATCH", "/v1alpha/users/admin", body, 8)
        run_concurrently(*demoting)
        assert [admin.get("/v1alpha/users/").status_code, second.get("/v1alpha/users/").status_code].count(200) == 1
        remaining, other = (admin, "second") if admin.get("/v1alpha/users/").status_code == 200 else (second, "admin")
        assert remaining.patch(f"/v1alpha/users/{other}", {"is_admin": True}).status_code == 200


def test_tokens_minted_during_user_deletion_are_denied_after_it(warder, admin, make_user):
    for number in range(ROUNDS):
        carol = make_user("carol", f"the password number {number}")
        minting = []
        for at in range(16):
            body = f'{{"jwt_token_description":"t{at}","jwt_token_life":60}}'
            # Each has its own address, because requests after the deletion are failed sign-ins and must not throttle the others.
            minting += repeat_request(carol, "POST", "/v1alpha/token/", body, count=1, source=f"127.1.{number}.{at + 1}")
        *answers, gone = run_concurrently(*minting, repeat_request(admin, "DELETE", "/v1alpha/users/carol", count=1)[0])
        assert gone.status == 200
        assert {answer.status for answer in answers} <= {201, 401, 404}
        again = make_user("carol", f"the password number {number} again")
        assert again.tokens() == {}
        assert not any(warder.accepts(answer.json()["jwt_token"]) for answer in answers if answer.status == 201)
        (late,) = repeat_request(carol, "GET", "/v1alpha/whoami", count=1, source=f"127.1.{number}.99")
        assert late().status == 401
        assert admin.delete("/v1alpha/users/carol").status_code == 200


def test_concurrent_token_changes_match_their_responses_after_restart(warder, admin, alice):
    """Each client mints, renames, renews and deletes tokens; in the end the store has exactly the tokens that the responses say."""
    lives, ended, errors = {}, {}, []

    def change_tokens(seed):
        rng, mine = random.Random(seed), {}
        for number in range(ROUNDS):
            name = f"{seed}.{number}"
            token = alice.mint(name, life="1 hour")
            mine[token.id] = token
            chosen = rng.choice(list(mine.values()))
            action = rng.choice(["rename", "renew", "delete", "check"])
            if action == "rename":
                answer = alice.patch(f"/v1alpha/token/{chosen.id}", {"jwt_token_description": f"{name} renamed"})
                assert warder.get("/v1alpha/whoami", bearer=chosen).json()["jwt_token_description"] == f"{name} renamed"
            elif action == "renew":
                answer = alice.post(f"/v1alpha/token/{chosen.id}/renew", {})
                fresh = Token.of(answer.json())
                mine[fresh.id], ended[chosen.id] = fresh, mine.pop(chosen.id)
            elif action == "delete":
                answer = alice.delete(f"/v1alpha/token/{chosen.id}")
                ended[chosen.id] = mine.pop(chosen.id)
            else:
                answer = warder.get("/v1alpha/whoami", bearer=chosen)
            assert answer.status_code in (200, 201), (action, answer.text)
            if ended.get(chosen.id) is not None:
                assert not warder.accepts(chosen), f"{action} did not end the token"
        lives.update(mine)

    def record_errors(seed):
        try:
            change_tokens(seed)
        except Exception as error:  # reported by the main thread
            errors.append(repr(error))

    run_concurrently(*[lambda seed=seed: record_errors(seed) for seed in range(CLIENTS // 2)])
    assert not errors, errors[:3]
    for _ in range(2):
        assert set(alice.tokens()) == set(lives)
        assert admin.get("/v1alpha/users/alice").json()["tokens"] == len(lives)
        assert all(warder.accepts(token) for token in lives.values())
        assert not any(warder.accepts(token) for token in ended.values())
        warder.restart()


def test_old_password_is_denied_after_concurrent_password_change(warder, admin, alice):
    for number in range(ROUNDS):
        source, fresh = f"127.2.0.{number + 1}", f"another password {number}"
        reads = repeat_request(alice, "GET", "/v1alpha/whoami", count=8, source=source)  # all may be wrong without being throttled
        change = repeat_request(admin, "PUT", "/v1alpha/users/alice/password", f'{{"password":"{fresh}"}}', count=1)
        *answers, changed = run_concurrently(*reads, *change)
        assert changed.status == 200 and {answer.status for answer in answers} <= {200, 401}
        assert reads[0]().status == 401
        alice = warder.person("alice", fresh)
        assert alice.get("/v1alpha/whoami").status_code == 200
