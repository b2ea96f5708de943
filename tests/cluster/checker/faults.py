# SPDX-License-Identifier: MIT
"""Faults, one after another."""

import collections
import random
import time

from .setup import MAX_STALENESS
from support.waiting import eventually

RECOVERY_SECONDS = 30
STOPPED_SECONDS = MAX_STALENESS + 2
LONG_STOPPED_SECONDS = 60  # once, if the run is long enough
SLOW_NETWORK_SECONDS = 0.1  # each piece of data, in each direction


class Faults:
    """Injects faults into the servers, and waits until each is over."""

    def __init__(self, setup, history, seed):
        self.setup, self.history = setup, history
        self.random = random.Random(seed)
        self.counts = collections.Counter()
        self.has_long_stop = False  # or needs none
        self.kinds = [self.database_killed, self.keys_rotated, self.node_stopped, self.connections_cut, self.standby_promoted, self.network_silent]
        self.kinds += [self.database_stopped, self.network_slow, self.node_killed, self.database_restarted, self.keys_retired, self.database_paused]

    def run(self, until):
        """Injects faults, in this order and then in any, until the time has come."""
        kinds = list(self.kinds)
        self.has_long_stop = until - time.monotonic() < 2 * LONG_STOPPED_SECONDS
        while time.monotonic() < until:
            for kind in kinds:
                if time.monotonic() >= until:
                    return
                name = kind.__name__.replace("_", " ")
                print(f"{time.monotonic() - self.history.began:7.1f} s  {name}", flush=True)
                kind()
                self.counts[name] += 1
                time.sleep(self.random.uniform(0.5, 2.0))
            self.random.shuffle(kinds)

    # The database

    def database_killed(self):
        self._without_database(self.setup.primary.kill, self.setup.primary.start)

    def database_stopped(self):
        self._without_database(self.setup.primary.stop, self.setup.primary.start)

    def database_restarted(self):
        with self._disturbed():
            self.setup.primary.restart()
            self._await_all()

    def database_paused(self):
        self._without_database(self.setup.primary.pause, self.setup.primary.resume)

    def standby_promoted(self):
        primary = self.setup.primary
        with self._disturbed():  # a base backup makes the server slow, too
            standby = self.setup.add_standby()
        time.sleep(1.0)
        with self._disturbed():
            primary.kill()
            standby.promote()
            self.setup.replace_primary(standby)
            self._await_all()

    def _without_database(self, take_away, give_back):
        with self._disturbed():
            take_away()
            self._hold()
            give_back()
            self._await_all()

    # The network of one node

    def connections_cut(self):
        with self._disturbed_one() as node:
            self.setup.gates[node.name].cut()
            self._hold()
            self.setup.gates[node.name].restore()
            self._await(node)

    def network_silent(self):
        with self._disturbed_one() as node:
            self.setup.gates[node.name].blackhole()
            self._hold()
            self.setup.gates[node.name].restore()
            self._await(node)

    def network_slow(self):
        with self._disturbed_one() as node:
            self.setup.gates[node.name].delay = SLOW_NETWORK_SECONDS
            self._hold()
            self.setup.gates[node.name].delay = 0.0
            self._await(node)

    # One node

    def node_stopped(self):
        with self._disturbed_one() as node:
            node.pause()
            time.sleep(STOPPED_SECONDS if self.has_long_stop else LONG_STOPPED_SECONDS)
            self.has_long_stop = True
            node.resume()
            self._await(node)

    def node_killed(self):
        with self._disturbed_one() as node:
            node.kill()
            node.start()
            self._await(node)

    # Keys, which disturb nothing

    def keys_rotated(self):
        node = self.random.choice(self.setup.nodes)
        result = node.cli("key", "rotate")
        if result.returncode != 0:
            return self.history.violate(f"key rotate failed: {result.stderr}")
        key = result.stdout.strip()
        try:
            eventually(lambda: node.signing_key() == key, MAX_STALENESS + 5)
        except AssertionError:
            self.history.violate(f"key {key} does not sign although all nodes are live: {node.keys()}")

    def keys_retired(self):
        """Retires a key that some tokens need, which ends them."""
        self.keys_rotated()
        node = self.random.choice(self.setup.nodes)
        old = [key for key, use in node.keys().items() if use.startswith("verifies ")]
        if not old:
            return
        key = old[-1]
        # Also those that are being minted: they are ended if the transaction is older.
        tokens = [token for token in self.history.live() if token.key == key]
        number = self.history.begin(tokens, "end")
        result = node.cli("key", "retire", key, "--revoke-tokens")
        self.history.finish(tokens, number, "end", node.name, True if result.returncode == 0 else None)
        if result.returncode != 0:
            self.history.violate(f"key retire failed: {result.stderr}")

    # Waiting

    def _hold(self):
        """Keeps the fault for less or more than the time after which tokens are refused."""
        time.sleep(self.random.choice((0.5, 1.5, MAX_STALENESS + 1.5)))

    def _disturbed(self):
        return self.history.disturbances.of([node.name for node in self.setup.nodes])

    def _disturbed_one(self):
        return _One(self.history.disturbances, self.random.choice(self.setup.nodes))

    def _await_all(self):
        for node in self.setup.nodes:
            self._await(node)

    def _await(self, node):
        try:
            eventually(lambda: _is_ready(node), RECOVERY_SECONDS)
        except AssertionError:
            self.history.violate(f"{node.name} is not ready {RECOVERY_SECONDS} s after the fault ended; the end of its log:\n{node.log()[-2000:]}")


class _One:
    """The time in which one node is disturbed."""

    def __init__(self, disturbances, node):
        self.node, self.span = node, disturbances.of([node.name])

    def __enter__(self):
        self.span.__enter__()
        return self.node

    def __exit__(self, *error):
        return self.span.__exit__(*error)


def _is_ready(node):
    return node.is_ready()
