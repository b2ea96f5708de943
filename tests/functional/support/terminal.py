# SPDX-License-Identifier: MIT
"""Commands on a pseudoterminal, with typed input."""

import os
import pty
import select
import subprocess
import termios
import time

from .server import BINARY, clean_environment


class Terminal:
    """`with Terminal("user", "add", "alice", ...) as terminal: terminal.until("Password: "); terminal.type("secret\\n")`."""

    def __init__(self, *arguments, launcher=(), environment=None):
        self.leader, self.follower = pty.openpty()
        self.before = termios.tcgetattr(self.follower)
        self.text = ""
        self.process = subprocess.Popen(
            [*launcher, str(BINARY), *map(str, arguments)],
            stdin=self.follower,
            stdout=subprocess.PIPE,
            stderr=self.follower,
            env=clean_environment(**(environment or {})),
            start_new_session=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        os.close(self.leader)
        os.close(self.follower)

    def until(self, wanted, seconds=30):
        """Reads the output until it contains `wanted` again; `text` has all output."""
        start, deadline = len(self.text), time.monotonic() + seconds
        while wanted not in self.text[start:]:
            assert time.monotonic() < deadline, f"not shown: {wanted!r}; but {self.text!r}"
            self._read(0.1)

    def _read(self, seconds):
        if select.select([self.leader], [], [], seconds)[0]:
            self.text += os.read(self.leader, 65536).decode(errors="replace")

    def type(self, text):
        os.write(self.leader, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.follower)[3] & termios.ECHO)

    def is_restored(self):
        return termios.tcgetattr(self.follower) == self.before

    def wait(self, seconds=30):
        """Waits for the command. Returns its exit code; `text` has all output."""
        code = self.process.wait(seconds)
        self._read(0)
        return code
