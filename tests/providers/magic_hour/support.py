"""What the tests of the Magic Hour client share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from providers.magic_hour import MagicHourClient

KEY = "mhk_live_" + "0123456789abcdef" * 4
ID = "cuid-example"
FIXTURES = Path(__file__).with_name("fixtures")


def example(name: str) -> Any:
    """One JSON example of the documents."""
    return json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))


def client(transport: httpx.BaseTransport, **options: Any) -> MagicHourClient:
    return MagicHourClient(KEY, transport=transport, **options)
