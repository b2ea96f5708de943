# SPDX-License-Identifier: MIT
"""The manual pages that the build generates with the program."""

import re
import shutil
import subprocess

import pytest
from support.server import clean_environment, run_binary
from test_completion import script_of

PAGES = ["warder.1", "warder.toml.5"]


@pytest.fixture(params=PAGES)
def page(request, tmp_path):
    result = run_binary("manual", request.param, env=clean_environment(SOURCE_DATE_EPOCH="1795910400"))
    assert (result.returncode, result.stderr) == (0, "")
    path = tmp_path / request.param
    path.write_text(result.stdout)
    return path


def rendered(page):
    """Returns the page as man(1) shows it, without backspaces, in lines long enough not to break."""
    done = subprocess.run(["man", "--warnings=all", "-E", "UTF-8", "-P", "cat", "-l", str(page)], capture_output=True, text=True, env=clean_environment(MANWIDTH="400", MAN_KEEP_FORMATTING=""), timeout=60, check=False)
    assert done.returncode == 0 and done.stderr == "", done
    return re.sub(r".\x08|\x1b\[\d*m", "", done.stdout)


def test_mandoc_finds_nothing_to_complain_about(page):
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    done = subprocess.run(["mandoc", "-T", "lint", str(page)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_man_renders_the_page_without_warnings(page):
    text = rendered(page)
    assert text.startswith(f"{page.stem.upper()}({page.suffix[1:]})") and "2026-11-29" in text
    assert "`" not in text and "\\f" not in text


def manual_of(name, directory):
    path = directory / name
    path.write_text(run_binary("manual", name).stdout)
    return rendered(path)


def test_program_page_has_every_command_option_and_exit_code(tmp_path):
    text = manual_of("warder.1", tmp_path)
    script = script_of("bash", tmp_path).read_text()
    commands = [(path, options.split()) for path, subs, options in re.findall(r"^        '([^']*)'\) commands='([^']*)' options='([^']*)' ;;$", script, re.MULTILINE) if not subs]
    assert len(commands) > 15
    common = text[text.index("COMMON OPTIONS") : text.index("EXIT STATUS")]
    for path, options in commands:
        section = re.search(rf"^   warder {path}\n(.*?)(?=^   \w|^\w)", text, re.MULTILINE | re.DOTALL)
        assert section, path
        for option in options:
            assert re.search(rf"^ +(-\w, )?{option}( \S+)?( |$)", section[1] if option not in common else common, re.MULTILINE), (path, option)
    assert re.findall(r"^       (\d) ", text[text.index("EXIT STATUS") : text.index("ENVIRONMENT")], re.MULTILINE) == ["0", "1", "2"]
    for name in ("WARDER_ADMIN_PASSWORD", "NO_COLOR", "keys.json", "warder.sock"):
        assert name in text


def test_settings_page_has_every_key_of_the_example_in_the_reference(tmp_path):
    text = manual_of("warder.toml.5", tmp_path)
    for line in ('listen = "127.0.0.1:8441"', "threads = 0", 'max_life = "10 years"', 'memory = "64 MiB"', 'source = ""', "trusted_proxies = []", "prefix", 'credential = "none"'):
        assert re.search(rf"^       {re.escape(line)}( |$)", text, re.MULTILINE), line
    for section in ("tokens", "passwords", "log", "decision", "gateway", "ui", "audit"):
        assert f"\n   [{section}]\n" in text


def test_manual_command_is_hidden_and_rejects_other_pages():
    assert "manual" not in run_binary("--help").stdout
    result = run_binary("manual", "nonsense")
    assert (result.returncode, result.stdout) == (2, "") and "warder.1" in result.stderr
