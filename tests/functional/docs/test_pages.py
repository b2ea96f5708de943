# SPDX-License-Identifier: MIT
"""What pages have in common: who they are for. The command line reference agrees with --help."""

import re

import pytest

from support.pages import PAGES, TOP, name_of
from support.server import run_binary

WITHOUT_AUDIENCE = {"README.md"}
CLI_PAGE = (TOP / "docs" / "reference" / "cli.md").read_text()
COMMON = {"--help", "--config", "--store", "--data-dir", "--json"}


@pytest.mark.parametrize("page", [page for page in PAGES if "decisions" not in page.parts], ids=name_of)
def test_page_says_first_for_whom_it_is(page):
    if name_of(page) not in WITHOUT_AUDIENCE:
        title, first = page.read_text().split("\n\n")[:2]
        assert title.startswith("# ") and first.startswith("For "), first


def help_of(*command):
    return run_binary(*command, "--help").stdout


def commands(*group):
    """Yields each command without subcommands, as a tuple of words."""
    listed = re.search(r"^Subcommands:\n((?:  .*\n)+)", help_of(*group), re.MULTILINE)
    if listed is None:
        yield group
        return
    for name in re.findall(r"^  (\S+)", listed[1], re.MULTILINE):
        yield from commands(*group, name)


def section(group):
    return re.search(rf"^## warder {group}\n(.*?)(?=^## |\Z)", CLI_PAGE, re.DOTALL | re.MULTILINE)


def test_every_command_and_option_is_in_the_command_line_reference():
    found = list(commands())
    assert len(found) >= 20, found
    missing = []
    for command in found:
        page = section(command[0])
        if page is None or (len(command) > 1 and f"`warder {' '.join(command)}" not in page[1]):
            missing.append(" ".join(command))
            continue
        options = set(re.findall(r"^ +(?:-\w,)?(--[\w-]+)", help_of(*command), re.MULTILINE)) - COMMON
        missing += [f"{' '.join(command)} {option}" for option in options if f"`{option}" not in page[1]]
    assert missing == []


def test_the_command_line_reference_names_only_options_that_exist():
    offered = {option for command in commands() for option in re.findall(r"--[\w-]+", help_of(*command))} | {"--version"}
    assert sorted(set(re.findall(r"(?<![\w-])--[a-z][\w-]*", CLI_PAGE)) - offered) == []
