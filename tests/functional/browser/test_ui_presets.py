# SPDX-License-Identifier: MIT
"""The presets in the form for a new token: chosen by mouse and by keyboard, and changed afterwards."""

import pytest
from selenium.webdriver.common.keys import Keys

from support.page import Page
from support.server import ADMIN_PASSWORD

AXE_RUN = "const done = arguments[0]; axe.run(document, { resultTypes: ['violations'] }).then((result) => done(result.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html)}`)));"

PRESETS = """presets_dir = ""
[[preset]]
name = "photos-read"
description = "Look at all photos; can't change any"
endpoints = ["GET /photos/**"]
[[preset]]
name = "<b>wallet</b>"
endpoints = ["POST /wallet/hot rpc:getbalance,listunspent,gettransaction,listtransactions,getreceivedbyaddress", "GET /photos/**"]
"""


@pytest.fixture
def warder(start_server):
    return start_server(config_text=PRESETS)


@pytest.fixture
def form(signed_in):
    signed_in.go("/tokens/new")
    signed_in.until_title("New token")
    return signed_in


def grants_in(form):
    return form.script("return [...document.querySelectorAll('[aria-label=Grant]')].map((each) => each.value)")


def created_grants(form, alice):
    form.press("Create token")
    form.until_title("Token created")
    return [entry.get("endpoints") for entry in alice.tokens().values()]


def test_chosen_preset_shows_its_description_and_grants_and_adds_them_to_the_editable_list(form, alice):
    form.fill("Description", "screen in the hall")
    assert form.note("Preset") == "Adds its paths to the list below, where you can still change them."
    assert not form.control("Add preset").is_enabled()
    form.choose("Preset", "0")
    assert form.note("Preset").split("\n") == ["Look at all photos; can't change any", "GET /photos/**"]
    assert grants_in(form) == []
    form.press("Add preset")
    assert grants_in(form) == ["GET /photos/**"] and form.note("Preset") == "Added “photos-read” to the list below."
    form.fill("Grant", "GET /photos/2026/*")
    assert created_grants(form, alice) == [["GET /photos/2026/*"]]


def test_presets_are_combined_with_each_grant_once(form, alice):
    form.fill("Description", "both")
    form.fill("Path", "/mine")
    form.keys(Keys.ENTER)
    for preset in ("0", "1", "0"):
        form.choose("Preset", preset)
        form.press("Add preset")
    assert form.note("Preset") == "The list below already has everything in “photos-read”."
    (grants,) = created_grants(form, alice)
    assert grants == ["/mine", "GET /photos/**", "POST /wallet/hot rpc:getbalance,listunspent,gettransaction,listtransactions,getreceivedbyaddress"]


def test_preset_replaces_full_access(form, alice):
    form.fill("Description", "narrow")
    form.press("Full access")
    form.choose("Preset", "0")
    form.press("Add preset")
    assert form.control("Only the paths listed below").is_selected()
    assert created_grants(form, alice) == [["GET /photos/**"]]


def test_preset_is_added_by_keyboard_before_all_other_controls_of_the_access_section(form):
    form.tab_to("Preset")
    form.keys("p")
    form.until_note("Preset", "GET /photos/**")
    form.keys(Keys.TAB)
    assert form.focused() == "Add preset"
    form.keys(Keys.ENTER)
    assert grants_in(form) == ["GET /photos/**"]
    assert form.focused() == "Preset"
    form.keys(Keys.TAB)
    assert form.focused() == "Only the paths listed below"


def test_picker_passes_axe_and_fits_a_phone(form, axe):
    form.resize(360)
    form.choose("Preset", "1")
    form.until_note("Preset", "rpc:getbalance")
    form.script(axe)
    assert form.driver.execute_async_script(AXE_RUN) == []
    assert form.script("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    form.press("Add preset")
    assert form.script("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_administrator_is_offered_presets_for_the_token_of_a_service_account(as_admin, admin):
    assert admin.post("/v1alpha/users/", {"username": "robot"}).status_code == 201
    as_admin.go("/users/robot/tokens/+")
    as_admin.until_title("New token of robot")
    as_admin.choose("Preset", "0")
    as_admin.press("Add preset")
    assert grants_in(as_admin) == ["GET /photos/**"]


def test_page_of_a_token_offers_no_presets(form, alice):
    token = alice.mint("one", endpoints=["/a"])
    form.go(f"/tokens/{token.id}")
    form.until_title("one")
    assert form.controls("Preset") == []


def test_form_has_no_picker_if_there_are_no_presets(start_server, driver):
    server = start_server("other", config_text='presets_dir = ""\n')
    page = Page(driver, server)
    page.reset()
    page.sign_in("admin", ADMIN_PASSWORD, "/tokens/new")
    page.until_title("New token")
    assert page.control("Path") and page.controls("Preset") == []
    page.leave()
