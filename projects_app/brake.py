"""So many in a second and no more, counted in this process.

In memory on purpose: a count that all processes share is a write for each request, on the very database that is to be
spared.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Brake:
    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
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
