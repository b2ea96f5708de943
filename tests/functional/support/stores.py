# SPDX-License-Identifier: MIT
"""The two kinds of store, for tests that hold for either."""

KINDS = ["sqlite", "users-json"]


def store_file(kind, folder):
    """Where the users and tokens of a server that was started in this folder are."""
    return folder / "data" / "warder.db" if kind == "sqlite" else folder / "specter" / "users.json"


def store_setting(kind, folder):
    """The configuration line that selects the kind; the users.json is in a directory of its own, as Specter has it."""
    if kind == "sqlite":
        return ""
    file = store_file(kind, folder)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    return f'store = "users-json:{file}"\n'
