# SPDX-License-Identifier: MIT
"""`warder migrate`, the content of databases, and the files that it must not change."""

import contextlib
import sqlite3

from support.server import run_binary

USERS = "SELECT name, password_hash, is_admin, created_at, token_count, ceiling, last_sign_in_at FROM users ORDER BY id"
TOKENS = """SELECT hex(tokens.id), users.name, description, life, issued_at, expires_at, ends_at, hex(successor), hex(digest), key_id, is_edited, policy,
    use_count, last_used_at, hex(last_used_from), run, batch
    FROM tokens JOIN users ON users.id = owner LEFT JOIN uses ON uses.token = tokens.seq ORDER BY tokens.seq"""
AUDIT = "SELECT time, actor, address, action, target FROM audit ORDER BY id"


def execute(path, sql, *parameters):
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        return database.execute(sql, parameters).fetchall()


def content(path):
    """Returns all rows of a database, without the numbers that it assigns itself."""
    return {"users": execute(path, USERS), "tokens": execute(path, TOKENS), "audit": execute(path, AUDIT)}


def files(*directories):
    """Returns the content of all files, except the control socket and SQLite's shared memory, which has no content of the store."""
    left_out = (".sock", "-shm")
    return {path: path.read_bytes() for directory in directories for path in directory.rglob("*") if path.is_file() and not path.name.endswith(left_out)}


def migrate_command(data_dir, source, target, *more):
    return ["migrate", "--from", source, "--to", target, "--data-dir", str(data_dir), *more]


def migrate(data_dir, source, target, *more):
    return run_binary(*migrate_command(data_dir, source, target, *more))


def done(result):
    assert result.returncode == 0 and result.stderr == "", result
    return result.stdout


def refused(result, *parts, code=1):
    assert (result.returncode, result.stdout) == (code, ""), result
    assert len(result.stderr.splitlines()) == 1 and all(part in result.stderr for part in parts), result.stderr
    return result.stderr
