# SPDX-License-Identifier: MIT
"""Files that only their owner may read, as the server wants files with secrets."""


def write_secret(path, text):
    path.touch(0o600)
    path.write_text(text)
    return path
