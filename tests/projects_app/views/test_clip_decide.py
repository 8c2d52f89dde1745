from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from dashboard.models import AuditEvent, Team, User
from projects_app.models import Clip, Decision, Project
from tests.factories import make_clip, make_project

HTMX = {"HX-Request": "true"}
MANY = "/t/harbour/clips/decide/"
ClientOf = Callable[[User], Client]


@pytest.fixture
def project(team: Team) -> Project:
    return make_project(team)


def url(clip: Clip, query: str = "") -> str:
    return f"/t/harbour/clips/{clip.pk}/decide/{query}"


def decision_of(clip: Clip) -> str:
    return Clip.objects.values_list("decision", flat=True).get(pk=clip.pk)


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_it_works_and_leads_back_to_the_same_place(
    project: Project, rita: User, client_of: ClientOf, decision: str
) -> None:
    clip = make_clip(project)
    response = client_of(rita).post(url(clip, "?state=undecided&score=50"), {"decision": decision})
    assert response.status_code == 302
    assert response["Location"] == (f"/t/harbour/clips/?state=undecided&score=50&decided={clip.pk}#clip-{clip.pk}")
    assert decision_of(clip) == decision


def test_page_after_it_offers_undo(project: Project, rita: User, client_of: ClientOf) -> None:
    clip = make_clip(project, title="Boats")
    client = client_of(rita)
    html = client.post(url(clip), {"decision": "approved"}, follow=True).content.decode()
    assert "Approved: Boats" in html
    client.post(url(clip), {"decision": "undecided"})
    assert decision_of(clip) == Decision.UNDECIDED


def test_htmx_gets_the_card_and_new_counts(project: Project, rita: User, client_of: ClientOf) -> None:
    clip = make_clip(project)
    html = client_of(rita).post(url(clip), {"decision": "approved"}, headers=HTMX).content.decode()
    assert f'id="decide-{clip.pk}" data-decision="approved"' in html
    assert 'hx-swap-oob="true"' in html
    assert "<html" not in html


def test_room_goes_on_to_the_next_in_the_queue(project: Project, rita: User, client_of: ClientOf) -> None:
    first, second = make_clip(project, virality_total=90), make_clip(project, virality_total=80)
    client = client_of(rita)
    response = client.post(url(first, "?state=undecided"), {"decision": "approved", "room": "1"})
    assert response["Location"] == f"/t/harbour/clips/{second.pk}/?state=undecided&decided={first.pk}"
    # The last one stays in sight.
    response = client.post(url(second, "?state=undecided"), {"decision": "rejected", "room": "1"})
    assert response["Location"] == f"/t/harbour/clips/{second.pk}/?state=undecided"


def test_room_comes_back_to_what_was_passed_over(project: Project, rita: User, client_of: ClientOf) -> None:
    passed, last = make_clip(project, virality_total=90), make_clip(project, virality_total=80)
    response = client_of(rita).post(url(last, "?state=undecided"), {"decision": "approved", "room": "1"})
    assert f"/clips/{passed.pk}/" in response["Location"]


def test_undo_in_the_room_shows_the_clip_again(project: Project, rita: User, client_of: ClientOf) -> None:
    clip = make_clip(project, decision="approved")
    make_clip(project)
    response = client_of(rita).post(url(clip), {"decision": "undecided", "room": "1"})
    assert response["Location"] == f"/t/harbour/clips/{clip.pk}/"


def test_same_decision_twice_is_told_once(project: Project, rita: User, bob: User, client_of: ClientOf) -> None:
    clip = make_clip(project)
    client_of(rita).post(url(clip), {"decision": "approved"})
    client_of(bob).post(url(clip), {"decision": "approved"})
    assert AuditEvent.objects.filter(target_id=str(clip.pk)).count() == 1


