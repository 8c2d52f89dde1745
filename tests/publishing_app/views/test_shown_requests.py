"""The composer's form as a curl command, and what it says about the price."""

from __future__ import annotations

import datetime as dt
import html
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import ApiKey, Environment, Team, UpstreamCall, User
from projects_app.models import Clip, Decision
from publishing_app.models import Publication
from tests import factories

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true"}
FORM = {
    "youtube": "on",
    "youtube_title": 'Why it\'s "first"',
    "youtube_tags": "one, #two",
    "tiktok": "on",
    "tiktok_content": "Look 🚀",
    "when": "now",
}


@pytest.fixture
def editor(bob: User, client_of: SignIn, sandbox: Any) -> Client:
    return client_of(bob)


@pytest.fixture
def clip(team: Team, api_key: ApiKey) -> Clip:
    return factories.make_clip(factories.make_project(team), upstream_id="clip-1", decision=Decision.APPROVED)


def at(clip: Clip, name: str = "publication-request-clip") -> str:
    return reverse(f"publishing:{name}", args=[clip.team.slug, clip.pk])


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_the_request_as_it_would_be_sent(editor: Client, clip: Clip) -> None:
    for headers in ({}, HTMX):
        text = text_of(editor.post(at(clip), {**FORM, "form_token": str(uuid.uuid4())}, headers=headers))
        assert "curl -X POST http://127.0.0.1:8999/submagic/v1/projects/clip-1/publish" in text
        assert '"tags": [\n        "one",\n        "two"\n      ]' in text
        assert '"content": "Look 🚀"' in text
        assert "scheduledFor" not in text and "instagram" not in text.split("curl")[1].split("</code>")[0]
        assert ("<html" in text) == (not headers)
    assert not UpstreamCall.objects.exists() and not Publication.objects.exists()


@pytest.mark.parametrize("keeper", ["desk", "provider"])
def test_only_what_submagic_keeps_is_sent_with_its_time(editor: Client, clip: Clip, keeper: str) -> None:
    day = f"{timezone.now() + dt.timedelta(days=3):%Y-%m-%d}"
    later = {"when": "later", "at": f"{day}T14:00", "zone": "UTC", "keeper": keeper}
    text = text_of(editor.post(at(clip), {**FORM, **later, "form_token": str(uuid.uuid4())}, headers=HTMX))
    assert (f'"scheduledFor": "{day}T14:00:00Z"' in text) == (keeper == "provider")
    assert "curl -X POST" in text


def test_a_time_that_is_over_is_told(editor: Client, clip: Clip) -> None:
    past = {"when": "later", "at": "2020-01-01T10:00", "zone": "UTC", "keeper": "desk"}
    text = text_of(editor.post(at(clip), {**FORM, **past, "form_token": str(uuid.uuid4())}, headers=HTMX))
    assert "Date and time: This time is over" in text and "curl -X" not in text


def test_a_captions_project_goes_by_its_own_id(editor: Client, team: Team, api_key: ApiKey) -> None:
    project = factories.make_project(team, kind="captions", upstream_id="up-1", direct_url="https://a.example/v.mp4")
    address = reverse("publishing:publication-request-project", args=[team.slug, project.pk])
    text = text_of(editor.post(address, {**FORM, "form_token": str(uuid.uuid4())}, headers=HTMX))
    assert "/v1/projects/up-1/publish" in text


def test_what_is_missing_is_told_instead(editor: Client, clip: Clip) -> None:
    text = text_of(editor.post(at(clip), {"form_token": str(uuid.uuid4())}, headers=HTMX))
    assert "Choose at least one platform." in text and "curl" not in text
    Clip.objects.update(decision=Decision.UNDECIDED, decided_at=None)
    text = text_of(editor.post(at(clip), {**FORM, "form_token": str(uuid.uuid4())}, headers=HTMX))
    assert "This can no longer be published." in text and "curl" not in text


def test_the_composer_offers_it_and_names_the_price(editor: Client, team: Team, clip: Clip) -> None:
    page = text_of(editor.get(at(clip, "publication-new-clip")))
    assert f'formaction="{at(clip)}"' in page and f'hx-post="{at(clip)}"' in page
    assert "At Submagic publishing needs API credits" in page
    ApiKey.objects.update(environment=Environment.LIVE)
    assert "Publishing needs API credits at Submagic; it does not say how many." in text_of(
        editor.get(at(clip, "publication-new-clip"))
    )


def test_only_editors(rita: User, charlie: User, client_of: SignIn, clip: Clip) -> None:
    assert client_of(rita).post(at(clip), FORM).status_code == 403
    assert client_of(charlie).post(at(clip), FORM).status_code == 404
