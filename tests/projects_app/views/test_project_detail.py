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

from dashboard import audit
from dashboard.actions import hook_addresses
from dashboard.models import ApiKey, CallState, Environment, Team, UpstreamCall, User
from projects_app.actions import video_links
from projects_app.models import Project, ProjectState
from tests import factories
from tests.polling import again_of
from tests.projects_app.scripted import Scripted, project

SignIn = Callable[[User], Client]
ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"


def step(name: str, made: Project) -> str:
    return reverse(f"projects:project-{name}", kwargs={"team": made.team.slug, "pk": made.pk})


@pytest.fixture
def editor(bob: User, client_of: SignIn) -> Client:
    return client_of(bob)


@pytest.fixture
def lost(team: Team, bob: User) -> Project:
    """Its answer was lost."""
    made = factories.make_project(
        team,
        state="unknown",
        source="youtube",
        source_url="https://www.youtube.com/watch?v=sandbox0001",
        upstream_id="",
        upstream_status="",
    )
    made.call = factories.make_call(
        team, state="unknown", target_id=made.pk, sent_at=timezone.now(), problem="It did not answer in time."
    )
    made.save(update_fields=["call"])
    return made


def test_it_tells_what_happened(editor: Client, team: Team) -> None:
    made = factories.make_project(team, accepted_at=timezone.now(), transcribed_at=timezone.now())
    factories.make_upload(made, received_at=timezone.now(), relayed_at=timezone.now(), state="relayed")
    factories.make_clip(made, title="The first lesson")
    page = editor.get(made.get_absolute_url())
    text = page.content.decode()
    for words in ("File uploaded", "Handed to Submagic", "Accepted", "transcribed", "Clips ready", "The first lesson"):
        assert words in text
    tones = [each.tone for each in page.context["steps"]]
    assert tones == ["ok", "ok", "ok", "ok", "ok", "busy"]


def test_a_clip_that_has_no_state_yet_is_under_way(editor: Client, team: Team) -> None:
    made = factories.make_project(team, state="processing")
    factories.make_clip(made, upstream_status="", video="")
    text = editor.get(made.get_absolute_url()).content.decode()
    strip = text[text.index("clip-strip") :].split("</ul>")[0]
    assert "Processing" in strip
    assert "Outcome unknown" not in strip


def test_tabs_are_links(editor: Client, team: Team) -> None:
    made = factories.make_project(team)
    text = editor.get(made.get_absolute_url()).content.decode()
    assert f"{reverse('projects:clip-list', kwargs={'team': team.slug})}?project={made.pk}" in text
    assert reverse("projects:transcript-detail", kwargs={"team": team.slug, "pk": made.pk}) in text
    assert f"{reverse('publishing:publication-list', kwargs={'team': team.slug})}?project={made.pk}" in text


def test_captions_have_tabs_of_their_own(editor: Client, rita: User, client_of: SignIn, team: Team) -> None:
    made = factories.make_project(team, kind="captions")
    text = editor.get(made.get_absolute_url()).content.decode()
    assert step("edit", made) in text
    assert step("exports", made) in text
    assert step("edit", factories.make_project(team)) not in text
    assert step("edit", made) not in client_of(rita).get(made.get_absolute_url()).content.decode()


def test_it_can_be_duplicated(editor: Client, viewer_client: Client, team: Team) -> None:
    made = factories.make_project(team)
    address = f"{reverse('projects:project-new', kwargs={'team': team.slug})}?from={made.pk}"
    assert address in editor.get(made.get_absolute_url()).content.decode()
    assert address not in viewer_client.get(made.get_absolute_url()).content.decode()


def test_a_change_that_waits_for_its_export_is_a_step(editor: Client, team: Team) -> None:
    made = factories.make_project(
        team, kind="captions", direct_url="https://d1.cloudfront.net/v.mp4", finished_at=timezone.now()
    )
    Project.objects.update(outdated_since=timezone.now())
    for state, last in (("ready", "next"), ("exporting", "busy")):
        Project.objects.update(state=state)
        steps = editor.get(made.get_absolute_url()).context["steps"]
        assert [str(each.name) for each in steps][-3:] == ["Video ready", "Changed", "Exported with the change"]
        assert [each.tone for each in steps][-3:] == ["ok", "ok", last]


def test_activity_names_who_did_what(editor: Client, team: Team, alice: User, other_team: Team) -> None:
    made = factories.make_project(team)
    audit.record(team=team, by=alice, verb="project.created", target=made, title=made.title)
    audit.record(team=other_team, by=None, verb="project.given_up", target=made)
    text = editor.get(made.get_absolute_url(), {"tab": "activity"}).content.decode()
    assert "Alice" in text
    assert "made a project" in text
    assert "gave the waiting call up" not in text


