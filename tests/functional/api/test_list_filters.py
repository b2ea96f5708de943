# SPDX-License-Identifier: MIT
"""Filters of the token list: tokens that expire soon, and tokens that nobody uses."""

import json
import re
import sqlite3

import pytest
from support.responses import assert_error
from support.server import ADMIN_PASSWORD
from support.waiting import eventually

DAY = 86400


def ids(person, query, user=""):
    """Returns the ids of the list with this query, of all pages; empty for the 404 of an empty list."""
    path, found = f"/v1alpha/token/?{query}{user}", []
    while path:
        answer = person.get(path)
        if answer.status_code == 404 and not found:
            assert_error(answer, 404, "no_tokens", "Tokens does not exist")
            return []
        assert answer.status_code == 200, answer.text
        found += answer.json()["jwt_tokens"]
        link = answer.headers.get("Link")
        path = link and re.fullmatch(r'<([^>]+)>; rel="next"', link).group(1)
    return found


def age(server, days, description="%"):
    """Makes tokens look as if they had been minted so many days earlier, and all uses as if they had been then."""
    server.stop()
    with sqlite3.connect(server.data_dir / "warder.db") as database:
        database.execute("UPDATE tokens SET issued_at = issued_at - ? WHERE description LIKE ?", (days * DAY, description))
        database.execute("UPDATE uses SET last_used_at = last_used_at - ?", (days * DAY,))
    database.close()
    server.start()


@pytest.mark.parametrize("within", ["2h", "2%20hours", "2+hours", "7200", "7200.0", "PT2H", "2:00:00"])
def test_expires_within_selects_live_tokens_that_end_within_it(warder, alice, within):
    short, hour, day = alice.mint("short", life="1 s"), alice.mint("hour", life="1 hour"), alice.mint("day", life="1 day")
    eventually(lambda: not warder.accepts(short))
    assert ids(alice, f"expires_within={within}") == [hour.id]
    assert ids(alice, "expires_within=2+days") == [hour.id, day.id]
    assert ids(alice, "") == [short.id, hour.id, day.id]


def test_expires_within_counts_the_end_of_an_overlap(alice):
    old = alice.mint("rotated", life="30 days")
    alice.post(f"/v1alpha/token/{old.id}/renew", {"overlap": "1 hour"})
    assert ids(alice, "expires_within=1+day") == [old.id]


def test_disabled_tokens_are_live(alice):
    token = alice.mint("paused", life="1 hour")
    alice.patch(f"/v1alpha/token/{token.id}", {"enabled": False})
    assert ids(alice, "expires_within=1+day") == ids(alice, "unused_for=0") == [token.id]


def test_unused_for_selects_live_tokens_neither_used_nor_minted_within_it(warder, alice):
    never, lately, long_ago, expired = (alice.mint(name, life="300 days") for name in ("never", "lately", "long ago", "gone"))
    warder.accepts(long_ago)
    alice.patch(f"/v1alpha/token/{expired.id}", {"jwt_token_description": "expired"})
    warder.stop()
    with sqlite3.connect(warder.data_dir / "warder.db") as database:
        database.execute("UPDATE tokens SET expires_at = issued_at, ends_at = issued_at WHERE description = 'expired'")
    database.close()
    age(warder.start(), 100)
    new = alice.mint("new")
    assert ids(alice, "unused_for=90+days") == [never.id, lately.id, long_ago.id]
    assert warder.accepts(lately)
    assert ids(alice, "unused_for=90+days") == [never.id, long_ago.id], "a use counts at once"
    assert ids(alice, "unused_for=101+days") == []
    assert ids(alice, "unused_for=0") == [never.id, lately.id, long_ago.id, new.id]


def test_both_filters_hold_together_for_one_user_and_for_all(warder, admin, alice, bob):
    tokens = {}
    for person in (alice, bob):
        for name, life in (("soon", "110 days"), ("later", "300 days")):
            tokens[person.name, name] = person.mint(name, life=life).id
    age(warder, 100)
    fresh = alice.mint("fresh", life="1 day").id
    assert ids(alice, "unused_for=90d&expires_within=120d") == [tokens["alice", "soon"]]
    assert ids(alice, "expires_within=120d") == [tokens["alice", "soon"], fresh]
    assert ids(admin, "unused_for=90d&expires_within=120d", "&user=*") == [tokens["alice", "soon"], tokens["bob", "soon"]]
    assert ids(admin, "unused_for=90d&expires_within=120d", "&user=BOB") == [tokens["bob", "soon"]]
    assert ids(admin, "unused_for=90d") == []
    assert_error(alice.get("/v1alpha/token/?expires_within=1d&user=bob"), 403, "forbidden")
    shown = admin.get("/v1alpha/token/?user=bob&expires_within=120d&include=usage").json()["jwt_tokens"][tokens["bob", "soon"]]
    assert shown["username"] == "bob" and "last_used_at" in shown


