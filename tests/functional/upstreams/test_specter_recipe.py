# SPDX-License-Identifier: MIT
"""The recipe for Specter Desktop, with an app that imitates its API: Warder answers the calls of the management API and forwards the rest."""

import pytest
from support.recipes import configuration_of
from support.responses import assert_error
from support.server import ADMIN_PASSWORD


@pytest.fixture
def gateway(start_server, flask_app, credential_file):
    here = {"http://127.0.0.1:25441": flask_app.url, "/etc/warder/specter.token": credential_file("specter", flask_app.token), 'listen = "127.0.0.1:8441"\n': ""}
    server = start_server(config_text=configuration_of("specter.md", here))
    yield server
    assert flask_app.token not in server.log()


@pytest.fixture
def admin(gateway):
    return gateway.person("admin", ADMIN_PASSWORD)


@pytest.mark.parametrize("base", ["/v1alpha", "/api/v1alpha"])
def test_token_minted_by_warder_gives_scoped_access_to_the_api_behind_the_gateway(gateway, admin, base):
    minted = admin.post(f"{base}/token/", {"jwt_token_description": "signer", "jwt_token_life": "3 months", "endpoints": [f"GET {base}/wallets/*/psbt"]})
    assert minted.status_code == 201, minted.text
    token = minted.json()["jwt_token"]
    assert gateway.get(f"{base}/wallets/hot/psbt", bearer=token).json() == {"specter": "wallets/hot/psbt"}
    assert gateway.get(f"{base}/wallets/hot/psbt", auth=("token", token)).status_code == 200
    assert_error(gateway.get(f"{base}/specter", bearer=token), 403, "insufficient_scope")
    assert gateway.get(f"{base}/whoami", bearer=token).json()["username"] == "admin"

    assert admin.delete(f"{base}/token/{minted.json()['jwt_token_id']}").status_code == 200
    assert gateway.get(f"{base}/wallets/hot/psbt", bearer=token).status_code == 401


def test_upstream_token_of_specter_is_401_at_the_gateway(gateway, flask_app):
    assert gateway.get("/api/v1alpha/wallets/hot/psbt", bearer=flask_app.token).status_code == 401
