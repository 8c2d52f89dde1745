"""The first start: a demo team beside the sandbox, or a one-time link for the first owner."""

from __future__ import annotations

import datetime as dt
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from dashboard import crypto, remote
from dashboard.actions import api_keys, people, teams
from dashboard.models import Environment, Provider, Team, User

VALID_FOR = dt.timedelta(days=7)
DEMO_TEAM = ("Demo team", "demo")
_WORDS = """
    amber anchor apple autumn basket beacon birch bridge bright canvas castle cedar cherry circle
    clover copper coral cotton dragon eagle early ember falcon fern field flint forest garden
    ginger granite harbour hazel island ivory jacket kettle kite ladder lantern lemon linen lunar
    maple marble meadow mellow mint orchard otter paper pepper pilot pine planet plum pocket
    prairie quiet raven ribbon river rocket saddle sage sailor salmon shadow silver spruce summer
    sunny thistle timber tulip valley velvet violet walnut willow window winter yellow zephyr
"""
WORDS = _WORDS.split()


class Login(TypedDict):
    email: str
    # None: the person changed it since; only they know it.
    password: str | None


class SetupClosed(Exception):
    """The link is wrong, too old, or the desk has an owner already."""


def readable_password() -> str:
    """Such as amber-river-482139-kite: three words of 83 and six digits, about 39 bits, against online guessing."""
    first, second, last = (secrets.choice(WORDS) for _ in range(3))
    return f"{first}-{second}-{secrets.randbelow(10**6):06}-{last}"


def somebody_real_exists() -> bool:
    return User.objects.exclude(email=settings.DEMO_EMAIL).exists()


# --- The demo -------------------------------------------------------------------------------------


def ensure_demo() -> Login | None:
    """Beside a sandbox: make the demo once, on an empty desk. Returns its login, None where there is none."""
    if not settings.SANDBOX_URL:
        return None
    user = User.objects.filter(email=settings.DEMO_EMAIL).first()
    if user is None:
        return None if somebody_real_exists() else _make_demo()
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
    kept = _read(_demo_file()).get("password")
    if kept is None:
        # The file went away; whoever holds the data folder holds the desk, so they get a new password.
        kept = readable_password()
        user.set_password(kept)
        user.save(update_fields=["password"])
        _write(_demo_file(), {"email": user.email, "password": kept})
    return {"email": user.email, "password": kept if user.check_password(kept) else None}


def close_demo() -> bool:
    """Without a sandbox the demo person cannot sign in, and open sessions end. True when that changed something."""
    return bool(User.objects.filter(email=settings.DEMO_EMAIL, is_active=True).update(is_active=False))


@transaction.atomic
def _make_demo() -> Login:
    password = readable_password()
    user = people.create_person(email=settings.DEMO_EMAIL, name="Demo", password=password)
    name, slug = DEMO_TEAM
    team = teams.create(name=name, slug=slug if not Team.objects.filter(slug=slug).exists() else "", by=user)
    api_keys.store(
        team=team,
        label="Sandbox",
        # The sandbox makes a fresh account for every key of the documented form.
        secret=f"sk-{secrets.token_hex(32)}",
        environment=Environment.SANDBOX,
        by=user,
        tested=False,
    )
    api_keys.store(
        team=team,
        label="Sandbox",
        secret=f"mhk_test_{secrets.token_hex(20)}",
        environment=Environment.SANDBOX,
        by=user,
        tested=False,
        provider=Provider.MAGIC_HOUR,
    )
    api_keys.store(
        team=team,
        label="Sandbox",
        secret=remote.pair(secrets.token_hex(16), secrets.token_hex(16)),
        environment=Environment.SANDBOX,
        by=user,
        tested=False,
        provider=Provider.PICOVICO,
    )
    _write(_demo_file(), {"email": user.email, "password": password})
    return {"email": user.email, "password": password}


def _demo_file() -> Path:
    return Path(settings.DATA_DIR) / "demo-login.json"


# --- The first owner ------------------------------------------------------------------------------


def fresh_token() -> str | None:
    """A new one-time token; the one before stops working. None when the desk has an owner."""
    if somebody_real_exists():
        _token_file().unlink(missing_ok=True)
        return None
    token = secrets.token_urlsafe(32)
    expires = timezone.now() + VALID_FOR
    _write(_token_file(), {"hash": crypto.fingerprint(token), "expires_at": expires.isoformat()})
    return token


def token_is_good(token: str) -> bool:
    return _matches(_read(_token_file()), token) and not somebody_real_exists()


@transaction.atomic
def found(*, token: str, team_name: str, name: str, email: str, password: str) -> tuple[User, Team]:
    """The first visitor with the link becomes the owner of the first team. Raises SetupClosed; of two visitors at
    the same moment exactly one is first."""
    with _taken(token):
        if somebody_real_exists():
            raise SetupClosed
        user = people.create_person(email=email, name=name, password=password)
        return user, teams.create(name=team_name, by=user)


@contextmanager
def _taken(token: str) -> Iterator[None]:
    """Move the token's file away: a rename succeeds for one caller only. It comes back when the block fails."""
    if not _matches(_read(_token_file()), token):
        raise SetupClosed
    mine = _token_file().with_name(f".setup-token.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        os.rename(_token_file(), mine)
    except FileNotFoundError:
        raise SetupClosed from None
    try:
        yield
    except BaseException:
        os.rename(mine, _token_file())
        raise
    mine.unlink()


def _matches(kept: dict[str, str], token: str) -> bool:
    expires = parse_datetime(kept.get("expires_at", ""))
    good = hmac.compare_digest(kept.get("hash", ""), crypto.fingerprint(token))
    return good and expires is not None and expires > timezone.now()


def _token_file() -> Path:
    return Path(settings.DATA_DIR) / "setup-token.json"


# --- Small private files --------------------------------------------------------------------------


def _read(path: Path) -> dict[str, str]:
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(path: Path, content: dict[str, str]) -> None:
    """Readable by the owner alone, and whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
