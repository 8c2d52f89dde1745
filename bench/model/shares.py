"""How much of what happens on a team's afternoon of posting (bench/model/posting.py)."""

from __future__ import annotations

from typing import Final

VIDEOS: Final = 18
WISHES: Final = 30
MINUTES: Final = 20.0
# Of all posts that are sent: an outcome that nobody can know, the worker's death after it was sent (both as in the
# model of the design, reliability 1.3), and a plain refusal.
BAD: Final = 0.05
KILLED: Final = 0.01
REFUSED: Final = 0.02
# Of all reads: no usable answer.
BAD_READS: Final = 0.02
# Of all wishes: a colleague posts the very same video by hand at about the same time.
COLLEAGUES: Final = 0.02
# Seconds at most until the list shows a new post.
LAG: Final = 120.0
