# SPDX-License-Identifier: MIT
"""Presets on the command line: in which order they are offered, and the commands that use them."""

import json
import shutil
import subprocess

import pytest
from support.server import ADMIN_PASSWORD, BINARY, clean_environment, run_binary

READ = '[[preset]]\nname = "photos-read"\ndescription = "Look at all photos"\nendpoints = ["GET /photos/**"]\n'
WRITE = '[[preset]]\nname = "photos-write"\nendpoints = ["GET /photos/**", "PUT,DELETE /photos/*"]\n'


@pytest.fixture
def directory(tmp_path):
    path = tmp_path / "presets"
    path.mkdir()
    return path


@pytest.fixture
def names_of(tmp_path):
    """Returns the names of the presets of a configuration, in their order."""

    def names(content, **env):
        config = tmp_path / "names.toml"
        config.write_text(content)
        listed = run_binary("preset", "list", "--json", "--config", config, env=clean_environment(**env))
        assert listed.returncode == 0, listed.stderr
        return [preset["name"] for preset in json.loads(listed.stdout)["presets"]]

    return names


def test_presets_of_the_file_come_first_then_those_of_the_directory_by_file_name(names_of, directory):
    (directory / "b.toml").write_text(READ.replace("photos-read", "b"))
    (directory / "a.toml").write_text(READ.replace("photos-read", "z") + READ.replace("photos-read", "y"))
    for ignored in (".hidden.toml", "notes.txt", "b.toml~"):
        (directory / ignored).write_text("not TOML")
    content = f'presets_dir = "{directory}"\n' + READ + WRITE
    assert names_of(content) == ["photos-read", "photos-write", "z", "y", "b"]
    assert names_of(READ, WARDER_PRESETS_DIR=str(directory)) == ["photos-read", "z", "y", "b"]
    assert names_of(content, WARDER_PRESETS_DIR="") == ["photos-read", "photos-write"]


def test_preset_of_the_file_replaces_one_of_the_same_name_in_the_directory(directory, tmp_path):
    (directory / "a.toml").write_text(READ + WRITE)
    config = tmp_path / "warder.toml"
    config.write_text(f'presets_dir = "{directory}"\n' + READ.replace("/photos/", "/pictures/"))
    listed = json.loads(run_binary("preset", "list", "--json", "--config", config).stdout)["presets"]
    assert [preset["name"] for preset in listed] == ["photos-read", "photos-write"]
    assert listed[0]["endpoints"] == ["GET /pictures/**"]


def test_program_in_a_prefix_finds_the_presets_that_are_installed_beside_it(tmp_path):
    program = tmp_path / "prefix" / "bin" / "warder"
    program.parent.mkdir(parents=True)
    shutil.copy(BINARY, program)
    installed = tmp_path / "prefix" / "share" / "warder" / "presets"
    installed.mkdir(parents=True)
    (installed / "photos.toml").write_text(READ)
    listed = subprocess.run([program, "preset", "list", "--data-dir", tmp_path], env=clean_environment(), capture_output=True, text=True, timeout=60, check=False)
    assert (listed.returncode, listed.stdout.splitlines()[1].split()[0]) == (0, "photos-read"), listed


# Commands


@pytest.fixture
def server(start_server):
    return start_server(config_text='presets_dir = ""\n' + READ + WRITE)


def test_preset_list_is_a_table_with_name_description_and_access(server):
    listed = server.cli("preset", "list")
    assert (listed.returncode, listed.stderr) == (0, "")
    header, read, write = listed.stdout.splitlines()
    assert header.split() == ["NAME", "DESCRIPTION", "ACCESS"]
    assert read.split(maxsplit=1)[0] == "photos-read" and "Look at all photos" in read and read.endswith("GET /photos/**")
    assert "GET /photos/**, and 1 more" in write


def test_preset_show_prints_each_grant_on_a_line(server):
    shown = server.cli("preset", "show", "photos-write")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert [line.split(maxsplit=1) for line in shown.stdout.splitlines()] == [["Name", "photos-write"], ["Access", "GET /photos/**"], ["PUT,DELETE", "/photos/*"]]
    assert "Look at all photos" in server.cli("preset", "show", "photos-read").stdout


def test_preset_commands_with_json_print_what_the_api_returns(server):
    presets = server.person("admin", ADMIN_PASSWORD).get("/v1alpha/presets").json()
    assert json.loads(server.cli("preset", "list", "--json").stdout) == presets
    assert json.loads(server.cli("preset", "show", "photos-write", "--json").stdout) == presets["presets"][1]


def create(server, description, *options):
    created = server.cli("token", "create", "--user", "admin", "--description", description, "--life", "1 hour", *options)
    assert created.returncode == 0, created.stderr
    shown = server.cli("token", "show", created.stderr.strip(), "--json")
    return json.loads(shown.stdout).get("endpoints")


def test_token_create_adds_the_grants_of_presets_to_those_of_its_own_each_once(server):
    assert create(server, "one", "--preset", "photos-read") == ["GET /photos/**"]
    assert create(server, "two", "--preset", "photos-write", "--preset", "photos-read") == ["GET /photos/**", "PUT,DELETE /photos/*"]
    assert create(server, "three", "--endpoint", "POST /photos", "--preset", "photos-read") == ["POST /photos", "GET /photos/**"]
    assert create(server, "four", "--endpoint", "GET /photos/**", "--preset", "photos-read") == ["GET /photos/**"]


def test_unknown_preset_is_refused_with_the_nearest_name(server):
    for command in (("preset", "show", "photo-read"), ("token", "create", "--user", "admin", "--description", "x", "--life", "1 h", "--preset", "photo-read")):
        refused = server.cli(*command)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == 'warder: unknown preset "photo-read": did you mean "photos-read"?\n'
        assert json.loads(server.cli(*command, "--json").stderr)["error"] == "unknown_preset"
    far = server.cli("preset", "show", "bitcoin").stderr
    assert "the nearest name is \"photos-" in far and "'warder preset list' lists all" in far
    assert "this server offers no presets" in run_binary("preset", "show", "x", "--data-dir", server.data_dir, env=clean_environment(WARDER_PRESETS_DIR="")).stderr


def test_later_change_of_a_preset_does_not_change_a_token(server):
    assert create(server, "one", "--preset", "photos-read") == ["GET /photos/**"]
    server.config.write_text('presets_dir = ""\n' + READ.replace("/photos/", "/pictures/"))
    (listed,) = json.loads(server.cli("token", "list", "--json").stdout)["jwt_tokens"].values()
    assert listed["endpoints"] == ["GET /photos/**"]
