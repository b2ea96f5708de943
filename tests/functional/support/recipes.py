# SPDX-License-Identifier: MIT
"""Code blocks and configurations of docs/how-to/applications/."""

import re

from .server import TOP

DIRECTORY = TOP / "docs" / "how-to" / "applications"


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", (DIRECTORY / page).read_text(), re.DOTALL | re.MULTILINE)


def grants_of(shell):
    """Returns the grants of the commands in a block."""
    return re.findall(r"--endpoint '([^']*)'", shell)


def configuration_of(page, replacements=None):
    """Returns the only configuration of a page, with the given replacements of addresses and paths."""
    (config,) = blocks(page, "toml")
    for written, here in (replacements or {}).items():
        assert written in config, written
        config = config.replace(written, str(here))
    return config
