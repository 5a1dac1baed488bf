"""Waiting for what other processes do."""

import time


def wait_for(condition, timeout=20, interval=0.1, what="the condition"):
    """Return the first true value of `condition()`; fail when none comes in time."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {timeout} s")
        time.sleep(interval)
