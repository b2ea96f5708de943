# SPDX-License-Identifier: MIT
"""Files that only their owner can read, as the server requires for secrets."""


def write_secret(path, text):
    path.touch(0o600)
    path.write_text(text)
    return path
