"""Error answers with the documents' codes, words and shapes."""

from __future__ import annotations

from typing import Any, TypedDict

from flask import Response, jsonify


class Detail(TypedDict):
    field: str
    message: str
    value: Any


class ApiError(Exception):
    """An answer that is not a success: HTTP status, `error`, `message` and, for some, more keys."""

    def __init__(
        self, status: int, error: str, message: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"error": error, "message": message, **more}
        self.headers = headers or {}

    def response(self) -> Response:
        answer = jsonify(self.body)
        answer.status_code = self.status
        answer.headers.extend(self.headers)
        return answer


def unauthorized() -> ApiError:
    return ApiError(401, "UNAUTHORIZED", "Invalid or missing API key")


def no_route() -> ApiError:
    return ApiError(404, "NOT_FOUND", "The requested endpoint does not exist")


def no_project() -> ApiError:
    return ApiError(404, "NOT_FOUND", "Project doesn't exist or doesn't belong to user")


def nothing_to_update() -> ApiError:
    """The documents word a missing project in another way for an update."""
    return ApiError(404, "NOT_FOUND", "Project not found")


def no_credits(what: str) -> ApiError:
    return ApiError(402, "PAYMENT_REQUIRED", f"Insufficient API credits to {what}")


def no_ai_credits() -> ApiError:
    """The documents ask for a VALIDATION_ERROR, without its words."""
    return invalid("Insufficient AI credits for the requested AI B-roll items")


def no_clips_credits() -> ApiError:
    return ApiError(
        403,
        "FORBIDDEN",
        "Magic Clips subscription required. Please upgrade your plan or purchase Magic Clips credits.",
    )


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BAD_REQUEST", message)


def too_large() -> ApiError:
    return ApiError(413, "PAYLOAD_TOO_LARGE", "File size exceeds maximum allowed size")


def unsupported(what: str = "Video") -> ApiError:
    return ApiError(415, "UNSUPPORTED_MEDIA_TYPE", f"{what} format not supported")


def too_many(retry_after: int) -> ApiError:
    return ApiError(
        429,
        "RATE_LIMIT_EXCEEDED",
        "Too many requests",
        retryAfter=retry_after,
        headers={"Retry-After": str(retry_after)},
    )


def internal() -> ApiError:
    return ApiError(500, "INTERNAL_SERVER_ERROR", "An unexpected error occurred")


def invalid(message: str) -> ApiError:
    """A VALIDATION_ERROR in words alone."""
    return ApiError(400, "VALIDATION_ERROR", message)


def file_invalid(message: str) -> ApiError:
    """The documents' "File validation failed"."""
    details: list[Detail] = [{"field": "file", "message": message, "value": None}]
    return ApiError(400, "VALIDATION_ERROR", "File validation failed", details=details)


def field_invalid(field: str, message: str, value: Any) -> ApiError:
    details: list[Detail] = [{"field": field, "message": message, "value": value}]
    return ApiError(400, "VALIDATION_ERROR", "Request validation failed", details=details)


def documented(status: int, path: str) -> dict[str, Any]:
    """The body that the documents print for a status; for faults that are ordered without a body."""
    if status == 403 and path.endswith("/publish"):
        return ApiError(403, "FORBIDDEN", "Your plan does not allow publishing via the API").body
    if status == 429:
        return {"error": "RATE_LIMIT_EXCEEDED", "message": "Too many requests"}
    known = {
        400: invalid("Invalid request parameters"),
        401: unauthorized(),
        402: no_credits("publish" if path.endswith("/publish") else "create project"),
        403: no_clips_credits(),
        404: no_project(),
        412: ApiError(412, "PRECONDITION_FAILED", "Some platform accounts are not connected"),
        413: too_large(),
        415: unsupported("Media" if "/user-media" in path else "Video"),
    }
    return known.get(status, internal()).body
