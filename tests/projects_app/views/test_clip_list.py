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

from dashboard.models import Team, User
from projects_app.models import Clip, Project
from tests.factories import make_clip, make_key, make_project, make_transcript

URL = "/t/harbour/clips/"
HTMX = {"HX-Request": "true"}
ClientOf = Callable[[User], Client]


@pytest.fixture
def project(team: Team) -> Project:
    return make_project(team, title="The harbour")


def titles(html: str) -> list[str]:
    return re.findall(r'data-clip[^>]* data-title="([^"]*)"', html)


def get(client: Client, query: str = "", **headers: str) -> str:
    response = client.get(URL + query, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_it_works(project: Project, rita: User, client_of: ClientOf) -> None:
    clip = make_clip(project, title="Boats <at> five", duration=24.4)
    html = get(client_of(rita))
    assert "Boats &lt;at&gt; five" in html and "<at>" not in html
    assert "0:24" in html
    assert 'aria-label="Score 82 of 100: Hook 21/25' in html
    assert f'action="/t/harbour/clips/{clip.pk}/decide/' in html


def test_scores_that_do_not_add_up_are_out_of_100(project: Project, rita: User, client_of: ClientOf) -> None:
    make_clip(project, virality_total=82, shareability=70, hook_strength=90, story_quality=80, emotional_impact=60)
    assert "Hook 90/100" in get(client_of(rita))


def test_clip_without_scores_shows_a_dash(project: Project, rita: User, client_of: ClientOf) -> None:
    none = dict.fromkeys(("virality_total", "shareability", "hook_strength", "story_quality", "emotional_impact"))
    make_clip(project, **none)
    html = get(client_of(rita))
    assert "Score – of 100" in html
    assert "score-bars" not in html


def test_viewer_sees_decisions_but_no_buttons(project: Project, vera: User, client_of: ClientOf) -> None:
    make_clip(project, decision="approved")
    html = get(client_of(vera))
    assert "Approved" in html
    assert 'name="decision"' not in html
    assert 'type="checkbox"' not in html


def test_outsider_gets_404(project: Project, charlie: User, client_of: ClientOf) -> None:
    assert client_of(charlie).get(URL).status_code == 404


def test_stranger_is_sent_to_the_login(project: Project, client: Client) -> None:
    response = client.get(URL)
    assert response.status_code == 302 and "login" in response["Location"]


def test_other_teams_clips_are_not_shown(project: Project, rita: User, other_team: Team, client_of: ClientOf) -> None:
    make_clip(make_project(other_team), title="Foreign")
    assert "Foreign" not in get(client_of(rita))


def test_post_is_refused(project: Project, rita: User, client_of: ClientOf) -> None:
    assert client_of(rita).post(URL).status_code == 405


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["B", "C", "A", "D"]),
        ("?sort=score", ["D", "B", "C", "A"]),
        ("?sort=longest", ["D", "C", "B", "A"]),
        ("?sort=shortest", ["A", "B", "C", "D"]),
        ("?sort=newest", ["D", "C", "B", "A"]),
        ("?state=undecided", ["B", "C", "A"]),
        ("?state=approved", ["D"]),
        ("?state=rejected", []),
        ("?score=75", ["B", "D"]),
        ("?length=short", ["A"]),
        ("?length=middle", ["B"]),
        ("?length=long", ["C"]),
        ("?length=longer", ["D"]),
        ("?q=nobody", []),
        ("?q=herring", ["C"]),
        ("?q=harbour+c", ["C"]),
        ("?project=%s", ["B", "C", "A", "D"]),
        # What makes no sense counts as not said.
        ("?state=sold&score=x&length=0&sort=up&project=nope&after=rubbish", ["B", "C", "A", "D"]),
    ],
)
def test_filters_and_orders(project: Project, rita: User, client_of: ClientOf, query: str, expected: list[str]) -> None:
    make_clip(project, title="A", virality_total=None, duration=20)
    make_clip(project, title="B", virality_total=80, duration=30)
    make_transcript(project, "We eat herring.", clip=make_clip(project, title="C", virality_total=60, duration=60))
    make_clip(project, title="D", virality_total=90, duration=90, decision="approved")
    query = query.replace("%s", str(project.pk))
    assert titles(get(client_of(rita), query)) == expected


def test_project_of_another_team_does_not_filter(
    project: Project, rita: User, other_team: Team, client_of: ClientOf
) -> None:
    make_clip(project, title="Ours")
    foreign = make_project(other_team, title="Secret project")
    make_clip(foreign)
    html = get(client_of(rita), f"?project={foreign.pk}")
    assert titles(html) == ["Ours"]
    assert "Secret project" not in html


def test_counts_follow_the_filters_but_not_the_tab(project: Project, rita: User, client_of: ClientOf) -> None:
    make_clip(project, virality_total=90)
    make_clip(project, virality_total=90, decision="approved")
    make_clip(project, virality_total=10, decision="rejected")
    html = re.sub(r"<[^>]+>", "", get(client_of(rita), "?score=50&state=approved"))
    assert re.search(r"All\s+2\s*Undecided\s+1\s*Approved\s+1\s*Rejected\s+0", html)


