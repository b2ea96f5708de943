# SPDX-License-Identifier: MIT
"""The files of the web UI: paths, caching, compression and security headers, and configurations without the UI."""

import gzip
import re

import pytest
from support.responses import assert_error
from support.server import ADMIN_PASSWORD, TOP
from support.ui_client import UiClient
from support.upstream import ok, route

WEB = TOP / "web"
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


def version_of(server):
    return re.search(r"ui/([0-9a-f]{16})/", server.get("/").text).group(1)


@pytest.fixture
def version(warder):
    return version_of(warder)


def test_index_page_is_index_html_with_version_no_cache_and_security_headers(warder, version):
    answer = warder.get("/")
    assert answer.status_code == 200
    assert answer.text == (WEB / "index.html").read_text().replace("@VERSION@", version)
    assert answer.headers["Content-Type"] == TYPES[".html"]
    assert answer.headers["Cache-Control"] == "no-cache"
    assert_kept_in(answer)


def assert_kept_in(answer):
    """Checks the security headers, which each response has."""
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_files_referenced_by_the_index_page_are_served(warder):
    named = re.findall(r'(?:href|src)="(ui/[^"]+)"', warder.get("/").text)
    assert named
    for path in named:
        assert warder.get(f"/{path}").status_code == 200, path


def test_urls_in_the_index_page_and_scripts_are_relative(warder, version):
    text = warder.get("/").text
    named = re.findall(r'(?:href|src)="([^"]*)"', text)
    assert named and all(path.startswith("ui/") for path in named), named
    for file in WEB.glob("*.js"):
        source = warder.get(f"/ui/{version}/{file.name}").text
        absolute = re.findall(r"""(?:from|import|fetch\(|replace\(|BASE =|reach\("[A-Z]+",) ["'`]?(/[^"'`]*)""", source)
        assert not absolute, (file.name, absolute)


def test_files_of_web_directory_are_served_unchanged_and_cached_for_a_year(warder, version):
    files = [file for file in WEB.rglob("*") if file.is_file() and file.name != "index.html"]
    assert files
    for file in files:
        path = f"/ui/{version}/{file.relative_to(WEB)}"
        answer = warder.get(path, headers={"Accept-Encoding": "identity"})
        assert answer.status_code == 200 and answer.content == file.read_bytes(), path
        assert answer.headers["Content-Type"] == TYPES[file.suffix]
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert_kept_in(answer)
    assert sum(file.stat().st_size for file in files) < 90 * 1024


