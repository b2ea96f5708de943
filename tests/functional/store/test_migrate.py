# SPDX-License-Identifier: MIT
"""`warder migrate`: copies one store into another one of any kind, completely or with a message that says what is missing, and never changes the source."""

import json
import os

import pytest
from support.migration import content, done, execute, files, migrate, migrate_command, refused
from support.root import NOBODY, as_root
from support.server import ADMIN_PASSWORD, BINARY, run_binary
from support.specter import SECRET, make_token, make_user, write_users
from support.waiting import eventually


@pytest.fixture
def specter(tmp_path):
    """The path of a users.json of Specter Desktop. Each user has a token that names no key."""
    users = [make_user("boss", "what the boss typed", make_token("boss", "old"), is_admin=True), make_user("ada", "what ada typed", make_token("ada", "older", endpoints=["/a"]))]
    return write_users(tmp_path / "specter" / "users.json", users)


def specter_tokens(path):
    return [entry["jwt_token"] for user in json.loads(path.read_text()) for entry in user["jwt_tokens"].values()]


@pytest.fixture
def specter_server(start_server, specter, tmp_path):
    """A server whose store is Specter's file, with Specter's secret."""
    server = start_server(config_text=f'store = "users-json:{specter}"\n', admin_password=None)
    (tmp_path / "secret").write_text(SECRET)
    imported = server.cli("import", "specter", specter, "--secret-file", tmp_path / "secret")
    assert imported.returncode == 0, imported.stderr
    return server


@pytest.fixture
def full_server(warder, admin):
    """A running server with everything that a database can keep: ceilings, a service account, tokens with limits, overlaps, uses, and expired ones."""
    alice = admin.server.person("alice", "the password of alice")
    assert admin.post("/v1alpha/users/", {"username": "alice", "password": alice.password, "endpoints": ["GET /v1alpha/**"]}).status_code == 201
    execute(warder.data_dir / "warder.db", "INSERT INTO users (name, password_hash, is_admin, created_at) VALUES ('robot', '', 0, 5)")
    warder.live = [alice.mint("scoped", endpoints=["GET /v1alpha/whoami"]), alice.mint("plain"), admin.mint("admin's")]
    warder.paused = alice.mint("paused", allowed_from=["192.0.2.0/24", "::1"], rate_limit="5 per minute")
    assert alice.patch(f"/v1alpha/token/{warder.paused.id}", {"enabled": False, "jwt_token_description": "renamed"}).status_code == 200
    old = alice.mint("renewed")
    assert alice.post(f"/v1alpha/token/{old.id}/renew", {"overlap": "5 minutes"}).status_code == 201
    warder.live.append(old)
    warder.gone = alice.mint("revoked")
    assert alice.delete(f"/v1alpha/token/{warder.gone.id}").status_code == 200
    warder.expired = alice.mint("expired", life="1 second")
    eventually(lambda: not warder.accepts(warder.expired))
    for _ in range(3):
        assert all(warder.accepts(token) for token in warder.live)
    return warder


def test_migrated_database_has_everything_and_its_server_accepts_the_old_tokens(full_server, database, new, data_dir):
    full_server.stop()
    before = files(data_dir)

    table = done(migrate(data_dir, database, f"sqlite:{new}"))
    (uses,), (events,) = execute(new, "SELECT sum(use_count) FROM uses") + execute(new, "SELECT count(*) FROM audit")
    assert uses >= 12 and events >= 8
    assert [line.split() for line in table.splitlines()[:-1]] == [
        ["CONTENT", "SOURCE", "TARGET"],
        ["users", "3", "3"],
        ["ceilings", "1", "1"],
        ["tokens", "7", "7"],
        ["policies", "2", "2"],
        ["uses", str(uses), str(uses)],
        ["audit", "events", str(events), str(events)],
        ["signing", "keys", "1", "1"],
    ]
    assert table.splitlines()[-1] == f"The stores are equal. The signing keys are in {data_dir}/keys.json."
    assert {path: text for path, text in files(data_dir).items() if path != new} == before
    assert content(new) == content(data_dir / "warder.db")
    assert new.stat().st_mode & 0o777 == 0o600

    full_server.arguments = ["--store", f"sqlite:{new}"]
    full_server.start()
    assert all(full_server.accepts(token) for token in full_server.live)
    assert not any(full_server.accepts(token) for token in (full_server.paused, full_server.gone, full_server.expired))
    admin = full_server.person("admin", ADMIN_PASSWORD)
    used = admin.get(f"/v1alpha/token/{full_server.live[1].id}?include=usage").json()
    assert used["use_count"] == 4 and used["last_used_from"] == "127.0.0.1", "3 before and 1 after the migration"
    assert full_server.accepts(full_server.person("alice", "the password of alice").mint("another"))


