# SPDX-License-Identifier: MIT
"""gunicorn removes SCRIPT_NAME from the path that it serves: behind the gateway no client can send that header."""

import contextlib

import pytest
from support.gunicorn import SPELLINGS, Gunicorn
from support.server import ADMIN_PASSWORD
from support.upstream import route


@pytest.mark.parametrize("scoped", [True, False])
def test_script_name_header_of_a_client_does_not_change_the_served_resource(start_server, tmp_path, scoped):
    with contextlib.closing(Gunicorn(tmp_path)) as application:
        server = start_server(config_text=route("/", f"http://127.0.0.1:{application.port}"))
        token = server.person("admin", ADMIN_PASSWORD).mint("public", endpoints=["/public/**"] if scoped else None)
        for name in SPELLINGS:
            answer = server.get("/public/admin/secret", bearer=token, headers={name: "/public"})
            assert (answer.status_code, answer.text) == (200, "public"), name
        assert server.get("/admin/secret", bearer=token).status_code == (403 if scoped else 200)
