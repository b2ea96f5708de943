# SPDX-License-Identifier: MIT
"""The tables of README.md and docs/ agree with the program. docs/test_blocks.py runs their commands."""

import re
import tomllib

from support.server import TOP, run_binary

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


def test_first_screen_of_readme_shows_how_to_run_and_test_warder():
    screen = "\n".join(README.splitlines()[:40])
    assert "./dev run" in screen and "./dev test" in screen
    assert code_blocks(README, "sh")[0] in screen


def test_api_calls_of_the_documentation_table_are_all_allowed_by_the_server(warder):
    calls = 0
    for call, *_ in rows((TOP / "docs" / "reference" / "http-api.md").read_text()):
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
    for names, defaults, *_ in rows(section_of("reference/configuration.md", "Settings")):
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
    defaults = [f"{name.strip('`')} = {value.strip('`')}" for name, value, *_ in rows(section_of("reference/configuration.md", "Routes")) if value.startswith("`")]
    assert len(defaults) >= 8, defaults
    config = tmp_path / "route.toml"
    config.write_text("\n".join(["[[route]]", 'prefix = "/a"', 'upstream = "http://127.0.0.1:1"', *defaults]) + "\n")
    checked = run_binary("check", "--config", config, "--data-dir", tmp_path / "none")
    assert str(config) not in checked.stderr, checked.stderr


def test_documented_route_examples_have_no_faults_except_missing_files(tmp_path):
    (example,) = code_blocks(section_of("reference/configuration.md", "Routes"), "toml")
    config = tmp_path / "example.toml"
    config.write_text(example)
    checked = run_binary("check", "--config", config, "--data-dir", tmp_path / "none")
    assert str(config) not in checked.stderr and checked.stderr.count("route /") == 3, checked.stderr


def keys_of_table(text):
    """Yields each key of a table as (section, key)."""
    for names, *_ in rows(text):
        plain = names.replace("`", "")
        section = re.match(r"\[(\w+)\] ", plain)
        for key in (plain[section.end() :] if section else plain).split(", "):
            yield (section[1] if section else ""), key


def test_complete_configuration_file_has_every_setting_of_the_tables():
    (block,) = code_blocks(section_of("reference/configuration.md", "Complete file"), "toml")
    # Settings without a default are in comments, and so is a section that has no other ones.
    whole = tomllib.loads(re.sub(r"^# (?=\w+ = |\[\w+\]$)", "", block, flags=re.MULTILINE))
    (route,), (preset,) = whole.pop("route"), whole.pop("preset")
    in_file = {(name, key) for name, value in whole.items() if isinstance(value, dict) for key in value}
    in_file |= {("", name) for name, value in whole.items() if not isinstance(value, dict)}
    documented = {key for key in keys_of_table(section_of("reference/configuration.md", "Settings")) if "[[" not in key[1]}
    assert in_file == documented
    assert {("", key) for key in preset} == set(keys_of_table(section_of("reference/configuration.md", "Presets")))
    assert {("", key) for key in route} == set(keys_of_table(section_of("reference/configuration.md", "Routes").split("### ")[0]))


def test_complete_configuration_file_has_the_defaults():
    (block,) = code_blocks(section_of("reference/configuration.md", "Complete file"), "toml")
    whole, defaults = tomllib.loads(block), tomllib.loads(documented_defaults())
    del whole["route"], whole["preset"]
    assert whole.pop("keys") == {}  # its only setting has no default
    assert whole == defaults


def test_documented_durations_are_all_read():
    table = section_of("reference/http-api.md", "Durations")
    forms = re.findall(r"^\| (?!JSON)[^|]+ \| (`[^|]+`) \|", table, re.MULTILINE)
    examples = [example for form in forms for example in re.findall(r"`([^`]+)`", form)]
    assert len(examples) >= 9, examples
    read = run_binary("duration", *examples)
    assert read.returncode == 0 and "invalid" not in read.stdout, list(zip(examples, read.stdout.split()))


def test_grants_of_the_syntax_table_are_all_valid():
    grants = [re.match(r"`([^`]*)`", cells[0])[1] for cells in rows(section_of("reference/grants.md", "Grant syntax"))]
    assert len(grants) >= 7, grants
    assert [grant for grant in grants if run_binary("grant", grant, "GET", "/x").returncode == 2] == []
