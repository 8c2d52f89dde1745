"""Videos that every account has, for trying things: each is made when somebody first asks for its id."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.magic_hour.context import Context
from sandbox.magic_hour.create import ESTIMATED_FPS, base_url, size
from sandbox.magic_hour.store import Project


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    prompt: str
    ratio: str
    seconds: float
    type: str = "TEXT_TO_VIDEO"
    error: tuple[str, str] | None = None  # code and message of one that cannot be made


PRICE: Final = 75

SAMPLES: Final[Mapping[str, Sample]] = {
    "sample-meadow": Sample("A dog in a meadow", "A dog runs through a meadow", "16:9", 5),
    "sample-harbour": Sample("Evening at the harbour", "Boats come home in the evening", "9:16", 8),
    "sample-broken": Sample(
        "Nobody in the picture", "-", "16:9", 5, "FACE_SWAP", ("no_face", "No face was found in the source video.")
    ),
}


def row_id(account: str, number: str) -> str:
    """Of a sample each account has a row of its own; `shown_id` is what the API says."""
    return f"{number}@{account}" if number in SAMPLES else number


def shown_id(number: str) -> str:
    return number.partition("@")[0]


def ensure(here: Context, db: sqlite3.Connection, account: str, number: str) -> bool:
    """Make the sample of this id if there is one and it is not there yet; whether it was made now."""
    sample = SAMPLES.get(number)
    if sample is None or here.store.project(db, row_id(account, number)) is not None:
        return False
    width, height = size(sample.ratio, "360p")
    here.store.account(db, account)
    here.store.add(
        db,
        Project(
            id=row_id(account, number),
            account=account,
            name=sample.name,
            status="error" if sample.error else "queued",
            type=sample.type,
            prompt=sample.prompt,
            width=width,
            height=height,
            end_seconds=sample.seconds,
            fps=ESTIMATED_FPS,
            base_url=base_url(),
            created_at=here.now(),
            credits=0 if sample.error else PRICE,
            error_code=sample.error[0] if sample.error else None,
            error_message=sample.error[1] if sample.error else None,
        ),
    )
    if not sample.error:
        here.store.pay(db, account, PRICE)
        here.store.add_job(db, "start", row_id(account, number), here.later(here.settings.magic_hour_delay))
    return True
