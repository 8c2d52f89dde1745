"""Publications: the answer to a publish, and the feed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from providers.errors import BadAnswer
from providers.submagic import (
    Publication,
    Published,
    PublishedPage,
    PublishStatus,
    SyncStatus,
)
from tests.providers.submagic.support import example

ID = "550e8400-e29b-41d4-a716-446655440000"


def test_publish_examples() -> None:
    now = Published.from_json(example("publish_now"))
    assert (now.scheduled, now.platforms, now.project_id) == (False, ("youtube", "tiktok"), ID)
    assert now.known_status is PublishStatus.PUBLISHED
    later = Published.from_json(example("publish_scheduled"))
    assert later.scheduled
    assert later.published_at == dt.datetime(2026, 5, 1, 15, tzinfo=dt.UTC)


def test_publication_is_never_filed_under_its_project() -> None:
    with pytest.raises(BadAnswer):
        Published.from_json({"projectId": ID, "status": "published"})


def test_feed_examples() -> None:
    page = PublishedPage.from_json(example("published"))
    assert page.next_cursor == "eyJpZCI6InB1Yl83YjJjM2Q0ZSJ9"
    [publication] = page.items
    assert (publication.project_title, publication.project_id) == ("How I Doubled My Revenue in 30 Days", ID)
    [post] = publication.posts
    assert post.known_publish_status is PublishStatus.PUBLISHED
    assert post.known_sync_status is SyncStatus.SYNCED
    assert post.analytics is not None
    assert (post.analytics.views, post.analytics.clicks, post.analytics.engagement_rate) == (1234, 120, 0.125)
    assert PublishedPage.from_json(example("published_empty")) == PublishedPage(items=())


@pytest.mark.parametrize(
    ("tail", "cursor"),
    [
        ({"pagination": {"nextCursor": "c"}}, "c"),
        ({"pagination": {"nextCursor": None}}, None),
        ({"pagination": {}}, None),
        ({}, None),
        ({"pagination": {"nextCursor": ""}}, None),
        ({"pagination": {"nextCursor": "c", "hasMore": False}}, None),
        ({"hasMore": True, "nextCursor": "c"}, "c"),
        ({"hasMore": False, "nextCursor": "c"}, None),
    ],
)
@pytest.mark.parametrize("name", ["data", "items"])
def test_end_of_the_feed_in_every_form(name: str, tail: dict[str, Any], cursor: str | None) -> None:
    assert PublishedPage.from_json({name: [], **tail}).next_cursor == cursor


def test_feed_without_a_list_is_refused() -> None:
    with pytest.raises(BadAnswer):
        PublishedPage.from_json({"pagination": {"nextCursor": None}})


def test_cursor_of_wrong_type_is_not_the_end() -> None:
    with pytest.raises(BadAnswer):
        PublishedPage.from_json({"data": [], "pagination": {"nextCursor": 7}})


def test_posts_without_numbers_and_partial_failure() -> None:
    publication = Publication.from_json(
        {
            "id": "pub_1",
            "status": "published",
            "posts": [
                {"platform": "TikTok", "publishStatus": "FAILED", "analytics": None, "error": "no"},
                {"platform": "youtube", "publishStatus": "published", "analytics": {"views": True, "likes": "7"}},
            ],
        }
    )
    assert publication.platforms == {"tiktok", "youtube"}
    assert publication.is_partly_failed
    assert publication.posts[0].analytics is None
    analytics = publication.posts[1].analytics
    assert analytics is not None and (analytics.views, analytics.likes) == (None, None)
