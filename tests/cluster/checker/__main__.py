# SPDX-License-Identifier: MIT
"""python3 -m checker [--seconds N] [--seed N]: run it in tests/cluster."""

import argparse
import faulthandler
import random
import signal
import sys
import time

from .clients import Decider, Writer, decide
from .faults import Faults
from .history import History
from .intervals import Disturbances
from .report import print_report
from .setup import MAX_STALENESS, Setup
from support.server import ADMIN_PASSWORD
from support.waiting import eventually

WRITERS = 4
DECIDERS = 3
CHECKED_AT_END = 300  # tokens of each kind


def check_at_end(setup, history):
    """Checks that every node has every acknowledged change, and that all agree about the others."""
    checker = Decider(setup.nodes, history, 0, 0)
    tokens = history.all()
    valid, others = [token for token in tokens if not token.ends], [token for token in tokens if token.ends]
    for token in valid[-CHECKED_AT_END:] + others[-CHECKED_AT_END:]:
        for path in ("/a", "/b"):
            statuses = [decide(checker, node, token, path) for node in setup.nodes]
            if len(set(statuses)) > 1:
                history.violate(f"the nodes disagree: {statuses} for {path}", token)
    valid = {token.id for token in history.all() if not token.ends}
    ended = {token.id for token in history.all() if token.ended_at is not None}
    for node in setup.nodes:
        listed = set(eventually(lambda node=node: node.admin.tokens()))
        if lost := valid - listed:
            history.violate(f"{node.name} does not list {len(lost)} tokens whose minting was acknowledged: {sorted(lost)[:3]}")
        if kept := ended & listed:
            history.violate(f"{node.name} lists {len(kept)} tokens whose end was acknowledged: {sorted(kept)[:3]}")


def check(seconds, seed):
    history = History(Disturbances(MAX_STALENESS))
    with Setup() as setup:
        writers = [Writer(setup.nodes, history, f"writer {seed}.{number}", 0.02, auth=("admin", ADMIN_PASSWORD)) for number in range(WRITERS)]
        deciders = [Decider(setup.nodes, history, f"decider {seed}.{number}", 0.005) for number in range(DECIDERS)]
        clients = writers + deciders
        for client in clients:
            client.start()
        faults = Faults(setup, history, seed)
        time.sleep(1.0)
        faults.run(time.monotonic() + seconds)
        for client in clients:
            client.stopping.set()
        for client in clients:
            client.join(60)
        time.sleep(MAX_STALENESS)
        check_at_end(setup, history)
        print_report(history, faults.counts)
        if history.violations:
            for node in setup.nodes:
                print(f"--- the end of the log of {node.name}\n{node.log()[-3000:]}")
    return not history.violations


def main():
    parser = argparse.ArgumentParser(prog="checker", description="Checks three nodes that share a PostgreSQL database, while faults are injected.")
    parser.add_argument("--seconds", type=float, default=180.0, help="how long faults are injected (default: 180)")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="selects the faults' order and what clients do")
    options = parser.parse_args()
    faulthandler.register(signal.SIGUSR1)  # shows where each thread is
    print(f"seed {options.seed}, {options.seconds:g} s", flush=True)
    return 0 if check(options.seconds, options.seed) else 1


sys.exit(main())
