# SPDX-License-Identifier: MIT
"""Valid and invalid configurations. Each error message names the file and line, or the variable."""

import json
import os
import threading

import pytest
from support.server import clean_environment, run_binary


def configuration_faults(tmp_path, content=None, *arguments, env=None):
    """Returns the faults that `warder check` reports about the configuration alone."""
    if content is not None:
        path = tmp_path / "warder.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        arguments = ("--config", path, *arguments)
    result = run_binary("check", "--json", *arguments, env=clean_environment(**(env or {})))
    said = json.loads(result.stdout)
    assert result.returncode == (0 if said["ok"] else 1) and result.stderr == ""
    assert said["ok"] == (said["faults"] == [])
    for fault in said["faults"]:
        assert fault.isascii() and fault.isprintable(), fault
    # Faults of the data directory are tested elsewhere.
    return [fault for fault in said["faults"] if not any(word in fault for word in ("key file", "no store", "data directory can't"))]


def only_fault(tmp_path, content, *needles, **options):
    said = configuration_faults(tmp_path, content, **options)
    assert len(said) == 1, said
    for needle in needles:
        assert needle in said[0], said[0]
    return said[0]


def test_config_variable_names_the_file_unless_the_option_does(tmp_path):
    (tmp_path / "one.toml").write_text("lisen = 1\n")
    (tmp_path / "two.toml").write_text("threds = 1\n")
    variable = {"WARDER_CONFIG": str(tmp_path / "one.toml")}
    (fault,) = configuration_faults(tmp_path, env=variable)
    assert "one.toml:1" in fault
    (fault,) = configuration_faults(tmp_path, None, "--config", tmp_path / "two.toml", env=variable)
    assert "two.toml:1" in fault
    assert configuration_faults(tmp_path, env={"WARDER_CONFIG": ""}) == []


# Sections


@pytest.mark.parametrize(
    "content, nearest",
    [("[foo]\n", "log"), ("[lgo]\n", "[log]"), ("[token]\n", "[tokens]"), ("[token]\nmax_life = '1 h'\n", "[tokens]"), ("token = {}\n", "[tokens]"), ("[[pasword]]\n", "[passwords]")]
    + [("[lisen]\n", "listen"), ("[[rote]]\n", "[[route]]")],
)
def test_unknown_section_error_names_line_and_nearest_name_even_if_empty(tmp_path, content, nearest):
    only_fault(tmp_path, "# one\n" + content, "warder.toml:2: ", nearest)


@pytest.mark.parametrize("content", ["tokens = 1\n", "[[tokens]]\n", "tokens = [1]\n", "log = 'info'\n"])
def test_section_used_as_key_is_rejected(tmp_path, content):
    only_fault(tmp_path, content, "warder.toml:1: ", "is a section")


@pytest.mark.parametrize("content", ["[tokens]\n", "", "tokens.max_life = '1 h'\n", "[tokens]\nmax_life = 3600\n", "idle_timeout = 1.5\n", "\ufeff[tokens]\n"], ids=["empty", "nothing", "dotted", "seconds", "fraction", "BOM"])
def test_valid_configuration_has_no_faults(tmp_path, content):
    assert configuration_faults(tmp_path, content) == []


# Values


@pytest.mark.parametrize(
    "content, right",
    [("data_dir = 7", "path of a directory"), ("data_dir = true", "path of a directory"), ("data_dir = ['x']", "path of a directory"), ("data_dir = 1.5", "path of a directory"), ("data_dir = 2026-01-01", "path of a directory")]
    + [("[data_dir]", "path of a directory"), ("[listen.x]", "an address"), ("threads = '4'", "a whole number"), ("threads = 4.0", "a whole number"), ("threads = true", "a whole number")]
    + [("threads = 9223372036854775807", "a whole number"), ("threads = -1", "a whole number"), ("allow_plaintext = 'true'", "true or false"), ("allow_plaintext = 1", "true or false")]
    + [("idle_timeout = true", "a duration"), ("idle_timeout = inf", "a duration"), ("idle_timeout = -1", "a duration"), ("idle_timeout = 07:32:00", "a duration"), ("store = ''", "sqlite:PATH"), ("data_dir = \"a\\u0000b\"", "NUL")]
    + [("listen = \"127.0.0.1\\u0000x:80\"", "NUL")],
)
def test_value_of_wrong_type_error_names_the_expected_type(tmp_path, content, right):
    only_fault(tmp_path, content + "\n", "warder.toml:1: ", right)


