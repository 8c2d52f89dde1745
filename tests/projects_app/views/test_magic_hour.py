"""The pages of a Magic Hour video are those of every project, with what it has and without what it has not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import ApiKey, Team, User
from projects_app.actions import imports, looks
from projects_app.models import Clip, Project, ProjectState
from tests import factories
from tests.conftest import InProcessSandbox
from tests.projects_app.magic_hour import Account

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def account(sandbox: InProcessSandbox, team: Team) -> Account:
    return Account(sandbox, team)


def made(account: Account, by: User, **fields: Any) -> Project:
    given = {"name": "A dog in a meadow", "end_seconds": 2, "credits": 450} | fields
    number = account.seed(**given)
    project, _fresh = imports.take_up(team=account.key.team, api_key=account.key, text=number, by=by)
    looks.look(project.pk, force=True)
    project.refresh_from_db()
    return project


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def test_its_page_has_its_facts_its_download_and_no_words_edits_or_posts(
    client_of: SignIn, bob: User, account: Account
) -> None:
    project = made(account, bob)
    page = text(client_of(bob).get(project.get_absolute_url()))
    for said in (
        "Magic Hour video",
        "Text to video",
        "640 × 360",
        "450 credits",
        "0 – 2 s",
        "Magic Hour id",
        "works until",
    ):
        assert said in page, said
    assert f"{reverse('projects:project-video', args=['harbour', project.pk])}?download=0" in page
    assert 'id="review-video"' in page and 'id="delete-there"' in page
    for absent in (
        "Transcript<",
        ">Edit<",
        ">Exports<",
        ">Posts<",
        'id="publish"',
        'id="duplicate"',
        "Submagic is",
        "transcribed",
    ):
        assert absent not in page, absent


def test_before_its_end_the_numbers_are_estimates(client_of: SignIn, bob: User, account: Account) -> None:
    page = text(client_of(bob).get(made(account, bob, status="rendering").get_absolute_url()))
    assert "about 450 credits" in page and "Magic Hour is working on it" in page


def test_a_failure_tells_what_became_of_the_credits(client_of: SignIn, bob: User, account: Account) -> None:
    project = made(account, bob, status="error", credits=0, error_code="no_face", error_message="No face was found.")
    page = text(client_of(bob).get(project.get_absolute_url()))
    assert "No face was found. (no_face)" in page and "0 credits; all were given back" in page


def test_the_download_leads_to_the_file(client_of: SignIn, bob: User, account: Account) -> None:
    project = made(account, bob)
    address = reverse("projects:project-video", args=["harbour", project.pk])
    for query in ("?download=0", "?download=9", "?download=x", ""):
        assert client_of(bob).get(address + query)["Location"] == project.direct_url


def test_it_is_in_the_gallery_and_its_room_says_what_is_not_possible(
    client_of: SignIn, bob: User, rita: User, account: Account
) -> None:
    made(account, bob)
    clip = Clip.objects.get()
    assert "A dog in a meadow" in text(client_of(rita).get(reverse("projects:clip-list", args=["harbour"])))
    room = text(client_of(bob).get(clip.get_absolute_url()))
    assert "it posts only what it made itself" in room and "Magic Hour gives no words of its videos" in room
    assert "Edit and export" not in room and ">Publish<" not in room
    answer = client_of(rita).post(reverse("projects:clip-decide", args=["harbour", clip.pk]), {"decision": "approved"})
    clip.refresh_from_db()
    assert answer.status_code == 302 and clip.decision == "approved"


@pytest.mark.parametrize("name", ["publishing:publication-new-clip", "publishing:publication-new-project"])
def test_nothing_of_it_is_published(client_of: SignIn, bob: User, account: Account, name: str) -> None:
    project = made(account, bob)
    clip = Clip.objects.get()
    Clip.objects.update(decision="approved", decided_at=project.finished_at)
    address = reverse(name, args=["harbour", clip.pk if "clip" in name else project.pk])
    page = client_of(bob).get(address, follow=True)
    assert "Only what Submagic made can be published from here" in text(page)


@pytest.mark.parametrize("name", ["projects:project-edit", "projects:project-exports", "projects:preset-from-project"])
def test_pages_for_what_only_submagic_can_are_not_there(
    client_of: SignIn, bob: User, account: Account, name: str
) -> None:
    project, client = made(account, bob), client_of(bob)
    assert client.get(reverse(name, args=["harbour", project.pk])).status_code == 404
    assert client.post(reverse(name, args=["harbour", project.pk])).status_code == 404


def test_it_is_no_pattern_for_a_new_project(client_of: SignIn, bob: User, account: Account, api_key: ApiKey) -> None:
    project = made(account, bob)
    address = reverse("projects:project-new", args=["harbour"])
    assert client_of(bob).get(address).status_code == 200
    assert client_of(bob).get(f"{address}?from={project.pk}").status_code == 404


def test_its_clip_is_not_opened_as_a_project(client_of: SignIn, bob: User, account: Account) -> None:
    made(account, bob)
    answer = client_of(bob).post(reverse("projects:clip-open", args=["harbour", Clip.objects.get().pk]), follow=True)
    assert "Only what Submagic made can be changed" in text(answer) and Project.objects.count() == 1


def test_many_ids_some_of_them_wrong(client_of: SignIn, bob: User, account: Account, api_key: ApiKey) -> None:
    good, more = account.seed(name="First", end_seconds=1), account.seed(name="Second", status="queued")
    address = reverse("projects:project-import", args=["harbour"])
    assert "Magic Hour · Films" in text(client_of(bob).get(address))
    data = {"upstream": f"{good}\n???\n{more}", "api_key": account.key.pk}
    answer = client_of(bob).post(address, data)
    page = text(answer)
    assert answer.status_code == 409
    assert "2 projects are here now" in page and ">First</a>" in page and ">Second</a>" in page
    assert "???: This is neither an id nor a link of a project at Magic Hour." in page
    assert "???</textarea>" in page and good not in page.partition("<textarea")[2].partition("</textarea>")[0]


def test_deleting_asks_for_the_word(client_of: SignIn, bob: User, account: Account) -> None:
    project = made(account, bob)
    address, client = reverse("projects:project-delete", args=["harbour", project.pk]), client_of(bob)
    assert "Nobody can bring it back" in text(client.get(address))
    wrong = client.post(address, {"confirm": "yes"})
    assert wrong.status_code == 422 and "Nothing was deleted" in text(wrong)
    assert Project.objects.get().state == ProjectState.READY
    page = text(client.post(address, {"confirm": " Delete "}, follow=True))
    assert "It is deleted at Magic Hour." in page and "This video was deleted at Magic Hour." in page
    assert 'id="delete-there"' not in page and 'id="download-1"' not in page
    assert "cannot be deleted from here" in text(client.get(address, follow=True))


def test_a_refused_deletion_says_so(client_of: SignIn, bob: User, account: Account) -> None:
    project = made(account, bob)
    account.order(on={"method": "DELETE", "path": "/v1/video-projects/*"}, do={"kind": "refuse", "status": 500})
    account.order(on={"method": "DELETE", "path": "/v1/video-projects/*"}, do={"kind": "refuse", "status": 422})
    address, client = reverse("projects:project-delete", args=["harbour", project.pk]), client_of(bob)
    assert "The answer was lost" in text(client.post(address, {"confirm": "delete"}, follow=True))
    refused = client.post(address, {"confirm": "delete"})
    assert refused.status_code == 409 and "Nothing was deleted" in text(refused)


def test_reviewers_do_not_delete(client_of: SignIn, rita: User, bob: User, account: Account) -> None:
    project = made(account, bob)
    address = reverse("projects:project-delete", args=["harbour", project.pk])
    assert client_of(rita).post(address, {"confirm": "delete"}).status_code == 403
    assert 'id="delete-there"' not in text(client_of(rita).get(project.get_absolute_url()))


def test_projects_of_submagic_are_not_deleted(client_of: SignIn, bob: User, team: Team, api_key: ApiKey) -> None:
    from tests import factories

    project = factories.make_project(team, api_key=api_key)
    address = reverse("projects:project-delete", args=["harbour", project.pk])
    assert "cannot be deleted from here" in text(client_of(bob).post(address, {"confirm": "delete"}, follow=True))


def test_a_team_with_only_a_key_of_magic_hour_is_led_to_adding_by_id(
    client_of: SignIn, bob: User, vera: User, account: Account
) -> None:
    address = reverse("projects:project-import", args=["harbour"])
    page = text(client_of(bob).get(reverse("projects:project-list", args=["harbour"])))
    assert "Add a video of Magic Hour" in page and page.count(f'href="{address}"') == 1
    assert "First, a key" not in page
    assert f'href="{address}"' in text(client_of(bob).get(reverse("projects:project-new", args=["harbour"])))
    assert "app.submagic.co" not in text(client_of(bob).get(address))
    assert address not in text(client_of(vera).get(reverse("projects:project-list", args=["harbour"])))


def test_an_id_may_be_pasted_as_the_address_of_its_file(client_of: SignIn, bob: User, account: Account) -> None:
    number = account.seed(end_seconds=1)
    lines = {"upstream": f"https://videos.magichour.ai/{number}/output.mp4", "api_key": str(account.key.pk)}
    client_of(bob).post(reverse("projects:project-import", args=["harbour"]), lines)
    assert Project.objects.get().upstream_id == number


def test_a_download_without_a_fresh_link_says_so_or_is_the_kept_copy(
    client_of: SignIn, bob: User, account: Account
) -> None:
    project = made(account, bob)
    address = reverse("projects:project-video", args=["harbour", project.pk]) + "?download=0"
    with time_machine.travel(timezone.now() + dt.timedelta(hours=25), tick=False):
        account.box.clock.now = timezone.now()
        account.order(on={"method": "GET", "path": "/v1/video-projects/*"}, do={"kind": "refuse", "status": 503})
        client = client_of(bob)
        for _click in range(2):
            answer = client.get(address, follow=True)
            assert answer.redirect_chain[-1][0] == project.get_absolute_url()
            assert "The link has run out, and Magic Hour gave no fresh one" in text(answer)
        kept = factories.make_archived(Clip.objects.get())
        assert client.get(address)["Location"] == kept.file_url
