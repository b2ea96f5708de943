# SPDX-License-Identifier: MIT
"""Hostile input is shown as text; requests from other sites are rejected."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

HOSTILE = [
    "<img src=x onerror=pwned=1>",
    "<script>pwned=1</script>",
    "\"><svg/onload=pwned=1>",
    "javascript:pwned=1",
    "{{constructor.constructor('pwned=1')()}}",
    "' onfocus=pwned=1 autofocus='",
    "</title></main><iframe srcdoc='<script>parent.pwned=1</script>'>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_description_is_text_on_every_page(as_admin, alice, text):
    token = alice.mint(text)
    for path in ("/tokens/all", "/users/alice", f"/users/alice/tokens/{token.id}"):
        as_admin.go(path)
        as_admin.until_says(text)
        assert as_admin.script("return document.querySelectorAll('main img, main script, svg, iframe, [onerror], [onload], [onfocus]').length") == 0
        assert as_admin.script("return typeof pwned") == "undefined"
    as_admin.press("Revoke…")
    as_admin.until(lambda: text in as_admin.dialog())
    as_admin.press("Cancel")
    # The title of the tab is text as well.
    assert as_admin.driver.title == f"{text} · Warder"


def test_hostile_description_of_a_created_token_is_text_in_the_list(signed_in):
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    signed_in.fill("Description", HOSTILE[0])
    signed_in.fill("Path", "/**")
    signed_in.press("Create token")

    signed_in.until_title("Token created")
    signed_in.press("Done")
    signed_in.until_title("Tokens")
    signed_in.until_says(HOSTILE[0])
    assert signed_in.script("return document.querySelectorAll('main img').length") == 0


def test_username_with_special_characters_has_working_links(as_admin, make_user):
    name = "a.b_c-d@example.org"
    make_user(name).mint("ci runner")
    as_admin.press("Users")
    as_admin.press(name)

    as_admin.until_title(name)
    as_admin.press("ci runner")
    as_admin.until_title("ci runner")
    as_admin.driver.refresh()
    as_admin.until_title("ci runner")


@pytest.mark.parametrize("path", ["/users/%", "/users/%3Cimg%20src=x%20onerror=pwned=1%3E", "/tokens/..%2F..%2Fusers", "/tokens/%00", "/nowhere"])
def test_invalid_address_shows_an_error_page(as_admin, path):
    as_admin.open(path)

    as_admin.until(lambda: as_admin.heading() in ("Page not found", "Something went wrong"))
    assert as_admin.script("return typeof pwned") == "undefined"


def test_change_without_csrf_token_is_rejected(signed_in, alice):
    answer = signed_in.driver.execute_async_script(
        """const done = arguments[0];
        fetch("/v1alpha/token/", { method: "POST", body: JSON.stringify({ jwt_token_description: "forged", jwt_token_life: "1 day" }) })
            .then((answer) => answer.json()).then((answer) => done(answer.error))"""
    )

    assert answer == "csrf"
    assert alice.tokens() == {}


@contextmanager
def other_site(html):
    """A page of another origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = html.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_form_and_script_of_another_site_change_nothing(signed_in, alice):
    body = '{"jwt_token_description": "forged", "jwt_token_life": "1 day", "endpoints": ["/**'
    html = f"""<iframe name=frame></iframe>
        <form method=post enctype=text/plain action={signed_in.server.url}/v1alpha/token/ target=frame><input name='{body}' value='"]}}'></form>
        <script>document.forms[0].submit(); fetch("{signed_in.server.url}/v1alpha/token/", {{method: "POST", mode: "no-cors", credentials: "include", body: "{{}}"}}).finally(() => document.title = "tried")</script>"""
    with other_site(html) as url:
        signed_in.driver.get(url)
        signed_in.until(lambda: signed_in.driver.title == "tried")
        signed_in.until(lambda: signed_in.script("return document.readyState") == "complete")

    assert alice.tokens() == {}
    signed_in.console_errors()  # discards the console errors of the other site


def test_frame_on_another_site_stays_empty(signed_in):
    with other_site(f"<iframe src={signed_in.server.url}/ onload='document.title = \"loaded\"'></iframe>") as url:
        signed_in.driver.get(url)
        signed_in.until(lambda: signed_in.driver.title == "loaded")
        signed_in.driver.switch_to.frame(0)
        assert signed_in.css("#main") == []
        signed_in.driver.switch_to.default_content()

    assert any("frame-ancestors" in error for error in signed_in.console_errors())


def test_resources_all_come_from_this_server(signed_in):
    for path in ("/tokens", "/tokens/new", "/account"):
        signed_in.go(path)
        signed_in.settled()

    loaded = signed_in.script("return performance.getEntriesByType('resource').map((each) => each.name)")

    assert loaded
    assert [url for url in loaded if not url.startswith(signed_in.server.url + "/")] == []