@pytest.mark.parametrize(
    "content",
    ["threads = 99999999999999999999", "threads = 1\nthreads = 2", "[log]\n[log]", "threads", "= 1", 'listen = "', b"listen = '\xff'", b"listen = '\0'", "[tokens", "\x01"],
    ids=["huge integer", "equal keys", "equal sections", "no value", "no key", "no end", "no UTF-8", "NUL", "no bracket", "control"],
)
def test_invalid_toml_is_one_error_with_the_file_name(tmp_path, content):
    only_fault(tmp_path, content if isinstance(content, bytes) else content + "\n", "warder.toml:")


def test_value_in_error_message_is_escaped_and_truncated(tmp_path):
    said = only_fault(tmp_path, 'listen = "\\u001b[31mr\u00f6t\\n' + "x" * 1000 + '"\n')
    assert "\\x1B[31mr\\xC3\\xB6t\\x0A" in said and "x" * 200 in said and "x" * 257 not in said
    said = only_fault(tmp_path, '"\\u001b[31m\\n' + "k" * 1000 + '" = 1\n')
    assert "\\x1B[31m" in said and "k" * 257 not in said


def test_password_of_store_url_is_not_in_the_error_message(tmp_path):
    for url in ("postgres://warder:hunter2@127.0.0.1:1/warder", "postgresql:warder:hunter2@db", "hunter2@db"):
        assert "hunter2" not in only_fault(tmp_path, f'store = "{url}"\n', '"postgresql://')
        assert "hunter2" not in only_fault(tmp_path, None, env={"WARDER_STORE": url})
    assert "hunter2" not in only_fault(tmp_path, 'store = "postgresql://warder:hunter2@127.0.0.1:1/warder"\n', "can't connect", "127.0.0.1")


# The file


def test_directory_missing_file_or_endless_file_as_configuration_is_rejected_with_its_path(tmp_path):
    (tmp_path / "directory").mkdir()
    for path in (tmp_path / "directory", tmp_path / "none", "/dev/zero", ""):
        (said,) = configuration_faults(tmp_path, None, "--config", path)
        assert str(path) in said


def test_configuration_from_named_pipe_is_read(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_text("lisen = 1\n"))
    writer.start()
    (said,) = configuration_faults(tmp_path, None, "--config", path)
    writer.join()
    assert "pipe:1" in said


# The environment


@pytest.mark.parametrize(
    "name, nearest",
    [("WARDER_LISTNE", "WARDER_LISTEN"), ("WARDER_LISTEN_", "WARDER_LISTEN"), ("WARDER_DATADIR", "WARDER_DATA_DIR"), ("WARDER_STROE", "WARDER_STORE"), ("WARDER_LOG_level", "WARDER_LOG_LEVEL")]
    + [("WARDER_TOKENS_FOO", "WARDER_TOKENS_"), ("WARDER_TOKEN_MAX_LIFE", "WARDER_TOKENS_MAX_LIFE"), ("WARDER_LOGLEVEL", "WARDER_LOG_LEVEL"), ("WARDER_UI_COLOUR", "WARDER_UI_")]
    + [("WARDER_ADMIN_PASWORD", "WARDER_ADMIN_PASSWORD")],
)
def test_misspelled_variable_is_rejected_with_the_nearest_name_and_without_its_value(tmp_path, name, nearest):
    said = only_fault(tmp_path, None, name, nearest, env={name: "a secret of mine"})
    assert "a secret of mine" not in said


@pytest.mark.parametrize("name", ["WARDER_BIN", "WARDER_HOME", "WARDER_NONSENSE", "WARDER_STATE", "WARDER_ADMIN_PASSWORD", "WARDER_", "WARDERLISTEN"])
def test_variable_that_is_no_misspelled_setting_is_accepted(tmp_path, name):
    assert configuration_faults(tmp_path, None, env={name: "correct horse battery staple"}) == []


