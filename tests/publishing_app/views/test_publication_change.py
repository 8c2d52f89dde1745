from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import ApiKey, CallState, User
from projects_app.models import Clip
from publishing_app.models import Keeper, Publication, PublicationState, Schedule
from tests.conftest import InProcessSandbox
from tests.publishing_app.support import applied_publishes, ask, drive

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def kept(clip: Clip, bob: User) -> Publication:
    moment = (timezone.now() + dt.timedelta(days=2)).replace(second=0, microsecond=0)
    return ask(clip, bob, {"youtube": {"title": "First words"}}, schedule=Schedule(moment, "UTC", Keeper.DESK))


def address(publication: Publication) -> str:
    return reverse("publishing:publication-change", kwargs={"team": publication.team.slug, "pk": publication.pk})


def filled(publication: Publication, **fields: Any) -> dict[str, Any]:
    assert publication.scheduled_for is not None
    return {
        "youtube": "on", "youtube_title": "Better words", "when": "later", "zone": "UTC", "keeper": "desk",
        "at": f"{publication.scheduled_for:%Y-%m-%dT%H:%M}", "form_token": str(uuid.uuid4()),
    } | fields  # fmt: skip


def test_it_shows_what_was_written_and_when(client_of: SignIn, bob: User, kept: Publication) -> None:
    page = client_of(bob).get(address(kept)).content.decode()
    assert 'value="First words"' in page
    assert f'value="{kept.scheduled_for:%Y-%m-%dT%H:%M}"' in page
    assert "Save the schedule" in page
    # Itself is no earlier post that it would repeat.
    assert "Publish it there again" not in page


def test_other_words_and_time_are_kept(client_of: SignIn, bob: User, kept: Publication) -> None:
    assert kept.scheduled_for is not None
    later = kept.scheduled_for + dt.timedelta(hours=5)
    response = client_of(bob).post(address(kept), filled(kept, at=f"{later:%Y-%m-%dT%H:%M}"))
    assert response["Location"] == kept.get_absolute_url()
    kept.refresh_from_db()
    assert (kept.platforms, kept.scheduled_for) == ({"youtube": {"title": "Better words"}}, later)
    assert kept.call is not None and (kept.call.state, kept.call.next_look_at) == (CallState.DRAFT, later)
    assert kept.call.body == {"platforms": {"youtube": {"title": "Better words"}}}


@pytest.mark.parametrize("keeper", ["", "provider"])
def test_at_once_or_handed_over_it_goes(
    client_of: SignIn, bob: User, kept: Publication, api_key: ApiKey, sandbox: InProcessSandbox, keeper: str,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    fields = {"keeper": keeper} if keeper else {"when": "now"}
    with django_capture_on_commit_callbacks(execute=True):
        client_of(bob).post(address(kept), filled(kept, **fields))
    kept.refresh_from_db()
    assert kept.state == PublicationState.SENT
    (entry,) = applied_publishes(sandbox, api_key)
    assert ("scheduledFor" in entry["fields"]) is bool(keeper)


def test_one_that_is_on_its_way_is_told_so_and_stays_as_it_is(
    client_of: SignIn, bob: User, clip: Clip, sandbox: InProcessSandbox
) -> None:
    sent = drive(ask(clip, bob))
    client = client_of(bob)
    response = client.get(address(sent), follow=True)
    assert "can no longer be changed here" in response.content.decode()


def test_a_reader_may_not(client_of: SignIn, vera: User, kept: Publication) -> None:
    client = client_of(vera)
    assert client.get(address(kept)).status_code == 403
    for decision in ("now", "take_back"):
        assert client.post(kept.get_absolute_url(), {"decision": decision}).status_code == 403
    kept.refresh_from_db()
    assert kept.state == PublicationState.SCHEDULED


def test_the_post_page_sends_it_now_or_takes_it_back(
    client_of: SignIn, bob: User, kept: Publication, clip: Clip, api_key: ApiKey, sandbox: InProcessSandbox,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    client = client_of(bob)
    page = client.get(kept.get_absolute_url()).content.decode()
    assert "Send it now" in page and "Take it back" in page and "Scheduled here" in page
    page = client.post(kept.get_absolute_url(), {"decision": "take_back"}, follow=True).content.decode()
    assert "Taken back. Nothing was posted." in page
    kept.refresh_from_db()
    assert kept.state == PublicationState.ABANDONED
    page = client.post(kept.get_absolute_url(), {"decision": "now"}, follow=True).content.decode()
    assert "already on its way" in page
    assert applied_publishes(sandbox, api_key) == []

    moment = timezone.now() + dt.timedelta(days=1)
    other = ask(clip, bob, schedule=Schedule(moment, "UTC", Keeper.DESK))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(other.get_absolute_url(), {"decision": "now"})
    other.refresh_from_db()
    assert (other.state, other.scheduled_for) == (PublicationState.SENT, None)
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_list_and_home_show_what_goes_out_next(client_of: SignIn, vera: User, kept: Publication) -> None:
    client = client_of(vera)
    team = {"team": kept.team.slug}
    page = client.get(reverse("publishing:publication-list", kwargs=team)).content.decode()
    assert "Goes out next" in page and "Scheduled here" in page
    page = client.get(reverse("publishing:home-panel", kwargs=team)).content.decode()
    assert "goes out" in page and kept.title in page
