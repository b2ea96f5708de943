# SPDX-License-Identifier: MIT
"""Where a password comes from: one line of standard input, else typed twice on a terminal, else nowhere."""

import signal
import subprocess

import pytest
from support.server import BINARY, clean_environment, run_binary
from support.terminal import Terminal
from support.waiting import eventually

GOOD = "long enough"


def add(warder, line, *more, name="alice"):
    """`user add` with exactly these bytes on standard input."""
    command = [str(BINARY), "user", "add", name, "--data-dir", str(warder.data_dir), *more]
    return subprocess.run(command, input=line, capture_output=True, env=clean_environment(), timeout=60, check=False)


def signs_in(warder, password, name="alice"):
    return warder.person(name, password).get("/v1alpha/whoami").status_code == 200


def assert_refused_without_a_trace(warder, result, code, *needles, name="alice"):
    assert result.returncode == code, result
    assert result.stdout == b"" and len(result.stderr.decode().splitlines()) == 1, result
    for needle in needles:
        assert needle in result.stderr.decode()
    assert name not in warder.cli("user", "list").stdout


# Standard input


@pytest.mark.parametrize("end", [b"\n", b"", b"\r\n", b"\nanother line that is not read\n"], ids=["newline", "end of input", "CRLF", "more lines"])
@pytest.mark.parametrize("flag", [["--password-stdin"], []], ids=["with the flag", "piped"])
def test_one_line_is_the_password(warder, end, flag):
    assert add(warder, GOOD.encode() + end, *flag).returncode == 0
    assert signs_in(warder, GOOD)


@pytest.mark.parametrize("flag", [["--password-stdin"], []], ids=["with the flag", "piped"])
def test_an_empty_input_without_a_terminal_is_wrong_usage_and_says_what_to_do(warder, flag):
    assert_refused_without_a_trace(warder, add(warder, b"", *flag), 2, "one line of standard input", "terminal")


def test_the_longest_password_is_taken_and_a_byte_more_is_not(warder):
    assert_refused_without_a_trace(warder, add(warder, b"x" * 1025 + b"\n"), 1, "1024")
    assert_refused_without_a_trace(warder, add(warder, b"x" * 1025), 1, "1024")
    assert_refused_without_a_trace(warder, add(warder, b"x" * 1025 + b"\r\n"), 1, "1024")
    assert_refused_without_a_trace(warder, add(warder, b"x" * 200_000), 1, "1024")
    assert add(warder, b"x" * 1024 + b"\r\n").returncode == 0
    assert signs_in(warder, "x" * 1024)


@pytest.mark.parametrize("line", [b"\n", b"seven b\n", b"\xff\xfe no text at all\n", b"eyJhbGciOiJIUzI1NiJ9.eyJ4IjoxfQ.c2lnbmF0dXJl\n"])
def test_what_is_no_password_is_refused(warder, line):
    assert_refused_without_a_trace(warder, add(warder, line), 1, "password")


CONTROLS = {"NUL": b"\0", "tab": b"\t", "CR": b"\r", "DEL": b"\x7f", "ESC": b"\x1b", "NEL": "\x85".encode()}


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS.keys())
def test_password_that_basic_cannot_carry_is_refused(warder, alice, control):
    line = b"long" + control + b" enough\n"
    assert_refused_without_a_trace(warder, add(warder, line, name="carol"), 1, "control character", "Basic", name="carol")
    refused = subprocess.run(
        [str(BINARY), "user", "passwd", "alice", "--data-dir", str(warder.data_dir)],
        input=line, capture_output=True, env=clean_environment(), timeout=60, check=False,
    )
    assert refused.returncode == 1 and b"control character" in refused.stderr
    assert signs_in(warder, alice.password)


# The environment of a first start


@pytest.mark.parametrize("end", ["\n", "\r\n", ""], ids=["newline", "CRLF", "no end"])
def test_final_line_break_of_the_environments_password_is_cut(start_server, end):
    server = start_server(admin_password=GOOD + end)
    assert signs_in(server, GOOD, name="admin")
    assert not has_file(server)


UNUSABLE = {
    "tab": "long\tenough",
    "two line breaks": "long enough\n\n",
    "CR": "long enough\r",
    "too short": "seven b",
    "line break alone": "\n",
    "empty": "",
    "too long": "x" * 1025,
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJ4IjoxfQ.c2lnbmF0dXJl",
}


