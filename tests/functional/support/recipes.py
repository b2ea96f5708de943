# SPDX-License-Identifier: MIT
"""What stands in docs/recipes/."""

import re

from .server import TOP

FOLDER = TOP / "docs" / "recipes"


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", (FOLDER / page).read_text(), re.DOTALL | re.MULTILINE)


def configuration_of(page, replacements=None):
    """The page's one configuration as it stands, but for what differs from machine to machine: addresses and files."""
    (config,) = blocks(page, "toml")
    for written, here in (replacements or {}).items():
        assert written in config, written
        config = config.replace(written, str(here))
    return config