def test_more_pages_hold_every_clip_once(project: Project, rita: User, client_of: ClientOf) -> None:
    made = [make_clip(project, virality_total=number % 7, title=f"N{number}") for number in range(60)]
    client, seen, query = client_of(rita), [], "?sort=score"
    for _ in range(3):
        html = get(client, query)
        seen += titles(html)
        found = re.search(r'class="clip-more"><a class="button" href="(\?[^"]+)"', html)
        query = found[1].replace("&amp;", "&") if found else ""
    assert query == ""
    assert sorted(seen) == sorted(clip.title for clip in made)


def test_deciding_between_pages_skips_nobody(project: Project, rita: User, client_of: ClientOf) -> None:
    for number in range(30):
        make_clip(project, title=f"N{number}")
    client = client_of(rita)
    first = get(client, "?state=undecided")
    Clip.objects.filter(title__in=titles(first)[:10]).update(decision="approved", decided_at=timezone.now())
    more = re.search(r'class="clip-more"><a class="button" href="(\?[^"]+)"', first)
    assert more
    second = get(client, more[1].replace("&amp;", "&"))
    assert len(set(titles(first)) | set(titles(second))) == 30


def test_htmx_gets_the_grid_and_a_short_address(project: Project, rita: User, client_of: ClientOf) -> None:
    make_clip(project, title="A")
    response = client_of(rita).get(URL + "?q=&state=&score=50&sort=undecided&length=&project=", headers=HTMX)
    html = response.content.decode()
    assert "<html" not in html and 'id="grid"' in html and titles(html) == ["A"]
    assert response["HX-Push-Url"] == URL + "?score=50"


def test_htmx_gets_only_cards_for_more(project: Project, rita: User, client_of: ClientOf) -> None:
    for _ in range(30):
        make_clip(project)
    client = client_of(rita)
    more = re.search(r'class="clip-more"><a class="button" href="([^"]+)"', get(client))
    assert more
    html = client.get(URL + more[1].replace("&amp;", "&"), headers=HTMX).content.decode()
    assert 'id="grid"' not in html and len(titles(html)) == 6


def test_empty_team_learns_what_this_is_for(team: Team, bob: User, vera: User, client_of: ClientOf) -> None:
    assert "/t/harbour/projects/new/" in get(client_of(bob))
    assert "/t/harbour/projects/new/" not in get(client_of(vera))


def test_nothing_found_offers_the_way_back(project: Project, rita: User, client_of: ClientOf) -> None:
    make_clip(project)
    assert "No clip matches" in get(client_of(rita), "?q=zzz")


def test_all_decided_says_so(project: Project, rita: User, client_of: ClientOf) -> None:
    make_clip(project, decision="approved")
    assert "All decided" in get(client_of(rita), "?state=undecided")


def test_unsafe_video_is_not_played(project: Project, rita: User, client_of: ClientOf) -> None:
    make_clip(project, video="https://evil.example/x.mp4")
    html = get(client_of(rita))
    assert "evil.example" not in html and "<video" not in html


def test_real_provider_is_not_asked_before_somebody_presses_play(
    team: Team, rita: User, client_of: ClientOf, settings: Any
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    live = make_project(team, api_key=make_key(team, environment="live"))
    fresh = make_clip(live, video="https://media.submagic.co/a.mp4", seen_at=timezone.now())
    stale = make_clip(live, video="https://media.submagic.co/b.mp4", title="Old")
    make_clip(make_project(team, api_key=make_key(team)), video="http://127.0.0.1:8999/c.mp4")
    response = client_of(rita).get(URL)
    html = response.content.decode()
    assert re.search(r'a\.mp4#t=0\.1" preload="none"', html)
    assert re.search(r'c\.mp4#t=0\.1" preload="metadata"', html)
    assert f'src="/t/harbour/clips/{stale.pk}/video/#t=0.1" preload="none"' in html
    assert str(fresh.pk) in html
    assert "https://media.submagic.co" in response["Content-Security-Policy"]


def test_sandbox_clips_are_marked(project: Project, rita: User, client_of: ClientOf) -> None:
    make_clip(project)
    assert "clip-sandbox" in get(client_of(rita))


def test_decided_strip_ignores_rubbish(project: Project, rita: User, other_team: Team, client_of: ClientOf) -> None:
    foreign = make_clip(make_project(other_team), decision="approved", title="Foreign")
    html = get(client_of(rita), f"?decided={foreign.pk}&decided=x&decided={uuid.uuid4()}")
    assert "decided-strip" not in html and "Foreign" not in html


@pytest.mark.parametrize("count", [1, 24])
def test_query_count_is_pinned(project: Project, rita: User, client_of: ClientOf, count: int) -> None:
    for number in range(count):
        make_clip(project, decision=["undecided", "approved"][number % 2], decided_by=rita)
    client = client_of(rita)
    client.get(URL)
    with CaptureQueriesContext(connection) as queries:
        client.get(URL)
    # The clips, their counts, and the projects to filter by; the frame around them is counted elsewhere.
    assert len([each for each in queries.captured_queries if "projects_" in each["sql"]]) == 3