def raw(server, path, *lines, method="GET"):
    return server.raw(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{''.join(line + chr(13) + chr(10) for line in lines)}\r\n".encode())


@pytest.mark.parametrize("accepted, is_packed", [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("gzip;q=0", False), ("identity", False), ("gzip;q=0, *", False), (None, False)])
def test_index_page_is_compressed_only_if_accept_encoding_allows_gzip(warder, accepted, is_packed):
    answer = raw(warder, "/", *([f"Accept-Encoding: {accepted}"] if accepted else []))
    plain = raw(warder, "/").body
    assert answer.header("Vary") == "Accept-Encoding"
    assert answer.header("Content-Encoding") == ("gzip" if is_packed else None)
    assert (gzip.decompress(answer.body) if is_packed else answer.body) == plain


def test_index_page_with_matching_etag_is_304_without_body(warder):
    first = warder.get("/")
    again = warder.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and not again.content
    assert again.headers["ETag"] == first.headers["ETag"] and again.headers["Cache-Control"] == "no-cache"
    assert "Content-Length" not in again.headers and "Content-Type" not in again.headers
    assert_kept_in(again)
    assert warder.get("/", headers={"If-None-Match": '"another"'}).status_code == 200


def test_ui_files_allow_only_get_head_and_options(warder, version):
    for path in ("/", f"/ui/{version}/style.css"):
        get, head = warder.get(path), warder.request("HEAD", path)
        assert head.status_code == 200 and not head.content
        assert {**head.headers, "Date": ""} == {**get.headers, "Date": ""}
        options = warder.request("OPTIONS", path)
        assert options.status_code == 204 and options.headers["Allow"] == "GET, HEAD, OPTIONS"
        for method in ("POST", "PUT", "DELETE", "TRACE"):
            refused = warder.request(method, path, data=b"x" * 100 if method != "TRACE" else None)
            assert_error(refused, 405, "method_not_allowed")
            assert refused.headers["Allow"] == "GET, HEAD, OPTIONS"
            assert_kept_in(refused)


def test_unknown_or_ambiguous_ui_path_is_404(warder, version):
    for path in ("/ui/", f"/ui/{version}", f"/ui/{version}/", f"/ui/{version}/nothing.js", "/ui/0123456789abcdef/style.css", "/ui/style.css", f"/ui/{version}/index.html"):
        refused = warder.get(path)
        assert_error(refused, 404, "not_found")
        assert refused.headers["Cache-Control"] == "no-store", "otherwise an old page would cache it for the new server"
        assert_kept_in(refused)
    for path in ("/ui", "/index.html", "/api/", "//", f"/%75i/{version}/style.css"):
        assert raw(warder, path).status == 404, path
    for path in ("../index.html", "%2e%2e/index.html", "../../etc/passwd", "style.css/", "style%2Ecss", "/style.css"):
        assert raw(warder, f"/ui/{version}/{path}").status == 404, path


def test_index_page_is_served_despite_invalid_credentials_or_cross_site_requests(warder):
    for headers in ({"Authorization": "Bearer nonsense"}, {"Cookie": "warder_session=nonsense"}, {"Sec-Fetch-Site": "cross-site"}):
        assert warder.get("/?from=anywhere", headers=headers).status_code == 200


def test_api_responses_have_nosniff(warder, alice):
    for answer in (alice.get("/v1alpha/whoami"), warder.get("/v1alpha/whoami"), warder.get("/nothing"), warder.get("/healthz/liveness")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


# Configurations without the UI


def assert_off(server, path="/"):
    page = UiClient(server)
    for answer in (page.try_to_sign_in("admin", ADMIN_PASSWORD), page.get("/v1alpha/session"), page.delete("/api/v1alpha/session/"), page.request("OPTIONS", "/v1alpha/session")):
        assert_error(answer, 404, "not_found")
    if path:
        assert_error(page.get(path), 404, "not_found")


def test_disabled_ui_makes_session_endpoint_404(start_server):
    server = start_server(config_text="[ui]\nenabled = false\n")
    assert_off(server)
    assert server.get("/v1alpha/whoami", auth=("admin", ADMIN_PASSWORD)).status_code == 200


def test_ui_disabled_by_environment_variable_makes_session_endpoint_404(start_server):
    assert_off(start_server(env={"WARDER_UI_ENABLED": "false"}))


def test_ui_is_off_with_routes_and_session_requests_reach_no_upstream(start_server, upstream):
    upstream.answer = ok(b"the upstream's")
    server = start_server(config_text=route("/", upstream.url, auth="none"))
    assert_off(server, path=None)
    assert upstream.requests == []
    assert server.get("/").text == "the upstream's", "the route serves the path"
    assert server.get("/ui/x").text == "the upstream's"
    assert "event=ui_disabled " in server.log()


def test_root_is_404_when_routes_turn_the_ui_off(start_server, upstream):
    assert_off(start_server(config_text=route("/a", upstream.url)))


def test_ui_with_same_origin_is_served_with_routes_and_its_paths_reach_no_upstream(start_server, upstream):
    upstream.answer = ok(b"the upstream's")
    server = start_server(config_text="[ui]\nsame_origin = true\n" + route("/", upstream.url, auth="none"))
    version = version_of(server)
    assert server.get(f"/ui/{version}/style.css").status_code == 200
    UiClient(server).sign_in("admin", ADMIN_PASSWORD)
    for path in ("/ui/0123456789abcdef/style.css", f"/%75i/{version}/style.css"):
        assert_error(raw(server, path), 404, "not_found")
    assert upstream.requests == []
    assert server.get("/index.html").text == "the upstream's"


def test_separate_gateway_listener_serves_no_ui_and_forwards_no_session_cookie(start_server, upstream):
    upstream.answer = ok(b"the upstream's")
    server = start_server(config_text='[gateway]\nlisten = "127.0.0.1:0"\n' + route("/", upstream.url, auth="none"))
    assert server.get("/").headers["Content-Type"] == TYPES[".html"]
    page = UiClient(server)
    page.sign_in("admin", ADMIN_PASSWORD)
    gateway = next(line.split(" on ")[1] for line in server.lines if line.startswith("warder: listening on ") and not line.endswith(server.url))
    server.url = gateway
    assert page.get("/").text == "the upstream's"
    assert page.get("/v1alpha/session").text == "the upstream's"
    assert all("warder_session" not in (request.header("Cookie") or "") for request in upstream.requests)
