# SPDX-License-Identifier: MIT
"""A start without the store that the signing keys were used with, and a store that is removed while the server runs."""

import json
import os
import shutil

import pytest
from support.server import ADMIN_PASSWORD, run_binary
from support.waiting import eventually


def serve(server, *options):
    """Runs `warder serve`, expects it to fail with one line, and returns that line."""
    done = run_binary("serve", "--config", server.config, "--data-dir", server.data_dir, "--listen", "127.0.0.1:0", *options)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def keys(server):
    return json.loads((server.data_dir / "keys.json").read_text())


def remove_store(server, store_file):
    for path in store_file.parent.glob(store_file.name + "*"):
        path.unlink()


def empty_store(server, store_file):
    remove_store(server, store_file)
    store_file.write_text("" if store_file.suffix == ".db" else "[]")
    store_file.chmod(0o600)


@pytest.mark.parametrize("remove", [remove_store, empty_store])
def test_start_with_missing_or_empty_store_fails_unless_new_store_is_given(start_with_store, store_file, tmp_path, remove):
    server = start_with_store()
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("ci")
    server.stop()
    assert keys(server)["used_with_store"] is True
    shutil.copytree(store_file.parent, tmp_path / "kept", ignore=shutil.ignore_patterns("*.sock"))
    remove(server, store_file)

    failure = serve(server)
    assert "--new-store" in failure and str(store_file) in failure
    checked = server.cli("check")
    if remove is remove_store or store_file.suffix == ".db":
        assert checked.returncode == 1 and "--new-store" in checked.stderr, checked.stderr

    remove_store(server, store_file)
    for path in (tmp_path / "kept").glob(store_file.name + "*"):
        shutil.copy2(path, store_file.parent)
    server.start()
    assert server.accepts(token)
    server.stop()

    remove_store(server, store_file)
    server.arguments = ["--new-store"]
    server.start()
    assert not server.accepts(token)
    assert admin.tokens() == {}
    server.arguments = []
    server.restart()


def test_start_with_damaged_write_ahead_log_fails_and_leaves_the_log_unchanged(start_server):
    server = start_server(config_text="")
    admin = server.person("admin", ADMIN_PASSWORD)
    admin.mint("ci")
    server.kill()
    log = server.data_dir / "warder.db-wal"
    whole = log.read_bytes()
    log.write_bytes(b"\0" * 32 + whole[32:])
    before = log.read_bytes()
    assert "--new-store" in serve(server)
    assert log.read_bytes() == before, "a damaged log is left as it is for repair"
    log.write_bytes(whole)
    server.start()
    assert "ci" in str(admin.tokens())


def test_data_directory_of_older_version_starts_and_its_keys_are_marked_as_used(start_with_store, store_file):
    server = start_with_store()
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("ci")
    server.stop()
    old = keys(server)
    del old["used_with_store"]
    (server.data_dir / "keys.json").write_text(json.dumps(old, separators=(",", ":")) + "\n")
    server.start()
    assert server.accepts(token)
    server.stop()
    assert keys(server)["used_with_store"] is True
    (server.data_dir / "keys.json").write_text(json.dumps(old, separators=(",", ":")) + "\n")
    remove_store(server, store_file)
    assert "--new-store" in serve(server)


@pytest.mark.parametrize("kind", ["sqlite", "users-json"])
def test_first_start_that_failed_after_writing_keys_can_be_repeated(tmp_path, start_server, kind):
    config_text = f'store = "{kind}:{tmp_path}/later/store"\n'
    (tmp_path / "data.toml").write_text(config_text)
    done = run_binary("serve", "--config", tmp_path / "data.toml", "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0")
    assert done.returncode == 1 and "later/store" in done.stderr
    assert json.loads((tmp_path / "data" / "keys.json").read_text())["used_with_store"] is False
    (tmp_path / "later").mkdir(mode=0o700)
    server = start_server(config_text=config_text)
    assert keys(server)["used_with_store"] is True
    assert server.accepts(server.person("admin", ADMIN_PASSWORD).mint("ci"))


def test_key_rotate_keeps_the_record_that_the_keys_were_used_with_a_store(start_server):
    server = start_server()
    assert server.cli("key", "rotate").returncode == 0
    assert keys(server)["used_with_store"] is True


def test_serve_on_partial_backup_directory_fails_and_writes_nothing(start_server, tmp_path):
    server = start_server(config_text="")
    server.stop()
    remains = tmp_path / "copy.partial-a1B2c3"
    remains.mkdir(mode=0o700)
    for name in (remains, f"{remains}/"):
        done = run_binary("serve", "--data-dir", name, "--listen", "127.0.0.1:0")
        assert done.returncode == 1 and "interrupted backup" in done.stderr
    assert list(remains.iterdir()) == []


def parts(store):
    return ["warder.db", "warder.db-wal", "warder.db-shm"] if store == "sqlite" else ["users.json", "audit.log"]


def assert_changes_are_rejected(server, admin, token):
    answer = admin.post("/v1alpha/token/", {"jwt_token_description": "refused", "jwt_token_life": "1 h"})
    assert answer.status_code == 503, answer.text
    assert server.get("/healthz/readiness").status_code == 503
    assert server.get("/healthz/liveness").status_code == 200
    assert server.accepts(token), "decisions continue"
    assert admin.delete(f"/v1alpha/token/{token.id}").status_code == 503
    assert server.accepts(token)


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("replaced", [False, True])
def test_moved_or_replaced_store_file_makes_changes_503_until_it_is_restored(start_with_store, store_file, store, part, replaced):
    if part >= len(parts(store)):
        part = 0
    server = start_with_store()
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("ci")
    file = (server.data_dir if parts(store)[part] == "audit.log" else store_file.parent) / parts(store)[part]
    aside = file.with_name("aside")
    file.rename(aside)
    if replaced and store == "sqlite":
        shutil.copy2(aside, file)
    assert_changes_are_rejected(server, admin, token)
    for _ in range(3):
        admin.post("/v1alpha/token/", {"jwt_token_description": "refused", "jwt_token_life": "1 h"})
    assert server.log().count("event=store_not_in_place") == 1
    os.replace(aside, file)
    eventually(lambda: server.get("/healthz/readiness").status_code == 200)
    assert server.log().count("event=store_back_in_place") == 1
    assert server.accepts(admin.mint("back"))


def test_moved_store_makes_readiness_503_without_any_change_request(start_with_store, store_file):
    server = start_with_store()
    aside = store_file.with_name("aside")
    store_file.rename(aside)
    eventually(lambda: server.get("/healthz/readiness").status_code == 503)
    aside.rename(store_file)
    eventually(lambda: server.get("/healthz/readiness").status_code == 200)


def test_moved_data_directory_makes_changes_503_until_it_is_restored(start_with_store, tmp_path):
    server = start_with_store()
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("ci")
    server.data_dir.rename(tmp_path / "elsewhere")
    assert_changes_are_rejected(server, admin, token)
    (tmp_path / "elsewhere").rename(server.data_dir)
    eventually(lambda: server.get("/healthz/readiness").status_code == 200)
    assert server.accepts(admin.mint("back"))


def test_deleted_store_makes_changes_503_and_the_next_start_fail(start_server):
    server = start_server(config_text="")
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("ci")
    for path in server.data_dir.glob("warder.db*"):
        path.unlink()
    assert_changes_are_rejected(server, admin, token)
    server.stop()
    assert "--new-store" in serve(server)
