# SPDX-License-Identifier: MIT
import base64
import concurrent.futures
import json

import pytest
from support.responses import assert_error
from support.server import ADMIN_PASSWORD


def attempt(warder, name, password, source="127.0.0.1"):
    secret = base64.b64encode(f"{name}:{password}".encode()).decode()
    head = f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {secret}\r\n\r\n"
    return warder.raw(head.encode(), source=source)


def begin_session(warder, name, password, source="127.0.0.1"):
    body = json.dumps({"username": name, "password": password})
    head = f"POST /v1alpha/session HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    return warder.raw((head + body).encode(), source=source)


def assert_throttled(answer):
    assert_error(answer, 429, "throttled")
    assert 1 <= int(answer.header("Retry-After")) <= 60


def test_sixth_sign_in_attempt_on_a_user_is_throttled(warder, make_user):
    make_user("carol")
    for number in range(5):
        assert attempt(warder, "carol", f"wrong {number}").status == 401
    assert_throttled(attempt(warder, "carol", "wrong again"))
    assert_throttled(attempt(warder, "carol", "the password of carol"))
    assert_throttled(attempt(warder, "CAROL", "the password of carol"))


def test_failed_sign_ins_from_another_address_do_not_throttle(warder, make_user):
    make_user("carol")
    for number in range(6):
        attempt(warder, "carol", f"wrong {number}")
    assert attempt(warder, "carol", "the password of carol", source="127.0.0.2").status == 200


def test_address_is_throttled_after_50_failed_sign_ins(warder, make_user):
    make_user("carol")
    for number in range(50):
        assert attempt(warder, f"user{number}", "wrong", source="127.0.0.3").status == 401
    assert_throttled(attempt(warder, "somebody.else", "wrong", source="127.0.0.3"))
    assert_throttled(attempt(warder, "carol", "the password of carol", source="127.0.0.3"))
    assert attempt(warder, "carol", "the password of carol").status == 200


def test_verified_credentials_and_tokens_are_not_throttled(warder, alice):
    token = alice.mint("one")
    for number in range(6):
        attempt(warder, "alice", f"wrong {number}")
    assert_throttled(attempt(warder, "alice", "wrong again"))
    assert alice.get("/v1alpha/whoami").status_code == 200
    assert warder.accepts(token)


@pytest.mark.parametrize("sign_in", [attempt, begin_session])
def test_verified_credentials_do_not_bypass_throttling_at_another_address(warder, make_user, sign_in):
    make_user("carol")
    right, elsewhere = "the password of carol", "127.66.6.6"
    assert attempt(warder, "carol", right).status == 200, "carol is active"
    for number in range(5):
        assert sign_in(warder, "carol", f"wrong {number}", source=elsewhere).status == 401
    for number in range(30):
        assert_throttled(sign_in(warder, "carol", f"further {number}", source=elsewhere))
        assert_throttled(sign_in(warder, "carol", right, source=elsewhere))
    assert attempt(warder, "carol", right).status == 200


@pytest.mark.parametrize("sign_in", [attempt, begin_session])
def test_verified_credentials_are_throttled_after_five_wrong_attempts_beyond_the_limit(warder, make_user, sign_in):
    make_user("carol")
    right = "the password of carol"
    assert attempt(warder, "carol", right).status == 200
    for number in range(5):
        assert sign_in(warder, "carol", f"wrong {number}").status == 401
    for number in range(5):
        assert sign_in(warder, "carol", right).status in (200, 201), number
        assert_throttled(sign_in(warder, "carol", f"further {number}"))
    for _ in range(5):
        assert_throttled(attempt(warder, "carol", right))
        assert_throttled(begin_session(warder, "carol", right))
    assert attempt(warder, "admin", ADMIN_PASSWORD).status == 200, "other users of the address are not throttled"
    assert attempt(warder, "carol", right, source="127.0.0.2").status == 200


def test_wrong_current_password_beyond_the_limit_takes_a_comparison(warder, alice):
    body = {"password": "quite another", "current_password": "wrong"}
    assert alice.get("/v1alpha/whoami").status_code == 200
    for number in range(5):
        assert attempt(warder, "alice", f"wrong {number}").status == 401
    for _ in range(5):
        assert_error(alice.put("/v1alpha/users/alice/password", body), 429, "throttled")
    assert_error(alice.get("/v1alpha/whoami"), 429, "throttled")


def test_parallel_password_guesses_beyond_the_limit_are_throttled(warder, make_user):
    make_user("carol")
    right, elsewhere = "the password of carol", "127.66.6.7"
    assert attempt(warder, "carol", right).status == 200
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        guesses = [f"wrong {number}" for number in range(60)]
        statuses = list(pool.map(lambda guess: attempt(warder, "carol", guess, source=elsewhere).status, guesses))
        assert statuses.count(401) == 5 and statuses.count(429) == 55
        statuses = list(pool.map(lambda _: attempt(warder, "carol", right, source=elsewhere).status, range(40)))
    assert set(statuses) == {429}


def test_failed_sign_ins_of_unknown_users_are_throttled(warder):
    for number in range(5):
        assert attempt(warder, "nobody", f"wrong {number}").status == 401
    assert_throttled(attempt(warder, "Nobody", "wrong again"))


def test_wrong_current_password_counts_toward_throttling(warder, alice):
    for number in range(5):
        answer = alice.put("/v1alpha/users/alice/password", {"password": "quite another", "current_password": f"wrong {number}"})
        assert_error(answer, 403, "forbidden")
    answer = alice.put("/v1alpha/users/alice/password", {"password": "quite another", "current_password": "wrong again"})
    assert_error(answer, 429, "throttled")
