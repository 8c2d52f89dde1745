from __future__ import annotations

import pytest

from dashboard.models import AuditEvent, Team, User
from projects_app.actions import clips
from projects_app.models import Clip, Decision
from tests.factories import make_clip, make_project


@pytest.fixture
def clip(team: Team) -> Clip:
    return make_clip(make_project(team), title="The secret")


def test_approve_says_who_and_when(clip: Clip, rita: User) -> None:
    assert clips.approve(clip=clip, by=rita) is True
    assert (clip.decision, clip.decided_by) == (Decision.APPROVED, rita)
    stored = Clip.objects.get(pk=clip.pk)
    assert stored.decision == Decision.APPROVED
    assert stored.decided_at is not None and stored.decided_at == clip.decided_at
    event = AuditEvent.objects.get()
    assert (event.verb, event.actor, event.target_id) == ("clip.approved", rita, str(clip.pk))
    assert event.data == {"title": "The secret", "before": "undecided"}


def test_same_decision_twice_is_one_decision(clip: Clip, rita: User, bob: User) -> None:
    clips.reject(clip=clip, by=rita)
    first = clip.decided_at
    assert clips.reject(clip=clip, by=bob) is False
    assert (clip.decided_by, clip.decided_at) == (rita, first)
    assert AuditEvent.objects.count() == 1


def test_stale_copy_of_a_clip_decides_nothing_twice(clip: Clip, rita: User, bob: User) -> None:
    stale = Clip.objects.get(pk=clip.pk)
    clips.approve(clip=clip, by=rita)
    assert clips.approve(clip=stale, by=bob) is False
    assert stale.decided_by == rita


def test_reset_forgets_who_decided(clip: Clip, rita: User) -> None:
    clips.approve(clip=clip, by=rita)
    assert clips.reset(clip=clip, by=rita) is True
    assert (clip.decision, clip.decided_by, clip.decided_at) == (Decision.UNDECIDED, None, None)
    assert list(AuditEvent.objects.order_by("id").values_list("verb", flat=True)) == ["clip.approved", "clip.reset"]


def test_change_of_mind_keeps_what_was_before(clip: Clip, rita: User, bob: User) -> None:
    clips.approve(clip=clip, by=rita)
    clips.reject(clip=clip, by=bob)
    assert clip.decided_by == bob
    assert AuditEvent.objects.get(verb="clip.rejected").data["before"] == "approved"


def test_many_at_once_skip_what_is_decided_so_and_what_is_not_the_teams(
    team: Team, other_team: Team, rita: User
) -> None:
    project = make_project(team)
    new, rejected = make_clip(project), make_clip(project, decision="rejected")
    done = make_clip(project, decision="approved")
    foreign = make_clip(make_project(other_team))
    ids = [each.pk for each in (new, rejected, done, foreign)]
    changed = clips.decide_many(team=team, ids=ids, decision=Decision.APPROVED, by=rita)
    assert {each.pk for each in changed} == {new.pk, rejected.pk}
    assert set(Clip.objects.filter(decision="approved")) == {new, rejected, done}
    foreign.refresh_from_db()
    assert foreign.decision == Decision.UNDECIDED
    assert AuditEvent.objects.count() == 2


def test_failed_audit_leaves_no_decision(clip: Clip, rita: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("no audit")

    monkeypatch.setattr("dashboard.audit.record", fail)
    with pytest.raises(RuntimeError):
        clips.approve(clip=clip, by=rita)
    assert Clip.objects.get(pk=clip.pk).decision == Decision.UNDECIDED
