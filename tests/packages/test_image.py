# SPDX-License-Identifier: MIT
"""The container image, unpacked and run as its configuration says: as its user, with everything but /data read-only."""

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from conftest import PACKAGES, PRISTINE_ROOT, architecture

IMAGES = Path(os.environ.get("WARDER_IMAGES", "build/image")).resolve()
LARGEST = 60 * 1024 * 1024
CHROOT = shutil.which("chroot")


def archive(image_format):
    (found,) = IMAGES.glob(f"warder_*_{architecture()}.{image_format}.tar")
    return found


def docker_parts():
    """Returns the configuration, and the names of the layers."""
    with tarfile.open(archive("docker")) as image:
        (manifest,) = json.load(image.extractfile("manifest.json"))
        return json.load(image.extractfile(manifest["Config"]))["config"], manifest["Layers"]


class Container:
    """The image's files below `path`, read-only, with a configuration that is mounted and an empty /data."""

    def __init__(self, path):
        self.path = path / "container"
        self.path.mkdir()
        self.config, layers = docker_parts()
        with tarfile.open(archive("docker")) as image:
            for layer in layers:
                with tarfile.open(fileobj=image.extractfile(layer)) as files:
                    files.extractall(self.path, numeric_owner=True)
        (self.path / "etc/warder").mkdir()
        (self.path / "etc/warder/warder.toml").write_text('[[route]]\nprefix = "/app"\nupstream = "http://127.0.0.1:9"\n')
        owner = (self.path / "data").stat()
        self.mounts = []
        self.mount(["--bind", self.path, self.path], self.path)
        self.mount(["-t", "tmpfs", "-o", f"mode=0700,uid={owner.st_uid},gid={owner.st_gid}", "tmpfs", self.path / "data"], self.path / "data")
        self.mount(["-t", "proc", "proc", self.path / "proc"], self.path / "proc")
        subprocess.run(["mount", "-o", "remount,bind,ro", self.path], check=True)

    def mount(self, arguments, point):
        subprocess.run(["mount", *map(str, arguments)], check=True)
        self.mounts.append(point)

    def options(self, *command):
        arguments = [CHROOT, f"--userspec={self.config['User']}", str(self.path), *command]
        return {"args": arguments, "env": dict(entry.split("=", 1) for entry in self.config["Env"]), "text": True}

    def run(self, *command, stdin="", code=0):
        result = subprocess.run(**self.options(*command), input=stdin, capture_output=True, timeout=60, check=False)
        assert result.returncode == code, (command, result)
        return result.stdout + result.stderr if code else result.stdout

    def start(self):
        """Runs the entry point with its default arguments, and returns when it listens."""
        server = subprocess.Popen(**self.options(*self.config["Entrypoint"], *self.config["Cmd"]), stdout=subprocess.PIPE)
        assert server.stdout.readline() == "warder: listening on http://0.0.0.0:8441\n"
        return server

    def remove(self):
        for point in reversed(self.mounts):
            subprocess.run(["umount", "--lazy", point], check=True)


@pytest.fixture
def container(tmp_path):
    container = Container(tmp_path)
    yield container
    container.remove()


def stop(server):
    server.terminate()
    assert server.wait(60) == 0
    server.stdout.close()


def test_image_serves_as_its_own_user_and_keeps_its_data_in_a_read_only_root(container):
    server = container.start()
    health = container.config["Healthcheck"]["Test"]
    assert health[0] == "CMD"
    container.run(*health[1:])
    token = container.run("warder", "token", "create", "--user", "admin", "--description", "first", "--life", "1 hour").strip()
    request = ["busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:8441/v1alpha/whoami", f"--header=Authorization: Bearer {token}"]
    assert json.loads(container.run(*request))["jwt_token_description"] == "first"
    # The mounted configuration is read.
    assert "401" in container.run("busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:8441/app", code=1)
    stop(server)
    container.run(*health[1:], code=1)

    server = container.start()
    assert json.loads(container.run(*request))["jwt_token_description"] == "first"
    stop(server)
    assert container.run("warder", "check") == "warder: no problems found in the configuration, keys, store and permissions\n"


def test_image_verifies_upstreams_with_the_authorities_of_debian(container):
    assert (container.path / "etc/ssl/certs/ca-certificates.crt").read_text().count("BEGIN CERTIFICATE") > 100


def test_image_has_no_package_manager_setuid_program_or_root_user(container):
    assert container.config["User"].split(":")[0] not in ("", "0", "root")
    directories = [container.path / name for name in ("bin", "sbin", "usr/bin", "usr/sbin", "usr/lib")]
    files = [path for directory in directories for path in directory.rglob("*") if path.is_file() and not path.is_symlink()]
    assert container.path / "usr/bin/warder" in files
    assert not [path for path in files if path.name in ("dpkg", "apt-get", "bash", "su") or path.stat().st_mode & 0o6000]


@pytest.mark.parametrize("image_format", ["docker", "oci"])
def test_image_is_smaller_than_60_mib_compressed_and_declares_its_ports_and_data(image_format, tmp_path):
    copy = tmp_path / "copy"
    subprocess.run(["skopeo", "copy", "--quiet", f"{image_format}-archive:{archive(image_format)}", f"oci:{copy}:warder"], check=True)
    assert sum(path.stat().st_size for path in copy.rglob("*") if path.is_file()) < LARGEST
    inspected = subprocess.run(["skopeo", "inspect", "--config", f"oci:{copy}:warder"], check=True, capture_output=True, text=True).stdout
    assert json.loads(inspected)["architecture"] == architecture()
    config = json.loads(inspected)["config"]
    assert config["Volumes"] == {"/data": {}}
    assert list(config["ExposedPorts"]) in (["8441"], ["8441/tcp"])
    assert config["StopSignal"] == "SIGTERM"


def test_containerfile_builds_on_an_image_of_debian(tmp_path):
    def buildah(command, *arguments):
        storage = ["--root", tmp_path / "storage", "--runroot", tmp_path / "run", "--storage-driver", "overlay"]
        done = subprocess.run(["buildah", *map(str, storage), command, *map(str, arguments)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    base = buildah("from", "scratch")
    subprocess.run(["cp", "-a", f"{PRISTINE_ROOT}/.", buildah("mount", base)], check=True)
    buildah("umount", base)
    buildah("config", "--arch", architecture(), base)
    buildah("commit", "--quiet", base, "localhost/base")
    containerfile = Path(__file__).parents[2] / "packaging/Containerfile"
    buildah("bud", "--quiet", "--isolation", "chroot", "--arch", architecture(), "--format", "docker", "--build-arg", "BASE=localhost/base", "--tag", "localhost/warder",
            "--file", containerfile, PACKAGES)
    ours, _ = docker_parts()
    built = json.loads(buildah("inspect", "--type", "image", "localhost/warder"))["Docker"]["config"]
    for key in ("Entrypoint", "Cmd", "Volumes", "WorkingDir"):
        assert built[key] == ours[key]
    assert built["Healthcheck"]["Test"] == ours["Healthcheck"]["Test"]
    assert built["User"] == "warder"
    container = buildah("from", "--arch", architecture(), "localhost/warder")
    assert buildah("run", "--isolation", "chroot", container, "warder", "check").startswith("warder: not initialized yet")
