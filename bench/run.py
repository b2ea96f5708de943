#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures Warder and its peers, and prints the table that docs/explanation/benchmarks.md holds.

Every figure is a ratio to something measured in the same run, in alternating rounds, and the median of the rounds: machines are noisy.
A server has one core, its client another.
"""
import argparse
import os
import pathlib
import tempfile

import cluster
import decision
import gateway
import library
import minting
import usage
import users_json
import whoami
from tools import print_rows, print_table_head

TOP = pathlib.Path(__file__).resolve().parent.parent
WARDER = TOP / "build/bench/warder"

# Each takes the arguments and a directory, and returns its rows.
PARTS = {
    "library": lambda arguments, _: library.measure(TOP / "build/bench/bench", arguments.rounds),
    "whoami": lambda arguments, workplace: whoami.measure(WARDER, workplace, arguments.rounds, arguments.tokens),
    "minting": lambda arguments, workplace: minting.measure(WARDER, workplace, arguments.rounds, arguments.tokens),
    "users_json": lambda arguments, workplace: users_json.measure(WARDER, workplace, arguments.rounds),
    "decision": lambda arguments, workplace: decision.measure(WARDER, workplace, arguments.rounds),
    "usage": lambda arguments, workplace: usage.measure(WARDER, workplace, arguments.rounds, arguments.baseline),
    "gateway": lambda arguments, workplace: gateway.measure(WARDER, workplace, arguments.rounds, arguments.baseline),
    "cluster": lambda arguments, workplace: cluster.measure(WARDER, workplace, arguments.rounds, arguments.cluster_tokens),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=1_000_000, help="how many registered tokens 'many' means")
    parser.add_argument("--cluster-tokens", type=int, default=10_000_000, help="how many that is in PostgreSQL")
    parser.add_argument("--baseline", type=pathlib.Path, help="another build of the program, with which `usage` and `gateway` compare this one")
    parser.add_argument("only", nargs="*", choices=[*PARTS, []], help="measure only these")
    arguments = parser.parse_args()
    if os.cpu_count() < 2:
        parser.error("a server and its client need a core each")

    print_table_head()
    for name in arguments.only or PARTS:
        with tempfile.TemporaryDirectory(prefix="warder-bench-") as directory:
            print_rows(PARTS[name](arguments, pathlib.Path(directory)))


if __name__ == "__main__":
    main()
