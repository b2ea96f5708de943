# SPDX-License-Identifier: MIT
"""Output for people: tables with headers, dates and words, and colors on a terminal."""

import os
import pty
import re
import subprocess

import pytest
from support.server import BINARY, clean_environment
from support.waiting import eventually

DATE = r"20\d\d-\d\d-\d\d"


def columns_of(text):
    """Returns the rows of a table as dictionaries; each column begins where its name does in the header."""
    header, *rows = text.splitlines()
    names = re.split(r" {2,}", header)
    starts = [header.index(name) for name in names]
    return [{name: row[start:end].strip() for name, start, end in zip(names, starts, starts[1:] + [None], strict=True)} for row in rows]


def properties_of(text):
    return dict(re.split(r" {2,}", line, maxsplit=1) for line in text.splitlines() if not line.startswith(" "))


def test_token_list_says_in_words_when_each_token_expires(warder, admin):
    for life in ("3 days", "90 days", "1 hour"):
        admin.mint(life, life=life)
    rows = columns_of(warder.cli("token", "list").stdout)
    assert [(row["USER"], row["DESCRIPTION"], row["STATUS"]) for row in rows] == [("admin", life, f"expires in {life}") for life in ("3 days", "90 days", "1 hour")]
    assert all(re.fullmatch(DATE, row["EXPIRES"]) for row in rows)
    assert [row["ID"] for row in rows] == list(admin.tokens())


def test_token_list_summarizes_access_and_state(warder, admin):
    admin.mint("full")
    one = admin.mint("one", endpoints=["GET /a"])
    admin.mint("three", endpoints=["GET /a", "/b", "/c"])
    assert warder.cli("token", "set", one.id, "--disable").returncode == 0
    rows = columns_of(warder.cli("token", "list").stdout)
    assert [row["ACCESS"] for row in rows] == ["full access", "GET /a", "GET /a, and 2 more"]
    assert rows[1]["STATUS"].startswith("disabled, expires in ")
    assert [row["LAST USE"] for row in rows] == ["never used"] * 3


def test_renewed_token_is_shown_as_replaced_during_the_overlap(warder, admin):
    old = admin.mint("one", life="3 days")
    assert warder.cli("token", "renew", old.id, "--overlap", "2 hours").returncode == 0
    successor = next(token for token in admin.tokens() if token != old.id)
    shown = properties_of(warder.cli("token", "show", old.id).stdout)
    assert shown["Status"] == "replaced, expires in 2 hours" and shown["Replaced by"] == successor


def test_token_show_prints_one_property_per_row(warder, admin):
    token = admin.mint("na\u00efve \u2713", life="3 days", endpoints=["GET /a", "/b"])
    text = warder.cli("token", "show", token.id).stdout
    shown = properties_of(text)
    assert (shown["ID"], shown["User"], shown["Description"], shown["Status"]) == (token.id, "admin", "na\u00efve \u2713", "expires in 3 days")
    assert re.search(r"^Access +GET /a\n +/b$", text, re.MULTILINE)
    assert all(re.fullmatch(DATE + r" \d\d:\d\d UTC", shown[name]) for name in ("Created", "Expires"))


def test_user_list_shows_role_tokens_ceiling_and_date(warder, admin):
    admin.mint("one")
    assert warder.cli("user", "add", "bob", "--endpoint", "GET /a", stdin="long enough\n").returncode == 0
    # The administrator's sign-in is stored without the request waiting for it.
    first, second = eventually(lambda: (rows := columns_of(warder.cli("user", "list").stdout)) and rows[0]["LAST SIGN-IN"] != "-" and rows)
    assert re.fullmatch(DATE + r" \d\d:\d\d UTC", first.pop("LAST SIGN-IN")) and second.pop("LAST SIGN-IN") == "-"
    assert re.fullmatch(DATE, first.pop("CREATED")) and re.fullmatch(DATE, second.pop("CREATED"))
    assert first == {"NAME": "admin", "ROLE": "administrator", "TOKENS": "1", "CEILING": "none"}
    assert second == {"NAME": "bob", "ROLE": "user", "TOKENS": "0", "CEILING": "GET /a"}


def test_key_list_shows_use_origin_and_date(warder):
    assert warder.cli("key", "rotate").returncode == 0
    first, second = columns_of(warder.cli("key", "list").stdout)
    assert (first["USE"], first["ORIGIN"]) == ("verifies", "first") and (second["USE"], second["ORIGIN"]) == ("signs and verifies", "rotation")
    assert re.fullmatch(DATE + r" \d\d:\d\d UTC", second["CREATED"])


def test_lists_without_entries_print_nothing(warder):
    assert warder.cli("token", "list").stdout == ""


def on_terminal(*arguments, **environment):
    """Returns what a command prints on a terminal."""
    leader, follower = pty.openpty()
    done = subprocess.run([str(BINARY), *map(str, arguments)], stdin=follower, stdout=follower, stderr=follower, env=clean_environment(**environment), timeout=60, check=False)
    os.close(follower)
    text = b""
    try:
        while chunk := os.read(leader, 65536):
            text += chunk
    except OSError:  # Linux reports the end of a terminal as an error
        pass
    os.close(leader)
    assert done.returncode == 0, text
    return text.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("environment, is_colored", [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": ""}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colors_appear_on_a_terminal_unless_no_color_is_set(warder, admin, environment, is_colored):
    admin.mint("one", life="3 days")
    plain = warder.cli("token", "list").stdout
    assert "\x1b" not in plain
    shown = on_terminal("token", "list", "--data-dir", warder.data_dir, **environment)
    assert ("\x1b[1mID\x1b[0m" in shown and "\x1b[33mexpires in 3 days\x1b[0m" in shown) == is_colored
    assert re.sub(r"\x1b\[\d*m", "", shown) == plain
