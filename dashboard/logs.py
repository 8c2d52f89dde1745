"""Keeps secrets out of the logs."""

from __future__ import annotations

import logging
import re
from typing import Any

from providers.http import scrub

# Addresses whose last part is a secret: webhooks (also cut off by what hides keys), invitations, the set-up link.
_TOKEN = re.compile(r"(/(?:h|h/key|join|setup)/)(?:[A-Za-z0-9_-]{20,}|…)")


class ScrubFilter(logging.Filter):
    """Masks API keys and webhook tokens in every record, its arguments and its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError):
            # A line whose arguments do not fit is worth reading all the same; raising here would reach its author.
            text = f"{record.msg} {record.args!r}"
        record.msg, record.args = self.clean(text), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.clean(record.exc_text)
        if record.stack_info:
            record.stack_info = self.clean(record.stack_info)
        return True

    @staticmethod
    def clean(text: str) -> str:
        return _TOKEN.sub(r"\1***", scrub(text))


def scrub_server() -> None:
    """The web server's own loggers have handlers that know nothing of ours, and its lines name addresses."""
    for name in ("gunicorn.access", "gunicorn.error"):
        logger = logging.getLogger(name)
        if not any(isinstance(each, ScrubFilter) for each in logger.filters):
            logger.addFilter(ScrubFilter())


def config(level: str) -> dict[str, Any]:
    """Django's LOGGING: one line each to stderr, scrubbed."""
    quiet = {name: {"level": "WARNING"} for name in ("django.server", "httpx", "httpcore", "huey")}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"scrub": {"()": "dashboard.logs.ScrubFilter"}},
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["scrub"], "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        # Ids of what was paid for are written at any level.
        "loggers": quiet | {"dashboard.answers": {"level": "INFO"}},
    }
