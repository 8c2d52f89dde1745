from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dashboard import activity
from dashboard.models import AuditEvent, Role, Team, User
from tests.factories import make_member

ClientOf = Callable[[User], Client]
PAGE = "/t/harbour/settings/audit/"


def event(team: Team, verb: str, actor: User | None = None, **data: Any) -> AuditEvent:
    return AuditEvent.objects.create(team=team, actor=actor, verb=verb, target_type="clip", target_id="1", data=data)


def test_an_admin_reads_who_did_what_about_what(team: Team, alice: User, bob: User, client_of: ClientOf) -> None:
    event(team, "clip.approved", bob, title="A <b>bold</b> clip")
    event(team, "call.accepted")
    page = client_of(make_member(team, Role.ADMIN)).get(PAGE).content.decode()
    assert "approved a clip" in page
    assert "A &lt;b&gt;bold&lt;/b&gt; clip" in page
    assert "The desk" in page


def test_filters_choose_by_person_and_noun(team: Team, alice: User, bob: User, client_of: ClientOf) -> None:
    event(team, "clip.approved", bob, title="bobs clip")
    event(team, "clip.approved", alice, title="alices clip")
    event(team, "team.renamed", bob, new="bobs team")
    event(team, "call.accepted", title="the desks call")
    client = client_of(alice)
    by_bob = client.get(PAGE, {"person": bob.pk}).content.decode()
    assert "bobs clip" in by_bob
    assert "bobs team" in by_bob
    assert "alices clip" not in by_bob
    clips_by_bob = client.get(PAGE, {"person": bob.pk, "what": "clip"}).content.decode()
    assert "bobs team" not in clips_by_bob
    by_desk = client.get(PAGE, {"person": "desk"}).content.decode()
    assert "the desks call" in by_desk
    assert "alices clip" not in by_desk


@pytest.mark.parametrize(
    "query",
    ["person=-1", "person=x'--", "person=²", "what=%27", "before=0", f"before={'9' * 30}", "before=-3", "before=²"],
)
def test_an_invented_filter_is_no_error(team: Team, alice: User, client_of: ClientOf, query: str) -> None:
    event(team, "clip.approved", alice)
    assert client_of(alice).get(f"{PAGE}?{query}").status_code == 200


def test_pages_follow_each_other_without_gap_or_repetition(team: Team, alice: User, client_of: ClientOf) -> None:
    for number in range(120):
        event(team, "clip.approved", alice, title=f"clip {number:03}.")
    client, url, seen = client_of(alice), PAGE, []
    for _ in range(3):
        page = client.get(url).content.decode()
        seen += [f"{number:03}" for number in range(119, -1, -1) if f"clip {number:03}." in page]
        if "?before=" not in page:
            break
        url = PAGE + "?before=" + page.split("?before=")[1].split('"')[0]
    assert seen == [f"{number:03}" for number in range(119, -1, -1)]


def test_the_next_page_can_come_as_rows_alone(team: Team, alice: User, client_of: ClientOf) -> None:
    first = event(team, "clip.approved", alice, title="the first")
    last = event(team, "clip.approved", alice, title="the last")
    part = client_of(alice).get(f"{PAGE}?before={last.pk}", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "the first" in part
    assert "the last" not in part
    assert first.pk < last.pk


def test_another_teams_rows_are_not_there(
    team: Team, other_team: Team, alice: User, charlie: User, client_of: ClientOf
) -> None:
    theirs = event(other_team, "clip.approved", charlie, title="their clip")
    client = client_of(alice)
    assert "their clip" not in client.get(PAGE).content.decode()
    assert "their clip" not in client.get(PAGE, {"person": charlie.pk}).content.decode()
    assert client.get(PAGE, {"before": theirs.pk + 1}).status_code == 200
    assert client_of(charlie).get(PAGE).status_code == 404


def test_an_editor_gets_403(bob: User, client_of: ClientOf) -> None:
    assert client_of(bob).get(PAGE).status_code == 403


def test_wrong_method(alice: User, client_of: ClientOf) -> None:
    assert client_of(alice).post(PAGE).status_code == 405


def test_a_verb_without_a_sentence_is_still_readable(team: Team) -> None:
    line = activity.line(event(team, "spaceship.landed_softly", title="Eagle"))
    assert (line.what, line.detail, line.icon) == ("spaceship: landed softly", "Eagle", "circle-dot")


def test_the_page_costs_the_same_for_few_and_many(
    team: Team, alice: User, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    for _ in range(40):
        event(team, "clip.approved", make_member(team, Role.VIEWER))
    client = client_of(alice)
    client.get(PAGE)
    with django_assert_max_num_queries(11):
        client.get(PAGE)
