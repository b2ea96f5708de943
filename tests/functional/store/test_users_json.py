# SPDX-License-Identifier: MIT
"""The users.json of Specter Desktop as the store."""

import fcntl
import hashlib
import json
import os
import signal
import stat
import subprocess
import threading
import time
from base64 import b64decode

import pytest
from support.faults import kill_during_changes, limit_file_size
from support.responses import assert_error
from support.server import ADMIN_PASSWORD, BINARY, IS_SANITIZED, Token, clean_environment, run_binary
from support.specter import SECRET, make_token, make_user, read_users, text_of, write_users
from support.waiting import eventually

KILLS = 3 if IS_SANITIZED else 15
CLIENTS = 8
ADA, ALICE = "what ada typed", "what alice typed"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "specter" / "users.json"


@pytest.fixture
def start(start_server, file):
    def run(users=None, **options):
        if users is not None:
            write_users(file, users)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        return start_server(config_text=f'store = "users-json:{file}"\n', **options)

    return run


@pytest.fixture
def people(start):
    """A server whose users.json has the administrator ada and the user alice."""
    server = start([make_user("ada", ADA, is_admin=True), make_user("alice", ALICE)])
    return server, server.person("ada", ADA), server.person("alice", ALICE)


def pbkdf2_matches(user, password):
    salt = user["password"]["salt"].encode()
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 10_000) == b64decode(user["password"]["pwdhash"])


def records(file, name="alice"):
    return read_users(file)[name]["jwt_tokens"]


# The format of Specter


def test_minted_token_is_stored_in_the_format_of_specter(people, file):
    server, _, alice = people
    token = alice.mint("caf\u00e9", life="6 minutes")
    assert records(file) == {token.id: {"jwt_token": token, "jwt_token_description": "caf\u00e9", "jwt_token_life": 360}}
    assert file.read_text() == text_of(json.loads(file.read_text())), "byte for byte as Python writes it"
    assert server.accepts(token)
    assert alice.patch(f"/v1alpha/token/{token.id}", {"jwt_token_description": "new"}).status_code == 200
    assert records(file)[token.id]["jwt_token_description"] == "new"
    server.restart()
    assert server.get("/v1alpha/whoami", bearer=token).json()["jwt_token_description"] == "new"
    assert alice.delete(f"/v1alpha/token/{token.id}").status_code == 200
    assert records(file) == {} and not server.accepts(token)


def test_unknown_properties_keep_their_values_and_order_after_changes(start, file):
    odd = {"zz": 1.10, "aa": [12345678901234567890123, {"b": None, "a": "\u00e9\ud83d\ude00"}]}
    users = [make_user("ada", ADA, is_admin=True, last=odd), {"first": odd, **make_user("alice", ALICE, ("odd", {"x": [1]}))}]
    server = start(users)
    before = file.read_text()
    alice = server.person("alice", ALICE)
    token = alice.mint("one")
    assert file.with_name("users.json.bkp").read_text() == before
    assert list(records(file)) == ["odd", token.id]
    alice.delete(f"/v1alpha/token/{token.id}")
    assert file.read_text() == before


def test_created_user_is_stored_with_all_properties_that_specter_reads(people, file):
    server, ada, _ = people
    assert ada.post("/v1alpha/users/", {"username": "bob", "password": "what bob typed"}).status_code == 201
    bob = read_users(file)["bob"]
    assert {"id", "username", "password", "is_admin", "config"} <= set(bob) and bob["is_admin"] is False
    assert (bob["jwt_tokens"], bob["services"], bob["encrypted_user_secret"]) == ({}, [], None)
    assert pbkdf2_matches(bob, "what bob typed")
    assert ada.patch("/v1alpha/users/ada", {"is_admin": False}).status_code == 409
    assert ada.patch("/v1alpha/users/bob", {"is_admin": True}).status_code == 200
    assert server.person("bob", "what bob typed").patch("/v1alpha/users/ada", {"is_admin": False}).status_code == 200
    assert read_users(file)["ada"]["config"] == {}, "Specter reads no user without it"
    assert ada.get("/v1alpha/users/ada").json()["created_at"] == "1970-01-01T00:00:00Z"


