"""The lists that the documents print: languages, templates, hook title templates."""

from __future__ import annotations

LANGUAGES = (
    ("English", "en"),
    ("Spanish", "es"),
    ("French", "fr"),
    ("German", "de"),
    ("Italian", "it"),
    ("Portuguese", "pt"),
    ("Dutch", "nl"),
    ("Russian", "ru"),
    ("Chinese (Simplified)", "zh"),
    ("Japanese", "ja"),
    ("Korean", "ko"),
    ("Arabic", "ar"),
    ("Hindi", "hi"),
)
LANGUAGE_CODES = frozenset(code for _, code in LANGUAGES)

TEMPLATES = (
    *("Matt", "Jess", "Jack", "Nick", "Laura", "Kelly 2", "Caleb", "Kendrick", "Lewis", "Doug", "Carlos", "Luke"),
    *("Leila", "Mark", "Sara", "Daniel", "Dan 2", "Hormozi 4", "Dan", "Devin", "Tayo", "Ella", "Tracy", "Hormozi 1"),
    *("Hormozi 2", "Hormozi 3", "Hormozi 5", "Jason", "William", "Leon", "Ali", "Beast", "Maya", "Karl", "Iman"),
    *("Umi", "David", "Noah", "Gstaad", "Malta", "Nema", "seth"),
)
DEFAULT_TEMPLATE = "Sara"

HOOK_TEMPLATES = (
    *("tiktok", "laura", "steph", "kevin", "kelly", "mark", "logan", "enrico", "mike", "devin", "hormozi", "masi"),
    "ali",
)

PLATFORMS = ("youtube", "tiktok", "instagram")