def test_users_json_migrated_to_a_database_keeps_users_tokens_and_audit_log(specter_server, specter, start_server, data_dir, new):
    """Specter's own tokens don't say which key signed them, but the database must know, so that no key is retired that they need."""
    boss = specter_server.person("boss", "what the boss typed")
    old = specter_tokens(specter)
    minted = [boss.mint("of warder"), boss.mint("scoped", endpoints=["GET /v1alpha/whoami"], allowed_from=["192.0.2.0/24"], rate_limit="5/day")]
    assert boss.patch(f"/v1alpha/token/{minted[1].id}", {"enabled": False}).status_code == 200
    events = boss.get("/v1alpha/audit/").json()["events"]
    assert all(specter_server.accepts(token) for token in old)
    specter_server.stop()
    before = files(data_dir, specter.parent)

    report = json.loads(done(migrate(data_dir, f"users-json:{specter}", f"sqlite:{new}", "--json")))
    assert report["equal"] is True and report["source"] == report["target"]
    assert {key: report["target"][key] for key in ("users", "tokens", "policies", "uses")} == {"users": 2, "tokens": 4, "policies": 2, "uses": 0}
    assert {path: text for path, text in files(data_dir, specter.parent).items() if path != new} == before

    database_server = start_server(config_text=f'store = "sqlite:{new}"\n', admin_password=None)
    assert all(database_server.accepts(token) for token in (*old, minted[0])) and not database_server.accepts(minted[1])
    boss = database_server.person("boss", "what the boss typed")
    policy = boss.get(f"/v1alpha/token/{minted[1].id}").json()
    assert (policy["allowed_from"], policy["rate_limit"], policy["enabled"]) == (["192.0.2.0/24"], "5/day", False)
    shown = boss.get("/v1alpha/audit/").json()["events"]
    assert [{**event, "id": None} for event in shown[-len(events):]] == [{**event, "id": None} for event in events]
    (kid,) = {key["kid"] for key in json.loads(database_server.cli("key", "list", "--json").stdout)["keys"] if key["imported"]}
    assert "2" in database_server.cli("key", "retire", kid).stderr, "Specter's tokens need the imported key"


def test_database_with_tokens_or_argon2id_passwords_is_refused_for_users_json_before_anything_is_written(full_server, database, tmp_path, data_dir):
    full_server.stop()
    target = tmp_path / "users.json"
    before = files(tmp_path)
    line = refused(
        migrate(data_dir, database, f"users-json:{target}"),
        "nothing was written",
        "the ceilings of 1 user (alice)",
        "1 service account (robot)",
        "the passwords of 2 users (admin, alice), which are not hashed as Specter Desktop requires",
        "7 tokens (",
        f"{full_server.live[0].id} of alice, {full_server.live[1].id} of alice, {full_server.live[2].id} of admin and 4 more",
        "the source only their SHA-256",
        "the overlaps of 1 renewed token",
    )
    assert "$argon2id$" not in line and files(tmp_path) == before


def test_database_without_tokens_and_with_specter_hashes_can_become_a_users_json(specter, start_server, tmp_path, data_dir, new):
    """The way back, for those who migrated and changed their mind before anyone signed in or made a token."""
    write_users(specter, [make_user("boss", "what the boss typed", is_admin=True), make_user("ada", "what ada typed")])
    server = start_server(config_text=f'store = "users-json:{specter}"\n', admin_password=None)
    server.stop()
    done(migrate(data_dir, f"users-json:{specter}", f"sqlite:{new}"))
    before = files(new.parent)
    target = tmp_path / "back" / "users.json"
    target.parent.mkdir(mode=0o700)
    done(migrate(data_dir, f"sqlite:{new}", f"users-json:{target}"))
    assert files(new.parent) == before

    users = json.loads(target.read_text())
    assert [(user["username"], user["password"], user["is_admin"]) for user in users] == [
        (user["username"], user["password"], user["is_admin"]) for user in json.loads(specter.read_text())
    ]
    server.config.write_text(f'store = "users-json:{target}"\n')
    server.start()
    assert server.accepts(server.person("ada", "what ada typed").mint("one"))


def test_users_json_migrated_to_another_users_json_keeps_the_tokens(specter_server, specter, tmp_path, data_dir):
    """Both have the audit log of the data directory."""
    token = specter_server.person("boss", "what the boss typed").mint("one", endpoints=["GET /v1alpha/whoami"])
    specter_server.stop()
    target = tmp_path / "other" / "users.json"
    target.parent.mkdir(mode=0o700)
    before = files(data_dir, specter.parent)
    done(migrate(data_dir, f"users-json:{specter}", f"users-json:{target}"))
    assert files(data_dir, specter.parent) == before
    specter_server.config.write_text(f'store = "users-json:{target}"\n')
    specter_server.start()
    assert all(specter_server.accepts(each) for each in (token, *specter_tokens(specter)))


def test_repeating_a_complete_migration_changes_nothing(full_server, database, new, data_dir):
    full_server.stop()
    first = done(migrate(data_dir, database, f"sqlite:{new}"))
    before = files(data_dir)
    assert done(migrate(data_dir, database, f"sqlite:{new}")) == first
    assert files(data_dir) == before


