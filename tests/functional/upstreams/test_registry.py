# SPDX-License-Identifier: MIT
"""A container registry below its own path prefix: each upload follows a Location that the registry sends."""

import gzip
import hashlib
import io
import json
import tarfile
import tomllib

import pytest
from support.ports import free_port
from support.programs import run, running
from support.server import ADMIN_PASSWORD, TOP


def make_image(directory):
    """Writes an OCI image with one file to `directory`, for use as `oci:directory:latest`."""
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def add(content, kind):
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(content)}

    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("file"), io.BytesIO())
    diff = f"sha256:{hashlib.sha256(layer.getvalue()).hexdigest()}"
    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [diff]}, "config": {}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": add(json.dumps(config).encode(), "config.v1+json"),
        "layers": [add(gzip.compress(layer.getvalue(), mtime=0), "layer.v1.tar+gzip")],
    }
    entry = add(json.dumps(manifest).encode(), "manifest.v1+json")
    entry["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


@pytest.fixture
def registry(tmp_path):
    port = free_port()
    (tmp_path / "registry.json").write_text(
        json.dumps(
            {
                "version": "0.1",
                "log": {"level": "error", "accesslog": {"disabled": True}},
                "storage": {"filesystem": {"rootdirectory": str(tmp_path / "registry")}},
                "http": {"addr": f"127.0.0.1:{port}", "prefix": "/registry/"},
            }
        )
    )
    with running(["docker-registry", "serve", tmp_path / "registry.json"], tmp_path, port=port):
        yield f"http://127.0.0.1:{port}/registry/v2"


def test_image_is_pushed_and_pulled_by_skopeo(start_server, registry, tmp_path):
    server = start_server(config_text=f'[[route]]\nprefix = "/v2"\nupstream = "{registry}"\n')
    token = server.person("admin", ADMIN_PASSWORD).mint("pushes", endpoints=["/v2/**"])
    make_image(tmp_path / "image")
    there = f"docker://127.0.0.1:{server.port}/team/image:1"
    policy = ["skopeo", "--insecure-policy", "copy"]
    pushed = run([*policy, "--dest-tls-verify=false", f"--dest-creds=token:{token}", f"oci:{tmp_path}/image:latest", there])
    assert pushed.returncode == 0, pushed.stderr
    pulled = run([*policy, "--src-tls-verify=false", f"--src-creds=token:{token}", there, f"oci:{tmp_path}/pulled:latest"])
    assert pulled.returncode == 0, pulled.stderr
    original, copy = ({path.name for path in (tmp_path / name / "blobs" / "sha256").iterdir()} for name in ("image", "pulled"))
    assert original == copy


def test_registry_pull_preset_pulls_and_does_not_push_or_delete(start_server, registry, tmp_path):
    server = start_server(config_text=f'[[route]]\nprefix = "/v2"\nupstream = "{registry}"\n')
    admin = server.person("admin", ADMIN_PASSWORD)
    presets = tomllib.loads((TOP / "packaging" / "presets" / "services.toml").read_text())["preset"]
    (endpoints,) = [preset["endpoints"] for preset in presets if preset["name"] == "registry-pull"]
    pusher, puller = admin.mint("pushes"), admin.mint("pulls", endpoints=endpoints)
    make_image(tmp_path / "image")
    there = f"docker://127.0.0.1:{server.port}/team/image:1"

    def push(token):
        return run(["skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false", f"--dest-creds=token:{token}", f"oci:{tmp_path}/image:latest", there])

    assert push(puller).returncode != 0
    assert push(pusher).returncode == 0
    pulled = run(["skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", f"--src-creds=token:{puller}", there, f"oci:{tmp_path}/pulled:latest"])
    assert pulled.returncode == 0, pulled.stderr
    assert server.get("/v2/team/image/tags/list", bearer=puller).json() == {"name": "team/image", "tags": ["1"]}
    for method, path in (("DELETE", "manifests/1"), ("PUT", "manifests/2"), ("POST", "blobs/uploads/")):
        assert server.request(method, f"/v2/team/image/{path}", bearer=puller).status_code == 403, method
