# SPDX-License-Identifier: MIT
"""Completions in real shells, by the scripts of `warder completion`."""

import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest
from support.server import BINARY, clean_environment, run_binary

CASES = [
    ("", {"serve", "user", "token", "preset", "key", "import", "audit", "duration", "grant", "check", "backup", "migrate", "version", "completion"}),
    ("tok", {"token"}),
    ("token ", {"create", "list", "show", "set", "renew", "revoke", "verify"}),
    ("preset ", {"list", "show"}),
    ("token create --pre", {"--preset"}),
    ("token re", {"renew", "revoke"}),
    ("token create --de", {"--description"}),
    ("token create --user list --li", {"--life"}),
    ("user set --admin ", {"true", "false"}),
    ("user set --admin t", {"true"}),
    ("completion ", {"bash", "zsh", "fish"}),
    ("import ", {"specter"}),
    ("import specter us", {"users.json"}),
    ("serve --config war", {"warder.toml"}),
    ("backup dir", {"directory"}),
    ("token list --user ", set()),
    ("token show ", set()),
    ("token list -- ", set()),
]


@pytest.fixture
def place(tmp_path):
    """A directory with files to complete."""
    for name in ("users.json", "warder.toml", "dirfile"):
        (tmp_path / name).touch()
    (tmp_path / "directory").mkdir()
    return tmp_path


def script_of(shell, directory):
    result = run_binary("completion", shell)
    assert (result.returncode, result.stderr) == (0, "")
    path = directory / f"completion.{shell}"
    path.write_text(result.stdout)
    return path


def run(command, directory):
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, env=clean_environment(HOME=str(directory)), timeout=60, check=False)
    assert done.returncode == 0 and done.stderr == "", done
    return done.stdout


def words_of(line):
    """Splits a line as bash does, where the equals sign is a word."""
    return [word for part in ("warder " + line).split(" ") for word in re.split(r"(=)", part) if word or part == ""]


def read_until(leader, wanted):
    """Returns what a shell shows up to and including this text."""
    text, deadline = "", time.monotonic() + 60
    while wanted not in text:
        assert time.monotonic() < deadline, text
        if select.select([leader], [], [], 1)[0]:
            text += os.read(leader, 65536).decode(errors="replace")
    return text


BASH = """
source "$1"; shift
compopt() { :; }  # only works while bash completes
COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_warder
((${#COMPREPLY[@]} == 0)) || printf '%s\\n' "${COMPREPLY[@]}"
"""


def bash_offers(line, directory):
    return set(run(["bash", "--norc", "-c", BASH, "bash", script_of("bash", directory), *words_of(line)], directory).splitlines())


@pytest.mark.parametrize("line, offered", CASES, ids=[line for line, _ in CASES])
def test_bash_completes(place, line, offered):
    assert bash_offers(line, place) == offered


def test_bash_completes_as_somebody_types(place):
    """The tab key in an interactive bash; the program is replaced by one that prints its arguments."""
    script_of("bash", place)
    program = place / "bin" / "warder"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nprintf '<%s>' \"$@\"; echo '<end>'\n")
    program.chmod(0o755)
    (place / ".bashrc").write_text("source ./completion.bash; PATH=$PWD/bin:$PATH; PS1='<ready>'; bind 'set enable-bracketed-paste off'\n")
    leader, follower = pty.openpty()
    environment = clean_environment(HOME=str(place), TERM="dumb", INPUTRC="/dev/null")
    shell = subprocess.Popen(["bash", "--rcfile", ".bashrc", "-i"], cwd=place, stdin=follower, stdout=follower, stderr=follower, env=environment, start_new_session=True)
    os.close(follower)
    try:
        read_until(leader, "<ready>")
        for typed, run in [
            ("tok\tcr\t--de\t x", "<token><create><--description><x>"),
            ("user se\t--ad\tt\t", "<user><set><--admin><true>"),
            ("serve --config=war\t", "<serve><--config=warder.toml>"),
            ("backup direc\tnew", "<backup><directory/new>"),
        ]:
            os.write(leader, f"warder {typed}\n".encode())
            assert run + "<end>" in read_until(leader, "<end>\r\n"), typed
    finally:
        shell.kill()
        shell.wait()
        os.close(leader)


