"""Finding words in text columns the same way on SQLite and PostgreSQL."""

from __future__ import annotations

import re

from django.db.models import Q

MOST_TERMS = 8
LONGEST_TERM = 100
_TERM = re.compile(r'"([^"]+)"|(\S+)')


def terms_of(query: str) -> list[str]:
    """What is searched for: each word by itself, words in "double quotes" together."""
    found: list[str] = []
    for quoted, word in _TERM.findall(query):
        term = " ".join((quoted or word.strip('"')).split())[:LONGEST_TERM]
        if term and term not in found:
            found.append(term)
    return found[:MOST_TERMS]


def contains(term: str, *fields: str) -> Q:
    """Any of the fields contains the term, in upper or lower case.

    SQLite folds the case of ASCII letters only, so other letters are asked for in the spellings people use.
    """
    spellings = {term}
    if not term.isascii():
        spellings |= {term.lower(), term.upper(), term.capitalize(), term.title()}
    found = Q()
    for field in fields:
        for spelling in sorted(spellings):
            found |= Q(**{f"{field}__icontains": spelling})
    return found
