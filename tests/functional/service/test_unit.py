# SPDX-License-Identifier: MIT
"""The systemd unit: its sandbox is tight, and has everything that the server needs."""

import functools
import re
import subprocess

import pytest
from support.server import ADMIN_PASSWORD, IS_SANITIZED, TOP
from support.waiting import eventually

UNIT = TOP / "packaging" / "warder.service"
LARGEST_EXPOSURE = 1.5
# The server changes owners only if it runs as root, as it may in a test.
NOT_NEEDED = {"fchown", "chown"}


def analyze(*arguments):
    environment = {"PATH": "/usr/bin:/bin", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "", "LC_ALL": "C.UTF-8"}
    return subprocess.run(["systemd-analyze", *map(str, arguments)], capture_output=True, text=True, env=environment, timeout=60, check=False)


def settings(name):
    """Returns the values of a setting in the unit, one for each line."""
    return re.findall(rf"(?m)^{name}=(.*)$", UNIT.read_text())


def test_exposure_level_is_at_most_1_5():
    report = analyze("security", "--offline=true", UNIT)
    exposure = re.search(r"Overall exposure level for warder.service: ([0-9.]+)", report.stdout)
    assert exposure, report
    assert float(exposure[1]) <= LARGEST_EXPOSURE, report.stdout


def test_systemd_accepts_every_line_of_the_unit(tmp_path):
    # The program and the man pages are not where the unit names them, unless the package is installed.
    unit = tmp_path / "warder.service"
    unit.write_text(re.sub(r"(?m)^Documentation=.*\n", "", UNIT.read_text()).replace("ExecStart=/usr/bin/warder", "ExecStart=/bin/true"))
    report = analyze("verify", "--man=no", unit)
    assert report.returncode == 0 and "warder.service" not in report.stderr, report.stderr


def test_unit_reports_to_systemd_and_reloads_by_sighup():
    assert settings("Type") == ["notify"] and settings("WatchdogSec") == ["30s"]
    assert settings("ExecReload") == ["/usr/bin/systemd-notify RELOADING=1", "/bin/sh -c 'kill -HUP $MAINPID'"]
    assert settings("User") == ["warder"] and settings("StateDirectory") == ["warder"] and settings("StateDirectoryMode") == ["0700"]


@functools.cache
def calls_of(name):
    """Returns the system calls of a set such as @system-service."""
    calls = set()
    for line in analyze("syscall-filter", name).stdout.splitlines()[1:]:
        call = line.strip()
        if call.startswith("@"):
            calls |= calls_of(call)
        elif call and not call.startswith("#"):
            calls.add(call)
    return calls


def allowed_calls():
    allowed, denied = settings("SystemCallFilter")
    assert denied.startswith("~")
    return set().union(*map(calls_of, allowed.split())) - set().union(*map(calls_of, denied[1:].split()))


@pytest.mark.skipif(IS_SANITIZED, reason="sanitizers make system calls of their own")
def test_server_needs_no_system_call_that_the_unit_denies(start_server, tmp_path):
    trace = tmp_path / "trace"
    server = start_server(launcher=["strace", "-D", "-f", "-q", "-o", str(trace)])
    admin = server.person("admin", ADMIN_PASSWORD)
    token = admin.mint("one")
    assert server.accepts(token)
    assert server.cli("user", "add", "alice", "--password-stdin", stdin="correct horse battery\n").returncode == 0
    assert admin.delete(f"/v1alpha/token/{token.id}").status_code == 200
    pid = server.process.pid
    server.stop()
    eventually(lambda: re.search(rf"(?m)^{pid} .*exited with 0", trace.read_text()))
    used = set(re.findall(r"(?m)^\d+ +([a-z0-9_]+)\(", trace.read_text()))
    assert {"epoll_wait", "fdatasync", "prlimit64"} & used
    assert used - allowed_calls() - NOT_NEEDED == set()
