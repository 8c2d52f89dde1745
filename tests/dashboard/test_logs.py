from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator

import pytest

from dashboard.logs import ScrubFilter, scrub_server
from tests.factories import fresh_secret


@pytest.fixture
def lines() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger with the filter as settings.LOGGING puts it on the handler."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(ScrubFilter())
    logger = logging.Logger("test")
    logger.addHandler(handler)
    yield logger, stream


def test_a_key_in_the_message_or_its_arguments_is_hidden(lines: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = lines
    secret = fresh_secret()
    logger.info(f"direct {secret}")
    logger.info("argument %s and %r", secret, {"x-api-key": secret})
    logger.info("bytes %s", secret.encode())
    assert secret[3:] not in stream.getvalue()
    assert stream.getvalue().count(f"sk-…{secret[-4:]}") >= 3


def test_a_key_in_a_traceback_is_hidden(lines: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = lines
    secret = fresh_secret()
    try:
        raise ValueError(f"bad key {secret}")
    except ValueError:
        logger.exception("it failed")
    text = stream.getvalue()
    assert "Traceback" in text
    assert "ValueError: bad key sk-…" in text
    assert secret[3:] not in text


def test_a_key_in_the_cause_and_in_stack_info_is_hidden(lines: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = lines
    secret = fresh_secret()
    try:
        try:
            raise ValueError(secret)
        except ValueError as error:
            raise RuntimeError("outer") from error
    except RuntimeError:
        logger.error("it failed", exc_info=sys.exc_info(), stack_info=True)
    assert "RuntimeError: outer" in stream.getvalue()
    assert secret[3:] not in stream.getvalue()


def test_a_webhook_token_is_hidden(lines: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = lines
    token = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE"
    logger.warning("POST /h/%s 204", token)
    assert stream.getvalue() == "POST /h/*** 204\n"


@pytest.mark.parametrize("path", ["/join/", "/setup/"])
def test_a_one_time_link_is_hidden(lines: tuple[logging.Logger, io.StringIO], path: str) -> None:
    logger, stream = lines
    token = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE"
    logger.warning("Not Found: %s%s/", path, token)
    assert token not in stream.getvalue()


def test_ordinary_lines_stay_as_they_are(lines: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = lines
    logger.info("%d of %s at 100%%", 3, "/t/harbour/")
    assert stream.getvalue() == "3 of /t/harbour/ at 100%\n"


def test_a_line_with_wrong_arguments_is_still_written_and_clean() -> None:
    secret = fresh_secret()
    record = logging.LogRecord("test", logging.INFO, __file__, 1, "no place for it", (secret,), None)
    assert ScrubFilter().filter(record)
    assert secret not in str(record.msg)
    assert not record.args


@pytest.mark.parametrize("name", ["gunicorn.access", "gunicorn.error"])
def test_the_web_servers_own_lines_are_clean_too(name: str) -> None:
    """Its handlers are not ours: what it says about a request names its address."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    token = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE"
    try:
        scrub_server()
        scrub_server()
        assert sum(isinstance(each, ScrubFilter) for each in logger.filters) == 1
        logger.error("Error handling request %s", f"/h/{token}")
        logger.error('"%(r)s" %(s)s', {"r": f"POST /h/{token} HTTP/1.1", "s": 204})
    finally:
        logger.removeHandler(handler)
        logger.filters.clear()
    assert stream.getvalue() == 'Error handling request /h/***\n"POST /h/*** HTTP/1.1" 204\n'


def test_the_web_servers_lines_are_cleaned_from_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    from django.core import wsgi

    monkeypatch.setattr(wsgi, "get_wsgi_application", lambda: None)
    try:
        importlib.reload(importlib.import_module("dashboard.wsgi"))
        assert any(isinstance(each, ScrubFilter) for each in logging.getLogger("gunicorn.error").filters)
    finally:
        for name in ("gunicorn.access", "gunicorn.error"):
            logging.getLogger(name).filters.clear()


def test_no_address_that_a_provider_sends_to_is_in_the_log(lines: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = lines
    token = "Zq3_kA-x" * 5 + "abc"
    for path in (f"/h/{token}", f"/h/key/{token}", f"/join/{token}", f"/setup/{token}?a=b"):
        logger.warning("Unauthorized: %s", path)
    said = stream.getvalue()
    assert token not in said
    assert said.splitlines() == [
        f"Unauthorized: {path}" for path in ("/h/***", "/h/key/***", "/join/***", "/setup/***?a=b")
    ]
