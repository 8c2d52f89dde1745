"""Publishing, the feed and its numbers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.sandbox.conftest import BOB, StandIn

ALL = {
    "youtube": {"title": "Talk", "description": "About talking", "tags": ["talk"], "firstComment": "First"},
    "tiktok": {"content": "Talk #talk"},
    "instagram": {"format": "reel", "content": "Talk", "firstComment": "First"},
}


def publish(stand: StandIn, number: str, **body: Any) -> dict[str, Any]:
    answer = stand.client.post(f"/v1/projects/{number}/publish", json={"platforms": ALL} | body)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


def feed(stand: StandIn, **query: Any) -> list[dict[str, Any]]:
    answer = stand.get("/v1/projects/published", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def test_publish_now_is_answered_as_documented(stand: StandIn) -> None:
    number = stand.make_finished()
    body = publish(stand, number)
    assert re.fullmatch(r"pub_[0-9a-f-]{36}", body.pop("id"))
    assert body == {
        "projectId": number,
        "scheduled": False,
        "publishedAt": "2026-04-28T12:34:56.000Z",
        "status": "published",
        "platforms": ["youtube", "tiktok", "instagram"],
    }


def test_publish_later_is_accepted_and_waits(stand: StandIn) -> None:
    number = stand.make_finished()
    answer = stand.client.post(
        f"/v1/projects/{number}/publish", json={"platforms": ALL, "scheduledFor": "2026-04-28T13:00:00Z"}
    )
    assert answer.status_code == 202
    assert (answer.json()["scheduled"], answer.json()["status"]) == (True, "scheduled")
    assert answer.json()["publishedAt"] == "2026-04-28T13:00:00.000Z"
    entry = feed(stand)[0]
    assert (entry["status"], entry["scheduled"]) == ("scheduled", True)
    assert {post["publishStatus"] for post in entry["posts"]} == {"scheduled"}
    stand.clock.move(hours=1)
    assert feed(stand)[0]["status"] == "published"


def test_project_without_a_file_is_refused(stand: StandIn) -> None:
    number = stand.make_finished(file=None)
    answer = stand.client.post(f"/v1/projects/{number}/publish", json={"platforms": ALL})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "BAD_REQUEST",
        "message": "Project must be exported before it can be published",
    }
    assert feed(stand) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"platforms": {}}, "platforms"),
        ({"platforms": {"facebook": {}}}, "platforms.facebook"),
        ({"platforms": {"youtube": {"title": "x" * 101}}}, "platforms.youtube.title"),
        ({"platforms": {"youtube": {"tags": "talk"}}}, "platforms.youtube.tags"),
        ({"platforms": {"tiktok": {"caption": "x"}}}, "platforms.tiktok.caption"),
        ({"platforms": {"instagram": {"format": "reel"}}}, "platforms.instagram.content"),
        ({"platforms": {"instagram": {"format": "post", "content": "x"}}}, "platforms.instagram.format"),
        ({"platforms": ALL, "scheduledFor": "tomorrow"}, "scheduledFor"),
        ({"platforms": ALL, "scheduledFor": "2026-04-28T12:00:00Z"}, "scheduledFor"),
    ],
)
def test_wrong_platform_options_are_named(stand: StandIn, body: dict[str, Any], field: str) -> None:
    answer = stand.client.post(f"/v1/projects/{stand.make_finished()}/publish", json=body)
    assert answer.status_code == 400, answer.text
    assert [detail["field"] for detail in answer.json()["details"]] == [field]
    assert feed(stand) == []


def test_story_needs_no_content(stand: StandIn) -> None:
    answer = stand.client.post(
        f"/v1/projects/{stand.make_finished()}/publish", json={"platforms": {"instagram": {"format": "story"}}}
    )
    assert answer.status_code == 200


def test_posts_go_up_and_are_synced_one_after_the_other(stand: StandIn) -> None:
    publish(stand, stand.make_finished())
    seen: list[tuple[str, str, bool]] = []
    for _ in range(12):
        entry = feed(stand)[0]
        tube = entry["posts"][0]
        assert (tube["platformPostUrl"] is None) == (tube["publishStatus"] != "published")
        state = (tube["publishStatus"], tube["syncStatus"], tube["analytics"] is not None)
        if state not in seen:
            seen.append(state)
        stand.clock.move(seconds=1)
    assert seen == [("processing", "pending", False), ("published", "pending", False), ("published", "synced", True)]


def test_post_addresses_have_the_platforms_form(stand: StandIn) -> None:
    publish(stand, stand.make_finished())
    stand.clock.move(seconds=20)
    posts = {post["platform"]: post for post in feed(stand)[0]["posts"]}
    assert re.fullmatch(r"https://youtube\.com/watch\?v=[\w-]{11}", posts["youtube"]["platformPostUrl"])
    assert re.fullmatch(r"https://www\.tiktok\.com/@sandbox/video/7\d{18}", posts["tiktok"]["platformPostUrl"])
    assert re.fullmatch(r"https://www\.instagram\.com/reel/[\w-]{11}/", posts["instagram"]["platformPostUrl"])
    assert all(post["error"] is None for post in posts.values())


def test_numbers_grow_with_time_and_never_fall(stand: StandIn) -> None:
    publish(stand, stand.make_finished())
    stand.clock.move(seconds=15)
    before = {post["platform"]: post["analytics"] for post in feed(stand)[0]["posts"]}
    assert all(numbers["views"] > 0 for numbers in before.values())
    assert "clicks" not in before["tiktok"] and "clicks" in before["youtube"]
    for hours in (1, 5, 24, 72):
        stand.clock.move(hours=hours)
        now = {post["platform"]: post["analytics"] for post in feed(stand)[0]["posts"]}
        for platform, numbers in now.items():
            assert numbers["views"] > before[platform]["views"]
            assert all(numbers[name] >= before[platform][name] for name in numbers if name != "engagementRate")
            reactions = numbers["likes"] + numbers["comments"] + numbers["shares"]
            assert numbers["engagementRate"] == pytest.approx(reactions / numbers["views"], abs=1e-4)
            assert numbers["reach"] <= numbers["views"] <= numbers["impressions"]
        before = now
    # All of a post's numbers together: after some seconds two posts may well have as many views.
    assert len({tuple(numbers.items()) for numbers in before.values()}) == 3
    stand.clock.move(days=60)
    settled = feed(stand)
    stand.clock.move(days=60)
    for early, late in zip(settled[0]["posts"], feed(stand)[0]["posts"], strict=True):
        assert late["analytics"]["views"] <= early["analytics"]["views"] * 1.001 + 1


def test_feed_pages_newest_first_without_loss_or_repeat(stand: StandIn) -> None:
    number = stand.make_finished()
    sent = []
    for index in range(5):
        stand.clock.move(seconds=index % 2)  # some share one moment
        sent.append(publish(stand, number)["id"])
    seen: list[str] = []
    cursor: str | None = None
    pages = 0
    while cursor is not None or not pages:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        body = stand.get("/v1/projects/published", params=query).json()
        seen += [entry["id"] for entry in body["data"]]
        cursor = body["pagination"]["nextCursor"]
        pages += 1
    assert seen == sent[::-1] and pages == 3


def test_feed_filters_by_platform_and_account(stand: StandIn) -> None:
    number = stand.make_finished()
    publish(stand, number, platforms={"youtube": {"title": "Talk"}})
    publish(stand, number, platforms={"tiktok": {"content": "Talk"}})
    assert [entry["posts"][0]["platform"] for entry in feed(stand, platform="tiktok")] == ["tiktok"]
    assert feed(stand, platform="instagram") == []
    other = stand.client_for(BOB).get("/v1/projects/published").json()
    assert other == {"data": [], "pagination": {"nextCursor": None}}


@pytest.mark.parametrize(
    ("query", "field"),
    [({"platform": "facebook"}, "platform"), ({"limit": "0"}, "limit"), ({"limit": "101"}, "limit")]
    + [({"cursor": "rubbish"}, "cursor"), ({"cursor": "eyJpZCI6InB1Yl94In0="}, "cursor")],
)
def test_wrong_query_is_named(stand: StandIn, query: dict[str, str], field: str) -> None:
    answer = stand.get("/v1/projects/published", params=query)
    assert answer.status_code == 400
    body = answer.json()
    assert (body["error"], body["details"][0]["field"]) == ("VALIDATION_ERROR", field)


def test_feed_survives_a_restart_with_the_same_numbers(stand: StandIn) -> None:
    publish(stand, stand.make_finished())
    stand.clock.move(hours=3)
    before = feed(stand)
    stand.restart()
    assert feed(stand) == before and before[0]["posts"][0]["analytics"]["views"] > 0
