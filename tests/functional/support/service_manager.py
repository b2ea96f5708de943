# SPDX-License-Identifier: MIT
"""A service manager as far as notifications go: it receives what servers send to `NOTIFY_SOCKET`."""

import contextlib
import queue
import socket
import threading
import time

from .server import START_SECONDS


class Notification(dict):
    """The variables of one datagram, and when it was received, in seconds of CLOCK_MONOTONIC."""

    def __init__(self, datagram):
        super().__init__(line.split("=", 1) for line in datagram.decode().splitlines())
        self.received = time.monotonic()


class ServiceManager:
    """Receives notifications at a path, or at an abstract address if that is what `address` starts with."""

    def __init__(self, address):
        self.address = str(address)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address.replace("@", "\0", 1) if self.address.startswith("@") else self.address)
        self._received = queue.Queue()
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self):
        with contextlib.suppress(OSError):
            while datagram := self._socket.recv(4096):
                self._received.put(Notification(datagram))

    def next(self, name, seconds=START_SECONDS):
        """Returns the next notification with this variable; others are skipped. Fails if none arrives in time."""
        end = time.monotonic() + seconds
        while True:
            try:
                notification = self._received.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {name} within {seconds} s") from None
            if name in notification:
                return notification

    def drain(self):
        """Returns what was received so far and not returned by `next`."""
        notifications = []
        with contextlib.suppress(queue.Empty):
            while True:
                notifications.append(self._received.get_nowait())
        return notifications

    def close(self):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
