"""Options of a project under a name of the team's own, to begin the next project with."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard import audit
from dashboard.models import Team, User
from projects_app.models import Kind, Preset


class NameTaken(Exception):
    """The team has a preset of this name; `preset` is that one."""

    def __init__(self, preset: Preset) -> None:
        super().__init__(preset.name)
        self.preset = preset


class Gone(Exception):
    """Somebody deleted the preset."""


def by_name(team: Team, name: str) -> Preset | None:
    """The team's preset of this name, in any case of letters."""
    return Preset.objects.for_team(team).filter(name__iexact=name).first()


@transaction.atomic
def save(
    *,
    team: Team,
    by: User,
    name: str,
    kind: Kind,
    language: str,
    options: dict[str, Any],
    replace: Preset | None = None,
) -> Preset:
    """A new preset, or new values for `replace`. Raises NameTaken when the name belongs to another one."""
    # Somebody may have deleted it since it was read: then this is a new one.
    preset = Preset.objects.select_for_update().filter(pk=replace.pk, team=team).first() if replace else None
    _name_is_free(team, name, besides=preset)
    values = {"name": name, "kind": kind, "language": language, "options": options}
    if preset is None:
        try:
            with transaction.atomic():
                preset = Preset.objects.create(team=team, created_by=by, **values)
        except IntegrityError:
            # Somebody saved one of this name at the same moment.
            _name_is_free(team, name)
            raise
        audit.record(team=team, by=by, verb="preset.saved", target=preset, name=name)
        return preset
    before = {"kind": preset.kind, "language": preset.language, "options": preset.options}
    for field, value in values.items():
        setattr(preset, field, value)
    preset.save()
    audit.record(team=team, by=by, verb="preset.replaced", target=preset, name=name, before=before)
    return preset


@transaction.atomic
def rename(*, preset: Preset, name: str, by: User) -> None:
    """Raises NameTaken when the name belongs to another one, Gone when somebody deleted it meanwhile."""
    old = preset.name
    if name == old:
        return
    _name_is_free(preset.team, name, besides=preset)
    try:
        with transaction.atomic():
            if not Preset.objects.filter(pk=preset.pk).update(name=name, updated_at=timezone.now()):
                raise Gone
    except IntegrityError:
        # Somebody gave another one this name at the same moment.
        _name_is_free(preset.team, name, besides=preset)
        raise
    preset.name = name
    audit.record(team=preset.team, by=by, verb="preset.renamed", target=preset, old=old, new=name)


@transaction.atomic
def delete(*, preset: Preset, by: User) -> None:
    """What was made with it stays as it is."""
    audit.record(team=preset.team, by=by, verb="preset.deleted", target=preset, name=preset.name)
    preset.delete()


def used(*, preset: Preset) -> None:
    """A project was begun with it."""
    Preset.objects.filter(pk=preset.pk).update(used_at=timezone.now())


def _name_is_free(team: Team, name: str, besides: Preset | None = None) -> None:
    other = by_name(team, name)
    if other and (besides is None or other.pk != besides.pk):
        raise NameTaken(other)
