# SPDX-License-Identifier: MIT
"""`warder migrate` that is killed, finds the disk full, or reads a store that changes: the same command completes it, or says what differs."""

import contextlib
import json
import sqlite3
import subprocess

import pytest
from support.faults import limit_file_size
from support.migration import content, done, execute, files, migrate, migrate_command, refused
from support.server import BINARY, IS_SANITIZED, clean_environment
from support.waiting import eventually

MANY = 20_000 if IS_SANITIZED else 100_000


def fill(path, tokens):
    """Adds tokens and as many audit events to a database; each token has its number as its description."""
    numbers = "WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
    execute(
        path,
        f"{numbers} INSERT INTO tokens (id, owner, description, life, issued_at, expires_at, ends_at, digest, key_id, policy) "
        "SELECT randomblob(16), 1, n, 60, 1800000000, 1900000000, 1900000000, randomblob(32), 'key', iif(n % 10, NULL, '{\"enabled\":false}') FROM numbers",
        tokens,
    )
    execute(path, "UPDATE users SET token_count = (SELECT count(*) FROM tokens WHERE owner = users.id)")
    execute(path, "INSERT INTO uses SELECT seq, seq, 1800000000, zeroblob(16), 1, 1 FROM tokens WHERE seq % 7 = 0")
    execute(path, f"{numbers} INSERT INTO audit (time, actor, action, target) SELECT n, 'admin', 'token.created', n FROM numbers", tokens)


def start_migration(*arguments, **options):
    command = [str(BINARY), *migrate_command(*arguments)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment(), **options)


def count(path, table):
    """Returns how many rows a database has that may not exist yet."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


@pytest.mark.parametrize("table", ["tokens", "audit"])
def test_killed_migration_is_completed_by_the_same_command_without_duplicates(warder, database, new, data_dir, table):
    warder.stop()
    fill(data_dir / "warder.db", MANY)
    before = files(data_dir)
    process = start_migration(data_dir, database, f"sqlite:{new}")
    eventually(lambda: count(new, table) > 0, seconds=60, every=0.001)
    process.kill()
    process.communicate()
    assert 0 < count(new, table) < MANY, "it must be killed in the middle"

    done(migrate(data_dir, database, f"sqlite:{new}"))
    assert content(new) == content(data_dir / "warder.db")
    assert {path: text for path, text in files(data_dir).items() if not path.name.startswith("new.db")} == before


def test_migration_that_fills_the_disk_is_completed_by_the_same_command(warder, database, new, data_dir):
    warder.stop()
    fill(data_dir / "warder.db", 10_000)
    process = start_migration(data_dir, database, f"sqlite:{new}", preexec_fn=limit_file_size(1_000_000))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "") and str(new) in err
    assert "no space left" in err and "run the same command again to copy the rest" in err
    assert 0 < count(new, "tokens") < 10_000

    done(migrate(data_dir, database, f"sqlite:{new}"))
    assert content(new) == content(data_dir / "warder.db")


def test_change_of_the_source_during_the_migration_makes_it_fail_with_what_differs(warder, admin, database, new, data_dir):
    """The server may run, but what it changes meanwhile is not in the target."""
    token = admin.mint("first")
    fill(data_dir / "warder.db", MANY)
    process = start_migration(data_dir, database, f"sqlite:{new}")
    eventually(lambda: count(new, "tokens") > 0, seconds=60, every=0.001)
    assert admin.patch(f"/v1alpha/token/{token.id}", {"jwt_token_description": "changed"}).status_code == 200
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1 and str(MANY + 1) in out, out + err
    assert f"the stores differ: token {token.id} of admin differs in its description; another program has changed one of them" in err
    refused(migrate(data_dir, database, f"sqlite:{new}"), "neither new nor the result of an interrupted migration", token.id)

    warder.stop()
    for path in data_dir.glob("new.db*"):
        path.unlink()
    done(migrate(data_dir, database, f"sqlite:{new}"))


def test_difference_is_one_line_of_json_on_stderr_with_json(warder, admin, database, new, data_dir):
    token = admin.mint("first")
    fill(data_dir / "warder.db", MANY)
    process = start_migration(data_dir, database, f"sqlite:{new}", "--json")
    eventually(lambda: count(new, "tokens") > 0, seconds=60, every=0.001)
    assert admin.delete(f"/v1alpha/token/{token.id}").status_code == 200
    out, err = process.communicate(timeout=120)
    report = json.loads(out)
    assert process.returncode == 1 and report["equal"] is False
    assert report["source"]["tokens"] == MANY and report["target"]["tokens"] == MANY + 1
    assert token.id in json.loads(err)["message"] and json.loads(err)["error"] == "failed"
