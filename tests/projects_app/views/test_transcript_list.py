from __future__ import annotations

import html as markup
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.models import Team, User
from projects_app.models import Project
from tests.factories import make_clip, make_project, make_transcript

URL = "/t/harbour/transcripts/"
HTMX = {"HX-Request": "true"}
ClientOf = Callable[[User], Client]


@pytest.fixture
def project(team: Team) -> Project:
    return make_project(team, title="The harbour")


def get(client: Client, query: str = "") -> str:
    response = client.get(URL + query)
    assert response.status_code == 200
    return response.content.decode()


def sentences(html: str) -> list[str]:
    found = re.findall(r'<span class="said-text">(.*?)</span></a>', html, re.DOTALL)
    return [markup.unescape(re.sub(r"<(?!/?mark)[^>]+>", "", each)) for each in found]


def rows(html: str) -> int:
    return html.count('<li class="transcript-row">')


def test_it_works(project: Project, vera: User, client_of: ClientOf) -> None:
    make_transcript(project, "We sell fish. The boats come in at five. Nobody sleeps.")
    html = get(client_of(vera), "?q=BOATS")
    assert sentences(html) == ["The <mark>boats</mark> come in at five."]
    # Word 4 starts after three words of 0.4 s and leads to the page at that second.
    assert f'href="/t/harbour/projects/{project.pk}/transcript/?q=BOATS&amp;t=1.6#w4"' in html


def test_words_of_a_clip_lead_to_the_clip(project: Project, vera: User, client_of: ClientOf) -> None:
    clip = make_clip(project, title="Five o'clock")
    make_transcript(project, "The boats come in.", clip=clip)
    html = get(client_of(vera), "?q=boats")
    assert f'href="/t/harbour/clips/{clip.pk}/transcript/?q=boats&amp;t=0.4#w1"' in html
    assert "clip of The harbour" in html


def test_all_words_must_be_said(project: Project, team: Team, vera: User, client_of: ClientOf) -> None:
    make_transcript(project, "We sell fish. The sun is up.")
    make_transcript(make_project(team), "We sell bread.")
    client = client_of(vera)
    assert sentences(get(client, "?q=sell+sun")) == ["We <mark>sell</mark> fish.", "The <mark>sun</mark> is up."]
    assert rows(get(client, "?q=sell")) == 2
    assert "Nobody said that" in get(client, "?q=sell+moon")


def test_quoted_words_stay_together(project: Project, vera: User, client_of: ClientOf) -> None:
    make_transcript(project, "The whole secret is whole.")
    client = client_of(vera)
    assert sentences(get(client, '?q="whole+secret"')) == ["The <mark>whole</mark> <mark>secret</mark> is whole."]
    assert rows(get(client, '?q="secret+whole"')) == 0


@pytest.mark.parametrize("query", ["über", "ÜBER", "Über", "bersee"])
def test_case_does_not_matter_beyond_ascii(project: Project, vera: User, client_of: ClientOf, query: str) -> None:
    make_transcript(project, "Nach Übersee.")
    assert sentences(get(client_of(vera), f"?q={query}")) == ["Nach <mark>Übersee.</mark>"]


@pytest.mark.parametrize("query", ["%25", "_", "%5C", "'", '"', "<script>"])
def test_special_characters_find_only_themselves(project: Project, vera: User, client_of: ClientOf, query: str) -> None:
    make_transcript(project, "Plain words only.")
    html = get(client_of(vera), f"?q={query}")
    assert sentences(html) == []
    assert "<script>" not in html.split("<main")[1]


def test_words_are_escaped(project: Project, vera: User, client_of: ClientOf) -> None:
    make_transcript(project, "Say <b>bold</b> now.")
    assert "<mark>&lt;b&gt;bold&lt;/b&gt;</mark>" in get(client_of(vera), "?q=bold")


def test_many_sentences_are_shortened(project: Project, vera: User, client_of: ClientOf) -> None:
    make_transcript(project, "Fish here. " * 9)
    html = get(client_of(vera), "?q=fish")
    assert len(sentences(html)) == 4
    assert "5 more sentences" in html


def test_without_words_it_is_a_list(project: Project, vera: User, client_of: ClientOf) -> None:
    make_transcript(project, "One two three.")
    html = get(client_of(vera))
    assert f'href="/t/harbour/projects/{project.pk}/transcript/"' in html
    assert "3 words" in html and "whole video" in html


def test_more_pages_hold_every_transcript_once(team: Team, vera: User, client_of: ClientOf) -> None:
    for number in range(20):
        make_transcript(make_project(team, title=f"P{number:02}"), "Fish.")
    client, seen, query = client_of(vera), [], "?q=fish"
    while query:
        html = get(client, query)
        seen += re.findall(r">(P\d\d)</a>", html)
        more = re.search(r'class="transcript-more"><a class="button" href="(\?[^"]+)"', html)
        query = markup.unescape(more[1]) if more else ""
    assert sorted(seen) == [f"P{number:02}" for number in range(20)]


def test_htmx_gets_the_results_alone(project: Project, vera: User, client_of: ClientOf) -> None:
    make_transcript(project, "Fish.")
    response = client_of(vera).get(URL + "?q=fish", headers=HTMX)
    assert "<html" not in response.content.decode()
    assert 'id="results"' in response.content.decode()
    assert response["HX-Push-Url"] == URL + "?q=fish"


def test_empty_team_learns_what_this_is_for(team: Team, vera: User, client_of: ClientOf) -> None:
    assert "Every word said, found in a second" in get(client_of(vera))


def test_other_teams_words_are_not_found(other_team: Team, team: Team, vera: User, client_of: ClientOf) -> None:
    make_transcript(make_project(other_team, title="Foreign"), "Fish.")
    assert "Foreign" not in get(client_of(vera), "?q=fish") + get(client_of(vera))


def test_outsider_gets_404(project: Project, charlie: User, client_of: ClientOf) -> None:
    assert client_of(charlie).get(URL).status_code == 404


def test_post_is_refused(project: Project, vera: User, client_of: ClientOf) -> None:
    assert client_of(vera).post(URL).status_code == 405


@pytest.mark.parametrize("after", ["x", "~", "2026-01-01~x", "2026-99-01T00:00:00+00:00~x"])
def test_rubbish_page_is_the_first(project: Project, vera: User, client_of: ClientOf, after: str) -> None:
    make_transcript(project)
    assert rows(get(client_of(vera), f"?after={after}")) == 1


@pytest.mark.parametrize("query", ["", "?q=fish"])
@pytest.mark.parametrize("count", [1, 7])
def test_query_count_is_pinned(team: Team, vera: User, client_of: ClientOf, count: int, query: str) -> None:
    for _ in range(count):
        project = make_project(team)
        make_transcript(project, "Fish.", clip=make_clip(project))
    client = client_of(vera)
    client.get(URL)
    with CaptureQueriesContext(connection) as queries:
        client.get(URL + query)
    # The transcripts, and how many there are.
    assert len([each for each in queries.captured_queries if "projects_" in each["sql"]]) == 2
