from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.models import Environment, Team, User
from projects_app.actions import video_links
from projects_app.models import Clip, Project
from tests.factories import make_clip, make_key, make_project, make_transcript
from tests.projects_app.scripted import Scripted
from tests.projects_app.scripted import project as scripted_project

ClientOf = Callable[[User], Client]


@pytest.fixture
def project(team: Team) -> Project:
    return make_project(team, title="The harbour")


def url(clip: Clip, query: str = "") -> str:
    return f"/t/harbour/clips/{clip.pk}/{query}"


def get(client: Client, clip: Clip, query: str = "") -> str:
    response = client.get(url(clip, query))
    assert response.status_code == 200
    return response.content.decode()


def test_it_works(project: Project, rita: User, client_of: ClientOf) -> None:
    clip = make_clip(project, title="Boats at five")
    make_transcript(project, "Do you mind?", clip=clip)
    html = get(client_of(rita), clip)
    assert "Boats at five" in html
    assert "21/25" in html and "how well the first seconds hold people" in html
    assert 'src="https://media.submagic.co/clip.mp4' in html or f"{url(clip)}video/" in html
    assert re.search(r'<a id="w2" href="\?t=0\.8#w2" tabindex="-1">mind\?</a>', html)


def test_words_keep_the_queue_in_their_addresses(project: Project, rita: User, client_of: ClientOf) -> None:
    clip = make_clip(project)
    make_transcript(project, "Yes.", clip=clip)
    assert 'href="?state=undecided&amp;score=50&amp;t=0#w0"' in get(
        client_of(rita), clip, "?state=undecided&score=50&x=1"
    )


def test_clip_without_words_says_so(project: Project, rita: User, client_of: ClientOf) -> None:
    html = get(client_of(rita), make_clip(project))
    assert "have not come yet" in html
    assert f"/t/harbour/projects/{project.pk}/transcript/" in html


def test_clip_without_video_cannot_be_decided_yet(project: Project, rita: User, client_of: ClientOf) -> None:
    html = get(client_of(rita), make_clip(project, video="", upstream_status="processing"))
    assert "no video to play here yet" in html
    assert 'value="approved"' not in html


def test_neighbours_follow_the_filters(project: Project, rita: User, client_of: ClientOf) -> None:
    best, middle, last = (make_clip(project, virality_total=score) for score in (90, 80, 70))
    make_clip(project, virality_total=85, decision="rejected")
    html = get(client_of(rita), middle, "?state=undecided&sort=score")
    assert f'href="/t/harbour/clips/{best.pk}/?state=undecided&amp;sort=score" data-key="k"' in html
    assert f'href="/t/harbour/clips/{last.pk}/?state=undecided&amp;sort=score" data-key="j"' in html
    assert "2 of 3" in html


def test_first_has_no_previous_and_last_no_next(project: Project, rita: User, client_of: ClientOf) -> None:
    html = get(client_of(rita), make_clip(project))
    assert 'data-key="j"' not in html and 'data-key="k"' not in html


@pytest.mark.parametrize("second", ["abc", "-1", "nan", "inf", "1e99", ""])
def test_rubbish_second_is_ignored(project: Project, rita: User, client_of: ClientOf, second: str) -> None:
    assert "data-at" not in get(client_of(rita), make_clip(project), f"?t={second}")


def test_second_of_the_address_is_where_it_starts(project: Project, rita: User, client_of: ClientOf) -> None:
    html = get(client_of(rita), make_clip(project), "?t=12.30")
    assert '#t=12.3"' in html and 'data-at="12.3"' in html


@pytest.mark.parametrize(
    ("decision", "text"),
    [("undecided", "Approve the clip first"), ("rejected", "A rejected clip is not published")],
)
def test_publishing_waits_for_approval(
    project: Project, bob: User, client_of: ClientOf, decision: str, text: str
) -> None:
    clip = make_clip(project, decision=decision)
    html = get(client_of(bob), clip)
    assert text in html
    assert f"/t/harbour/publishing/clip/{clip.pk}/" not in html


def test_editor_may_publish_an_approved_clip_and_reviewer_may_not(
    project: Project, bob: User, rita: User, client_of: ClientOf
) -> None:
    clip = make_clip(project, decision="approved")
    assert f"/t/harbour/publishing/clip/{clip.pk}/" in get(client_of(bob), clip)
    html = get(client_of(rita), clip)
    assert f"/t/harbour/publishing/clip/{clip.pk}/" not in html
    assert "Publishing needs the role Editor" in html


