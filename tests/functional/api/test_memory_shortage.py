# SPDX-License-Identifier: MIT
"""A lack of memory for password hashing is 503, never treated as a wrong password."""

import contextlib
import resource

import pytest
from support.responses import assert_error
from support.server import ADMIN_PASSWORD

EXPENSIVE_HASHES = {"WARDER_PASSWORDS_MEMORY": "256 MiB", "WARDER_PASSWORDS_PASSES": "1"}


@contextlib.contextmanager
def limited_memory(server):
    """Lets the process allocate only 64 MiB beyond its current size, which is not enough for a hash."""
    pid = server.process.pid
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        size = int(statm.read().split()[0]) * resource.getpagesize()
    before = resource.prlimit(pid, resource.RLIMIT_AS, (size + (64 << 20), resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_AS, before)


@pytest.fixture
def server(start_server):
    return start_server(env=EXPENSIVE_HASHES)


def sign_ins(server):
    events = server.person("admin", ADMIN_PASSWORD).get("/v1alpha/audit").json()["events"]
    return [(event["action"], event["target"]) for event in reversed(events) if event["action"].startswith("sign_in.")]


def test_sign_in_without_memory_is_503_and_neither_counted_nor_audited(server):
    right, wrong = server.person("admin", ADMIN_PASSWORD), server.person("admin", "wrong password")
    with limited_memory(server):
        for person in [right, wrong, server.person("nobody", "wrong password")] * 3:
            answer = person.get("/v1alpha/whoami")
            assert_error(answer, 503, "unavailable")
            assert "Retry-After" in answer.headers
            body = {"username": person.name, "password": person.password}
            assert_error(server.post("/v1alpha/session", json=body), 503, "unavailable")
    assert right.get("/v1alpha/whoami").status_code == 200
    assert sign_ins(server) == [("sign_in.succeeded", "admin")]


def test_password_change_without_memory_is_503_and_changes_nothing(server):
    admin = server.person("admin", ADMIN_PASSWORD)
    assert admin.get("/v1alpha/whoami").status_code == 200
    with limited_memory(server):
        for current in [ADMIN_PASSWORD, "wrong password"] * 4:
            body = {"password": "another password", "current_password": current}
            assert_error(admin.put("/v1alpha/users/admin/password", body), 503, "unavailable")
        assert_error(admin.post("/v1alpha/users/", {"username": "alice", "password": "long enough"}), 503, "unavailable")
    assert admin.get("/v1alpha/whoami").status_code == 200
    assert sign_ins(server) == [("sign_in.succeeded", "admin")]
    body = {"password": "another password", "current_password": ADMIN_PASSWORD}
    assert admin.put("/v1alpha/users/admin/password", body).status_code == 200
