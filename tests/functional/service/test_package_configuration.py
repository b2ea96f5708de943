# SPDX-License-Identifier: MIT
"""warder.toml of the Debian package, which is made of the complete file in the configuration reference, has every setting."""

import re
import subprocess
import tomllib

import pytest
from support.server import TOP, run_binary

CONFIG = TOP / "src" / "app" / "config"


@pytest.fixture(scope="module")
def packaged():
    command = ["/usr/bin/python3", TOP / "packaging" / "make_config.py", TOP / "docs" / "reference" / "configuration.md"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def without_comments(packaged):
    """Returns the file with each setting in force."""
    head, settings = packaged.split("\n\n", 1)
    assert all(line.startswith("# ") for line in head.splitlines())
    return re.sub(r"(?m)^# (?:# )?(?=\[\[(?:route|preset)\]\]|\w+ = )", "", settings)


def keys_of(document):
    """Returns the names as in the program's table: listen, tokens.max_life."""
    return {f"{name}.{key}" for name, value in document.items() if isinstance(value, dict) for key in value} | {
        name for name, value in document.items() if not isinstance(value, dict)
    }


def test_packaged_configuration_has_every_setting_of_the_program(packaged):
    document = tomllib.loads(without_comments(packaged))
    (route,), (preset,) = document.pop("route"), document.pop("preset")
    table = re.findall(r'^    \{"([a-z_.]+)", Kind::\w+,\s+(nullptr)?', (CONFIG / "keys.cpp").read_text(), re.MULTILINE)
    assert len(table) > 30
    assert keys_of(document) == {name for name, unsupported in table if not unsupported}
    assert set(route) == set(re.findall(r'\{\.name = "([a-z_]+)"', (CONFIG / "route_keys.cpp").read_text()))
    assert set(preset) == {"name", "description", "endpoints"}


def test_packaged_configuration_sets_only_the_data_directory(packaged):
    assert {name: value for name, value in tomllib.loads(packaged).items() if value} == {"data_dir": "/var/lib/warder"}


def test_program_accepts_the_packaged_configuration_with_and_without_comments(packaged, tmp_path):
    # Not all settings of a route go together.
    for number, content in enumerate((packaged, without_comments(packaged).split("[[route]]")[0])):
        config = tmp_path / f"{number}.toml"
        config.write_text(content)
        faults = run_binary("check", "--config", config, "--data-dir", tmp_path / "data").stderr
        assert str(config) not in faults, faults
