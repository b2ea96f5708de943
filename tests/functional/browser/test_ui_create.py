# SPDX-License-Identifier: MIT
"""Making a token: what it lives, what it reaches, and the one time that it is shown."""

import json
import shlex
import subprocess

import pytest
from selenium.webdriver.common.keys import Keys


@pytest.fixture
def form(signed_in):
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    return signed_in


def ready(form, description="ci runner", path="/v1alpha/whoami"):
    form.fill("Description", description)
    form.fill("Path", path)
    form.press("Create token")
    form.until_title(f"“{description}” is ready")
    return form.control("Token").get_attribute("value")


def test_the_token_is_shown_once_and_works(form, alice, warder):
    token = ready(form)

    assert warder.get("/v1alpha/whoami", bearer=token).json()["endpoints"] == ["/v1alpha/whoami"]
    command = form.control("Try it").get_attribute("value")
    assert command == f"curl -H 'Authorization: Bearer {token}' {warder.url}/v1alpha/whoami"

    form.press("I have stored it")
    form.until_title("Tokens")
    assert token not in form.script("return document.documentElement.innerHTML + [...document.querySelectorAll('input')].map((each) => each.value)")


def test_enter_in_a_grant_adds_it_and_makes_no_token(form, alice):
    form.fill("Description", "two grants")
    for path in ("/a/**", "/b/**"):
        form.fill("Path", path)
        form.keys(Keys.ENTER)
    assert form.control("Path").get_attribute("value") == ""
    assert alice.tokens() == {}

    form.press("Create token")
    form.until_title("“two grants” is ready")
    assert [entry["endpoints"] for entry in alice.tokens().values()] == [["/a/**", "/b/**"]]


def test_it_is_copied(form):
    form.driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    token = ready(form)

    form.press("Copy: Token")

    form.until_says("Token: copied.")
    assert form.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])") == token


def test_leaving_without_it_is_asked_about(form):
    ready(form)

    form.press("Tokens")
    form.until(lambda: "Leave without the token?" in form.dialog())
    form.press("Stay")
    assert form.heading() == "“ci runner” is ready"

    form.driver.execute_script("history.go(-2)")
    form.until(lambda: "Leave without the token?" in form.dialog())
    form.press("Stay")
    assert form.heading() == "“ci runner” is ready"

    # Closing the tab or loading another page: the browser's own question.
    assert form.script("const leaving = new Event('beforeunload', { cancelable: true }); dispatchEvent(leaving); return leaving.defaultPrevented")

    form.press("Tokens")
    form.press("Leave")
    form.until_title("Tokens")
    assert not form.script("const leaving = new Event('beforeunload', { cancelable: true }); dispatchEvent(leaving); return leaving.defaultPrevented")


@pytest.mark.parametrize(("life", "said"), [("1h30m", "in 1 hour, 30 minutes."), ("P1Y", "in 1 year."), ("1 week", "in 7 days."), ("soon", 'The life "soon" can\'t be read as a duration.'), ("0 s", "is shorter than one second")])
def test_a_life_is_read_while_it_is_typed(form, life, said):
    form.fill("How long it lives", life)

    form.until_note("How long it lives", said)


def test_a_common_life_is_one_press_away(form):
    form.press("1 day")

    form.until_note("How long it lives", "in 1 day.")


def test_a_refused_life_is_told_beside_it(form, alice):
    form.fill("Description", "ci runner")
    form.fill("Path", "/**")
    form.fill("How long it lives", "never")
    form.press("Create token")

    form.until(lambda: form.focused() == "How long it lives")
    assert "can't be read" in form.note("How long it lives")
    assert alice.tokens() == {}


def test_a_blank_description_is_told_beside_it(form):
    form.fill("Path", "/**")
    form.press("Create token")

    form.until_note("Description", "already exists or is blank")


def test_a_grant_is_put_together_from_fields(form, alice):
    form.fill("Description", "bridge")
    form.press("POST")
    form.fill("Host", "node.example.org")
    form.fill("Path", "/wallet/hot")
    form.fill("RPC methods", "getbalance,list*")
    form.until_note("Path", "POST //node.example.org/wallet/hot rpc:getbalance,list*")
    form.press("Add to the list")
    assert form.control("Grant").get_attribute("value") == "POST //node.example.org/wallet/hot rpc:getbalance,list*"
    assert form.focused() == "Path"
    assert form.control("Path").get_attribute("value") == ""

    # What stands in the fields counts, added or not.
    form.press("GET")
    form.fill("Path", "/rates/**")
    form.press("Create token")

    form.until_title("is ready")
    assert [entry["endpoints"] for entry in alice.tokens().values()] == [["POST //node.example.org/wallet/hot rpc:getbalance,list*", "GET /rates/**"]]


