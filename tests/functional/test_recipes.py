# SPDX-License-Identifier: MIT
"""docs/how-to/applications/: the configuration of each page is valid, its tokens can be minted, and their grants match its routes."""

import json
import tomllib

import pytest
from support.recipes import DIRECTORY, blocks, configuration_of, grants_of
from support.server import run_binary

PAGES = sorted(path.name for path in DIRECTORY.glob("*.md"))


def grants(page):
    """Returns the grants of the tokens and ceilings of a page."""
    return grants_of("\n".join(blocks(page, "sh")))


@pytest.mark.parametrize("page", PAGES)
def test_recipe_configuration_has_no_faults_except_missing_files(page, tmp_path):
    block = configuration_of(page)
    routes = tomllib.loads(block)["route"]
    files = [route["credential"].split(":")[-1] for route in routes] + [route["ca_file"] for route in routes if "ca_file" in route]
    config = tmp_path / "recipe.toml"
    config.write_text(block)
    checked = run_binary("check", "--json", "--config", config, "--data-dir", tmp_path / "none")
    faults = [fault for fault in json.loads(checked.stdout)["faults"] if str(tmp_path / "none") not in fault]
    assert len(faults) == len(files), faults
    assert all(file in " ".join(faults) for file in files), faults


@pytest.mark.parametrize("page", PAGES)
def test_recipe_tokens_can_be_minted_and_their_grants_match_the_routes(page, warder, admin):
    block = configuration_of(page)
    prefixes = [route["prefix"].rstrip("/") + "/" for route in tomllib.loads(block)["route"]]
    assert grants(page)
    admin.mint(page, endpoints=grants(page))
    for grant in grants(page):
        path = next(word for word in grant.split() if word.startswith("/"))
        assert any(f"{path}/".startswith(prefix) for prefix in prefixes), (grant, prefixes)


@pytest.mark.parametrize("page", PAGES)
def test_recipe_page_says_whether_it_was_run(page):
    beginning = (DIRECTORY / page).read_text()[:900]
    assert ("Run here: " in beginning) != ("Not run here" in beginning), page
