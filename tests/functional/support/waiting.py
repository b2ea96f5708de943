# SPDX-License-Identifier: MIT
"""Waiting for conditions, with a deadline."""

import time


def eventually(condition, seconds=15.0, every=0.02):
    """Calls `condition` repeatedly and returns its first true value. Raises AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {condition}")
        time.sleep(every)
