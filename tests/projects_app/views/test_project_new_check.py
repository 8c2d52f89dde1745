"""The dry run: everything is said, nothing is made."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.models import ApiKey, AuditEvent, Environment, RateWindow, Team, UpstreamCall, User
from projects_app.models import MediaState, Project
from tests import factories
from tests.projects_app.forms.all_options import captions_form
from tests.projects_app.forms_data import filled
from tests.projects_app.scripted import Scripted

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def address(team: Team) -> str:
    return reverse("projects:project-new-check", kwargs={"team": team.slug})


@pytest.fixture
def editor(sandbox: Any, api_key: ApiKey, bob: User, client_of: SignIn) -> Client:
    return client_of(bob)


def check(client: Client, address: str, data: dict[str, Any]) -> str:
    """The panel's text as a person reads it."""
    response = client.post(address, data, headers=HTMX)
    assert response.status_code == 200
    page = response.content.decode()
    assert page.lstrip().startswith("<section")
    shown, _pre, rest = page.partition("<code>")
    command, _pre, after = rest.partition("</code>")
    words = re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", shown + after))
    return unescape(f"{words} {command}")


def captions(settings: Any, **changes: Any) -> dict[str, Any]:
    url = f"{settings.SANDBOX_URL}/submagic/samples/two-tips.mp4"
    return filled(**{"source": "url", "kind": "captions", "youtube_url": None, "video_url": url} | changes)


def of_file(**changes: Any) -> dict[str, Any]:
    about = {"filename": "talk.mp4", "size": "5000", "last_modified": "1700000000000"}
    return filled(**{"source": "upload", "kind": "captions", "youtube_url": None} | about | changes)


def test_more_broll_than_fits_is_told_in_words(editor: Client, address: str, settings: Any) -> None:
    parts = {"type": "ai-broll", "end": "900", "prompt": "boats", "layout": "cover", "media": ""}
    rows = {f"item-{number}-{part}": text for number in range(210) for part, text in parts.items()}
    rows |= {f"item-{number}-start": str(number) for number in range(210)}
    text = check(editor, address, captions(settings, **rows))
    assert "There are 210 pieces of B-roll; this form takes 200. Remove 10 of them." in text
    assert "1 thing to change" in text


def test_nothing_is_made(editor: Client, address: str) -> None:
    before = AuditEvent.objects.count()
    assert "Nothing was made and nothing was sent" in check(editor, address, filled())
    assert not Project.objects.exists()
    assert not UpstreamCall.objects.exists()
    assert AuditEvent.objects.count() == before


def test_a_form_that_was_checked_can_still_be_sent(editor: Client, address: str) -> None:
    data = filled()
    check(editor, address, data)
    assert editor.post(reverse("projects:project-new", kwargs={"team": "harbour"}), data).status_code == 302
    assert Project.objects.count() == 1


def test_all_that_is_wrong_is_listed_in_the_order_of_the_page(editor: Client, address: str, settings: Any) -> None:
    data = captions(
        settings,
        **{"title": "", "video_url": "http://a.example.com/v.mp4", "look": "preset", "magic_zooms": "on"},
        **{"magic_brolls_percentage": "20", "preset_id": str(uuid.uuid4())},
    )
    response = editor.post(address, data, headers=HTMX)
    found = [(note.label, note.anchor) for note in response.context["check"].problems]
    assert found[:2] == [("Link to the video file", "field-video_url"), ("Title", "field-title")]
    assert ("Magic zooms", "field-magic_zooms") in found
    assert found.count(("Share of Magic B-roll", "field-magic_brolls_percentage")) == 2
    page = response.content.decode()
    assert '<a href="#field-title" data-goto>Title</a>' in page
    assert "5 things to change" in page
    assert "<pre" not in page


def test_each_link_leads_to_something_on_the_page(editor: Client, address: str, settings: Any, team: Team) -> None:
    """Without a script: the whole page with the same panel, each field's own mistake beside it."""
    everything = captions_form("nonsense", broll="gone", music="gone", look="preset", preset_id="", title="")
    response = editor.post(address, everything)
    assert response.status_code == 200
    page = response.content.decode()
    anchors = set(re.findall(r'href="#([^"]+)" data-goto', page))
    assert {"group-items", "group-music", "field-hook_title"} <= anchors
    for anchor in anchors:
        assert f'id="{anchor}"' in page
    assert 'id="id_title_error"' in page
    assert 'value="Stop scrolling"' in page
    assert not Project.objects.exists()


def test_the_button_works_without_a_script(editor: Client, address: str) -> None:
    page = editor.get(reverse("projects:project-new", kwargs={"team": "harbour"})).content.decode()
    assert f'formaction="{address}#check"' in page
    assert f'hx-post="{address}"' in page


# --- What it costs --------------------------------------------------------------------------------------------------


def test_a_file_of_known_length(editor: Client, address: str) -> None:
    text = check(editor, address, of_file(video_seconds="61.2"))
    assert "Cost (estimate)" in text
    assert "2 API credits" in text
    assert "The sandbox costs nothing" in text


