"""Reads: nothing is spent, nothing is left behind."""

from __future__ import annotations

import pytest

from providers import errors
from providers.submagic import statuses
from tests.live.target import Target

# One process for the folder: the sandbox is made once.
pytestmark = pytest.mark.xdist_group("contract")


def test_health(target: Target) -> None:
    health = target.client().health()
    assert health.takes_requests
    assert health.service == "submagic-public-api"
    assert health.timestamp is not None


def test_languages(target: Target) -> None:
    languages = target.client().languages()
    assert len(languages) >= 13
    assert {"en", "es", "fr", "de"} <= {language.code for language in languages}
    assert all(2 <= len(language.code) <= 10 and language.name for language in languages)


def test_templates(target: Target) -> None:
    names = target.client().templates()
    assert {"Sara", "Hormozi 2", "seth"} <= set(names)
    assert len(names) == len(set(names)) and all(len(name) <= 50 for name in names)


def test_hook_title_templates(target: Target) -> None:
    assert {"tiktok", "laura"} <= set(target.client().hook_title_templates())


def test_each_answer_tells_the_rate(target: Target) -> None:
    client = target.client()
    client.templates()
    first = client.last_rate
    client.templates()
    second = client.last_rate
    assert first is not None and second is not None
    assert first.limit is not None and first.limit >= 30 and second.limit == first.limit
    assert first.remaining is not None and second.remaining is not None
    assert second.remaining < first.remaining
    assert second.reset_in is not None and 0 < second.reset_in <= 86_400


def test_published_feed_page_by_page(target: Target) -> None:
    client = target.client()
    cursor: str | None = None
    seen: list[str] = []
    for _number in range(3):
        page = client.published(limit=1, cursor=cursor)
        assert len(page.items) <= 1
        for entry in page.items:
            seen.append(entry.id)
            assert entry.project_id and entry.platforms <= {"youtube", "tiktok", "instagram"}
            assert statuses.known(statuses.PublishStatus, entry.status)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("platform", ["youtube", "tiktok", "instagram"])
def test_published_feed_of_one_platform(target: Target, platform: str) -> None:
    page = target.client().published(platform=platform, limit=5)
    assert all(platform in entry.platforms for entry in page.items)


def test_media_library(target: Target) -> None:
    page = target.client().user_media(limit=3)
    assert len(page.items) <= 3
    for entry in page.items:
        assert entry.id and entry.type in ("VIDEO", "AUDIO", "IMAGE")


@pytest.mark.parametrize("kind", ["VIDEO", "AUDIO", "IMAGE"])
def test_media_library_of_one_type(target: Target, kind: str) -> None:
    assert {entry.type for entry in target.client().user_media(type=kind, limit=5).items} <= {kind}


def test_filters_that_do_not_exist_are_refused_by_name(target: Target) -> None:
    for call in (lambda c: c.published(platform="facebook"), lambda c: c.user_media(type="INVALID")):
        with pytest.raises(errors.Invalid) as caught:
            call(target.client())
        assert caught.value.details or "must be one of" in caught.value.upstream_message.lower()
