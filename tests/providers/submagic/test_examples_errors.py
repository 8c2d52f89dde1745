"""Every documented error: its class, the provider's words, field by field, the time to wait, and what to do."""

from __future__ import annotations

import pytest

from providers import errors
from tests.providers.submagic.calls import READS, fails
from tests.providers.submagic.examples import INDEX, Example, each
from tests.providers.submagic.support import answering

KINDS: dict[int, type[errors.ProviderError]] = {
    400: errors.Invalid,
    401: errors.Unauthorised,
    402: errors.PaymentRequired,
    403: errors.Forbidden,
    404: errors.ProjectNotFound,
    412: errors.PreconditionFailed,
    413: errors.TooLarge,
    415: errors.UnsupportedMedia,
    429: errors.RateLimited,
}


def expected(example: Example) -> type[errors.ProviderError]:
    if example.status == 500:
        return errors.UpstreamFault if example.method in READS else errors.UnknownOutcome
    if "cannot be combined" in example.data["message"]:
        return errors.OptionsConflict
    return KINDS[example.status]


@each("error")
def test_error(example: Example) -> None:
    body = example.data
    error = fails(example.method, answering(example.status, body, {"x-request-id": "req-7"}))
    assert type(error) is expected(example)
    assert (error.status, error.code, error.upstream_message) == (example.status, body["error"], body["message"])
    assert error.request_id == "req-7" and "req-7" in str(error)
    printed = body.get("details") or []
    assert [(d.field, d.message, d.value) for d in error.details] == [
        (given["field"], given["message"], given["value"] or "") for given in printed
    ]
    # What a person reads: what happened, whether something was spent, what to do.
    assert error.message.startswith(("Submagic", "There are", "The plan", "Some", "It is not known"))
    assert error.advice.endswith(".") and len(error.advice) > 20
    assert all(given["message"] in error.message for given in printed)
    if isinstance(error, errors.Rejected):
        assert ("Nothing was spent." in error.message) == (example.method not in READS)
        assert error.permanent != isinstance(error, errors.RateLimited)
    if isinstance(error, errors.RateLimited):
        assert (error.wait_seconds, error.stated) == (body["retryAfter"], True)
        assert f"{body['retryAfter']} seconds" in error.message
    if isinstance(error, errors.UnknownOutcome):
        assert "Do not send it again" in error.advice and error.sample


def test_every_class_of_documented_error_was_met() -> None:
    assert {expected(example) for example in INDEX if example.kind == "error"} == {
        *KINDS.values(),
        errors.OptionsConflict,
        errors.UpstreamFault,
        errors.UnknownOutcome,
    }


@pytest.mark.parametrize(
    ("file", "advice"),
    [
        ("create_project.400.presetid_cannot_be_combined_with", "Keep one of them"),
        ("create_project.400.urls_from_social_media_platforms", "Magic Clips"),
        ("create_project.400.invalid_template_name", "from the list again"),
        ("create_user_media.400.the_following_media_is_not_ready", "media library shows it as usable"),
        ("export_project.400.project_not_ready_for_export", "transcribed"),
        ("publish.400", "Export the project first"),
        ("publish.402", "Add credits"),
        ("publish.403", "Upgrade the plan"),
        ("publish.412", "Publishing page"),
        ("upload_project.413", "smaller"),
        ("upload_project.415", "Convert it to MP4"),
        ("upload_user_media.415", "or a picture"),
        ("update_project.404", "account in which the project was made"),
        ("languages.401", "Copy the key"),
        ("languages.429", "goes on by itself"),
    ],
)
def test_advice_fits_the_problem(file: str, advice: str) -> None:
    example = next(example for example in INDEX if example.file == f"errors/{file}.json")
    assert advice in fails(example.method, answering(example.status, example.data)).advice
