# SPDX-License-Identifier: MIT
"""Creating a token: expiration, access, and the page that shows it once."""

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


def create_token(form, description="ci runner", path="/v1alpha/whoami"):
    form.fill("Description", description)
    form.fill("Path", path)
    form.press("Create token")
    form.until_title("Token created")
    return form.control("Token").get_attribute("value")


def test_created_token_is_shown_once_and_works(form, alice, warder):
    token = create_token(form)

    assert warder.get("/v1alpha/whoami", bearer=token).json()["endpoints"] == ["/v1alpha/whoami"]
    command = form.control("Test it").get_attribute("value")
    assert command == f"curl -H 'Authorization: Bearer {token}' {warder.url}/v1alpha/whoami"

    form.press("Done")
    form.until_title("Tokens")
    assert token not in form.script("return document.documentElement.innerHTML + [...document.querySelectorAll('input')].map((each) => each.value)")


def test_enter_in_a_grant_field_adds_the_grant_without_submitting(form, alice):
    form.fill("Description", "two grants")
    for path in ("/a/**", "/b/**"):
        form.fill("Path", path)
        form.keys(Keys.ENTER)
    assert form.control("Path").get_attribute("value") == ""
    assert alice.tokens() == {}

    form.press("Create token")
    form.until_title("Token created")
    assert [entry["endpoints"] for entry in alice.tokens().values()] == [["/a/**", "/b/**"]]


def test_copy_button_copies_the_token(form):
    form.driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    token = create_token(form)

    form.press("Copy token")

    form.until_says("Copied to clipboard")
    assert form.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])") == token


def test_leaving_after_copying_the_token_needs_no_confirmation(form):
    form.driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    create_token(form)
    form.press("Copy token")
    form.until_says("Copied to clipboard")

    form.press("Tokens")

    form.until_title("Tokens")


def test_leaving_without_copying_the_token_asks_for_confirmation(form):
    create_token(form)

    form.press("Tokens")
    form.until(lambda: "Leave without copying the token?" in form.dialog())
    form.press("Stay")
    assert form.heading() == "Token created"

    form.driver.execute_script("history.go(-2)")
    form.until(lambda: "Leave without copying the token?" in form.dialog())
    form.press("Stay")
    assert form.heading() == "Token created"

    # When the tab is closed or loads another page, the browser asks for confirmation.
    assert form.script("const leaving = new Event('beforeunload', { cancelable: true }); dispatchEvent(leaving); return leaving.defaultPrevented")

    form.press("Tokens")
    form.press("Leave")
    form.until_title("Tokens")
    assert not form.script("const leaving = new Event('beforeunload', { cancelable: true }); dispatchEvent(leaving); return leaving.defaultPrevented")


@pytest.mark.parametrize(("life", "said"), [("1h30m", "(in 1 hour, 30 minutes)."), ("P1Y", "(in 1 year)."), ("1 week", "(in 7 days)."), ("soon", '"soon" is not a valid duration.'), ("0 s", "is shorter than one second")])
def test_lifetime_shows_its_expiration_while_typing(form, life, said):
    form.fill("Expires after", life)

    form.until_note("Expires after", said)


def test_lifetime_preset_fills_the_field(form):
    form.press("1 day")

    form.until_note("Expires after", "(in 1 day).")


def test_invalid_lifetime_shows_an_error_at_the_field(form, alice):
    form.fill("Description", "ci runner")
    form.fill("Path", "/**")
    form.fill("Expires after", "never")
    form.press("Create token")

    form.until(lambda: form.focused() == "Expires after")
    assert "is not a valid duration" in form.note("Expires after")
    assert alice.tokens() == {}


def test_blank_description_shows_an_error_at_the_field(form):
    form.fill("Path", "/**")
    form.press("Create token")

    form.until_note("Description", "Description is required.")


def test_grant_fields_compose_a_grant(form, alice):
    form.fill("Description", "bridge")
    form.press("POST")
    form.fill("Host", "node.example.org")
    form.fill("Path", "/wallet/hot")
    form.fill("RPC methods", "getbalance,list*")
    form.until_note("Path", "POST //node.example.org/wallet/hot rpc:getbalance,list*")
    form.press("Add")
    assert form.control("Grant").get_attribute("value") == "POST //node.example.org/wallet/hot rpc:getbalance,list*"
    assert form.focused() == "Path"
    assert form.control("Path").get_attribute("value") == ""

    # The grant in the fields counts, whether it was added or not.
    form.press("GET")
    form.fill("Path", "/rates/**")
    form.press("Create token")

    form.until_title("Token created")
    assert [entry["endpoints"] for entry in alice.tokens().values()] == [["POST //node.example.org/wallet/hot rpc:getbalance,list*", "GET /rates/**"]]


def test_added_grant_can_be_edited_and_removed(form, alice):
    for path in ("/one", "/two"):
        form.fill("Path", path)
        form.press("Add")
    first, second = form.controls("Grant")
    first.send_keys("/**")
    form.controls("Remove")[1].click()
    form.fill("Description", "edited")
    form.press("Create token")

    form.until_title("Token created")
    assert [entry["endpoints"] for entry in alice.tokens().values()] == [["/one/**"]]


def test_invalid_grant_shows_the_error_position_while_typing(form):
    form.fill("Path", "/a/../b")

    form.until(lambda: form.is_invalid("Path"))
    assert form.note("Path").startswith("At character ")

    form.fill("Path", "/fine")
    form.until(lambda: not form.is_invalid("Path"))


