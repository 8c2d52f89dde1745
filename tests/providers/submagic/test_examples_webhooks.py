"""Every documented webhook body: it rings for its project, and its clips are read like those of the project itself."""

from __future__ import annotations

import json

from projects_app.actions import webhooks
from providers.submagic import Clip, ViralityScores
from tests.providers.submagic.examples import Example, each


@each("webhook")
def test_webhook(example: Example) -> None:
    body = example.data
    claim = webhooks.parse(json.dumps(body).encode())
    assert claim == webhooks.Claim(upstream_id=body["projectId"], status="completed")


@each("webhook")
def test_clips_of_a_webhook(example: Example) -> None:
    printed = example.data.get("magicClips", [])
    assert bool(printed) == (example.method != "create_project")
    for given in printed:
        clip = Clip.from_json(given)
        assert (clip.id, clip.title, clip.duration) == (given["id"], "ProMotion Display Breakthrough", 21.04)
        assert clip.scores == ViralityScores(89, 23, 22, 21, 23)
        assert clip.is_completed and clip.url == given["directUrl"]
