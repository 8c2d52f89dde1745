"""Refusals: each request is wrong in a way that cannot be accepted, so nothing is spent and nothing is made."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from providers import errors
from providers.submagic import CreateMagicClips, CreateProject, PublishRequest, SubmagicClient, TikTok, UpdateProject
from tests.live.target import Target

pytestmark = pytest.mark.xdist_group("contract")

# Refused for itself (001 Create Project, error responses), whatever else a request says.
SOCIAL = "https://www.youtube.com/watch?v=abcdefghijk"
CALLS: dict[str, Callable[[SubmagicClient], Any]] = {
    "languages": lambda c: c.languages(),
    "get_project": lambda c: c.get_project(str(uuid.uuid4())),
    "user_media": lambda c: c.user_media(),
    "published": lambda c: c.published(),
    "create_project": lambda c: c.create_project(CreateProject(title="T", language="en", video_url=SOCIAL)),
}
NEW_ID: dict[str, Callable[[SubmagicClient, str], Any]] = {
    "get_project": lambda c, number: c.get_project(number),
    "export_project": lambda c, number: c.export_project(number),
    "update_project": lambda c, number: c.update_project(number, UpdateProject(remove_silence_pace="natural")),
    "publish": lambda c, number: c.publish(number, PublishRequest(tiktok=TikTok(content="x"))),
}


class Strange(CreateProject):
    """A message without a video, and with one field that the API does not know: the client itself sends neither."""

    def to_json(self) -> dict[str, Any]:
        return {"title": self.title, "language": self.language, "noSuchField": "x"}


@pytest.mark.parametrize("name", CALLS)
def test_wrong_key(target: Target, name: str) -> None:
    with pytest.raises(errors.Unauthorised) as caught:
        CALLS[name](target.client(key=target.wrong_key))
    assert caught.value.code == "UNAUTHORIZED"
    assert target.wrong_key not in str(caught.value) or len(target.wrong_key) < 12


@pytest.mark.parametrize("name", NEW_ID)
def test_project_that_does_not_exist(target: Target, name: str) -> None:
    with pytest.raises(errors.ProjectNotFound) as caught:
        NEW_ID[name](target.client(), str(uuid.uuid4()))
    assert caught.value.code == "NOT_FOUND"


def test_address_that_does_not_exist_is_told_from_a_missing_project(target: Target) -> None:
    with pytest.raises(errors.RouteNotFound):
        target.client(under="/nowhere").templates()


def test_unknown_field_is_refused_by_name(target: Target) -> None:
    with pytest.raises(errors.Invalid) as caught:
        target.client().create_project(Strange(title="T", language="en", video_url=SOCIAL))
    assert "noSuchField" in caught.value.upstream_message
    assert "noSuchField" in {detail.field for detail in caught.value.details}


def test_social_link_is_refused(target: Target) -> None:
    with pytest.raises(errors.Invalid) as caught:
        target.client().create_project(CreateProject(title="T", language="en", video_url=SOCIAL))
    assert "social media" in caught.value.upstream_message


def test_title_that_is_too_long_is_refused_by_name(target: Target) -> None:
    with pytest.raises(errors.Invalid) as caught:
        target.client().create_project(CreateProject(title="x" * 101, language="en", video_url=SOCIAL))
    assert caught.value.outcome == "rejected"
    assert "title" in caught.value.message.lower() or "social media" in caught.value.message


def test_preset_beside_a_template_is_a_conflict_of_options(target: Target) -> None:
    request = CreateProject(
        title="T", language="en", video_url=SOCIAL, preset_id=str(uuid.uuid4()), template_name="Sara"
    )
    with pytest.raises(errors.Invalid) as caught:
        target.client().create_project(request)
    if "social media" not in caught.value.upstream_message:
        assert isinstance(caught.value, errors.OptionsConflict)


def test_magic_clips_take_youtube_addresses_only(target: Target) -> None:
    request = CreateMagicClips(title="T", language="en", youtube_url="https://example.com/not-youtube")
    with pytest.raises(errors.Rejected) as caught:
        target.client().create_magic_clips(request)
    assert isinstance(caught.value, errors.Invalid | errors.Forbidden)


def test_media_from_a_social_link_is_refused(target: Target) -> None:
    with pytest.raises(errors.Invalid):
        target.client().create_user_media(SOCIAL)
