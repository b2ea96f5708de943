# SPDX-License-Identifier: MIT
"""Code blocks and configurations of docs/recipes/."""

import re

from .server import TOP

DIRECTORY = TOP / "docs" / "recipes"


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", (DIRECTORY / page).read_text(), re.DOTALL | re.MULTILINE)


def configuration_of(page, replacements=None):
    """Returns the only configuration of a page, with the given replacements of addresses and paths."""
    (config,) = blocks(page, "toml")
    for written, here in (replacements or {}).items():
        assert written in config, written
        config = config.replace(written, str(here))
    return config
