"""From an HTTP answer that is not 2xx to one error of the tree (reliability R8 to R11)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from providers import errors, reading
from providers.details import read_details
from providers.ratelimit import RateHeaders, read_wait
from providers.scrub import plain, scrub

# These say "not done" by themselves, whoever wrote them (often a proxy in front of the API, in HTML).
_CLEAR: Final = frozenset({401, 405, 411, 413, 414, 415, 417, 429, 431})
# These say so only with the API's own error body: a proxy in between may use them for anything.
_STATED: Final = frozenset({400, 402, 403, 404, 406, 410, 412, 416, 422, 426, 428, 451})


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the errors and hooks see it.

    name    class of the endpoint, a key of the provider's table of limits
    safe    True for reads, which may be repeated
    bare    the name under which an answer that is a list and no object is read, see `reading.load`
    """

    name: str
    method: str
    path: str
    safe: bool
    slow: bool = False
    bare: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `complete`: the whole request had been written. `flaw`: why the body is not usable, else ""."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    rate: RateHeaders
    request_id: str
    complete: bool = True
    flaw: str = ""


def _body(answer: Answer) -> dict[str, Any]:
    if answer.flaw or not answer.body:
        return {}
    try:
        return reading.load(answer.body)
    except errors.BadAnswer:
        return {}


def _code(data: Mapping[str, Any], *secrets: str) -> str:
    """`error` is a name in the documented answers; an object with a message is common elsewhere.

    Picovico has numbers of its own beyond those of HTTP, in `status` (003, Response Codes) or `code`.
    """
    error = data.get("error")
    if isinstance(error, dict):
        error = error.get("code") or error.get("type") or error.get("message")
    if error is None:
        error = next((str(n) for n in map(reading.own_code, (data.get("status"), data.get("code"))) if n), None)
    return plain(scrub(error, *secrets), 100) if isinstance(error, str) else ""


def _words(data: Mapping[str, Any], *secrets: str) -> str:
    message = data.get("message")
    if not isinstance(message, str) and isinstance(data.get("error"), dict):
        message = data["error"].get("message")
    return plain(scrub(message, *secrets), 500) if isinstance(message, str) else ""


def classify(answer: Answer, call: Call, provider: str, *secrets: str) -> errors.ProviderError:
    """The error for an answer whose status is not 2xx. Texts are for people who just want their video done."""
    data = _body(answer)
    status = answer.status
    words = _words(data, *secrets)
    known: dict[str, Any] = {
        "status": status,
        "code": _code(data, *secrets),
        "upstream_message": words,
        "details": read_details(data, *secrets),
        "request_id": answer.request_id,
    }
    said = _said(provider, words, known["details"])
    stated = bool(known["code"] or words)
    spent = "" if call.safe else " Nothing was deleted." if call.method == "DELETE" else " Nothing was spent."

    def problem(kind: type[errors.ProviderError], text: str, advice: str) -> errors.ProviderError:
        if kind in (errors.FailedRead, errors.BadAnswer, errors.UpstreamFault, errors.UnknownOutcome):
            known["sample"] = sample(answer.body, *secrets)
        return kind(text, advice=advice, **known)

    if status == 429:
        return _rate_limited(answer, data, provider, spent, known)
    if (
        not call.safe
        and answer.complete
        and (status == 409 or not (status in _CLEAR or (status in _STATED and stated)))
    ):
        kind = errors.AmbiguousConflict if status == 409 else errors.UnknownOutcome
        return problem(kind, *unknown_texts(provider, f"It answered with {status}.{said}"))
    if status in (409, 401, 402, 403, 404, 412, 413, 415, 405, 410) or 400 <= status < 500 and status != 408:
        # "Request validation failed" may leave what is wrong to the details.
        about = " ".join([words, *(detail.message for detail in known["details"])]).strip()
        return problem(*_rejection(status, call, provider, about, said, spent))
    if not call.safe:
        return problem(
            errors.NotSent,
            f"{provider} broke off before it had the whole request ({status}). Nothing was created.",
            "It can safely be sent again.",
        )
    if 300 <= status < 400:
        return problem(
            errors.BadAnswer,
            f"{provider} answered with a redirect, which is never followed.",
            "Check the provider's address in the settings.",
        )
    return problem(
        errors.UpstreamFault,
        f"{provider} has trouble right now ({status}).{said}",
        "Nothing is lost; it is asked again later.",
    )


def _said(provider: str, words: str, details: Sequence[errors.Detail]) -> str:
    """The provider's own words; "Request validation failed" alone would help nobody, so what failed is named too."""
    named = [f"{d.field}: {d.message}" if d.field else d.message for d in details[:3]]
    told = "; ".join(part for part in named if part) if "Validation failed: " not in words else ""
    more = f" ({told})" if told else ""
    if words:
        return f" {provider} says: “{words.rstrip('.')}”{more}."
    return f" {provider} says:{more}." if more else ""


def unknown_texts(provider: str, why: str) -> tuple[str, str]:
    return (
        f"It is not known whether {provider} did this. {why}".strip(),
        f"Do not send it again before it is clear; look for it at {provider} if it takes long.",
    )


