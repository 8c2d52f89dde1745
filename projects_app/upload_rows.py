"""One upload as the tray reads it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from projects_app.models import Upload


def upload_url(upload: Upload) -> str:
    """Where its bytes go; the node is in the address so that a proxy in front of several can route by it."""
    address = reverse("projects:upload", kwargs={"team": upload.team.slug, "pk": upload.pk})
    return f"{address}?node={upload.node}"


def row(upload: Upload) -> dict[str, Any]:
    """Sizes in bytes. `relayed` counts from 0 again with each attempt and is null before the first."""
    return {
        "id": str(upload.pk),
        "title": upload.project.title,
        "filename": upload.filename,
        "size": upload.size,
        "offset": upload.offset,
        "relayed": upload.relayed if upload.relay_started_at else None,
        "state": upload.state,
        "projectState": upload.project.state,
        "problem": upload.problem,
        "advice": upload.advice,
        "fingerprint": upload.fingerprint,
        "uploadUrl": upload_url(upload),
        "projectUrl": reverse("projects:project-detail", kwargs={"team": upload.team.slug, "pk": upload.project_id}),
    }
