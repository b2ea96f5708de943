# SPDX-License-Identifier: MIT
"""Each link between pages leads to a file and heading that exist, and each page is reachable from the index."""

import pytest

from support.pages import PAGES, TOP, anchors_of, links_of, name_of, target_of

INDEX = TOP / "docs" / "README.md"


def faults_of(page):
    for link in links_of(page):
        target, anchor = target_of(page, link)
        if not target.exists():
            yield f"{link}: no such file"
        elif anchor and anchor not in anchors_of(target):
            yield f"{link}: no such heading; there are {', '.join(anchors_of(target))}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_of_page_lead_to_files_and_headings_that_exist(page):
    assert list(faults_of(page)) == []


def test_missing_files_and_headings_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Title\n[a](page.md#title) [b](page.md#other) [c](none.md) `[d](none.md)` [e](https://example.org/none)\n")
    assert [fault.split(":")[0] for fault in faults_of(page)] == ["page.md#other", "none.md"]


def test_every_page_is_reachable_from_the_index():
    reached, waiting = set(), [INDEX]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            waiting += [target_of(page, link)[0] for link in links_of(page)]
    assert [name_of(page) for page in PAGES if page not in reached] == []