def sample(body: bytes, *secrets: str) -> str:
    return scrub(body[:2048].decode("utf-8", "replace"), *secrets).replace("\0", "")


def _rate_limited(
    answer: Answer, data: Mapping[str, Any], provider: str, spent: str, known: dict[str, Any]
) -> errors.RateLimited:
    wait, named = read_wait(answer.headers, answer.rate, reading.number(data, "retryAfter"))
    when = f"{math.ceil(wait)} seconds" if wait < 90 else f"{math.ceil(wait / 60)} minutes"
    return errors.RateLimited(
        f"{provider}'s limit of calls is used up; it takes more in {when}.{spent}",
        advice="Nothing to do: it goes on by itself after that time.",
        wait_seconds=wait,
        stated=named,
        **known,
    )


def _rejection(
    status: int, call: Call, provider: str, words: str, said: str, spent: str
) -> tuple[type[errors.ProviderError], str, str]:
    match status:
        case 401:
            return (
                errors.Unauthorised,
                f"{provider} does not accept this API key.{spent}",
                f"Copy the key from the account settings of {provider} and enter it again; a new key ends the old one.",
            )
        case 402:
            return (
                errors.PaymentRequired,
                f"There are not enough credits at {provider}.{said}{spent}",
                f"Add credits at {provider}, then send it again.",
            )
        case 403:
            return (
                errors.Forbidden,
                f"The plan of this {provider} account does not include this.{said}{spent}",
                f"Upgrade the plan at {provider}, or use the key of an account that has it.",
            )
        case 404 | 410:
            return _missing(call, provider, words, said, spent)
        case 409:
            return (
                errors.Conflict,
                f"{provider} is busy with something that excludes this.{said}{spent}",
                "Wait until that is done, then try again.",
            )
        case 412:
            return (
                errors.PreconditionFailed,
                f"Something has to be set up at {provider} first.{said}{spent}",
                f"Connect the accounts on {provider}'s Publishing page, then send it again.",
            )
        case 413:
            return (
                errors.TooLarge,
                f"{provider} refused the file: it is too large.{said}{spent}",
                "Make the file smaller, or cut it into parts, and drop it again.",
            )
        case 415:
            advice = "Convert it to MP4 and drop it again."
            if call.name.startswith("user_media"):
                advice = "Use an MP4 or MOV video, or a picture, and add it again."
            elif call.name.startswith("photos"):
                advice = "Use a JPEG or PNG picture, and add it again."
            return (
                errors.UnsupportedMedia,
                f"{provider} refused the file: format not supported.{spent}",
                advice,
            )
        case 405:
            return (
                errors.RouteNotFound,
                f"{provider} does not offer this call at its address.{said}{spent}",
                "Check the provider's address in the settings.",
            )
    return _invalid(status, provider, words, said, spent)


# What to do, by the provider's own words (001, error responses); the first that is found counts.
_TODO: Final = (
    ("not ready for export", "Wait until the project is transcribed, then export it again."),
    ("not ready yet", "Wait until the media library shows it as usable, then send it again."),
    ("must be exported", "Export the project first, then publish it."),
    ("social media", "Give a direct link to the video file; for a YouTube video make Magic Clips."),
    ("template name", "Choose a template from the list again: names count letter by letter, capitals too."),
)


def _invalid(
    status: int, provider: str, words: str, said: str, spent: str
) -> tuple[type[errors.ProviderError], str, str]:
    lowered = words.lower()
    if "cannot be combined with" in lowered or "cannot be used together" in lowered:
        return (
            errors.OptionsConflict,
            f"Some of the options exclude each other.{said}{spent}",
            "Keep one of them, clear the others, and send it again.",
        )
    if "credit" in lowered:
        # AI B-roll without credits comes as a validation error (001 Update Project).
        return (
            errors.PaymentRequired,
            f"There are not enough credits at {provider}.{said}{spent}",
            f"Add credits at {provider}, or leave out what costs them, then send it again.",
        )
    advice = next((text for mark, text in _TODO if mark in lowered), "Correct it as described and send it again.")
    return (
        errors.Invalid,
        f"{provider} refused the request.{said or f' It answered with {status}.'}{spent}",
        advice,
    )


def _missing(
    call: Call, provider: str, words: str, said: str, spent: str
) -> tuple[type[errors.ProviderError], str, str]:
    lowered = words.lower()
    if not words or "endpoint" in lowered or "route" in lowered:
        # An answer without the API's own words comes from something in front of it: no reason to call a project gone.
        return (
            errors.RouteNotFound,
            f"The address of {provider} does not lead to its API.{said}{spent}",
            "Check the provider's address in the settings.",
        )
    # Magic Hour's words for a missing project are "Not Found" and no more, Picovico's are not documented.
    if "project" in lowered or call.name.startswith(("video_projects.", "videos.")):
        return (
            errors.ProjectNotFound,
            f"{provider} does not know this project, or it belongs to another account.{spent}",
            "Check that the API key is of the account in which the project was made.",
        )
    return (
        errors.NotFound,
        f"{provider} did not find what the request names.{said}{spent}",
        "Choose another one and send it again.",
    )
