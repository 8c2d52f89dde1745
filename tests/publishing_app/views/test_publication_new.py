from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import ApiKey, Team, UpstreamCall, User
from projects_app.models import Clip, Decision, Kind
from publishing_app.actions import publications
from publishing_app.models import Publication, PublicationState
from tests import factories
from tests.conftest import InProcessSandbox
from tests.publishing_app.support import applied_publishes, ask, drive

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def address(clip: Clip) -> str:
    return reverse("publishing:publication-new-clip", kwargs={"team": clip.team.slug, "pk": clip.pk})


def filled(**fields: Any) -> dict[str, Any]:
    return {"youtube": "on", "youtube_title": "A talk", "when": "now", "form_token": str(uuid.uuid4())} | fields


def later(**fields: Any) -> dict[str, Any]:
    return filled(when="later", zone="Europe/Berlin", keeper="desk", **fields)


def test_the_form_comes_with_the_title_and_a_token(client_of: SignIn, bob: User, clip: Clip) -> None:
    page = client_of(bob).get(address(clip)).content.decode()
    assert 'value="Ask before you cut"' in page
    assert re.search(r'name="form_token" value="[0-9a-f-]{36}"', page)
    assert "cannot be taken back from here" in page


def test_it_publishes_and_leads_to_the_publication(
    client_of: SignIn, bob: User, clip: Clip, api_key: ApiKey, sandbox: InProcessSandbox,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    client = client_of(bob)
    data = filled(
        youtube_tags="business, #growth ,", youtube_description="", tiktok="on", tiktok_content="Look\r\nhere",
        instagram_content="is not ticked",
    )  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address(clip), data)
    publication = Publication.objects.get()
    assert response.status_code == 302 and response["Location"] == publication.get_absolute_url()
    assert (publication.created_by, publication.clip, publication.state) == (bob, clip, PublicationState.SENT)
    (entry,) = applied_publishes(sandbox, api_key)
    assert entry["fields"]["platforms"] == {
        "youtube": {"title": "A talk", "tags": ["business", "growth"]},
        "tiktok": {"content": "Look\nhere"},
    }


def test_a_double_click_makes_one_publication_and_one_publish(
    client_of: SignIn, bob: User, clip: Clip, api_key: ApiKey, sandbox: InProcessSandbox,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    client, data = client_of(bob), filled()
    with django_capture_on_commit_callbacks(execute=True):
        first = client.post(address(clip), data)
        second = client.post(address(clip), data)
    third = client.post(address(clip), data)  # a refresh, after it was sent
    assert first["Location"] == second["Location"] == third["Location"]
    assert UpstreamCall.objects.count() == 1
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_another_form_while_it_is_being_published_is_told_so(client_of: SignIn, bob: User, clip: Clip) -> None:
    client = client_of(bob)
    client.post(address(clip), filled())
    response = client.post(address(clip), filled(again="on"))
    assert response.status_code == 409
    assert "already being published" in response.content.decode()
    assert Publication.objects.count() == 1


def test_the_same_platform_again_asks_once(client_of: SignIn, bob: User, clip: Clip) -> None:
    earlier = factories.make_publication(clip.team, clip=clip, platforms={"youtube": {"title": "A talk"}})
    factories.make_post(earlier, "youtube")
    client = client_of(bob)
    response = client.post(address(clip), filled())
    assert response.status_code == 422
    assert "It was already published to YouTube (today" in response.content.decode()
    assert client.post(address(clip), filled(again="on")).status_code == 302
    assert Publication.objects.count() == 2


def test_a_post_that_was_accepted_after_the_form_was_checked_is_asked_about(
    client_of: SignIn, bob: User, clip: Clip, api_key: ApiKey, sandbox: InProcessSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    publish = publications.publish

    def a_moment_later(**how: Any) -> Any:
        monkeypatch.setattr(publications, "publish", publish)
        drive(ask(clip, bob))
        return publish(**how)

    monkeypatch.setattr(publications, "publish", a_moment_later)
    response = client_of(bob).post(address(clip), filled())
    assert response.status_code == 409
    assert "published there a moment ago" in response.content.decode()
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_a_platform_that_refused_it_before_needs_no_question(client_of: SignIn, bob: User, clip: Clip) -> None:
    earlier = factories.make_publication(clip.team, clip=clip, state="partly_failed")
    factories.make_post(earlier, "youtube", publish_status="failed", error="quota")
    factories.make_post(earlier, "tiktok")
    assert client_of(bob).post(address(clip), filled()).status_code == 302


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"youtube": ""}, "Choose at least one platform."),
        ({"youtube_title": ""}, "YouTube needs a title."),
        ({"youtube_title": "x" * 101}, "at most 100 characters"),
        ({"instagram": "on", "instagram_format": "reel"}, "A reel needs a caption."),
        ({"instagram": "on", "instagram_format": ""}, "Choose reel or story."),
        ({"instagram": "on", "instagram_format": "carousel"}, "is not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_in_place_and_every_value_is_kept(
    client_of: SignIn, bob: User, clip: Clip, fields: dict[str, str], words: str
) -> None:
    data = filled(youtube_description="Kept all the same", **fields)
    response = client_of(bob).post(address(clip), {name: value for name, value in data.items() if value})
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert "Kept all the same" in page
    assert not Publication.objects.exists()


