# SPDX-License-Identifier: MIT
"""Damaged rows, full disks, and files that cannot be replaced."""

import json
import os
import sqlite3
import subprocess

import pytest
from support.faults import limit_file_size
from support.mounts import IN_MOUNT_NAMESPACE
from support.root import BY_ROOT, as_root
from support.server import ADMIN_PASSWORD, BINARY, clean_environment, run_binary
from support.specter import make_token, make_user, write_users
from support.waiting import eventually


def change(server, sql, *values):
    with sqlite3.connect(server.data_dir / "warder.db") as database:
        database.execute(sql, values)
    database.close()


def row_of(server, token):
    with sqlite3.connect(server.data_dir / "warder.db") as database:
        return database.execute("SELECT seq FROM tokens WHERE id = ?", (bytes.fromhex(token.id.replace("-", "")),)).fetchone()[0]


@pytest.fixture
def damaged(start_server):
    """A stopped server whose store has a token with damaged grants, a user with a damaged ceiling, and intact tokens."""
    server = start_server(config_text="")
    admin = server.person("admin", ADMIN_PASSWORD)
    admin.post("/v1alpha/users/", {"username": "alice", "password": "the password of alice", "endpoints": ["GET /v1alpha/whoami"]})
    server.sound = admin.mint("sound", endpoints=["GET /v1alpha/whoami"])
    server.broken = admin.mint("broken", endpoints=["GET /v1alpha/whoami"])
    server.after = [admin.mint(f"after {number}") for number in range(5)]
    server.alices = server.person("alice", "the password of alice").mint("hers")
    server.stop()
    change(server, "UPDATE tokens SET policy = '{\"endpoints\":[\"GET' WHERE seq = ?", row_of(server, server.broken))
    change(server, "UPDATE users SET ceiling = 'nonsense' WHERE name = 'alice'")
    return server


def test_damaged_rows_are_counted_in_the_log_at_start_and_by_check(damaged):
    row = row_of(damaged, damaged.broken)
    checked = damaged.cli("check")
    assert checked.returncode == 1 and "1 user and 1 token can't be read" in checked.stderr and f"tokens row {row}" in checked.stderr
    assert "GET" not in checked.stderr, "contents are not repeated"
    damaged.start()
    (line,) = [line for line in damaged.log().splitlines() if "event=store_damaged" in line]
    assert "users=1 tokens=1" in line and f"tokens row {row}" in line
    assert damaged.accepts(damaged.sound)


def test_damaged_grants_or_ceiling_deny_the_token_instead_of_widening_it(damaged):
    damaged.start()
    assert not damaged.accepts(damaged.broken)
    assert not damaged.accepts(damaged.alices)
    assert damaged.person("alice", "the password of alice").get("/v1alpha/whoami").status_code in (401, 503)
    listed = damaged.person("admin", ADMIN_PASSWORD).tokens()
    assert damaged.broken.id not in listed and damaged.sound.id in listed, "a damaged row does not hide others"


def test_token_pages_continue_after_a_damaged_row(damaged):
    damaged.start()
    admin = damaged.person("admin", ADMIN_PASSWORD)
    found, path = [], "/v1alpha/token/?limit=2"
    while path:
        answer = admin.get(path)
        found += answer.json()["jwt_tokens"]
        path = answer.links.get("next", {}).get("url")
    assert found == [damaged.sound.id] + [token.id for token in damaged.after]


def test_key_retire_with_revoke_tokens_also_deletes_a_damaged_token(damaged):
    old = json.loads((damaged.data_dir / "keys.json").read_text())["keys"][0]["id"]
    assert damaged.cli("key", "rotate").returncode == 0
    retired = damaged.cli("key", "retire", old, "--revoke-tokens")
    assert retired.returncode == 0, retired.stderr
    with sqlite3.connect(damaged.data_dir / "warder.db") as database:
        assert database.execute("SELECT count(*) FROM tokens").fetchone() == (0,)
    database.close()


def test_row_damaged_while_the_server_runs_is_logged_and_its_token_denied(start_server):
    server = start_server(config_text="")
    token = server.person("admin", ADMIN_PASSWORD).mint("ci", endpoints=["GET /v1alpha/whoami"])
    change(server, "UPDATE tokens SET policy = '{}' WHERE seq = 1")
    change(server, "INSERT INTO changes (user, token) SELECT owner, id FROM tokens WHERE seq = 1")
    eventually(lambda: not server.accepts(token))
    assert "event=store_damaged" in server.log() and "tokens row 1" in server.log()


def test_damaged_users_json_entries_are_counted_in_the_log_at_start_and_by_check(start_server, tmp_path):
    odd = ("c0ffee00-0000-4000-8000-000000000000", {"jwt_token": "eyJ", "jwt_token_description": "odd", "jwt_token_life": 1})
    file = write_users(tmp_path / "specter" / "users.json", [make_user("ada", "what ada typed", odd, is_admin=True), make_user("b b", "what bob typed")])
    server = start_server(config_text=f'store = "users-json:{file}"\n')
    assert "event=store_damaged users=1 tokens=1" in server.log().replace("'", "")
    checked = server.cli("check")
    assert checked.returncode == 1 and "1 user and 1 token can't be read" in checked.stderr and "entry 2" in checked.stderr
    assert "eyJ" not in checked.stderr


