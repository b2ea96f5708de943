# SPDX-License-Identifier: MIT
"""Common mistakes in `warder.toml` and in the environment: each error says how it should be written."""

import pytest
from support.server import clean_environment, run_binary


def error(check, content, **env):
    (fault,) = check(content, **env)
    return fault


@pytest.mark.parametrize(
    "line, right",
    [("listen = 127.0.0.1:9760", 'listen = "127.0.0.1:9760"'), ("listen = localhost:9760  # here", 'listen = "localhost:9760"'), ("listen = :9760", 'listen = ":9760"'), ("listen=127.0.0.1:9760\"", 'listen = "127.0.0.1:9760"')]
    + [("data_dir = /var/lib/warder", 'data_dir = "/var/lib/warder"'), ("tokens.max_life = 10 years", 'tokens.max_life = "10 years"'), ("idle_timeout = 5s", 'idle_timeout = "5s"'), ("store = sqlite:/x", 'store = "sqlite:/x"')]
    + [("listen = \u201c127.0.0.1:1\u201d", 'listen = "127.0.0.1:1"')],
)
def test_text_without_quotes_error_shows_the_line_with_quotes(check, line, right):
    assert error(check, "# one\n" + line + "\n") == ":2: text needs quotes: " + right


@pytest.mark.parametrize(
    "content, says",
    [("[log]\nlevel = debug\n", ':2: text needs quotes: level = "debug"'), ('listen = "127.0.0.1:1\n', ':1: this text has no closing quote: listen = "127.0.0.1:1"'), ("[log\n", ":1: this section header has no closing bracket: expected [log]")]
    + [("allow_plaintext = True\n", ":1: expected true or false, in lower case and without quotes: allow_plaintext = true"), ("[ui]\nenabled = no\n", ":2: expected true or false, in lower case and without quotes: enabled = false")]
    + [("hosts = [a.example, b.example]\n", ':1: a list needs brackets, and each text in it needs quotes: hosts = ["a.example", "b.example"]'), ("trusted_proxies = 10.0.0.0/8\n", 'trusted_proxies = ["10.0.0.0/8"]')]
    + [('listen: "127.0.0.1:1"\n', ":1: this line has no equals sign: expected listen = value"), ("listen =\n", ":1: this key has no value; expected listen = value"), ("// a comment\n", ":1: a comment begins with #")]
    + [("[log]\nlevel = 'info'\n[tokens]\n[log]\n", ":4: section [log] is defined a second time; move its keys to the first one, in line 1"), ("threads = 1\n\nthreads = 2\n", ':3: "threads" is set a second time; it is already set in line 1')]
    + [("log.level = 'info'\n[log]\n", ":2: section [log] is already defined by the key in line 1; move that key below the header"), ("[route]\nprefix = '/a'\n", ":1: routes are a list of tables: write [[route]], with two brackets on each side")]
    + [('data_dir = "C:\\data"\n', ":1: a backslash in double quotes begins an escape sequence; use single quotes: data_dir = 'C:\\data'"), ("threads = 007\n", ":1: invalid TOML: decimal integer: leading zeroes are prohibited")]
    + [('threads = "4"\n', ":1: invalid type for threads: found a string (remove the quotes); expected a whole number from 0 to 256"), ("tokens = 1\n", ':1: "tokens" is a section, not a key; expected [tokens] on a line of its own')],
)
def test_invalid_toml_error_says_how_it_should_be_written(check, content, says):
    assert says in error(check, content)


@pytest.mark.parametrize("line", ["store = postgresql://warder:hunter2@db/warder", "password = hunter2", "store = hunter2@db"])
def test_text_without_quotes_that_may_be_a_secret_is_not_repeated(check, line):
    said = error(check, line + "\n")
    assert ":1: " in said and "needs quotes: " in said and "hunter2" not in said


@pytest.mark.parametrize("text", ["hunter2", "hunter2=", "hunter2==", "hunter2 = x\nhunter2 = x", 'credential = """\nhunter2\n', 'upstream = "http://me:hunter2@b', "hosts = [\nhunter2\n]", "[hunter2"])
def test_secret_on_a_line_of_its_own_is_not_repeated(check, text):
    faults = check("[[route]]\nprefix = '/a'\n" + text + "\n")
    assert faults and "hunter2" not in "".join(faults)


