# SPDX-License-Identifier: MIT
"""`GET /v1alpha/audit` and `warder audit`: permissions, order and pages."""

import json
import re
import signal
from datetime import datetime, timezone

import pytest
from support.responses import BASIC, assert_error, challenges
from support.server import ADMIN_PASSWORD


def test_audit_events_are_paged_newest_first(audited):
    ids = [audited.admin.mint(f"token {number}").id for number in range(5)]
    whole = audited.page()
    numbers = [event["id"] for event in whole]
    assert numbers == sorted(numbers, reverse=True) and len(set(numbers)) == len(numbers)
    assert [event["target"] for event in whole if event["action"] == "token.created"] == ids[::-1]
    paged, query = [], "?limit=2"
    while query:
        answer = audited.admin.get("/v1alpha/audit" + query)
        page = answer.json()["events"]
        assert len(page) == 2 or "Link" not in answer.headers
        paged += page
        link = re.fullmatch(r'</v1alpha/audit(\?limit=2&before=\d+)>; rel="next"', answer.headers.get("Link", ""))
        query = link and link[1]
    assert paged == whole
    assert audited.page(f"?before={numbers[-1]}") == []
    assert audited.page(f"?before={numbers[0] + 1}&limit=1") == whole[:1]


def test_audit_event_times_are_rfc_3339_in_utc(audited):
    before = datetime.now(timezone.utc).replace(microsecond=0)
    audited.admin.mint("ci")
    time = audited.page("?limit=1")[0]["time"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time)
    assert before <= datetime.fromisoformat(time.replace("Z", "+00:00")) <= datetime.now(timezone.utc)


def test_audit_log_is_forbidden_to_non_administrators(warder, admin, alice):
    token = admin.mint("an administrator's")
    for path in ("/v1alpha/audit", "/v1alpha/audit/", "/api/v1alpha/audit"):
        assert admin.get(path).status_code == 200
        assert admin.get(path).headers["Cache-Control"] == "no-store"
        assert_error(alice.get(path), 403, "forbidden")
        assert_error(warder.get(path), 401, "unauthorized")
        assert_error(warder.get(path, bearer=token), 401, "unauthorized")
    assert challenges(warder.get("/v1alpha/audit")) == [BASIC]
    assert admin.request("HEAD", "/v1alpha/audit").status_code == 200
    refused = admin.delete("/v1alpha/audit")
    assert_error(refused, 405, "method_not_allowed")
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


BAD = ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "limit=1.0", "limit=+1", "before=0", "before=-1", "before=x", "before=", "before=1x"]


@pytest.mark.parametrize("query", [*BAD, "before=9223372036854775808", "limit=1&limit=2", "after=1", "user=admin", "include=usage"])
def test_invalid_audit_query_is_rejected_and_named(admin, query):
    sentence = assert_error(admin.get("/v1alpha/audit?" + query), 400, "bad_field")
    assert query.partition("=")[0] in sentence


def test_audit_command_output_matches_the_api(audited):
    audited.admin.mint("ci")
    for number in range(3):
        audited.server.person("admin", f"wrong {number}").get("/v1alpha/whoami")
    shown = json.loads(audited.cli("audit", "--json").stdout)["events"]
    assert shown[0]["target"] == "admin (2 times)", "the sums of the running server are included"
    assert shown == audited.page()
    assert json.loads(audited.cli("audit", "--json", "--limit", "2").stdout)["events"] == shown[:2]
    header, *lines = audited.cli("audit", "--limit", "2").stdout.splitlines()
    assert header.split() == ["ID", "TIME", "ACTOR", "ADDRESS", "ACTION", "TARGET"]
    assert [re.split(r" {2,}", line) for line in lines] == [[str(event[key] if event[key] is not None else "-") for key in event] for event in shown[:2]]
    audited.server.stop()
    assert json.loads(audited.cli("audit", "--json").stdout)["events"] == shown, "also without a running server"


@pytest.mark.parametrize("limit", ["0", "1001", "x", "-1", ""])
def test_invalid_audit_command_limit_is_a_usage_error(warder, limit):
    refused = warder.cli("audit", "--limit", limit)
    assert (refused.returncode, refused.stdout) == (2, "") and len(refused.stderr.splitlines()) == 1


def test_audit_command_does_not_wait_for_a_stopped_server(warder, admin):
    admin.mint("ci")
    warder.process.send_signal(signal.SIGSTOP)
    try:
        shown = warder.cli("audit", "--limit", "1")
    finally:
        warder.process.send_signal(signal.SIGCONT)
    assert shown.returncode == 0 and "token.created" in shown.stdout


def test_backup_contains_the_audit_log(warder, admin, start_server, tmp_path):
    token = admin.mint("ci")
    assert warder.cli("backup", tmp_path / "copy").returncode == 0
    restored = start_server("copy").person("admin", ADMIN_PASSWORD)
    events = restored.get("/v1alpha/audit").json()["events"]
    assert token.id in [event["target"] for event in events]
    next_id = restored.mint("later") and restored.get("/v1alpha/audit?limit=1").json()["events"][0]["id"]
    assert next_id > max(event["id"] for event in events)
