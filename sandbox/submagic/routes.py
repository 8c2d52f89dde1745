"""Puts the stand-in's routes together under /submagic."""

from __future__ import annotations

import logging

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected, HTTPException

from sandbox.faults import routes as faults
from sandbox.submagic import errors, multipart
from sandbox.submagic.access import add_rate_headers, authenticate
from sandbox.submagic.context import context
from sandbox.submagic.create import create
from sandbox.submagic.files import files
from sandbox.submagic.lists import health, lists
from sandbox.submagic.media import media, media_files
from sandbox.submagic.projects import projects
from sandbox.submagic.publish import publish
from sandbox.submagic.update import update

logger = logging.getLogger("sandbox.submagic")


def blueprint() -> Blueprint:
    """A new blueprint; a blueprint must not be shared by two apps that are set up differently."""
    submagic = Blueprint("submagic", __name__, url_prefix="/submagic")
    submagic.register_blueprint(health)
    submagic.register_blueprint(files)
    submagic.register_blueprint(media_files)
    submagic.register_blueprint(faults.blueprint(lambda: context().faults, authenticate))
    for part in (lists, create, media, publish, projects, update):
        submagic.register_blueprint(part, url_prefix="/v1")
    submagic.register_error_handler(errors.ApiError, _api_error)
    submagic.after_request(_finish)
    return submagic


def _api_error(error: errors.ApiError) -> ResponseReturnValue:
    multipart.drain()
    return error.response()


def _finish(answer: Response) -> Response:
    return add_rate_headers(answer)


def unexpected(error: Exception) -> ResponseReturnValue:
    """For the whole app: unknown routes and methods, and our own mistakes, in the documents' shape."""
    if isinstance(error, ClientDisconnected):
        return errors.invalid("The request body ended early").response()
    if isinstance(error, HTTPException):
        if error.code in {404, 405}:
            multipart.drain()
            return errors.no_route().response()
        if error.code == 416:
            # An unsatisfiable range has an answer of its own, with Content-Range.
            return error.get_response()
        return errors.ApiError(error.code or 500, "BAD_REQUEST", error.description or error.name).response()
    logger.exception("unexpected error", exc_info=error)
    return errors.internal().response()
