# SPDX-License-Identifier: MIT
"""Users whose password hash was made by Specter Desktop."""

import base64
import contextlib
import hashlib
import sqlite3

import pytest
from support.responses import assert_error

PASSWORD = "what alice typed in Specter"


def specter_hash(password):
    """Returns the hash as Specter makes it: the salt of PBKDF2 is the base64 text itself."""
    salt = base64.b64encode(hashlib.sha256(password.encode()).digest()[:30]).decode()
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 10_000, 32)
    return f"$specter-pbkdf2${salt}${base64.b64encode(made).decode()}"


def database(server):
    return contextlib.closing(sqlite3.connect(server.data_dir / "warder.db"))


def stored_hash(server, name):
    with database(server) as store:
        return store.execute("SELECT password_hash FROM users WHERE name = ?", (name,)).fetchone()[0]


@pytest.fixture
def set_specter_hash(warder):
    """Stores a hash of Specter for this password, as an import does, and restarts the server."""

    def set_hash(name, password):
        warder.stop()
        with database(warder) as store, store:
            changed = store.execute("UPDATE users SET password_hash = ? WHERE name = ?", (specter_hash(password), name)).rowcount
            assert changed == 1
        warder.start()
        return warder.person(name, password)

    return set_hash


def test_specter_password_signs_in_and_its_hash_becomes_argon2id(warder, alice, set_specter_hash):
    token = alice.mint("from before")
    imported = set_specter_hash("alice", PASSWORD)
    assert warder.accepts(token)

    assert_error(warder.person("alice", PASSWORD + "!").get("/v1alpha/whoami"), 401, "unauthorized")
    assert_error(alice.get("/v1alpha/whoami"), 401, "unauthorized")
    assert stored_hash(warder, "alice").startswith("$specter-pbkdf2$")

    assert imported.get("/v1alpha/whoami").json()["username"] == "alice"
    assert stored_hash(warder, "alice").startswith("$argon2id$")

    for _ in range(2):
        assert imported.get("/v1alpha/whoami").status_code == 200
        assert_error(warder.person("alice", PASSWORD + "!").get("/v1alpha/whoami"), 401, "unauthorized")
        assert warder.accepts(token)
        warder.restart()
    assert PASSWORD not in warder.log()


@pytest.mark.parametrize("default", ["admin", "password", "Alice", "aLICE"])
def test_imported_default_password_is_denied_until_changed_with_passwd(warder, make_user, set_specter_hash, default):
    name = "Alice"
    token = make_user(name).mint("from before")
    imported = set_specter_hash(name, default)
    assert_error(imported.get("/v1alpha/whoami"), 401, "unauthorized")
    assert_error(imported.put(f"/v1alpha/users/{name}/password", {"password": PASSWORD, "current_password": default}), 401, "unauthorized")
    assert stored_hash(warder, name).startswith("$specter-pbkdf2$")
    assert warder.accepts(token)

    changed = warder.cli("user", "passwd", name, "--password-stdin", stdin=PASSWORD + "\n")
    assert changed.returncode == 0, changed.stderr
    assert warder.person(name, PASSWORD).get("/v1alpha/whoami").status_code == 200
    assert_error(imported.get("/v1alpha/whoami"), 401, "unauthorized")
    assert warder.accepts(token)


def test_imported_password_that_warder_would_reject_as_new_signs_in(warder, alice, set_specter_hash):
    alice.mint("from before")
    for password in ("short", "tab\there", "line\nbreak at the end\n"):
        imported = set_specter_hash("alice", password)
        answer = warder.post("/v1alpha/session", json={"username": imported.name, "password": imported.password})
        assert answer.status_code == 201, answer.text


def test_imported_default_password_of_an_administrator_is_denied(warder, admin, set_specter_hash):
    token = admin.mint("from before")
    imported = set_specter_hash("admin", "admin")
    assert_error(imported.get("/v1alpha/users/"), 401, "unauthorized")
    assert warder.accepts(token)
