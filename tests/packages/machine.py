# SPDX-License-Identifier: MIT
"""A root that is booted: systemd is its first process, in namespaces of its own."""

import os
import subprocess
import time
from pathlib import Path

from conftest import Root, mount

BOOT = Path(__file__).with_name("boot.sh")
# What would start by itself and hold a lock of apt, or fail because the kernel is not the machine's own.
MASKED = ("apt-daily.timer", "apt-daily-upgrade.timer", "e2scrub_all.timer", "e2scrub_reap.service", "systemd-modules-load.service")


def eventually_remove(cgroup):
    """Removes a control group when its killed processes have ended."""
    deadline = time.monotonic() + 30
    while "populated 1" in (cgroup / "cgroup.events").read_text():
        assert time.monotonic() < deadline, f"{cgroup} still has processes"
        time.sleep(0.05)
    for directory, _, _ in os.walk(cgroup, topdown=False):
        os.rmdir(directory)


class Machine(Root):
    """Has no network but its own loopback interface, so what is to be installed after the boot is downloaded before it."""

    def __init__(self, path, *packages):
        super().__init__(path)
        self.leader = self.cgroup = None
        self.run("apt-get", "install", "-y", "--no-install-recommends", "systemd-sysv")
        for file in packages:  # systemd empties /tmp
            (self.path / "srv" / file.name).write_bytes(file.read_bytes())
            self.run("apt-get", "install", "-y", "--no-install-recommends", "--download-only", f"/srv/{file.name}")
        for unit in MASKED:
            (self.path / "etc/systemd/system" / unit).symlink_to("/dev/null")

    def boot(self):
        path = self.path.parent
        # On a system with the older cgroups, the newer ones have no controllers, which systemd does without.
        self.cgroups = path / "cgroups"
        self.cgroups.mkdir()
        mount("-t", "cgroup2", "cgroup2", self.cgroups)
        cgroup = self.cgroups / f"warder-test-{os.getpid()}"
        cgroup.mkdir()
        self.console = path / "console"
        enter = 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"'
        namespaces = ["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--fork", "--kill-child"]
        with self.console.open("wb") as console:
            self._unshare = subprocess.Popen(
                ["sh", "-euc", enter, "sh", cgroup, *namespaces, "bash", BOOT, self.path], stdout=console, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
            )
        self.cgroup = cgroup
        children = Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children")
        while self.leader is None:
            assert self._unshare.poll() is None, f"the root does not boot:\n{self.console.read_text()}"
            # Until systemd has replaced the script, its namespaces are not complete.
            self.leader = next((pid for pid in children.read_text().split() if Path(f"/proc/{pid}/comm").read_text() == "systemd\n"), None)
        # Its socket appears a moment after the start.
        waiting = "until [ -S /run/systemd/private ]; do sleep 0.1; done; timeout 120 systemctl is-system-running --wait || systemctl --failed >&2"
        state = self.sh(waiting).strip()
        assert state == "running", f"{state}\n{self.sh('systemctl --no-pager --failed; systemctl --no-pager list-jobs')}\n{self.console.read_text()}"

    def command(self, *arguments):
        if self.leader is None:
            return super().command(*arguments)
        namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
        return ["nsenter", f"--target={self.leader}", *namespaces, "--wd=/", *map(str, arguments)]

    def start_beside(self, *arguments):
        """Starts a program of this system that shares the machine's network. Its standard output is a pipe."""
        return subprocess.Popen(["nsenter", f"--target={self.leader}", "--net", *map(str, arguments)], stdout=subprocess.PIPE, text=True)

    def write(self, path, text, mode=0o644):
        """Writes a file from outside, with the machine's view of directories."""
        self.run("sh", "-euc", f'umask 077; mkdir -p "$(dirname {path})"; chmod 755 "$(dirname {path})"; cat >{path}; chmod {mode:o} {path}', stdin=text)

    def remove(self):
        if self.cgroup is not None:
            self._unshare.kill()  # which kills all processes of the machine
            self._unshare.wait()
            eventually_remove(self.cgroup)
            subprocess.run(["umount", self.cgroups], check=True)
        super().remove()