def test_viewer_looks_and_decides_nothing(project: Project, vera: User, client_of: ClientOf) -> None:
    assert 'name="decision"' not in get(client_of(vera), make_clip(project))


def test_download_of_an_unsafe_address_is_not_offered(project: Project, rita: User, client_of: ClientOf) -> None:
    html = get(client_of(rita), make_clip(project, video="", download_url="javascript:alert(1)"))
    assert "javascript:" not in html and "Download the video" not in html


def test_outsider_gets_404(project: Project, charlie: User, client_of: ClientOf) -> None:
    assert client_of(charlie).get(url(make_clip(project))).status_code == 404


def test_clip_of_another_team_is_404(other_team: Team, team: Team, rita: User, client_of: ClientOf) -> None:
    assert client_of(rita).get(url(make_clip(make_project(other_team)))).status_code == 404


@pytest.mark.parametrize("pk", [uuid.uuid4(), "7", "x"])
def test_bad_id_is_404(team: Team, rita: User, client_of: ClientOf, pk: object) -> None:
    assert client_of(rita).get(f"/t/harbour/clips/{pk}/").status_code == 404


def test_post_is_refused(project: Project, rita: User, client_of: ClientOf) -> None:
    assert client_of(rita).post(url(make_clip(project))).status_code == 405


# --- The way to the video ----------------------------------------------------------------------------


def test_video_of_the_sandbox_is_led_to(project: Project, vera: User, client_of: ClientOf, settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    clip = make_clip(project, video="http://127.0.0.1:8999/media/a.mp4")
    response = client_of(vera).get(url(clip) + "video/")
    assert (response.status_code, response["Location"]) == (302, "http://127.0.0.1:8999/media/a.mp4")


def test_fresh_link_of_a_real_provider_is_led_to(team: Team, vera: User, client_of: ClientOf) -> None:
    live = make_project(team, api_key=make_key(team, environment="live"))
    clip = make_clip(live, seen_at=timezone.now())
    assert client_of(vera).get(url(clip) + "video/")["Location"] == "https://media.submagic.co/clip.mp4"


@pytest.mark.parametrize("address", ["", "https://evil.example/a.mp4"])
def test_nothing_leads_to_an_unsafe_address(project: Project, vera: User, client_of: ClientOf, address: str) -> None:
    assert client_of(vera).get(url(make_clip(project, video=address)) + "video/").status_code == 404


def test_video_of_another_team_is_404(project: Project, charlie: User, client_of: ClientOf) -> None:
    assert client_of(charlie).get(url(make_clip(project)) + "video/").status_code == 404


@pytest.mark.parametrize("count", [1, 15])
def test_query_count_is_pinned(project: Project, rita: User, client_of: ClientOf, count: int) -> None:
    clip = make_clip(project, decision="approved", decided_by=rita)
    for _ in range(count):
        make_clip(project)
    client = client_of(rita)
    client.get(url(clip))
    with CaptureQueriesContext(connection) as queries:
        client.get(url(clip))
    # The clip, its words, its neighbours before and after, its number and the total.
    assert len([each for each in queries.captured_queries if "projects_" in each["sql"]]) == 6


def test_old_link_is_renewed_before_it_is_led_to(
    team: Team, vera: User, client_of: ClientOf, provider: Scripted
) -> None:
    """With a real key, whose links die: the clip's own page is read again, and what it says now is played and kept."""
    old = timezone.now() - 2 * video_links.GO_STALE
    live = make_project(team, api_key=make_key(team, environment=Environment.LIVE))
    clip = make_clip(live, video="https://d1.cloudfront.net/dead.mp4", seen_at=old)
    fresh = "https://d1.cloudfront.net/fresh.mp4"
    provider.on("GET", f"/v1/projects/{clip.upstream_id}", scripted_project(clip.upstream_id, directUrl=fresh))
    assert f"{url(clip)}video/" in get(client_of(vera), clip)
    for _ in range(2):
        assert client_of(vera).get(url(clip) + "video/")["Location"] == fresh
    clip.refresh_from_db()
    assert clip.video == fresh
    assert len(provider.calls) == 1, "the second time it was still fresh"
    assert fresh in get(client_of(vera), clip)
