# SPDX-License-Identifier: MIT
"""Waiting for something to become true, never longer than a deadline."""

import time


def eventually(condition, seconds=15.0, every=0.02):
    """Asks again and again; the first answer that counts as true, or an AssertionError when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {condition}")
        time.sleep(every)
