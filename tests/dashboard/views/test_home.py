from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from dashboard import audit, heartbeat, needs
from dashboard.models import ApiKey, CallState, Membership, Team, User
from tests.factories import make_call, make_clip, make_key, make_project, make_publication

ClientOf = Callable[[User], Client]
PAGE = "/t/harbour/"


@pytest.fixture
def worker(db: None) -> None:
    heartbeat.beat()


def titles(team: Team, user: User) -> list[str]:
    return [need.title for need in needs.of_team(team, Membership.objects.get(team=team, user=user))]


def test_it_greets_by_name_and_the_viewers_hour(alice: User, client_of: ClientOf) -> None:
    User.objects.filter(pk=alice.pk).update(name="Alice Harbour", timezone="Asia/Kolkata")
    with time_machine.travel(dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC), tick=False):
        assert "Good morning, Alice<" in client_of(alice).get(PAGE).content.decode()
    with time_machine.travel(dt.datetime(2026, 11, 22, 14, 0, tzinfo=dt.UTC), tick=False):
        assert "Good evening, Alice<" in client_of(alice).get(PAGE).content.decode()


def test_a_new_team_sees_its_first_steps(alice: User, client_of: ClientOf) -> None:
    page = client_of(alice).get(PAGE).content.decode()
    assert "0/4" in page
    assert 'href="/t/harbour/settings/keys/new/"' in page


def test_steps_are_ticked_off_by_what_the_team_did(team: Team, alice: User, client_of: ClientOf) -> None:
    member = Membership.objects.get(user=alice)
    key = make_key(team)
    assert [step.done for step in needs.first_steps(team, member)] == [True, False, False, False]
    make_call(team, api_key=key, state=CallState.ACCEPTED)
    assert [step.done for step in needs.first_steps(team, member)] == [True, True, False, False]
    team.audit_events.create(verb="clip.approved", target_type="clip", target_id="1", actor=alice)
    make_call(team, api_key=key, state=CallState.ACCEPTED, operation="publish")
    assert all(step.done for step in needs.first_steps(team, member))
    assert "First steps" not in client_of(alice).get(PAGE).content.decode()


def test_a_viewer_is_offered_no_step_they_may_not_take(team: Team, vera: User) -> None:
    make_key(team)
    steps = needs.first_steps(team, Membership.objects.get(user=vera))
    assert steps[0].url == ""
    assert steps[1].url == ""


def test_no_running_worker_is_said_until_one_runs(team: Team, alice: User) -> None:
    assert titles(team, alice) == ["The desk does no work in the background"]
    heartbeat.beat()
    assert titles(team, alice) == []
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=90)):
        assert titles(team, alice) == ["The desk does no work in the background"]


def test_a_refused_key_needs_somebody(team: Team, alice: User, worker: None, client_of: ClientOf) -> None:
    make_key(team, state=ApiKey.State.INVALID, problem="Submagic does not know this key.", last4="abcd")
    page = client_of(alice).get(PAGE).content.decode()
    assert "Submagic refuses the key Main (…abcd)" in page
    assert "Submagic does not know this key." in page


def test_only_a_sandbox_key_without_a_sandbox_needs_somebody(
    team: Team, alice: User, worker: None, settings: Any
) -> None:
    make_key(team)
    settings.SANDBOX_URL = ""
    assert titles(team, alice) == ["No key for the real Submagic"]
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    assert titles(team, alice) == []


