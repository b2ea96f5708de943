# SPDX-License-Identifier: MIT
"""Resumable uploads (tus): the server sends a Location for each upload, and the client sends the pieces there."""

import os
from urllib.parse import urlsplit

import pytest
from support.programs import UPSTREAMS, run, running
from support.server import ADMIN_PASSWORD


@pytest.mark.parametrize("prefix, path", [("/media/files", "/uploads"), ("/uploads", "")])
def test_upload_in_pieces_is_resumed_through_the_gateway(start_server, tmp_path, prefix, path):
    (tmp_path / "stored").mkdir()
    content = os.urandom(300_000)
    (tmp_path / "content").write_bytes(content)
    with running(["node", UPSTREAMS / "tus_server.mjs", tmp_path / "stored"], tmp_path) as port:
        server = start_server(config_text=f'[[route]]\nprefix = "{prefix}"\nupstream = "http://127.0.0.1:{port}{path}"\n')
        token = server.person("admin", ADMIN_PASSWORD).mint("uploads", endpoints=[f"{prefix}/**"])
        done = run(["node", UPSTREAMS / "tus_upload.mjs", server.url + prefix, token, tmp_path / "content"])
    assert done.returncode == 0, done.stderr
    url = urlsplit(done.stdout.strip())
    assert f"{url.scheme}://{url.netloc}" == server.url, "the client keeps using the gateway"
    assert url.path.startswith(f"{prefix}/")
    assert (tmp_path / "stored" / url.path.rsplit("/", 1)[1]).read_bytes() == content
