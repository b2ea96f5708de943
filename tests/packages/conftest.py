# SPDX-License-Identifier: MIT
"""The Debian packages in roots of their own, which are entered by chroot. Run as root by tools/package.sh.

WARDER_PACKAGES is the directory with the packages, WARDER_ROOT a root of the same release and architecture with apt's
lists and curl. The kernel must be able to start programs for that architecture."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGES = Path(os.environ.get("WARDER_PACKAGES", "build/package/none")).resolve()
PRISTINE_ROOT = Path(os.environ.get("WARDER_ROOT", "build/package/none")).resolve()


def pytest_configure(config):
    if not config.option.collectonly and not list(PACKAGES.glob("warder_*.deb")):
        pytest.exit(f"there are no packages in {PACKAGES}: ./dev package", returncode=4)


def package(name):
    (found,) = PACKAGES.glob(f"{name}_*.deb")
    return found


def architecture():
    """Returns the architecture that the packages are for."""
    return package("warder").stem.rsplit("_", 1)[1]


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


class Root:
    """The pristine root, with changes that exist only in memory."""

    def __init__(self, path):
        self.path = path / "root"
        self.memory = path / "memory"
        self.memory.mkdir(parents=True)
        mount("-t", "tmpfs", "tmpfs", self.memory)
        for name in ("changes", "work"):
            (self.memory / name).mkdir()
        self.path.mkdir()
        mount("-t", "overlay", "overlay", "-o", f"lowerdir={PRISTINE_ROOT},upperdir={self.memory}/changes,workdir={self.memory}/work", self.path)
        mount("-t", "proc", "proc", self.path / "proc")
        self.processes = []  # servers that are started by hand, since no systemd runs here

    def command(self, *arguments):
        return ["chroot", str(self.path), *map(str, arguments)]

    def environment(self):
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "HOME": "/root"}

    def run(self, *arguments, stdin="", code=0):
        """Runs a command as root and returns its standard output."""
        result = subprocess.run(self.command(*arguments), input=stdin, capture_output=True, text=True, env=self.environment(), check=False)
        assert result.returncode == code, (arguments, result.returncode, result.stdout, result.stderr)
        return result.stdout

    def sh(self, script, **options):
        return self.run("sh", "-euc", script, **options)

    def install(self, *files):
        """Installs packages as a user would: apt finds what they depend on."""
        for file in files:
            shutil.copy(file, self.path / "tmp")
        return self.run("apt-get", "install", "-y", "--no-install-recommends", *(f"/tmp/{file.name}" for file in files))

    def start(self):
        """Starts the server as the unit does, and returns when it listens."""
        unit = (self.path / "usr/lib/systemd/system/warder.service").read_text()
        (command,) = [line.removeprefix("ExecStart=").split() for line in unit.splitlines() if line.startswith("ExecStart=")]
        process = subprocess.Popen(
            self.command("setpriv", "--reuid=warder", "--regid=warder", "--clear-groups", "--no-new-privs", "--bounding-set=-all", *command),
            stdout=subprocess.PIPE,
            text=True,
            env=self.environment(),
        )
        self.processes.append(process)
        assert process.stdout.readline().startswith("warder: listening on http://127.0.0.1:8441")
        return process

    def stop(self, process):
        process.terminate()
        assert process.wait(60) == 0
        process.stdout.close()
        self.processes.remove(process)

    def remove(self):
        for process in self.processes:
            process.kill()
            process.wait()
        for path in (self.path / "proc", self.path, self.memory):
            subprocess.run(["umount", path], check=True)


@pytest.fixture
def root(tmp_path):
    root = Root(tmp_path / "fresh")
    yield root
    root.remove()
