# SPDX-License-Identifier: MIT
"""The cookie where the client speaks TLS, to the server or to a proxy in front of it."""

import pytest
from support.answers import assert_refused
from support.server import ADMIN_PASSWORD
from support.tls import config_of, make_certificate
from support.visitor import PLAIN, SECURE, set_cookies

SECURE_ATTRIBUTES = {"httponly": "", "samesite": "Strict", "path": "/", "secure": ""}


@pytest.fixture
def secure(start_server, tmp_path):
    certificate, key = make_certificate(tmp_path)
    server = start_server(config_text=config_of(certificate, key))
    server.session.verify = str(certificate)
    return server


@pytest.fixture
def behind_proxy(start_server):
    """The tests' own address, 127.0.0.1, is a trusted proxy's."""
    return start_server(config_text='trusted_proxies = ["127.0.0.1"]\n')


def test_over_tls_the_cookie_is_bound_to_this_host(secure, open_page):
    page = open_page(server=secure)
    answer = page.sign_in("admin", ADMIN_PASSWORD)
    ((name, _, attributes),) = set_cookies(answer)
    assert name == SECURE and attributes == SECURE_ATTRIBUTES
    assert page.is_signed_in()
    ((name, value, attributes),) = set_cookies(page.delete("/v1alpha/session"))
    assert (name, value) == (SECURE, "") and attributes == {**SECURE_ATTRIBUTES, "max-age": "0"}


def test_plain_session_cookie_over_tls_is_denied(secure, open_page):
    page = open_page(secure.person("admin", ADMIN_PASSWORD), secure)
    assert_refused(page.get("/v1alpha/session", headers={"Cookie": f"{PLAIN}={page.id}"}), 401, "unauthorized")
    assert_refused(page.get("/v1alpha/session", headers={"Cookie": f"{page.cookie}; {PLAIN}={page.id}"}), 401, "unauthorized")
    assert page.is_signed_in()


def test_signing_in_over_tls_takes_the_plain_cookie_away(secure, open_page):
    page = open_page(server=secure)
    page.cookie = f"{PLAIN}=from-before"
    answer = page.sign_in("admin", ADMIN_PASSWORD)
    (kept, gone) = set_cookies(answer)
    assert kept[0] == SECURE and kept[1]
    assert gone[:2] == (PLAIN, "") and gone[2]["max-age"] == "0"


def test_signing_in_without_tls_takes_the_other_cookie_away(warder, open_page):
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
    assert_refused(page.get("/v1alpha/session", headers={"X-Forwarded-Proto": None}), 401, "unauthorized")
    assert_refused(page.get("/v1alpha/session", headers={"Cookie": f"{PLAIN}={page.id}"}), 401, "unauthorized")


@pytest.mark.parametrize("proto", [None, "http", "httpss", "https, http"])
def test_without_it_the_cookie_is_plain(behind_proxy, open_page, proto):
    page = open_page(server=behind_proxy)
    if proto is not None:
        page.headers["X-Forwarded-Proto"] = proto
    ((name, _, attributes),) = set_cookies(page.sign_in("admin", ADMIN_PASSWORD))
    assert name == PLAIN and "secure" not in attributes


def test_x_forwarded_proto_from_untrusted_peer_is_ignored(warder, open_page):
    page = open_page(X_Forwarded_Proto="https")
    ((name, _, attributes),) = set_cookies(page.sign_in("admin", ADMIN_PASSWORD))
    assert name == PLAIN and "secure" not in attributes
    assert page.is_signed_in()
