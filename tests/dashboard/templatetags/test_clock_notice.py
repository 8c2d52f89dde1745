"""The notice of a wrong clock on every page (reliability, R14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from dashboard import skew
from dashboard.models import Environment, Role, Team, User
from providers.clock import ClockReading
from tests import factories

ClientOf = Callable[[User], Client]
NOTICE = "clock-notice"
PAGES = ["/t/harbour/", "/t/harbour/projects/", "/t/harbour/clips/", "/t/harbour/settings/", "/account/profile/"]


def hear(*ahead: float) -> None:
    for seconds in ahead:
        skew.learn(Environment.LIVE, ClockReading(seconds, 0.5))


def test_it_is_on_every_page_and_goes_away_by_itself(alice: User, client_of: ClientOf) -> None:
    client = client_of(alice)
    for page in PAGES:
        assert NOTICE not in client.get(page).content.decode(), page
    hear(95)
    assert NOTICE not in client.get(PAGES[0]).content.decode(), "one answer is none"
    hear(95)
    for page in PAGES:
        text = client.get(page).content.decode()
        assert text.count(NOTICE) == 1, page
        assert "This desk’s clock is 2 min fast" in text
    hear(0)
    assert NOTICE not in client.get(PAGES[0]).content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_admins_are_told_what_to_do_and_the_others_whom_to_tell(team: Team, client_of: ClientOf, role: Role) -> None:
    hear(-95, -95)
    text = client_of(factories.make_member(team, role)).get(PAGES[1]).content.decode()
    notice = text.split(NOTICE)[1].split("</div>\n</div>")[0].split("page-header")[0]
    assert "2 min slow" in notice
    is_admin = role in (Role.OWNER, Role.ADMIN)
    assert ("time server" in notice) == is_admin
    assert ("/t/harbour/settings/doctor/" in notice) == is_admin
    assert ("Tell an admin of the team." in notice) != is_admin


def test_strangers_and_fragments_do_not_get_it(alice: User, client: Client, client_of: ClientOf) -> None:
    hear(95, 95)
    assert NOTICE not in client.get(reverse("account_login")).content.decode()
    part = client_of(alice).get(PAGES[0], headers={"HX-Request": "true", "HX-Target": "needs"})
    assert NOTICE not in part.content.decode()


def test_it_costs_one_look_into_the_cache_and_no_query(
    alice: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    client = client_of(alice)
    client.get(PAGES[1])
    looked: list[str] = []
    get = cache.get
    monkeypatch.setattr(cache, "get", lambda key, *rest, **more: (looked.append(key), get(key, *rest, **more))[1])
    with django_assert_num_queries(0):
        assert skew.shown() is None
    client.get(PAGES[1])
    assert [key for key in looked if "clock" in key] == ["clock-skew"] * 2