@pytest.mark.parametrize("limit", [1, 2, 3, 1000])
def test_pages_have_matching_tokens_only_and_lead_through_all_of_them(alice, limit):
    wanted = []
    for number in range(7):
        wanted.append(alice.mint(f"soon {number}", life="1 hour").id)
        alice.mint(f"later {number}", life="1 year")
    path, sizes, found = f"/v1alpha/token/?limit={limit}&expires_within=1%20day%2C%200%3A01%3A00&include=usage", [], []
    while path:
        answer = alice.get(path)
        sizes.append(len(answer.json()["jwt_tokens"]))
        found += answer.json()["jwt_tokens"]
        link = answer.headers.get("Link")
        assert not link or "include=usage" in link
        path = link and re.fullmatch(r'<([^>]+)>; rel="next"', link).group(1)
    assert found == wanted
    assert sizes == [min(limit, 7 - at) for at in range(0, 7, limit)], "every page but the last is full, and the last is not empty"


def test_page_after_the_last_match_is_empty(alice):
    soon, later = alice.mint("soon", life="1 hour"), alice.mint("later", life="1 year")
    for after in (soon, later):
        answer = alice.get(f"/v1alpha/token/?expires_within=1d&after={after.id}")
        assert (answer.status_code, answer.json()["jwt_tokens"]) == (200, {}) and "Link" not in answer.headers
    assert ids(alice, f"expires_within=2y&after={soon.id}") == [later.id]
    assert_error(alice.get("/v1alpha/token/?expires_within=1d&after=00000000-0000-4000-8000-000000000001"), 400, "bad_field")


def test_filter_reads_further_than_the_first_tokens(alice, warder):
    for number in range(230):
        alice.mint(f"later {number}", life="1 year")
    soon = [alice.mint(f"soon {number}", life="1 hour").id for number in range(3)]
    assert ids(alice, "expires_within=1d") == soon
    answer = alice.get("/v1alpha/token/?expires_within=1d&limit=2")
    assert list(answer.json()["jwt_tokens"]) == soon[:2] and "Link" in answer.headers
    assert len(ids(alice, "expires_within=2y")) == 233


@pytest.mark.parametrize("name", ["expires_within", "unused_for"])
@pytest.mark.parametrize("text", ["", "fortnight", "14%20dayz", "-1%20day", "-5", "nan", "inf", "1e400", "0x10", "1h" * 65, "%00", "%F0%9F%98%80", "<b>"])
def test_bad_duration_is_400(alice, name, text):
    alice.mint("one")
    assert name in assert_error(alice.get(f"/v1alpha/token/?{name}={text}"), 400, "bad_life")


def test_filter_may_be_given_once_and_only_for_lists(alice):
    token = alice.mint("one")
    assert_error(alice.get("/v1alpha/token/?unused_for=1d&unused_for=2d"), 400, "bad_field")
    assert_error(alice.get(f"/v1alpha/token/{token.id}?unused_for=1d"), 400, "bad_field")


def test_very_long_durations_select_all_live_tokens_or_none(alice):
    token = alice.mint("one", life="10 years")
    assert ids(alice, "expires_within=9000000000000000") == [token.id]
    assert ids(alice, "unused_for=9000000000000000") == []


def test_users_json_filters_by_expiry_and_refuses_to_guess_uses(start_server, tmp_path):
    file = tmp_path / "specter" / "users.json"
    file.parent.mkdir(mode=0o700)
    server = start_server(config_text=f'store = "users-json:{file}"\n')
    admin = server.person("admin", ADMIN_PASSWORD)
    soon, _ = admin.mint("soon", life="1 hour"), admin.mint("later", life="1 year")
    assert ids(admin, "expires_within=1d") == [soon.id]
    assert "uses" in assert_error(admin.get("/v1alpha/token/?unused_for=1d"), 501, "not_implemented")
    done = server.cli("token", "list", "--unused-for", "1d")
    assert done.returncode == 1 and "uses" in done.stderr


def cli_ids(server, *options):
    done = server.cli("token", "list", "--json", *options)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout)["jwt_tokens"])


def test_command_line_has_the_same_filters(warder, alice, bob):
    old, soon, theirs = alice.mint("old", life="1 year"), alice.mint("soon", life="1 hour"), bob.mint("theirs", life="1 hour")
    age(warder, 100, "old")
    assert cli_ids(warder, "--unused-for", "90 days") == [old.id]
    assert cli_ids(warder, "--expires-within", "2 hours") == [soon.id, theirs.id]
    assert cli_ids(warder, "--expires-within", "7200", "--user", "bob") == [theirs.id]
    assert cli_ids(warder, "--expires-within", "2h", "--unused-for", "90d") == []
    assert "old" in (table := warder.cli("token", "list", "--unused-for", "90 days").stdout) and "soon" not in table


@pytest.mark.parametrize("option", ["--expires-within", "--unused-for"])
@pytest.mark.parametrize("text", ["fortnight", "-1 day", ""])
def test_bad_duration_on_the_command_line_fails(warder, option, text):
    done = warder.cli("token", "list", f"{option}={text}")
    assert done.returncode == 1 and "invalid duration" in done.stderr
