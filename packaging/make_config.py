#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes /etc/warder/warder.toml of the package: the complete file of the configuration reference, with every setting in
a comment except for the data directory."""

import re
import sys
from pathlib import Path

HEAD = """\
# The configuration of Warder: warder.toml(5). Each setting is in a comment, with its default.
# Remove the "# " in front of those that you change, then run `warder check` and `systemctl restart warder`.
# Secrets don't belong here, since everyone can read this file: put them into /etc/warder/secrets.
"""
DATA_DIR = 'data_dir = "/var/lib/warder"         # keys, locks and, by default, the store'


def complete_file(page):
    return re.search(r"^## Complete file\n.*?^```toml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)[1]


def line_of_package(line):
    if line.startswith("data_dir = "):
        return DATA_DIR
    # An empty section says nothing, while a setting whose section is still in a comment would be in the wrong one.
    is_kept = not line or re.match(r"# |\[\w+\]$", line)
    return line if is_kept else f"# {line}"


def make_config(page):
    return HEAD + "\n" + "".join(line_of_package(line) + "\n" for line in complete_file(page).splitlines())


if __name__ == "__main__":
    sys.stdout.write(make_config(Path(sys.argv[1]).read_text()))
