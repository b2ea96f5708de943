#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures Warder beside its peers and prints the table that docs/benchmarks.md holds.

Every figure is a ratio to something measured in the same run, in alternating rounds, and the median of the rounds: machines are noisy.
A server has one core, its client another.
"""
import argparse
import os
import pathlib
import tempfile

import library
import minting
import whoami
from tools import Row, print_table

TOP = pathlib.Path(__file__).resolve().parent.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=1_000_000, help="how many registered tokens 'many' means")
    parser.add_argument("only", nargs="*", choices=["library", "whoami", "minting", []], help="measure only these")
    arguments = parser.parse_args()
    if os.cpu_count() < 2:
        parser.error("a server and its client need a core each")

    chosen = arguments.only or ["library", "whoami", "minting"]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="warder-bench-") as folder:
        workplace = pathlib.Path(folder)
        if "library" in chosen:
            rows += library.measure(TOP / "build/bench/bench", arguments.rounds)
        if "whoami" in chosen:
            rows += whoami.measure(TOP / "build/bench/warder", workplace, arguments.rounds, arguments.tokens)
        if "minting" in chosen:
            rows += minting.measure(TOP / "build/bench/warder", workplace, arguments.rounds, arguments.tokens)
    print_table(rows)


if __name__ == "__main__":
    main()