def test_bash_completes_a_value_after_an_equals_sign(place):
    assert bash_offers("user set --admin=", place) == {"true", "false"}
    assert bash_offers("user set --admin=f", place) == {"false"}
    assert bash_offers("user set --admin=true ali", place) == set()


@pytest.mark.parametrize("line, offered", CASES, ids=[line for line, _ in CASES])
def test_fish_completes(place, line, offered):
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    text = run(["fish", "--no-config", "-c", f'source completion.fish; complete -C "warder {line}"'], script_of("fish", place).parent)
    assert {word.split("\t")[0].rstrip("/") for word in text.splitlines()} == offered


# The tab key prints each candidate that matches what was typed.
ZSH = """
autoload -Uz compinit && compinit -u -D
source ./completion.zsh
PS1='<ready>'
print-matches() {
    local -a hits
    builtin compadd -O hits "$@"
    (( $#hits )) && print -rl -- "<hit>"${^hits}
    builtin compadd "$@"
}
functions[compadd]=$functions[print-matches]
list-and-end() { zle list-choices; print -r -- '<end>'; }
zle -N list-and-end
bindkey '^I' list-and-end
"""


class Zsh:
    """An interactive zsh on a terminal; it starts slowly, so one completes several lines."""

    def __init__(self, directory):
        script_of("zsh", directory)
        (directory / ".zshrc").write_text(ZSH)
        self.leader, follower = pty.openpty()
        environment = clean_environment(HOME=str(directory), ZDOTDIR=str(directory), TERM="dumb")
        self.shell = subprocess.Popen(["zsh", "-d", "-i"], cwd=directory, stdin=follower, stdout=follower, stderr=follower, env=environment, start_new_session=True)
        os.close(follower)

    def __enter__(self):
        read_until(self.leader, "<ready>")
        return self

    def __exit__(self, *_):
        self.shell.kill()
        self.shell.wait()
        os.close(self.leader)

    def offers(self, line):
        os.write(self.leader, f"\x15warder {line}\t".encode())  # ^U deletes what was typed before
        return set(re.findall(r"<hit>(\S+)", read_until(self.leader, "<end>")))


def test_zsh_completes(place):
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    with Zsh(place) as zsh:
        for line, offered in CASES:
            words = zsh.offers(line)
            if not offered:  # zsh offers the options where an argument has no candidates
                words = {word for word in words if not word.startswith("-")}
            assert words == offered, line


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_has_no_syntax_error(tmp_path, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    run([shell, "-n", script_of(shell, tmp_path)], tmp_path)


def test_every_option_of_the_help_is_completed(place):
    """Compares the completions with what --help prints, which the same declarations make."""
    script = script_of("bash", place).read_text()
    for path in re.findall(r"^        '([^']*)'\) commands=", script, re.MULTILINE):
        text = run_binary(*path.split(), "--help").stdout
        options = set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", text, re.MULTILINE))
        assert "--help" in options and bash_offers(f"{path} -".lstrip(), place) == options


def test_unknown_shell_is_wrong_usage():
    result = run_binary("completion", "tcsh")
    assert (result.returncode, result.stdout) == (2, "") and "bash" in result.stderr


def test_completion_needs_no_configuration(tmp_path):
    result = subprocess.run([str(BINARY), "completion", "bash"], cwd=tmp_path, capture_output=True, text=True, env={"PATH": "/usr/bin"}, timeout=60, check=False)
    assert result.returncode == 0 and result.stdout.endswith("complete -F _warder warder\n")
    assert list(tmp_path.iterdir()) == []
