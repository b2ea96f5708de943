# SPDX-License-Identifier: MIT
"""The checker in tests/cluster: three nodes, concurrent clients, and faults one after another."""

import os
import subprocess
import sys

import pytest
from support.server import BINARY, TOP

SECONDS = float(os.environ.get("WARDER_CHECKER_SECONDS", "20"))


@pytest.mark.timeout(SECONDS + 240)
def test_no_promise_is_broken_while_faults_are_injected():
    command = [sys.executable, "-m", "checker", "--seconds", str(SECONDS)]
    environment = {**os.environ, "WARDER_BIN": str(BINARY)}
    result = subprocess.run(command, cwd=TOP / "tests" / "cluster", env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(result.stdout)
    assert result.returncode == 0 and "violations: 0" in result.stdout, result.stdout
