"""Videos of Magic Hour: taken up by id, followed to their end, reviewed like clips, deleted there. The sandbox renders
real films (document 002; contract.md, section 1b)."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest
import time_machine
from django.utils import timezone

from dashboard import balances
from dashboard.actions import api_keys
from dashboard.models import ApiKey, AuditEvent, Provider, Team, UpstreamCall, User
from dashboard.templatetags.states import look_of
from dashboard.templatetags.timefmt import thin
from projects_app import other_facts
from projects_app.actions import deletions, imports, looks, video_links
from projects_app.actions.projects import NotNow
from projects_app.models import Clip, Decision, Kind, Project, ProjectState, Source, standing
from tests.conftest import InProcessSandbox
from tests.projects_app.magic_hour import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(sandbox: InProcessSandbox, team: Team) -> Account:
    return Account(sandbox, team)


def take_up(account: Account, by: User, number: str) -> Project:
    project, fresh = imports.take_up(team=account.key.team, api_key=account.key, text=number, by=by)
    assert fresh
    return project


def look(project: Project) -> Project:
    assert looks.look(project.pk, force=True), Project.objects.get(pk=project.pk).look_problem
    project.refresh_from_db()
    return project


def test_a_finished_video_is_reviewed_like_a_clip_and_its_film_is_there(account: Account, bob: User) -> None:
    number = account.seed(name="A dog in a meadow", credits=450, end_seconds=2)
    project = look(take_up(account, bob, number))
    assert (project.kind, project.source, project.title) == (Kind.MAGIC_HOUR, Source.IMPORT, "A dog in a meadow")
    assert (project.state, project.duration) == (ProjectState.READY, 2.0)
    assert project.details["type"] == "TEXT_TO_VIDEO" and project.details["credits_charged"] == 450
    clip = Clip.objects.get(project=project)
    assert (clip.title, clip.video, clip.decision) == (project.title, project.direct_url, Decision.UNDECIDED)
    assert list(Clip.objects.for_gallery(project.team).waiting_for_review()) == [clip]
    film = httpx.Client(transport=account.box.transport).get(clip.video)
    assert film.status_code == 200 and film.content[4:8] == b"ftyp"
    assert not UpstreamCall.objects.exists(), "nothing is sent or spent"


def test_it_is_followed_through_its_states(account: Account, bob: User) -> None:
    project = look(take_up(account, bob, account.seed(status="queued", credits=10, end_seconds=1)))
    assert (project.state, project.upstream_status) == (ProjectState.QUEUED, "queued")
    assert project.next_look_at is not None
    account.step()
    assert look(project).state == ProjectState.PROCESSING
    account.step()
    assert look(project).state == ProjectState.READY
    assert project.next_look_at is None and project.finished_at is not None
    assert AuditEvent.objects.filter(verb="project.ready").count() == 1


def test_canceled_sends_nothing_and_is_seen_by_a_look(account: Account, bob: User) -> None:
    project = look(take_up(account, bob, number := account.seed(status="queued", credits=10)))
    account.cancel(number)
    assert account.box.hooks == []
    assert (look(project).state, project.failure_reason) == (ProjectState.FAILED, "It was canceled at Magic Hour.")
    assert project.next_look_at is None


def test_an_error_is_told_in_magic_hours_words_with_the_refund(account: Account, bob: User) -> None:
    project = look(take_up(account, bob, number := account.seed(status="rendering", credits=10)))
    account.fail(number, "The face could not be found.")
    assert (look(project).state, project.failure_reason) == (ProjectState.FAILED, "The face could not be found.")
    assert project.details["credits_charged"] == 0 and "given back" in project.advice


@pytest.mark.parametrize(
    ("status", "state", "shown"),
    [
        ("draft", ProjectState.QUEUED, "Draft"),
        ("queued", ProjectState.QUEUED, "Queued"),
        ("rendering", ProjectState.PROCESSING, "Rendering"),
        ("complete", ProjectState.READY, "Ready"),
        ("error", ProjectState.FAILED, "Failed"),
        ("canceled", ProjectState.FAILED, "Cancelled"),
        ("polishing", ProjectState.PROCESSING, "“polishing”"),
    ],
)
def test_each_status_is_shown_in_a_word_of_its_own(
    account: Account, bob: User, status: str, state: ProjectState, shown: str
) -> None:
    project = look(take_up(account, bob, account.seed(status=status, end_seconds=1)))
    assert project.state == state and look_of(project.status_word).word == shown
    assert (project.next_look_at is None) == project.is_final
    assert ("Status at Magic Hour", status) in other_facts.of(project)


def test_a_refund_that_comes_later_is_looked_for(account: Account, bob: User) -> None:
    project = look(take_up(account, bob, number := account.seed(status="rendering", credits=10)))
    account.fail(number, "The face could not be found.", refund=False)
    assert look(project).state == ProjectState.FAILED
    assert project.next_look_at is not None and "not all given back yet" in project.advice
    assert ("Credits", "10 credits; not all given back yet") in other_facts.of(project)
    account.refund(number)
    assert look(project).next_look_at is None
    assert ("Credits", "0 credits; all were given back") in other_facts.of(project)


def test_a_refund_is_not_looked_for_for_ever(account: Account, bob: User) -> None:
    project = look(take_up(account, bob, number := account.seed(status="rendering", credits=10)))
    account.fail(number, "The face could not be found.", refund=False)
    look(project)
    with time_machine.travel(timezone.now() + standing.LATE_NEWS * 1.1, tick=False):
        assert look(project).next_look_at is None


def test_after_a_failure_the_pictures_a_second_are_still_an_estimate(account: Account, bob: User) -> None:
    project = look(take_up(account, bob, account.seed(status="error", end_seconds=1)))
    assert ("Frames a second", "about 30") in other_facts.of(project)


def test_a_video_that_was_deleted_there_is_noticed_at_the_click(account: Account, bob: User) -> None:
    project = look(take_up(account, bob, number := account.seed(end_seconds=1)))
    with time_machine.travel(timezone.now() + dt.timedelta(hours=25), tick=False):
        account.box.clock.now = timezone.now()
        account.delete(number)
        assert not video_links.refresh(project) and video_links.are_over(project)
        project.refresh_from_db()
        assert project.next_look_at == timezone.now()
        assert look(project).state == ProjectState.DELETED


def test_a_link_that_ran_out_is_fetched_anew_at_the_click(account: Account, bob: User) -> None:
    project = look(take_up(account, bob, account.seed(end_seconds=1)))
    old, clip = project.direct_url, Clip.objects.get(project=project)
    assert video_links.are_fresh(project) and video_links.are_fresh(clip)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=25), tick=False):
        account.box.clock.now = timezone.now()
        assert not video_links.are_fresh(project)
        assert httpx.Client(transport=account.box.transport).get(old).status_code in (403, 410)
        assert video_links.refresh(clip)
        project.refresh_from_db()
        assert clip.video == project.direct_url != old
        assert video_links.are_fresh(project)
        assert httpx.Client(transport=account.box.transport).get(clip.video).status_code == 200


def test_deleted_by_a_person_here(account: Account, bob: User) -> None:
    project = look(take_up(account, bob, number := account.seed(end_seconds=1)))
    assert deletions.ask(project=project, by=bob)
    project.refresh_from_db()
    assert (project.state, project.direct_url, project.next_look_at) == (ProjectState.DELETED, "", None)
    assert not Clip.objects.get(project=project).is_playable
    verbs = AuditEvent.objects.filter(target_id=str(project.pk)).values_list("verb", "actor")
    assert {("project.delete_asked", bob.pk), ("project.deleted", bob.pk)} <= set(verbs)
    with pytest.raises(NotNow):
        deletions.ask(project=project, by=bob)
    with pytest.raises(NotNow, match="does not know"):
        imports.take_up(team=project.team, api_key=account.key, text=f"{number}x", by=bob)


def test_deleted_there_is_found_by_a_look(account: Account, bob: User) -> None:
    project = look(take_up(account, bob, number := account.seed(end_seconds=1)))
    account.delete(number)
    assert look(project).state == ProjectState.DELETED
    assert (project.direct_url, project.next_look_at) == ("", None)
    assert project.failure_reason == "This video was deleted at Magic Hour." and not Clip.objects.get().is_playable


def test_a_lost_answer_to_a_deletion_is_settled_by_a_look(account: Account, bob: User) -> None:
    project = look(take_up(account, bob, account.seed(end_seconds=1)))
    account.order(on={"method": "DELETE", "path": "/v1/video-projects/*"}, do={"kind": "cut", "when": "after"})
    assert deletions.ask(project=project, by=bob) is False
    project.refresh_from_db()
    assert project.state == ProjectState.READY and project.next_look_at is not None
    assert look(project).state == ProjectState.DELETED


def test_not_found_at_a_deletion_means_gone_only_while_the_key_finds_others(
    account: Account, team: Team, alice: User
) -> None:
    project = look(take_up(account, alice, number := account.seed(end_seconds=1)))
    look(take_up(account, alice, account.seed(end_seconds=1)))
    elsewhere, ours = Account(account.box, team, label="Elsewhere"), account.secret
    elsewhere.key.delete()
    api_keys.replace(key=account.key, secret=elsewhere.secret, by=alice, other_account=True)
    project = Project.objects.for_page().get(pk=project.pk)
    account.order(
        on={"method": "DELETE", "path": "/v1/video-projects/*", "anyone": True, "nth": 2},
        do={"kind": "cut", "when": "before"},
    )
    with pytest.raises(NotNow, match="Nothing was deleted.*another account.*looked up now"):
        deletions.ask(project=project, by=alice)
    assert deletions.ask(project=project, by=alice) is False  # the answer of the other account is lost
    with pytest.raises(NotNow, match="Nothing was deleted.*another account"):
        deletions.ask(project=project, by=alice)
    project.refresh_from_db()
    assert project.state == ProjectState.READY and project.direct_url and project.next_look_at is not None
    assert not AuditEvent.objects.filter(verb="project.deleted").exists()

    # With the right secret again: deleted there meanwhile is just what the person wants.
    api_keys.replace(key=ApiKey.objects.get(pk=account.key.pk), secret=ours, by=alice, other_account=True)
    account.delete(number)
    assert deletions.ask(project=Project.objects.for_page().get(pk=project.pk), by=alice)
    project.refresh_from_db()
    assert project.state == ProjectState.DELETED


def test_pressed_again_after_a_lost_answer_it_is_gone_also_where_it_is_the_only_one(
    account: Account, bob: User
) -> None:
    project = look(take_up(account, bob, number := account.seed(end_seconds=1)))
    account.order(on={"method": "DELETE", "path": "/v1/video-projects/*"}, do={"kind": "cut", "when": "after"})
    assert deletions.ask(project=project, by=bob) is False
    account.order(on={"method": "DELETE", "path": f"/v1/video-projects/{number}"}, do={"kind": "refuse", "status": 404})
    assert deletions.ask(project=project, by=bob) is True
    project.refresh_from_db()
    assert project.state == ProjectState.DELETED


def test_a_refused_deletion_changes_nothing(account: Account, bob: User) -> None:
    project = look(take_up(account, bob, account.seed(end_seconds=1)))
    account.order(on={"method": "DELETE", "path": "/v1/video-projects/*"}, do={"kind": "refuse", "status": 429})
    with pytest.raises(NotNow, match="Nothing was deleted"):
        deletions.ask(project=project, by=bob)
    assert look(project).state == ProjectState.READY


def test_what_people_decided_stays_and_nothing_goes_back_after_the_end(account: Account, bob: User) -> None:
    project = look(take_up(account, bob, account.seed(end_seconds=1)))
    Clip.objects.update(decision=Decision.APPROVED, decided_at=timezone.now())
    Project.objects.filter(pk=project.pk).update(title="older")
    look(project)
    assert Clip.objects.get().decision == Decision.APPROVED and Clip.objects.count() == 1


def test_many_at_once_and_what_is_wrong_with_one_keeps_none_back(account: Account, bob: User) -> None:
    first, second = account.seed(end_seconds=1), account.seed(status="queued")
    text = f"{first}\n{second}, {first}\n???\nnobody-has-this"
    taken = imports.take_up_all(team=account.key.team, api_key=account.key, text=text, by=bob)
    assert [(each.text, each.fresh, bool(each.problem)) for each in taken] == [
        (first, True, False), (second, True, False), ("???", False, True), ("nobody-has-this", False, True),
    ]  # fmt: skip
    assert "neither an id nor a link" in taken[2].problem and "does not know" in taken[3].problem
    with pytest.raises(NotNow, match="at most 20"):
        imports.take_up_all(team=account.key.team, api_key=account.key, text=" ".join(map(str, range(30))), by=bob)


def test_the_same_id_at_two_providers_is_two_projects(account: Account, bob: User, api_key: ApiKey, team: Team) -> None:
    number = account.seed(end_seconds=1)
    Project.objects.create(
        team=team, api_key=api_key, kind=Kind.CAPTIONS, source=Source.URL, title="a", language="en", upstream_id=number
    )
    assert take_up(account, bob, number).api_key == account.key


def test_the_balance_is_asked_for_once_a_minute(account: Account) -> None:
    assert balances.ask(account.key).text.startswith(f"{thin(10_000)} credits")
    first = balances.known(account.key)
    account._call("PUT", "/_sandbox/credits", credits=7)
    assert balances.ask(account.key) == first


def test_submagics_keys_are_not_mixed_up_with_others(account: Account, api_key: ApiKey, team: Team) -> None:
    assert list(ApiKey.objects.for_team(team).usable()) == [api_key]
    assert list(ApiKey.objects.for_team(team).usable(Provider.MAGIC_HOUR)) == [account.key]
    assert account.key.next_look_at is None, "it has no feed"
