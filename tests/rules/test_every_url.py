"""Every address of the desk, walked by somebody who must not get in.

A new address is found by itself. Under /t/<team>/ its view must go through `access.team_view` (its needed role is
read from there); anywhere else it must be named below as public or as for everybody who is signed in.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from dashboard.models import Invitation, Membership, Role, Team, User
from projects_app.models import Clip, Kind
from tests import factories
from tests.dashboard.signing import fresh_client

# Open to the whole world, each for a reason.
PUBLIC = {
    "dashboard:healthz": "a load balancer has no account",
    "dashboard:readyz": "a load balancer has no account; it says what is missing in words without names",
    "dashboard:setup": "a one-time token is the key",
    "dashboard:join": "a one-time token is the key",
    "projects:webhook": "a secret address per call is the key; providers have no account",
    "projects:signed-message": "a signature under a secret address is the key",
    "account_login": "the way in",
    "account_logout": "nothing happens without a session",
    "account_signup": "closed: it only says so",
    "account_inactive": "only says so",
    "account_reset_password": "the way back in",
    "account_reset_password_done": "only says so",
    "account_reset_password_from_key": "a mailed token is the key",
    "account_reset_password_from_key_done": "only says so",
    "account_confirm_email": "a mailed token is the key",
    "account_email_verification_sent": "only says so",
    "account_confirm_login_code": "part of signing in; leads back to it",
    "mfa_authenticate": "part of signing in; leads back to it",
    "mfa_login_webauthn": "the way in by passkey",
}
# For everybody who is signed in, whatever their team; they show and change only the person's own things.
SIGNED_IN = {
    "dashboard:index",
    "dashboard:account",
    "dashboard:components",
    "dashboard:team-new",
    "account_reauthenticate",
    "account_email",
    "account_change_password",
    "account_set_password",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "usersessions_list",
}
# Team addresses that answer a client without a session themselves, instead of sending it to a page.
NO_REDIRECT = {"projects:upload": 401, "projects:upload-create": 401}  # tus clients follow no redirects
METHODS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE")
# Arguments that are no object of a team.
WORDS = {"ending": "srt"}
VIDEO = "https://media.submagic.co/video.mp4"


def transcribed_clip(team: Team) -> Clip:
    clip = factories.make_clip(factories.make_project(team))
    factories.make_transcript(clip.project, clip=clip)
    return clip


# What an address' pk stands for, by the start of its name; the longest that fits counts.
OBJECTS: dict[str, Callable[[Team], Any]] = {
    "dashboard:key-": lambda team: factories.make_key(team).pk,
    "dashboard:member-": lambda team: Membership.objects.filter(team=team).latest("pk").pk,
    "dashboard:invitation-": lambda team: Invitation.objects.create(team=team, email="n@x.example", token_hash="x").pk,
    "projects:preset-": lambda team: factories.make_preset(team).pk,
    "projects:preset-from-project": lambda team: factories.make_project(team).pk,
    "projects:project-": lambda team: factories.make_project(team, direct_url=VIDEO).pk,
    "projects:export-": lambda team: factories.make_export(factories.make_project(team, direct_url=VIDEO)).pk,
    "projects:transcript-": lambda team: factories.make_transcript(factories.make_project(team)).project_id,
    "projects:clip-": lambda team: factories.make_clip(factories.make_project(team)).pk,
    "projects:clip-transcript": lambda team: transcribed_clip(team).pk,
    "projects:archive-": lambda team: factories.make_archived(factories.make_clip(factories.make_project(team))).pk,
    "projects:slideshow-": lambda team: factories.make_project(team, kind=Kind.SLIDESHOW).pk,
    "projects:media-": lambda team: factories.make_media(team).pk,
    "projects:webhook-": lambda team: factories.make_webhook_event(factories.make_project(team)).pk,
    "projects:upload": lambda team: factories.make_upload(factories.make_project(team)).pk,
    "publishing:publication-": lambda team: factories.make_publication(team).pk,
    "publishing:publication-new-clip": lambda team: factories.make_clip(factories.make_project(team)).pk,
    "publishing:publication-new-project": lambda team: factories.make_project(team).pk,
    "publishing:publication-request-clip": lambda team: factories.make_clip(factories.make_project(team)).pk,
    "publishing:publication-request-project": lambda team: factories.make_project(team).pk,
    "publishing:post-": lambda team: factories.make_post(factories.make_publication(team)).pk,
}


class Address(NamedTuple):
    name: str
    route: str
    view: Any

    @property
    def arguments(self) -> set[str]:
        return {part.split(">")[0].split(":")[-1] for part in self.route.split("<")[1:]}

    @property
    def needed(self) -> Role | None:
        return getattr(self.view, "needed_role", None)


def walk(patterns: list[Any], prefix: str = "", namespace: str = "") -> Iterator[Address]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern.url_patterns, route, inner)
        else:
            assert isinstance(pattern, URLPattern)
            yield Address(f"{namespace}{pattern.name or route}", route, pattern.callback)


EVERY = list(walk(get_resolver().url_patterns))
OF_TEAMS = [address for address in EVERY if address.route.startswith("t/<slug:team>/")]
OTHERS = [address for address in EVERY if address not in OF_TEAMS]


def named(addresses: list[Address]) -> Any:
    return pytest.mark.parametrize("address", addresses, ids=lambda address: address.name)


def path_of(address: Address, team: Team, slug: str = "") -> str:
    """The address with an object of `team`; `slug` puts another team's name in front of it."""
    values: dict[str, Any] = {}
    for argument in address.arguments:
        if argument == "team":
            values["team"] = slug or team.slug
        elif argument in WORDS:
            values[argument] = WORDS[argument]
        else:
            start = max((start for start in OBJECTS if address.name.startswith(start)), key=len, default="")
            assert start, f"{address.name} has the argument {argument!r}: say in OBJECTS what it stands for"
            values[argument] = OBJECTS[start](team)
    return reverse(address.name, kwargs=values)