def test_changed_password_is_stored_as_specter_pbkdf2_and_sign_in_does_not_rehash(people, file):
    server, _, alice = people
    before = read_users(file)["alice"]["password"]
    assert alice.get("/v1alpha/whoami").status_code == 200
    assert read_users(file)["alice"]["password"] == before
    changed = alice.put("/v1alpha/users/alice/password", {"password": "a new password", "current_password": ALICE})
    assert changed.status_code == 200, changed.text
    assert pbkdf2_matches(read_users(file)["alice"], "a new password")
    assert_error(alice.get("/v1alpha/whoami"), 401, "unauthorized")
    assert server.person("alice", "a new password").get("/v1alpha/whoami").status_code == 200


def test_user_recreated_after_deletion_inherits_no_tokens(people, file):
    server, ada, alice = people
    token = alice.mint("one")
    assert ada.delete("/v1alpha/users/alice").status_code == 200
    assert list(read_users(file)) == ["ada"] and not server.accepts(token)
    assert ada.post("/v1alpha/users/", {"username": "alice", "password": ALICE}).status_code == 201
    assert alice.tokens() == {} and not server.accepts(token)


def test_tokens_of_specter_are_accepted_after_its_secret_is_imported(start, file, tmp_path):
    tokens = [make_token("alice", "ci"), make_token("alice", "old", minted=int(time.time()) - 100, life=50)]
    server = start([make_user("alice", ALICE, *tokens, is_admin=True)])
    before = file.read_text()
    text = tokens[0][1]["jwt_token"]
    assert not server.accepts(text)
    listed = server.person("alice", ALICE).tokens()
    assert listed[tokens[0][0]]["jwt_token_remaining_life"] > 0 and listed[tokens[1][0]]["jwt_token_remaining_life"] == 0
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    done = server.cli("import", "specter", file, "--secret-file", secret)
    assert done.returncode == 0 and "tokens: 0 added, 1 known" in done.stdout, done.stdout + done.stderr
    assert file.read_text() == before
    assert server.accepts(text)
    key = json.loads(server.cli("key", "list", "--json").stdout)["keys"][1]["kid"]
    assert "1 active token needs this key" in server.cli("key", "retire", key).stderr


@pytest.mark.parametrize("default", ["admin", "password", "Admin2"])
def test_default_password_is_denied_until_changed_with_passwd(start, default):
    server = start([make_user("Admin2", default, is_admin=True)])
    assert_error(server.person("Admin2", default).get("/v1alpha/whoami"), 401, "unauthorized")
    assert server.cli("user", "passwd", "Admin2", stdin=ADA + "\n").returncode == 0
    assert server.person("Admin2", ADA).get("/v1alpha/users/").status_code == 200


# Grants


def test_grants_are_stored_as_the_endpoints_property_of_the_token_record(people, file):
    server, _, alice = people
    token = alice.mint("limited", endpoints=["GET /a/**"])
    assert records(file)[token.id]["endpoints"] == ["GET /a/**"]
    assert server.get("/v1alpha/whoami", bearer=token).json()["endpoints"] == ["GET /a/**"]
    assert alice.patch(f"/v1alpha/token/{token.id}", {"endpoints": None}).status_code == 200
    assert records(file)[token.id]["endpoints"] is None
    server.restart()
    assert "endpoints" not in server.get("/v1alpha/whoami", bearer=token).json()


def test_token_record_without_endpoints_property_is_bound_by_the_token_claim(people, file):
    server, _, alice = people
    token = alice.mint("limited", endpoints=["GET /a/**"])
    server.stop()
    users = json.loads(file.read_text())
    del users[1]["jwt_tokens"][token.id]["endpoints"]
    write_users(file, users)
    server.start()
    assert server.get("/v1alpha/whoami", bearer=token).json()["endpoints"] == ["GET /a/**"]


@pytest.mark.parametrize("damage", [[], "GET /a", ["nonsense"]])
def test_token_record_with_invalid_endpoints_is_denied_and_left_unchanged(people, file, damage):
    server, _, alice = people
    token = alice.mint("limited")
    server.stop()
    users = json.loads(file.read_text())
    users[1]["jwt_tokens"][token.id]["endpoints"] = damage
    write_users(file, users)
    before = file.read_text()
    server.start()
    assert not server.accepts(token) and alice.tokens() == {}
    assert "can't be used and are left unchanged" in server.log() and "tokens=1" in server.log()
    alice.delete(f"/v1alpha/token/{alice.mint('other').id}")
    assert file.read_text() == before


