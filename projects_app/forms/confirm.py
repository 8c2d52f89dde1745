"""The words that a person types so that something may be sent a second time."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

# Typed in the language of the page, as it asks for them.
SEND_AGAIN = gettext_lazy("send again")


DELETE = gettext_lazy("delete")


def says_send_again(typed: str) -> bool:
    return says(SEND_AGAIN, typed)


def says(words: str | Promise, typed: str) -> bool:
    """Also with the quotes that the page writes around them, and in any case."""
    return typed.strip().strip("“”„«»\"'").strip().casefold() == str(words).casefold()
