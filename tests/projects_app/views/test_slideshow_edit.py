"""The editor of a Picovico draft, as its buttons are pressed; all of it without a script."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard import senders
from dashboard.models import CallState, Team, UpstreamCall, User
from projects_app.actions import looks, slideshow_library
from projects_app.forms import slideshow_rows
from projects_app.forms.slideshows import SlideshowForm
from projects_app.models import Project
from providers.picovico import ImageAsset, TextAsset, UpdateVideo, UploadBody
from tests import factories
from tests.conftest import InProcessSandbox
from tests.projects_app.picovico import Account
from tests.sandbox.picovico.conftest import photo

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
LIST = "/t/harbour/projects/picovico/"


@pytest.fixture
def account(sandbox: InProcessSandbox, team: Team) -> Account:
    return Account(sandbox, team)


@pytest.fixture
def client(client_of: SignIn, bob: User) -> Client:
    return client_of(bob)


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def begin(client: Client, account: Account, name: str = "Summer at sea") -> str:
    """The address of the editor."""
    page = client.post(f"{LIST}new/", {"key": account.key.pk, "name": name}, follow=True)
    assert page.status_code == 200, text(page)
    address: str = page.redirect_chain[-1][0]
    return address


def fields(page: Any) -> dict[str, str]:
    """What a browser would send from this form."""
    form = page.context["form"]
    found = {name: form[name].value() or "" for name in ("version", "form_token", "name", "style", "quality")}
    found["price_shown"] = form.price_told
    for row in form.timeline:
        values = {
            name: getattr(row, name) for name in ("key", "kind", "asset", "seconds", "title", "text", "raw", "was")
        }
        found |= {f"{row.prefix}-{name}": value for name, value in values.items() if value}
    for tune in form.tune_rows:
        found |= {f"{tune.prefix}-{name}": getattr(tune, name) for name in ("asset", "start", "end", "raw")}
    for number, (role, name) in enumerate(form.credit_rows):
        found |= {f"credit-{number}-role": role, f"credit-{number}-name": name}
    return {name: str(value) for name, value in found.items()}


def press(client: Client, page: Any, step: str, **more: Any) -> Any:
    return client.post(page.request["PATH_INFO"], fields(page) | {"step": step} | more, follow=True)


def draft(account: Account) -> Any:
    with account.client() as there:
        return there.draft()


def test_from_nothing_to_the_film(client: Client, account: Account) -> None:
    assert "New slideshow" in text(client.get(LIST))
    page = client.get(begin(client, account))
    assert "Nothing to see yet" in text(page) and "Not saved yet" not in text(page)
    assert text(page).count(": is missing") == 3  # style, music, assets

    page = press(client, page, "upload", photos=SimpleUploadedFile("a.jpg", photo((200, 30, 30)), "image/jpeg"))
    assert "Not saved yet" in text(page) and draft(account).assets == ()
    number = page.context["library"].photos[0].id
    page = press(client, page, f"photo:{number}")
    page = press(client, page, "card")
    assert [row.kind for row in page.context["form"].timeline] == ["image", "image", "text"]
    keys = [row.key for row in page.context["form"].timeline]
    page = press(client, page, f"up:{keys[2]}", **{"row-2-title": "The end", "row-0-text": "Pier"})
    assert [row.kind for row in page.context["form"].timeline] == ["image", "text", "image"]

    chosen = {
        "style": "vanilla",
        "quality": "360",
        "music-0-asset": "boats",
        "credit-0-role": "Photos",
        "credit-0-name": "Bob",
    }
    page = press(client, page, "save", **chosen)
    assert "Saved at Picovico." in text(page) and "is missing" not in text(page)
    there = draft(account)
    assert there.assets[:3] == (
        ImageAsset(number, 0, 4, "Pier"), TextAsset(4, 7, "The end", ""), ImageAsset(number, 7, 11),
    )  # fmt: skip
    assert (there.style, there.quality, there.credit) == ("vanilla", 360, (("Photos", "Bob"),))

    page = press(client, page, "render")
    assert "Picovico is asked for the film" in text(page) or "waits to be sent" in text(page)
    call = UpstreamCall.objects.get()
    senders.deliver(call.pk)
    call.refresh_from_db()
    assert (call.state, call.body) == (CallState.ACCEPTED, {"quality": 360, "mohars": 40})
    account.box.run_jobs()
    looks.look(Project.objects.get().pk, force=True)
    assert "The film is ready" in text(client.get(page.request["PATH_INFO"]))


def test_the_open_draft_is_opened_and_not_a_second_one(client: Client, account: Account) -> None:
    with account.client() as there:
        there.create_video("Made there")
    page = text(client.get(LIST))
    assert "The open draft" in page and "Made there" in page and "New slideshow" not in page
    address = begin(client, account, "Mine")
    assert "has this draft already" in text(client.get(address)) or Project.objects.get().title == "Made there"
    assert begin(client, account, "Mine again") == address
    assert address in text(client.get(LIST))


@pytest.mark.parametrize("step", ["up:a0", "card", "remove:a0", "nonsense"])
def test_for_htmx_a_button_gives_the_form_alone(client: Client, account: Account, step: str) -> None:
    account.complete()
    page = client.get(begin(client, account))
    data = fields(page) | {"step": step}
    part = client.post(page.request["PATH_INFO"], data, headers={"HX-Request": "true"})
    assert part.status_code == 200 and text(part).startswith("<form") and "<html" not in text(part)
    assert draft(account).assets  # nothing was saved


def test_what_is_wrong_is_told_and_kept(client: Client, account: Account) -> None:
    account.complete()
    page = client.get(begin(client, account))
    bad = press(client, page, "save", **{"row-0-seconds": "long", "name": "Kept"})
    assert bad.status_code == 422
    assert "Give a number of seconds" in text(bad) and 'value="long"' in text(bad) and 'value="Kept"' in text(bad)
    assert draft(account).name == "Summer"


def test_a_film_that_lacks_something_is_saved_and_not_asked_for(client: Client, account: Account) -> None:
    page = client.get(begin(client, account))
    page = press(client, page, "render", style="vanilla", name="Winter")
    said = text(page)
    assert "nothing was spent: No music was chosen." in said and draft(account).name == "Winter"
    assert not UpstreamCall.objects.exists()


def test_nobody_spends_more_than_the_button_said(client: Client, account: Account) -> None:
    account.complete()
    page = client.get(begin(client, account))
    assert "make the film · 40 Mohars" in text(page)
    dearer = press(client, page, "render", quality="720")
    assert dearer.status_code == 422 and "costs 70 Mohars. Press again" in text(dearer)
    assert "make the film · 70 Mohars" in text(dearer) and not UpstreamCall.objects.exists()
    press(client, dearer, "render")
    assert UpstreamCall.objects.get().body == {"quality": 720, "mohars": 70}


def test_a_price_that_is_not_told_is_said_before_the_film_is_asked_for(
    client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.complete()
    page = client.get(begin(client, account))
    monkeypatch.setattr(SlideshowForm, "price", None)  # the style's own list lacks this quality
    asked = press(client, page, "render", price_shown="40")
    assert asked.status_code == 422 and "is not told. Press again" in text(asked) and "cost not told" in text(asked)
    assert not UpstreamCall.objects.exists()
    press(client, asked, "render")
    assert UpstreamCall.objects.get().body == {"quality": 360}


def test_after_leaving_a_lost_film_another_takes_the_typed_words(client: Client, account: Account) -> None:
    account.complete()
    address = begin(client, account)
    project = Project.objects.get()
    factories.make_call(
        project.team, operation="render_slideshow", target_id=project.pk, api_key=account.key,
        state=CallState.UNKNOWN, sent_at=timezone.now(),
    )  # fmt: skip
    decide = reverse("projects:slideshow-decide", args=["harbour", project.pk])
    client.post(decide, {"decision": "leave"})
    page = client.get(address)
    assert "asked for before may be made yet" in text(page)
    refused = press(client, page, "render", confirm="sure")
    assert refused.status_code == 422 and "nothing was sent" in text(refused) and 'value="sure"' in text(refused)
    assert "asked for before" in text(press(client, page, "card")) and UpstreamCall.objects.count() == 1
    press(client, page, "save")
    press(client, client.get(address), "render", confirm="send again")
    assert sorted(UpstreamCall.objects.values_list("state", flat=True)) == ["abandoned", "ready"]


def test_a_photo_that_somebody_else_has_just_added_is_no_missing_one(client: Client, account: Account) -> None:
    account.complete()
    page = client.get(begin(client, account))  # and the library as it is now is kept for a while
    content = photo((9, 9, 9))
    with account.client() as there:
        fresh = there.upload_photo(UploadBody("b.jpg", len(content), "image/jpeg", iter([content]), lambda: None))
    row = {"row-7-key": "n9", "row-7-kind": "image", "row-7-asset": fresh.id, "row-7-seconds": "2"}
    assert "Saved at Picovico." in text(press(client, page, "save", **row))
    gone = press(client, client.get(page.request["PATH_INFO"]), "save", **row | {"row-7-asset": "nobody"})
    assert gone.status_code == 422 and "not in the account any more" in text(gone)


def test_a_draft_that_has_just_become_a_film_elsewhere_is_no_empty_page(client: Client, account: Account) -> None:
    video = account.complete()
    address = begin(client, account)
    account.render(video)
    page = text(client.get(address))
    assert "Its film was asked for at Picovico" in page and "Show what became of it" in page


def test_an_editor_full_of_places_can_be_saved_and_opened_again(client: Client, account: Account) -> None:
    page = client.get(begin(client, account))
    rows = {
        f"row-{n}-{name}": value
        for n in range(slideshow_rows.MOST_ROWS)
        for name, value in {"key": f"n{n}", "kind": "text", "title": f"Card {n}", "seconds": "1"}.items()
    }
    assert "Saved at Picovico." in text(press(client, page, "save", **rows))
    page = client.get(page.request["PATH_INFO"])
    assert len(page.context["form"].timeline) == slideshow_rows.MOST_ROWS
    page = press(client, page, "save", name="Long")
    assert "Saved at Picovico." in text(page) and draft(account).name == "Long"


def test_more_photos_than_one_request_takes_lose_nothing(client: Client, account: Account) -> None:
    page = client.get(begin(client, account))
    files = [SimpleUploadedFile(f"{n}.txt", b"no picture", "text/plain") for n in range(120)]
    page = press(client, page, "upload", photos=files, name="Kept")
    assert page.status_code == 422 and "“119.txt” was left out" in text(page) and 'value="Kept"' in text(page)


def test_a_page_that_has_asked_before_asks_for_nothing_more(client: Client, account: Account) -> None:
    account.complete()
    page = client.get(begin(client, account))
    press(client, page, "render")
    assert "it is under way" in text(press(client, page, "render"))
    UpstreamCall.objects.update(state=CallState.REJECTED, settled_at=timezone.now())
    again = press(client, page, "render", name="Other")
    assert "had asked for a film before" in text(again) and draft(account).name == "Summer"
    assert UpstreamCall.objects.count() == 1


def test_for_htmx_other_choices_tell_the_price_and_leave_the_form_alone(client: Client, account: Account) -> None:
    account.complete()
    page = client.get(begin(client, account))
    data = fields(page) | {"step": "look", "quality": "480"}
    part = text(client.post(page.request["PATH_INFO"], data, headers={"HX-Request": "true"}))
    assert part.startswith("<aside") and "50 Mohars" in part and 'name="price_shown" value="50"' in part


def test_photos_that_were_chosen_are_not_lost_by_saving(client: Client, account: Account) -> None:
    page = client.get(begin(client, account))
    photos = [SimpleUploadedFile(f"{n}.jpg", photo((n, 30, 30)), "image/jpeg") for n in (10, 90)]
    page = press(client, page, "save", photos=photos)
    assert "Nothing was saved yet: look at the timeline" in text(page)
    assert len(page.context["form"].timeline) == 2 and draft(account).assets == ()
    no_picture = SimpleUploadedFile("notes.txt", b"some words", "text/plain")
    page = press(client, page, "save", photos=no_picture)
    assert page.status_code == 422 and "“notes.txt” was not added" in text(page)
    assert len(page.context["form"].timeline) == 2 and "Nothing was saved yet" in text(page)


def test_of_too_many_photos_the_others_are_named(
    client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slideshow_library, "MOST_AT_ONCE", 1)
    page = client.get(begin(client, account))
    photos = [SimpleUploadedFile(f"{n}.jpg", photo((n, 30, 30)), "image/jpeg") for n in (10, 90)]
    page = press(client, page, "upload", photos=photos)
    assert len(page.context["form"].timeline) == 1 and "“90.jpg” was left out" in text(page)


def test_what_others_changed_is_told_and_either_can_win(client: Client, account: Account) -> None:
    account.complete()
    page = client.get(begin(client, account))
    account.box.clock.move(seconds=5)
    with account.client() as there:
        there.update_video(draft(account).id, UpdateVideo(name="Theirs"))
    conflict = press(client, page, "save", name="Mine")
    assert conflict.status_code == 409
    assert "Somebody changed this draft" in text(conflict) and "Theirs" in text(conflict)
    assert 'value="Mine"' in text(conflict) and draft(account).name == "Theirs"
    press(client, conflict, "overwrite")
    assert draft(account).name == "Mine"


def test_a_lost_film_asks_a_person(client: Client, account: Account) -> None:
    account.complete()
    address = begin(client, account)
    project = Project.objects.get()
    factories.make_call(
        project.team, operation="render_slideshow", target_id=project.pk, api_key=account.key, state=CallState.UNKNOWN
    )
    assert "Its film was asked for" in text(client.get(project.get_absolute_url()))
    page = client.get(address)
    assert "Is the film being made?" in text(page) and 'name="step"' not in text(page)
    mine = {"step": "save", "name": "Mine", "form_token": str(uuid.uuid4())}
    sent = client.post(address, mine, follow=True)
    assert sent.status_code == 409 and "nothing was saved" in text(sent)
    assert "Is the film being made?" in text(sent) and 'value="Mine"' in text(sent)  # what was typed stays
    decide = reverse("projects:slideshow-decide", args=["harbour", project.pk])
    assert client.post(decide, {"decision": "dance"}).status_code == 400
    assert "type “send again” to confirm" in text(client.post(decide, {"decision": "again"}, follow=True))
    again = {"decision": "again", "confirm": "send again"}
    assert "form was not complete" in text(client.post(decide, again, follow=True))
    assert UpstreamCall.objects.count() == 1
    client.post(decide, again | {"form_token": str(uuid.uuid4())})
    assert sorted(UpstreamCall.objects.values_list("state", flat=True)) == ["abandoned", "ready"]
    assert "Take it back" in text(client.get(address))
    assert "Nothing is sent again" in text(client.post(decide, {"decision": "leave"}, follow=True))
    assert 'name="step"' in text(client.get(address))


def test_a_refusal_stands_in_the_editor(client: Client, account: Account) -> None:
    account.complete()
    address = begin(client, account)
    project = Project.objects.get()
    factories.make_call(
        project.team, operation="render_slideshow", target_id=project.pk, api_key=account.key,
        state=CallState.REJECTED, problem="Not enough credits.", advice="Choose less.",
    )  # fmt: skip
    page = text(client.get(address))
    assert "Not enough credits." in page and "Choose less." in page and 'name="step"' in page


def test_nothing_typed_is_lost_when_picovico_is_away(
    client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.cache import cache

    from dashboard import remote

    account.complete()
    page = client.get(begin(client, account))
    monkeypatch.setattr(remote, "transport", _Down())
    there = press(client, page, "save", name="Typed")
    assert there.status_code == 409 and 'value="Typed"' in text(there) and 'data-tone="bad"' in text(there)
    cache.clear()
    there = press(client, page, "card", name="Typed")
    assert there.status_code == 502 and 'value="Typed"' in text(there)
    assert "could not be read from Picovico" in text(client.get(page.request["PATH_INFO"]))


class _Down:
    def __enter__(self) -> _Down:
        return self

    def __exit__(self, *args: object) -> None: ...

    def close(self) -> None: ...

    def handle_request(self, request: Any) -> Any:
        import httpx

        raise httpx.ConnectError("no route", request=request)


def test_only_editors_and_only_slideshows(
    client_of: SignIn, client: Client, vera: User, account: Account, team: Team
) -> None:
    address = begin(client, account)
    assert client_of(vera).get(address).status_code == 403
    assert client_of(vera).post(f"{LIST}new/", {"key": account.key.pk, "name": "x"}).status_code == 403
    assert "Editors of your team" in text(client_of(vera).get(Project.objects.get().get_absolute_url()))
    other = factories.make_project(team)
    assert client.get(reverse("projects:slideshow-edit", args=["harbour", other.pk])).status_code == 404


def test_the_project_page_leads_to_the_editor(client: Client, account: Account) -> None:
    address = begin(client, account)
    page = text(client.get(Project.objects.get().get_absolute_url()))
    assert f'href="{address}"' in page and "A draft at Picovico" in page
    assert not re.search(r"Picovico is working on it", page)


@pytest.mark.parametrize("data", [{"name": ""}, {"name": "x" * 101}, {"key": "nobody"}])
def test_a_beginning_that_is_none(client: Client, account: Account, data: dict[str, str]) -> None:
    page = client.post(f"{LIST}new/", {"key": account.key.pk, "name": "Summer"} | data, follow=True)
    assert not Project.objects.exists()
    if "key" in data:
        assert page.redirect_chain[-1][0].startswith(LIST)
    else:
        assert page.status_code == 422 and "This field is required" in text(page) or "at most 100" in text(page)


def test_a_name_that_was_typed_stays_when_picovico_is_away(
    client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard import remote

    monkeypatch.setattr(remote, "transport", _Down())
    refused = client.post(f"{LIST}new/", {"key": account.key.pk, "name": "Summer at sea"})
    assert refused.status_code == 409 and 'value="Summer at sea"' in text(refused)
    assert client.get(f"{LIST}new/", follow=True).redirect_chain == [(LIST, 302)]
