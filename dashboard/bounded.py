"""Questions that may never be answered (a database that takes the connection and says nothing, a network disk that is
gone), asked so that whoever asks is answered all the same.

No time-out of a library covers every way to hang, so each question has a thread of its own that may be left behind.
There is one at a time for each name: who comes meanwhile waits for the same answer, so that a public address cannot
be used to pile them up. One that hung for longer than GIVEN_UP is forgotten, and the next may try a fresh connection.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

from django.db import connections

GIVEN_UP: Final = 30.0

_open: dict[str, Question[Any]] = {}
_lock = threading.Lock()


class NoAnswer(Exception):
    """Nothing came back in time."""


class Question[T]:
    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._begun = time.monotonic()
        self._done = threading.Event()
        self._answers: list[T] = []
        self._error: Exception | None = None
        # A daemon: a process that wants to end does not wait for it.
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self._answers.append(self._ask())
        except Exception as error:
            self._error = error
        finally:
            # Nobody else will ever use this thread's connections.
            connections.close_all()
            self._done.set()

    @property
    def is_open(self) -> bool:
        return not self._done.is_set() and time.monotonic() - self._begun < GIVEN_UP

    def wait(self, seconds: float) -> T:
        """The answer, or what was raised instead. Raises NoAnswer when nothing came."""
        if not self._done.wait(max(0.0, seconds)):
            raise NoAnswer
        if self._error:
            raise self._error
        return self._answers[0]


def begin[T](name: str, ask: Callable[[], T]) -> Question[T]:
    """Ask, or join the one who does already. `name` stands for what is asked."""
    with _lock:
        question = _open.get(name)
        if question is None or not question.is_open:
            question = _open[name] = Question(ask)
        return question


def ask[T](name: str, question: Callable[[], T], *, seconds: float) -> T:
    return begin(name, question).wait(seconds)
