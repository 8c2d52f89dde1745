"""The settings of a desk under test: tables straight from the models."""

from __future__ import annotations

from dashboard.settings import *  # noqa: F403
from dashboard.settings import HUEY as _HUEY

MIGRATION_MODULES = {"dashboard": None, "projects": None, "publishing": None}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
HUEY = _HUEY