def test_setting_a_ceiling_or_renewing_with_overlap_is_501(people, file):
    server, ada, alice = people
    token = alice.mint("one")
    before = file.read_text()
    limits = {"endpoints": ["GET /a"]}
    assert_error(ada.patch("/v1alpha/users/alice", limits), 501, "not_implemented")
    assert_error(ada.post("/v1alpha/users/", {"username": "bob", "password": "what bob typed", **limits}), 501, "not_implemented")
    assert_error(alice.post(f"/v1alpha/token/{token.id}/renew", {"overlap": "1 hour"}), 501, "not_implemented")
    refused = server.cli("user", "set", "alice", "--endpoint", "/a")
    assert refused.returncode == 1 and "ceilings" in refused.stderr
    assert file.read_text() == before
    assert ada.patch("/v1alpha/users/alice", {"endpoints": None}).status_code == 200
    renewed = alice.post(f"/v1alpha/token/{token.id}/renew", {})
    assert renewed.status_code == 201 and list(records(file)) == [renewed.json()["jwt_token_id"]]


# The life cycle of the file


def test_first_start_creates_users_json_with_the_administrator_and_mode_0600(start, file):
    server = start()
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("one")
    assert pbkdf2_matches(read_users(file)["admin"], ADMIN_PASSWORD)
    server.restart()
    assert server.accepts(token)
    for path in file.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_serve_with_missing_key_file_of_used_users_json_fails(people, file):
    server, _, alice = people
    alice.mint("one")
    server.stop()
    (server.data_dir / "keys.json").unlink()
    refused = run_binary("serve", "--data-dir", server.data_dir, "--config", server.config, "--listen", "127.0.0.1:0")
    assert refused.returncode == 1 and "restore the key file" in refused.stderr