def test_captions_have_a_player(editor: Client, team: Team) -> None:
    made = factories.make_project(team, kind="captions", direct_url="https://d1.cloudfront.net/v.mp4")
    text = editor.get(made.get_absolute_url()).content.decode()
    assert '<video src="https://d1.cloudfront.net/v.mp4" controls' in text


def test_a_video_on_an_unknown_host_is_not_played(editor: Client, team: Team) -> None:
    made = factories.make_project(team, kind="captions", direct_url="https://evil.example/v.mp4")
    assert b'src="https://evil.example' not in editor.get(made.get_absolute_url()).content


def test_a_failure_shows_reason_and_next_step(editor: Client, team: Team) -> None:
    made = factories.make_project(team, state="failed", failure_reason="No speech found.", advice="Check the sound.")
    text = editor.get(made.get_absolute_url()).content.decode()
    assert "No speech found." in text
    assert "Check the sound." in text
    assert f"?from={made.pk}" in text


def test_trouble_with_a_look_is_not_shown_as_a_failure(editor: Client, team: Team) -> None:
    made = factories.make_project(
        team, state="transcribing", look_problem="Submagic has trouble right now.", seen_at=timezone.now()
    )
    text = editor.get(made.get_absolute_url()).content.decode()
    assert "Submagic has trouble right now." in text
    assert "as of" in text


# --- The live part --------------------------------------------------------------------------------------------------


def test_the_live_part_asks_again_while_it_is_under_way(editor: Client, team: Team) -> None:
    made = factories.make_project(team, state="processing", accepted_at=timezone.now())
    fragment = editor.get(step("status", made))
    text = fragment.content.decode()
    assert fragment.status_code == 200
    assert 'hx-trigger="every 2s"' in text
    assert "<html" not in text
    assert 'hx-swap-oob="true"' in text


@pytest.mark.parametrize("state", ["ready", "failed", "needs_you"])
def test_the_live_part_ends_with_286(editor: Client, team: Team, state: str) -> None:
    made = factories.make_project(team, state=state)
    fragment = editor.get(step("status", made))
    assert fragment.status_code == 286
    assert "hx-trigger" not in fragment.content.decode()


def test_nothing_is_swapped_under_a_typing_hand(editor: Client, lost: Project) -> None:
    again = again_of(editor.get(lost.get_absolute_url()))
    UpstreamCall.objects.update(looks=7)
    assert editor.get(again).status_code == 204
    Project.objects.update(state="processing", upstream_id=ID)
    assert editor.get(again).status_code == 200


def test_what_looks_the_same_is_not_sent_again(editor: Client, team: Team) -> None:
    """Tokens are new each time, and no news."""
    made = factories.make_project(team, kind="captions", state="exporting", outdated_since=timezone.now())
    again = again_of(editor.get(made.get_absolute_url()))
    assert step("status", made) in again
    assert editor.get(again).status_code == 204
    Project.objects.update(look_problem="It did not answer in time.")
    fragment = editor.get(again)
    assert "did not answer in time" in fragment.content.decode()
    assert editor.get(again_of(fragment)).status_code == 204


def test_the_player_is_kept_until_it_plays_another_file(editor: Client, team: Team) -> None:
    """htmx keeps an element that has hx-preserve as long as its id comes again."""
    video = "https://d1.cloudfront.net/v.mp4?Expires=1"
    made = factories.make_project(team, kind="captions", state="exporting", direct_url=video)

    def player() -> str:
        text = editor.get(made.get_absolute_url()).content.decode()
        return re.findall(r'<video[^>]* id="([^"]+)" hx-preserve="true"', text)[0]

    first = player()
    Project.objects.update(direct_url=video.replace("Expires=1", "Expires=2"), state="ready")
    assert player() == first
    Project.objects.update(direct_url="https://d1.cloudfront.net/w.mp4?Expires=2")
    assert player() != first


def test_polling_slows_down_with_age(editor: Client, team: Team) -> None:
    made = factories.make_project(team, state="processing")
    Project.objects.update(accepted_at=timezone.now() - dt.timedelta(minutes=5))
    assert "every 5s" in editor.get(step("status", made)).content.decode()


# --- What people ask for ----------------------------------------------------------------------------------------------


def test_check_now_looks_at_once(
    viewer_client: Client, team: Team, provider: Scripted, django_capture_on_commit_callbacks: Any
) -> None:
    provider.on("GET", f"/v1/projects/{ID}", project(ID, "completed"))
    made = factories.make_project(team, upstream_id=ID, state="processing")
    with django_capture_on_commit_callbacks(execute=True):
        assert viewer_client.post(step("check", made)).status_code == 302
    made.refresh_from_db()
    assert made.seen_at is not None