def test_an_unknown_length_and_what_is_not_stated(editor: Client, address: str, settings: Any) -> None:
    text = check(editor, address, captions(settings, magic_brolls="on"))
    assert "unknown length" in text
    assert "Not stated by Submagic." in text


def test_clips_and_ai_items(editor: Client, address: str) -> None:
    assert "1 Magic Clips credit" in check(editor, address, filled())
    item = {"type": "ai-broll", "start": "0", "end": "5", "prompt": "sea", "layout": "cover"}
    text = check(editor, address, of_file(**{f"item-0-{name}": value for name, value in item.items()}))
    assert "3 AI credits" in text


def test_at_the_real_service_it_is_an_estimate(
    provider: Scripted, team: Team, bob: User, client_of: SignIn, address: str
) -> None:
    factories.make_key(team, environment=Environment.LIVE)
    text = check(client_of(bob), address, filled())
    assert "Submagic's own count decides" in text
    assert "sandbox" not in text.lower().replace("sandbox0001", "")


# --- The key's budget -----------------------------------------------------------------------------------------------


def test_the_requests_that_are_left(editor: Client, address: str, api_key: ApiKey) -> None:
    RateWindow.objects.create(api_key=api_key, endpoint="magic_clips.create", limit=30, remaining=30)
    assert "30 of 30 requests of this kind" in check(editor, address, filled())


def test_without_a_known_limit_it_says_so(editor: Client, address: str) -> None:
    assert "No limit is known for this key" in check(editor, address, filled())


# --- Media ----------------------------------------------------------------------------------------------------------


def test_media_that_is_not_ready_is_named(editor: Client, address: str, settings: Any, team: Team) -> None:
    media = factories.make_media(team, name="waves.mp4", state=MediaState.WAITING)
    item = {"type": "user-media", "start": "0", "end": "5", "media": media.upstream_id}
    text = check(editor, address, captions(settings, **{f"item-0-{name}": value for name, value in item.items()}))
    assert "“waves.mp4” is not ready at Submagic yet" in text


# --- Good to know ---------------------------------------------------------------------------------------------------


def test_what_does_not_block_is_said_and_the_request_is_shown(editor: Client, address: str, settings: Any) -> None:
    text = check(editor, address, captions(settings, look="theme", theme_id="749a19fs", dictionary="Clipdesk"))
    assert "Ready to start" in text
    assert "does not look like an id of Submagic" in text
    assert "keeps these words in its account" in text
    assert '"userThemeId": "749a19fs"' in text


def test_row_06_a_file_over_two_gigabytes(editor: Client, address: str) -> None:
    assert "Submagic may refuse this" in check(editor, address, of_file(size=str(3 * 1024**3)))


def test_row_44_a_share_page(provider: Scripted, team: Team, bob: User, client_of: SignIn, address: str) -> None:
    factories.make_key(team)
    data = filled(source="url", kind="captions", youtube_url=None, video_url="https://drive.google.com/file/d/1/view")
    assert "share page" in check(client_of(bob), address, data)


# --- The request ----------------------------------------------------------------------------------------------------


def test_the_request_with_the_key_masked(editor: Client, address: str, api_key: ApiKey, settings: Any) -> None:
    text = check(editor, address, filled(min_clip_length="20", title="It's here"))
    assert f"curl -X POST {settings.SANDBOX_URL}/submagic/v1/projects/magic-clips" in text
    assert f"x-api-key: sk-…{api_key.last4}" in text
    assert '"minClipLength": 20' in text
    assert f"{settings.PUBLIC_URL}/h/…" in text


def test_the_request_of_a_file(editor: Client, address: str) -> None:
    text = check(editor, address, of_file(magic_zooms="on"))
    assert "/v1/projects/upload" in text
    assert "-F magicZooms=true" in text
    assert "-F 'file=@talk.mp4;type=video/mp4'" in text


def test_the_documented_address_for_a_real_key(
    provider: Scripted, team: Team, bob: User, client_of: SignIn, address: str
) -> None:
    factories.make_key(team, environment=Environment.LIVE)
    text = check(client_of(bob), address, filled())
    assert "curl -X POST https://api.submagic.co/v1/projects/magic-clips" in text


# --- Who ------------------------------------------------------------------------------------------------------------


def test_a_reviewer_may_not(rita: User, client_of: SignIn, address: str) -> None:
    assert client_of(rita).post(address, filled()).status_code == 403


def test_outsider_gets_404(team: Team, charlie: User, client_of: SignIn, address: str) -> None:
    assert client_of(charlie).post(address, filled()).status_code == 404


def test_wrong_method(editor: Client, address: str) -> None:
    assert editor.get(address).status_code == 405


def test_without_a_key(bob: User, client_of: SignIn, address: str) -> None:
    assert client_of(bob).post(address, filled()).status_code == 409
