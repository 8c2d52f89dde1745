"""Registrations of this app with the floors below it, made once at start."""

from __future__ import annotations


def connect() -> None:
    _uploads()
    _projects()
    _media()
    _archive()
    _restores()
    _known()
    _health()


def _uploads() -> None:
    """An upload's relay runs on the node whose spool holds the bytes."""
    from django.conf import settings
    from django.db.models import Q

    from dashboard import leases
    from projects_app import tasks
    from projects_app.actions import pace
    from projects_app.models import Upload

    leases.register(Upload, lambda pk: tasks.relay_on(settings.NODE, pk), lambda: Q(node=settings.NODE))
    pace.connect(tasks.relay_on)


def _projects() -> None:
    """Looks at projects, messages of the provider, and the calls that are sent as JSON."""
    from django.db.models import Q

    from dashboard import leases, needs, senders
    from projects_app import needs as projects
    from projects_app import tasks
    from projects_app.actions import waking
    from projects_app.models import Project, WebhookEvent

    needs.register(projects.of_team)
    waking.connect(call=tasks.send_call, project=tasks.look_project_now, webhooks=tasks.handle_webhooks)
    leases.register(Project, tasks.look_project, lambda: ~Q(upstream_id=""))
    leases.register(WebhookEvent, tasks.handle_webhook)
    # Of the uploads' calls only those of unknown outcome come here: the relay drives the others.
    uploads = ("upload_project", "upload_magic_clips")
    for operation in ("create_project", "create_magic_clips", "export", "update", "render_slideshow", *uploads):
        senders.register(operation, tasks.send_call)


def _media() -> None:
    """Entries of the media library: their files on the node that has them, their readiness anywhere."""
    from django.conf import settings
    from django.db.models import Q

    from dashboard import leases, senders
    from projects_app import tasks
    from projects_app.actions import waking
    from projects_app.actions.media import CREATE, UPLOAD
    from projects_app.models import Media, MediaState

    waking.connect(
        media_call=tasks.send_media_call,
        media_file=tasks.media_at_home,
        library=tasks.sync_media,
    )
    with_file = Q(pruned_at=None) & ~Q(node="")
    leases.register(Media, lambda pk: tasks.media_on(settings.NODE, pk), lambda: with_file & Q(node=settings.NODE))
    leases.register(Media, tasks.look_media, lambda: Q(state=MediaState.WAITING) & ~with_file)
    for operation in (CREATE, UPLOAD):
        senders.register(operation, tasks.send_media_call)


def _archive() -> None:
    """A copy is made by the node that began with it, whose disk has the part; which one begins does not matter."""
    from django.conf import settings
    from django.db.models import Q

    from dashboard import leases
    from projects_app import tasks
    from projects_app.actions import waking
    from projects_app.models import ArchivedVideo
    from projects_app.models.archived_video import TO_COPY

    waking.connect(archive=tasks.copy_to_archive)
    leases.register(ArchivedVideo, tasks.copy_to_archive, lambda: Q(node__in=("", settings.NODE)) & TO_COPY)


def _restores() -> None:
    """Files that were kept waiting while a restored backup held the team are handed over at once."""
    from dashboard.actions import restores
    from projects_app.actions import mending, waking

    restores.register(waking.held_files)
    restores.register_teller(mending.mend)


def _known() -> None:
    """A replaced key is tried on projects of the old one."""
    from dashboard import known
    from dashboard.models import ApiKey
    from projects_app.actions import gone
    from projects_app.models import Project

    def seen(key: ApiKey) -> list[known.Known]:
        return [known.Known(row.upstream_id, row.title) for row in Project.objects.seen_lately(key)]

    known.register(seen, again=gone.look_again_for_the_missing)


def _health() -> None:
    """Where the bytes of uploads lie."""
    from dashboard import doctor as desk
    from dashboard import readiness
    from projects_app import archive_doctor, doctor

    readiness.register("spool", doctor.ready)
    # Found out from the database's settings and its file: it need not answer.
    desk.register(desk.Group.DESK, doctor.look, needs_database=lambda: False)
    desk.register(desk.Group.DESK, archive_doctor.look)