def test_idle_server_may_run_during_a_migration_and_goes_on(warder, admin, database, new, data_dir):
    """The token is made by a command, because a sign-in is added to the audit log after its response."""
    token = warder.cli("token", "create", "--user", "admin", "--description", "first", "--life", "1 h").stdout.strip()
    done(migrate(data_dir, database, f"sqlite:{new}"))
    assert warder.accepts(token) and warder.accepts(admin.mint("second"))


def test_source_of_a_killed_server_keeps_every_byte_of_its_log(start_server, database, new, data_dir):
    server = start_server()
    token = server.person("admin", ADMIN_PASSWORD).mint("only in the log")
    server.kill()
    before = files(data_dir)
    assert before[data_dir / "warder.db-wal"]
    done(migrate(data_dir, database, f"sqlite:{new}"))
    assert {path: text for path, text in files(data_dir).items() if path != new} == before
    server.arguments = ["--store", f"sqlite:{new}"]
    assert server.start().accepts(token)


def test_target_with_other_content_is_refused_and_unchanged(full_server, start_server, database, tmp_path, data_dir):
    full_server.stop()
    other = start_server("other")
    other.stop()
    before = files(tmp_path)
    line = refused(migrate(data_dir, database, f"sqlite:{tmp_path}/other/warder.db"), "neither new nor the result of an interrupted migration", "user admin differs in its ")
    assert str(tmp_path / "other" / "warder.db") in line and files(tmp_path) == before

    write_users(tmp_path / "users.json", [make_user("somebody", "typed")])
    before = files(tmp_path)
    refused(migrate(data_dir, f"users-json:{tmp_path}/users.json", database), "neither new nor", "user somebody where the target has user admin")
    assert files(tmp_path) == before


def test_damaged_source_is_refused_before_anything_is_written(full_server, database, tmp_path, new, data_dir):
    """Its damaged rows are in no list, so the comparison could not miss them."""
    full_server.stop()
    execute(data_dir / "warder.db", "UPDATE tokens SET policy = '{\"endpoints\":[\"nonsense\"]}' WHERE description = 'plain'")
    before = files(tmp_path)
    refused(migrate(data_dir, database, f"sqlite:{new}"), "warder.db", "1 token")
    assert files(tmp_path) == before

    write_users(tmp_path / "users.json", [make_user("ada", "typed", ("not an id", {"jwt_token": "x"}))])
    before = files(tmp_path)
    refused(migrate(data_dir, f"users-json:{tmp_path}/users.json", f"sqlite:{new}"), "users.json", "1 token")
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    "source, target, code, message",
    [
        ("sqlite:{}/missing.db", "sqlite:{}/new.db", 1, "missing.db: no store found"),
        ("sqlite:{}/warder.db", "sqlite:{}/../data/warder.db", 2, "--from and --to name the same store"),
        ("sqlite:{}/warder.db", "users-json:{}/warder.db", 2, "--from and --to name the same store"),
        ("sqlite:{}/warder.db", "sqlite:<data_dir>/warder.db", 2, "--from and --to name the same store"),
        ("{}/warder.db", "sqlite:{}/new.db", 2, '--from: expected "sqlite:PATH"'),
        ("sqlite:{}/warder.db", "", 2, '--to: expected "sqlite:PATH"'),
        ("sqlite:{}/warder.db", "sqlite:{}/missing/new.db", 1, "missing/new.db: can't be opened: No such file or directory"),
    ],
)
def test_store_that_cannot_be_opened_is_refused(warder, data_dir, source, target, code, message):
    warder.stop()
    before = files(data_dir)
    refused(migrate(data_dir, source.format(data_dir), target.format(data_dir)), message, code=code)
    assert files(data_dir) == before


@pytest.mark.parametrize("command", [["migrate"], ["migrate", "--from", "sqlite:a"], ["migrate", "--to", "sqlite:b"]], ids=" ".join)
def test_migrate_without_both_stores_is_wrong_usage(command):
    refused(run_binary(*command), "--help", code=2)


def test_migrate_without_keys_is_refused(warder, database, new, tmp_path):
    """A directory without keys is not the one of these stores; and only with the keys is it known which of them Specter's tokens need."""
    (tmp_path / "empty").mkdir(mode=0o700)
    refused(migrate(tmp_path / "empty", database, f"sqlite:{new}"), "keys.json")
    assert not new.exists()


def test_database_that_root_migrates_belongs_to_the_owner_of_its_directory(start_server, database, new, data_dir):
    server = start_server()
    server.stop()
    assert as_root("chown", "-R", f"{NOBODY}:{NOBODY}", data_dir).returncode == 0
    result = as_root(BINARY, *migrate_command(data_dir, database, f"sqlite:{new}"))
    owners = {path.stat().st_uid for path in data_dir.iterdir()}
    as_root("chown", "-R", f"{os.geteuid()}:{os.getegid()}", data_dir)
    assert result.returncode == 0 and owners == {NOBODY}, result.stderr
