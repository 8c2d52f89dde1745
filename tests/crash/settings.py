"""The product's settings, with the queue's tasks done where they are asked for: one process is the whole desk."""

from __future__ import annotations

from dashboard.settings import *  # noqa: F403
from dashboard.settings import DATABASES, HUEY, STORAGES

HUEY["immediate"] = True
# Pages are shown without `collectstatic`.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # What a killed process has written is whole without a sync; a power cut is another test's subject.
    _quick = "PRAGMA journal_mode=WAL;PRAGMA synchronous=OFF;PRAGMA busy_timeout=20000;"
    DATABASES["default"]["OPTIONS"] |= {"init_command": _quick}
else:
    # Lives are forked: each opens a connection of its own.
    DATABASES["default"]["OPTIONS"].pop("pool", None)
SERVER_URL = env.str("DATABASE_URL", default="")  # noqa: F405