def test_full_disk_is_507_with_few_log_lines_and_minting_resumes_without_a_restart(start_server):
    server = start_server()
    admin = server.person("admin", ADMIN_PASSWORD)
    server.stop()
    server.preexec = limit_file_size(400_000)
    server.start()

    def mint(number):
        return admin.post("/v1alpha/token/", {"jwt_token_description": f"t{number}", "jwt_token_life": "1 day"}).status_code

    assert next(status for status in map(mint, range(3000)) if status != 201) == 507
    eventually(lambda: mint("again") == 201)  # SQLite restarts the write-ahead log, which frees space
    statuses = [mint(f"more {number}") for number in range(3000)]
    assert set(statuses) == {201, 507}
    assert 0 < server.log().count("store_failed") <= 3, "clients must not be able to flood the log"
    server.preexec = None
    server.restart()
    assert mint("room again") == 201


def run_in_mount_namespace(script):
    """Runs a script as root in its own mount namespace."""
    return subprocess.run([*BY_ROOT, *IN_MOUNT_NAMESPACE, "bash", "-ec", script], capture_output=True, text=True, timeout=60, env=clean_environment())


def test_store_file_that_is_a_mount_point_causes_a_warning_at_start_and_a_fault_in_check(start_with_store, store_file, tmp_path):
    server = start_with_store()
    server.stop()
    aside = tmp_path / "aside"
    aside.write_bytes(store_file.read_bytes())
    aside.chmod(0o600)
    options = f"--config {server.config} --data-dir {server.data_dir}"
    done = run_in_mount_namespace(
        f"""mount --bind {aside} {store_file}
        {BINARY} check {options} || echo "check: $?"
        {BINARY} serve {options} --listen 127.0.0.1:0 >{tmp_path}/out & server=$!
        for i in $(seq 200); do grep -q listening {tmp_path}/out && break; sleep 0.05; done
        kill $server; wait $server || true"""
    )
    assert "check: 1" in done.stdout, done.stdout + done.stderr
    (checked,) = [line for line in done.stderr.splitlines() if line.startswith("warder: ") and str(store_file) in line]
    assert "mount its directory instead" in checked
    (said,) = [line for line in done.stderr.splitlines() if "event=file_not_replaceable" in line]
    assert str(store_file) in said and "mount its directory instead" in said
    as_root("chown", "-R", f"{os.getuid()}:{os.getgid()}", server.data_dir, store_file.parent)


def test_blank_users_json_error_names_the_backup_file_only_if_that_is_not_blank(start_server, tmp_path):
    file = write_users(tmp_path / "specter" / "users.json", "")
    options = ("--store", f"users-json:{file}", "--data-dir", tmp_path / "data")
    write_users(tmp_path / "specter" / "users.json.bkp", "")
    refused = run_binary("serve", *options, "--listen", "127.0.0.1:0")
    assert refused.returncode == 1 and "read either" in refused.stderr
    write_users(tmp_path / "specter" / "users.json.bkp", [make_user("ada", "what ada typed", is_admin=True)])
    refused = run_binary("serve", *options, "--listen", "127.0.0.1:0")
    assert refused.returncode == 1 and "the previous version is" in refused.stderr


def test_import_omits_and_lists_unreadable_users_and_tokens(start_server, tmp_path):
    server = start_server()
    odd = ("c0ffee00-0000-4000-8000-000000000000", {"jwt_token": "eyJ.no.token", "jwt_token_description": "odd", "jwt_token_life": 1})
    users = [
        {"id": "x", "username": "nobody"},
        "text",
        make_user("alice", "what alice typed", make_token("alice", "ci"), odd),
        {**make_user("bob", "what bob typed"), "jwt_tokens": "none"},
        make_user("carol", "what carol typed"),
    ]
    file = write_users(tmp_path / "specter" / "users.json", users)
    done = server.cli("import", "specter", file)
    assert done.returncode == 0, done.stderr
    assert "users: 2 added, 0 known\nusers left out: 3 that can't be read\n" in done.stdout
    for named in ("left out: entry 1 of the list", "left out: entry 2 of the list", "left out: entry 4 of the list", "left out: user alice has 1 token"):
        assert named in done.stdout
    assert "eyJ" not in done.stdout
    assert server.person("carol", "what carol typed").get("/v1alpha/whoami").status_code == 200
    again = json.loads(server.cli("import", "specter", file, "--json").stdout)
    assert again["users"]["left_out"]["unreadable"] == 3 and len(again["users"]["unreadable"]) == 4 and again["users"]["known"] == 2
