# SPDX-License-Identifier: MIT
"""A mint into a users.json of 10,000 tokens compared with writing that file once, and a bearer request there."""
import contextlib
import http.client
import json
import os
import statistics
import time
import urllib.parse

from functional_support import specter
from tools import CLIENT_CORE, SERVER_CORE, Row, basic, cpu_row, fill, mint_many, warder, wrk_bearers

TOKENS, PRESENTED = 10_000, 1_000
MINTS_A_ROUND = 40


def add_specters_users(path, count, users=100):
    """Adds users and tokens as Specter Desktop makes them to the file of a server that isn't running."""
    minted = int(time.time())
    added = []
    for number in range(users):
        name = f"filler{number}"
        tokens = [specter.make_token(name, f"filler {one}", 31_536_000, minted=minted) for one in range(count // users)]
        added.append(specter.make_user(name, f"password of {name}", *tokens))
    specter.write_users(path, json.loads(path.read_text()) + added)


def prepare(binary, data_dir, add, settings=()):
    """A store of 10,000 tokens, and a file with those of them that can be presented."""
    with warder(binary, data_dir, settings=settings) as server:
        presented = mint_many(server, data_dir.with_suffix(".tokens"), PRESENTED)
    add(TOKENS - PRESENTED)
    return presented


def replace_durably(path, content):
    """What whoever replaces a file safely and keeps the version before must do, and nothing else: the content is there already."""
    draft, spare = path.with_name("draft"), path.with_name("spare")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest):]
    os.fsync(descriptor)
    os.close(descriptor)
    if path.exists():
        os.link(path, spare)
        os.replace(spare, path.with_name(path.name + ".bkp"))
    os.replace(draft, path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(directory)
    os.close(directory)


def seconds_of(action, *arguments):
    started = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - started


def mint(connection, description):
    connection.request("POST", "/v1alpha/token/", json.dumps({"jwt_token_description": description, "jwt_token_life": "9 years"}),
                       {"Authorization": basic("admin")})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 201, answer.status


def mints_and_writes(server, users_json, copy, label):
    """Seconds of some mints, one after the other, and of writing, after each, what it wrote; the writer has the server's core."""
    mints, writes = [], []
    with contextlib.closing(http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=30)) as connection:
        mint(connection, f"{label}: the password is hashed")
        replace_durably(copy, users_json.read_bytes())
        for number in range(MINTS_A_ROUND):
            os.sched_setaffinity(0, {CLIENT_CORE})
            mints.append(seconds_of(mint, connection, f"{label}, {number}"))
            content = users_json.read_bytes()
            os.sched_setaffinity(0, {SERVER_CORE})
            writes.append(seconds_of(replace_durably, copy, content))
    os.sched_setaffinity(0, {SERVER_CORE, CLIENT_CORE})
    return mints, writes


def measure(binary, workplace, rounds):
    json_dir, sqlite_dir = workplace / "users-json", workplace / "users-sqlite"
    users_json = workplace / "specter" / "users.json"
    users_json.parent.mkdir(mode=0o700)
    copy = workplace / "copy" / "users.json"
    copy.parent.mkdir()
    settings = {"WARDER_STORE": f"users-json:{users_json}"}
    presented = {"json": prepare(binary, json_dir, lambda count: add_specters_users(users_json, count), settings),
                 "sqlite": prepare(binary, sqlite_dir, lambda count: fill(sqlite_dir, count))}

    mints, writes, loads = [], [], {"json": [], "sqlite": []}
    for number in range(rounds):
        for name, data_dir, stored in (("json", json_dir, settings), ("sqlite", sqlite_dir, {})):
            with warder(binary, data_dir, settings=stored) as server:
                loads[name].append(wrk_bearers(server, "/v1alpha/whoami", presented[name]))
                if name == "json":
                    more = mints_and_writes(server, users_json, copy, f"round {number}")
                    mints += more[0]
                    writes += more[1]

    mint_seconds, write_seconds = statistics.median(mints), statistics.median(writes)
    return [
        Row(f"creating a token in a users.json with {TOKENS:,} tokens / writing that file once", f"{mint_seconds / write_seconds:.2f} "
            f"({mint_seconds * 1e3:.1f} ms / {write_seconds * 1e3:.1f} ms)", "<= 2"),
        cpu_row(f"CPU per `GET /v1alpha/whoami` with a bearer token, {TOKENS:,} tokens in users.json / in SQLite", loads["json"], loads["sqlite"],
                "<= 1.05"),
    ]
