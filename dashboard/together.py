"""Group commit: what many threads want to write at one moment is written in one transaction.

The cost of a durable write is its commit, and that costs the same for one row and for fifty.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence


class _Part[Item, Result]:
    """What one thread brought; `turn` is set when it is done, or when its thread is to do the next round."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.turn = threading.Event()
        self.result: list[Result] = []
        self.error: Exception | None = None

    @property
    def is_done(self) -> bool:
        return bool(self.result) or self.error is not None


class Together[Item, Result]:
    """`run` gets items and returns a result for each, in their order; it is called by one of the threads that brought
    them, and never by two at once. Whoever comes meanwhile is in the next round.

    `of_one`: errors of `run` that one item alone may have caused. After such a one each item is run by itself, so that
    nobody gets an error for what another brought; any other error is everybody's.

    `gather`: seconds that a round waits for more when the one before it was of several; alone nobody waits.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Sequence[Result]],
        *,
        of_one: tuple[type[Exception], ...] = (),
        most: int = 100,
        gather: float = 0.0,
    ) -> None:
        self._run = run
        self._of_one = of_one
        self._most = most
        self._gather = gather
        self._were_several = False
        self._lock = threading.Lock()
        self._waiting: list[_Part[Item, Result]] = []
        self._is_running = False

    def do(self, item: Item) -> Result:
        """Returns when the round that this was in is over, with its result; or raises its error."""
        mine = _Part[Item, Result](item)
        with self._lock:
            self._waiting.append(mine)
            leads, self._is_running = not self._is_running, True
        if not leads:
            mine.turn.wait()
        if not mine.is_done:
            self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.result[0]

    def _lead(self) -> None:
        if self._gather and self._were_several:
            time.sleep(self._gather)
        with self._lock:
            # The leader's own is the first: it found nobody running, or was woken as the first of those who waited.
            parts, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._were_several = len(parts) > 1
        try:
            self._round(parts)
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._is_running = following is not None
            for part in parts:
                if not part.is_done:
                    part.error = RuntimeError("the thread that wrote for several was ended")
                part.turn.set()
            if following:
                following.turn.set()

    def _round(self, parts: Sequence[_Part[Item, Result]]) -> None:
        try:
            results = self._run([part.item for part in parts])
        except Exception as error:
            if len(parts) > 1 and isinstance(error, self._of_one):
                for part in parts:
                    self._round([part])
                return
            for part in parts:
                part.error = error
            return
        for part, result in zip(parts, results, strict=True):
            part.result.append(result)
