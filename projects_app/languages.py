"""Languages as people call them; the provider speaks of them in codes."""

from __future__ import annotations

from django.utils.translation import get_language_info


def language_name(code: str) -> str:
    """The name of the language, where it is one that Django knows too; else the code."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code
