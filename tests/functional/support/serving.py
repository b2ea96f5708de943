# SPDX-License-Identifier: MIT
"""`warder serve` as a plain process, for tests about how it starts and what it prints."""

import contextlib
import subprocess

from .server import BINARY, START_SECONDS


@contextlib.contextmanager
def serving(*arguments, stdin=subprocess.DEVNULL, **options):
    """Starts it, and ends it as a service manager does. What it printed on standard output can be read from the process."""
    process = subprocess.Popen([BINARY, "serve", *arguments], stdin=stdin, stdout=subprocess.PIPE, text=True, **options)
    try:
        yield process
        process.terminate()
        assert process.wait(START_SECONDS) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
