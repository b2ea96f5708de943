# SPDX-License-Identifier: MIT
"""Runs the commands and requests of README.md and docs/ exactly as they are written there."""

import os
import re
import subprocess
import tomllib

import pytest
from support.server import ADMIN_PASSWORD, TOP, run_binary

DEFAULT_URL = "http://127.0.0.1:8441"
README = (TOP / "README.md").read_text()


def code_blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def section_of(page, title=None):
    """Returns the text of a page under docs/ from a heading to the next; without a title, the text before the first heading."""
    beginning, *chapters = re.split(r"^## ", (TOP / "docs" / page).read_text(), flags=re.MULTILINE)
    return beginning if title is None else next(text for text in chapters if text.startswith(title + "\n"))


def rows(text):
    """Returns the cells of each table row, without the header lines."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@pytest.fixture
def run_readme_session(warder, tmp_path):
    """Runs the session of the README in a shell and types the password when it prompts."""

    def run(shell):
        blocks = code_blocks(README, "sh")
        assert len(blocks) == 2 and DEFAULT_URL in blocks[1], blocks
        script = "".join(blocks).replace(DEFAULT_URL, warder.url)
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
        return subprocess.run([*shell, "-c", script], input=f"{ADMIN_PASSWORD}\n", capture_output=True, text=True, env=environment, timeout=60, check=False)

    return run


def test_readme_session_mints_uses_lists_and_deletes_a_token(run_readme_session):
    done = run_readme_session(["bash"])
    assert (done.returncode, done.stderr) == (0, "")
    minted, whoami, listed, deleted, status, *_, refusal = done.stdout.strip().splitlines()
    assert '"message":"Token generated"' in minted and '"jwt_token_life":360' in minted
    assert '"username":"admin"' in whoami and '"jwt_token_description":"first"' in whoami
    assert '"message":"Tokens exists"' in listed and '"first"' in listed
    assert deleted == '{"message":"Token deleted"}'
    assert status.split()[1] == "401"
    assert '"error":"invalid_token"' in refusal


def test_first_screen_of_readme_shows_how_to_run_test_and_call_warder():
    screen = "\n".join(README.splitlines()[:40])
    assert "./dev run" in screen and "./dev test" in screen
    assert all(block in screen for block in code_blocks(README, "sh"))


def test_api_calls_of_the_documentation_table_are_all_allowed_by_the_server(warder):
    calls = 0
    for call, *_ in rows((TOP / "docs" / "api.md").read_text()):
        words = re.findall(r"`([^`]*)`", call)
        methods = [word.split()[0] for word in words if word.split()[0].isupper()] or ["GET"]
        paths = [part for word in words for part in word.split() if part.startswith("/") and part != "/api"]
        for path in paths:
            path = path.replace("<id>", "2bc0160d-edf4-4ab6-9801-52d185f65b59").replace("<name>", "alice")
            allowed = warder.request("OPTIONS", path).headers.get("Allow", "")
            assert set(methods) <= set(allowed.split(", ")), (path, methods, allowed)
            calls += 1
    assert calls >= 12


def documented_defaults():
    """Returns a TOML document with each setting of the table at its documented default."""
    top, sections = [], {}
    for names, defaults, *_ in rows(section_of("configuration.md", "Settings")):
        whole = re.sub(r"`", "", names)
        section = re.match(r"\[(\w+)\] ", whole)
        keys = (whole[section.end() :] if section else whole).split(", ")
        values = re.findall(r"`([^`]*)`", defaults)
        if defaults.strip() == "none":
            continue
        assert len(keys) == len(values), (names, defaults)
        lines = [f"{key} = {value}" for key, value in zip(keys, values)]
        (sections.setdefault(section.group(1), []) if section else top).extend(lines)
    return "\n".join(top + [line for name, lines in sections.items() for line in (f"[{name}]", *lines)]) + "\n"


def test_documented_defaults_of_all_settings_are_accepted(tmp_path):
    config = tmp_path / "documented.toml"
    config.write_text(documented_defaults())
    assert len(tomllib.loads(config.read_text())) >= 12
    checked = run_binary("check", "--config", config, "--data-dir", tmp_path / "none")
    assert str(config) not in checked.stderr, checked.stderr


def test_documented_defaults_of_all_route_settings_are_accepted(tmp_path):
    defaults = [f"{name.strip('`')} = {value.strip('`')}" for name, value, *_ in rows(section_of("configuration.md", "Routes")) if value.startswith("`")]
    assert len(defaults) >= 8, defaults
    config = tmp_path / "route.toml"
    config.write_text("\n".join(["[[route]]", 'prefix = "/a"', 'upstream = "http://127.0.0.1:1"', *defaults]) + "\n")
    checked = run_binary("check", "--config", config, "--data-dir", tmp_path / "none")
    assert str(config) not in checked.stderr, checked.stderr


def test_documented_route_examples_have_no_faults_except_missing_files(tmp_path):
    (example,) = code_blocks(section_of("configuration.md", "Routes"), "toml")
    config = tmp_path / "example.toml"
    config.write_text(example)
    checked = run_binary("check", "--config", config, "--data-dir", tmp_path / "none")
    assert str(config) not in checked.stderr and checked.stderr.count("route /") == 3, checked.stderr
