# SPDX-License-Identifier: MIT
"""Growth of the audit log is bounded: edits without changes are not audited, and repeated events are summed up."""

import threading

import pytest

GRANTS = ["GET /a", "GET /b"]


def count(target):
    return int(target.rpartition("(")[2].split()[0]) if target.endswith(" times)") else 1


def rename(person, token, times, name="name"):
    for number in range(times):
        assert person.patch(f"/v1alpha/token/{token.id}", {"jwt_token_description": f"{name} {number}"}).status_code == 200


@pytest.fixture
def alice(audited):
    return audited.add_user("alice")


@pytest.fixture
def token(alice):
    return alice.mint("ci")


def test_token_edit_without_changes_is_not_audited(audited, alice):
    token = alice.mint("ci", endpoints=GRANTS)
    mark = audited.mark()
    path = f"/v1alpha/token/{token.id}"
    for body in ({"jwt_token_description": "ci"}, {"endpoints": GRANTS}, {"jwt_token_description": "ci", "endpoints": GRANTS}):
        answer = alice.patch(path, body)
        assert answer.status_code == 200 and answer.json()["jwt_token_description"] == "ci"
    assert alice.patch(path, {"jwt_token_description": "ci", "endpoints": None}).status_code == 200
    assert alice.patch(path, {"endpoints": None}).status_code == 200
    assert audited.since(mark) == [("alice", "127.0.0.1", "token.updated", token.id)]


def test_user_edit_without_changes_is_not_audited(audited, alice):
    mark = audited.mark()
    for body in ({"is_admin": False}, {"endpoints": None}, {"is_admin": False, "endpoints": None}):
        assert audited.admin.patch("/v1alpha/users/alice", body).status_code == 200
    audited.cli("user", "set", "alice", "--admin", "false")
    audited.cli("user", "set", "alice", "--unlimited")
    assert audited.since(mark) == []


def test_setting_the_same_ceiling_again_is_not_audited(start_server):
    server = start_server()
    server.cli("user", "add", "alice", "--endpoint", "GET /a", stdin="the password of alice\n")
    before = server.cli("audit").stdout
    server.cli("user", "set", "alice", "--endpoint", "GET /a")
    assert server.cli("audit").stdout == before
    server.cli("user", "set", "alice", "--endpoint", "GET /b")
    assert server.cli("audit").stdout != before


def test_repeated_edits_of_a_token_are_summed_up_and_complete_after_shutdown(audited, alice, token):
    mark = audited.mark()
    rename(alice, token, 150)
    audited.server.restart()
    events = audited.since(mark)
    assert {event[:3] for event in events} == {("alice", "127.0.0.1", "token.updated")}
    assert sum(count(event[3]) for event in events) == 150
    assert 60 <= len(events) <= 122, "60 a minute and their sums, or twice that if the test goes over a minute's end"
    assert events[0][3] == token.id and events[-1][3].startswith(f"{token.id} (")


def test_audit_read_includes_pending_sums(audited, alice, token):
    mark = audited.mark()
    rename(alice, token, 100)
    assert sum(count(event[3]) for event in audited.since(mark)) == 100
    assert sum(count(target) for *_, target in audited.since(mark)) == 100, "nothing is counted twice"
    assert f"{token.id} (" in audited.cli("audit").stdout


def test_events_of_different_tokens_are_not_summed_up(audited, alice):
    mark = audited.mark()
    tokens = [alice.mint(f"token {number}").id for number in range(80)]
    for token in tokens:
        assert alice.delete(f"/v1alpha/token/{token}").status_code == 200
    events = audited.since(mark)
    assert [event[3] for event in events if event[2] == "token.created"] == tokens
    assert [event[3] for event in events if event[2] == "token.revoked"] == tokens


def test_concurrent_edits_of_a_token_are_all_counted(audited, alice, token):
    mark = audited.mark()
    people = {name: audited.server.person("alice", alice.password) for name in "abcd"}
    threads = [threading.Thread(target=rename, args=(person, token, 40, name)) for name, person in people.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(count(event[3]) for event in audited.since(mark)) == 160
