# SPDX-License-Identifier: MIT
"""The tables of errors, denial reasons and log events agree with the source."""

import re

from support.pages import TOP

SOURCES = [path.read_text() for path in (TOP / "src").rglob("*.[ch]pp")]
HEADERS = [path.read_text() for path in (TOP / "include").rglob("*.hpp")]
REFERENCE = TOP / "docs" / "reference"


def test_denial_reasons_have_the_status_and_error_of_the_source():
    rules = re.findall(r'\{DenialReason::k\w+,\s*"([a-z_]+)",\s*(\d+),\s*"([a-z_]+)"', (TOP / "src" / "auth" / "denial_reason.hpp").read_text())
    page = (REFERENCE / "errors.md").read_text().split("## Denial reasons")[1]
    assert len(rules) >= 28
    assert re.findall(r"^\| `([a-z_]+)` \| (\d+) \| `([a-z_]+)` \|", page, re.MULTILINE) == rules


def test_errors_of_the_source_are_all_in_the_table():
    slugs = set(re.findall(r'\{Error::k\w+, \d+, "([a-z_]+)"', "".join(SOURCES))) | set(re.findall(r'error_response\(\d+, "([a-z_]+)"', "".join(SOURCES)))
    page = (REFERENCE / "errors.md").read_text().split("## Denial reasons")[0]
    assert len(slugs) >= 15
    assert sorted(slug for slug in slugs if f"`{slug}`" not in page) == []


def test_log_events_of_the_source_are_all_in_the_table():
    events = set(re.findall(r'(?:->|\.)(?:debug|info|warning|error)\(\s*"([a-z]+(?:_[a-z]+)+)"', "".join(SOURCES)))
    page = (REFERENCE / "log-events.md").read_text()
    assert len(events) >= 25
    assert sorted(event for event in events if f"`{event}`" not in page) == []


def test_names_in_the_glossary_exist_in_the_source():
    table = (REFERENCE / "glossary.md").read_text().split("## Names in the code")[1]
    names = {name for row in re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE) for name in re.findall(r"`(?:\w+::)?(\w+)`", row)}
    declared = "".join(SOURCES + HEADERS)
    assert len(names) >= 40
    assert sorted(name for name in names if not re.search(rf"\b(?:class|struct|enum class|using) {name}\b|\b{name}(?:\(|,|\b = |;)", declared)) == []
