"""The examples of documents 002 and 003 as a person sees them: taken up by id, looked at, shown on the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse

from dashboard import remote
from dashboard.models import Environment, Provider, Team, User
from projects_app.actions import imports, looks
from projects_app.models import Clip, Project, ProjectState
from tests import factories
from tests.providers.magic_hour.support import FIXTURES as MAGIC_HOUR
from tests.providers.picovico.support import example

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def test_magic_hours(team: Team, bob: User, client_of: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    body = (MAGIC_HOUR / "video_project.json").read_bytes()
    monkeypatch.setattr(remote, "transport", httpx.MockTransport(lambda request: httpx.Response(200, content=body)))
    key = factories.make_key(
        team, provider=Provider.MAGIC_HOUR, environment=Environment.LIVE, secret=f"mhk_live_{'a' * 40}"
    )
    imports.take_up_all(team=team, api_key=key, text="cuid-example", by=bob)
    project = Project.objects.get()
    assert looks.look(project.pk, force=True)
    project.refresh_from_db()
    assert (project.state, project.title, Clip.objects.get().duration) == (ProjectState.READY, "Example Name", 15.0)
    page = text(client_of(bob).get(project.get_absolute_url()))
    for said in ("Face swap", "512 × 960", "<dd>30</dd>", "0 – 15 s", "<dd>450 credits</dd>", "<dd>complete</dd>"):
        assert said in page, said
    assert "The link has run out; a fresh one is fetched when you press it." in page  # it ended in 2024
    assert "videos.magichour.ai/id/output.mp4" not in page, "a link that is over is given to no player"
    # The fresh answer still names the link of 2024: no player gets it, and the person is told.
    address = reverse("projects:project-video", args=["harbour", project.pk]) + "?download=0"
    assert "The link has run out, and Magic Hour gave no fresh one" in text(client_of(bob).get(address, follow=True))


def test_picovicos(team: Team, bob: User, client_of: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    # Only the id is one that can be: the document writes "<some-id>".
    listed = example("videos")["videos"][0] | {"id": "GvRcGQKelBRkvSTTYPQ8"}
    monkeypatch.setattr(remote, "transport", httpx.MockTransport(lambda request: httpx.Response(200, json=listed)))
    pair = remote.pair("k" * 32, "t" * 32)
    key = factories.make_key(team, provider=Provider.PICOVICO, environment=Environment.LIVE, secret=pair)
    client = client_of(bob)
    address = reverse("projects:slideshow-take-up", args=["harbour"])
    client.post(address, {"key": key.pk, "video": listed["id"]})
    project = Project.objects.get()
    assert looks.look(project.pk, force=True), Project.objects.get().look_problem
    project.refresh_from_db()
    assert (project.state, project.height, project.duration) == (ProjectState.READY, 720, 15.0)
    page = text(client.get(project.get_absolute_url()))
    for said in ("&lt;some-video-name&gt;", "&lt;some-style&gt;", "360p", "5.5 MB", "&lt;some-name&gt;", "published"):
        assert said in page, said
    # The document's addresses are placeholders: none of them is played or shown.
    assert "<some-url>" not in page and 'src="&lt;some-url' not in page
