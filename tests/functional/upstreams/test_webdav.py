# SPDX-License-Identifier: MIT
"""Real WebDAV servers behind the gateway: a scoped token can copy and move only within its grants."""

import contextlib
import subprocess
import tempfile
from pathlib import Path

import pytest
from support.ports import free_port, is_up
from support.proxies import MODULES, program
from support.server import ADMIN_PASSWORD
from support.upstream import route
from support.waiting import eventually


class Rclone:
    """rclone serve webdav: Go's own WebDAV handler."""

    def __init__(self, directory, port):
        self.command = [program("rclone"), "serve", "webdav", directory / "files", "--addr", f"127.0.0.1:{port}", "--config", directory / "none"]


class Apache:
    """Apache httpd with mod_dav."""

    def __init__(self, directory, port):
        loaded = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in ("mpm_event", "authz_core", "dav", "dav_fs"))
        (directory / "apache.conf").write_text(
            f"ServerRoot {directory}\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {directory}/pid\nErrorLog {directory}/error.log\nDefaultRuntimeDir {directory}\n{loaded}\n"
            f"User #65534\nGroup #65534\nDavLockDB {directory}/locks\nDocumentRoot {directory}/files\n<Directory {directory}/files>\nDav On\nRequire all granted\n</Directory>\n"
        )
        # Started by root, httpd serves requests as the user `nobody`.
        for path in (directory, *directory.rglob("*")):
            path.chmod(0o777)
        self.command = [program("apache2"), "-f", directory / "apache.conf", "-X"]


@pytest.fixture(params=[Rclone, Apache])
def dav(request, start_server):
    """`dav(method, path, token, destination)` sends a request through the gateway; `dav.files` is the directory that the server exports."""
    with tempfile.TemporaryDirectory() as directory:
        yield from serve(request.param, start_server, Path(directory))


def serve(kind, start_server, directory):
    port = free_port()
    files = directory / "files" / "dav"
    for name in ("mine", "other"):
        (files / name).mkdir(parents=True)
        (files / name / "f").write_text(name)
    server = kind(directory, port)
    with contextlib.ExitStack() as running:
        log = running.enter_context(open(directory / "log", "wb"))
        process = subprocess.Popen(list(map(str, server.command)), stdout=log, stderr=log, env={"HOME": str(directory), "PATH": "/usr/sbin:/usr/bin:/bin"})
        running.callback(lambda: (process.terminate(), process.wait(30)))
        eventually(lambda: is_up(port) or process.poll() is not None)
        assert process.poll() is None, (directory / "log").read_text()
        gateway = start_server(config_text=route("/", f"http://127.0.0.1:{port}"))
        admin = gateway.person("admin", ADMIN_PASSWORD)

        def send(method, path, token, destination):
            return gateway.request(method, path, bearer=token, headers={"Host": f"127.0.0.1:{port}", "Destination": destination}).status_code

        # The client uses the host of the server itself: mod_dav accepts neither another host nor a path alone.
        send.files, send.url = files, f"http://127.0.0.1:{port}"
        send.free, send.scoped = admin.mint("free"), admin.mint("mine", endpoints=["/dav/mine/**"])
        yield send


def test_scoped_token_copies_and_moves_within_its_grants(dav):
    assert dav("COPY", "/dav/mine/f", dav.scoped, f"{dav.url}/dav/mine/g") == 201
    assert dav("MOVE", "/dav/mine/g", dav.scoped, f"{dav.url}/dav/mine/h") == 201
    assert sorted(path.name for path in (dav.files / "mine").iterdir()) == ["f", "h"]


def test_scoped_token_is_403_for_copy_and_move_outside_of_its_grants(dav):
    for method in ("COPY", "MOVE"):
        for destination in ("/dav/other/f", f"{dav.url}/dav/other/f", "/dav/mine/../other/f", "/dav/mine/%2e%2e/other/f", "//x/dav/other/f"):
            assert dav(method, "/dav/mine/f", dav.scoped, destination) == 403, destination
        assert dav(method, "/dav/other/f", dav.scoped, "/dav/mine/g") == 403
    assert (dav.files / "other" / "f").read_text() == "other"
    assert [path.name for path in (dav.files / "mine").iterdir()] == ["f"]


def test_unscoped_token_copies_and_moves_between_all_directories(dav):
    assert dav("COPY", "/dav/mine/f", dav.free, f"{dav.url}/dav/other/g") == 201
    assert dav("MOVE", "/dav/other/g", dav.free, f"{dav.url}/dav/mine/g") == 201
    assert sorted(path.name for path in (dav.files / "mine").iterdir()) == ["f", "g"]
