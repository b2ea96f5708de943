# SPDX-License-Identifier: MIT
"""Sign-ins in the audit log: repeated ones are summed up, and no secret is logged."""

import base64
import json

from support.server import ADMIN_PASSWORD


def attempt(audited, name, password, source="127.0.0.1"):
    secret = base64.b64encode(f"{name}:{password}".encode()).decode()
    head = f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {secret}\r\n\r\n"
    return audited.server.raw(head.encode(), source=source).status


def sign_ins(audited, mark):
    return [event for event in audited.since(mark, sign_ins=True) if event[2].startswith("sign_in.")]


def count(target):
    return int(target.rpartition("(")[2].split()[0]) if target.endswith(" times)") else 1


def test_repeated_sign_in_from_one_address_is_audited_once(audited):
    audited.add_user("Alice")
    mark = audited.mark()
    for _ in range(3):
        assert attempt(audited, "aLICE", "the password of Alice", "127.0.0.2") == 200
    assert sign_ins(audited, mark) == [("Alice", "127.0.0.2", "sign_in.succeeded", "Alice")]


def test_first_sign_in_from_each_address_is_audited_once(audited):
    alice = audited.add_user("Alice")
    mark = audited.mark()
    for _ in range(2):
        for source in ("127.0.0.2", "127.0.0.3"):
            assert attempt(audited, "alice", alice.password, source) == 200
    body = json.dumps({"username": "alice", "password": alice.password})
    head = f"POST /v1alpha/session HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    for source in ("127.0.0.4", "127.0.0.2"):
        assert audited.server.raw((head + body).encode(), source=source).status == 201
    expected = [("Alice", source, "sign_in.succeeded", "Alice") for source in ("127.0.0.2", "127.0.0.3", "127.0.0.4")]
    assert sign_ins(audited, mark) == expected


def test_current_password_in_a_password_change_is_not_audited_as_a_second_sign_in(audited):
    alice = audited.add_user("alice")
    mark = audited.mark()
    body = {"password": "another password", "current_password": alice.password}
    assert alice.put("/v1alpha/users/alice/password", body).status_code == 200
    assert sign_ins(audited, mark) == [("alice", "127.0.0.1", "sign_in.succeeded", "alice")]


def test_failed_sign_ins_are_audited_without_unknown_usernames(audited):
    audited.add_user("Alice")
    mark = audited.mark()
    assert attempt(audited, "alice", "a wrong password", "127.0.0.2") == 401
    assert attempt(audited, "my secret passphrase", "alice", "127.0.0.3") == 401
    assert attempt(audited, "hunter2hunter2", "alice", "127.0.0.3") == 401
    assert sign_ins(audited, mark) == [
        ("Alice", "127.0.0.2", "sign_in.failed", "Alice"),
        (None, "127.0.0.3", "sign_in.failed", "unknown user"),
        (None, "127.0.0.3", "sign_in.failed", "unknown user"),
    ]


def test_wrong_current_password_is_audited_as_failed_sign_in(audited):
    alice = audited.add_user("alice")
    mark = audited.mark()
    body = {"password": "another password", "current_password": "not it at all"}
    assert alice.put("/v1alpha/users/alice/password", body).status_code == 403
    assert [event[2] for event in sign_ins(audited, mark)] == ["sign_in.succeeded", "sign_in.failed"]


def test_repeated_failed_sign_ins_are_summed_up(audited):
    audited.add_user("alice")
    mark = audited.mark()
    for number in range(120):
        assert attempt(audited, "alice", f"wrong {number}", "127.0.0.2") == (401 if number < 5 else 429)
    events = sign_ins(audited, mark)
    assert {event[:2] for event in events} == {("alice", "127.0.0.2")}
    assert 4 <= len(events) <= 8, "two of each kind, or four if the test goes over a minute's end"
    counted = {action: sum(count(event[3]) for event in events if event[2] == action) for action in {event[2] for event in events}}
    assert counted == {"sign_in.failed": 5, "sign_in.throttled": 115}
    assert sign_ins(audited, mark) == events, "no event is reported twice"


def test_failed_sign_ins_from_many_addresses_are_summed_up(audited):
    mark = audited.mark()
    for number in range(200):
        attempt(audited, f"user{number}", "wrong", f"127.0.1.{number}")
    events = sign_ins(audited, mark)
    assert sum(count(event[3]) for event in events) == 200
    assert len(events) <= 80
    assert any(event[:2] == (None, None) and event[3].startswith("others") for event in events)


def test_sign_in_sums_are_written_at_shutdown(audited):
    mark = audited.mark()
    for number in range(4):
        attempt(audited, "admin", f"wrong {number}", "127.0.0.2")
    audited.server.restart()
    events = [event for event in sign_ins(audited, mark) if event[2] == "sign_in.failed"]
    assert [event[3] for event in events] == ["admin", "admin (3 times)"]


def test_secrets_and_unknown_usernames_are_never_logged_or_stored(audited):
    alice = audited.add_user("alice")
    token = alice.mint("a description of her own")
    for name, password in [("swordfish.and.more", "x"), ("alice", "opensesame!"), ("alice", str(token)), (str(token)[:40], "y")]:
        attempt(audited, name, password, "127.0.0.2")
    audited.server.post("/v1alpha/revoke", bearer=token, data={"token": token})
    audited.cli("user", "add", "bob", stdin="the password of bob\n")
    answer = audited.admin.get("/v1alpha/audit").text
    shown = audited.cli("audit", "--limit", "1000").stdout + audited.cli("audit", "--json").stdout
    audited.server.stop()
    for where in (answer.encode(), shown.encode(), audited.files(), audited.server.log().encode()):
        for secret in ("swordfish", "opensesame", str(token), str(token)[:40], alice.password, ADMIN_PASSWORD, "the password of bob"):
            assert secret.encode() not in where
    assert "a description of her own" not in answer + shown
