# SPDX-License-Identifier: MIT
"""What administrators are told about the server."""

import time
from datetime import datetime, timezone

from support.responses import assert_error
from support.server import ADMIN_PASSWORD, run_binary


def test_server_describes_itself_to_administrators_only(admin, alice, warder):
    alice.mint("one")
    alice.mint("other")
    answer = admin.get("/v1alpha/server")
    assert answer.status_code == 200
    info = answer.json()
    assert list(info) == ["version", "started_at", "store", "tokens"]
    assert run_binary("--version").stdout == f"warder {info['version']}\n"
    started = datetime.strptime(info["started_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    assert time.time() - 600 < started.timestamp() <= time.time()
    assert (info["store"], info["tokens"]) == ("sqlite", 2)
    assert_error(alice.get("/v1alpha/server"), 403, "forbidden")
    assert_error(warder.get("/v1alpha/server"), 401, "unauthorized")
    assert_error(admin.get("/v1alpha/server?verbose=1"), 400, "bad_field")


def test_server_names_its_store(start_server):
    server = start_server(config_text='store = "users-json:<data_dir>/users.json"\n')
    assert server.person("admin", ADMIN_PASSWORD).get("/v1alpha/server").json()["store"] == "users-json"
