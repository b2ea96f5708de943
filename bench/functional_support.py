# SPDX-License-Identifier: MIT
"""What the benchmarks share with the functional tests."""
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "tests/functional"))
from support import postgres, specter  # noqa: E402, F401
