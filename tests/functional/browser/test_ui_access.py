# SPDX-License-Identifier: MIT
"""Accessibility: keyboard, screen readers, small screens, dark mode."""

import subprocess
import types

import pytest
from selenium.webdriver.common.keys import Keys

from support.page import Page
from support.ports import free_port, is_up
from support.server import ADMIN_PASSWORD
from support.waiting import eventually

PAGES = ["/tokens", "/tokens/all", "/tokens/new", "/tokens/ID", "/users", "/users/+", "/users/alice", "/users/alice/tokens/ALICES", "/audit", "/account", "/help", "/nowhere"]

RUN_AXE = """
const done = arguments[0];
axe.run(document, { resultTypes: ["violations", "incomplete"] }).then((result) => done(result.violations.map((each) => `${each.id}: ${each.nodes.map((node) => `${node.html} ${node.failureSummary}`).join("; ")}`)));
"""


@pytest.fixture
def ids(admin, alice, warder):
    """A server with data on every page."""
    own = admin.mint("price ticker on the wall", endpoints=["GET /v1alpha/rates/**", "POST /wallet/hot rpc:getbalance,list*", "/a-rather-long-path/that/goes/on/for/longer/than/a/phone/is/wide/and/then/some"])
    warder.accepts(own)
    admin.mint("gone", life="1 second")
    alices = alice.mint("W" * 200, endpoints=["/**"])
    return {"ID": own.id, "ALICES": alices.id}


def visit(page, path, ids):
    for name, value in ids.items():
        path = path.replace(name, value)
    page.go(path)
    page.until(lambda: page.script("return location.hash") == f"#{path}")
    page.settled()


