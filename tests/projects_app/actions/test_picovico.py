"""Slideshows of Picovico: taken up, followed to their film, reviewed like clips, deleted there. The sandbox makes real
films (document 003; contract.md, section 1)."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest
from django.utils import timezone

from dashboard import balances
from dashboard.models import Team, User
from projects_app.actions import deletions, imports, looks, slideshows
from projects_app.actions.projects import NotNow
from projects_app.models import Clip, Kind, Project, ProjectState
from providers.picovico import PageQuery
from tests.conftest import InProcessSandbox
from tests.projects_app.picovico import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(sandbox: InProcessSandbox, team: Team) -> Account:
    return Account(sandbox, team)


def take_up(account: Account, by: User, number: str) -> Project:
    project, _fresh = imports.take_up(team=account.key.team, api_key=account.key, text=number, by=by)
    return project


def look(project: Project) -> Project:
    assert looks.look(project.pk, force=True), Project.objects.get(pk=project.pk).look_problem
    project.refresh_from_db()
    return project


def test_a_draft_is_followed_to_its_film(account: Account, bob: User) -> None:
    video = account.complete("Summer at sea")
    project = look(take_up(account, bob, video.id))
    assert (project.kind, project.title, project.state) == (Kind.SLIDESHOW, "Summer at sea", ProjectState.DRAFT)
    assert project.status_word == "initial" and project.details["photos"] == 1
    assert project.next_look_at is not None
    assert project.next_look_at > timezone.now() + dt.timedelta(hours=5)  # nothing changes by itself
    account.render(video)
    assert look(project).state == ProjectState.PROCESSING
    account.box.run_jobs()
    assert look(project).state == ProjectState.READY
    assert [each["height"] for each in project.details["downloads"]] == [360, 480, 720]
    assert (project.height, project.width, round(project.duration or 0)) == (720, 1280, 3)
    clip = Clip.objects.get(project=project)
    assert clip.is_playable
    film = httpx.Client(transport=account.box.transport).get(clip.video)
    assert film.status_code == 200 and film.content[4:8] == b"ftyp"


def test_the_list_is_read_a_page_at_a_time(account: Account) -> None:
    first = account.published("First")
    account.box.clock.move(seconds=10)
    second = account.published("Second")
    page = slideshows.page(account.key, PageQuery(count=1))
    assert [video.id for video in page.items] == [second.id] and page.next is not None
    page = slideshows.page(account.key, page.next)
    assert [video.id for video in page.items] == [first.id]


def test_deleted_by_a_person_here(account: Account, bob: User) -> None:
    project = look(take_up(account, bob, account.draft().id))
    assert deletions.ask(project=project, by=bob)
    project.refresh_from_db()
    assert project.state == ProjectState.DELETED
    with pytest.raises(NotNow, match="does not know"):
        imports.take_up(team=account.key.team, api_key=account.key, text=f"{project.upstream_id}0", by=bob)


def test_what_is_left_to_spend(account: Account) -> None:
    assert balances.ask(account.key).text.endswith("Mohars")
