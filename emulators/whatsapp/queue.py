"""A queue that keeps order per key: the next item of a key waits until the one before it succeeded."""

import heapq
import itertools
import threading
import time
from collections import deque


class KeyedQueue:
    """Many threads take from it; no two hold the same key at once."""

    def __init__(self):
        self._items = {}  # key: deque of (due, item); the key is in the heap, or held by a thread
        self._heap = []
        self._held = {}
        self._serial = itertools.count()
        self._changed = threading.Condition()

    def put(self, key, item, delay=0.0):
        due = time.monotonic() + delay
        with self._changed:
            items = self._items.get(key)
            if items is None:
                self._items[key] = deque([(due, item)])
                self._push(key, due)
            else:
                items.append((due, item))

    def take(self, limit=1):
        """Waits for a key whose first item is due; returns the key and up to `limit` of its due items."""
        with self._changed:
            while True:
                now = time.monotonic()
                if self._heap and self._heap[0][0] <= now:
                    key = heapq.heappop(self._heap)[2]
                    if key not in self._items:  # cleared meanwhile
                        continue
                    taken = self._take_due(key, limit, now)
                    self._held[key] = taken
                    return key, taken
                self._changed.wait(self._heap[0][0] - now if self._heap else None)

    def done(self, key, taken):
        """The items taken are delivered."""
        self._release(key, taken, None)

    def retry(self, key, taken, delay):
        """Puts the items back in front, for later."""
        self._release(key, taken, delay)

    def clear(self):
        with self._changed:
            self._items.clear()
            self._heap.clear()
            self._held.clear()

    def pending(self):
        """All items that are not delivered yet, as (key, item), oldest first within a key."""
        with self._changed:
            held = [(key, item) for key, items in self._held.items() for item in items]
            return held + [(key, item) for key, items in self._items.items() for _due, item in items]

    def _take_due(self, key, limit, now):
        items, taken = self._items[key], []
        while items and len(taken) < limit and items[0][0] <= now:
            taken.append(items.popleft()[1])
        return taken

    def _release(self, key, taken, delay):
        with self._changed:
            if self._held.get(key) is not taken:  # cleared meanwhile
                return
            del self._held[key]
            rest = self._items[key]
            if delay is not None:
                due = time.monotonic() + delay
                rest.extendleft((due, item) for item in reversed(taken))
            if rest:
                self._push(key, rest[0][0])
            else:
                del self._items[key]

    def _push(self, key, due):
        heapq.heappush(self._heap, (due, next(self._serial), key))
        self._changed.notify()
