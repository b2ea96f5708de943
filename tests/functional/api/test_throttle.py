# SPDX-License-Identifier: MIT
import base64

from support.answers import assert_refused


def attempt(warder, name, password, source="127.0.0.1"):
    secret = base64.b64encode(f"{name}:{password}".encode()).decode()
    head = f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {secret}\r\n\r\n"
    return warder.raw(head.encode(), source=source)


def assert_throttled(answer):
    assert_refused(answer, 429, "throttled")
    assert 1 <= int(answer.header("Retry-After")) <= 60


def test_the_sixth_attempt_on_a_user_is_not_even_tried(warder, make_user):
    make_user("carol")
    for number in range(5):
        assert attempt(warder, "carol", f"wrong {number}").status == 401
    assert_throttled(attempt(warder, "carol", "wrong again"))
    assert_throttled(attempt(warder, "carol", "the password of carol"))
    assert_throttled(attempt(warder, "CAROL", "the password of carol"))


def test_a_users_failures_elsewhere_refuse_nobody_here(warder, make_user):
    make_user("carol")
    for number in range(6):
        attempt(warder, "carol", f"wrong {number}")
    assert attempt(warder, "carol", "the password of carol", source="127.0.0.2").status == 200


def test_fifty_failures_of_an_address_end_its_guessing(warder, make_user):
    make_user("carol")
    for number in range(50):
        assert attempt(warder, f"user{number}", "wrong", source="127.0.0.3").status == 401
    assert_throttled(attempt(warder, "somebody.else", "wrong", source="127.0.0.3"))
    assert_throttled(attempt(warder, "carol", "the password of carol", source="127.0.0.3"))
    assert attempt(warder, "carol", "the password of carol").status == 200


def test_what_was_proven_and_tokens_are_not_throttled(warder, alice):
    token = alice.mint("one")
    for number in range(6):
        attempt(warder, "alice", f"wrong {number}")
    assert_throttled(attempt(warder, "alice", "wrong again"))
    assert alice.get("/v1alpha/whoami").status_code == 200
    assert warder.accepts(token)


def test_unknown_names_count_too(warder):
    for number in range(5):
        assert attempt(warder, "nobody", f"wrong {number}").status == 401
    assert_throttled(attempt(warder, "Nobody", "wrong again"))


def test_a_wrong_current_password_counts(warder, alice):
    for number in range(5):
        answer = alice.put("/v1alpha/users/alice/password", {"password": "quite another", "current_password": f"wrong {number}"})
        assert_refused(answer, 403, "forbidden")
    answer = alice.put("/v1alpha/users/alice/password", {"password": "quite another", "current_password": "wrong again"})
    assert_refused(answer, 429, "throttled")
