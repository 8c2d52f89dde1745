"""The same file once more: what the team has of it is shown before anything is spent."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.models import ApiKey, Team, User
from projects_app.actions import uploads
from projects_app.models import Project, Upload
from tests import factories
from tests.projects_app.forms_data import filled

SignIn = Callable[[User], Client]
DIGEST = "s1-" + "ab" * 32


@pytest.fixture
def editor(sandbox: Any, api_key: ApiKey, bob: User, client_of: SignIn) -> Client:
    return client_of(bob)


def start(editor: Client, team: Team, **fields: str) -> Any:
    about = {"source": "upload", "filename": "talk.mp4", "size": "5000", "digest": DIGEST, "title": "A talk"}
    data = filled(**about | {"form_token": str(uuid.uuid4())} | fields)
    url = reverse("projects:project-new", kwargs={"team": team.slug})
    return editor.post(url, data, headers={"Accept": "application/json"})


def test_the_first_time_it_is_taken(editor: Client, team: Team) -> None:
    assert start(editor, team).status_code == 201
    assert Upload.objects.get().digest == DIGEST


def test_the_second_time_the_first_one_is_shown_and_nothing_is_made(editor: Client, team: Team) -> None:
    start(editor, team)
    answer = start(editor, team, title="Again", filename="other name.mp4")
    assert answer.status_code == 409
    found = answer.json()["duplicate"]
    assert (found["title"], found["url"]) == ("A talk", Project.objects.get().get_absolute_url())
    assert found["said"].startswith("waiting for its file, from today")


def test_who_wants_it_once_more_gets_it(editor: Client, team: Team) -> None:
    start(editor, team)
    assert start(editor, team, again="1").status_code == 201
    assert Project.objects.count() == 2


def test_the_same_form_once_more_is_no_second_file(editor: Client, team: Team) -> None:
    token = str(uuid.uuid4())
    first, second = start(editor, team, form_token=token), start(editor, team, form_token=token)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["project_url"] == second.json()["project_url"]


def test_what_was_cancelled_or_belongs_to_others_does_not_count(editor: Client, team: Team, bob: User) -> None:
    start(editor, team)
    uploads.cancel(upload=Upload.objects.get(), by=bob)
    factories.make_upload(factories.make_project(factories.make_team()), digest=DIGEST)
    assert start(editor, team).status_code == 201


@pytest.mark.parametrize("digest", ["", "s1-" + "zz" * 32, "x" * 500])
def test_without_a_digest_or_with_nonsense_for_one(editor: Client, team: Team, digest: str) -> None:
    answers = [start(editor, team, digest=digest).status_code for _ in range(2)]
    assert answers == ([201, 201] if not digest else [422, 422])
