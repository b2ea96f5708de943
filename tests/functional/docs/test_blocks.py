# SPDX-License-Identifier: MIT
"""Each code block of each page does what the page says: commands run, configurations are valid."""

import collections
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from support import ports
from support.page_runner import PageRun, blocks_of, lines_that_could_run, matches
from support.pages import PAGES, name_of
from support.server import run_binary

LANGUAGES = ("sh", "bash", "text", "toml", "json", "yaml", "ini", "python", "cmake", "cpp", "nginx", "caddyfile", "haproxy", "lua", "apache", "mermaid", "javascript", "go", "sql")
WITH_COMMANDS = [page for page in PAGES if any(block.is_run for block in blocks_of(page.read_text()))]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name_of)
def test_commands_of_page_run_as_documented(page, tmp_path):
    faults = PageRun(page, tmp_path).run()
    assert not faults, "\n\n".join(faults)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_blocks_that_do_not_run_have_a_reason_and_need_a_real_machine(page):
    for block in blocks_of(page.read_text()):
        assert block.language in (*LANGUAGES, "setup"), f"line {block.line}: {block.language or 'no'} language"
        if "not run" in block.directives:
            assert len(block.directives["not run"].split()) >= 3, f"line {block.line}: no reason"
            assert block.language in ("sh", "bash") and lines_that_could_run(block.text) == [], f"line {block.line}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_json_yaml_and_toml_of_page_can_be_read(page, tmp_path):
    for block in blocks_of(page.read_text()):
        if block.language == "json":
            json.loads(block.text)
        elif block.language == "yaml":
            yaml.safe_load(block.text)
        elif block.language == "toml":
            tomllib.loads(block.text)
            config = tmp_path / f"{block.line}.toml"
            config.write_text(block.text)
            checked = run_binary("check", "--config", config, "--data-dir", tmp_path / "none")
            assert str(config) not in checked.stderr, checked.stderr


def test_page_with_a_wrong_command_or_output_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```sh\necho one\n```\n\n```text\ntwo\n```\n\n<!-- status: 3 -->\n```sh\n(exit 3)\n```\n\n```sh\nfalse\n```\n")
    faults = PageRun(page, tmp_path / "run").run()
    assert [re.match(r"line (\d+)", fault)[1] for fault in faults] == ["1", "14"], faults


def test_ports_are_unique_across_processes(monkeypatch):
    first, count = 12_000, 20  # of 60 ports
    monkeypatch.setattr(ports, "_FIRST", first)
    monkeypatch.setattr(ports, "_END", first + 3 * count)
    monkeypatch.setattr(ports, "_reservations", collections.deque())
    here = [ports.free_port() for _ in range(count)]
    program = f"from support import ports; ports._FIRST, ports._END = {first}, {first + 3 * count}; print(*(ports.free_port() for _ in range({count})))"
    other = subprocess.run([sys.executable, "-c", program], cwd=Path(ports.__file__).parents[1], capture_output=True, text=True, timeout=60, check=True)
    assert len({*here, *map(int, other.stdout.split())}) == 2 * count


def test_line_that_could_run_is_found():
    assert lines_that_could_run("# a comment\nsudo apt install \\\n    warder\necho hello | sudo tee x\ncurl -sS x  # sudo\n") == ["curl -sS x"]


def test_ellipsis_matches_the_rest_of_a_line_or_any_lines():
    assert matches("a 1 b\n", "a … b\n") and not matches("a 1 c\n", "a … b\n")
    assert matches("a\nx\ny\nb\n", "a\n…\nb\n") and not matches("a\nx\n", "a\n…\nb\n")
