# SPDX-License-Identifier: MIT
"""Root works on the data of a server that runs as a user of its own."""

import os

import pytest
from support.root import NOBODY, as_root
from support.server import ADMIN_PASSWORD, BINARY


@pytest.fixture
def others_server(start_server):
    """A stopped server whose data belong to somebody else; given back at the end."""
    server = start_server()
    server.token = server.person("admin", ADMIN_PASSWORD).mint("from before")
    server.stop()
    assert as_root("chown", "-R", f"{NOBODY}:{NOBODY}", server.data_dir).returncode == 0
    yield server
    as_root("chown", "-R", f"{os.geteuid()}:{os.getegid()}", server.data_dir)
    server.start()
    assert server.accepts(server.token)


def test_what_root_changes_still_belongs_to_the_servers_user(others_server):
    for command in (["key", "rotate"], ["token", "create", "--user", "admin", "--description", "by root", "--life", "1 h"], ["key", "list"]):
        done = as_root(BINARY, *command, "--data-dir", others_server.data_dir)
        assert done.returncode == 0, done.stderr
    owners = {path: (path.stat().st_uid, path.stat().st_gid) for path in others_server.data_dir.iterdir()}
    assert (others_server.data_dir / "keys.json.lock") in owners
    assert set(owners.values()) == {(NOBODY, NOBODY)}, owners


def test_a_key_file_of_neither_root_nor_the_folders_owner_is_refused_to_root_too(others_server):
    as_root("chown", NOBODY - 1, others_server.data_dir / "keys.json")
    refused = as_root(BINARY, "key", "list", "--data-dir", others_server.data_dir)
    assert refused.returncode == 1
    assert "another user" in refused.stderr
