# SPDX-License-Identifier: MIT
"""The library as an embedder uses it: installed, found by CMake, built out of tree, and working on the same files as the program."""

import re
import subprocess
from types import SimpleNamespace

import pytest
from support.page_runner import blocks_of
from support.server import BINARY, TOP, clean_environment, run_binary

pytestmark = pytest.mark.bare

# ./dev installs Ninja; a new system has no make, which CMake uses by default.
CONFIGURE = ["cmake", "-G", "Ninja"]


def run(*command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300, check=False, env=clean_environment())
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", BINARY.parent, "--prefix", prefix)
    return prefix


@pytest.fixture(scope="module")
def embed(installed, tmp_path_factory):
    """Builds the program of examples/embed."""
    build = tmp_path_factory.mktemp("embed")
    run(*CONFIGURE, "-S", TOP / "examples" / "embed", "-B", build, f"-DCMAKE_PREFIX_PATH={installed}")
    run("cmake", "--build", build)
    return build / "embed"


@pytest.fixture
def start_embed(embed):
    """Starts the program and reads its output until it waits; `finish` lets it continue to its end."""
    running = []

    def start(data_dir):
        process = subprocess.Popen([embed, data_dir], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(process)
        lines = []
        while not lines or not lines[-1].startswith("not covered"):
            line = process.stdout.readline()
            assert line, process.stderr.read()
            lines.append(line.rstrip("\n"))

        def finish():
            out, err = process.communicate("\n", timeout=60)
            return SimpleNamespace(code=process.returncode, lines=out.splitlines(), stderr=err)

        return SimpleNamespace(id=lines[0].removeprefix("minted "), token=lines[1], lines=lines[2:], finish=finish)

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def cli(data_dir, *arguments, **options):
    return run_binary(*arguments, "--data-dir", data_dir, **options)


def test_install_contains_the_program_its_manual_and_completions_the_library_and_the_public_headers(installed):
    files = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}
    headers = {f"include/warder/{path.name}" for path in (TOP / "include" / "warder").iterdir()}
    assert {path for path in files if path.startswith("include")} == headers
    assert run(installed / "bin" / "warder", "--version").startswith("warder ")
    packaged = [path for path in files if path.endswith("warder-config.cmake") or path.endswith("warder-config-version.cmake")]
    manual = {"man/man1/warder.1", "man/man5/warder.toml.5", "bash-completion/completions/warder", "zsh/vendor-completions/_warder", "fish/vendor_completions.d/warder.fish"}
    presets = {f"warder/presets/{path.name}" for path in (TOP / "packaging" / "presets").iterdir()}
    assert {path.removeprefix("share/") for path in files if path.startswith("share/")} == manual | presets
    assert "bitcoin-core-chain-read" in run(installed / "bin" / "warder", "preset", "list", "--data-dir", installed)
    assert all((installed / "share" / path).stat().st_size > 1000 for path in manual)
    assert len(packaged) == 2 and sum(path.endswith("libwarder.a") for path in files) == 1


@pytest.mark.parametrize("name", sorted(path.name for path in (TOP / "include" / "warder").iterdir()))
def test_public_header_compiles_alone_and_includes_only_the_standard_library(installed, name):
    header = installed / "include" / "warder" / name
    for included in re.findall(r"#include\s+(\S+)", header.read_text()):
        assert re.fullmatch(r'<[a-z_]+>|"warder/[a-z_]+\.hpp"', included), included
    run("c++", "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror",
        "-I", installed / "include", "-include", header, "-x", "c++", "/dev/null")


def test_cmake_package_of_another_version_is_rejected(installed, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\nproject(x LANGUAGES CXX)\nfind_package(warder 99.0 REQUIRED)\n")
    refused = subprocess.run([*CONFIGURE, "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={installed}"], capture_output=True, text=True, timeout=120, check=False)
    assert refused.returncode != 0 and "warder-config.cmake" in refused.stderr


def test_embed_example_mints_lists_verifies_and_revokes_a_token(start_embed, tmp_path):
    embed = start_embed(tmp_path / "data")
    assert embed.lines == ['alice has "nightly report"', "allowed of alice: GET /v1alpha/wallets?fresh=1", "not covered of alice: POST /v1alpha/wallets"]
    end = embed.finish()
    assert (end.code, end.lines, end.stderr) == (0, ["refused: not_registered"], "")


def test_program_of_the_documentation_prints_what_the_page_says(installed, tmp_path):
    blocks = blocks_of((TOP / "docs" / "how-to" / "embed.md").read_text())
    for block in blocks:
        if "file" in block.directives:
            (tmp_path / block.directives["file"]).write_text(block.text)
    (expected,) = [block.output for block in blocks if block.output is not None]
    run(*CONFIGURE, "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={installed}")
    run("cmake", "--build", tmp_path / "build")
    done = subprocess.run([tmp_path / "build" / "reader"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, expected)


def test_commands_work_on_the_data_directory_of_the_embed_example(start_embed, tmp_path):
    data = tmp_path / "data"
    embed = start_embed(data)
    assert embed.id in cli(data, "token", "list", "--user", "alice").stdout
    verified = cli(data, "token", "verify", "--method", "GET", "--path", "/v1alpha/x", stdin=embed.token)
    assert verified.returncode == 0 and '"jwt_token_description":"nightly report"' in verified.stdout
    assert cli(data, "check").returncode == 0
    assert embed.finish().code == 0
    assert cli(data, "token", "verify", stdin=embed.token).returncode == 1


def test_token_revoked_by_a_command_does_not_exist_for_the_running_embed_example(start_embed, tmp_path):
    embed = start_embed(tmp_path / "data")
    assert cli(tmp_path / "data", "token", "revoke", embed.id).returncode == 0
    end = embed.finish()
    assert end.code == 1 and "does not exist" in end.stderr


def test_running_server_accepts_and_rejects_the_token_of_the_embed_example_at_once(start_embed, warder):
    embed = start_embed(warder.data_dir)
    assert warder.accepts(embed.token)
    assert embed.finish().code == 0
    assert not warder.accepts(embed.token)


def test_embed_example_runs_twice_on_the_same_data_directory(start_embed, tmp_path):
    for _ in range(2):
        assert start_embed(tmp_path / "data").finish().code == 0


def test_embed_example_rejects_data_directory_that_others_can_read(embed, tmp_path):
    open_directory = tmp_path / "open"
    open_directory.mkdir()
    open_directory.chmod(0o755)
    refused = subprocess.run([embed, open_directory], capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1 and "chmod 700" in refused.stderr
    assert list(open_directory.iterdir()) == []
