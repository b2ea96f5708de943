# SPDX-License-Identifier: MIT
"""HAProxy continues a request when a Lua action fails, but the documented configuration denies it."""

import requests
from support.proxies import Proxy, haproxy

BROKEN = 'core.register_action("warder", {"http-req"}, function(txn) error("broken") end)\n'


def test_request_is_503_when_the_lua_action_fails(warder, admin, tmp_path, application):
    token = admin.mint("good")
    proxy = Proxy("haproxy", language="haproxy", command=lambda *arguments: haproxy(*arguments, action=BROKEN))
    with proxy.running(tmp_path / "haproxy", warder.port, application.port) as port, requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"http://127.0.0.1:{port}/a", headers={"Authorization": f"Bearer {token}"}, timeout=30)
        assert answer.status_code == 503
    assert not application.seen
