# SPDX-License-Identifier: MIT
"""nginx, Apache and Python resolve each path that a grant covers to the same path as Warder."""

import contextlib
import posixpath
import random
import shutil
import subprocess
import urllib.parse

import pytest
from support.ports import free_port, is_up
from support.server import run_binary
from support.waiting import eventually
from support.wire import Wire

PIECES = ["/", "/", "a", "b", ".", "..", "/../", "/./", "//", ";", "%2e", "%2E", "%2f", "%2F", "%3b", "%5c", "\\", "%252e", "%25%32e", "%25", "%7e", "%41", "%00"]
PIECES += ["%C0%AF", "%c3%a9", "*", "%2A", "+", "&", ":", "@", "..;", "%2e%2e", "%20", "...", "~", "'", "|", "?x=/../", "%u002e", "%2", "%"]
COUNT = 500


@contextlib.contextmanager
def running(command, port, directory):
    with open(directory / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        eventually(lambda: is_up(port) or process.poll() is not None)
        assert process.poll() is None, (directory / "log").read_text()
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def nginx(tmp_path):
    """Starts nginx, which returns the resolved path of each request in a header. Yields its port."""
    port = free_port()
    (tmp_path / "nginx.conf").write_text(
        f"""daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;
        events {{ }}
        http {{ access_log off; client_body_temp_path {tmp_path}; proxy_temp_path {tmp_path}; fastcgi_temp_path {tmp_path}; uwsgi_temp_path {tmp_path};
               scgi_temp_path {tmp_path}; server {{ listen 127.0.0.1:{port}; add_header X-Resolved $uri always; location / {{ return 204; }} }} }}"""
    )
    with running([shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-c", tmp_path / "nginx.conf", "-p", tmp_path], port, tmp_path):
        yield port


@pytest.fixture
def apache(tmp_path):
    port, modules = free_port(), "/usr/lib/apache2/modules"
    (tmp_path / "htdocs").mkdir()
    (tmp_path / "apache.conf").write_text(
        f"""ServerRoot {tmp_path}
        ServerName localhost
        Listen 127.0.0.1:{port}
        PidFile {tmp_path}/pid
        ErrorLog {tmp_path}/error.log
        DocumentRoot {tmp_path}/htdocs
        LoadModule mpm_event_module {modules}/mod_mpm_event.so
        LoadModule authz_core_module {modules}/mod_authz_core.so
        LoadModule headers_module {modules}/mod_headers.so
        User #65534
        Group #65534
        Header always set X-Resolved "expr=%{{REQUEST_URI}}"
        """
    )
    with running(["/usr/sbin/apache2", "-f", tmp_path / "apache.conf", "-X"], port, tmp_path):
        yield port


def resolver_of(port):
    """Returns a function that returns the path to which the server resolves a target, or None if the server rejects it."""

    def resolve(target):
        with Wire(port) as wire:
            answer = wire.send(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()).receive()
        values = answer.all("X-Resolved")
        return values[0] if answer.status != 400 and values else None

    return resolve


def resolve_by_python(target):
    return posixpath.normpath(urllib.parse.unquote(urllib.parse.urlsplit(target).path))


def targets():
    """Returns random paths that begin with /pub, many of which leave it; the seed is fixed."""
    choose = random.Random(20260101)
    return sorted({"/pub" + "".join(choose.choice(PIECES) for _ in range(choose.randint(1, 6))) for _ in range(COUNT)})


def check_resolution(resolve, is_slash_kept=True):
    covered = escaped = 0
    for target in targets():
        is_covered = run_binary("grant", "/pub/**", "GET", target).returncode == 0
        path = resolve(target)
        if path is None:
            continue
        is_below = path == "/pub" or path.startswith("/pub/")
        if not is_covered:
            escaped += not is_below
            continue
        covered += 1
        assert is_below, f"{target} is covered by /pub/**, but it is {path} to the server"
        plain = urllib.parse.unquote(target.split("?")[0], errors="surrogateescape")
        expected = plain if is_slash_kept else plain.rstrip("/")
        assert path.encode("latin-1", "replace") in (expected.encode("utf-8", "surrogateescape"), expected.encode("latin-1", "replace")), target
    assert covered > 10 and escaped > 10, f"{covered} covered, {escaped} that lead elsewhere: these targets test nothing"


def test_covered_path_is_resolved_by_nginx_as_authorized(nginx):
    check_resolution(resolver_of(nginx))


def test_covered_path_is_resolved_by_apache_as_authorized(apache):
    check_resolution(resolver_of(apache))


def test_covered_path_is_resolved_by_python_as_authorized():
    check_resolution(resolve_by_python, is_slash_kept=False)
