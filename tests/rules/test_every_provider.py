"""Every table that has to know all providers, or all kinds of projects, does (docs/adding-a-provider.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard import rates, remote
from dashboard.models import Provider
from dashboard.views import keys
from projects_app import timeline
from projects_app.actions import deletions, readers
from projects_app.models import Kind
from projects_app.models.project import FINER_WORDS, KNOWN_WORDS
from projects_app.views import project_import, slideshows

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("provider", Provider)
def test_each_provider_is_in_every_table(provider: Provider) -> None:
    reader = readers.READERS[provider]
    limits = rates.rates(provider)
    assert reader.endpoint in limits and remote.HARMLESS[provider] in limits
    assert provider in KNOWN_WORDS and provider in keys.OFFERED and provider in rates.GUESSED
    if provider != Provider.SUBMAGIC:  # which has no way to delete (contract.md)
        assert deletions.DELETES[provider].endpoint in limits
    doctor = (ROOT / "dashboard/doctor/provider.py").read_text()
    assert f"Provider.{provider.name}" in doctor


@pytest.mark.parametrize("provider", Provider)
def test_each_gives_a_list_or_is_added_by_id(provider: Provider) -> None:
    has_list = {Provider.PICOVICO: slideshows.slideshow_list}
    assert (provider in project_import.PROVIDERS) != (provider in has_list)


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_an_end(kind: Kind) -> None:
    assert str(timeline.ENDS[kind])


def test_finer_words_are_known_ones() -> None:
    assert all(word in KNOWN_WORDS[provider] for provider, word in FINER_WORDS)


@pytest.mark.parametrize("provider", Provider)
def test_each_has_its_stand_in_and_its_contract_tests(provider: Provider) -> None:
    name = "submagic" if provider == Provider.SUBMAGIC else provider.value
    assert (ROOT / "sandbox" / name).is_dir()
    text = "".join(path.read_text() for path in (ROOT / "tests/providers" / name).glob("test_*.py"))
    assert "ProviderContract" in text