def test_a_grant_is_edited_as_text_and_removed(form, alice):
    for path in ("/one", "/two"):
        form.fill("Path", path)
        form.press("Add to the list")
    first, second = form.controls("Grant")
    first.send_keys("/**")
    form.controls("Remove")[1].click()
    form.fill("Description", "edited")
    form.press("Create token")

    form.until_title("is ready")
    assert [entry["endpoints"] for entry in alice.tokens().values()] == [["/one/**"]]


def test_the_server_points_at_what_is_wrong_with_a_grant_while_it_is_typed(form):
    form.fill("Path", "/a/../b")

    form.until(lambda: form.is_wrong("Path"))
    assert form.note("Path").startswith("At character ")

    form.fill("Path", "/fine")
    form.until(lambda: not form.is_wrong("Path"))


def test_the_wrong_one_of_several_grants_is_the_one_that_is_marked(form):
    form.fill("Path", "/fine")
    form.press("Add to the list")
    form.fill("Path", "/also")
    form.press("Add to the list")
    form.controls("Grant")[1].send_keys("//double")

    form.until(lambda: [each.get_attribute("aria-invalid") for each in form.controls("Grant")] == [None, "true"])


def test_nothing_listed_is_refused_beside_the_fields(form):
    form.fill("Description", "reaches nothing")
    form.press("Create token")

    form.until_note("Path", "An empty list of endpoints would reach nothing")


@pytest.mark.parametrize(
    ("method", "uri", "verdict"),
    [
        ("GET", "/v1alpha/wallets/hot/psbt", "GET /v1alpha/wallets/hot/psbt → allowed by GET /v1alpha/wallets/*/psbt"),
        ("POST", "/v1alpha/wallets/hot/psbt", "POST /v1alpha/wallets/hot/psbt → refused: no grant covers it"),
        ("GET", "/v1alpha/wallets/hot/more/psbt", "→ refused: no grant covers it"),
        ("GET", "/a/../b", 'The key "uri":'),
    ],
)
def test_a_request_is_tried_before_the_token_exists(form, method, uri, verdict):
    form.press("GET")
    form.fill("Path", "/v1alpha/wallets/*/psbt")
    form.choose("Method to try", method)
    form.fill("Try a request", uri)

    form.until(lambda: verdict in form.script("return document.querySelector('output').innerText"))


def test_a_call_is_tried_against_rpc_grants(form):
    form.fill("Path", "/rpc")
    form.press("POST")
    form.fill("RPC methods", "get*")
    form.choose("Method to try", "POST")
    form.fill("Try a request", "/rpc")
    form.until(lambda: form.controls("RPC method to try"))

    for method, verdict in (("getbalance", "allowed by POST /rpc rpc:get*"), ("sendtoaddress", "refused")):
        form.fill("RPC method to try", method)
        form.until(lambda verdict=verdict: verdict in form.script("return document.querySelector('output').innerText"))


def test_a_token_without_limits_is_a_choice(form, alice):
    form.press("Everything you may")
    form.fill("Description", "all of it")
    form.press("Create token")

    form.until_title("is ready")
    assert ["endpoints" in entry for entry in alice.tokens().values()] == [False]


def test_who_has_a_ceiling_is_told_of_it(page, make_user):
    carol = make_user("carol", endpoints=["GET /rates/**"])
    page.sign_in(carol.name, carol.password, path="/tokens/new")

    assert "An administrator has limited your account." in page.text()
    assert "GET /rates/**" in page.text()
    page.press("Everything you may")
    page.fill("Try a request", "/elsewhere")
    page.until_says("GET /elsewhere → refused")


def test_the_command_that_is_shown_is_one_that_works(form, warder):
    ready(form)

    command = shlex.split(form.control("Try it").get_attribute("value"))
    answer = subprocess.run([*command, "--silent", "--noproxy", "*"], capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(answer.stdout)["jwt_token_description"] == "ci runner"
