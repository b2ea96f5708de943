# SPDX-License-Identifier: MIT
"""The session cookie when the client uses TLS, to the server or to a trusted proxy in front of it."""

import pytest
from support.responses import assert_error
from support.server import ADMIN_PASSWORD
from support.tls import config_of, make_certificate
from support.ui_client import PLAIN, SECURE, set_cookies

SECURE_ATTRIBUTES = {"httponly": "", "samesite": "Strict", "path": "/", "secure": ""}


@pytest.fixture
def secure(start_server, tmp_path):
    certificate, key = make_certificate(tmp_path)
    server = start_server(config_text=config_of(certificate, key))
    server.session.verify = str(certificate)
    return server


@pytest.fixture
def behind_proxy(start_server):
    """A server that trusts 127.0.0.1, the address of the tests, as a proxy."""
    return start_server(config_text='trusted_proxies = ["127.0.0.1"]\n')


def test_sign_in_over_tls_sets_secure_host_cookie_and_sign_out_expires_it(secure, open_page):
    page = open_page(server=secure)
    answer = page.sign_in("admin", ADMIN_PASSWORD)
    ((name, _, attributes),) = set_cookies(answer)
    assert name == SECURE and attributes == SECURE_ATTRIBUTES
    assert page.is_signed_in()
    ((name, value, attributes),) = set_cookies(page.delete("/v1alpha/session"))
    assert (name, value) == (SECURE, "") and attributes == {**SECURE_ATTRIBUTES, "max-age": "0"}


def test_session_cookie_without_host_prefix_over_tls_is_denied(secure, open_page):
    page = open_page(secure.person("admin", ADMIN_PASSWORD), secure)
    assert_error(page.get("/v1alpha/session", headers={"Cookie": f"{PLAIN}={page.id}"}), 401, "unauthorized")
    assert_error(page.get("/v1alpha/session", headers={"Cookie": f"{page.cookie}; {PLAIN}={page.id}"}), 401, "unauthorized")
    assert page.is_signed_in()


def test_sign_in_over_tls_expires_the_cookie_without_host_prefix(secure, open_page):
    page = open_page(server=secure)
    page.cookie = f"{PLAIN}=from-before"
    answer = page.sign_in("admin", ADMIN_PASSWORD)
    (kept, gone) = set_cookies(answer)
    assert kept[0] == SECURE and kept[1]
    assert gone[:2] == (PLAIN, "") and gone[2]["max-age"] == "0"


def test_sign_in_without_tls_expires_the_host_cookie(warder, open_page):
    page = open_page()
    page.cookie = f"{SECURE}=from-before"
    (kept, gone) = set_cookies(page.sign_in("admin", ADMIN_PASSWORD))
    assert kept[0] == PLAIN and kept[1]
    assert gone == (SECURE, "", {**SECURE_ATTRIBUTES, "max-age": "0"})


def test_x_forwarded_proto_https_from_trusted_proxy_sets_secure_cookie(behind_proxy, open_page):
    page = open_page(server=behind_proxy, X_Forwarded_Proto="https")
    ((name, _, attributes),) = set_cookies(page.sign_in("admin", ADMIN_PASSWORD))
    assert name == SECURE and attributes == SECURE_ATTRIBUTES
    assert page.is_signed_in()
    assert_error(page.get("/v1alpha/session", headers={"X-Forwarded-Proto": None}), 401, "unauthorized")
    assert_error(page.get("/v1alpha/session", headers={"Cookie": f"{PLAIN}={page.id}"}), 401, "unauthorized")


@pytest.mark.parametrize("proto", [None, "http", "httpss", "https, http"])
def test_x_forwarded_proto_that_is_not_https_from_trusted_proxy_sets_cookie_without_secure(behind_proxy, open_page, proto):
    page = open_page(server=behind_proxy)
    if proto is not None:
        page.headers["X-Forwarded-Proto"] = proto
    ((name, _, attributes),) = set_cookies(page.sign_in("admin", ADMIN_PASSWORD))
    assert name == PLAIN and "secure" not in attributes


def test_x_forwarded_proto_from_untrusted_peer_sets_cookie_without_secure(warder, open_page):
    page = open_page(X_Forwarded_Proto="https")
    ((name, _, attributes),) = set_cookies(page.sign_in("admin", ADMIN_PASSWORD))
    assert name == PLAIN and "secure" not in attributes
    assert page.is_signed_in()
