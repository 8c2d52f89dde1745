"""Made-up numbers of posts: seeded, growing with time, never falling. They say nothing about real audiences."""

from __future__ import annotations

import hashlib
import math
from typing import Any

# Views in the end (before chance and virality), and of these the shares that like, comment, share and click.
PLATFORMS: dict[str, dict[str, float]] = {
    "youtube": {"views": 9_000, "likes": 0.045, "comments": 0.006, "shares": 0.004, "clicks": 0.012, "seen": 4.1},
    "tiktok": {"views": 21_000, "likes": 0.085, "comments": 0.009, "shares": 0.012, "clicks": 0.0, "seen": 1.5},
    "instagram": {"views": 13_000, "likes": 0.062, "comments": 0.007, "shares": 0.009, "clicks": 0.004, "seen": 2.2},
}
MINUTES, DAYS = 600.0, 36 * 3600.0


def share(name: str, of: str) -> float:
    """A number 0..1 that is always the same for the same names."""
    digest = hashlib.sha256(f"{name}:{of}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def analytics(name: str, platform: str, age: float, virality: int) -> dict[str, Any]:
    """The document's `analytics` of a post that has been up for `age` seconds; TikTok reports no clicks."""
    model = PLATFORMS[platform]

    def vary(of: str, low: float, high: float) -> float:
        return low + (high - low) * share(name, of)

    # Twenty points of virality double the audience; chance alone makes three times as much or a third.
    final = model["views"] * 2 ** ((virality - 70) / 20) * math.exp(vary("luck", -1.1, 1.1))
    # A first wave within minutes, the rest over days; both saturate.
    early = vary("early", 0.15, 0.3)
    grown = early * -math.expm1(-age / MINUTES) + (1 - early) * -math.expm1(-age / (DAYS * vary("pace", 0.6, 1.6)))
    views = math.floor(final * grown)
    likes = math.floor(views * model["likes"] * vary("likes", 0.6, 1.5))
    comments = math.floor(views * model["comments"] * vary("comments", 0.5, 1.6))
    shares = math.floor(views * model["shares"] * vary("shares", 0.5, 1.8))
    result: dict[str, Any] = {
        "views": views,
        "likes": likes,
        "comments": comments,
        "shares": shares,
        "impressions": math.floor(views * model["seen"] * vary("seen", 0.8, 1.3)),
        "reach": math.floor(views * vary("reach", 0.62, 0.9)),
    }
    if platform != "tiktok":
        result["clicks"] = math.floor(views * model["clicks"] * vary("clicks", 0.4, 1.7))
    result["engagementRate"] = round((likes + comments + shares) / views, 4) if views else 0.0
    return result
