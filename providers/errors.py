"""The one error tree of all providers.

    ProviderError
     ├─ Rejected               the provider said no; nothing was applied           outcome "rejected"
     │   ├─ Unauthorised  Forbidden  PaymentRequired  PreconditionFailed  TooLarge  UnsupportedMedia
     │   ├─ Invalid → OptionsConflict (each option is right, but not beside the other)
     │   ├─ NotFound → ProjectNotFound, RouteNotFound
     │   ├─ Conflict           409 where it is no question whether it was applied
     │   └─ RateLimited        wait `wait_seconds`, then the same call may go again
     ├─ NotSent                surely not applied, may be sent again               outcome "not_sent"
     │   └─ UploadAborted      our side stopped before the closing boundary
     ├─ FailedRead             a GET gave nothing usable; may be repeated          outcome "failed_read"
     │   ├─ UpstreamFault      5xx, timeout, cut connection
     │   └─ BadAnswer          unreadable, wrong in type, too large
     └─ UnknownOutcome         it may have been applied: never repeat by machine   outcome "unknown"
         └─ AmbiguousConflict  409 to a POST (also a Conflict)

Callers switch on `outcome` and `permanent`, people read `message` and `advice`, logs take `str(error)`.
No text in here holds a key: everything that came from outside went through `scrub`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

Outcome = Literal["rejected", "not_sent", "unknown", "failed_read"]


@dataclass(frozen=True, slots=True)
class Detail:
    """One complaint of the provider about one field; `field` is "" when it is about the whole request."""

    field: str
    message: str
    value: str = ""


class ProviderError(Exception):
    """Anything that went wrong between us and a provider.

    message           what happened and what is safe, one or two sentences for a person
    advice            what to do about it, one sentence for a person
    outcome           what became of the call, see the tree above
    permanent         True: the same call will fail again until a person changes something
    status            HTTP status, None when there was no answer
    code              the provider's own error name, such as "VALIDATION_ERROR"
    upstream_message  the provider's own words, scrubbed, at most 500 characters
    details           the provider's complaints field by field
    request_id        the provider's id of the call for its support, "" when it sent none
    sample            the start of an answer that was not understood, scrubbed, at most 2 KiB
    """

    outcome: Outcome = "rejected"
    permanent: ClassVar[bool] = True

    def __init__(
        self,
        message: str,
        *,
        advice: str = "",
        status: int | None = None,
        code: str = "",
        upstream_message: str = "",
        details: Sequence[Detail] = (),
        request_id: str = "",
        sample: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.status = status
        self.code = code
        self.upstream_message = upstream_message
        self.details = tuple(details)
        self.request_id = request_id
        self.sample = sample

    def __str__(self) -> str:
        parts = [self.message, self.advice]
        marks = [f"HTTP {self.status}" if self.status else "", f"request {self.request_id}" if self.request_id else ""]
        known = ", ".join(mark for mark in marks if mark)
        if known:
            parts.append(f"({known})")
        return " ".join(part for part in parts if part)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, status={self.status}, outcome={self.outcome!r})"


class Rejected(ProviderError):
    """The provider answered that it did not do it."""


class Unauthorised(Rejected):
    """401: the key is not (or no longer) accepted."""


class Forbidden(Rejected):
    """403: the plan of the account does not include this."""


class PaymentRequired(Rejected):
    """402: not enough credits."""


class NotFound(Rejected):
    """404."""


class ProjectNotFound(NotFound):
    """The project is not there or belongs to another account."""


class RouteNotFound(NotFound):
    """The address itself does not exist: a wrong base URL or a changed API, never a missing project."""


class Invalid(Rejected):
    """400 or 422: something in the request is wrong; `details` names the fields when the provider did."""


class OptionsConflict(Invalid):
    """Options that exclude each other, such as a preset and a template."""


class Conflict(Rejected):
    """409, where nothing can have been applied (a read, or an upload that was not complete)."""


class PreconditionFailed(Rejected):
    """412: something has to be done at the provider first, such as connecting a platform account."""


class TooLarge(Rejected):
    """413."""


class UnsupportedMedia(Rejected):
    """415."""


class RateLimited(Rejected):
    """429. `wait_seconds` from now no call may go out; `stated` is False when the provider named no time."""

    permanent = False

    def __init__(
        self,
        message: str,
        *,
        wait_seconds: float,
        stated: bool = True,
        advice: str = "",
        status: int | None = 429,
        code: str = "",
        upstream_message: str = "",
        details: Sequence[Detail] = (),
        request_id: str = "",
        sample: str = "",
    ) -> None:
        super().__init__(
            message,
            advice=advice,
            status=status,
            code=code,
            upstream_message=upstream_message,
            details=details,
            request_id=request_id,
            sample=sample,
        )
        self.wait_seconds = wait_seconds
        self.stated = stated


class NotSent(ProviderError):
    """Surely not applied: no connection, or the request ended before it was complete. May be sent again."""

    outcome: Outcome = "not_sent"
    permanent = False


class UploadAborted(NotSent):
    """Our own side stopped the upload (the file stalled, ended early, or `before_end` failed).

    `cause` (and `__cause__`) is what the iterator or the callback raised, None when the number of bytes was wrong.
    """

    cause: Exception | None = None


class FailedRead(ProviderError):
    """A read gave nothing that may be used. Nothing was changed anywhere."""

    outcome: Outcome = "failed_read"
    permanent = False


class UpstreamFault(FailedRead):
    """5xx, timeout or cut connection on a read."""


class BadAnswer(FailedRead):
    """The answer was not JSON, had the wrong types, came as a redirect, or was too large."""


class UnknownOutcome(ProviderError):
    """The call may have been applied. A machine must never repeat it."""

    outcome: Outcome = "unknown"
    permanent = False


class AmbiguousConflict(UnknownOutcome, Conflict):
    """409 to a POST: it can mean "refused" or "already done"."""
