from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from dashboard import pulse
from dashboard.actions import restores
from dashboard.models import ApiKey, CallState, Epoch, Team, User
from dashboard.pulse import Sign
from tests import factories

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User], Client]
PAGE = "/t/harbour/settings/restored/"


@pytest.fixture
def held(team: Team, api_key: ApiKey) -> None:
    at = timezone.now() + dt.timedelta(days=1)
    factories.make_call(team)
    factories.make_call(team, operation="publish", state=CallState.DRAFT, not_before=at, next_look_at=at)
    pulse.note(), pulse.note()
    Epoch.objects.filter(pk=1).update(pulse=1)
    assert restores.watch()


def is_held() -> bool:
    return Team.objects.get(slug="harbour").held_since is not None


def test_every_page_says_so(held: None, client_of: ClientOf, alice: User, vera: User) -> None:
    for user, words in ((alice, "Look at it"), (vera, "What it means")):
        for page in ("/t/harbour/", "/t/harbour/projects/", "/t/harbour/analytics/"):
            html = client_of(user).get(page).content.decode()
            assert "works with a restored backup" in html and PAGE in html and words in html


def test_no_page_says_so_without_one(team: Team, client_of: ClientOf, alice: User) -> None:
    client = client_of(alice)
    assert "restored backup" not in client.get("/t/harbour/").content.decode()
    assert "Nothing is held" in client.get(PAGE).content.decode()


def test_the_page_counts_what_is_held(held: None, client_of: ClientOf, alice: User) -> None:
    html = client_of(alice).get(PAGE).content.decode()
    assert "1 request in doubt" in html and "1 scheduled post waits for a person" in html
    assert "this machine had seen newer things" in html
    assert "Being read from Submagic" in html and "I have looked at" in html


def test_a_member_reads_and_cannot_let_it_go_on(held: None, client_of: ClientOf, bob: User) -> None:
    client = client_of(bob)
    html = client.get(PAGE).content.decode()
    assert "Go on sending" not in html and "An admin or owner" in html
    assert client.post(PAGE, {"looked": "yes"}).status_code == 403
    assert is_held()


def test_posts_that_were_not_read_yet_are_asked_about(held: None, client_of: ClientOf, alice: User) -> None:
    client = client_of(alice)
    answer = client.post(PAGE)
    assert answer.status_code == 422 and "Not all posts have been read" in answer.content.decode()
    assert is_held()
    assert client.post(PAGE, {"looked": "yes"}).status_code == 302
    assert not is_held()


def test_once_the_posts_are_read_one_click_is_enough(held: None, client_of: ClientOf, alice: User) -> None:
    ApiKey.objects.update(feed_synced_at=timezone.now())
    client = client_of(alice)
    html = client.get(PAGE).content.decode()
    assert "I have looked at" not in html and "Read from Submagic since" in html
    answer = client.post(PAGE, follow=True)
    assert "Sending goes on" in answer.content.decode() and not is_held()
    # Pressed again in another tab nothing happens.
    assert client.post(PAGE).status_code == 302


def test_a_refused_key_is_told_apart(held: None, client_of: ClientOf, alice: User) -> None:
    ApiKey.objects.update(state=ApiKey.State.INVALID)
    assert "nobody here can see what went out" in client_of(alice).get(PAGE).content.decode()


def test_a_page_of_the_restore_before_releases_nothing(held: None, client_of: ClientOf, alice: User) -> None:
    client, number = client_of(alice), Epoch.current().number
    assert f'name="life" value="{number}"' in client.get(PAGE).content.decode()
    restores.begin(sign=Sign.SAID)
    answer = client.post(PAGE, {"looked": "yes", "life": str(number)}, follow=True)
    assert "Another backup was restored" in answer.content.decode() and is_held()
    client.post(PAGE, {"looked": "yes", "life": str(Epoch.current().number)})
    assert not is_held()
