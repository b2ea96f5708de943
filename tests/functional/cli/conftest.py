# SPDX-License-Identifier: MIT
import json

import pytest
from support.server import clean_environment, run_binary


@pytest.fixture
def check(warder, tmp_path):
    """Returns the faults that `warder check` reports in a configuration, each without the name of the file; the data directory is valid."""
    path = tmp_path / "warder.toml"

    def check(content, **env):
        path.write_text(content)
        result = run_binary("check", "--json", "--config", path, "--data-dir", warder.data_dir, env=clean_environment(**env))
        report = json.loads(result.stdout)
        assert result.returncode == (1 if report["faults"] else 0) and report["ok"] is (not report["faults"])
        for fault in report["faults"]:
            assert fault.isascii() and fault.isprintable(), fault
        return [fault.removeprefix(str(path)) for fault in report["faults"]]

    return check
