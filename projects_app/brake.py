"""How much is let in, counted in this process.

In memory on purpose: a count that all processes share is a write for each request, on the very database that is to be
spared. With several processes each lets in as much.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

Clock = Callable[[], float]


class Brake:
    """So many in a second and no more."""

    def __init__(self, most: int, *, clock: Clock = time.monotonic) -> None:
        self.most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._second = -1
        self._count = 0

    def is_on(self) -> bool:
        """Counts this one; True when there were too many in its second."""
        second = int(self._clock())
        with self._lock:
            if second != self._second:
                self._second, self._count = second, 0
            self._count += 1
            return self._count > self.most


class Allowance:
    """For each name so many a minute, and at most `at_once` without a pause: a token bucket for each.

    Of all names the `names` that came last are remembered; one that is forgotten begins with a full bucket. A clock
    that is set back fills nothing, one that is set forward at most fills them all.
    """

    def __init__(self, a_minute: int, at_once: int, *, names: int = 20_000, clock: Clock | None = None) -> None:
        self.at_once = at_once
        self._rate = a_minute / 60
        self._names = names
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, name: Hashable) -> bool:
        """One less of what this name has left; False when there is nothing left."""
        # Looked up at each call, so that a test's clock is seen.
        now = self._clock() if self._clock else time.time()
        with self._lock:
            left, at = self._left.pop(name, (float(self.at_once), now))
            left = min(self.at_once, left + max(0.0, now - at) * self._rate)
            may = left >= 1
            self._left[name] = (left - 1 if may else left, now)
            if len(self._left) > self._names:
                self._left.popitem(last=False)
        return may

    def forget(self) -> None:
        with self._lock:
            self._left.clear()
