# SPDX-License-Identifier: MIT
"""Signing in and out, expired sessions, and an offline server."""

import json
from pathlib import Path

from selenium.webdriver.common.keys import Keys
from support import exchanges


def test_sign_in_opens_the_requested_page(page, alice):
    page.sign_in(alice.name, alice.password, path="/tokens/new")

    assert page.heading() == "New token"


def test_responses_to_sign_in_and_sign_out_are_recorded_with_their_cookies(page, alice, tmp_path, monkeypatch):
    recorder = exchanges.Recorder(tmp_path)
    monkeypatch.setattr(exchanges, "_recorder", recorder)
    page.sign_in(alice.name, alice.password)
    page.press("Sign out")
    page.until_title("Sign in")

    errors = []

    def changes():
        errors.extend(page.console_errors())
        page.traffic.finish()
        lines = map(json.loads, Path(recorder.file.name).read_text().splitlines())
        return {(line["method"], line["path"], line["status"], "Set-Cookie" in dict(line["headers"])) for line in lines if line["method"] != "GET"}

    page.until(lambda: changes() == {("POST", "/v1alpha/session", 201, True), ("DELETE", "/v1alpha/session", 200, True)})
    assert errors == []


def test_sign_in_page_names_the_server_and_helps_at_the_first_start(page):
    page.open()
    page.until_title("Sign in")
    assert page.server.url.removeprefix("http://") in page.text()
    assert page.script("return document.querySelector('.sign-in img').naturalWidth") > 0
    assert "initial-admin-password" not in page.text()

    page.css("summary")[0].click()

    page.until_says("The password of the user admin was printed on the terminal, or is in the file initial-admin-password of the data directory.")


def test_empty_sign_in_form_marks_both_fields(page):
    page.open()
    page.until_title("Sign in")
    page.press("Sign in")

    page.until_note("Username", "Username is required.")
    page.until_note("Password", "Password is required.")


def test_wrong_password_shows_an_error_and_keeps_the_username(page, alice):
    page.open()
    page.fill("Username", alice.name)
    page.fill("Password", "not the password")
    page.press("Sign in")

    page.until_note("Password", "Incorrect username or password.")
    assert page.focused() == "Password"
    assert page.control("Username").get_attribute("value") == alice.name


def test_repeated_wrong_passwords_show_the_time_to_wait(page, alice):
    page.open()
    page.fill("Username", alice.name)
    for guess in range(6):
        page.fill("Password", f"guess number {guess}")
        page.press("Sign in")
        page.until(lambda: page.css("form[aria-busy=false]"))

    page.until_note("Password", "Too many failed attempts. Try again in ")


def test_sign_out_ends_the_session_and_clears_the_page(signed_in, alice):
    alice.mint("ci runner")
    signed_in.go("/account")
    signed_in.go("/tokens")
    signed_in.until_says("ci runner")

    signed_in.press("Sign out")

    signed_in.until_title("Sign in")
    assert "ci runner" not in signed_in.script("return document.documentElement.textContent")
    signed_in.open("/tokens")
    signed_in.until_title("Sign in")


