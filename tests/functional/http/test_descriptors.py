# SPDX-License-Identifier: MIT
"""File descriptors: connections cannot use up those that the server needs for its own files."""

import resource

import pytest
import requests
from support.secrets import write_secret
from support.server import ADMIN_PASSWORD
from support.upstream import route
from support.waiting import eventually

LIMIT = 64
MANY = 100


def few_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


def minted_unless_disconnected(person, description):
    try:
        return person.mint(description)
    except requests.exceptions.ConnectionError:
        return None


@pytest.fixture
def credential(tmp_path):
    return write_secret(tmp_path / "credential", "user:password")


@pytest.mark.bare
def test_connections_beyond_the_descriptor_limit_do_not_break_mints_the_gateway_or_commands(start_with_store, upstream, credential):
    warder = start_with_store("threads = 2\n" + route("/a", upstream.url, credential=f"basic-file:{credential}"), preexec=few_descriptors)
    admin = warder.person("admin", ADMIN_PASSWORD)
    token = admin.mint("before")
    wires = [warder.wire() for _ in range(MANY)]  # some stay idle, some are closed
    warder.session.close()  # the longest idle connection, which the server may have closed
    # The two threads still accept the connections above, and may close another new one for lack of descriptors.
    assert eventually(lambda: minted_unless_disconnected(admin, "while many are connected"))
    assert warder.get("/a", bearer=token).status_code == 200
    assert upstream.next().header("Authorization").startswith("Basic ")
    done = warder.cli("user", "list")
    assert done.returncode == 0
    assert "warning" not in done.stderr
    assert "event=max_connections_lowered" in warder.log()
    for wire in wires:
        wire.socket.close()
    assert "open" not in "".join(line for line in warder.log().splitlines() if "store_failed" in line)


def test_sufficient_descriptor_limit_causes_no_warning(start_server):
    warder = start_server(config_text="max_connections = 100\n", preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512)))
    assert "max_connections_lowered" not in warder.log()


def test_soft_descriptor_limit_is_raised_to_the_hard_limit(start_server):
    warder = start_server(config_text="max_connections = 500\n", preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 1024)))
    assert "max_connections_lowered" not in warder.log()
    assert resource.prlimit(warder.process.pid, resource.RLIMIT_NOFILE) == (1024, 1024)
