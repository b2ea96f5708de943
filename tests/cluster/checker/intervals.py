# SPDX-License-Identifier: MIT
"""When which node was disturbed, and what a node must know at a time."""

import contextlib
import threading
import time

IN_FORCE_SECONDS = 1.0  # within which a change is in force on every node that is not disturbed


class Disturbances:
    """The times at which a fault acted on a node. Any thread may call it."""

    def __init__(self, max_staleness):
        self.max_staleness = max_staleness
        self._lock = threading.Lock()
        self._spans = {}  # node -> list of [begin, end or None]

    @contextlib.contextmanager
    def of(self, names):
        """Marks the nodes as disturbed until the end of the block, at which they must work again."""
        begin = time.monotonic()
        spans = []
        with self._lock:
            for name in names:
                spans.append([begin, None])
                self._spans.setdefault(name, []).append(spans[-1])
        try:
            yield
        finally:
            end = time.monotonic()
            with self._lock:
                for span in spans:
                    span[1] = end

    def in_force_by(self, node, at):
        """Returns the time from which on the node must act on a change that was acknowledged at `at`, or refuse with 503."""
        limit = at + IN_FORCE_SECONDS
        for begin, end in self._of(node):
            if begin <= limit and (end is None or end >= at):
                limit = max(limit, at + self.max_staleness if end is None else min(at + self.max_staleness, end + IN_FORCE_SECONDS))
        return limit

    def is_quiet(self, node, begin, end):
        """Returns whether nothing disturbed the node in this time."""
        return not any(start <= end and (stop is None or stop >= begin) for start, stop in self._of(node))

    def _of(self, node):
        with self._lock:
            return [tuple(span) for span in self._spans.get(node, ())]
