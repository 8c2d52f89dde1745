"""Keys of a provider: tested before they are stored, sealed at rest, never shown again (contract.md, row 46)."""

from __future__ import annotations

import logging

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from dashboard import audit, budgets, crypto, known, remote
from dashboard.models import ApiKey, Provider, Team, UpstreamCall, User
from providers.errors import FailedRead, NotFound, NotSent, ProviderError, RateLimited, RouteNotFound, Unauthorised

log = logging.getLogger(__name__)


class KeyNotAccepted(Exception):
    """The provider did not confirm the key; nothing was stored. The text is for the person who entered it."""


class UnknownToProvider(KeyNotAccepted):
    """The provider answered, and does not know the key."""


class OtherAccount(KeyNotAccepted):
    """The new secret works and sees none of the old one's projects: a person says whether that is meant."""


class KeyInUse(Exception):
    """Calls made with this key are not settled yet; `calls` is how many."""

    def __init__(self, calls: int) -> None:
        super().__init__(calls)
        self.calls = calls


@sensitive_variables("secret")
def try_out(*, secret: str, environment: str, provider: str = Provider.SUBMAGIC, key: ApiKey | None = None) -> None:
    """Ask the provider for something harmless with this secret (the stored `key`'s, if any). Raises KeyNotAccepted."""
    name = Provider(provider).label
    if key and (seconds := budgets.turn(key, remote.HARMLESS[Provider(provider)], click=True)):
        raise KeyNotAccepted(
            _("%(provider)s's limit for this question is used up. Nothing was asked; try again in %(minutes)d min.")
            % {"provider": name, "minutes": max(1, round(seconds / 60))}
        )
    try:
        remote.ask(secret, environment, Provider(provider), timeouts=remote.WHILE_SOMEBODY_WAITS, key=key)
    except remote.NoUsableKey as error:
        raise KeyNotAccepted(str(error)) from None
    except Unauthorised:
        raise UnknownToProvider(_("%(provider)s does not know this key.") % {"provider": name}) from None
    except (NotSent, FailedRead):
        text = _("%(provider)s could not be reached; nothing was stored. Try again in a moment.")
        raise KeyNotAccepted(text % {"provider": name}) from None
    except RateLimited as error:
        raise KeyNotAccepted(
            _("%(provider)s lets us ask again in %(seconds)d seconds; nothing was stored.")
            % {"provider": name, "seconds": max(1, round(error.wait_seconds))}
        ) from None
    except ProviderError as error:
        raise KeyNotAccepted(" ".join(part for part in (error.message, error.advice) if part)) from None


@sensitive_variables("secret")
def add(
    *, team: Team, label: str, secret: str, environment: str, by: User, provider: str = Provider.SUBMAGIC
) -> ApiKey:
    """Raises KeyNotAccepted; then nothing was stored. The team's first key of a provider becomes the default there."""
    _refuse_twin(team, secret, environment, provider)
    try_out(secret=secret, environment=environment, provider=provider)
    return store(team=team, label=label, secret=secret, environment=environment, by=by, tested=True, provider=provider)


@sensitive_variables("secret")
@transaction.atomic
def store(
    *,
    team: Team,
    label: str,
    secret: str,
    environment: str,
    by: User | None,
    tested: bool,
    provider: str = Provider.SUBMAGIC,
) -> ApiKey:
    """Untested only for the key of our own sandbox, which may not be up yet when set-up makes it."""
    now = timezone.now()
    Team.locked(team.pk)
    _refuse_twin(team, secret, environment, provider)
    key = ApiKey(
        team=team,
        provider=provider,
        environment=environment,
        label=label,
        last4=_last4(secret, provider),
        created_by=by,
        is_default=not ApiKey.objects.for_team(team).of(provider).filter(is_default=True).exists(),
        checked_at=now if tested else None,
    )
    key.next_look_at = now if key.has_feed else None
    key.sealed = crypto.seal(secret, aad=remote.aad(key))
    key.save(force_insert=True)
    audit.record(
        team=team, by=by, verb="api_key.added", target=key, label=label, environment=environment, last4=key.last4
    )
    return key


@sensitive_variables("secret")
def _last4(secret: str, provider: str) -> str:
    """Of a pair the first half's, which is its name: the second half is the password."""
    return (remote.pair_in(secret)[0] if provider == Provider.PICOVICO else secret)[-4:]


