# SPDX-License-Identifier: MIT
"""Commands that root runs on the data directory of a server that runs as another user."""

import os

import pytest
from support.root import NOBODY, as_root
from support.server import ADMIN_PASSWORD, BINARY


@pytest.fixture
def others_server(start_server):
    """Yields a stopped server whose data directory belongs to another user; restores the owner at the end."""
    server = start_server()
    server.token = server.person("admin", ADMIN_PASSWORD).mint("from before")
    server.stop()
    assert as_root("chown", "-R", f"{NOBODY}:{NOBODY}", server.data_dir).returncode == 0
    yield server
    as_root("chown", "-R", f"{os.geteuid()}:{os.getegid()}", server.data_dir)
    server.start()
    assert server.accepts(server.token)


def test_files_changed_by_commands_of_root_still_belong_to_the_server_user(others_server):
    for command in (["key", "rotate"], ["token", "create", "--user", "admin", "--description", "by root", "--life", "1 h"], ["key", "list"]):
        done = as_root(BINARY, *command, "--data-dir", others_server.data_dir)
        assert done.returncode == 0, done.stderr
    owners = {path: (path.stat().st_uid, path.stat().st_gid) for path in others_server.data_dir.iterdir()}
    assert (others_server.data_dir / "keys.json.lock") in owners
    assert set(owners.values()) == {(NOBODY, NOBODY)}, owners


def test_key_list_as_root_rejects_key_file_owned_by_neither_root_nor_directory_owner(others_server):
    as_root("chown", NOBODY - 1, others_server.data_dir / "keys.json")
    refused = as_root(BINARY, "key", "list", "--data-dir", others_server.data_dir)
    assert refused.returncode == 1
    assert "owned by neither" in refused.stderr
