"""The media library's pages and what people do on them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import ApiKey, CallState, Team, UpstreamCall, User
from projects_app import spool
from projects_app.actions import media_sync
from projects_app.models import Media, MediaState, Preset
from tests import factories
from tests.polling import HTMX, again_of
from tests.projects_app import libraries as lib
from tests.projects_app import movies
from tests.projects_app.scripted import Scripted

SignIn = Callable[[User], Client]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400
JSON = {"Accept": "application/json"}


@pytest.fixture
def address(team: Team) -> str:
    return reverse("projects:media-list", kwargs={"team": team.slug})


@pytest.fixture
def editor(bob: User, client_of: SignIn) -> Client:
    return client_of(bob)


@pytest.fixture
def viewer(vera: User, client_of: SignIn) -> Client:
    return client_of(vera)


def names(response: Any) -> list[str]:
    return [card.media.name for card in response.context["cards"]]


def of(row: Media, step: str = "detail") -> str:
    return reverse(f"projects:media-{step}", kwargs={"team": row.team.slug, "pk": row.pk})


def policy(response: Any, directive: str) -> list[str]:
    header = response.headers["Content-Security-Policy"]
    return next(part.split()[1:] for part in header.split("; ") if part.startswith(directive))


# --- The list -------------------------------------------------------------------------------------------------------


def test_it_shows_what_is_in_the_library(viewer: Client, address: str, team: Team, bob: User, api_key: ApiKey) -> None:
    factories.make_media(team, name="waves.mp4", created_by=bob, width=1920, height=1080, duration=12.3)
    factories.make_media(team, name="song.mp3", type="AUDIO", duration=180)
    text = viewer.get(address).content.decode()
    for said in (
        "waves.mp4",
        "1920 × 1080",
        "1.5\u202fMB",
        "Bob",
        "Ready",
        "song.mp3",
        "3:00",
        "found in your Submagic",
    ):
        assert said in text, said
    assert 'aria-current="page"' in text
    assert "Drop files here" not in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"a.mp4", "b.png", "c.mp3"}),
        ("?type=IMAGE", {"b.png"}),
        ("?state=gone", {"c.mp3"}),
        ("?state=ready&type=VIDEO", {"a.mp4"}),
        ("?q=B.P", {"b.png"}),
        ("?q=the-id", {"a.mp4"}),
        ("?type=nonsense", {"a.mp4", "b.png", "c.mp3"}),
        ("?state=failed", set()),
    ],
)
def test_filters(viewer: Client, address: str, team: Team, api_key: ApiKey, query: str, found: set[str]) -> None:
    factories.make_media(team, name="a.mp4", upstream_id="the-id")
    factories.make_media(team, name="b.png", type="IMAGE")
    factories.make_media(team, name="c.mp3", type="AUDIO", state="gone")
    assert set(names(viewer.get(address + query))) == found


def test_more_follow_without_gaps_or_repeats(viewer: Client, address: str, team: Team, api_key: ApiKey) -> None:
    made = [factories.make_media(team, name=f"M{number:02}") for number in range(60)]
    Media.objects.filter(pk__in=[row.pk for row in made[:30]]).update(created_at=timezone.now())
    seen: list[str] = []
    query = ""
    for _ in range(3):
        response = viewer.get(f"{address}?{query}", headers={"HX-Request": "true"} if query else {})
        seen += names(response)
        query = response.context["more_query"]
    assert not query
    assert sorted(seen) == sorted(row.name for row in made)


def test_a_place_that_makes_no_sense_is_the_start(viewer: Client, address: str, team: Team, api_key: ApiKey) -> None:
    factories.make_media(team)
    for place in ("x", "2026-01-01~", f"2026-01-01T00:00:00~{uuid.uuid4()}"):
        assert len(names(viewer.get(address, {"after": place}))) == 1


def test_each_key_has_a_library_of_its_own(viewer: Client, address: str, team: Team, api_key: ApiKey) -> None:
    other = factories.make_key(team, label="Second", is_default=False)
    factories.make_media(team, name="first.mp4", api_key=api_key)
    factories.make_media(team, name="second.mp4", api_key=other)
    first = viewer.get(address)
    assert names(first) == ["first.mp4"]
    assert f"?key={other.pk}" in first.content.decode()
    assert names(viewer.get(address, {"key": str(other.pk)})) == ["second.mp4"]
    stranger = factories.make_key(factories.make_team())
    assert names(viewer.get(address, {"key": str(stranger.pk)})) == ["first.mp4"]


def test_empty_pages_teach(
    viewer: Client, editor: Client, address: str, team: Team, client_of: SignIn, alice: User
) -> None:
    assert "Ask an admin" in viewer.get(address).content.decode()
    assert "Enter an API key" in client_of(alice).get(address).content.decode()
    factories.make_key(team, environment="live")
    assert "Editors of your team" in viewer.get(address).content.decode()
    text = editor.get(address).content.decode()
    assert "B-roll and music live here" in text
    assert "Nothing at hand" not in text


def test_the_sandboxes_samples_are_offered(sandbox: Any, editor: Client, address: str, api_key: ApiKey) -> None:
    samples = editor.get(address).context["samples"]
    assert len(samples) >= 3
    sent = {"key": api_key.pk, "form_token": samples[0]["token"], "url": samples[0]["url"]}
    assert editor.post(f"{address}add/", sent).status_code == 302
    assert Media.objects.get().source_url == samples[0]["url"]
    # The others are offered on; what is there is not offered again.
    left = editor.get(address).context["samples"]
    assert [each["url"] for each in left] == [each["url"] for each in samples[1:]]
    assert "More of the sandbox's own" in editor.get(address).content.decode()
    assert not editor.get(address, {"type": "AUDIO"}).context["samples"]


def test_a_real_hosts_pictures_wait_for_a_click(viewer: Client, address: str, team: Team, api_key: ApiKey) -> None:
    factories.make_media(team, type="IMAGE", url="https://cdn.submagic.co/media/a.png")
    factories.make_media(team, type="VIDEO", url="https://cdn.submagic.co/media/a.mp4")
    response = viewer.get(address)
    assert 'src="https://cdn' not in response.content.decode()
    shown = viewer.get(f"{address}?{response.context['pictures_query']}")
    assert '<img src="https://cdn.submagic.co/media/a.png"' in shown.content.decode()
    for directive in ("img-src", "media-src"):
        assert "https://cdn.submagic.co" in policy(shown, directive)


def test_an_address_of_an_unknown_host_is_never_loaded(
    viewer: Client, address: str, team: Team, api_key: ApiKey
) -> None:
    row = factories.make_media(team, type="IMAGE", url="https://evil.example/a.png")
    for page in (f"{address}?pictures=1", f"{of(row)}?pictures=1"):
        response = viewer.get(page)
        assert "evil.example" not in response.content.decode()
        assert "evil.example" not in response.headers["Content-Security-Policy"]


def test_a_name_is_only_text(viewer: Client, address: str, team: Team, api_key: ApiKey) -> None:
    row = factories.make_media(team, name="<script>alert(1)</script>.mp4")
    for page in (address, of(row)):
        assert "<script>alert" not in viewer.get(page).content.decode()


def test_the_number_of_queries_does_not_grow(
    viewer: Client, address: str, team: Team, api_key: ApiKey, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        factories.make_media(team)
    viewer.get(address)
    with django_assert_max_num_queries(14):
        viewer.get(address)


# --- News -----------------------------------------------------------------------------------------------------------


def test_a_page_hears_only_of_what_changed(viewer: Client, address: str, team: Team, api_key: ApiKey) -> None:
    moving = factories.make_media(team, name="moving.mp4", state="waiting", accepted_at=timezone.now())
    factories.make_media(team, name="still.mp4")
    poll = viewer.get(address).context["poll"]
    assert poll["seconds"] == 2
    news = f"{address}?{poll['query']}&every={poll['seconds']}"
    htmx = {"HX-Request": "true"}
    assert viewer.get(news, headers=htmx).status_code == 204
    Media.objects.filter(pk=moving.pk).update(state=MediaState.READY, url="")
    answer = viewer.get(news, headers=htmx)
    text = answer.content.decode()
    assert 'hx-swap-oob="true"' in text
    assert "moving.mp4" in text
    assert "still.mp4" not in text
    assert answer.context["poll"]["seconds"] == 0


def test_a_page_hears_of_what_others_added(viewer: Client, address: str, team: Team, api_key: ApiKey) -> None:
    factories.make_media(team, name="first.mp4")
    poll = viewer.get(address).context["poll"]
    factories.make_media(team, name="second.mp4")
    text = viewer.get(f"{address}?{poll['query']}", headers={"HX-Request": "true"}).content.decode()
    assert "first.mp4" in text
    assert "second.mp4" in text


def test_who_has_read_on_keeps_all_that_is_shown(viewer: Client, address: str, team: Team, api_key: ApiKey) -> None:
    for number in range(60):
        factories.make_media(team, name=f"M{number:02}")
    page = viewer.get(address)
    later = viewer.get(f"{address}?{page.context['more_query']}", headers=HTMX)
    assert later.content.decode().count('name="shown"') == 1
    factories.make_media(team, name="newest.mp4")
    # As htmx asks: with every part that was read on beside what the first page says.
    answer = viewer.get(f"{address}?{page.context['poll']['query']}&shown=&shown=1", headers=HTMX)
    text = answer.content.decode()
    assert names(answer)[0] == "newest.mp4"
    assert len(names(answer)) == 48
    assert text.count('name="shown" value="1"') == 1
    assert 'hx-include="#media-library [name=shown]"' in text
    rest = viewer.get(f"{address}?{answer.context['more_query']}", headers=HTMX)
    assert names(rest)[0] == "M12"


@pytest.mark.parametrize(("minutes", "seconds"), [(0, 2), (3, 5), (10, 15), (60, 60)])
def test_a_page_asks_less_often_the_older_it_is(
    viewer: Client, address: str, team: Team, api_key: ApiKey, minutes: int, seconds: int
) -> None:
    factories.make_media(team, state="waiting", accepted_at=timezone.now() - dt.timedelta(minutes=minutes))
    media_sync._remember(api_key, media_sync.Library(timezone.now()))
    assert viewer.get(address).context["poll"]["seconds"] == seconds


def test_it_is_said_when_it_takes_too_long(viewer: Client, address: str, team: Team, api_key: ApiKey) -> None:
    accepted = timezone.now() - dt.timedelta(minutes=20)
    row = factories.make_media(team, type="IMAGE", state="waiting", accepted_at=accepted)
    assert "Submagic has had this for 20 minutes" in viewer.get(address).content.decode()
    assert "save it as JPEG" in viewer.get(of(row)).content.decode()


def test_check_now_reads_the_list(
    provider: Scripted, viewer: Client, address: str, api_key: ApiKey, django_capture_on_commit_callbacks: Any
) -> None:
    provider.on("GET", lib.CREATE, lib.listed(lib.entry()))
    with django_capture_on_commit_callbacks(execute=True):
        viewer.post(f"{address}check/", {"key": api_key.pk})
        viewer.post(f"{address}check/", {"key": api_key.pk})
    assert provider.count("GET", lib.CREATE) == 1
    assert Media.objects.get().name == "waves.mp4"


# --- Adding by link -------------------------------------------------------------------------------------------------


def add(client: Client, address: str, key: ApiKey, url: str, **more: Any) -> Any:
    return client.post(f"{address}add/", {"key": key.pk, "form_token": uuid.uuid4(), "url": url} | more)


def test_an_editor_adds_a_link(editor: Client, address: str, api_key: ApiKey, bob: User) -> None:
    assert add(editor, address, api_key, lib.URL).headers["Location"] == address
    row = Media.objects.get()
    assert (row.name, row.type, row.created_by, row.state) == ("waves.mp4", "VIDEO", bob, MediaState.QUEUED)
    assert UpstreamCall.objects.get().operation == "create_media"


def test_the_same_form_twice_is_one_entry(editor: Client, address: str, api_key: ApiKey) -> None:
    token = uuid.uuid4()
    for _ in range(2):
        assert add(editor, address, api_key, lib.URL, form_token=token).status_code == 302
    assert Media.objects.count() == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "Paste the address"),
        ("http://files.harbour.example.com/a.mp4", "https://"),
        ("https://192.168.1.4/a.mp4", "public host name"),
        ("https://nas.local/a.png", "public host name"),
        ("https://www.tiktok.com/@harbour/video/1", "drop it here"),
        ("https://youtu.be/dQw4w9WgXcQ", "drop it here"),
        ("http://127.0.0.1:8999/submagic/samples/../v1/x.mp4", "https://"),
        ("http://127.0.0.1:8999/submagic/samples/x.exe", "https://"),
    ],
)
def test_bad_links_are_refused_in_place(
    sandbox: Any, editor: Client, address: str, api_key: ApiKey, url: str, said: str
) -> None:
    response = add(editor, address, api_key, url)
    assert response.status_code == 422
    text = response.content.decode()
    assert said in text
    assert not Media.objects.exists()


def test_only_the_teams_own_working_keys_are_taken(editor: Client, address: str, api_key: ApiKey) -> None:
    stranger = factories.make_key(factories.make_team())
    assert add(editor, address, stranger, lib.URL).status_code == 422
    ApiKey.objects.filter(pk=api_key.pk).update(state=ApiKey.State.INVALID)
    assert add(editor, address, api_key, lib.URL).status_code == 422
    assert not Media.objects.exists()


# --- Files ----------------------------------------------------------------------------------------------------------


def upload(client: Client, address: str, key: ApiKey, *files: tuple[str, bytes], **more: Any) -> Any:
    headers = more.pop("headers", JSON)
    data = {
        "key": str(key.pk),
        "form_token": str(uuid.uuid4()),
        "file": [SimpleUploadedFile(name, content) for name, content in files],
        "end": "1",
    } | more
    return client.post(f"{address}upload/", data, headers=headers)


def spooled() -> list[Path]:
    folder = Path(django_settings.SPOOL_DIR)
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_file_comes_into_the_spool(editor: Client, address: str, api_key: ApiKey, bob: User) -> None:
    answer = upload(editor, address, api_key, ("shot.png", PNG))
    assert answer.status_code == 201
    row = Media.objects.get()
    assert answer.json()["files"] == [{"name": "shot.png", "id": str(row.pk), "problem": "", "advice": ""}]
    assert (row.type, row.size, row.node, row.created_by) == ("IMAGE", len(PNG), "test", bob)
    assert row.next_look_at is not None
    assert [path.name for path in spooled()] == [row.pk.hex]
    assert spool.path(row.pk).read_bytes() == PNG
    assert spool.path(row.pk).stat().st_mode & 0o777 == 0o600


def test_without_a_script_a_plain_form_sends_several(editor: Client, address: str, api_key: ApiKey) -> None:
    files = (("a.mp4", movies.mp4(4000)), ("notes.mp4", b"just text" * 200), ("b.png", PNG))
    response = editor.post(
        f"{address}upload/",
        {
            "key": str(api_key.pk),
            "form_token": str(uuid.uuid4()),
            "file": [SimpleUploadedFile(name, content) for name, content in files],
            "end": "1",
        },
        follow=True,
    )
    text = response.content.decode()
    assert {row.name for row in Media.objects.all()} == {"a.mp4", "b.png"}
    assert "“notes.mp4” is not a video" in text
    assert len(spooled()) == 2


@pytest.mark.parametrize(
    ("name", "content", "status", "said"),
    [
        ("notes.mp4", b"just text, whatever its name says" * 50, 415, "is not a video"),
        ("short.png", b"abc", 415, "is not a video"),
        ("empty.mp4", b"", 415, "0 bytes"),
        ("large.png", PNG * 3, 413, "larger than"),
    ],
)
def test_bad_files_are_refused_with_a_reason(
    editor: Client, address: str, api_key: ApiKey, settings: Any, name: str, content: bytes, status: int, said: str
) -> None:
    settings.MEDIA_MAX_BYTES = 2 * len(PNG)
    answer = upload(editor, address, api_key, (name, content))
    assert answer.status_code == status
    (file,) = answer.json()["files"]
    assert said in file["problem"]
    assert file["advice"]
    assert not Media.objects.exists()
    assert not spooled()


def test_a_full_disk_is_said(editor: Client, address: str, api_key: ApiKey, settings: Any) -> None:
    settings.SPOOL_FLOOR_BYTES = 10**18
    answer = upload(editor, address, api_key, ("shot.png", PNG))
    assert answer.status_code == 507
    assert "no room" in answer.json()["files"][0]["problem"]
    assert not spooled()


def test_a_form_that_was_cut_off_leaves_nothing(editor: Client, address: str, api_key: ApiKey) -> None:
    answer = upload(editor, address, api_key, ("shot.png", PNG), end="")
    assert answer.status_code == 400
    assert "broke" in answer.json()["files"][0]["problem"]
    assert not Media.objects.exists()
    assert not spooled()


def test_the_same_upload_twice_is_one_entry(editor: Client, address: str, api_key: ApiKey) -> None:
    token = str(uuid.uuid4())
    for _ in range(2):
        assert upload(editor, address, api_key, ("shot.png", PNG), form_token=token).status_code == 201
    assert Media.objects.count() == 1
    assert len(spooled()) == 1


def test_no_file_is_said(editor: Client, address: str, api_key: ApiKey) -> None:
    answer = upload(editor, address, api_key)
    assert answer.status_code == 400
    assert "No file" in answer.json()["files"][0]["problem"]


def test_a_forged_form_is_refused_and_leaves_nothing(address: str, api_key: ApiKey, bob: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    assert upload(client, address, api_key, ("shot.png", PNG)).status_code == 403
    assert not Media.objects.exists()
    assert not spooled()


def test_a_viewers_file_is_not_even_read(viewer: Client, address: str, api_key: ApiKey) -> None:
    assert upload(viewer, address, api_key, ("shot.png", PNG)).status_code == 403
    assert not spooled()


# --- One entry ------------------------------------------------------------------------------------------------------


def test_where_it_is_used(viewer: Client, address: str, team: Team, api_key: ApiKey) -> None:
    broll = factories.make_media(team, name="waves.mp4", upstream_id="the-broll")
    song = factories.make_media(team, name="song.mp3", type="AUDIO", upstream_id="the-song")
    item = {"type": "user-media", "startTime": 1, "endTime": 2, "userMediaId": "the-broll"}
    factories.make_project(team, title="Both", options={"items": [item, item], "music": {"userMediaId": "the-song"}})
    factories.make_project(team, title="Neither", options={"items": [{"type": "ai-broll", "prompt": "the-broll"}]})
    Preset.objects.create(team=team, name="Our look", kind="captions", options={"music": {"userMediaId": "the-song"}})
    other = factories.make_team()
    factories.make_project(other, title="Of others", options={"music": {"userMediaId": "the-song"}})
    cards = {card.media.name: card.used for card in viewer.get(address).context["cards"]}
    assert cards == {"waves.mp4": 1, "song.mp3": 2}
    text = viewer.get(of(broll)).content.decode()
    assert "Both" in text
    assert "Neither" not in text
    text = viewer.get(of(song)).content.decode()
    assert "Our look" in text
    assert "Of others" not in text
    assert "the-song" in text


def test_options_of_any_shape_break_nothing(viewer: Client, address: str, team: Team, api_key: ApiKey) -> None:
    factories.make_media(team, upstream_id="x")
    for options in ({"items": "userMediaId"}, {"items": [None, 3]}, {"music": {"userMediaId": ["x"]}}, ["userMediaId"]):
        factories.make_project(team, options=options)
    assert viewer.get(address).context["cards"][0].used == 0


def test_an_unknown_one_is_decided_on_its_page(
    provider: Scripted, editor: Client, viewer: Client, address: str, team: Team, bob: User, api_key: ApiKey
) -> None:
    provider.on("POST", lib.CREATE, httpx.ReadTimeout("no answer"), lib.created())
    row = lib.add_link(team, bob, api_key)
    lib.deliver(row)
    assert "Outcome unknown" in viewer.get(address).content.decode()
    text = editor.get(of(row)).content.decode()
    assert "It never arrived: type “send again”" in text
    assert "Leave it" in text
    assert "Send again" not in viewer.get(of(row)).content.decode()
    found = factories.make_media(team, api_key=api_key, name="renamed.mp4", upstream_id=lib.ID)
    assert "renamed.mp4" in editor.get(of(row)).content.decode()
    editor.post(of(row, "claim"), {"found": found.pk})
    row.refresh_from_db()
    assert (row.state, row.upstream_id) == (MediaState.READY, lib.ID)


def test_claiming_another_teams_entry_is_404(
    provider: Scripted, editor: Client, team: Team, bob: User, api_key: ApiKey
) -> None:
    provider.on("POST", lib.CREATE, httpx.ReadTimeout("no answer"))
    row = lib.add_link(team, bob, api_key)
    lib.deliver(row)
    other = factories.make_media(factories.make_team())
    assert editor.post(of(row, "claim"), {"found": other.pk}).status_code == 404


@pytest.mark.parametrize(("step", "state"), [("give-up", "abandoned"), ("send-again", "abandoned")])
def test_sending_again_and_leaving(
    provider: Scripted, editor: Client, team: Team, bob: User, api_key: ApiKey, step: str, state: str
) -> None:
    provider.on("POST", lib.CREATE, httpx.ReadTimeout("no answer"))
    row = lib.add_link(team, bob, api_key)
    old = lib.deliver(row)
    if step == "send-again":
        assert "Nothing was sent: type “send again”" in editor.post(of(row, step), follow=True).content.decode()
        assert UpstreamCall.objects.get().state == CallState.UNKNOWN
    assert editor.post(of(row, step), {"confirm": "send again"}).status_code == 302
    old.refresh_from_db()
    assert old.state == state
    row.refresh_from_db()
    assert row.state == (MediaState.QUEUED if step == "send-again" else MediaState.FAILED)


def test_cancel_and_remove_lead_back_to_the_list(
    editor: Client, address: str, team: Team, bob: User, api_key: ApiKey
) -> None:
    row = lib.add_link(team, bob, api_key)
    assert editor.post(of(row, "cancel")).headers["Location"] == address
    gone = factories.make_media(team, state="gone")
    assert editor.post(of(gone, "remove")).headers["Location"] == address
    assert not Media.objects.exists()
    ready = factories.make_media(team)
    assert editor.post(of(ready, "remove")).headers["Location"] == of(ready)
    assert Media.objects.get() == ready


def test_too_late_to_cancel_is_said(editor: Client, team: Team, bob: User, api_key: ApiKey) -> None:
    row = lib.add_link(team, bob, api_key)
    UpstreamCall.objects.update(state=CallState.COMMITTING, sent_at=timezone.now())
    assert "cannot be cancelled any more" in editor.post(of(row, "cancel"), follow=True).content.decode()
    assert Media.objects.get() == row


def test_a_page_that_shows_the_state_is_left_alone(viewer: Client, team: Team, api_key: ApiKey) -> None:
    row = factories.make_media(team, state="waiting", accepted_at=timezone.now())
    again = again_of(viewer.get(of(row), {"pictures": "1"}))
    assert "pictures=1" in again
    assert viewer.get(again, headers=HTMX).status_code == 204
    Media.objects.update(state=MediaState.READY)
    answer = viewer.get(again, headers=HTMX)
    assert answer.status_code == 286
    assert "Ready" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_nothing_is_swapped_under_a_choosing_hand(viewer: Client, team: Team, api_key: ApiKey) -> None:
    call = factories.make_call(team, state="unknown", operation="create_media", sent_at=timezone.now())
    row = factories.make_media(team, state="unknown", call=call, api_key=api_key)
    again = again_of(viewer.get(of(row)))
    call.looks += 1
    call.save(update_fields=["looks"])
    assert viewer.get(again, headers=HTMX).status_code == 204


def test_home_leads_to_an_entry_that_needs_somebody(
    provider: Scripted, editor: Client, team: Team, bob: User, api_key: ApiKey
) -> None:
    provider.on("POST", lib.CREATE, httpx.ReadTimeout("no answer"))
    row = lib.add_link(team, bob, api_key)
    lib.deliver(row)
    home = editor.get(reverse("dashboard:home", kwargs={"team": team.slug})).content.decode()
    assert f'href="{of(row)}"' in home
    assert "An entry of the media library" in home


def test_a_form_whose_entry_was_cancelled_says_so_when_it_comes_again(
    editor: Client, address: str, api_key: ApiKey, team: Team
) -> None:
    """The way back in the browser leads to the same form; silence would look like success."""
    token = str(uuid.uuid4())
    assert upload(editor, address, api_key, ("shot.png", PNG), form_token=token).status_code == 201
    editor.post(of(Media.objects.get(), "cancel"))
    answer = upload(editor, address, api_key, ("shot.png", PNG), form_token=token)
    assert answer.status_code == 409
    assert "used before" in answer.json()["files"][0]["problem"]
    by_link = {"form_token": token, "key": str(api_key.pk), "url": lib.URL}
    answer = editor.post(f"{address}add/", by_link)
    assert answer.status_code == 422
    assert "used before" in answer.content.decode()
    assert not Media.objects.exists()


def test_a_place_at_the_beginning_of_time_is_no_place(viewer: Client, address: str, api_key: ApiKey) -> None:
    place = f"0001-01-01T00:00:00+14:00~{uuid.uuid4()}"
    assert viewer.get(address, {"after": place}).status_code == 200


def test_sizes_that_no_picture_has_are_left_out(provider: Scripted, team: Team, api_key: ApiKey) -> None:
    """Larger than a column; the rest of the list must not suffer from one entry."""
    huge = {"width": 99_999_999_999, "height": 1080, "duration": 12.3, "fileSize": 15_000_000}
    provider.on("GET", lib.CREATE, lib.listed(lib.entry(metadata=huge)))
    assert media_sync.sync(api_key) == 0.0
    assert (Media.objects.get().width, Media.objects.get().height) == (None, 1080)


def test_ids_of_another_team_in_a_form_are_nobodys(
    editor: Client, address: str, team: Team, other_team: Team, api_key: ApiKey
) -> None:
    theirs = factories.make_media(other_team, state=MediaState.READY)
    row = factories.make_media(team, state=MediaState.UNKNOWN, upstream_id="")
    row.call = factories.make_call(team, operation="create_media", state="unknown", target_id=row.pk)
    row.save()
    assert editor.post(of(row, "claim"), {"found": str(theirs.pk)}).status_code == 404
    by_link = {"form_token": str(uuid.uuid4()), "key": str(theirs.api_key_id), "url": lib.URL}
    assert editor.post(f"{address}add/", by_link).status_code == 422
    answer = editor.post(f"{address}upload/", {**by_link, "end": "1", "file": SimpleUploadedFile("a.png", PNG)})
    assert answer.status_code == 302
    assert Media.objects.for_team(team).get() == row
    assert Media.objects.for_team(other_team).get() == theirs
    assert not spooled()
    assert names(editor.get(address, {"key": str(theirs.api_key_id)})) == [row.name]
