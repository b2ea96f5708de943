# SPDX-License-Identifier: MIT
"""Headers that name a second resource, another method or another path, through each real proxy with the documented configuration."""

import contextlib

import pytest
from support.gunicorn import SPELLINGS, Gunicorn

@pytest.fixture
def gunicorn(tmp_path):
    directory = tmp_path / "gunicorn"
    directory.mkdir()
    with contextlib.closing(Gunicorn(directory)) as server:
        yield server


class TestScriptName:
    @pytest.fixture
    def application(self, gunicorn):
        return gunicorn

    def test_script_name_header_of_a_client_does_not_change_the_served_resource(self, proxied):
        token = proxied.alice.mint("public", endpoints=["/public/**"])
        for name in SPELLINGS:
            answer = proxied.site.raw("/public/admin/secret", [("Authorization", f"Bearer {token}"), (name, "/public"), ("Connection", "close")])
            assert b"THE SECRET" not in answer.body, name
            assert (answer.status, answer.body) == (200, b"public"), name
        assert proxied.site.get("/admin/secret", token).status_code == 403


def test_destination_of_copy_or_move_outside_of_the_grants_is_403(proxied):
    token = proxied.alice.mint("mine", endpoints=["/mine/**"])
    own = f"http://127.0.0.1:{proxied.site.port}"
    for method in ("COPY", "MOVE"):
        for destination in ("/mine/b", f"{own}/mine/b"):
            answer = proxied.site.request(method, "/mine/a", token, headers={"Destination": destination})
            assert answer.status_code == 200, (method, destination)
            assert [value.removeprefix(own) for name, value in answer.json()["headers"] if name.lower() == "destination"][0].endswith("/mine/b")
        proxied.application.seen.clear()
        for destination in ("/other/b", f"{own}/other/b", "http://evil.example.org/mine/b", "/mine/../other/b"):
            assert proxied.site.request(method, "/mine/a", token, headers={"Destination": destination}).status_code == 403, (method, destination)
        assert proxied.site.raw("/mine/a", [("Authorization", f"Bearer {token}"), ("Destination", "/other/b"), ("Destination", "/mine/b")], method).status == 403
        assert not proxied.application.seen


def test_second_of_two_destinations_does_not_reach_the_application(proxied):
    token = proxied.alice.mint("mine", endpoints=["/mine/**"])
    answer = proxied.site.raw("/mine/a", [("Authorization", f"Bearer {token}"), ("Destination", "/mine/b"), ("Destination", "/other/b")], "COPY")
    if answer.status == 200:  # the proxy forwards the first of them to Warder and to the application
        assert [value for name, value in answer.json()["headers"] if name.lower() == "destination"] == ["/mine/b"]
    else:
        assert answer.status == 403


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_method_override_outside_of_the_grants_is_403(proxied, name):
    token = proxied.alice.mint("posts", endpoints=["GET,POST /mine/**"])
    assert proxied.site.request("POST", "/mine/a", token, headers={name: "GET"}).status_code == 200
    proxied.application.seen.clear()
    assert proxied.site.request("POST", "/mine/a", token, headers={name: "DELETE"}).status_code == 403
    answer = proxied.site.request("POST", "/mine/a", token, headers={name.replace("-", "_"): "DELETE"})
    assert answer.status_code == 403 or not [value for key, value in answer.json()["headers"] if value == "DELETE"]


def test_copy_source_outside_of_the_grants_is_403(proxied):
    token = proxied.alice.mint("bucket", endpoints=["GET,PUT /mine/**"])
    assert proxied.site.request("PUT", "/mine/a", token, headers={"X-Amz-Copy-Source": "mine/b"}).status_code == 200
    proxied.application.seen.clear()
    assert proxied.site.request("PUT", "/mine/a", token, headers={"X-Amz-Copy-Source": "private/b"}).status_code == 403
    answer = proxied.site.request("PUT", "/mine/a", token, headers={"X_Amz_Copy_Source": "private/b"})
    assert answer.status_code == 403 or not [value for key, value in answer.json()["headers"] if value == "private/b"]
