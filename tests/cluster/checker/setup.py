# SPDX-License-Identifier: MIT
"""Three nodes, each with its own connection to one PostgreSQL server through a gate."""

import contextlib
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "functional"))

from support.cluster import Cluster
from support.postgres import Postgres
from support.tcp_gate import TcpGate
from support.waiting import eventually

MAX_STALENESS = 3.0
MORE = '[tokens]\nmax_per_user = 1000000\n[log]\nlevel = "info"\n'


class Setup(contextlib.ExitStack):
    """The servers under test. It ends them all, and keeps their files if `keep`."""

    def __enter__(self):
        super().__enter__()
        directory = tempfile.TemporaryDirectory(prefix="checker-")
        self.directory = Path(self.enter_context(directory))
        self.primary = self._started(Postgres())
        self.cluster = Cluster(self.primary, self.primary.create_database("warder"), self.directory)
        self.nodes, self.gates = [], {}
        for number in range(3):
            gate = self.enter_context(TcpGate(self.primary.port))
            node = self.cluster.make(url=self.cluster.url(port=gate.port), more=MORE, max_staleness=MAX_STALENESS)
            node.name = f"node{number}"
            self.callback(self._end, node)
            node.start()
            node.listen = f"127.0.0.1:{node.port}"  # the same after a restart
            self.nodes.append(node)
            self.gates[node.name] = gate
        return self

    def _started(self, server):
        return self.enter_context(server)

    @staticmethod
    def _end(node):
        with contextlib.suppress(ProcessLookupError, AttributeError):
            node.resume()
            node.process.kill()
            node.process.wait()

    def add_standby(self):
        """Makes a standby that has every change before it is acknowledged."""
        standby = self._started(self.primary.make_standby())
        self.primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.primary.sql("SELECT pg_reload_conf()")
        eventually(lambda: "sync" in self.primary.sql("SELECT sync_state FROM pg_stat_replication").split(), 30)
        eventually(lambda: standby.has_replayed(self.primary), 30)
        return standby

    def replace_primary(self, server):
        self.primary = server
        for gate in self.gates.values():
            gate.target = server.port
