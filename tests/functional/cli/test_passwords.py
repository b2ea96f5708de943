# SPDX-License-Identifier: MIT
"""Sources of a password: one line of standard input, or two prompts on a terminal."""

import signal
import subprocess

import pytest
from support.server import BINARY, clean_environment, run_binary
from support.terminal import Terminal
from support.waiting import eventually

GOOD = "long enough"


def add(warder, line, *more, name="alice"):
    """Runs `user add` with exactly these bytes on standard input."""
    command = [str(BINARY), "user", "add", name, "--data-dir", str(warder.data_dir), *more]
    return subprocess.run(command, input=line, capture_output=True, env=clean_environment(), timeout=60, check=False)


def signs_in(warder, password, name="alice"):
    return warder.person(name, password).get("/v1alpha/whoami").status_code == 200


def assert_fails_without_adding_the_user(warder, result, code, *needles, name="alice"):
    assert result.returncode == code, result
    assert result.stdout == b"" and len(result.stderr.decode().splitlines()) == 1, result
    for needle in needles:
        assert needle in result.stderr.decode()
    assert name not in warder.cli("user", "list").stdout


# Standard input


@pytest.mark.parametrize("end", [b"\n", b"", b"\r\n", b"\nanother line that is not read\n"], ids=["newline", "end of input", "CRLF", "more lines"])
@pytest.mark.parametrize("flag", [["--password-stdin"], []], ids=["with the flag", "piped"])
def test_first_line_of_standard_input_is_the_password(warder, end, flag):
    assert add(warder, GOOD.encode() + end, *flag).returncode == 0
    assert signs_in(warder, GOOD)


@pytest.mark.parametrize("flag", [["--password-stdin"], []], ids=["with the flag", "piped"])
def test_empty_standard_input_is_wrong_usage_and_names_the_alternatives(warder, flag):
    assert_fails_without_adding_the_user(warder, add(warder, b"", *flag), 2, "one line of standard input", "terminal")


def test_password_of_1024_bytes_is_accepted_and_a_longer_one_is_rejected(warder):
    assert_fails_without_adding_the_user(warder, add(warder, b"x" * 1025 + b"\n"), 1, "1024")
    assert_fails_without_adding_the_user(warder, add(warder, b"x" * 1025), 1, "1024")
    assert_fails_without_adding_the_user(warder, add(warder, b"x" * 1025 + b"\r\n"), 1, "1024")
    assert_fails_without_adding_the_user(warder, add(warder, b"x" * 200_000), 1, "1024")
    assert add(warder, b"x" * 1024 + b"\r\n").returncode == 0
    assert signs_in(warder, "x" * 1024)


@pytest.mark.parametrize("line", [b"\n", b"seven b\n", b"\xff\xfe no text at all\n", b"eyJhbGciOiJIUzI1NiJ9.eyJ4IjoxfQ.c2lnbmF0dXJl\n"])
def test_invalid_password_is_rejected(warder, line):
    assert_fails_without_adding_the_user(warder, add(warder, line), 1, "password")


CONTROLS = {"NUL": b"\0", "tab": b"\t", "CR": b"\r", "DEL": b"\x7f", "ESC": b"\x1b", "NEL": "\x85".encode()}


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS.keys())
def test_password_with_control_character_is_rejected(warder, alice, control):
    line = b"long" + control + b" enough\n"
    assert_fails_without_adding_the_user(warder, add(warder, line, name="carol"), 1, "control character", "Basic", name="carol")
    refused = subprocess.run(
        [str(BINARY), "user", "passwd", "alice", "--data-dir", str(warder.data_dir)],
        input=line, capture_output=True, env=clean_environment(), timeout=60, check=False,
    )
    assert refused.returncode == 1 and b"control character" in refused.stderr
    assert signs_in(warder, alice.password)


# The environment variable at the first start


@pytest.mark.parametrize("end", ["\n", "\r\n", ""], ids=["newline", "CRLF", "no end"])
def test_final_line_break_of_password_in_environment_is_removed(start_server, end):
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
def test_first_start_with_invalid_password_in_environment_fails_and_creates_nothing(tmp_path, password):
    result = run_binary("serve", "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0", env=clean_environment(WARDER_ADMIN_PASSWORD=password))
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1 and "WARDER_ADMIN_PASSWORD: The password" in result.stderr
    assert len(password) < 8 or password.strip() not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_later_start_ignores_invalid_password_in_environment_with_a_warning(start_server):
    server = start_server(admin_password=GOOD)
    server.env["WARDER_ADMIN_PASSWORD"] = "tab\there-99"
    server.restart()
    assert signs_in(server, GOOD, name="admin")
    assert "event=setting_ignored variable=WARDER_ADMIN_PASSWORD" in server.log() and "tab" not in server.log()


def test_standard_input_that_cannot_be_read_is_an_error(warder, tmp_path):
    command = [str(BINARY), "user", "add", "alice", "--data-dir", str(warder.data_dir)]
    with open("/proc/self/mem", "rb") as unreadable:  # reading its first page fails with an error
        result = subprocess.run(command, stdin=unreadable, capture_output=True, env=clean_environment(), timeout=60, check=False)
    assert_fails_without_adding_the_user(warder, result, 1, "can't read standard input")


def test_passwd_of_unknown_user_fails(warder):
    result = warder.cli("user", "passwd", "nobody", stdin=GOOD)
    assert (result.returncode, result.stdout) == (1, "")


# A terminal


def at_terminal(warder, *arguments):
    return Terminal(*arguments, "--data-dir", warder.data_dir)


