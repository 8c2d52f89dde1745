"""Places in the gallery's orders: whoever goes on from one meets every clip once, whatever the order."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from dashboard.models import Team
from projects_app.models import Clip, Decision, clip_order
from projects_app.models.clip_order import ClipSort
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def clips(team: Team) -> list[Clip]:
    """With the same values twice, and without some of them."""
    project, now = factories.make_project(team), timezone.now()
    made = []
    for number, (score, length) in enumerate([(90, 30), (90, 30), (None, 12), (40, None), (None, None), (72.5, 61)]):
        clip = factories.make_clip(project, upstream_id=f"clip-{number}", virality_total=score, duration=length)
        decided = {"decision": Decision.APPROVED, "decided_at": now} if number % 2 else {}
        Clip.objects.filter(pk=clip.pk).update(created_at=now - dt.timedelta(hours=number // 2), **decided)
        made.append(clip)
    return made


@pytest.mark.parametrize("sort", ClipSort.values)
@pytest.mark.parametrize("backwards", [False, True])
def test_going_on_from_each_place_meets_every_clip_once(clips: list[Clip], sort: str, backwards: bool) -> None:
    whole = list(Clip.objects.in_order(sort, backwards=backwards))
    assert len(whole) == len(clips)
    for number, clip in enumerate(whole):
        place = clip_order.read(clip_order.write(clip_order.place_of(clip, sort)), sort)
        assert place == clip_order.place_of(clip, sort)
        assert list(Clip.objects.beyond(sort, place, backwards=backwards)) == whole[number + 1 :]


@pytest.mark.parametrize("sort", ClipSort.values)
def test_backwards_is_the_other_way_round(clips: list[Clip], sort: str) -> None:
    assert list(Clip.objects.in_order(sort))[::-1] == list(Clip.objects.in_order(sort, backwards=True))


def test_what_each_order_begins_and_ends_with(clips: list[Clip]) -> None:
    def order(sort: str) -> list[object]:
        return [clip.upstream_id for clip in Clip.objects.in_order(sort)]

    assert order(ClipSort.SCORE)[2:4] == ["clip-5", "clip-3"], "no score comes last"
    assert order(ClipSort.LONGEST)[0] == "clip-5" and set(order(ClipSort.LONGEST)[-2:]) == {"clip-3", "clip-4"}
    assert order(ClipSort.SHORTEST)[0] == "clip-2" and set(order(ClipSort.SHORTEST)[-2:]) == {"clip-3", "clip-4"}
    assert set(order(ClipSort.NEWEST)[:2]) == {"clip-0", "clip-1"}
    assert set(order(ClipSort.UNDECIDED)[:3]) == {"clip-0", "clip-2", "clip-4"}


@pytest.mark.parametrize("text", ["", "~", "x", "1~2", "nan~x", "inf~3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01", "1~2~3~4"])
@pytest.mark.parametrize("sort", ClipSort.values)
def test_what_is_no_place_is_none(sort: str, text: str) -> None:
    assert clip_order.read(text, sort) is None
