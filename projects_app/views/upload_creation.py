"""The tus extensions creation and creation-with-upload: any tus client can start a project with a file.

`Upload-Metadata` holds what the new-project form would: `filename` (its ending decides the type), and if wanted
`title`, `kind`, `language`, `api_key` and every option by its field's name there. What is left out is as in the form.
"""

from __future__ import annotations

import uuid
from pathlib import PurePath

from django.db import IntegrityError
from django.http import HttpResponse
from django.utils.translation import gettext as _

from dashboard import access
from dashboard.models import ApiKey, Role
from dashboard.requests import TeamRequest
from projects_app import tus
from projects_app.actions import projects, uploads
from projects_app.forms.projects import NewProjectForm
from projects_app.models import Kind, Source, Upload
from projects_app.tus import answer
from projects_app.upload_rows import upload_url
from projects_app.views.uploads import about, asked_method, protocol_refusal, take_body, tus_endpoint

METHODS = ("OPTIONS", "POST")


@tus_endpoint
@access.team_view(need=Role.EDITOR)
def upload_create(request: TeamRequest) -> HttpResponse:
    if refusal := protocol_refusal(request, asked_method(request), METHODS):
        return refusal
    size = tus.number(request.headers.get("Upload-Length"))
    if size is None:
        return answer(400, _("Upload-Length must be a number."))
    stated = request.headers.get("Upload-Metadata", "")
    try:
        metadata = tus.metadata(stated)
    except ValueError as error:
        return answer(400, f"Upload-Metadata: {error}")
    made = _create(request, size, stated, metadata)
    return made if isinstance(made, HttpResponse) else _created(request, made)


def _create(request: TeamRequest, size: int, stated: str, metadata: dict[str, str]) -> Upload | HttpResponse:
    keys = list(ApiKey.objects.for_team(request.team).usable())
    if not keys:
        return answer(409, _("The team has no API key that works. Ask an admin to enter one under Settings."))
    filename = metadata.get("filename") or metadata.get("name") or ""
    try:
        # Said with the protocol's statuses (413, 415), which the form would only put into words.
        uploads.check(kind=metadata.get("kind") or Kind.MAGIC_CLIPS, filename=filename, size=size)
    except uploads.Unacceptable as problem:
        return answer(problem.status, f"{problem.message} {problem.advice}")
    except ValueError:
        return answer(400, _("The kind is neither magic_clips nor captions."))
    form = NewProjectForm(_data(size, filename, metadata), keys=keys)
    if not form.is_valid():
        said = "; ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
        return answer(422, said)
    try:
        project, upload = projects.create(
            team=request.team,
            by=request.user,
            api_key=form.cleaned_data["api_key"],
            kind=Kind(form.cleaned_data["kind"]),
            source=Source.UPLOAD,
            title=form.cleaned_data["title"],
            language=form.cleaned_data["language"],
            options=form.options,
            form_token=form.cleaned_data["form_token"],
            filename=filename,
            size=size,
            fingerprint=form.fingerprint,
            metadata=stated,
            digest=form.cleaned_data["digest"],
        )
    except uploads.Unacceptable as problem:
        return answer(problem.status, f"{problem.message} {problem.advice}")
    except IntegrityError:
        return answer(409, _("This form_token was used before."))
    assert upload is not None
    return upload


def _data(size: int, filename: str, metadata: dict[str, str]) -> dict[str, str]:
    usual = {
        "title": PurePath(uploads.display_name(filename)).stem[:100],
        "kind": str(Kind.MAGIC_CLIPS),
        "language": "en",
        "form_token": str(uuid.uuid4()),
    }
    return usual | metadata | {"source": str(Source.UPLOAD), "filename": filename, "size": str(size)}


def _created(request: TeamRequest, upload: Upload) -> HttpResponse:
    """201 with the address. With a body (creation-with-upload) its bytes are the first ones."""
    where = request.build_absolute_uri(upload_url(upload))
    offset: int | HttpResponse = 0
    if (request.content_type or "").lower() == tus.BODY_TYPE:
        offset = take_body(request, upload, 0)
        if isinstance(offset, HttpResponse):
            # The upload exists all the same; a client that is told where can go on with it.
            offset.headers["Location"] = where
            return offset
    return answer(201, Location=where, Upload_Offset=offset, **about(upload))