@pytest.fixture
def viewer_client(vera: User, client_of: SignIn) -> Client:
    return client_of(vera)


def test_the_unknown_outcome_says_whether_a_message_may_still_come(
    editor: Client, lost: Project, alice: User, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://desk.harbour.example"
    may_come, cannot = "finds its way here by itself", "No message of Submagic can come"
    text = editor.get(lost.get_absolute_url()).content.decode()
    assert may_come in text
    assert cannot not in text
    assert "this is possible from" in text
    hook_addresses.close_all(team=lost.team, by=alice)
    text = editor.get(lost.get_absolute_url()).content.decode()
    assert may_come not in text
    assert cannot in text
    assert "this is possible from" not in text


def test_the_unknown_outcome_is_explained_and_can_be_decided(editor: Client, lost: Project) -> None:
    text = editor.get(lost.get_absolute_url()).content.decode()
    assert "We are checking whether this reached Submagic" in text
    assert "It did not answer in time." in text
    for name in ("claim", "send-again", "give-up"):
        assert step(name, lost) in text


def test_a_reviewer_sees_it_and_cannot_decide(rita: User, client_of: SignIn, lost: Project) -> None:
    client = client_of(rita)
    text = client.get(lost.get_absolute_url()).content.decode()
    assert "We are checking" in text
    assert step("claim", lost) not in text
    for name in ("claim", "send-again", "give-up", "export"):
        assert client.post(step(name, lost)).status_code == 403


@pytest.mark.parametrize("typed", ["", "send", "SENDAGAIN"])
def test_sending_again_needs_the_words(editor: Client, lost: Project, typed: str) -> None:
    editor.post(step("send-again", lost), {"confirm": typed})
    assert UpstreamCall.objects.count() == 1


@pytest.mark.parametrize("typed", [" Send again ", "“send again”", '"Send again"'])
def test_sending_again_with_the_words(editor: Client, lost: Project, typed: str) -> None:
    """Also as the page writes them, in quotes."""
    editor.post(step("send-again", lost), {"confirm": typed})
    lost.refresh_from_db()
    assert lost.state == ProjectState.QUEUED
    assert UpstreamCall.objects.latest("created_at").supersedes is not None


@pytest.mark.parametrize("name", ["send-again", "give-up", "claim"])
def test_an_answer_about_another_call_than_the_page_showed_does_nothing(
    editor: Client, lost: Project, name: str
) -> None:
    """A colleague has had it sent again, and that was lost too: the page looks just the same."""
    shown = editor.get(lost.get_absolute_url()).content.decode()
    assert shown.count(f'name="call" value="{lost.call_id}"') >= 2
    answer = editor.post(
        step(name, lost), {"confirm": "send again", "upstream": "abcdefgh", "call": str(uuid.uuid4())}, follow=True
    )
    assert "Somebody else has decided about it meanwhile" in answer.content.decode()
    assert UpstreamCall.objects.get().state == CallState.UNKNOWN


def test_a_claim_that_is_no_id_says_so(editor: Client, lost: Project) -> None:
    page = editor.post(step("claim", lost), {"upstream": "?!"}, follow=True)
    assert "neither an id nor a link" in page.content.decode()


def test_giving_up(editor: Client, lost: Project) -> None:
    editor.post(step("give-up", lost))
    lost.refresh_from_db()
    assert lost.state == ProjectState.FAILED
    assert UpstreamCall.objects.get().state == CallState.ABANDONED
    assert "outcome is known" in editor.post(step("give-up", lost), follow=True).content.decode()


def test_one_that_waits_is_taken_back_by_a_button(editor: Client, rita: User, client_of: SignIn, lost: Project) -> None:
    UpstreamCall.objects.update(state=CallState.READY, sent_at=None)
    for state in (ProjectState.QUEUED, ProjectState.NEEDS_YOU):
        Project.objects.update(state=state)
        UpstreamCall.objects.update(not_before=timezone.now() + dt.timedelta(minutes=9))
        assert "Take it back" in editor.get(lost.get_absolute_url()).content.decode()
        assert "Take it back" not in client_of(rita).get(lost.get_absolute_url()).content.decode()
    page = editor.post(step("give-up", lost), follow=True).content.decode()
    assert "Taken back. Nothing was spent." in page
    assert "Send again" in page and "Take it back" not in page


def test_sending_again_says_from_when_it_is_possible(editor: Client, lost: Project, settings: Any) -> None:
    settings.PUBLIC_URL = "https://desk.harbour.example"
    UpstreamCall.objects.update(sent_at=timezone.now() - dt.timedelta(minutes=10))
    assert "so this is possible from" in editor.get(lost.get_absolute_url()).content.decode()
    page = editor.post(step("send-again", lost), {"confirm": "send again"}, follow=True).content.decode()
    assert "Try again in 50 min." in page
    assert UpstreamCall.objects.count() == 1


def test_captions_without_a_video_can_be_exported_once(editor: Client, team: Team) -> None:
    made = factories.make_project(team, kind="captions", state="needs_you")
    page = editor.get(made.get_absolute_url())
    assert step("export", made) in page.content.decode()
    token = str(page.context["form_token"])
    editor.post(step("export", made), {"form_token": token})
    editor.post(step("export", made), {"form_token": token})
    made.refresh_from_db()
    assert made.state == ProjectState.EXPORTING
    assert UpstreamCall.objects.filter(operation="export").count() == 1


def test_an_export_without_its_token_is_not_sent(editor: Client, team: Team) -> None:
    made = factories.make_project(team, kind="captions", state="needs_you")
    editor.post(step("export", made))
    assert not UpstreamCall.objects.exists()


# --- Who --------------------------------------------------------------------------------------------------------------


PAGES = ("detail", "status")
STEPS = ("check", "claim", "send-again", "give-up", "export")


@pytest.mark.parametrize("name", [*PAGES, *STEPS])
def test_outsider_gets_404(charlie: User, client_of: SignIn, lost: Project, name: str) -> None:
    client = client_of(charlie)
    response = client.get(step(name, lost)) if name in PAGES else client.post(step(name, lost))
    assert response.status_code == 404


@pytest.mark.parametrize("name", [*PAGES, *STEPS])
def test_another_teams_project_is_not_found_under_ones_own_address(
    charlie: User, client_of: SignIn, other_team: Team, lost: Project, name: str
) -> None:
    client = client_of(charlie)
    address = reverse(f"projects:project-{name}", kwargs={"team": other_team.slug, "pk": lost.pk})
    assert (client.get(address) if name in PAGES else client.post(address)).status_code == 404


@pytest.mark.parametrize("name", [*PAGES, *STEPS])
def test_bad_id(editor: Client, team: Team, name: str) -> None:
    address = reverse(f"projects:project-{name}", kwargs={"team": team.slug, "pk": uuid.uuid4()})
    assert (editor.get(address) if name in PAGES else editor.post(address)).status_code == 404


def test_wrong_method(editor: Client, lost: Project) -> None:
    for name in PAGES:
        assert editor.post(step(name, lost)).status_code == 405
    for name in STEPS:
        assert editor.get(step(name, lost)).status_code == 405


def test_what_the_provider_wrote_is_text(editor: Client, team: Team) -> None:
    made = factories.make_project(
        team,
        state="processing",
        upstream_status="<img src=x onerror=alert(1)>",
        look_problem="<script>alert(1)</script>",
    )
    factories.make_clip(made, title="<script>alert(2)</script>")
    assert b"<script>alert" not in editor.get(made.get_absolute_url()).content
    assert b"<img src=x" not in editor.get(made.get_absolute_url()).content


def test_the_number_of_queries_does_not_grow_with_clips(
    editor: Client, team: Team, api_key: ApiKey, django_assert_max_num_queries: Any
) -> None:
    made = factories.make_project(team, api_key=api_key)
    for _ in range(20):
        factories.make_clip(made)
    editor.get(made.get_absolute_url())
    with django_assert_max_num_queries(12):
        editor.get(made.get_absolute_url())


def test_an_old_link_of_a_real_key_is_renewed_before_it_is_played(
    editor: Client, team: Team, provider: Scripted
) -> None:
    live = factories.make_project(
        team,
        api_key=factories.make_key(team, environment=Environment.LIVE),
        kind="captions",
        direct_url="https://d1.cloudfront.net/dead.mp4",
        seen_at=timezone.now() - 2 * video_links.GO_STALE,
    )
    fresh = "https://d1.cloudfront.net/fresh.mp4"
    provider.on("GET", f"/v1/projects/{live.upstream_id}", project(live.upstream_id, directUrl=fresh))
    page = editor.get(live.get_absolute_url()).content.decode()
    assert "dead.mp4" not in page
    address = f"{live.get_absolute_url()}video/"
    assert f'<video src="{address}"' in page
    assert editor.get(address).headers["Location"] == fresh
    live.refresh_from_db()
    assert live.direct_url == fresh
