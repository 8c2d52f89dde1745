"""A clip opened as a project, from the review room to its own pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.models import ApiKey, Team, User
from projects_app.actions import clip_projects
from projects_app.models import Clip, Project
from tests import factories

SignIn = Callable[[User], Client]


def opening(clip: Clip) -> str:
    return reverse("projects:clip-open", args=[clip.team.slug, clip.pk])


@pytest.fixture
def editor(bob: User, client_of: SignIn) -> Client:
    return client_of(bob)


@pytest.fixture
def clip(team: Team, api_key: ApiKey) -> Clip:
    parent = factories.make_project(team, api_key=api_key, title="The whole talk")
    return factories.make_clip(parent, title="The first lesson", decision="approved")


def test_it_is_opened_from_the_room(editor: Client, clip: Clip) -> None:
    assert opening(clip) in editor.get(clip.get_absolute_url()).content.decode()
    answer = editor.post(opening(clip))
    own = Project.objects.get(clip=clip)
    edit = reverse("projects:project-edit", args=[clip.team.slug, own.pk])
    assert answer.headers["Location"] == edit
    assert editor.post(opening(clip)).headers["Location"] == edit
    room = editor.get(clip.get_absolute_url()).content.decode()
    assert edit in room
    assert opening(clip) not in room


def test_just_opened_it_says_that_it_goes_on_by_itself(editor: Client, clip: Clip) -> None:
    page = editor.get(editor.post(opening(clip)).headers["Location"]).content.decode()
    assert "This page goes on by itself" in page
    assert 'hx-trigger="every 2s"' in page


def test_a_clip_that_is_still_made_stays_closed(editor: Client, clip: Clip) -> None:
    Clip.objects.update(video="", download_url="")
    assert opening(clip) not in editor.get(clip.get_absolute_url()).content.decode()
    page = editor.post(opening(clip), follow=True)
    assert "still making this clip" in page.content.decode()
    assert not Project.objects.filter(clip=clip).exists()


def test_its_pages_say_whose_clip_it_is(editor: Client, clip: Clip, bob: User) -> None:
    own = clip_projects.open_clip(clip=clip, by=bob)
    for address in (own.get_absolute_url(), f"{own.get_absolute_url()}exports/", f"{own.get_absolute_url()}edit/"):
        text = editor.get(address).content.decode()
        assert "Clip of “The whole talk”" in text
        assert clip.get_absolute_url() in text
        assert clip.project.get_absolute_url() in text
    overview = editor.get(own.get_absolute_url()).content.decode()
    assert "Opened as a project" in overview
    assert f"?from={own.pk}" not in overview


def test_publishing_leads_to_the_clip(editor: Client, clip: Clip, bob: User) -> None:
    own = clip_projects.open_clip(clip=clip, by=bob)
    of_clip = reverse("publishing:publication-new-clip", args=[clip.team.slug, clip.pk])
    assert of_clip in editor.get(own.get_absolute_url()).content.decode()
    of_project = reverse("publishing:publication-new-project", args=[clip.team.slug, own.pk])
    for answer in (editor.get(of_project), editor.post(of_project)):
        assert (answer.status_code, answer.headers["Location"]) == (302, of_clip)


def test_the_clips_composer_tells_of_a_change_that_it_does_not_show(editor: Client, clip: Clip, bob: User) -> None:
    from django.utils import timezone

    own = clip_projects.open_clip(clip=clip, by=bob)
    address = reverse("publishing:publication-new-clip", args=[clip.team.slug, clip.pk])
    assert "does not show the last change" not in editor.get(address).content.decode()
    Project.objects.filter(pk=own.pk).update(outdated_since=timezone.now())
    text = editor.get(address).content.decode()
    assert "does not show the last change" in text
    assert reverse("projects:project-exports", args=[clip.team.slug, own.pk]) in text


def test_posts_of_the_project_are_the_clips(editor: Client, clip: Clip, bob: User) -> None:
    own = clip_projects.open_clip(clip=clip, by=bob)
    factories.make_publication(clip.team, clip=clip, title="It went out")
    page = editor.get(reverse("publishing:publication-list", args=[clip.team.slug]), {"project": str(own.pk)})
    assert "It went out" in page.content.decode()


def test_the_list_has_a_kind_for_it(editor: Client, clip: Clip, bob: User) -> None:
    own = clip_projects.open_clip(clip=clip, by=bob)
    captions = factories.make_project(clip.team, kind="captions")
    address = reverse("projects:project-list", args=[clip.team.slug])

    def shown(**query: str) -> set[Project]:
        return set(editor.get(address, query).context["rows"])

    assert shown() == {own, captions, clip.project}
    assert shown(kind="clip") == {own}
    assert shown(kind="captions") == {captions}
    assert shown(kind="magic_clips") == {clip.project}
    assert "Clip · The whole talk" in editor.get(address).content.decode()


def test_who_may(editor: Client, rita: User, charlie: User, client_of: SignIn, clip: Clip, bob: User) -> None:
    assert client_of(rita).post(opening(clip)).status_code == 403
    assert client_of(charlie).post(opening(clip)).status_code == 404
    assert editor.get(opening(clip)).status_code == 405
    assert editor.post(reverse("projects:clip-open", args=[clip.team.slug, uuid.uuid4()])).status_code == 404
    own = clip_projects.open_clip(clip=clip, by=bob)
    room = client_of(rita).get(clip.get_absolute_url()).content.decode()
    assert own.get_absolute_url() in room
    assert opening(clip) not in room
