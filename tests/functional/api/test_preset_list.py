# SPDX-License-Identifier: MIT
"""GET /v1alpha/presets."""

import signal

import pytest
from support.responses import assert_error
from support.server import ADMIN_PASSWORD
from support.waiting import eventually

PRESETS = """presets_dir = ""
[[preset]]
name = "photos-read"
description = "Look at all photos"
endpoints = ["GET /photos/**"]
[[preset]]
name = "Größer"
endpoints = ["/b", "POST /a rpc:get*"]
"""
LISTED = [
    {"name": "photos-read", "description": "Look at all photos", "endpoints": ["GET /photos/**"]},
    {"name": "Größer", "description": "", "endpoints": ["/b", "POST /a rpc:get*"]},
]


@pytest.fixture
def server(start_server):
    return start_server(config_text=PRESETS)


@pytest.fixture
def admin(server):
    return server.person("admin", ADMIN_PASSWORD)


@pytest.mark.parametrize("path", ["/v1alpha/presets", "/v1alpha/presets/", "/api/v1alpha/presets"])
def test_presets_are_listed_for_any_user_in_the_order_of_the_configuration(server, admin, path):
    assert admin.post("/v1alpha/users/", {"username": "alice", "password": "the password of alice"}).status_code == 201
    for person in (admin, server.person("alice", "the password of alice")):
        answer = person.get(path)
        assert (answer.status_code, answer.json()) == (200, {"presets": LISTED})
        assert [list(preset) for preset in answer.json()["presets"]] == [["name", "description", "endpoints"]] * 2


def test_presets_require_a_password_or_session(server, admin):
    assert_error(server.get("/v1alpha/presets"), 401, "unauthorized")
    assert_error(server.get("/v1alpha/presets", bearer=admin.mint("unlimited")), 401, "unauthorized")
    assert_error(admin.get("/v1alpha/presets?user=admin"), 400, "bad_field")


def test_server_without_presets_returns_an_empty_list(start_server):
    server = start_server("other", config_text='presets_dir = ""\n')
    assert server.person("admin", ADMIN_PASSWORD).get("/v1alpha/presets").json() == {"presets": []}


def test_sighup_applies_changed_presets_and_keeps_the_old_ones_if_one_is_invalid(server, admin, tmp_path):
    def reload(content, event):
        before = server.log().count(event)
        server.config.write_text(content)
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: server.log().count(event) > before)
        return admin.get("/v1alpha/presets").json()["presets"]

    assert reload(PRESETS.replace("/photos/", "/pictures/"), "event=reloaded")[0]["endpoints"] == ["GET /pictures/**"]
    assert reload(PRESETS.replace("/photos/", "//"), "event=configuration_not_reloaded")[0]["endpoints"] == ["GET /pictures/**"]
    directory = tmp_path / "presets"
    directory.mkdir()
    (directory / "a.toml").write_text('[[preset]]\nname = "a"\nendpoints = ["/a"]\n')
    names = [preset["name"] for preset in reload(PRESETS.replace('presets_dir = ""', f'presets_dir = "{directory}"'), "event=reloaded")]
    assert names == ["photos-read", "Größer", "a"]
