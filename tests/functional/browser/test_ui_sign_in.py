# SPDX-License-Identifier: MIT
"""Signing in and out, and what the page says when the session or the server goes."""

from selenium.webdriver.common.keys import Keys


def test_signing_in_leads_to_where_one_wanted_to_go(page, alice):
    page.sign_in(alice.name, alice.password, path="/tokens/new")

    assert page.heading() == "New token"


def test_a_wrong_password_is_told_beside_it_and_the_name_is_kept(page, alice):
    page.open()
    page.fill("User name", alice.name)
    page.fill("Password", "not the password")
    page.press("Sign in")

    page.until_note("Password", "The user name or the password is wrong.")
    assert page.focused() == "Password"
    assert page.control("User name").get_attribute("value") == alice.name


def test_who_guesses_is_told_for_how_long_to_wait(page, alice):
    page.open()
    page.fill("User name", alice.name)
    for guess in range(6):
        page.fill("Password", f"guess number {guess}")
        page.press("Sign in")
        page.until(lambda: page.css("form[aria-busy=false]"))

    page.until_note("Password", "Too many wrong passwords. Try again in ")


def test_signing_out_ends_the_session_and_shows_nothing_any_more(signed_in, alice):
    alice.mint("ci runner")
    signed_in.go("/account")
    signed_in.go("/tokens")
    signed_in.until_says("ci runner")

    signed_in.press("Sign out")

    signed_in.until_title("Sign in")
    assert "ci runner" not in signed_in.script("return document.documentElement.textContent")
    signed_in.open("/tokens")
    signed_in.until_title("Sign in")


def test_nothing_secret_is_kept_where_scripts_could_read_it(signed_in):
    assert signed_in.script("return [document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]


def test_when_the_session_has_ended_signing_in_again_loses_nothing_that_was_typed(signed_in, alice, admin):
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    signed_in.fill("Description", "typed before the session ended")
    signed_in.fill("Path", "/v1alpha/**")
    # What was asked in passing is answered: the button is the first to find the session gone.
    signed_in.until_note("How long it lives", "Expires ")
    signed_in.until_note("Path", "/v1alpha/**")
    assert admin.put("/v1alpha/users/alice/password", {"password": "another password"}).status_code == 200

    signed_in.press("Create token")
    signed_in.until(lambda: "Your session has ended" in signed_in.dialog())
    signed_in.fill("Password", "another password")
    signed_in.press("Sign in")

    signed_in.until_title("“typed before the session ended” is ready")
    assert [entry["endpoints"] for entry in warder_tokens(admin)] == [["/v1alpha/**"]]


def warder_tokens(admin):
    return admin.get("/v1alpha/token/?user=alice").json()["jwt_tokens"].values()


def test_what_was_typed_outlives_a_closed_question(signed_in, alice, admin):
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    signed_in.fill("Description", "typed before")
    signed_in.until_note("How long it lives", "Expires ")
    assert admin.put("/v1alpha/users/alice/password", {"password": "another password"}).status_code == 200
    signed_in.fill("Path", "/**")
    signed_in.until(lambda: signed_in.dialog())

    signed_in.keys(Keys.ESCAPE)

    signed_in.until(lambda: signed_in.dialog())
    signed_in.fill("Password", "another password")
    signed_in.press("Sign in")
    signed_in.until(lambda: not signed_in.dialog())
    assert signed_in.control("Description").get_attribute("value") == "typed before"


def test_who_else_signs_in_there_starts_afresh(signed_in, make_user, admin):
    bob = make_user("bob")
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    signed_in.fill("Description", "what alice typed")
    signed_in.until_note("How long it lives", "Expires ")
    assert admin.put("/v1alpha/users/alice/password", {"password": "another password"}).status_code == 200
    signed_in.press("Create token")
    signed_in.until(lambda: signed_in.dialog())

    signed_in.fill("User name", bob.name)
    signed_in.fill("Password", bob.password)
    signed_in.press("Sign in")

    signed_in.until(lambda: signed_in.controls("Account of bob"))
    signed_in.settled()
    assert signed_in.control("Description").get_attribute("value") == ""
    assert bob.tokens() == {}


def test_a_server_that_is_away_is_told_of_and_found_again_when_it_is_back(stays_at_port, signed_in, alice):
    stays_at_port.stop()
    signed_in.go("/account")
    signed_in.until(lambda: signed_in.notice() == "The server can’t be reached. Trying again…")

    stays_at_port.start()

    signed_in.until(lambda: signed_in.notice() == "The server is back.")
    # Sessions don't outlive the server that holds them.
    signed_in.until(lambda: "Your session has ended" in signed_in.dialog())
    signed_in.fill("Password", alice.password)
    signed_in.press("Sign in")
    signed_in.until_title("Your account")


def test_a_change_that_the_server_took_away_with_it_is_not_made_twice(stays_at_port, signed_in, alice):
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    signed_in.fill("Path", "/**")
    signed_in.fill("Try a request", "/")
    signed_in.until_says("→ allowed")
    signed_in.fill("Description", "only once")
    stays_at_port.stop()

    signed_in.press("Create token")

    signed_in.until_says("The server went away before it answered. Look whether the change was made")
    stays_at_port.start()
    signed_in.until(lambda: signed_in.notice() == "The server is back.")
    assert alice.tokens() == {}
    assert signed_in.control("Description").get_attribute("value") == "only once"
    signed_in.press("Create token")
    signed_in.until(lambda: signed_in.dialog())
    signed_in.fill("Password", alice.password)
    signed_in.press("Sign in")
    signed_in.until_title("is ready")
    assert [entry["jwt_token_description"] for entry in alice.tokens().values()] == ["only once"]


def test_another_tab_of_the_same_person_does_not_lock_this_one_out(signed_in, alice):
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    first = signed_in.driver.current_window_handle
    signed_in.driver.switch_to.new_window("tab")
    signed_in.driver.get(signed_in.server.url)
    # A new session takes the place of the one that the first tab knows of.
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

    signed_in.until_title("“in the first tab” is ready")