def answers(client: Client, path: str, **headers: str) -> dict[str, HttpResponse]:
    """By every method that the view takes; it must take one."""
    found = {method: client.generic(method, path, headers=headers) for method in METHODS}
    taken = {method: answer for method, answer in found.items() if answer.status_code != 405}
    assert taken, f"{path} takes no method at all"
    return taken


def test_the_walk_finds_the_desk() -> None:
    names = {address.name for address in EVERY}
    assert {"dashboard:home", "dashboard:keys", "account_login", "usersessions_list"} <= names
    assert len(OF_TEAMS) >= 14


@named(OTHERS)
def test_an_address_outside_the_teams_is_on_a_list(address: Address) -> None:
    assert (address.name in PUBLIC) != (address.name in SIGNED_IN), (
        f"{address.name} ({address.route}) must be named in PUBLIC or in SIGNED_IN, or lie under /t/<team>/"
    )


def test_the_lists_name_nothing_that_is_gone() -> None:
    later = {"dashboard:components", "projects:webhook"}  # made by other floors of the house
    assert {*PUBLIC, *SIGNED_IN} - {address.name for address in EVERY} <= later


@named([address for address in OTHERS if address.name in SIGNED_IN])
def test_somebody_unknown_is_sent_to_the_sign_in(address: Address, db: None) -> None:
    values = dict.fromkeys(address.arguments, 1)
    for method, answer in answers(Client(), reverse(address.name, kwargs=values)).items():
        assert answer.status_code == 302, method
        assert answer.headers["Location"].startswith("/account/login/"), method


@named(OF_TEAMS)
def test_a_team_address_asks_for_a_role(address: Address) -> None:
    assert isinstance(address.needed, Role), f"{address.name} does not go through access.team_view"
    says_so_itself = address.name in NO_REDIRECT
    assert getattr(address.view, "login_required", True) != says_so_itself, f"{address.name} is open to the world"


@named(OF_TEAMS)
def test_somebody_unknown_gets_into_no_team(address: Address, team: Team, alice: User) -> None:
    status = NO_REDIRECT.get(address.name, 302)
    for method, answer in answers(Client(), path_of(address, team)).items():
        assert answer.status_code == status, method
        if status != 302:
            continue
        assert answer.headers["Location"].startswith("/account/login/"), method


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "fragment"])
@named(OF_TEAMS)
def test_a_stranger_gets_404(address: Address, team: Team, alice: User, charlie: User, headers: dict[str, str]) -> None:
    for method, answer in answers(fresh_client(charlie), path_of(address, team), **headers).items():
        assert answer.status_code == 404, method


@named([address for address in OF_TEAMS if address.arguments - {"team"}])
def test_another_teams_object_is_not_there(address: Address, team: Team, alice: User, charlie: User) -> None:
    """Charlie owns the team in the address, but the object belongs to ours."""
    for method, answer in answers(fresh_client(charlie), path_of(address, team, slug="other")).items():
        assert answer.status_code == 404, method


@named([address for address in OF_TEAMS if address.needed and address.needed != Role.VIEWER])
def test_too_small_a_role_gets_403(address: Address, team: Team, alice: User) -> None:
    assert address.needed is not None
    below = max((role for role in Role if role.rank < address.needed.rank), key=lambda role: role.rank)
    path = path_of(address, team)
    for method, answer in answers(fresh_client(factories.make_member(team, below)), path).items():
        assert answer.status_code == 403, method


@named([address for address in OF_TEAMS if address.arguments - {"team"}])
def test_an_object_that_never_was_is_404_for_the_owner(address: Address, team: Team, alice: User) -> None:
    missing: dict[str, Any] = {"team": team.slug}
    for argument in address.arguments - {"team"}:
        missing[argument] = WORDS.get(argument) or (uuid.uuid4() if "<uuid:" in address.route else 0)
    for method, answer in answers(fresh_client(alice), reverse(address.name, kwargs=missing)).items():
        assert answer.status_code == 404, method


@named(OF_TEAMS)
def test_the_owner_gets_in(address: Address, team: Team, alice: User) -> None:
    answer = fresh_client(alice).get(path_of(address, team))
    assert answer.status_code < 500
    assert answer.status_code not in (403, 404)
