from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from dashboard.models import Provider, Role, Team, User
from projects_app import archive_files
from projects_app.actions import video_links
from projects_app.models import ArchivedVideo, ArchivePolicy, Clip, Keep
from projects_app.views import archive as views
from tests import factories

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true"}
LIST = "/t/harbour/archive/"
FILM = bytes(range(256)) * 40


@pytest.fixture
def clip(team: Team) -> Clip:
    return factories.make_clip(factories.make_project(team, title="The harbour"), title="Boats at five")


def text(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code in (200, 286), response.status_code
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# --- The list ---------------------------------------------------------------------------------------------------------


def test_an_empty_archive_says_how_it_begins(client_of: SignIn, team: Team, vera: User) -> None:
    said = text(client_of(vera), LIST)
    assert "Nothing is kept yet" in said and "Approved clips are kept by themselves." in said


def test_what_is_kept_and_what_is_not(client_of: SignIn, clip: Clip, bob: User) -> None:
    row = factories.make_archived(clip, FILM, asked_by=bob, duration=24.8)
    factories.make_archived(factories.make_clip(clip.project, title="Gulls"), state="failed", problem="Gone there.")
    taken = factories.make_archived(factories.make_clip(clip.project, title="Taken out"), state="removed")
    html = client_of(bob).get(LIST).content.decode()
    said = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert "Boats at five" in said and "10.2 kB" in said and "by Bob" in said
    assert "Gulls Failed" in said and "Gone there." in said and "Try again" in said
    assert "Taken out" not in said and str(taken.pk) not in html
    assert f"{LIST}{row.pk}/file/?node=test&amp;download=1" in html
    assert "10.2 kB of 100.0 GB" in said


def test_a_viewer_may_only_look(client_of: SignIn, clip: Clip, vera: User) -> None:
    row = factories.make_archived(clip)
    client = client_of(vera)
    html = client.get(LIST).content.decode()
    assert "Download" in html and "Take out" not in html and 'name="keep"' not in html
    for path in (f"archive/{row.pk}/remove/", f"clips/{clip.pk}/keep/", "archive/"):
        assert client.post(f"/t/harbour/{path}").status_code == 403


def test_search_and_pages(client_of: SignIn, clip: Clip, bob: User) -> None:
    for number in range(32):
        factories.make_archived(factories.make_clip(clip.project, title=f"Talk {number:02}"))
    client = client_of(bob)
    first = client.get(LIST).content.decode()
    titles = re.findall(r">(Talk \d\d)</a>", first)
    assert len(titles) == 30
    more = re.search(r'id="more" href="(\?after=[^"]+)"', first)
    assert more
    later = re.findall(r">(Talk \d\d)</a>", client.get(LIST + more[1].replace("&amp;", "&")).content.decode())
    assert sorted(titles + later) == [f"Talk {number:02}" for number in range(32)]
    assert re.findall(r">(Talk \d\d)</a>", client.get(LIST + "?q=talk+07").content.decode()) == ["Talk 07"]
    assert len(re.findall(r">(Talk \d\d)</a>", client.get(LIST + "?q=harbour").content.decode())) == 30
    assert "Nothing matches" in text(client, LIST + "?q=whales")
    earliest = "0001-01-01T00:00:00+23:59~" + str(uuid.uuid4())
    for place in ("x", "~", "2026-01-01~x", "2026-01-01T00:00:00~" + str(uuid.uuid4()), earliest):
        assert client.get(LIST, {"after": place}).status_code == 200


def test_the_list_costs_few_queries(
    client_of: SignIn, clip: Clip, bob: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        factories.make_archived(factories.make_clip(clip.project), asked_by=bob)
        factories.make_archived(factories.make_export(factories.make_project(clip.team, kind="captions")))
    client = client_of(bob)
    client.get(LIST)
    with django_assert_max_num_queries(12):
        client.get(LIST)


def test_it_looks_again_while_something_is_copied(client_of: SignIn, clip: Clip, bob: User) -> None:
    row = factories.make_archived(clip, state="waiting", size=1000, received=340)
    client = client_of(bob)
    html = client.get(LIST).content.decode()
    again = re.search(r'hx-get="([^"]+)" hx-trigger="every 2s"', html)
    assert again and 'value="34"' in html
    address = again[1].replace("&amp;", "&")
    assert client.get(address, headers=HTMX).status_code == 204
    ArchivedVideo.objects.filter(pk=row.pk).update(received=900)
    part = client.get(address, headers=HTMX).content.decode()
    assert 'value="90"' in part
    ArchivedVideo.objects.filter(pk=row.pk).update(state="failed")
    assert f'name="next" value="{LIST}"' in client.get(address, headers=HTMX).content.decode(), "back to the list"
    ArchivedVideo.objects.filter(pk=row.pk).update(state="kept")
    last = client.get(address, headers=HTMX)
    assert last.status_code == 286 and b"hx-trigger" not in last.content


def test_an_admin_says_what_is_kept_by_itself(client_of: SignIn, team: Team, alice: User) -> None:
    client = client_of(alice)
    assert client.post(LIST, {"keep": "all"}).status_code == 302
    assert ArchivePolicy.of(team) == Keep.ALL
    wrong = client.post(LIST, {"keep": "everything"})
    assert wrong.status_code == 422 and "Choose one of the three." in wrong.content.decode()
    assert re.search(r'value="all"[^>]*checked', client.get(LIST).content.decode())


# --- Keeping and taking out -----------------------------------------------------------------------------------------


def test_a_clip_is_kept_from_its_page(client_of: SignIn, clip: Clip, bob: User) -> None:
    client, address = client_of(bob), f"/t/harbour/clips/{clip.pk}/"
    html = client.get(address + "?state=undecided").content.decode()
    assert f'action="{address}keep/"' in html
    back = re.search(r'name="next" value="([^"]+)"', html)
    assert back
    response = client.post(f"{address}keep/", {"next": back[1]})
    assert response["Location"] == address + "?state=undecided"
    assert "Waits to be copied to the archive" in text(client, address)
    assert ArchivedVideo.objects.get().asked_by == bob
    for elsewhere in ("https://evil.example/", "//evil.example/t/", "/login/"):
        assert client.post(f"{address}keep/", {"next": elsewhere})["Location"] == address


def test_a_clip_without_a_video_is_not(client_of: SignIn, clip: Clip, bob: User) -> None:
    Clip.objects.update(video="")
    client, address = client_of(bob), f"/t/harbour/clips/{clip.pk}/"
    assert "keep/" not in client.get(address).content.decode()
    assert (
        "There is no video to keep: its provider shows none."
        in client.post(f"{address}keep/", follow=True).content.decode()
    )


def test_a_whole_video_is_kept_from_its_projects_page(client_of: SignIn, team: Team, bob: User) -> None:
    key = factories.make_key(team, provider=Provider.MAGIC_HOUR, is_default=False)
    link = {"url": "https://video.magichour.ai/a.mp4", "expires_at": "2027-01-01T00:00:00+00:00"}
    project = factories.make_project(
        team, api_key=key, kind="magic_hour", title="A dog", direct_url=link["url"], details={"downloads": [link]}
    )
    clip = factories.make_clip(project, video=link["url"], upstream_id=project.upstream_id, virality_total=None)
    client, address = client_of(bob), project.get_absolute_url()
    html = client.get(address).content.decode()
    assert f'action="/t/harbour/clips/{clip.pk}/keep/"' in html
    assert client.post(f"/t/harbour/clips/{clip.pk}/keep/", {"next": address})["Location"] == address
    html = client.get(address).content.decode()
    assert "Waits to be copied to the archive" in html
    again = re.search(r'hx-get="([^"]+)" hx-trigger="every 2s"', html)
    assert again and "/status/" in again[1]
    ArchivedVideo.objects.all().delete()
    factories.make_archived(clip)
    last = client.get(again[1].replace("&amp;", "&"), headers=HTMX)
    assert last.status_code == 286 and "Kept in the archive" in last.content.decode()


def test_an_export_is_kept_from_its_list(client_of: SignIn, team: Team, bob: User) -> None:
    project = factories.make_project(team, kind="captions")
    export = factories.make_export(project)
    client, address = client_of(bob), f"/t/harbour/projects/{project.pk}/exports/"
    assert f"/t/harbour/exports/{export.pk}/keep/" in client.get(address).content.decode()
    client.post(f"/t/harbour/exports/{export.pk}/keep/")
    assert "Waits to be copied" in text(client, address)
    ArchivedVideo.objects.all().delete()
    row = factories.make_archived(export, FILM)
    assert "Kept in the archive" in text(client, address)
    response = client.get(f"/t/harbour/exports/{export.pk}/video/?download")
    assert response["Location"] == f"{LIST}{row.pk}/file/?node=test&download=1"


def test_taking_out_asks_first(
    client_of: SignIn, clip: Clip, bob: User, django_capture_on_commit_callbacks: Any
) -> None:
    row = factories.make_archived(clip, FILM)
    client, address = client_of(bob), f"{LIST}{row.pk}/remove/"
    assert "The copy on this desk (10.2 kB) is deleted" in text(client, address)
    with django_capture_on_commit_callbacks(execute=True):
        assert "was taken out of the archive" in client.post(address, follow=True).content.decode()
    assert archive_files.stored() == []
    assert client.get(address).status_code == 404
    assert client.get(f"{LIST}{row.pk}/file/").status_code == 404


def test_the_last_copy_is_called_that(client_of: SignIn, clip: Clip, bob: User) -> None:
    row = factories.make_archived(clip)
    clip.project.state = "deleted"
    clip.project.save()
    assert "this copy is the last one" in text(client_of(bob), f"{LIST}{row.pk}/remove/")


# --- Files ------------------------------------------------------------------------------------------------------------


def test_the_file_plays_in_parts_and_is_saved_under_its_title(client_of: SignIn, clip: Clip, vera: User) -> None:
    row = factories.make_archived(clip, FILM)
    client = client_of(vera)
    whole = client.get(row.file_url)
    assert whole.getvalue() == FILM and whole["Content-Type"] == "video/mp4"
    assert whole["Cache-Control"] == "private, no-cache" and whole["X-Content-Type-Options"] == "nosniff"
    assert whole["Content-Disposition"] == 'inline; filename="boats-at-five.mp4"'
    part = client.get(row.file_url, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.getvalue()) == (206, FILM[100:200])
    saved = client.get(row.file_url + "&download=1")
    assert saved["Content-Disposition"] == 'attachment; filename="boats-at-five.mp4"'
    saved.close()


def test_strangers_do_not_get_it(client_of: SignIn, clip: Clip, charlie: User) -> None:
    row = factories.make_archived(clip)
    client = client_of(charlie)
    assert client.get(row.file_url).status_code == 404
    assert client.get(f"/t/other/archive/{row.pk}/file/").status_code == 404
    assert client.post(f"/t/other/archive/{row.pk}/remove/").status_code == 404


def test_on_another_node_and_lost(client_of: SignIn, clip: Clip, vera: User, tmp_path: Path) -> None:
    row, client = factories.make_archived(clip), client_of(vera)
    ArchivedVideo.objects.update(node="second")
    cache.set("worker:second", timezone.now().isoformat())
    response = client.get(row.file_url)
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    ArchivedVideo.objects.update(node="test")
    archive_files.path(row.pk).write_bytes(b"shorter")
    assert client.get(row.file_url).status_code == 302
    archive_files.path(row.pk).unlink()
    assert client.get(row.file_url + "&thumb=1").status_code == 404, "for a thumbnail nobody is asked"
    response = client.get(row.file_url)
    assert response["Location"] == f"/t/harbour/clips/{clip.pk}/video/?at=provider"
    assert client.get(response["Location"])["Location"] == clip.video, "not back and forth"
    ArchivedVideo.objects.update(node="gone")
    cache.clear()
    assert client.get(row.file_url + "&download=1")["Location"].endswith("/video/?at=provider&download=1")


def test_an_export_whose_copy_is_away_leads_to_its_provider(client_of: SignIn, team: Team, vera: User) -> None:
    export = factories.make_export(factories.make_project(team, kind="captions"))
    row, client = factories.make_archived(export), client_of(vera)
    archive_files.path(row.pk).unlink()
    response = client.get(row.file_url)
    assert client.get(response["Location"])["Location"] == export.direct_url


def test_what_the_browser_has_is_not_sent_again(client_of: SignIn, clip: Clip, vera: User) -> None:
    row, client = factories.make_archived(clip, FILM), client_of(vera)
    etag = client.get(row.file_url, headers={"Range": "bytes=0-0"})["ETag"]
    again = client.get(row.file_url, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_many_at_once_are_asked_to_wait_and_places_come_back(
    client_of: SignIn, clip: Clip, vera: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, client = factories.make_archived(clip, FILM), client_of(vera)
    monkeypatch.setattr(views, "STREAM_PATIENCE", 0.01)
    monkeypatch.setattr(views, "_streams", threading.BoundedSemaphore(views.MOST_STREAMS))
    playing = [client.get(row.file_url) for _ in range(views.MOST_STREAMS)]
    assert client.get(row.file_url).status_code == 503
    for each in playing:
        assert each.getvalue() == FILM
    for _ in range(views.MOST_STREAMS * 2):
        assert client.get(row.file_url, headers={"Range": "bytes=0-9"}).getvalue() == FILM[:10]
        assert client.head(row.file_url).status_code == 200


def test_an_edited_clip_is_downloaded_as_it_is_now(client_of: SignIn, clip: Clip, bob: User) -> None:
    factories.make_archived(clip, FILM, source="media.submagic.co/older.mp4")
    client, address = client_of(bob), f"/t/harbour/clips/{clip.pk}/"
    html = client.get(address).content.decode()
    assert "An older version is kept" in html and "Keep this version instead" in html
    assert re.search(r'id="download" href="(/t/harbour/clips/[^"]+/video/|https://media)', html)
    client.post(f"{address}keep/")
    row = ArchivedVideo.objects.get()
    assert row.is_kept and row.renews
    html = client.get(address).content.decode()
    assert "until then this one stays" in html and 'hx-trigger="every' in html
    assert client.get(row.file_url).getvalue() == FILM
    ArchivedVideo.objects.update(renews=False, problem="The provider does not have this video any more.")
    html = client.get(address).content.decode()
    assert "The newer one is not kept." in html and "Keep this version instead" in html


# --- Instead of the provider's ----------------------------------------------------------------------------------------


def test_a_deleted_video_plays_on_from_the_archive(client_of: SignIn, clip: Clip, rita: User) -> None:
    row = factories.make_archived(clip, FILM)
    Clip.objects.update(video="", download_url="")
    client = client_of(rita)
    page = client.get(f"/t/harbour/clips/{clip.pk}/").content.decode()
    assert f'<video src="{row.file_url}' in page and ">Approve" in page
    gallery = client.get("/t/harbour/clips/").content.decode()
    assert f'src="{row.file_url}#t=0.1"' in gallery and "Kept in the archive" in gallery


def test_the_archive_is_the_way_out_where_no_fresh_link_comes(
    client_of: SignIn, clip: Clip, rita: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, client = factories.make_archived(clip), client_of(rita)
    monkeypatch.setattr(video_links, "refresh", lambda thing, **how: False)
    assert client.get(f"/t/harbour/clips/{clip.pk}/video/")["Location"] == row.file_url
    monkeypatch.setattr(video_links, "refresh", lambda thing, **how: True)
    assert client.get(f"/t/harbour/clips/{clip.pk}/video/")["Location"] == clip.video


def test_the_gallery_asks_no_more_for_it(
    client_of: SignIn, clip: Clip, rita: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        factories.make_archived(factories.make_clip(clip.project))
    client = client_of(rita)
    client.get("/t/harbour/clips/")
    with django_assert_max_num_queries(10):
        client.get("/t/harbour/clips/")


def test_the_activity_of_a_project_tells_of_it(client_of: SignIn, clip: Clip, bob: User) -> None:
    client = client_of(bob)
    client.post(f"/t/harbour/clips/{clip.pk}/keep/")
    said = text(client, f"/t/harbour/projects/{clip.project_id}/?tab=activity")
    assert "wanted a video kept in the archive" in said


def test_an_admins_form_is_not_for_editors(client_of: SignIn, team: Team) -> None:
    editor = factories.make_member(team, Role.EDITOR)
    assert client_of(editor).post(LIST, {"keep": "all"}).status_code == 403
    assert not ArchivePolicy.objects.exists()
