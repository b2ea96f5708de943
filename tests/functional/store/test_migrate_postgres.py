# SPDX-License-Identifier: MIT
"""`warder migrate` to PostgreSQL and back: with it the signing keys move, too."""

import base64
import json
import os

import pytest
from support.postgres import PASSWORD, Postgres
from support.server import ADMIN_PASSWORD, run_binary


@pytest.fixture(scope="module")
def postgres():
    with Postgres() as server:
        yield server


@pytest.fixture
def database(postgres, request):
    return postgres.url(postgres.create_database(request.node.name[:60]))


@pytest.fixture
def encryption_key(tmp_path):
    """The file with the key that encrypts the signing keys in the database."""
    return write_encryption_key(tmp_path / "encryption-key")


def write_encryption_key(path):
    path.write_text(base64.b64encode(os.urandom(32)).decode() + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def migrate(tmp_path, encryption_key):
    """Runs the command with the data directory of this name."""

    def run(source, target, data_dir="data", encryption_key=encryption_key):
        config = tmp_path / "migrate.toml"
        config.write_text(f'[keys]\nencryption_key_file = "{encryption_key}"\n' if encryption_key else "")
        return run_binary("migrate", "--json", "--from", source, "--to", target, "--data-dir", tmp_path / data_dir, "--config", config)

    return run


def done(result):
    assert result.returncode == 0 and result.stderr == "", result
    report = json.loads(result.stdout)
    assert report["equal"] is True and report["source"] == report["target"]
    return report["target"]


def refused(result, *parts):
    assert (result.returncode, result.stdout) == (1, ""), result
    message = json.loads(result.stderr)["message"]
    assert all(part in message for part in parts) and PASSWORD not in message, message


@pytest.fixture
def filled(start_server):
    """A stopped server on SQLite with two signing keys, and its live tokens."""
    server = start_server()
    admin = server.person("admin", ADMIN_PASSWORD)
    assert admin.post("/v1alpha/users/", {"username": "alice", "password": "the password of alice", "endpoints": ["GET /v1alpha/**"]}).status_code == 201
    alice = server.person("alice", "the password of alice")
    server.tokens = [admin.mint("of the first key"), alice.mint("scoped", endpoints=["GET /v1alpha/whoami"])]
    assert server.cli("key", "rotate").returncode == 0
    server.tokens.append(alice.mint("of the second key"))
    assert all(server.accepts(token) for token in server.tokens)
    server.revoked = alice.mint("revoked")
    assert alice.delete(f"/v1alpha/token/{server.revoked.id}").status_code == 200
    server.stop()
    return server


def test_database_migrated_to_postgresql_and_back_keeps_everything_with_the_keys(filled, start_server, migrate, database, tmp_path, encryption_key):
    sqlite = f"sqlite:{filled.data_dir}/warder.db"
    before = (filled.data_dir / "warder.db").read_bytes()
    counts = done(migrate(sqlite, database))
    assert {key: counts[key] for key in ("users", "ceilings", "tokens", "policies", "keys")} == {"users": 2, "ceilings": 1, "tokens": 3, "policies": 1, "keys": 2}
    assert (filled.data_dir / "warder.db").read_bytes() == before
    assert done(migrate(sqlite, database)) == counts, "a second run has nothing to do"

    node = start_server("node", config_text=f'store = "{database}"\n[keys]\nencryption_key_file = "{encryption_key}"\n')
    assert all(node.accepts(token) for token in filled.tokens) and not node.accepts(filled.revoked)
    new = node.person("alice", "the password of alice").mint("of the node")
    node.stop()

    (tmp_path / "back").mkdir(mode=0o700)
    counts = done(migrate(database, f"sqlite:{tmp_path}/back/warder.db", "back"))
    assert counts["tokens"] == 4 and counts["keys"] == 2
    assert {key["id"] for key in json.loads((tmp_path / "back" / "keys.json").read_text())["keys"]} == {
        key["id"] for key in json.loads((filled.data_dir / "keys.json").read_text())["keys"]
    }
    assert (tmp_path / "back" / "keys.json").stat().st_mode & 0o777 == 0o600
    back = start_server("back")
    assert all(back.accepts(token) for token in (*filled.tokens, new)) and not back.accepts(filled.revoked)


def test_postgresql_with_other_keys_or_content_is_refused_and_unchanged(filled, start_server, migrate, database, encryption_key, postgres, tmp_path):
    node = start_server("node", config_text=f'store = "{database}"\n[keys]\nencryption_key_file = "{encryption_key}"\n')
    node.stop()
    name = database.rsplit("/", 1)[1]
    rows = "SELECT * FROM warder.users; SELECT id, sealed FROM warder.signing_keys"
    before = postgres.sql(rows, name)
    refused(migrate(f"sqlite:{filled.data_dir}/warder.db", database), "has other signing keys than the source", f"/{name}")
    assert postgres.sql(rows, name) == before

    before = (filled.data_dir / "keys.json").read_bytes()
    refused(migrate(database, f"sqlite:{filled.data_dir}/new.db"), f"{filled.data_dir}/keys.json: has other signing keys than the source")
    assert (filled.data_dir / "keys.json").read_bytes() == before


def test_postgresql_needs_the_file_that_encrypts_its_keys(filled, migrate, database, tmp_path):
    sqlite = f"sqlite:{filled.data_dir}/warder.db"
    refused(migrate(sqlite, database, encryption_key=None), "keys.encryption_key_file is needed")
    done(migrate(sqlite, database))
    (tmp_path / "back").mkdir(mode=0o700)
    other = write_encryption_key(tmp_path / "other-key")
    refused(migrate(database, f"sqlite:{tmp_path}/back/warder.db", "back", encryption_key=other), "was encrypted with another key")
    assert list((tmp_path / "back").iterdir()) == []


def test_postgresql_migrated_to_another_database_keeps_the_keys(filled, migrate, database, postgres, start_server, encryption_key):
    done(migrate(f"sqlite:{filled.data_dir}/warder.db", database))
    other = postgres.url(postgres.create_database("another"))
    assert done(migrate(database, other))["keys"] == 2
    node = start_server("node", config_text=f'store = "{other}"\n[keys]\nencryption_key_file = "{encryption_key}"\n')
    assert all(node.accepts(token) for token in filled.tokens)


def test_tokens_in_postgresql_are_refused_for_a_users_json(filled, migrate, database, tmp_path):
    done(migrate(f"sqlite:{filled.data_dir}/warder.db", database))
    refused(migrate(database, f"users-json:{tmp_path}/users.json"), "nothing was written", "3 tokens (", "the source only their SHA-256")
    assert not (tmp_path / "users.json").exists()
