# SPDX-License-Identifier: MIT
"""When memory runs out, a change fails completely, and the server keeps running: requests, commands, reloads and periodic tasks work afterwards."""

import signal

import pytest
import requests
from support import limits
from support.server import ADMIN_PASSWORD
from support.waiting import eventually


@pytest.fixture(autouse=True)
def many_descriptors():
    with limits.descriptors():
        yield


@pytest.fixture
def server(start_with_store):
    return start_with_store('threads = 2\nidle_timeout = "60 s"\nheader_timeout = "60 s"\n')


def try_to_mint(person, description):
    """Returns the minted token, or None if the server answered 503 or not at all."""
    try:
        answer = person.post("/v1alpha/token/", {"jwt_token_description": description, "jwt_token_life": "1 day"})
    except requests.RequestException:
        return None
    assert answer.status_code in (201, 503), answer.text
    return answer.json().get("jwt_token")


@pytest.mark.bare
def test_mint_without_memory_is_atomic_and_acknowledged_tokens_survive_a_restart(server):
    admin = server.person("admin", ADMIN_PASSWORD)
    kept = admin.mint("before")
    minted = []
    with limits.memory_used_up(server):
        for number in range(200):
            token = try_to_mint(admin, f"token {number} " + "d" * 150)
            if token:
                minted.append(token)
        assert server.is_running(), server.log()
    assert server.accepts(kept)
    assert all(server.accepts(token) for token in minted), "acknowledged tokens are valid"
    listed = admin.tokens()
    assert len(listed) >= len(minted) + 1
    assert admin.mint("after")
    server.restart()
    assert all(server.accepts(token) for token in minted)
    assert admin.tokens().keys() >= listed.keys(), "listed tokens were in the store"


@pytest.mark.bare
def test_reloads_and_commands_without_memory_keep_the_server_running_and_lose_no_token(server):
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("before")
    with limits.memory_used_up(server):
        for number in range(3):
            # The periodic tasks run after each signal.
            server.process.send_signal(signal.SIGHUP)
            eventually(lambda count=number + 1: server.log().count("event=reloaded ") + server.log().count("event=configuration_not_reloaded ") >= count)
            assert server.cli("user", "list").returncode == 0
            assert server.cli("token", "create", "--user", "admin", "--description", f"by command {number}", "--life", "1 day").returncode == 0
            assert server.is_running(), server.log()
    assert server.accepts(token)
    assert server.cli("token", "list").returncode == 0
    eventually(lambda: {f"by command {number}" for number in range(3)} <= {entry["jwt_token_description"] for entry in admin.tokens().values()})
    created = server.cli("token", "create", "--user", "admin", "--description", "after", "--life", "1 day")
    assert created.returncode == 0 and "warning" not in created.stderr
    assert server.accepts(created.stdout.strip())
    assert server.log().count("event=memory_short") <= 2