def test_a_story_needs_no_caption_and_100_emoji_are_100_characters(client_of: SignIn, bob: User, clip: Clip) -> None:
    data = filled(youtube_title="🚀" * 100, instagram="on", instagram_format="story")
    assert client_of(bob).post(address(clip), data).status_code == 302
    assert Publication.objects.get().platforms["instagram"] == {"format": "story"}


@pytest.mark.parametrize(("decision", "words"), [("undecided", "not decided yet"), ("rejected", "was rejected")])
def test_only_approved_clips_get_a_form(
    client_of: SignIn, bob: User, clip: Clip, decision: Decision, words: str
) -> None:
    Clip.objects.update(decision=decision, decided_at=None if decision == "undecided" else clip.decided_at)
    client = client_of(bob)
    page = client.get(address(clip)).content.decode()
    assert words in page and "form_token" not in page
    assert reverse("projects:clip-detail", kwargs={"team": "harbour", "pk": clip.pk}) in page
    assert client.post(address(clip), filled()).status_code == 409
    assert not Publication.objects.exists()


def test_a_captions_project_is_published_once_it_has_a_video(
    client_of: SignIn, bob: User, team: Team, sandbox: InProcessSandbox
) -> None:
    project = factories.make_project(team, kind=Kind.CAPTIONS, title="Whole talk")
    url = reverse("publishing:publication-new-project", kwargs={"team": team.slug, "pk": project.pk})
    client = client_of(bob)
    assert "no finished video yet" in client.get(url).content.decode()
    project.direct_url = "https://media.submagic.co/talk.mp4"
    project.save(update_fields=["direct_url"])
    assert client.post(url, filled()).status_code == 302
    assert Publication.objects.get().project == project


def test_a_clips_project_leads_to_its_clips(client_of: SignIn, bob: User, clip: Clip) -> None:
    url = reverse("publishing:publication-new-project", kwargs={"team": "harbour", "pk": clip.project_id})
    assert "Publish its clips instead" in client_of(bob).get(url).content.decode()


def test_a_key_that_does_not_work_is_said_before_anything_is_filled_in(
    client_of: SignIn, bob: User, clip: Clip
) -> None:
    ApiKey.objects.update(state=ApiKey.State.INVALID)
    assert "The API key does not work" in client_of(bob).get(address(clip)).content.decode()


def test_a_platform_in_the_address_is_ticked(client_of: SignIn, bob: User, clip: Clip) -> None:
    page = client_of(bob).get(address(clip) + "?platform=tiktok&platform=nonsense").content.decode()
    assert re.search(r'name="tiktok"[^>]*checked', page)
    assert not re.search(r'name="youtube"[^>]*checked', page)


