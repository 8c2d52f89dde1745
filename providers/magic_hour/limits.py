"""How often Magic Hour is called, in one table.

No document names a limit; 429 exists (docs.magichour.ai, Quick Start: retry later). What is stated is how often a video
may be looked at: every 5 to 10 seconds (docs.magichour.ai, Adding API to Your App, Understanding job status).
"""

from __future__ import annotations

from typing import Final

from providers.limits import Rate

# Keys are the `Call.name`s of the client. "unstated": the documents name no number, so a careful one is used.
RATES: Final[dict[str, Rate]] = {
    "video_projects.get": Rate(360, 720, source="unstated; one video looked at every 10 seconds, at most every 5"),
    "video_projects.delete": Rate(100, 100, source="unstated"),
    "account.get": Rate(100, 100, source="unstated"),
}
UNSTATED: Final = Rate(100, 100, source="unstated")


def rate(endpoint: str) -> Rate:
    """The rate of an endpoint class that we begin with."""
    return RATES.get(endpoint, UNSTATED)


# A signed link lives for 24 hours, and a look may give one that was made before (docs.magichour.ai, Inputs & Outputs).
DOWNLOAD_SECONDS: Final = 86_400
# The window in which a webhook is believed (docs.magichour.ai, Securing Your Webhook Handler).
WEBHOOK_SECONDS: Final = 300
