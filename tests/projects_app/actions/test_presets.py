from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from dashboard import activity
from dashboard.models import AuditEvent, Team, User
from projects_app.actions import presets
from projects_app.models import Kind, Preset
from tests import factories

OPTIONS = {"templateName": "Sara", "magicZooms": True, "dictionary": ["Clipdesk"]}


def save(team: Team, by: User, name: str = "Talks", **changes: Any) -> Preset:
    values: dict[str, Any] = {"kind": Kind.CAPTIONS, "language": "en", "options": OPTIONS}
    return presets.save(team=team, by=by, name=name, **(values | changes))


def words() -> list[tuple[str, str]]:
    return [(line.what, line.detail) for line in map(activity.line, AuditEvent.objects.order_by("id"))]


def test_saved_with_every_value_and_an_audit_row(team: Team, bob: User) -> None:
    preset = Preset.objects.get(pk=save(team, bob).pk)
    assert (preset.team, preset.created_by, preset.kind, preset.language) == (team, bob, Kind.CAPTIONS, "en")
    assert preset.options == OPTIONS
    assert preset.used_at is None
    assert words() == [("saved a preset", "Talks")]


def test_same_name_in_any_case_is_taken(team: Team, bob: User) -> None:
    first = save(team, bob)
    with pytest.raises(presets.NameTaken) as taken:
        save(team, bob, "TALKS", options={})
    assert taken.value.preset == first
    assert Preset.objects.get().options == OPTIONS
    assert len(words()) == 1


def test_names_belong_to_the_team(team: Team, other_team: Team, bob: User, charlie: User) -> None:
    save(team, bob)
    save(other_team, charlie)
    assert Preset.objects.count() == 2


def test_replaced_keeps_its_maker_and_what_it_was(team: Team, bob: User, alice: User) -> None:
    first = save(team, bob)
    again = save(team, alice, "Talks", kind=Kind.MAGIC_CLIPS, options={"minClipLength": 20}, replace=first)
    preset = Preset.objects.get()
    assert preset.pk == again.pk == first.pk
    assert (preset.kind, preset.options, preset.created_by) == (Kind.MAGIC_CLIPS, {"minClipLength": 20}, bob)
    assert AuditEvent.objects.latest("id").data["before"]["options"] == OPTIONS
    assert words()[-1] == ("changed a preset", "Talks")


def test_renamed(team: Team, bob: User) -> None:
    preset = save(team, bob)
    presets.rename(preset=preset, name="Talks 2", by=bob)
    preset.refresh_from_db()
    assert preset.name == "Talks 2"
    assert words()[-1] == ("renamed a preset", "Talks 2")


def test_only_the_case_may_change(team: Team, bob: User) -> None:
    preset = save(team, bob)
    presets.rename(preset=preset, name="TALKS", by=bob)
    assert Preset.objects.get().name == "TALKS"


def test_not_renamed_to_the_same_nor_to_a_taken_name(team: Team, bob: User) -> None:
    preset, other = save(team, bob), factories.make_preset(team, name="Interviews")
    presets.rename(preset=preset, name="Talks", by=bob)
    assert len(words()) == 1
    with pytest.raises(presets.NameTaken) as taken:
        presets.rename(preset=preset, name="interviews", by=bob)
    assert taken.value.preset == other
    assert Preset.objects.get(pk=preset.pk).name == "Talks"


def test_deleted_and_told(team: Team, bob: User) -> None:
    presets.delete(preset=save(team, bob), by=bob)
    assert not Preset.objects.exists()
    assert words()[-1] == ("deleted a preset", "Talks")


def test_used(team: Team, bob: User) -> None:
    preset = save(team, bob)
    before = preset.updated_at
    presets.used(preset=preset)
    preset.refresh_from_db()
    assert preset.used_at is not None
    assert preset.updated_at == before


def test_a_preset_that_was_deleted_meanwhile_is_saved_as_a_new_one(team: Team, bob: User) -> None:
    first = save(team, bob)
    Preset.objects.all().delete()
    again = save(team, bob, options={"magicZooms": False}, replace=first)
    assert Preset.objects.get() == again


def test_a_preset_that_was_deleted_meanwhile_has_no_new_name(team: Team, bob: User) -> None:
    preset = save(team, bob)
    Preset.objects.all().delete()
    with pytest.raises(presets.Gone):
        presets.rename(preset=preset, name="Other", by=bob)


def test_a_name_that_somebody_takes_at_the_same_moment_is_taken(team: Team, bob: User) -> None:
    preset = save(team, bob)
    begun: list[str] = []

    def meanwhile(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # Undone with the renaming, of which it is no part, so it is done again behind that.
        if (not begun and sql.startswith("UPDATE")) or (len(begun) == 1 and sql.startswith("SELECT")):
            begun.append(sql)
            factories.make_preset(team, name="Shorts")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(meanwhile), pytest.raises(presets.NameTaken):
        presets.rename(preset=preset, name="Shorts", by=bob)
    assert len(begun) == 2
