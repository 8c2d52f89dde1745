"""What the clients of all providers have in common: one account behind one wire."""

from __future__ import annotations

from typing import Self

from providers.http import Wire
from providers.ratelimit import RateHeaders


class AccountClient:
    """A context manager that closes its wire. `_mask` is all that is ever shown of its secrets."""

    _wire: Wire
    _mask: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._mask}, base_url={self._wire.base_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._wire.close()

    @property
    def last_rate(self) -> RateHeaders | None:
        """The rate headers of the last answer, None before the first."""
        return self._wire.last_rate
