"""The desk's own database with nothing else of the desk: no middleware, no session, no limits, no queue."""

from __future__ import annotations

from dashboard.settings import DATABASES, DEFAULT_AUTO_FIELD, SECRET_KEY

__all__ = ["DATABASES", "DEFAULT_AUTO_FIELD", "SECRET_KEY"]

ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["bench.plain"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.plain.urls"
USE_TZ = True