def test_a_reviewer_may_not_publish(client_of: SignIn, rita: User, vera: User, clip: Clip) -> None:
    for person in (rita, vera):
        assert client_of(person).get(address(clip)).status_code == 403
        assert client_of(person).post(address(clip), filled()).status_code == 403
    assert not Publication.objects.exists()


def test_outsider_gets_404(client_of: SignIn, charlie: User, clip: Clip) -> None:
    client = client_of(charlie)
    assert client.get(address(clip)).status_code == 404
    through_own = reverse("publishing:publication-new-clip", kwargs={"team": "other", "pk": clip.pk})
    assert client.post(through_own, filled()).status_code == 404


def test_bad_id_and_wrong_method(client_of: SignIn, bob: User, clip: Clip) -> None:
    client = client_of(bob)
    missing = reverse("publishing:publication-new-clip", kwargs={"team": "harbour", "pk": uuid.uuid4()})
    assert client.get(missing).status_code == 404
    assert client.put(address(clip)).status_code == 405


def test_a_form_that_does_not_say_when_publishes_nothing(client_of: SignIn, bob: User, clip: Clip) -> None:
    response = client_of(bob).post(address(clip), filled(when=""))
    assert response.status_code == 422
    assert not Publication.objects.exists()


def test_it_is_scheduled_here_and_the_page_says_when_in_both_zones(
    client_of: SignIn, bob: User, clip: Clip, sandbox: InProcessSandbox, api_key: ApiKey
) -> None:
    client = client_of(bob)
    client.cookies["timezone"] = "America/New_York"
    day = f"{timezone.now() + dt.timedelta(days=3):%Y-%m-%d}"
    response = client.post(address(clip), later(at=f"{day}T14:00"), follow=True)
    publication = Publication.objects.get()
    assert publication.state == PublicationState.SCHEDULED
    assert (publication.zone, publication.keeper) == ("Europe/Berlin", "desk")
    page = response.content.decode()
    assert re.search(r"Goes out <time[^>]*>\s*\d+ \w{3}( \d{4})? 0[89]:00 E[SD]T", page)
    assert re.search(r"That is \d+ \w{3}( \d{4})? 14:00 CES?T, as it was set", page)
    assert "can be changed or taken back" in page
    assert applied_publishes(sandbox, api_key) == []


def test_the_final_kind_says_so_before_the_click(client_of: SignIn, bob: User, clip: Clip) -> None:
    page = client_of(bob).get(address(clip)).content.decode()
    assert "It can neither be changed nor taken back" in page
    assert page.index('value="desk"') < page.index('value="provider"')
    assert re.search(r'value="desk"[^>]*checked', page)


def test_a_wrong_time_keeps_all_that_was_typed(client_of: SignIn, bob: User, clip: Clip) -> None:
    response = client_of(bob).post(address(clip), later(at="2020-01-01T10:00", youtube_title="Mine"))
    page = response.content.decode()
    assert response.status_code == 422
    assert "This time is over" in page
    assert 'value="2020-01-01T10:00"' in page and 'value="Mine"' in page
    assert not Publication.objects.exists()


def test_publish_again_starts_with_the_words_of_the_last_time(client_of: SignIn, bob: User, clip: Clip) -> None:
    words = {"youtube": {"title": "Old words", "tags": ["a", "b"], "firstComment": "Hello"}}
    old = factories.make_publication(clip.team, clip=clip, platforms=words)
    page = client_of(bob).get(f"{address(clip)}?from={old.pk}").content.decode()
    assert 'value="Old words"' in page and 'value="a, b"' in page and "Hello</textarea>" in page


def test_the_words_of_another_teams_post_are_not_shown(client_of: SignIn, bob: User, charlie: User, clip: Clip) -> None:
    other = factories.make_team()
    old = factories.make_publication(other, platforms={"youtube": {"title": "Secret words"}})
    assert "Secret words" not in client_of(bob).get(f"{address(clip)}?from={old.pk}").content.decode()
