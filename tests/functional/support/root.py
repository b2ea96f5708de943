# SPDX-License-Identifier: MIT
"""Commands that only root may run, such as changing the owner of files or running as another user."""

import os
import subprocess

NOBODY = 65534
BY_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]


def as_root(*command):
    return subprocess.run([*BY_ROOT, *map(str, command)], capture_output=True, text=True, timeout=60)