@pytest.mark.parametrize(
    "setting, right",
    [("max_staleness = '1.9 s'", 'from "2 s" to "1 hour"'), ("max_staleness = '61 minutes'", 'from "2 s" to "1 hour"'), ("max_staleness = true", 'a duration like "30 s"')]
    + [("poll = '0.05 s'", 'or "0" for notifications'), ("poll = '2 minutes'", 'from "0.1 s" to "1 minute"')],
)
def test_invalid_setting_of_a_cluster_is_rejected_with_what_is_right(tmp_path, setting, right):
    only_fault(tmp_path, f"[cluster]\n{setting}\n", "warder.toml:2: ", "cluster." + setting.split()[0], right)


def test_poll_longer_than_half_of_max_staleness_is_rejected(tmp_path):
    only_fault(tmp_path, "[cluster]\npoll = '16 s'\n", 'cluster.poll = "16 seconds"', 'at most half of cluster.max_staleness, which is "30 seconds"')
    only_fault(tmp_path, "[cluster]\npoll = '5 s'\n", "cluster.poll", env={"WARDER_CLUSTER_MAX_STALENESS": "9 s"})
    assert configuration_faults(tmp_path, "[cluster]\npoll = '5 s'\n", env={"WARDER_CLUSTER_MAX_STALENESS": "10 s"}) == []


def test_empty_name_of_the_encryption_key_file_is_rejected(tmp_path):
    only_fault(tmp_path, "[keys]\nencryption_key_file = ''\n", "warder.toml:2: ", "the path of a file")


def test_empty_variable_is_used_as_a_value(tmp_path):
    only_fault(tmp_path, None, "WARDER_LISTEN", env={"WARDER_LISTEN": ""})


def test_option_overrides_environment_and_environment_overrides_file(warder, tmp_path):
    path = tmp_path / "other.toml"
    path.write_text(f'data_dir = "{tmp_path / "nowhere"}"\n')
    assert run_binary("user", "list", "--config", path).returncode == 1
    assert run_binary("user", "list", "--config", path, env=clean_environment(WARDER_DATA_DIR=str(warder.data_dir))).returncode == 0
    assert run_binary("user", "list", "--data-dir", warder.data_dir, env=clean_environment(WARDER_DATA_DIR=str(tmp_path / "nowhere"))).returncode == 0


# check


def test_check_with_invalid_configuration_also_reports_faults_of_the_data_directory(warder, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('lisen = 1\nthreads = "x"\n[foo]\n')
    (warder.data_dir / "keys.json").chmod(0o644)
    (warder.data_dir / "warder.db").chmod(0o644)
    warder.data_dir.chmod(0o755)
    try:
        result = run_binary("check", "--data-dir", warder.data_dir, "--config", path)
    finally:
        warder.data_dir.chmod(0o700)
        (warder.data_dir / "warder.db").chmod(0o600)
        (warder.data_dir / "keys.json").chmod(0o600)
    lines = result.stderr.splitlines()
    assert result.returncode == 1 and result.stdout == "" and len(lines) == 6, lines
    for needle in ("bad.toml:1", "bad.toml:2", "bad.toml:3", "keys.json", "warder.db", "chmod 700"):
        assert len([line for line in lines if needle in line]) == 1, (needle, lines)


def test_check_with_unknown_data_directory_does_not_examine_the_default_one(tmp_path):
    """The data directory is set in the part that cannot be parsed; the default directory could belong to another server."""
    said = configuration_faults(tmp_path, "data_dir = 7\n")
    assert len(said) == 1
    path = tmp_path / "broken.toml"
    path.write_text("data_dir = \n")
    result = run_binary("check", "--json", "--config", path)
    assert len(json.loads(result.stdout)["faults"]) == 1, result.stdout
    result = run_binary("check", "--json", "--config", path, "--data-dir", tmp_path / "none")
    assert len(json.loads(result.stdout)["faults"]) == 3, result.stdout


def test_check_json_without_faults_is_ok(warder):
    assert json.loads(warder.cli("check", "--json").stdout) == {"ok": True, "faults": []}


def test_command_with_invalid_configuration_prints_first_fault_and_refers_to_check(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('lisen = 1\nthreads = "x"\n[foo]\n')
    for command in (["serve"], ["user", "list"]):
        result = run_binary(*command, "--data-dir", tmp_path / "data", "--config", path)
        assert result.returncode == 1 and result.stdout == ""
        (line,) = result.stderr.splitlines()
        assert "bad.toml:1" in line and "bad.toml:2" in line and "1 more" in line and "warder check" in line