@pytest.mark.parametrize("password", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_first_start_with_an_unusable_password_makes_nothing(tmp_path, password):
    result = run_binary("serve", "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0", env=clean_environment(WARDER_ADMIN_PASSWORD=password))
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1 and "WARDER_ADMIN_PASSWORD: The password" in result.stderr
    assert len(password) < 8 or password.strip() not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_later_start_ignores_an_unusable_password_of_the_environment(start_server):
    server = start_server(admin_password=GOOD)
    server.env["WARDER_ADMIN_PASSWORD"] = "tab\there-99"
    server.restart()
    assert signs_in(server, GOOD, name="admin")
    assert "WARDER_ADMIN_PASSWORD is ignored" in server.log() and "tab" not in server.log()


def test_a_standard_input_that_can_not_be_read_is_refused(warder, tmp_path):
    command = [str(BINARY), "user", "add", "alice", "--data-dir", str(warder.data_dir)]
    with open("/proc/self/mem", "rb") as unreadable:  # reading its first page fails
        result = subprocess.run(command, stdin=unreadable, capture_output=True, env=clean_environment(), timeout=60, check=False)
    assert_refused_without_a_trace(warder, result, 1, "can't be read")


def test_a_password_of_a_user_who_is_not_there_is_not_asked_for(warder):
    result = warder.cli("user", "passwd", "nobody", stdin=GOOD)
    assert (result.returncode, result.stdout) == (1, "")


# A terminal


def at_terminal(warder, *arguments):
    return Terminal(*arguments, "--data-dir", warder.data_dir)


def test_a_terminal_is_asked_twice_and_shows_nothing_of_it(warder):
    with at_terminal(warder, "user", "add", "alice") as terminal:
        terminal.until("Password: ")
        assert not terminal.echoes()
        terminal.type(GOOD + "\n")
        terminal.until("Again: ")
        assert not terminal.echoes()
        terminal.type(GOOD + "\n")
        assert terminal.wait() == 0
        assert GOOD not in terminal.text and terminal.is_as_before()
    assert signs_in(warder, GOOD)


def test_passwd_asks_too(warder, alice):
    with at_terminal(warder, "user", "passwd", "ALICE") as terminal:
        for prompt in ("Password: ", "Again: "):
            terminal.until(prompt)
            terminal.type("quite another\n")
        assert terminal.wait() == 0
    assert signs_in(warder, "quite another") and not signs_in(warder, alice.password)


def test_two_that_differ_change_nothing(warder):
    with at_terminal(warder, "user", "add", "alice") as terminal:
        terminal.until("Password: ")
        terminal.type(GOOD + "\n")
        terminal.until("Again: ")
        terminal.type("long  enough\n")
        terminal.until("not the same")
        assert terminal.wait() == 1 and terminal.is_as_before()
    assert "alice" not in warder.cli("user", "list").stdout


def test_the_end_of_the_input_instead_of_a_password_is_wrong_usage(warder):
    with at_terminal(warder, "user", "add", "alice") as terminal:
        terminal.until("Password: ")
        terminal.type("\x04")
        assert terminal.wait() == 2 and terminal.is_as_before()


def test_the_flag_takes_the_line_of_a_terminal_without_asking(warder):
    with at_terminal(warder, "user", "add", "alice", "--password-stdin") as terminal:
        terminal.type(GOOD + "\n")
        assert terminal.wait() == 0
        assert "Password:" not in terminal.text
    assert signs_in(warder, GOOD)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_ends_the_question_and_finds_the_terminal_as_it_was(warder, name):
    number = getattr(signal, name)
    with at_terminal(warder, "user", "add", "alice") as terminal:
        terminal.until("Password: ")
        terminal.process.send_signal(number)
        assert terminal.wait() == -number and terminal.is_as_before()


def test_a_stopped_question_gives_the_terminal_back_and_is_asked_again(warder):
    with at_terminal(warder, "user", "add", "alice") as terminal:
        terminal.until("Password: ")
        # A session's leader is not stopped by SIGTSTP, but it is asked anew all the same.
        terminal.process.send_signal(signal.SIGTSTP)
        terminal.until("Password: ")
        eventually(lambda: not terminal.echoes())
        for prompt in (None, "Again: "):
            if prompt:
                terminal.until(prompt)
            terminal.type(GOOD + "\n")
        assert terminal.wait() == 0 and terminal.is_as_before()
    assert signs_in(warder, GOOD)


# The first password's file


@pytest.fixture
def fresh(start_server):
    server = start_server(admin_password=None)
    server.first_password = (server.data_dir / "initial-admin-password").read_text().strip()
    return server


def has_file(server):
    return (server.data_dir / "initial-admin-password").exists()


@pytest.mark.parametrize("name", ["admin", "Admin"])
@pytest.mark.parametrize("runs", [True, False], ids=["beside a server", "alone"])
def test_passwd_in_any_case_removes_the_first_passwords_file(fresh, name, runs):
    if not runs:
        fresh.stop()
    assert fresh.cli("user", "passwd", name, stdin=GOOD).returncode == 0
    assert not has_file(fresh)


def test_a_password_that_is_refused_leaves_the_file(fresh):
    assert fresh.cli("user", "passwd", "admin", stdin="short").returncode == 1
    assert has_file(fresh)


def test_changing_another_users_password_leaves_the_file(fresh):
    assert fresh.cli("user", "add", "root", "--admin", stdin=GOOD).returncode == 0
    assert fresh.cli("user", "passwd", "root", stdin=GOOD + " now").returncode == 0
    assert has_file(fresh)


@pytest.mark.parametrize("runs", [True, False], ids=["beside a server", "alone"])
def test_deleting_the_user_by_command_removes_the_file(fresh, runs):
    if not runs:
        fresh.stop()
    assert fresh.cli("user", "add", "root", "--admin", stdin=GOOD).returncode == 0
    assert fresh.cli("user", "delete", "Admin").returncode == 0
    assert not has_file(fresh)


def test_deleting_the_user_over_http_removes_the_file(fresh):
    assert fresh.cli("user", "add", "root", "--admin", stdin=GOOD).returncode == 0
    fresh.restart()
    assert has_file(fresh)
    assert fresh.person("root", GOOD).delete("/v1alpha/users/admin").status_code == 200
    assert not has_file(fresh)


def test_an_administrator_changing_it_over_http_removes_the_file(fresh):
    assert fresh.cli("user", "add", "root", "--admin", stdin=GOOD).returncode == 0
    assert fresh.person("root", GOOD).put("/v1alpha/users/ADMIN/password", {"password": "another one"}).status_code == 200
    assert not has_file(fresh)


def test_a_first_start_with_a_given_password_removes_a_file_left_behind(start_server, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / "initial-admin-password").write_text("of a start that was cut short\n")
    assert not has_file(start_server())
