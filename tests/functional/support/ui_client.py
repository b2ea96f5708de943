# SPDX-License-Identifier: MIT
"""A client that sends the requests of the web UI: with the session cookie of the browser and the CSRF token of the script."""

from http.cookiejar import DefaultCookiePolicy
from http.cookies import SimpleCookie

import requests

PLAIN, SECURE = "warder_session", "__Host-warder_session"


class UiClient:
    def __init__(self, server, **headers):
        """`headers` are sent with each request, such as those that a browser or a proxy adds."""
        self.server, self.headers = server, {name.replace("_", "-"): value for name, value in headers.items()}
        self.cookie = self.csrf = None
        # Only the cookie that the test sets is sent; requests must not store any.
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = server.session.verify
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def request(self, method, path, *, headers=None, **options):
        sent = {**self.headers}
        if self.cookie is not None:
            sent["Cookie"] = self.cookie
        if self.csrf is not None and method not in ("GET", "HEAD", "OPTIONS"):
            sent["X-Warder-CSRF"] = self.csrf
        sent.update(headers or {})
        sent = {name: value for name, value in sent.items() if value is not None}
        return self.server.request(method, path, headers=sent, session=self.session, **options)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, json=None, **options):
        return self.request("POST", path, json=json, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def try_to_sign_in(self, username, password, **options):
        return self.post("/v1alpha/session", {"username": username, "password": password}, **options)

    def sign_in(self, username, password, **options):
        answer = self.try_to_sign_in(username, password, **options)
        assert answer.status_code == 201, answer.text
        self.csrf = answer.json()["csrf_token"]
        name, value, _ = set_cookies(answer)[0]
        self.cookie = f"{name}={value}"
        return answer

    def is_signed_in(self):
        status = self.get("/v1alpha/session").status_code
        assert status in (200, 401), status
        return status == 200

    @property
    def id(self):
        return self.cookie.split("=", 1)[1]


def set_cookies(answer):
    """Returns the Set-Cookie headers as (name, value, {attribute: value}), with attributes in lower case."""
    lines = answer.raw.headers.getlist("Set-Cookie")
    cookies = []
    for line in lines:
        pair, *attributes = [part.strip() for part in line.split(";")]
        name, value = pair.split("=", 1)
        cookies.append((name, value, {a.split("=")[0].lower(): a.partition("=")[2] for a in attributes}))
        assert SimpleCookie(line), line
    return cookies