def violations(page, axe):
    page.script(axe)
    return page.driver.execute_async_script(RUN_AXE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_pass_axe_in_light_and_dark_mode(page, axe, ids, scheme):
    page.prefer(scheme)
    page.open()
    page.until_title("Sign in")
    found = {"sign in": violations(page, axe)}
    page.sign_in("admin", page.server.env["WARDER_ADMIN_PASSWORD"])
    for path in PAGES:
        visit(page, path, ids)
        found[path] = violations(page, axe)
    visit(page, "/tokens/ID", ids)
    for question in ("Renew…", "Revoke…"):
        page.press(question)
        found[question] = violations(page, axe)
        page.press("Cancel")
    page.press("Only the paths listed below")
    page.controls("Grant")[0].send_keys("//")
    page.until(lambda: page.css("[aria-invalid]"))
    found["denied"] = violations(page, axe)
    page.go("/tokens")
    page.until(lambda: page.dialog())
    found["unsaved"] = violations(page, axe)
    page.press("Discard")
    page.until_title("Tokens")
    page.press("Select all")
    found["selected"] = violations(page, axe)
    page.go("/tokens/new")
    page.until_title("New token")
    page.fill("Description", "shown once")
    page.fill("Path", "/**")
    page.press("Create token")
    page.until_title("Token created")
    found["created"] = violations(page, axe)

    assert {place: rules for place, rules in found.items() if rules} == {}


def test_phone_screen_never_scrolls_horizontally(as_admin, ids):
    as_admin.resize(360, 740)
    wide = "return document.documentElement.scrollWidth > 360 ? [...document.querySelectorAll('*')].filter((node) => node.getBoundingClientRect().right > 360).map((node) => node.outerHTML.slice(0, 120)) : []"
    found = {}
    for path in PAGES:
        visit(as_admin, path, ids)
        found[path] = as_admin.script(wide)
    visit(as_admin, "/tokens", ids)
    as_admin.press("Select all")
    found["selected"] = as_admin.script(wide)
    as_admin.press("Revoke…")
    found["question"] = as_admin.script(wide)

    assert {place: nodes for place, nodes in found.items() if nodes} == {}


def test_controls_on_a_phone_are_large_enough_to_touch(as_admin, ids):
    as_admin.resize(360, 740)
    # What a finger can hit is the control or its label. A link within a sentence has the height of its line.
    small = """return [...document.querySelectorAll("a, button, input, select, summary")].filter((node) => node.checkVisibility({ opacityProperty: false }) && !node.matches(".skip, p > a:not(.what a), dd a"))
        .filter((node) => { const { height, width } = (node.closest("label:not(.composer label:has(.code))") ?? node).getBoundingClientRect(); return height < 44 || width < 24; }).map((node) => node.outerHTML.slice(0, 120))"""
    found = {}
    for path in PAGES:
        visit(as_admin, path, ids)
        found[path] = as_admin.script(small)

    assert {place: nodes for place, nodes in found.items() if nodes} == {}


def test_wide_window_shows_facts_and_form_of_a_token_side_by_side(as_admin, ids):
    as_admin.resize(1280, 800)
    visit(as_admin, "/tokens/ID", ids)
    form, facts = as_admin.script("return ['.split form', '.facts'].map((each) => document.querySelector(each).getBoundingClientRect().toJSON())")

    assert facts["left"] >= form["right"] and facts["top"] < form["bottom"]
    assert facts["right"] - form["left"] > 1100


def test_skip_link_moves_the_focus_to_the_content(signed_in):
    signed_in.script("document.activeElement.blur(); scrollTo(0, 0)")
    signed_in.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mousePressed", "x": 1, "y": 1, "button": "left", "clickCount": 1})
    signed_in.keys(Keys.TAB)
    assert signed_in.focused() == "Skip to content"
    assert signed_in.script("return document.activeElement.getBoundingClientRect().left") >= 0

    signed_in.keys(Keys.ENTER)
    signed_in.keys(Keys.TAB)

    assert signed_in.focused() == "New token"


def test_help_is_one_link_away(signed_in):
    signed_in.press("Help")
    signed_in.until_title("Help")

    assert "man warder.toml" in signed_in.text()
    assert signed_in.control("openapi.json").get_attribute("href") == f"{signed_in.server.url}/openapi.json"


def test_keyboard_alone_creates_and_revokes_a_token(page, alice, warder):
    page.open()
    page.until_title("Sign in")
    page.keys(alice.name, Keys.TAB, alice.password, Keys.ENTER)
    page.until_title("Tokens")

    page.tab_to("New token")
    page.keys(Keys.ENTER)
    page.until_title("New token")
    # The title has the focus, so screen readers announce it; the first field is next.
    page.keys(Keys.TAB)
    assert page.focused() == "Description"
    page.keys("by keyboard")
    page.tab_to("1 hour")
    page.keys(Keys.SPACE)
    page.until_note("Expires after", "(in 1 hour).")
    page.tab_to("GET")
    page.keys(Keys.SPACE)
    page.tab_to("Path")
    page.keys("/v1alpha/whoami")
    page.tab_to("Create token")
    page.keys(Keys.ENTER)
    page.until_title("Token created")
    page.tab_to("Token")
    token = page.driver.switch_to.active_element.get_attribute("value")
    assert warder.accepts(token)
    page.tab_to("Done")
    page.keys(Keys.ENTER)
    page.until_title("Tokens")

    page.tab_to("Select by keyboard")
    page.keys(Keys.SPACE)
    page.tab_to("Revoke by keyboard")
    page.keys(Keys.ENTER)
    page.until(lambda: page.dialog())
    page.keys(Keys.ESCAPE)
    page.until(lambda: not page.dialog())
    assert page.focused() == "Revoke by keyboard"
    page.keys(Keys.ENTER)
    page.until(lambda: page.dialog())
    page.tab_to("Revoke")
    page.keys(Keys.ENTER)
    page.until_says("Revoked “by keyboard”.")
    assert not warder.accepts(token)
    assert page.focused() == "Tokens"

    page.tab_to("Sign out")
    page.keys(Keys.ENTER)
    page.until_title("Sign in")


def test_focused_control_has_a_visible_outline(signed_in):
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    seen = set()
    for _ in range(40):
        signed_in.keys(Keys.TAB)
        if signed_in.script("return document.activeElement === document.body"):
            break  # after the last control
        name = signed_in.focused()
        seen.add(name)
        assert signed_in.script("const style = getComputedStyle(document.activeElement); return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2"), name
    assert {"Description", "GET", "Create token", "Cancel"} <= seen


def test_notices_and_counts_have_the_status_role(signed_in, alice):
    for node in ("#notice", ".tools + .list-top [role=status]"):
        assert node == "#notice" or alice.mint("ci runner")
        signed_in.go("/account")
        signed_in.until_title("Account")
        signed_in.go("/tokens")
        signed_in.until_title("Tokens")
        assert signed_in.css(node)[0].get_attribute("role") == "status"


def test_typing_in_a_form_causes_no_layout_shift(signed_in):
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    signed_in.script(
        """window.shifts = [];
        new PerformanceObserver((list) => list.getEntries().forEach((each) => shifts.push(...each.sources.map(({ node, previousRect, currentRect }) => [node?.outerHTML?.slice(0, 80), previousRect.toJSON(), currentRect.toJSON()])))).observe({ type: "layout-shift", buffered: false });"""
    )
    signed_in.fill("Description", "steady")
    signed_in.fill("Expires after", "nonsense")
    signed_in.until(lambda: signed_in.is_invalid("Expires after"))
    signed_in.fill("Expires after", "2 days")
    signed_in.until_note("Expires after", "(in 2 days).")
    signed_in.fill("Path", "/a//b")
    signed_in.until(lambda: signed_in.is_invalid("Path"))
    signed_in.fill("Path", "/a")
    signed_in.fill("Test a request", "/a")
    signed_in.until_says("→ allowed")

    assert signed_in.script("return shifts") == []


def test_ui_behind_a_proxy_sub_path_works(driver, start_server, tmp_path):
    port = free_port()
    server = start_server()
    config = f"""
daemon off; pid {tmp_path}/nginx.pid; error_log stderr;
events {{}}
http {{
    access_log off; client_body_temp_path {tmp_path}/body; proxy_temp_path {tmp_path}/proxy;
    fastcgi_temp_path {tmp_path}/fastcgi; uwsgi_temp_path {tmp_path}/uwsgi; scgi_temp_path {tmp_path}/scgi;
    server {{ listen 127.0.0.1:{port}; location /warder/ {{ proxy_set_header Host $http_host; proxy_pass {server.url}/; }} }}
}}
"""
    (tmp_path / "nginx.conf").write_text(config)
    with subprocess.Popen(["nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]) as nginx:
        try:
            eventually(lambda: is_up(port))
            page = Page(driver, types.SimpleNamespace(url=f"http://127.0.0.1:{port}/warder"))
            page.sign_in("admin", ADMIN_PASSWORD)
            page.go("/users")
            page.until_title("Users")
            assert page.script("return location.pathname") == "/warder/"
            assert page.script("return window.violations ?? []") == []
            page.leave()
        finally:
            nginx.terminate()