def test_terminal_prompts_twice_without_echo(warder):
    with at_terminal(warder, "user", "add", "alice") as terminal:
        terminal.until("Password: ")
        assert not terminal.echoes()
        terminal.type(GOOD + "\n")
        terminal.until("Again: ")
        assert not terminal.echoes()
        terminal.type(GOOD + "\n")
        assert terminal.wait() == 0
        assert GOOD not in terminal.text and terminal.is_restored()
    assert signs_in(warder, GOOD)


def test_passwd_on_a_terminal_prompts_twice_and_changes_the_password(warder, alice):
    with at_terminal(warder, "user", "passwd", "ALICE") as terminal:
        for prompt in ("Password: ", "Again: "):
            terminal.until(prompt)
            terminal.type("quite another\n")
        assert terminal.wait() == 0
    assert signs_in(warder, "quite another") and not signs_in(warder, alice.password)


def test_two_different_passwords_on_a_terminal_add_no_user(warder):
    with at_terminal(warder, "user", "add", "alice") as terminal:
        terminal.until("Password: ")
        terminal.type(GOOD + "\n")
        terminal.until("Again: ")
        terminal.type("long  enough\n")
        terminal.until("not the same")
        assert terminal.wait() == 1 and terminal.is_restored()
    assert "alice" not in warder.cli("user", "list").stdout


def test_end_of_input_at_the_password_prompt_is_wrong_usage(warder):
    with at_terminal(warder, "user", "add", "alice") as terminal:
        terminal.until("Password: ")
        terminal.type("\x04")
        assert terminal.wait() == 2 and terminal.is_restored()


def test_password_stdin_option_on_a_terminal_reads_one_line_without_prompt(warder):
    with at_terminal(warder, "user", "add", "alice", "--password-stdin") as terminal:
        terminal.type(GOOD + "\n")
        assert terminal.wait() == 0
        assert "Password:" not in terminal.text
    assert signs_in(warder, GOOD)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_signal_at_the_password_prompt_ends_the_command_and_restores_the_terminal(warder, name):
    number = getattr(signal, name)
    with at_terminal(warder, "user", "add", "alice") as terminal:
        terminal.until("Password: ")
        terminal.process.send_signal(number)
        assert terminal.wait() == -number and terminal.is_restored()


def test_sigtstp_at_the_password_prompt_restores_the_terminal_and_prompts_again(warder):
    with at_terminal(warder, "user", "add", "alice") as terminal:
        terminal.until("Password: ")
        # SIGTSTP does not stop a session leader, but the prompt appears again anyway.
        terminal.process.send_signal(signal.SIGTSTP)
        terminal.until("Password: ")
        eventually(lambda: not terminal.echoes())
        for prompt in (None, "Again: "):
            if prompt:
                terminal.until(prompt)
            terminal.type(GOOD + "\n")
        assert terminal.wait() == 0 and terminal.is_restored()
    assert signs_in(warder, GOOD)


# The file with the initial password


@pytest.fixture
def server_with_initial_password(start_server):
    server = start_server(admin_password=None)
    server.first_password = (server.data_dir / "initial-admin-password").read_text().strip()
    return server


def has_file(server):
    return (server.data_dir / "initial-admin-password").exists()


@pytest.mark.parametrize("name", ["admin", "Admin"])
@pytest.mark.parametrize("runs", [True, False], ids=["with a running server", "without a server"])
def test_passwd_of_initial_admin_in_any_letter_case_removes_the_initial_password_file(server_with_initial_password, name, runs):
    if not runs:
        server_with_initial_password.stop()
    assert server_with_initial_password.cli("user", "passwd", name, stdin=GOOD).returncode == 0
    assert not has_file(server_with_initial_password)


def test_rejected_new_password_leaves_the_initial_password_file(server_with_initial_password):
    assert server_with_initial_password.cli("user", "passwd", "admin", stdin="short").returncode == 1
    assert has_file(server_with_initial_password)


def test_changing_password_of_another_user_leaves_the_initial_password_file(server_with_initial_password):
    assert server_with_initial_password.cli("user", "add", "root", "--admin", stdin=GOOD).returncode == 0
    assert server_with_initial_password.cli("user", "passwd", "root", stdin=GOOD + " now").returncode == 0
    assert has_file(server_with_initial_password)


@pytest.mark.parametrize("runs", [True, False], ids=["with a running server", "without a server"])
def test_deleting_the_initial_admin_by_command_removes_the_initial_password_file(server_with_initial_password, runs):
    if not runs:
        server_with_initial_password.stop()
    assert server_with_initial_password.cli("user", "add", "root", "--admin", stdin=GOOD).returncode == 0
    assert server_with_initial_password.cli("user", "delete", "Admin").returncode == 0
    assert not has_file(server_with_initial_password)


def test_deleting_the_initial_admin_over_http_removes_the_initial_password_file(server_with_initial_password):
    assert server_with_initial_password.cli("user", "add", "root", "--admin", stdin=GOOD).returncode == 0
    server_with_initial_password.restart()
    assert has_file(server_with_initial_password)
    assert server_with_initial_password.person("root", GOOD).delete("/v1alpha/users/admin").status_code == 200
    assert not has_file(server_with_initial_password)


def test_password_change_by_another_administrator_over_http_removes_the_initial_password_file(server_with_initial_password):
    assert server_with_initial_password.cli("user", "add", "root", "--admin", stdin=GOOD).returncode == 0
    assert server_with_initial_password.person("root", GOOD).put("/v1alpha/users/ADMIN/password", {"password": "another one"}).status_code == 200
    assert not has_file(server_with_initial_password)


def test_first_start_with_given_password_removes_leftover_initial_password_file(start_server, tmp_path):
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    (directory / "initial-admin-password").write_text("of a start that was cut short\n")
    assert not has_file(start_server())
