"""Error answers. 003 prints none; the shape is that of `Error` in the swagger file of apidocs: code and message."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify


class ApiError(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"code": status, "message": message}

    def response(self) -> Response:
        answer = jsonify(self.body)
        answer.status_code = self.status
        return answer


def unauthorized() -> ApiError:
    return ApiError(401, "Access key or access token is missing or not valid")


def no_video() -> ApiError:
    return ApiError(404, "Video not found")


def no_draft() -> ApiError:
    return ApiError(404, "There is no draft")


def no_photo() -> ApiError:
    return ApiError(404, "Photo not found")


def no_file() -> ApiError:
    return ApiError(404, "File not found")


def invalid(message: str) -> ApiError:
    return ApiError(400, message)


def too_large() -> ApiError:
    return ApiError(413, "The photo is too large")


def unsupported() -> ApiError:
    return ApiError(415, "Only JPG and PNG are supported")


def documented(status: int, path: str) -> dict[str, Any]:
    """The body for a fault that is ordered without one."""
    known = {
        400: invalid("Invalid request"),
        401: unauthorized(),
        404: no_photo() if "/photos" in path else no_video(),
        413: too_large(),
        415: unsupported(),
        429: ApiError(429, "Too many requests"),
    }
    return known.get(status, ApiError(status, "An unexpected error occurred")).body
