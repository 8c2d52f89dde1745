"""Forms as curl commands: an export, a link for the media library."""

from __future__ import annotations

import html
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.models import ApiKey, Team, UpstreamCall, User
from projects_app.models import Export, Media
from tests import factories

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def editor(bob: User, client_of: SignIn, sandbox: Any) -> Client:
    return client_of(bob)


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def export_at(team: Team, **fields: Any) -> str:
    project = factories.make_project(team, **{"kind": "captions", "upstream_id": "up-1"} | fields)
    return reverse("projects:project-export-request", args=[team.slug, project.pk])


def nothing_was_made() -> bool:
    return not (UpstreamCall.objects.exists() or Export.objects.exists() or Media.objects.exists())


def test_an_export_as_it_would_be_sent(editor: Client, team: Team, api_key: ApiKey) -> None:
    form = {"form_token": str(uuid.uuid4()), "size": "720x1280", "fps": "24"}
    address = export_at(team)
    for headers in ({}, HTMX):
        text = text_of(editor.post(address, form, headers=headers))
        assert "curl -X POST http://127.0.0.1:8999/submagic/v1/projects/up-1/export" in text
        assert '"fps": 24,\n  "width": 720,\n  "height": 1280,\n  "webhookUrl": "http://127.0.0.1:8000/h/…"' in text
        assert f"sk-…{api_key.last4}" in text and "Nothing was sent." in text
        assert ("<html" in text) == (not headers)
    assert nothing_was_made()


def test_an_export_as_recorded_sends_no_numbers(editor: Client, team: Team, settings: Any) -> None:
    settings.PUBLIC_URL = ""
    text = text_of(editor.post(export_at(team), {"form_token": str(uuid.uuid4())}, headers=HTMX))
    assert "-d '{}'" in text


@pytest.mark.parametrize(
    ("form", "fields", "said"),
    [
        ({"fps": "99"}, {}, "Frames per second: Submagic takes 1 to 60 frames per second."),
        ({"size": "own", "width": "101", "height": "200"}, {}, "Width: Enter an even number, such as 100."),
        ({}, {"transcription_status": "PROCESSING"}, "Submagic has not transcribed this video yet."),
        ({}, {"upstream_id": ""}, "Submagic does not have this video yet."),
    ],
)
def test_what_stands_in_the_way_of_an_export_is_told_instead(
    editor: Client, team: Team, form: dict[str, str], fields: dict[str, Any], said: str
) -> None:
    text = text_of(editor.post(export_at(team, **fields), {"form_token": str(uuid.uuid4()), **form}, headers=HTMX))
    assert said in text
    assert "curl" not in text


def test_a_link_for_the_library_as_it_would_be_sent(editor: Client, team: Team, api_key: ApiKey) -> None:
    address = reverse("projects:media-add-request", args=[team.slug])
    form = {"form_token": str(uuid.uuid4()), "key": str(api_key.pk), "url": "https://files.example.com/waves.mp4"}
    text = text_of(editor.post(address, form, headers=HTMX))
    assert "curl -X POST http://127.0.0.1:8999/submagic/v1/user-media" in text
    assert '"url": "https://files.example.com/waves.mp4"' in text
    wrong = text_of(editor.post(address, form | {"url": "https://www.youtube.com/watch?v=abcdefghijk"}, headers=HTMX))
    assert "Submagic cannot fetch media from www.youtube.com by link." in wrong and "curl" not in wrong
    assert nothing_was_made()


def test_a_sandbox_that_is_off_is_told(editor: Client, team: Team, settings: Any) -> None:
    address = export_at(team)
    settings.SANDBOX_URL = ""
    text = text_of(editor.post(address, {"form_token": str(uuid.uuid4())}, headers=HTMX))
    assert "none is running" in text and "curl" not in text


def test_the_pages_offer_it(editor: Client, team: Team, api_key: ApiKey) -> None:
    project = factories.make_project(team, kind="captions")
    exports = text_of(editor.get(reverse("projects:project-exports", args=[team.slug, project.pk])))
    address = reverse("projects:project-export-request", args=[team.slug, project.pk])
    assert f'formaction="{address}"' in exports and f'hx-post="{address}"' in exports
    media = text_of(editor.get(reverse("projects:media-list", args=[team.slug])))
    assert f'formaction="{reverse("projects:media-add-request", args=[team.slug])}"' in media
    assert "/submagic/v1/user-media/upload" in media and "file=@my-video.mp4;type=video/mp4" in media


def test_only_editors(rita: User, charlie: User, client_of: SignIn, team: Team, sandbox: Any) -> None:
    for address in (export_at(team), reverse("projects:media-add-request", args=[team.slug])):
        assert client_of(rita).post(address).status_code == 403
        assert client_of(charlie).post(address).status_code == 404
        assert client_of(rita).get(address).status_code == 405
