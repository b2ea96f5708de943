# SPDX-License-Identifier: MIT
"""GET /v1alpha/users/?limit=&after=: the list of users by pages."""

import re

import pytest
from support.responses import assert_error
from support.server import ADMIN_PASSWORD

NAMES = ["zoe", "Bob", "a@example.org", "x_1", "carol-2", "d.e"]


@pytest.fixture
def admin(start_with_store):
    server = start_with_store()
    person = server.person("admin", ADMIN_PASSWORD)
    for name in NAMES:
        assert person.post("/v1alpha/users/", {"username": name, "password": "long enough"}).status_code == 201
    return person


def page(admin, query, base="/v1alpha"):
    """Returns the names on a page, and the target of its link to the next one."""
    answer = admin.get(f"{base}/users/{query}")
    assert answer.status_code == 200 and list(answer.json()) == ["users"], answer.text
    link = answer.headers.get("Link")
    return [user["username"] for user in answer.json()["users"]], link and re.fullmatch(r'<([^>]+)>; rel="next"', link).group(1)


@pytest.mark.parametrize("base", ["/v1alpha", "/api/v1alpha"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
def test_links_lead_through_all_users_in_the_order_of_their_creation(admin, base, limit):
    names, link = page(admin, f"?limit={limit}", base)
    pages = [names]
    while link:
        assert link.startswith(base + "/users/?")
        names, link = page(admin, link.removeprefix(base + "/users/"), base)
        pages.append(names)
    assert sum(pages, []) == ["admin", *NAMES]
    assert all(len(names) == limit for names in pages[:-1]) and 1 <= len(pages[-1]) <= limit


def test_list_without_limit_is_complete(admin):
    assert page(admin, "") == (["admin", *NAMES], None)


def test_page_after_the_last_user_is_empty(admin):
    assert page(admin, "?limit=2&after=d.e") == ([], None)


def test_after_ignores_case(admin):
    assert page(admin, "?limit=1&after=bOB")[0] == ["a@example.org"]


def test_link_keeps_what_is_included(admin):
    _, link = page(admin, "?include=last_sign_in&limit=2")
    assert link == "/v1alpha/users/?limit=2&after=zoe&include=last_sign_in"


@pytest.mark.parametrize("query", ["limit=2&after=nobody", "limit=2&after=", "limit=2&after=%00", "limit=2&after=*", "after=zoe", "after="])
def test_unknown_after_and_after_without_limit_are_rejected(admin, query):
    assert "after" in assert_error(admin.get("/v1alpha/users/?" + query), 400, "bad_field")


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=", "limit=-1", "limit=1&limit=2", "colour=red"])
def test_other_parameters_are_rejected(admin, query):
    assert_error(admin.get("/v1alpha/users/?" + query), 400, "bad_field")


def test_user_who_is_deleted_between_two_pages_is_no_cursor_any_more(admin):
    _, link = page(admin, "?limit=2")
    assert admin.delete("/v1alpha/users/zoe").status_code == 200
    assert_error(admin.get(link), 400, "bad_field")


def test_pages_are_forbidden_to_others(admin):
    person = admin.server.person("zoe", "long enough")
    assert_error(person.get("/v1alpha/users/?limit=2"), 403, "forbidden")
