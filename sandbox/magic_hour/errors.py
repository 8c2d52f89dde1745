"""Error answers in the published OpenAPI's shape: a message, and nothing beside it (docs.magichour.ai)."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify


class ApiError(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message}

    def response(self) -> Response:
        answer = jsonify(self.body)
        answer.status_code = self.status
        return answer


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized")


def not_found() -> ApiError:
    return ApiError(404, "Not Found")


def expired() -> ApiError:
    """The documents do not say what a dead link answers; a store of signed links says 403."""
    return ApiError(403, "The link has expired")


def payment_required() -> ApiError:
    return ApiError(402, "Payment required")


def no_body() -> ApiError:
    return ApiError(400, "Missing request body")


def invalid(message: str) -> ApiError:
    return ApiError(422, message)


def documented(status: int, _path: str) -> dict[str, Any]:
    """The body that the OpenAPI prints for a status; for faults that are ordered without a body."""
    known = {
        400: no_body(),
        401: unauthorized(),
        402: payment_required(),
        404: not_found(),
        422: invalid("video is a template and cannot be deleted. Please reach out to our support team."),
        429: ApiError(429, "Too Many Requests"),
    }
    return known.get(status, ApiError(status, "Internal Server Error")).body
