# SPDX-License-Identifier: MIT
"""rclone renames files through the gateway on a WebDAV server whose path differs from that in the URL of the client."""

import pytest
from support.ports import free_port
from support.programs import run, running
from support.server import ADMIN_PASSWORD


@pytest.fixture
def files(tmp_path):
    directory = tmp_path / "files"
    (directory / "mine" / "album").mkdir(parents=True)
    (directory / "mine" / "a 100% b.txt").write_text("one")
    (directory / "mine" / "album" / "1.txt").write_text("picture")
    return directory


@pytest.fixture
def webdav(tmp_path, files):
    port = free_port()
    with running(["rclone", "serve", "webdav", files, "--addr", f"127.0.0.1:{port}", "--baseurl", "/dav", "--dir-cache-time", "0"], tmp_path, port=port):
        yield f"http://127.0.0.1:{port}/dav"


@pytest.fixture
def rclone(start_server, webdav, tmp_path):
    """Runs rclone with the gateway as the remote `warder:` and with a token that has these grants."""
    server = start_server(config_text=f'[[route]]\nprefix = "/cloud/files"\nupstream = "{webdav}"\n')
    admin = server.person("admin", ADMIN_PASSWORD)

    def call(*arguments, endpoints=None):
        token = admin.mint(" ".join(arguments), endpoints=endpoints)
        env = {
            "RCLONE_CONFIG": str(tmp_path / "rclone.conf"),
            "RCLONE_CONFIG_WARDER_TYPE": "webdav",
            "RCLONE_CONFIG_WARDER_URL": f"{server.url}/cloud/files",
            "RCLONE_CONFIG_WARDER_VENDOR": "other",
            "RCLONE_CONFIG_WARDER_BEARER_TOKEN": str(token),
        }
        return run(["rclone", "--retries", "1", "--low-level-retries", "1", *arguments], env=env)

    return call


def test_file_is_renamed_and_copied_by_rclone(rclone, files):
    moved = rclone("moveto", "warder:mine/a 100% b.txt", "warder:mine/c d.txt")
    assert moved.returncode == 0, moved.stderr
    assert not (files / "mine" / "a 100% b.txt").exists()
    assert (files / "mine" / "c d.txt").read_text() == "one"
    copied = rclone("copyto", "warder:mine/c d.txt", "warder:mine/e.txt")
    assert copied.returncode == 0, copied.stderr
    assert (files / "mine" / "e.txt").read_text() == "one"


def test_directory_is_renamed_by_rclone(rclone, files):
    moved = rclone("moveto", "warder:mine/album", "warder:mine/pictures")
    assert moved.returncode == 0, moved.stderr
    assert (files / "mine" / "pictures" / "1.txt").read_text() == "picture"
    assert not (files / "mine" / "album").exists()


def test_renaming_to_a_path_outside_of_the_grants_by_rclone_fails(rclone, files):
    (files / "theirs").mkdir()
    (files / "theirs" / "a.txt").write_text("theirs")
    moved = rclone("moveto", "warder:mine/a 100% b.txt", "warder:theirs/a.txt", endpoints=["/cloud/files/mine/**", "PROPFIND,GET /cloud/files/**"])
    assert moved.returncode != 0
    assert (files / "theirs" / "a.txt").read_text() == "theirs"