@sensitive_variables("secret", "theirs")
def _refuse_twin(team: Team, secret: str, environment: str, provider: str, *, but: ApiKey | None = None) -> None:
    """Stored twice, each post of the account would be read and counted twice. Raises KeyNotAccepted."""
    for key in ApiKey.objects.for_team(team).of(provider).filter(environment=environment).kept():
        try:
            theirs = crypto.unseal(key.sealed, aad=remote.aad(key))
        except crypto.CannotOpen:
            continue
        if key != but and constant_time_compare(theirs, secret):
            text = _("The team has this very key already: it is “%(key)s”. Nothing was stored; use that one.")
            raise KeyNotAccepted(text % {"key": key})


@sensitive_variables("secret")
def replace(*, key: ApiKey, secret: str, by: User, other_account: bool = False) -> ApiKey:
    """Raises KeyNotAccepted; then the old secret stays in use. `version` goes up, and with it what the seal is bound
    to, so the old sealed text opens no more.

    Raises OtherAccount unless the new secret sees a project of the old one or the person means `other_account`: what
    waits to be sent is about those projects (reliability, R16).
    """
    _refuse_twin(key.team, secret, key.environment, key.provider, but=key)
    try_out(secret=secret, environment=key.environment, provider=key.provider)
    if not other_account:
        _must_see_known(key, secret)
    return _swap(key=key, secret=secret, by=by)


@sensitive_variables("secret")
def _must_see_known(key: ApiKey, secret: str) -> None:
    projects = known.of(key)
    for project in projects:
        try:
            remote.find(secret, key, project.upstream_id, timeouts=remote.WHILE_SOMEBODY_WAITS)
            return
        except (ProviderError, remote.NoUsableKey) as error:
            if isinstance(error, NotFound) and not isinstance(error, RouteNotFound):
                continue
            text = _("The key works, but whether it sees this team’s projects could not be asked. Nothing was stored.")
            raise KeyNotAccepted(f"{text} {_('Try again in a moment.')}") from None
    if projects:
        text = _("This key works, but does not see “%(title)s”: does it belong to another account? Nothing was stored.")
        raise OtherAccount(text % {"title": projects[0].title or projects[0].upstream_id})


@sensitive_variables("secret")
@transaction.atomic
def _swap(*, key: ApiKey, secret: str, by: User) -> ApiKey:
    Team.locked(key.team_id)  # before the key, as `remove` does
    _refuse_twin(key.team, secret, key.environment, key.provider, but=key)
    fresh = ApiKey.objects.select_for_update().get(pk=key.pk)
    if fresh.state == ApiKey.State.REVOKED:
        raise KeyNotAccepted(_("This key was removed in the meantime; nothing was stored."))
    old = fresh.last4
    fresh.version += 1
    fresh.sealed = crypto.seal(secret, aad=remote.aad(fresh))
    fresh.last4, fresh.state, fresh.problem = _last4(secret, fresh.provider), ApiKey.State.VALID, ""
    fresh.checked_at = timezone.now()
    fresh.next_look_at = fresh.checked_at if fresh.has_feed else None
    fresh.save(update_fields=["version", "sealed", "last4", "state", "problem", "checked_at", "next_look_at"])
    known.look_again(fresh)
    audit.record(
        team=fresh.team, by=by, verb="api_key.replaced", target=fresh, label=fresh.label, old=old, new=fresh.last4
    )
    return fresh


@sensitive_variables("secret")
def test(*, key: ApiKey, by: User) -> ApiKey:
    """Ask the provider again. A refused key that works now is usable again. Raises KeyNotAccepted when the provider
    does not confirm it: the key is marked only when it said that it does not know it, not when it is unreachable."""
    try:
        secret = crypto.unseal(key.sealed, aad=remote.aad(key))
    except crypto.CannotOpen as error:
        refused(key=key, problem=str(error), by=by)
        raise KeyNotAccepted(
            _("The stored key cannot be opened with this desk's KEY_RING. Enter the key again with Replace.")
        ) from error
    try:
        try_out(secret=secret, environment=key.environment, provider=key.provider, key=key)
    except UnknownToProvider as error:
        refused(key=key, problem=str(error), by=by)
        raise
    return _works(key=key, by=by)