def test_browser_storage_holds_no_secret(signed_in):
    assert signed_in.script("return [document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]


def test_sign_in_after_an_expired_session_keeps_unsaved_input(signed_in, alice, admin):
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    signed_in.fill("Description", "typed before the session ended")
    signed_in.fill("Path", "/v1alpha/**")
    # The previews have completed, so the button is the first to find the session expired.
    signed_in.until_note("Expires after", "Expires ")
    signed_in.until_note("Path", "/v1alpha/**")
    assert admin.put("/v1alpha/users/alice/password", {"password": "another password"}).status_code == 200

    signed_in.press("Create token")
    signed_in.until(lambda: "Your session has expired" in signed_in.dialog())
    signed_in.fill("Password", "another password")
    signed_in.press("Sign in")

    signed_in.until_title("Token created")
    assert [entry["endpoints"] for entry in warder_tokens(admin)] == [["/v1alpha/**"]]


def warder_tokens(admin):
    return admin.get("/v1alpha/token/?user=alice").json()["jwt_tokens"].values()


def test_closed_session_dialog_reopens_and_keeps_unsaved_input(signed_in, alice, admin):
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    signed_in.fill("Description", "typed before")
    signed_in.until_note("Expires after", "Expires ")
    assert admin.put("/v1alpha/users/alice/password", {"password": "another password"}).status_code == 200
    signed_in.fill("Path", "/**")
    signed_in.until(lambda: signed_in.dialog())

    signed_in.keys(Keys.ESCAPE)

    signed_in.until(lambda: signed_in.dialog())
    signed_in.fill("Password", "another password")
    signed_in.press("Sign in")
    signed_in.until(lambda: not signed_in.dialog())
    assert signed_in.control("Description").get_attribute("value") == "typed before"


def test_sign_in_as_another_user_starts_with_a_fresh_page(signed_in, make_user, admin):
    bob = make_user("bob")
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    signed_in.fill("Description", "what alice typed")
    signed_in.fill("Path", "/**")
    signed_in.until_note("Path", "/**")
    signed_in.until_note("Expires after", "Expires ")
    assert admin.put("/v1alpha/users/alice/password", {"password": "another password"}).status_code == 200
    signed_in.press("Create token")
    signed_in.until(lambda: signed_in.dialog())

    signed_in.fill("Username", bob.name)
    signed_in.fill("Password", bob.password)
    signed_in.press("Sign in")

    signed_in.until(lambda: signed_in.controls("Account: bob"))
    signed_in.settled()
    assert signed_in.control("Description").get_attribute("value") == ""
    assert bob.tokens() == {}


def test_offline_server_shows_a_notice_until_it_is_back(server_on_fixed_port, signed_in, alice):
    server_on_fixed_port.stop()
    signed_in.go("/account")
    signed_in.until(lambda: signed_in.notice() == "Can’t reach the server. Reconnecting…")

    server_on_fixed_port.start()

    signed_in.until(lambda: signed_in.notice() == "Back online.")
    # The restart of the server ended all sessions.
    signed_in.until(lambda: "Your session has expired" in signed_in.dialog())
    signed_in.fill("Password", alice.password)
    signed_in.press("Sign in")
    signed_in.until_title("Account")


def test_change_without_a_response_is_not_repeated(server_on_fixed_port, signed_in, alice):
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    signed_in.fill("Path", "/**")
    signed_in.fill("Test a request", "/")
    signed_in.until_says("→ allowed")
    signed_in.fill("Description", "only once")
    server_on_fixed_port.stop()

    signed_in.press("Create token")

    signed_in.until_says("The server didn’t respond. Check whether the change was saved")
    server_on_fixed_port.start()
    signed_in.until(lambda: signed_in.notice() == "Back online.")
    assert alice.tokens() == {}
    assert signed_in.control("Description").get_attribute("value") == "only once"
    signed_in.press("Create token")
    signed_in.until(lambda: signed_in.dialog())
    signed_in.fill("Password", alice.password)
    signed_in.press("Sign in")
    signed_in.until_title("Token created")
    assert [entry["jwt_token_description"] for entry in alice.tokens().values()] == ["only once"]


def test_sign_in_in_another_tab_keeps_this_one_working(signed_in, alice):
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    first = signed_in.driver.current_window_handle
    signed_in.driver.switch_to.new_window("tab")
    signed_in.driver.get(signed_in.server.url)
    # The new session replaces the one that the first tab uses.
    answer = signed_in.driver.execute_async_script(
        "const [body, done] = arguments; fetch('/v1alpha/session', { method: 'POST', body }).then((answer) => done(answer.status))",
        '{"username": "alice", "password": "%s"}' % alice.password,
    )
    assert answer == 201
    signed_in.driver.close()
    signed_in.driver.switch_to.window(first)

    signed_in.fill("Description", "in the first tab")
    signed_in.fill("Path", "/**")
    signed_in.press("Create token")

    signed_in.until_title("Token created")


GO_BACK_WHILE_LOADING = """
const done = arguments[0], send = window.fetch;
let ask, release, response;
const asked = new Promise((resolve) => (ask = resolve)), released = new Promise((resolve) => (release = resolve));
window.fetch = (...request) => (ask(), (response = released.then(() => send(...request))));
(async () => {
    location.hash = "/account";
    await asked;
    const returned = new Promise((resolve) => addEventListener("hashchange", resolve, { once: true }));
    location.hash = "/tokens";
    await returned;
    window.fetch = send;
    release();
    await (await response).clone().text();
    setTimeout(() => setTimeout(done)); // after the page has read it, too
})();
"""


def test_page_that_is_left_while_it_loads_does_not_appear(signed_in):
    signed_in.driver.execute_async_script(GO_BACK_WHILE_LOADING)

    signed_in.settled()
    assert (signed_in.heading(), signed_in.script("return location.hash")) == ("Tokens", "#/tokens")