def test_an_unknown_outcome_stays_and_a_refusal_goes_after_days(
    team: Team, alice: User, worker: None, settings: Any
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    project = make_project(team)
    make_call(team, state=CallState.UNKNOWN, target_id=project.pk)
    refused = make_call(team, state=CallState.REJECTED, problem="Not enough credits.", operation="publish")
    assert titles(team, alice) == [
        "A new project: we do not know whether it arrived",
        "A post: Submagic refused it",
    ]
    type(refused).objects.filter(pk=refused.pk).update(settled_at=timezone.now() - dt.timedelta(days=4))
    assert titles(team, alice) == ["A new project: we do not know whether it arrived"]


def test_a_post_that_missed_its_time_needs_somebody(team: Team, alice: User, worker: None, settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    make_call(team, operation="publish", state=CallState.DRAFT, next_look_at=timezone.now())
    make_call(team, operation="upload_project")
    assert titles(team, alice) == []
    make_call(team, operation="publish", state=CallState.DRAFT)
    assert titles(team, alice) == ["A post is on hold"]


def test_every_need_leads_to_a_page_that_opens(
    team: Team, alice: User, worker: None, client_of: ClientOf, settings: Any
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    key = make_key(team, state=ApiKey.State.INVALID)
    project = make_project(team, api_key=key)
    clip = make_clip(project)
    for operation, target in (("create_project", project.pk), ("export", project.pk), ("publish", clip.pk)):
        made = make_call(team, api_key=key, state=CallState.UNKNOWN, operation=operation, target_id=target)
    make_publication(team, clip=clip, call=made, state="unknown")
    found = needs.of_team(team, Membership.objects.get(user=alice))
    assert len(found) == 4
    for need in found:
        assert client_of(alice).get(need.url, follow=True).status_code == 200, need


def test_news_pushes_no_question_out_of_the_list(team: Team, alice: User, worker: None, settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    for _number in range(25):
        make_call(team, state=CallState.UNKNOWN)
    for _number in range(25):
        make_call(team, state=CallState.REJECTED, problem="No credits.", operation="publish")
    found = titles(team, alice)
    assert found[:25] == ["A new project: we do not know whether it arrived"] * 25 and len(found) == 45


@pytest.mark.parametrize(
    ("verb", "title"),
    [
        ("call.appeared_later", "An export did reach Submagic"),
        ("webhook.not_confirmed", "Messages about an export were not true"),
    ],
)
def test_what_came_to_light_later_is_told_for_some_days(
    team: Team, other_team: Team, alice: User, worker: None, settings: Any, verb: str, title: str
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    call = make_call(team, state=CallState.ABANDONED, operation="export")
    audit.record(team=team, by=None, verb=verb, target=call)
    audit.record(team=other_team, by=None, verb=verb, target=call)
    assert titles(team, alice) == [title]
    with time_machine.travel(timezone.now() + needs.REFUSED_FOR * 1.1):
        assert title not in titles(team, alice)


def test_a_refusal_that_was_tried_again_is_no_news(team: Team, alice: User, worker: None, settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    refused = make_call(team, state=CallState.REJECTED)
    make_call(team, state=CallState.ACCEPTED, target_id=refused.target_id)
    assert titles(team, alice) == []


def test_another_teams_trouble_is_not_ours(
    team: Team, other_team: Team, alice: User, worker: None, client_of: ClientOf
) -> None:
    make_call(other_team, state=CallState.UNKNOWN, problem="their secret trouble")
    other_team.audit_events.create(verb="team.renamed", target_type="team", target_id="1", data={"new": "their name"})
    page = client_of(alice).get(PAGE).content.decode()
    assert "their secret trouble" not in page
    assert "their name" not in page


def test_only_admins_are_told_what_to_start(alice: User, vera: User, client_of: ClientOf) -> None:
    assert "script/worker" in client_of(alice).get(PAGE).content.decode()
    page = client_of(vera).get(PAGE).content.decode()
    assert "Tell an admin of the team." in page
    assert "script/worker" not in page


def test_the_part_that_needs_you_is_read_again_alone(alice: User, client_of: ClientOf) -> None:
    part = client_of(alice).get(PAGE, headers={"HX-Request": "true", "HX-Target": "needs"}).content.decode()
    assert part.strip().startswith("<section")
    assert "The desk does no work in the background" in part
    # A boosted visit of the page is the page.
    assert "<html" in client_of(alice).get(PAGE, headers={"HX-Request": "true", "HX-Boosted": "true"}).content.decode()


def test_outsider_gets_404(team: Team, charlie: User, client_of: ClientOf) -> None:
    assert client_of(charlie).get(PAGE).status_code == 404
    assert client_of(charlie).get("/t/no-such-team/").status_code == 404


def test_wrong_method(alice: User, client_of: ClientOf) -> None:
    assert client_of(alice).post(PAGE).status_code == 405


def test_the_page_costs_the_same_on_a_busy_day(
    team: Team, alice: User, worker: None, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    key = make_key(team)
    for _ in range(15):
        make_call(team, api_key=key, state=CallState.UNKNOWN)
        team.audit_events.create(verb="clip.approved", target_type="clip", target_id="1", actor=alice)
    client = client_of(alice)
    client.get(PAGE)
    with django_assert_max_num_queries(16):
        client.get(PAGE)


def test_panels_that_do_not_come_leave_a_way_and_are_tried_again(alice: User, client_of: ClientOf) -> None:
    page = client_of(alice).get(PAGE).content.decode()
    place = page.split('hx-get="/t/harbour/home/projects/"')[1].split("</section>")[0]
    assert 'hx-trigger="load, every 10s"' in place
    assert 'href="/t/harbour/projects/"' in place
    assert 'class="panel-body js-only"' in place  # nothing that waits for ever without a script