def test_invalid_grant_among_several_is_the_only_one_marked(form):
    form.fill("Path", "/fine")
    form.press("Add")
    form.fill("Path", "/also")
    form.press("Add")
    form.controls("Grant")[1].send_keys("//double")

    form.until(lambda: [each.get_attribute("aria-invalid") for each in form.controls("Grant")] == [None, "true"])


def test_every_invalid_grant_is_marked_with_its_own_error(form, alice):
    for path in ("/fine", "wallets/hot", "/a/../b", "/also/fine"):
        form.fill("Path", path)
        form.press("Add")
    form.fill("Path", "/{name}")

    invalid = "return [...document.querySelectorAll('.editor .code')].filter((each) => each.ariaInvalid).map((each) => each.value)"
    form.until(lambda: form.script(invalid) == ["wallets/hot", "/a/../b", "/{name}"])
    notes = form.script("return [...document.querySelectorAll('.editor .error')].map((each) => each.innerText)")
    assert len(set(notes)) == 3 and all(note.startswith("At character ") for note in notes), notes

    form.fill("Description", "ci runner")
    form.press("Create token")
    form.until(lambda: form.script("return document.activeElement.value") == "wallets/hot")
    form.until(lambda: form.script(invalid) == ["wallets/hot", "/a/../b", "/{name}"])
    assert alice.tokens() == {}


def test_empty_lifetime_shows_an_error_at_the_field(form, alice):
    form.fill("Description", "ci runner")
    form.fill("Path", "/**")
    form.fill("Expires after", "")
    form.press("Create token")

    form.until_note("Expires after", "Say when the token expires.")
    assert form.focused() == "Expires after"
    assert alice.tokens() == {}


def test_too_long_lifetime_names_the_maximum(form):
    form.fill("Expires after", "11 years")

    form.until_note("Expires after", '"11 years" is longer than the maximum of 10 years')


def test_empty_form_marks_description_and_path(form, alice):
    form.press("Create token")

    form.until(lambda: form.is_invalid("Description") and form.is_invalid("Path"))
    assert form.focused() == "Description"
    assert alice.tokens() == {}


def test_empty_grant_list_shows_an_error_at_the_path(form):
    form.fill("Description", "no access")
    form.press("Create token")

    form.until_note("Path", "Add at least one path.")


@pytest.mark.parametrize(
    ("method", "uri", "verdict"),
    [
        ("GET", "/v1alpha/wallets/hot/psbt", "GET /v1alpha/wallets/hot/psbt → allowed by GET /v1alpha/wallets/*/psbt"),
        ("POST", "/v1alpha/wallets/hot/psbt", "POST /v1alpha/wallets/hot/psbt → not allowed: no grant matches"),
        ("GET", "/v1alpha/wallets/hot/more/psbt", "→ not allowed: no grant matches"),
        ("GET", "/a/../b", 'The path must not contain "." or ".." segments.'),
    ],
)
def test_request_test_shows_whether_a_grant_matches(form, method, uri, verdict):
    form.press("GET")
    form.fill("Path", "/v1alpha/wallets/*/psbt")
    form.choose("Method to test", method)
    form.fill("Test a request", uri)

    form.until(lambda: verdict in form.script("return document.querySelector('output').innerText"))


def test_request_test_checks_the_rpc_method(form):
    form.fill("Path", "/rpc")
    form.press("POST")
    form.fill("RPC methods", "get*")
    form.choose("Method to test", "POST")
    form.fill("Test a request", "/rpc")
    form.until(lambda: form.controls("RPC method to test"))

    for method, verdict in (("getbalance", "allowed by POST /rpc rpc:get*"), ("sendtoaddress", "not allowed")):
        form.fill("RPC method to test", method)
        form.until(lambda verdict=verdict: verdict in form.script("return document.querySelector('output').innerText"))


def test_full_access_creates_an_unscoped_token(form, alice):
    form.press("Full access")
    form.fill("Description", "all of it")
    form.press("Create token")

    form.until_title("Token created")
    assert ["endpoints" in entry for entry in alice.tokens().values()] == [False]


def test_create_page_shows_the_access_limit_of_the_user(page, make_user):
    carol = make_user("carol", endpoints=["GET /rates/**"])
    page.sign_in(carol.name, carol.password, path="/tokens/new")

    assert "Your tokens can only access the following, as set by an administrator:" in page.text()
    assert "GET /rates/**" in page.text()
    page.press("Full access")
    page.fill("Test a request", "/elsewhere")
    page.until_says("GET /elsewhere → not allowed: outside your access limit")


def test_grant_outside_the_access_limit_gets_a_warning(page, make_user):
    carol = make_user("carol", endpoints=["GET /rates/**"])
    page.sign_in(carol.name, carol.password, path="/tokens/new")
    for path in ("/wallets/**", "/rates/eur"):
        page.fill("Path", path)
        page.press("Add")
    page.fill("Path", "/elsewhere")

    warned = "return [...document.querySelectorAll('.editor .code')].map((each) => document.getElementById(each.getAttribute('aria-describedby'))?.innerText.startsWith('Outside your access limit'))"
    page.until(lambda: page.script(warned)[:2] == [True, False] and page.note("Path").startswith("Outside your access limit"))
    assert not page.is_invalid("Path"), "it may be created"


def test_shown_curl_command_works(form, warder):
    create_token(form)

    command = shlex.split(form.control("Test it").get_attribute("value"))
    answer = subprocess.run([*command, "--silent", "--noproxy", "*"], capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(answer.stdout)["jwt_token_description"] == "ci runner"