@transaction.atomic
def _works(*, key: ApiKey, by: User) -> ApiKey:
    now = timezone.now()
    same = ApiKey.objects.filter(pk=key.pk, version=key.version).exclude(state=ApiKey.State.REVOKED)
    again = same.filter(state=ApiKey.State.INVALID).update(next_look_at=now if key.has_feed else None)
    same.update(state=ApiKey.State.VALID, problem="", checked_at=now)
    key.refresh_from_db()
    known.look_again(key)
    if again:
        audit.record(team=key.team, by=by, verb="api_key.works_again", target=key, label=key.label, last4=key.last4)
    return key


@sensitive_variables("secret")
def doubt(*, key: ApiKey, problem: str) -> bool:
    """A call was answered with 401. One alone may be a slip, or a proxy's: the provider is asked once more, and only
    when it says the same all work of the key stops (reliability R16). True when it has stopped.

    Where that cannot be asked nothing is marked: the next call meets the same answer.
    """
    if not ApiKey.objects.filter(pk=key.pk, version=key.version, state=ApiKey.State.VALID).exists():
        return ApiKey.objects.filter(pk=key.pk, state=ApiKey.State.INVALID).exists()
    try:
        secret = crypto.unseal(key.sealed, aad=remote.aad(key))
        try_out(secret=secret, environment=key.environment, provider=key.provider, key=key)
    except UnknownToProvider:
        return refused(key=key, problem=problem)
    except (KeyNotAccepted, crypto.CannotOpen) as error:
        log.warning("key %s was refused once; asking again failed: %s", key.pk, error)
        return False
    log.warning("key %s was refused once, and works", key.pk)
    return False


@transaction.atomic
def refused(*, key: ApiKey, problem: str, by: User | None = None) -> bool:
    """The provider does not know it: no further call uses this key until a person acts (reliability R16).

    Only the version that was used is marked, so a late 401 for a replaced secret does no harm to the new one.
    """
    marked = ApiKey.objects.filter(pk=key.pk, version=key.version, state=ApiKey.State.VALID).update(
        state=ApiKey.State.INVALID, problem=problem[:300], checked_at=timezone.now(), next_look_at=None
    )
    if marked:
        key.refresh_from_db()
        audit.record(
            team=key.team,
            by=by,
            verb="api_key.refused",
            target=key,
            label=key.label,
            last4=key.last4,
            problem=key.problem,
        )
    return bool(marked)


@transaction.atomic
def remove(*, key: ApiKey, by: User, confirmed: bool = False) -> None:
    """The secret is wiped; the row stays for history. Raises KeyInUse while calls are open, unless `confirmed`."""
    Team.locked(key.team_id)  # before the key, as `make_default` does
    fresh = ApiKey.objects.select_for_update().get(pk=key.pk)
    if fresh.state == ApiKey.State.REVOKED:
        return
    calls = UpstreamCall.objects.live().filter(api_key=fresh).count()
    if calls and not confirmed:
        raise KeyInUse(calls)
    was_default = fresh.is_default
    fresh.state, fresh.sealed, fresh.is_default, fresh.next_look_at = ApiKey.State.REVOKED, "", False, None
    fresh.save(update_fields=["state", "sealed", "is_default", "next_look_at"])
    audit.record(
        team=fresh.team,
        by=by,
        verb="api_key.removed",
        target=fresh,
        label=fresh.label,
        last4=fresh.last4,
        open_calls=calls,
    )
    if was_default and (heir := ApiKey.objects.for_team(fresh.team).usable(fresh.provider).first()):
        make_default(key=heir, by=by)


@transaction.atomic
def make_default(*, key: ApiKey, by: User) -> None:
    Team.locked(key.team_id)
    keys = ApiKey.objects.filter(team=key.team_id, provider=key.provider)
    if not keys.filter(pk=key.pk, is_default=False).exclude(state=ApiKey.State.REVOKED).exists():
        return
    keys.filter(is_default=True).update(is_default=False)
    keys.filter(pk=key.pk).update(is_default=True)
    key.refresh_from_db()
    audit.record(team=key.team, by=by, verb="api_key.made_default", target=key, label=key.label, last4=key.last4)
