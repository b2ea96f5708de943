# SPDX-License-Identifier: MIT
"""What the tests make Specter's tokens and users with."""
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "tests/functional"))
from support import specter  # noqa: E402, F401
