# SPDX-License-Identifier: MIT
import pytest
from support.responses import assert_error

HEALTH = [("liveness", "i am alive"), ("readyness", "i am ready"), ("readiness", "i am ready")]


@pytest.mark.parametrize("prefix", ["", "/api"])
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("name, message", HEALTH)
def test_health_check_without_credentials_is_200(warder, prefix, slash, name, message):
    answer = warder.get(f"{prefix}/healthz/{name}{slash}")
    assert (answer.status_code, answer.json()) == (200, {"message": message})


@pytest.mark.parametrize("name, message", HEALTH)
def test_health_check_ignores_its_query(warder, name, message):
    for query in ("probe=1", "a=1&a=2", "%zz", "="):
        assert warder.get(f"/healthz/{name}?{query}").json() == {"message": message}


@pytest.mark.parametrize("prefix", ["/v1alpha", "/api/v1alpha"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_management_api_works_under_both_prefixes_with_and_without_trailing_slash(admin, alice, prefix, slash):
    token = alice.mint("one")
    for person, method, path, body, status in [
        (alice, "POST", "/token", {"jwt_token_description": "two", "jwt_token_life": 60}, 201),
        (alice, "GET", "/token", None, 200),
        (alice, "GET", f"/token/{token.id}", None, 200),
        (alice, "PATCH", f"/token/{token.id}", {}, 200),
        (alice, "POST", f"/token/{token.id}/renew", {"overlap": "1 minute"}, 201),
        (alice, "DELETE", f"/token/{token.id}", None, 200),
        (alice, "GET", "/whoami", None, 200),
        (admin, "GET", "/users", None, 200),
        (admin, "POST", "/users", {"username": "carol", "password": "long enough"}, 201),
        (admin, "GET", "/users/carol", None, 200),
        (admin, "PATCH", "/users/carol", {"is_admin": True}, 200),
        (admin, "PUT", "/users/carol/password", {"password": "another one"}, 200),
        (admin, "DELETE", "/users/carol", None, 200),
    ]:
        answer = person.request(method, prefix + path + slash, json=body)
        assert answer.status_code == status, (method, path, answer.text)


@pytest.mark.parametrize("path", ["/v1alpha", "/v1alpha/", "/v1alpha/nothing", "/v1alpha/token/a/b", "/v2/token/", "/V1alpha/whoami", "/v1alpha//whoami"])
def test_unknown_path_is_404(admin, path):
    assert_error(admin.get(path), 404, "not_found")


ALLOWED = {
    "/v1alpha/token/": {"GET", "HEAD", "POST", "OPTIONS"},
    "/v1alpha/token/5e0c6a3f-7a53-4a52-b7f1-7c8e0e1f9a10": {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"},
    "/v1alpha/token/5e0c6a3f-7a53-4a52-b7f1-7c8e0e1f9a10/renew": {"POST", "OPTIONS"},
    "/v1alpha/whoami": {"GET", "HEAD", "OPTIONS"},
    "/v1alpha/users/": {"GET", "HEAD", "POST", "OPTIONS"},
    "/v1alpha/users/alice": {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"},
    "/v1alpha/users/alice/password": {"PUT", "OPTIONS"},
    "/v1alpha/presets": {"GET", "HEAD", "OPTIONS"},
    "/v1alpha/users/alice/tokens": {"DELETE", "OPTIONS"},
    "/v1alpha/users/alice/sessions": {"DELETE", "OPTIONS"},
    "/v1alpha/sessions/": {"GET", "HEAD", "DELETE", "OPTIONS"},
    "/v1alpha/sessions/0123456789abcdef0123456789abcdef": {"DELETE", "OPTIONS"},
    "/v1alpha/server": {"GET", "HEAD", "OPTIONS"},
    "/v1alpha/preview": {"POST", "OPTIONS"},
    "/v1alpha/introspect": {"POST", "OPTIONS"},
    "/v1alpha/revoke": {"POST", "OPTIONS"},
    "/v1alpha/session": {"GET", "HEAD", "POST", "DELETE", "OPTIONS"},
    "/v1alpha/audit": {"GET", "HEAD", "OPTIONS"},
    "/openapi.json": {"GET", "HEAD", "OPTIONS"},
    "/healthz/readiness": {"GET", "HEAD", "OPTIONS"},
    "/healthz/readyness": {"GET", "HEAD", "OPTIONS"},
    "/healthz/liveness": {"GET", "HEAD", "OPTIONS"},
}


@pytest.mark.parametrize("path", ALLOWED)
def test_options_lists_the_allowed_methods(warder, path):
    answer = warder.request("OPTIONS", path)
    assert answer.status_code == 204 and answer.content == b""
    assert {method.strip() for method in answer.headers["Allow"].split(",")} == ALLOWED[path]


@pytest.mark.parametrize("path", ALLOWED)
def test_other_methods_are_405_with_allow(warder, path):
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get"} - ALLOWED[path]:
        answer = warder.request(method, path) if method != "get" else warder.raw(f"get {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert_error(answer, 405, "method_not_allowed")
        allow = answer.headers["Allow"] if hasattr(answer, "raw") else answer.header("Allow")
        assert {one.strip() for one in allow.split(",")} == ALLOWED[path]


@pytest.mark.parametrize("path", ["/v1alpha/whoami", "/v1alpha/token/", "/v1alpha/users/alice", "/healthz/liveness", "/v1alpha/nothing"])
def test_head_matches_get_without_the_body(alice, path):
    alice.mint("one")
    get, head = alice.get(path), alice.request("HEAD", path)
    assert head.status_code == get.status_code and head.content == b""
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


@pytest.mark.parametrize("target", ["CONNECT example.org:443", "CONNECT /v1alpha/whoami", "TRACE /v1alpha/whoami", "CONNECT 127.0.0.1:1"])
def test_connect_and_trace_are_405_in_any_form(warder, target):
    answer = warder.raw(f"{target} HTTP/1.1\r\nHost: {target.split(' ')[1] if ':' in target else 'x'}\r\n\r\n".encode())
    assert_error(answer, 405, "method_not_allowed")
    assert answer.header("Allow")


def test_options_asterisk_is_204_with_allow(warder):
    answer = warder.raw(b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.status == 204 and answer.header("Allow")


# Browsers


BODY = {"jwt_token_description": "one", "jwt_token_life": 60}


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
    + [{"Origin": "http://127.0.0.1:1"}, {"Origin": "nonsense"}, {"Origin": ""}],
)
def test_cross_site_change_is_denied_while_cross_site_read_is_allowed(alice, headers):
    assert_error(alice.post("/v1alpha/token/", BODY, headers=headers), 403, "cross_site")
    assert alice.tokens() == {}
    assert alice.get("/v1alpha/whoami", headers=headers).status_code == 200


def test_cross_site_denial_names_the_origins_of_request_and_server(alice):
    headers = {"Host": "warder.example:8441", "Origin": "https://evil.example"}
    message = alice.post("/v1alpha/token/", BODY, headers=headers).json()["message"]
    assert '"https://evil.example"' in message and '"https://warder.example:8441"' in message
    message = alice.post("/v1alpha/token/", BODY, headers={"Sec-Fetch-Site": "same-site"}).json()["message"]
    assert '"same-site"' in message and "same-origin" in message


def test_cross_site_denial_escapes_and_truncates_the_origin(alice):
    message = alice.post("/v1alpha/token/", BODY, headers={"Origin": 'https://"' + "a" * 1000}).json()["message"]
    assert "a" * 129 not in message and len(message) < 600


SECRET = "hunter2 and more"


@pytest.mark.parametrize("path", ["/v1alpha/token/", "/v1alpha/users/", "/v1alpha/session", "/v1alpha/preview", "/v1alpha/introspect", "/v1alpha/revoke", "/v1alpha/users/admin/password"])
@pytest.mark.parametrize(
    "body",
    [
        f'{{"password": "{SECRET}"',
        f'{{"username": "admin", "password": ["{SECRET}"]}}',
        f'{{"password": "{SECRET}", "password": "{SECRET}"}}',
        f'"{SECRET}"',
        f"password={SECRET}%",
        f"{SECRET}=password",
        f'{{"x": "{SECRET}\u0001", "password": "{SECRET}"}}',
        f"{SECRET}\xff",
    ],
)
def test_error_never_echoes_a_body_value(admin, path, body):
    method = "PUT" if path.endswith("/password") else "POST"
    answer = admin.request(method, path, data=body.encode("latin-1"))
    assert answer.status_code in (400, 401, 403), answer.text
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "OWN"}])
def test_change_with_same_origin_or_user_initiated_fetch_metadata_is_allowed(warder, alice, headers):
    headers = {name: warder.url if value == "OWN" else value for name, value in headers.items()}
    assert alice.post("/v1alpha/token/", BODY, headers=headers).status_code == 201


@pytest.mark.parametrize(
    "host, origin", [("w.example", "http://w.example:80"), ("w.example", "https://W.example"), ("w.example:443", "https://w.example"), ("w.example:80", "http://w.example")]
)
def test_origin_check_ignores_default_ports(alice, host, origin):
    assert alice.post("/v1alpha/token/", BODY, headers={"Host": host, "Origin": origin}).status_code == 201
