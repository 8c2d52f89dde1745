"""The film of a text-to-video project: a drawn card with its prompt, because no model lives here."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from sandbox.magic_hour.store import Project
from sandbox.media import ass, cards, ffmpeg

# The API estimates with 30 pictures a second and settles with what was rendered (official client, text_to_video).
FPS = 24


def render(project: Project, to: Path) -> None:
    """Write an MP4 (H.264; with `audio` a soft tone in AAC). It appears complete or not at all."""
    size, seconds = (project.width, project.height), project.end_seconds
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".render-", dir=to.parent) as folder:
        work = Path(folder)
        cards.write(work / "card.ass", project.prompt, size, seconds)
        graph = f"{cards.source(project.prompt, size, FPS, seconds)},{ass.drawn('card.ass')},format=yuv420p"
        sound: list[str | Path] = []
        if project.audio:
            sound = ["-f", "lavfi", "-i", f"sine=frequency=220:duration={seconds:.3f},volume=0.2", "-c:a", "aac"]
        made = work / "made.mp4"
        ffmpeg.run(
            [
                *("-threads", str(ffmpeg.THREADS), "-f", "lavfi", "-i", graph, *sound),
                *("-frames:v", str(max(1, round(seconds * FPS))), "-c:v", "libx264", "-preset", "veryfast"),
                *("-movflags", "+faststart", made),
            ],
            cwd=work,
        )
        os.replace(made, to)
