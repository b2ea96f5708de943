# SPDX-License-Identifier: MIT
"""Third-party servers as child processes."""

import contextlib
import os
import subprocess

from .ports import is_up
from .server import TOP
from .waiting import eventually

UPSTREAMS = TOP / "tests" / "functional" / "upstreams"


@contextlib.contextmanager
def running(command, directory, *, env=None, port=None):
    """Runs a server until the context ends. Yields its port: the given one, once it accepts connections, or else the one that the program prints on its first line."""
    with open(directory / "program.log", "ab") as log:
        process = subprocess.Popen(
            list(map(str, command)), stdout=log if port else subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}, text=True
        )
    try:
        if port:
            eventually(lambda: is_up(port) or process.poll() is not None, 60)
            assert process.poll() is None, (directory / "program.log").read_text()
            yield port
        else:
            line = process.stdout.readline()
            assert line.strip().isdigit(), (directory / "program.log").read_text()
            yield int(line)
    finally:
        process.terminate()
        process.wait(30)
        if process.stdout:
            process.stdout.close()


def run(command, *, env=None, timeout=120):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, env={**os.environ, **(env or {})}, timeout=timeout, check=False, stdin=subprocess.DEVNULL)
