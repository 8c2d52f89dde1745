from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from dashboard import budgets, crypto, remote
from dashboard.actions import key_hooks
from dashboard.doctor import Finding, Scope, State, keys
from dashboard.local_secrets import new_ring_key
from dashboard.models import ApiKey, Environment, Provider, Team, User
from tests import factories

pytestmark = pytest.mark.django_db


def look(team: Team | None) -> list[Finding]:
    return list(keys.look(Scope(team=team)))


def test_no_key_yet(team: Team, other_team: Team) -> None:
    factories.make_key(team, state=ApiKey.State.REVOKED)
    factories.make_key(other_team)
    (found,) = look(team)
    assert found.state == State.WARN and "no API key yet" in found.found


def test_a_key_that_works_with_its_last_use_and_what_is_left(team: Team) -> None:
    now = timezone.now()
    key = factories.make_key(team, environment=Environment.LIVE, checked_at=now)
    (found,) = look(team)
    assert found == Finding(str(key), State.OK, "Works. Never used. Calls of every kind are left.")
    ApiKey.objects.update(last_used_at=now - dt.timedelta(hours=5))
    budgets.quiet(key, "projects.publish", 1800)
    (found,) = look(team)
    assert "Last used 5 h ago." in found.found
    assert found.state == State.OK, "it goes by itself"
    assert "Posts in 30 min" in found.found


def test_a_key_that_is_refused(team: Team) -> None:
    factories.make_key(team, state=ApiKey.State.INVALID, problem="Submagic does not know this key.")
    (found,) = look(team)
    assert found.state == State.BAD
    assert "does not know this key" in found.found and "is kept" in found.found and "Replace it" in found.advice


def test_a_key_of_a_sandbox_that_does_not_run(team: Team, settings: Any) -> None:
    settings.SANDBOX_URL = ""
    factories.make_key(team)
    (found,) = look(team)
    assert found.state == State.WARN
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    (found,) = look(team)
    assert found.state == State.OK and found.found.startswith("Not tested yet.")


def test_another_teams_keys_are_told_only_at_the_terminal(team: Team, other_team: Team) -> None:
    factories.make_key(team, label="Ours")
    factories.make_key(other_team, label="Theirs")
    assert [finding.name.split(" (")[0] for finding in look(team)] == ["Ours"]
    assert [finding.name.split(" (")[0] for finding in look(None)] == ["Harbour Films · Ours", "Other Shore · Theirs"]


def test_no_secret_is_in_what_is_said(team: Team) -> None:
    secret = factories.fresh_secret()
    factories.make_key(team, secret=secret)
    said = " ".join(f"{each.name} {each.found} {each.advice}" for each in look(team))
    assert secret[:-4] not in said and secret[:12] not in said


def secrets(team: Team | None) -> Finding:
    (found,) = keys.secrets(Scope(team=team))
    return found


def test_the_ring_opens_what_is_stored(team: Team) -> None:
    assert "nothing stored yet" in secrets(team).found
    factories.make_key(team)
    assert secrets(team).state == State.OK
    assert "opens every stored" in secrets(team).found


def test_a_lost_ring_is_found_before_the_next_call(team: Team, other_team: Team, settings: Any) -> None:
    first = settings.KEY_RING
    factories.make_key(team)
    settings.KEY_RING = new_ring_key("k9")
    factories.make_key(team, label="Second")
    found = secrets(team)
    assert found.state == State.BAD and "1 of 2" in found.found
    assert settings.KEY_RING not in found.found + found.advice
    settings.KEY_RING = f"{settings.KEY_RING},{first}"
    assert secrets(team).state == State.OK
    settings.KEY_RING = "nonsense"
    assert secrets(team).state == State.BAD


def test_posts_that_cannot_be_read_are_no_key_that_works(team: Team) -> None:
    factories.make_key(team, environment=Environment.LIVE, feed_problem="Submagic does not answer.")
    (found,) = look(team)
    assert found.state == State.WARN and "Submagic does not answer." in found.found


def test_secrets_of_addresses_must_open_too(team: Team, other_team: Team, alice: User, settings: Any) -> None:
    factories.make_call(team)
    key = factories.make_key(team, provider=Provider.MAGIC_HOUR, label="Films")
    hook = key_hooks.make(key=key, by=alice)
    key_hooks.set_secret(hook=hook, secret="whsec", by=alice)
    (found,) = keys.secrets(Scope(team=team))
    assert found.state == State.OK
    settings.KEY_RING = new_ring_key("k9")
    for row in ApiKey.objects.for_team(team):  # as the doctor had advised
        row.sealed = crypto.seal("anew", aad=remote.aad(row))
        row.save(update_fields=["sealed"])
    (found,) = keys.secrets(Scope(team=team))
    assert found.state == State.WARN and "not 2 secrets of addresses" in found.found
    (theirs,) = keys.secrets(Scope(team=other_team))
    assert theirs.state == State.OK
