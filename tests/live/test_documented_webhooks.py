"""The documented webhook bodies beside those that the sandbox sends. The real service would need an address that it can
reach, and nothing but its own answers is ever believed (reliability, section 3), so this is for the sandbox alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.live.shapes import unlike
from tests.live.target import Box
from tests.providers.submagic.examples import INDEX

pytestmark = pytest.mark.xdist_group("contract")


def printed(method: str) -> list[Any]:
    return [each.data for each in INDEX if each.kind == "webhook" and each.method == method]


def test_of_a_captions_project(box: Box) -> None:
    target = box.target()
    made = target.kept.get("finished") or target.finished().id
    [*_earlier, body] = [json.loads(body) for _url, body in box.hooks if json.loads(body)["projectId"] == made]
    assert unlike(printed("create_project"), body) == ([], [])
    target.close()


def test_of_magic_clips(box: Box) -> None:
    target = box.target()
    made = target.clips().id
    [body] = [json.loads(body) for _url, body in box.hooks if json.loads(body)["projectId"] == made]
    assert unlike(printed("upload_magic_clips"), body) == ([], [])
    target.close()
