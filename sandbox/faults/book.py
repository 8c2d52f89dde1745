"""Keeps the orders and what came of them, in memory: a new process begins without faults."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from sandbox.faults.orders import Order, read


class Book:
    """Orders are asked in the order in which they came; a match that one takes is not seen by the later ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Order] = []
        self._fired: list[tuple[str, dict[str, Any]]] = []
        self._count = 0

    def order(self, account: str, body: Any) -> Order:
        """Take an order; raises OrderError."""
        on, do = read(body)
        with self._lock:
            self._count += 1
            made = Order(str(self._count), account, on, do)
            self._orders.append(made)
        return made

    def cancel(self, account: str, number: str | None = None) -> bool:
        """Forget one order, or all of an account with the record of them; False when there is no such order."""
        with self._lock:
            kept = [each for each in self._orders if each.account != account or number not in (None, each.id)]
            found = len(kept) < len(self._orders)
            self._orders = kept
            if number is None:
                self._fired = [each for each in self._fired if each[0] != account]
        return found

    def for_request(self, account: str | None, method: str, path: str) -> Order | None:
        """The fault of this request; counts it."""
        return self._take(lambda order: order.matches_request(account, method, path))

    def for_hook(self, account: str, project: str, status: str) -> Order | None:
        """The fault of this webhook; counts it."""
        return self._take(lambda order: order.matches_hook(account, project, status))

    def _take(self, matches: Callable[[Order], bool]) -> Order | None:
        with self._lock:
            return next((order for order in self._orders if matches(order) and order.take()), None)

    def note(self, order: Order, **what: Any) -> None:
        """Record that a fault happened, for its account to read."""
        with self._lock:
            self._fired.append((order.account, {"fault": order.id, "kind": order.kind} | what))

    def as_json(self, account: str) -> dict[str, Any]:
        with self._lock:
            return {
                "faults": [order.as_json() for order in self._orders if order.account == account],
                "fired": [what for who, what in self._fired if who == account],
            }
