# SPDX-License-Identifier: MIT
"""Separate name resolution for one server: its own /etc/hosts and /etc/resolv.conf in a mount namespace, and a name server that never answers."""

import os
import subprocess
import sys

from .mounts import bind, enter_mount_namespace
from .root import BY_ROOT

CLONE_NEWUSER = 0x10000000
SILENT_ADDRESS = "127.66.6.6"

LISTEN = f"""
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("{SILENT_ADDRESS}", 53))
print("ready", flush=True)
while True:
    server.recv(512)
    print("received", flush=True)
"""


class SilentNameServer:
    """A context manager: a name server that receives queries and never answers."""

    def __enter__(self):
        self.process = subprocess.Popen([*BY_ROOT, sys.executable, "-c", LISTEN], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def wait_for_query(self):
        assert self.process.stdout.readline() == "received\n"


def separate_resolver(directory, hosts):
    """Returns a preexec function that gives the server its own /etc/hosts, with `hosts` (name -> address), and the silent name server as its only one."""
    resolv_conf, hosts_file = directory / "resolv.conf", directory / "hosts"
    resolv_conf.write_text(f"nameserver {SILENT_ADDRESS}\noptions timeout:5 attempts:2\n")
    hosts_file.write_text("".join(f"{address} {name}\n" for name, address in hosts.items()))
    is_root, uid, gid = os.geteuid() == 0, os.geteuid(), os.getegid()

    def map_ids():
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)

    def enter():
        if is_root:
            enter_mount_namespace()
        else:
            enter_mount_namespace(CLONE_NEWUSER, map_ids)
        bind(resolv_conf, "/etc/resolv.conf")
        bind(hosts_file, "/etc/hosts")

    return enter
