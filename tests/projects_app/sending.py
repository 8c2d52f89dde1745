"""An upload that is open and waits for its bytes, as the new-project form leaves it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from dashboard.models import Team, User
from projects_app.actions import projects
from projects_app.models import Kind, Source, Upload
from tests import factories

TUS = {"Tus-Resumable": "1.0.0"}


def open_upload(team: Team, by: User, size: int, *, filename: str = "talk.mp4", **fields: Any) -> Upload:
    _, upload = projects.create(
        team=team,
        by=by,
        api_key=fields.pop("api_key", None) or factories.key_of(team),
        kind=fields.pop("kind", Kind.MAGIC_CLIPS),
        source=Source.UPLOAD,
        title="A talk",
        language="en",
        options=fields.pop("options", {"minClipLength": 15, "maxClipLength": 60}),
        form_token=uuid.uuid4(),
        filename=filename,
        size=size,
    )
    assert upload is not None
    return upload


def address(upload: Upload) -> str:
    return reverse("projects:upload", kwargs={"team": upload.team.slug, "pk": upload.pk})


def patch(client: Client, upload: Upload, data: bytes, at: int = 0, **headers: str) -> HttpResponse:
    return client.patch(
        address(upload),
        data,
        content_type="application/offset+octet-stream",
        headers={**TUS, "Upload-Offset": str(at), **headers},
        CONTENT_TYPE="application/offset+octet-stream",  # the test client leaves it out with an empty body
    )


def head(client: Client, upload: Upload, **headers: str) -> HttpResponse:
    return client.head(address(upload), headers={**TUS, **headers})