@pytest.mark.parametrize(
    "content, says",
    [('hosts = ["a"\nallow_plaintext = true\n', "; the list may begin in an earlier line"), ('hosts = ["a" "b"]\n', ":1: invalid TOML: array")]
    + [('[[route]]\nupstream = "http://127.0.0.1:1\n', ':2: this text has no closing quote: upstream = "..."'), ('[[route]] prefix = "/a"\n', ":1: expected nothing after [[route]]; put each key on a line of its own")]
    + [("data_dir = C:\\data\n", ':1: text needs quotes: data_dir = "..."'), ("data_dir = /srv/gr\u00f6\u00dfe\n", ':1: text needs quotes: data_dir = "..."'), ("data_dir = /srv/o'neil\n", ":1: text needs quotes: data_dir = \"/srv/o'neil\"")]
    + [('threads = "auto"\n', ":1: invalid type for threads: found a string; expected"), ("log.level = true\n", ":1: invalid type for log.level: found a boolean; expected")]
    + [('data_dir = "C:\\it\'s"\n', ":1: a backslash in double quotes begins an escape sequence; write each backslash twice"), ('data_dir = "a\\tb" x\n', ":1: invalid TOML: key-value pair")]
    + [("threads = 4@\n", ":1: invalid TOML: decimal integer"), ("route = /a\n", ":1: routes are a list of tables"), ("hosts = a@b\n", ':1: a list needs brackets, and each text in it needs quotes: hosts = ["..."]')]
    + [("[ # log\n", ": expected [name]"), ("[[route # ]]\n", ":1: routes are a list of tables"), ("foo = 1\n", ':1: unknown key "foo"; the nearest known name is [log]'), ("[xy]\n", ":1: unknown section [xy]; the nearest known name is [ui]")]
    + [("timeout = 1\n", ':1: unknown key "timeout"; the nearest known name is "'), ("[server]\n", ":1: unknown section [server]"), ("[[route]]\ncompression = 'x'\n", ':2: unknown key "compression" in [[route]]; the nearest known name is "')],
)
def test_toml_error_suggests_nothing_false(check, content, says):
    assert any(says in fault for fault in check(content))


def test_upstream_or_credential_without_quotes_is_not_repeated(check):
    for line in ("upstream = http://me:hunter2@b", "credential = hunter2"):
        said = error(check, "[[route]]\n" + line + "\n")
        assert ':2: text needs quotes: ' in said and "hunter2" not in said


@pytest.mark.parametrize(
    "content, says",
    [("max_life = '1 day'\n", ':1: unknown key "max_life": it belongs under [tokens]'), ("level = 'info'\n", ':1: unknown key "level": it belongs under [log]'), ("prefix = '/a'\n", ':1: unknown key "prefix": it belongs under [[route]]')]
    + [("[log]\nlisten = '127.0.0.1:1'\n", ':2: unknown key "log.listen": "listen" belongs at the top of the file, above the first [section], or under [gateway], or under [metrics]'), ("[ui]\nmax_life = '1 d'\n", ':2: unknown key "ui.max_life": "max_life" belongs under [tokens]')]
    + [("[[route]]\nprefix = '/a'\nupstream = 'http://b'\nsame_origin = true\n", ':4: unknown key "same_origin" in [[route]]: it belongs under [ui]')],
)
def test_key_in_the_wrong_section_error_names_the_right_section(check, content, says):
    assert error(check, content) == says


@pytest.mark.parametrize(
    "content, says",
    [("port = 9760\n", ':1: unknown key "port": did you mean "listen"?'), ("lisen = 'x'\n", ':1: unknown key "lisen": did you mean "listen"?'), ("maxlife = '1 d'\n", ':1: unknown key "maxlife": did you mean "tokens.max_life"?')]
    + [("[gateway]\nport = 1\n", ':2: unknown key "gateway.port": did you mean "gateway.listen"?'), ("[tokens]\nmax_lif = '1 d'\n", ':2: unknown key "tokens.max_lif": did you mean "tokens.max_life"?'), ("[tokns]\n", ":1: unknown section [tokns]: did you mean [tokens]?")]
    + [("[[route]]\npath = '/a'\nupstream = 'http://b'\n", ':2: unknown key "path" in [[route]]: did you mean "prefix"?'), ("[[route]]\nprefix = '/a'\nproxy_pass = 'http://b'\n", ':3: unknown key "proxy_pass" in [[route]]: did you mean "upstream"?')],
)
def test_unknown_key_error_names_the_key_that_is_meant(check, content, says):
    assert error(check, content) == says


def test_command_with_two_problems_prints_both_on_one_line(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text("[[route]]\npath = '/a'\n")
    result = run_binary("user", "list", "--config", path, "--data-dir", tmp_path)
    (line,) = result.stderr.splitlines()
    assert result.returncode == 1 and line.startswith("warder: ") and "has no upstream" in line and 'did you mean "prefix"?' in line and "more" not in line


def test_variable_without_its_section_is_ignored_with_a_warning_that_names_the_right_one(warder, start_server):
    env = {"WARDER_MAX_LIFE": "1 day", "WARDER_PORT": "8080"}
    lines = run_binary("check", "--data-dir", warder.data_dir, env=clean_environment(**env)).stderr.splitlines()
    assert lines == [f"warder: warning: {name}: this variable is not a setting and is ignored; did you mean {meant}?" for name, meant in (("WARDER_MAX_LIFE", "WARDER_TOKENS_MAX_LIFE"), ("WARDER_PORT", "WARDER_LISTEN"))]
    log = start_server(directory="other", env=env).log()
    assert "did you mean WARDER_TOKENS_MAX_LIFE?" in log and "did you mean WARDER_LISTEN?" in log


def test_misspelled_variable_error_names_the_right_one(check):
    assert error(check, "", WARDER_LISEN="x") == "WARDER_LISEN: unknown setting: did you mean WARDER_LISTEN?"
