# SPDX-License-Identifier: MIT
"""`warder key retire --revoke-tokens` is atomic: if a step fails, it changes nothing."""

import json
import subprocess
import time

from support.faults import limit_file_size
from support.server import ADMIN_PASSWORD, BINARY, clean_environment


def keys_of(server):
    return [key["kid"] for key in json.loads(server.cli("key", "list", "--json").stdout)["keys"]]


def events_about(server, key):
    events = server.person("admin", ADMIN_PASSWORD).get("/v1alpha/audit").json()["events"]
    return sorted(event["action"] for event in events if event["target"] == key and event["action"] != "key.rotated")


def start_key_retire(server, key, **options):
    command = [str(BINARY), "key", "retire", key, "--revoke-tokens", "--data-dir", str(server.data_dir)]
    return subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def test_key_retire_with_unwritable_key_file_leaves_tokens_key_and_audit_log_unchanged(warder, admin):
    token, old = admin.mint("before"), keys_of(warder)[0]
    assert warder.cli("key", "rotate").returncode == 0
    (warder.data_dir / "keys.json.new").mkdir()
    retired = warder.cli("key", "retire", old, "--revoke-tokens")
    assert retired.returncode == 1 and "keys.json" in retired.stderr
    assert len(retired.stderr.strip().splitlines()) == 1
    assert warder.accepts(token) and old in keys_of(warder)
    assert events_about(warder, old) == []
    (warder.data_dir / "keys.json.new").rmdir()
    assert warder.cli("key", "retire", old, "--revoke-tokens").returncode == 0
    assert not warder.accepts(token) and old not in keys_of(warder)
    assert events_about(warder, old) == ["key.retired", "key.tokens_revoked"]


def test_key_retire_with_unwritable_store_leaves_tokens_and_key_unchanged(warder, admin):
    tokens, old = [admin.mint(f"token {number}") for number in range(20)], keys_of(warder)[0]
    assert warder.cli("key", "rotate").returncode == 0
    retiring = start_key_retire(warder, old, preexec_fn=limit_file_size(8192))
    assert retiring.wait(60) == 1, retiring.stderr.read()
    assert all(warder.accepts(token) for token in tokens) and old in keys_of(warder)
    assert events_about(warder, old) == []
    assert not (warder.data_dir / "keys.json.new").exists()


def test_killed_key_retire_leaves_all_or_no_tokens_and_completes_when_repeated(warder, admin):
    began = time.monotonic()
    assert start_key_retire(warder, "unknown").wait(60) == 1
    length = time.monotonic() - began  # of one run, approximately
    for attempt in range(12):
        tokens = [admin.mint(f"{attempt}.{number}") for number in range(5)]
        old = keys_of(warder)[-1]
        assert warder.cli("key", "rotate").returncode == 0
        retiring = start_key_retire(warder, old)
        try:
            retiring.wait(length * (attempt + 1) / 10)
        except subprocess.TimeoutExpired:
            retiring.kill()
        retiring.wait()
        assert warder.cli("user", "list").returncode == 0  # makes the server reload
        listed = {token.id for token in tokens} & set(admin.tokens())
        assert len(listed) in (0, 5)
        assert events_about(warder, old) == (["key.retired", "key.tokens_revoked"] if not listed else [])
        if old in keys_of(warder):
            assert warder.cli("key", "retire", old, "--revoke-tokens").returncode == 0
        assert not any(warder.accepts(token) for token in tokens)
        assert old not in keys_of(warder) and not set(admin.tokens()) & {token.id for token in tokens}