def test_truncated_users_json_is_reported_with_its_position_and_never_overwritten(people, file):
    server, _, alice = people
    token = alice.mint("one")
    whole = file.read_text()
    server.stop()
    damaged = whole[: len(whole) // 2]
    write_users(file, damaged)
    arguments = ("--data-dir", server.data_dir, "--config", server.config)
    for command in (("serve", "--listen", "127.0.0.1:0"), ("token", "list"), ("check",)):
        refused = run_binary(*command, *arguments)
        assert refused.returncode == 1, command
        line = f"line {damaged.count(chr(10)) + 1}, byte {len(damaged)} of the file"
        assert "damaged: " in refused.stderr and line in refused.stderr and f"{file}.bkp" in refused.stderr, refused.stderr
        assert token not in refused.stderr
    assert file.read_text() == damaged
    write_users(file, whole)
    assert run_binary("check", *arguments).returncode == 0
    server.start()
    assert server.accepts(token)

    write_users(file, damaged)
    assert_error(alice.post("/v1alpha/token/", {"jwt_token_description": "two", "jwt_token_life": 60}), 503, "unavailable")
    assert server.accepts(token), "decisions continue"
    assert file.read_text() == damaged
    write_users(file, whole)
    assert server.accepts(alice.mint("two"))


def test_serve_with_users_json_readable_by_others_fails_with_required_mode(start, file):
    write_users(file, [make_user("ada", ADA, is_admin=True)], mode=0o644)
    config = file.parent.parent / "w.toml"
    config.write_text(f'store = "users-json:{file}"\n')
    refused = run_binary("serve", "--data-dir", file.parent.parent / "d", "--config", config, "--listen", "127.0.0.1:0")
    assert refused.returncode == 1 and "chmod 600" in refused.stderr


# Several processes


def test_concurrent_mints_by_commands_and_server_lose_no_token(people, file):
    server, _, alice = people
    by_command, failures = [], []

    def create(name):
        for number in range(10):
            done = server.cli("token", "create", "--user", "alice", "--description", f"{name}.{number}", "--life", "1 h")
            (by_command if done.returncode == 0 else failures).append(done.stdout.strip() or done.stderr)
            if done.returncode == 0 and not server.accepts(done.stdout.strip()):
                failures.append("a command's token is accepted when the command returns")

    threads = [threading.Thread(target=create, args=(name,)) for name in ("x", "y")]
    for thread in threads:
        thread.start()
    by_server = [alice.mint(f"s.{number}") for number in range(20)]
    for thread in threads:
        thread.join()
    assert not failures
    kept = {record["jwt_token"] for record in records(file).values()}
    assert kept == {*by_command, *by_server}
    assert all(server.accepts(token) for token in kept)
    assert server.cli("token", "revoke", by_server[0].id).returncode == 0
    assert not server.accepts(by_server[0])


def test_users_json_replaced_without_notification_is_reloaded(people, file):
    server, _, alice = people
    token = alice.mint("one")
    users = json.loads(file.read_text())
    users[1]["jwt_tokens"] = {}
    fresh = file.with_name("fresh")
    write_users(fresh, users)
    fresh.rename(file)
    eventually(lambda: not server.accepts(token))


@pytest.mark.timeout(600)
def test_acknowledged_mints_and_deletions_survive_kill_9(start, file):
    server = start()
    live, deleted, cut_off = {}, {}, 0
    for round_ in range(KILLS):
        clients = kill_during_changes(server, round_, clients=CLIENTS, changes=10 + 7 * round_ % 20)
        kept = records(file, "admin")  # the file is valid JSON at each moment
        for client in clients:
            live.update(client.live)
            deleted.update(client.deleted)
            cut_off += client.cut_off
        assert set(live) <= set(kept) and not set(deleted) & set(kept)
        server.start()
        assert all(server.accepts(token) for client in clients for token in client.live.values())
        assert not any(server.accepts(token) for client in clients for token in client.deleted.values())
    assert cut_off >= KILLS, "some kills must interrupt requests"


def test_mint_on_full_disk_is_507_and_leaves_the_file_and_existing_tokens_unchanged(people, file):
    server, _, alice = people
    acknowledged = [alice.mint("early")]
    server.stop()
    server.preexec = limit_file_size(max(file.stat().st_size, *(path.stat().st_size for path in server.data_dir.iterdir())) + 10_000)
    server.start()
    for number in range(300):
        before = file.read_bytes()
        answer = alice.post("/v1alpha/token/", {"jwt_token_description": f"t{number}", "jwt_token_life": "1 day"})
        if answer.status_code != 201:
            break
        acknowledged.append(Token.of(answer.json()))
    assert_error(answer, 507, "storage_full")
    assert file.read_bytes() == before and sorted(path.name for path in file.parent.iterdir()) == ["users.json", "users.json.bkp", "users.json.lock"]
    assert all(server.accepts(token) for token in acknowledged)
    assert set(alice.tokens()) == {token.id for token in acknowledged}
    assert alice.delete(f"/v1alpha/token/{acknowledged.pop().id}").status_code == 200, "a change that needs less space succeeds"
    server.preexec = None
    server.restart()
    assert all(server.accepts(token) for token in acknowledged)
    assert server.accepts(alice.mint("later"))


@pytest.mark.timing
def test_mint_is_503_while_another_process_holds_the_lock(people, file):
    server, _, alice = people
    token = alice.mint("before")
    with open(f"{file}.lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert_error(alice.post("/v1alpha/token/", {"jwt_token_description": "in vain", "jwt_token_life": "1 h"}), 503, "unavailable")
        assert server.accepts(token)
        server.stop()
    server.start()
    assert list(alice.tokens()) == [token.id]


def test_mint_succeeds_after_the_process_that_held_the_lock_is_killed(people, file):
    server, _, alice = people
    code = "import fcntl, os, sys, time; f = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True); time.sleep(600)"
    holder = subprocess.Popen(["/usr/bin/python3", "-c", code, f"{file}.lock"], stdout=subprocess.PIPE)
    assert holder.stdout.readline()
    token = []
    minting = threading.Thread(target=lambda: token.append(alice.mint("waits")))
    minting.start()
    assert server.get("/healthz/liveness").status_code == 200 and not token
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    minting.join(30)
    assert token and server.accepts(token[0])


def test_token_create_on_full_disk_fails_with_one_line_and_leaves_the_file_unchanged(people, file):
    server, _, _ = people
    before = file.read_bytes()
    command = [BINARY, "token", "create", "--user", "alice", "--description", "d", "--life", "1 h", "--data-dir", server.data_dir, "--config", server.config]
    refused = subprocess.run(
        command, preexec_fn=limit_file_size(os.path.getsize(file)), env=clean_environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert len(refused.stderr.splitlines()) == 1 and "nothing was changed" in refused.stderr, refused.stderr
    assert file.read_bytes() == before
