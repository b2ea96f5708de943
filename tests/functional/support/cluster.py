# SPDX-License-Identifier: MIT
"""Nodes that share one PostgreSQL database."""

import base64
import contextlib
import os
import signal

from .postgres import PASSWORD
from .server import ADMIN_PASSWORD, Server, run_binary
from .waiting import eventually

STALENESS = 2  # seconds; the shortest that the configuration accepts


class Node(Server):
    """A server with a data directory of its own."""

    @property
    def admin(self):
        return self.person("admin", ADMIN_PASSWORD)

    def auth(self, token, uri="/", **options):
        """Asks the decision endpoint whether the token may GET the path. Returns the status."""
        return self.get("/auth", bearer=token, headers={"X-Original-Method": "GET", "X-Original-URI": uri}, **options).status_code

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def is_ready(self):
        return self.get("/healthz/readiness").status_code == 200

    def keys(self):
        """Returns what `warder key list` says of each key, by its id."""
        result = self.cli("key", "list")
        assert result.returncode == 0, result.stderr
        return {line.split()[0]: line.split("  ", 1)[1].strip() for line in result.stdout.splitlines()[1:]}

    def signing_key(self):
        return next(key for key, use in self.keys().items() if use.startswith("signs and verifies"))


class Cluster:
    """A database, the file of the key-encryption key, and nodes that use both."""

    def __init__(self, postgres, database, directory):
        self.postgres, self.database, self.directory = postgres, database, directory
        self.key_file = self.make_key_file("encryption-key")
        self.nodes = []

    def make_key_file(self, name, text=None):
        file = self.directory / name
        file.touch(mode=0o600)
        file.write_text(text if text is not None else base64.b64encode(os.urandom(32)).decode() + "\n")
        return file

    def url(self, **options):
        return self.postgres.url(self.database, **options)

    def make(self, *, url=None, key_file=None, more="", max_staleness=STALENESS, poll="0", **options):
        """Makes a node without starting it. `more` is the end of its configuration; with `key_file=False`, it has none."""
        number = len(self.nodes)
        keys = "" if key_file is False else f'[keys]\nencryption_key_file = "{key_file or self.key_file}"\n'
        config = self.directory / f"node{number}.toml"
        config.write_text(f'store = "{url or self.url()}"\n{keys}[cluster]\nmax_staleness = "{max_staleness} s"\npoll = "{poll}"\n[decision]\nsource = "original"\n{more}')
        node = Node(self.directory / f"node{number}", config=config, **options)
        self.nodes.append(node)
        return node

    def start(self, count=None, **options):
        """Starts one node, or a list of `count` nodes."""
        nodes = [self.make(**options).start() for _ in range(count or 1)]
        return nodes if count else nodes[0]

    def refusal(self, **options):
        """Returns the message with which a node does not start. Its exit code is not 0."""
        node = self.make(**options)
        self.nodes.remove(node)
        result = run_binary("serve", "--data-dir", node.data_dir, "--listen", "127.0.0.1:0", "--config", node.config, env=node.env)
        assert result.returncode == 1, result
        return result.stderr

    def sql(self, text):
        return self.postgres.sql(text, self.database)

    def end(self):
        """Stops all nodes, also after one that does not stop as it should."""
        with contextlib.ExitStack() as stack:
            for node in self.nodes:
                stack.callback(self._end, node)

    @staticmethod
    def _end(node):
        if node.process is not None:
            with contextlib.suppress(ProcessLookupError):
                node.resume()
            try:
                node.stop()
            finally:
                if node.process is not None:
                    node.kill()
        assert PASSWORD not in node.log() and PASSWORD.replace(" ", "%20") not in node.log()
        assert ADMIN_PASSWORD not in node.log() and "eyJ0eXAi" not in node.log()



def soon(condition):
    return eventually(condition, 20.0, 0.01)
