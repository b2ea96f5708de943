# SPDX-License-Identifier: MIT
"""Retention of audit events, and their consistency after kills and on full disks."""

import base64
import os
import stat

import pytest
from support.faults import kill_during_changes, limit_file_size
from support.server import ADMIN_PASSWORD, IS_SANITIZED, run_binary
from support.waiting import eventually

KILLS = 3 if IS_SANITIZED else 10


@pytest.mark.timeout(300)
def test_kill_9_leaves_a_change_and_its_event_or_neither(start_audited):
    audited = start_audited('[tokens]\nmax_per_user = 1000000\n')
    server = audited.server
    minted, deleted, cut_off = set(), set(), 0
    for round_ in range(KILLS):
        for client in kill_during_changes(server, round_, clients=6, changes=15 + 7 * round_ % 30):
            minted |= set(client.live) | set(client.deleted) | set(client.in_doubt)
            deleted |= set(client.deleted)
            cut_off += client.cut_off
        server.start()
    events, query = [], ""
    while page := audited.page(query):
        events += page
        query = f"?before={page[-1]['id']}"
    counted = {action: [event["target"] for event in events if event["action"] == action] for action in ("token.created", "token.revoked")}
    assert all(len(targets) == len(set(targets)) for targets in counted.values()), "each event is counted once"
    alive = set(audited.admin.tokens())
    assert alive == set(counted["token.created"]) - set(counted["token.revoked"])
    assert minted <= set(counted["token.created"]) and deleted <= set(counted["token.revoked"])
    assert cut_off > 0, "some kills must interrupt requests"


def test_audit_events_older_than_keep_are_deleted(start_audited):
    audited = start_audited('[audit]\nkeep = "2 seconds"\n')
    token = audited.admin.mint("ci")
    mark = audited.mark()
    # The server deletes old events every few seconds.
    eventually(lambda: token.id not in [event["target"] for event in audited.page()], seconds=30, every=0.5)
    audited.admin.mint("later")
    assert audited.mark() > mark, "ids continue"
    assert audited.admin.tokens(), "events expire, tokens don't"


def test_audit_events_survive_restart_by_default(audited):
    audited.admin.mint("ci")
    audited.server.restart()
    assert "token.created" in [event["action"] for event in audited.page()]


@pytest.mark.parametrize("value", ["0 s", "fortnight", "-1 day", "101 years", ""])
def test_invalid_audit_keep_duration_is_rejected(tmp_path, value):
    config = tmp_path / "warder.toml"
    config.write_text(f'[audit]\nkeep = "{value}"\n')
    refused = run_binary("check", "--config", config, "--data-dir", tmp_path)
    assert refused.returncode == 1 and "audit.keep" in refused.stderr and "400 days" not in refused.stdout


def test_full_disk_rejects_changes_but_allows_sign_ins(start_server):
    server = start_server()
    admin = server.person("admin", ADMIN_PASSWORD)
    admin.post("/v1alpha/users/", {"username": "alice", "password": "the password of alice"})
    server.stop()
    largest = max(os.path.getsize(path) for path in server.data_dir.iterdir() if path.is_file())
    server.preexec = limit_file_size(largest)
    server.start()
    statuses = (admin.post("/v1alpha/token/", {"jwt_token_description": f"t{number}", "jwt_token_life": "1 h"}).status_code for number in range(500))
    assert next(status for status in statuses if status != 201) in (503, 507)
    wrong = base64.b64encode(b"admin:wrong password").decode()
    for number in range(2, 40):
        head = f"GET /v1alpha/whoami HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {wrong}\r\n\r\n"
        assert server.raw(head.encode(), source=f"127.0.0.{number}").status == 401
    assert server.person("alice", "the password of alice").get("/v1alpha/whoami").status_code == 200
    assert admin.get("/v1alpha/audit").status_code == 200
    assert server.log().count("event=sign_ins_not_audited ") == 1
    server.preexec = None
    server.restart()


@pytest.mark.parametrize("store", ["users-json"], indirect=True)
def test_users_json_store_has_a_separate_audit_log_file(start_audited, tmp_path):
    audited = start_audited()
    audited.admin.mint("ci")
    log = audited.server.data_dir / "audit.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert sorted(path.name for path in (tmp_path / "specter").iterdir()) == ["users.json", "users.json.bkp", "users.json.lock"]
    assert "audit" not in (tmp_path / "specter" / "users.json").read_text()
    log.chmod(0o644)
    assert "audit.log" in audited.server.cli("check").stderr
    answer = audited.admin.post("/v1alpha/token/", {"jwt_token_description": "x", "jwt_token_life": "1 h"})
    assert answer.status_code == 503, "no change is made without its audit event"
    log.chmod(0o600)
    audited.admin.mint("x")
    refused = audited.server.cli("backup", tmp_path / "copy")
    assert refused.returncode == 1 and str(log) in refused.stderr
