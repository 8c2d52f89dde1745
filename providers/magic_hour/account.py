"""The account of a key: its credits and plan (the official client's account.list; GET /v1/account)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from providers import reading
from providers.magic_hour.video_project import credits


@dataclass(frozen=True, slots=True)
class Account:
    """`raw` is the whole answer; it holds the e-mail address of the account's owner, so `repr` leaves it out.

    credits  what can be spent now, of the subscription and of bought packs
    tier     the plan in effect, for machines: free, creator, pro, business; others may come
    name     the plan's name for people, such as "Pro Plus"; None without a subscription. For a moment after a change
             of the plan it may say something else than `tier`
    """

    id: str | None
    credits: int | None
    tier: str | None
    name: str | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        subscription = reading.mapping(data, "subscription") or {}
        found = cls(
            id=reading.text(data, "id"),
            credits=credits(data, "credits"),
            tier=reading.text(data, "tier"),
            name=reading.text(subscription, "name"),
            raw=dict(data),
        )
        if found.id is None and found.credits is None and found.tier is None:
            reading.refuse("it is about no account")
        return found
