# SPDX-License-Identifier: MIT
"""`warder serve` as a plain process, for tests of its start and its output."""

import contextlib
import subprocess

from .server import BINARY, START_SECONDS


@contextlib.contextmanager
def serving(*arguments, stdin=subprocess.DEVNULL, **options):
    """Starts `warder serve`, and stops it with SIGTERM at the end. Yields the process, whose standard output is a pipe."""
    process = subprocess.Popen([BINARY, "serve", *arguments], stdin=stdin, stdout=subprocess.PIPE, text=True, **options)
    try:
        yield process
        process.terminate()
        assert process.wait(START_SECONDS) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
