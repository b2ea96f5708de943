# SPDX-License-Identifier: MIT
"""What is valid in [[preset]] tables and in the files of presets_dir."""

import os

import pytest
from support.server import run_binary

READ = '[[preset]]\nname = "photos-read"\ndescription = "Look at all photos"\nendpoints = ["GET /photos/**"]\n'
WRITE = '[[preset]]\nname = "photos-write"\nendpoints = ["GET /photos/**", "PUT,DELETE /photos/*"]\n'


@pytest.fixture
def directory(tmp_path):
    path = tmp_path / "presets"
    path.mkdir()
    return path


@pytest.mark.parametrize("content", ["preset = []\n", READ, READ + WRITE, '[[preset]]\nname = "Ünïcode and spaces"\nendpoints = ["/**"]\n'])
def test_valid_presets_have_no_faults(check, content):
    assert check(content, WARDER_PRESETS_DIR="") == []


@pytest.mark.parametrize(
    "content, line, right",
    [
        (READ + 'grants = ["/a"]\n', ":5: ", 'unknown key "grants" in [[preset]]: did you mean "endpoints"?'),
        (READ + "color = 1\n", ":5: ", 'unknown key "color" in [[preset]]; the known ones are name, description and endpoints'),
        ('[[preset]]\nendpoints = ["/a"]\n', ":1: ", "this [[preset]] has no name"),
        ('[[preset]]\nname = "a"\n', ":1: ", "this [[preset]] has no endpoints"),
        ('[[preset]]\nname = "a"\nendpoints = []\n', ":3: ", "endpoints is empty, so the preset would allow nothing; expected a list of grants"),
        ('[[preset]]\nname = "a"\nendpoints = "GET /a"\n', ":3: ", "found a string; expected a list of grants"),
        ('[[preset]]\nname = "a"\nendpoints = ["/a",\n  7]\n', ":4: ", "invalid type for an entry of endpoints: found a number"),
        ('[[preset]]\nname = "a"\nendpoints = ["/a",\n  "GET a"]\n', ":4: ", 'invalid grant "GET a" in endpoints: at character 5, a path that begins with a slash must follow'),
        ('[[preset]]\nname = "a"\nendpoints = ["/users/{id}"]\n', ":3: ", 'invalid grant "/users/{id}" in endpoints: at character 8'),
        ('[[preset]]\nname = "a"\nendpoints = [' + ", ".join(['"/a"'] * 65) + "]\n", ":3: ", "at most 64 grants with at most 2048 bytes"),
        ('[[preset]]\nname = 7\nendpoints = ["/a"]\n', ":2: ", "invalid type for name: found a number; expected a text"),
        ('[[preset]]\nname = " "\nendpoints = ["/a"]\n', ":2: ", "it must not be blank"),
        ('[[preset]]\nname = "a "\nendpoints = ["/a"]\n', ":2: ", "it must not begin or end with a space"),
        ('[[preset]]\nname = "a\\u0007"\nendpoints = ["/a"]\n', ":2: ", "it must not contain control characters"),
        (f'[[preset]]\nname = "{"a" * 201}"\nendpoints = ["/a"]\n', ":2: ", "it may have at most 200 characters"),
        (READ + "\n" + READ, ":7: ", 'name "photos-read" is already used by the [[preset]] in line 2'),
        (READ.replace("[[", "[").replace("]]", "]"), ":1: ", "presets are a list of tables: write [[preset]], with two brackets on each side"),
        ('[[preset]]\nname = photos\nendpoints = ["/a"]\n', ":2: ", 'text needs quotes: name = "photos"'),
        ('endpoints = ["/a"]\n', ":1: ", "it belongs under [[preset]]"),
        ("[[presets]]\n", ":1: ", "[[preset]]"),
    ],
)
def test_invalid_preset_error_names_its_line_and_the_correct_form(check, content, line, right):
    (said,) = check(content, WARDER_PRESETS_DIR="")
    assert said.startswith(line) and right in said, said


def test_server_does_not_start_with_an_invalid_preset(tmp_path):
    config = tmp_path / "warder.toml"
    config.write_text('presets_dir = ""\n[[preset]]\nname = "a"\nendpoints = ["GET a"]\n')
    result = run_binary("serve", "--config", config, "--data-dir", tmp_path / "data")
    assert result.returncode == 1 and 'warder.toml:4: invalid grant "GET a"' in result.stderr
    assert not (tmp_path / "data").exists()


def test_preset_variables_are_rejected_because_presets_are_only_in_files(check):
    for name in ("WARDER_PRESET", "WARDER_PRESET_NAME", "WARDER_PRESET_0_ENDPOINTS"):
        (said,) = check("", **{name: "photos", "WARDER_PRESETS_DIR": ""})
        assert name in said and "can only be set in the configuration file and in files in presets_dir" in said, said


def test_faults_of_preset_files_name_the_file_and_the_line(check, directory):
    (directory / "1.toml").write_text(READ + 'listen = "127.0.0.1:1"\n')
    (directory / "2.toml").write_text("\n" + READ)
    (directory / "3.toml").write_text('listen = "127.0.0.1:1"\n')
    (directory / "4.toml").write_text("preset = 1\n")
    (directory / "5.toml").write_text("[[preset]]\nname = \n")
    faults = check(f'presets_dir = "{directory}"\n')
    wanted = [
        ("1.toml:5", 'unknown key "listen" in [[preset]]'),
        ("2.toml:3", f'name "photos-read" is already used by the [[preset]] in {directory}/1.toml:2'),
        ("3.toml:1", 'unknown key "listen": a file in presets_dir has only [[preset]] tables'),
        ("4.toml:1", "presets are a list of tables"),
        ("5.toml:2", "this key has no value"),
    ]
    assert len(faults) == len(wanted), faults
    for fault, (place, what) in zip(faults, wanted):
        assert fault.startswith(f"{directory}/{place}: ") and what in fault, fault


def test_configured_directory_must_exist_and_the_default_one_need_not(check, tmp_path):
    (said,) = check(f'presets_dir = "{tmp_path}/none"\n')
    assert said == f'presets_dir: can\'t read the directory "{tmp_path}/none": No such file or directory'
    if not os.path.exists("/usr/share/warder/presets"):
        assert check("") == check('presets_dir = "/usr/share/warder/presets"\n') == []
