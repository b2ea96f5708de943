# SPDX-License-Identifier: MIT
"""A real S3 server behind the gateway: the source of a copy is authorized as well as the object that is written."""

import contextlib
import subprocess
from pathlib import Path

import pytest
from support.ports import free_port, is_up
from support.server import ADMIN_PASSWORD
from support.upstream import route
from support.waiting import eventually

S3RVER = Path(__file__).parent / "node_modules" / "s3rver" / "bin" / "s3rver.js"


@pytest.fixture
def store(start_server, tmp_path):
    """A gateway in front of the buckets `mine` and `private` with an object each, on the routes `/` and `/s3`."""
    port = free_port()
    command = ["node", S3RVER, "-d", tmp_path / "objects", "-a", "127.0.0.1", "-p", str(port), "--configure-bucket", "mine", "--configure-bucket", "private", "--allow-mismatched-signatures"]
    (tmp_path / "objects").mkdir()
    with contextlib.ExitStack() as running:
        log = running.enter_context(open(tmp_path / "s3.log", "wb"))
        process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log)
        running.callback(lambda: (process.terminate(), process.wait(30)))
        eventually(lambda: is_up(port) or process.poll() is not None)
        assert process.poll() is None, (tmp_path / "s3.log").read_text()
        url = f"http://127.0.0.1:{port}"
        gateway = start_server(config_text=route("/", url) + route("/s3", url + "/"))
        gateway.admin = gateway.person("admin", ADMIN_PASSWORD)
        free = gateway.admin.mint("free")
        for bucket in ("mine", "private"):
            assert gateway.request("PUT", f"/{bucket}/a", bearer=free, data=bucket.encode()).status_code == 200
        yield gateway


def copy(store, token, source, path="/mine/b"):
    return store.request("PUT", path, bearer=token, headers={"X-Amz-Copy-Source": source})


@pytest.mark.parametrize("prefix", ["", "/s3"])
def test_copy_source_outside_of_the_grants_is_403_and_no_object_is_written(store, prefix):
    token = store.admin.mint("mine", endpoints=[f"{prefix}/mine/**"])
    for source in ("/mine/a", "mine/a"):
        assert copy(store, token, source, f"{prefix}/mine/b").status_code == 200
        assert store.get(f"{prefix}/mine/b", bearer=token).text == "mine"
    for source in ("/private/a", "private/a", "private/a?versionId=null", "mine/../private/a", "mine%2f..%2f..%2fprivate/a"):
        assert copy(store, token, source, f"{prefix}/mine/c").status_code == 403, source
    assert store.get(f"{prefix}/mine/c", bearer=token).status_code == 404


def test_unscoped_token_copies_objects_from_each_bucket(store):
    token = store.admin.mint("all")
    assert copy(store, token, "/private/a").status_code == 200
    assert store.get("/mine/b", bearer=token).text == "private"