@pytest.mark.parametrize("data", [{}, {"decision": "sold"}, {"decision": ""}])
def test_other_words_are_refused(project: Project, rita: User, client_of: ClientOf, data: dict[str, str]) -> None:
    clip = make_clip(project)
    assert client_of(rita).post(url(clip), data).status_code == 400
    assert decision_of(clip) == Decision.UNDECIDED


def test_viewer_gets_403(project: Project, vera: User, client_of: ClientOf) -> None:
    clip = make_clip(project)
    assert client_of(vera).post(url(clip), {"decision": "approved"}).status_code == 403
    assert client_of(vera).post(MANY, {"decision": "approved", "clip": [clip.pk]}).status_code == 403
    assert decision_of(clip) == Decision.UNDECIDED


def test_outsider_gets_404(project: Project, charlie: User, client_of: ClientOf) -> None:
    clip = make_clip(project)
    assert client_of(charlie).post(url(clip), {"decision": "approved"}).status_code == 404
    assert client_of(charlie).post(f"/t/other/clips/{clip.pk}/decide/", {"decision": "approved"}).status_code == 404
    assert decision_of(clip) == Decision.UNDECIDED


def test_get_is_refused(project: Project, rita: User, client_of: ClientOf) -> None:
    assert client_of(rita).get(url(make_clip(project))).status_code == 405
    assert client_of(rita).get(MANY).status_code == 405


def test_bad_id_is_404(team: Team, rita: User, client_of: ClientOf) -> None:
    assert client_of(rita).post(f"/t/harbour/clips/{uuid.uuid4()}/decide/", {"decision": "approved"}).status_code == 404


def test_forged_form_is_refused(project: Project, rita: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(rita)
    assert client.post(url(make_clip(project)), {"decision": "approved"}).status_code == 403


# --- Several at once -----------------------------------------------------------------------------------


def test_many_at_once_without_scripts(project: Project, rita: User, client_of: ClientOf) -> None:
    chosen, other = [make_clip(project), make_clip(project)], make_clip(project)
    response = client_of(rita).post(
        MANY + "?sort=newest", {"decision": "approved", "clip": [each.pk for each in chosen]}, follow=True
    )
    assert response.redirect_chain == [("/t/harbour/clips/?sort=newest", 302)]
    assert "2 clips approved." in response.content.decode()
    assert [decision_of(each) for each in (*chosen, other)] == ["approved", "approved", "undecided"]


def test_many_at_once_with_htmx_offers_undo_for_what_changed(project: Project, rita: User, client_of: ClientOf) -> None:
    new, done = make_clip(project), make_clip(project, decision="rejected")
    make_clip(project)
    third = make_clip(project)
    data = {"decision": "rejected", "clip": [new.pk, done.pk, third.pk]}
    html = client_of(rita).post(MANY, data, headers=HTMX).content.decode()
    assert 'id="grid"' in html and "2 clips rejected" in html
    assert f'type="hidden" name="clip" value="{new.pk}"' in html
    assert f'type="hidden" name="clip" value="{done.pk}"' not in html


def test_rubbish_and_foreign_ids_are_passed_over(
    project: Project, other_team: Team, rita: User, client_of: ClientOf
) -> None:
    foreign = make_clip(make_project(other_team))
    response = client_of(rita).post(MANY, {"decision": "approved", "clip": ["x", foreign.pk, uuid.uuid4()]})
    assert response.status_code == 302
    assert decision_of(foreign) == Decision.UNDECIDED
    assert not AuditEvent.objects.exists()


def test_room_offers_to_publish_what_was_just_approved(
    project: Project, bob: User, rita: User, client_of: ClientOf
) -> None:
    first, _ = make_clip(project), make_clip(project, upstream_id="second")
    room = {"decision": "approved", "room": "1"}
    link = f"/t/harbour/publishing/clip/{first.pk}/"
    assert link in client_of(bob).post(url(first), room, follow=True).content.decode()
    client_of(bob).post(url(first), room | {"decision": "undecided"})
    assert link not in client_of(rita).post(url(first), room, follow=True).content.decode()
