"""What happens at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor


def at_once(*jobs):
    """Run these functions at the same moment; what they return, in their order."""
    barrier = threading.Barrier(len(jobs))

    def run(job):
        barrier.wait(30)
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))
