# SPDX-License-Identifier: MIT
"""Name resolution of a server's own: an /etc/hosts and an /etc/resolv.conf that no other process sees, and a name server that never answers."""

import ctypes
import os
import subprocess
import sys

from .root import BY_ROOT

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
SILENT_ADDRESS = "127.66.6.6"

LISTEN = f"""
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("{SILENT_ADDRESS}", 53))
print("ready", flush=True)
while True:
    server.recv(512)
    print("asked", flush=True)
"""


class SilentNameServer:
    """Takes questions and answers none. A context manager."""

    def __enter__(self):
        self.process = subprocess.Popen([*BY_ROOT, sys.executable, "-c", LISTEN], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def wait_for_question(self):
        assert self.process.stdout.readline() == "asked\n"


def own_resolver(folder, hosts):
    """What a child does before it becomes the server: the silent name server is its only one, `hosts` (name -> address) its /etc/hosts."""
    resolv_conf, hosts_file = folder / "resolv.conf", folder / "hosts"
    resolv_conf.write_text(f"nameserver {SILENT_ADDRESS}\noptions timeout:5 attempts:2\n")
    hosts_file.write_text("".join(f"{address} {name}\n" for name, address in hosts.items()))
    libc = ctypes.CDLL(None, use_errno=True)
    is_root, uid, gid = os.geteuid() == 0, os.geteuid(), os.getegid()
    binds = [(str(resolv_conf).encode(), b"/etc/resolv.conf"), (str(hosts_file).encode(), b"/etc/hosts")]

    def check(result):
        if result != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def enter():
        check(libc.unshare(CLONE_NEWNS | (0 if is_root else CLONE_NEWUSER)))
        if not is_root:
            for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
                with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                    file.write(text)
        check(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))
        for source, target in binds:
            check(libc.mount(source, target, None, MS_BIND, None))

    return enter
