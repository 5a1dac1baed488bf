"""Waiting for what other processes do."""

import time

# Machines are busy at times. Yet too little for what nobody was told of to be found by Odoo's look once a
# minute.
PATIENCE = 1.5


def wait_for(condition, timeout=20, interval=0.1, what="the condition"):
    """Return the first true value of `condition()`; fail when none comes in time.

    :param timeout: seconds, of a machine that has nothing else to do
    """
    timeout *= PATIENCE
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {timeout:g} s")
        time.sleep(interval)
