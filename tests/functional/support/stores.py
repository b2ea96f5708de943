# SPDX-License-Identifier: MIT
"""The two kinds of store that are files, for tests that run on both."""

KINDS = ["sqlite", "users-json"]


def store_file(kind, directory):
    """Returns the file in which a server that was started in this directory stores users and tokens."""
    return directory / "data" / "warder.db" if kind == "sqlite" else directory / "specter" / "users.json"


def store_setting(kind, directory):
    """Returns the configuration line that selects this kind. The users.json has its own directory, as with Specter."""
    if kind == "sqlite":
        return ""
    file = store_file(kind, directory)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    return f'store = "users-json:{file}"\n'
