from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from dashboard.models import Team, User
from projects_app import media_csp
from tests import factories


def media_sources(header: str) -> list[str]:
    return next(part.split()[1:] for part in header.split("; ") if part.startswith("media-src"))


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://media.submagic.co/a.mp4", "https://media.submagic.co"),
        ("https://submagic.co/a.mp4", "https://submagic.co"),
        ("https://D1.CloudFront.net:443/a.mp4?x=1", "https://d1.cloudfront.net"),
        ("http://127.0.0.1:8999/submagic/files/x/video.mp4", "http://127.0.0.1:8999"),
        ("http://media.submagic.co/a.mp4", ""),
        ("https://media.submagic.co:8443/a.mp4", ""),
        ("https://evilsubmagic.co/a.mp4", ""),
        ("https://submagic.co.evil.net/a.mp4", ""),
        ("https://a:b@media.submagic.co/a.mp4", ""),
        ("https://media.submagic.co;script-src *.submagic.co/a.mp4", ""),
        ("https://media.submagic.co\\@evil.net/", ""),
        ("https://*.cloudfront.net/a.mp4", ""),
        ("http://127.0.0.1:9000/a.mp4", ""),
        ("javascript:alert(1)", ""),
        ("data:video/mp4;base64,AA", ""),
        ("https://[::1/a.mp4", ""),
        ("", ""),
    ],
)
def test_only_exact_allowed_origins_are_named(settings: Any, url: str, origin: str) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    assert media_csp.origin(url) == origin
    assert media_csp.safe_media_url(url) == (url if origin else "")


def test_frames_without_a_click_come_from_the_sandbox_only(settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    assert media_csp.frame_url("http://127.0.0.1:8999/submagic/files/x/video.mp4")
    assert media_csp.frame_url("https://media.submagic.co/a.mp4") == ""
    settings.SANDBOX_URL = ""
    assert media_csp.frame_url("") == ""


def test_what_was_seen_is_remembered_per_team_newest_first() -> None:
    ours, theirs = uuid.uuid4(), uuid.uuid4()
    media_csp.remember(ours, ["https://d1.cloudfront.net/a.mp4", "https://evil.example/x", None])
    media_csp.remember(ours, ["https://d2.cloudfront.net/a.mp4"])
    assert media_csp.remembered(ours) == ["https://d2.cloudfront.net", "https://d1.cloudfront.net"]
    assert media_csp.remembered(theirs) == []


def test_a_narrower_setting_counts_for_what_is_remembered(settings: Any) -> None:
    team = uuid.uuid4()
    media_csp.remember(team, ["https://d1.cloudfront.net/a.mp4"])
    settings.MEDIA_HOSTS = [".submagic.co"]
    assert media_csp.remembered(team) == []


def test_a_list_of_hosts_does_not_grow_without_end() -> None:
    team = uuid.uuid4()
    for number in range(30):
        media_csp.remember(team, [f"https://d{number}.cloudfront.net/a.mp4"])
    found = media_csp.remembered(team)
    assert len(found) == media_csp.MOST_ORIGINS
    assert found[0] == "https://d29.cloudfront.net"


def test_an_overridden_policy_without_media_is_left_alone() -> None:
    response = HttpResponse()
    response._csp_config = {}  # type: ignore[attr-defined]
    media_csp.allow_media(response, ["https://media.submagic.co/a.mp4"])
    assert response._csp_config == {}  # type: ignore[attr-defined]


def test_every_page_of_the_team_names_its_hosts(
    settings: Any, team: Team, alice: User, client_of: Callable[[User], Client]
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    media_csp.remember(team.pk, ["https://d1.cloudfront.net/a.mp4"])
    response = client_of(alice).get(f"/t/{team.slug}/projects/")
    sources = media_sources(response["Content-Security-Policy"])
    assert "http://127.0.0.1:8999" in sources
    assert "https://d1.cloudfront.net" in sources
    assert "'self'" in sources


def test_another_teams_page_does_not(
    team: Team, other_team: Team, charlie: User, client_of: Callable[[User], Client]
) -> None:
    media_csp.remember(team.pk, ["https://d1.cloudfront.net/a.mp4"])
    response = client_of(charlie).get(f"/t/{other_team.slug}/projects/")
    assert "cloudfront" not in response["Content-Security-Policy"]


def test_a_page_names_the_hosts_of_its_own_videos(team: Team, alice: User, client_of: Callable[[User], Client]) -> None:
    project = factories.make_project(team, kind="captions", direct_url="https://d7.cloudfront.net/v.mp4")
    response = client_of(alice).get(project.get_absolute_url())
    assert "https://d7.cloudfront.net" in media_sources(response["Content-Security-Policy"])
    assert b"https://d7.cloudfront.net/v.mp4" in response.content
