from __future__ import annotations

from django.urls import URLPattern, path

from projects_app.views import (
    archive,
    clip_projects,
    clips,
    edits,
    exports,
    home,
    media,
    media_steps,
    presets,
    project_delete,
    project_import,
    project_list,
    project_new,
    project_steps,
    projects,
    shown_requests,
    signed_messages,
    slideshow_edit,
    slideshows,
    transcripts,
    upload_creation,
    uploads,
    webhook_inbox,
    webhooks,
)

app_name = "projects"
urlpatterns: list[URLPattern] = []

# --- Clips and transcripts: /t/<team>/clips/ …, /t/<team>/transcripts/ …, …/transcript/ --------------
urlpatterns += [
    path("t/<slug:team>/clips/", clips.clip_list, name="clip-list"),
    path("t/<slug:team>/clips/decide/", clips.clip_decide_many, name="clip-decide-many"),
    path("t/<slug:team>/clips/<uuid:pk>/", clips.clip_detail, name="clip-detail"),
    path("t/<slug:team>/clips/<uuid:pk>/decide/", clips.clip_decide, name="clip-decide"),
    path("t/<slug:team>/clips/<uuid:pk>/open/", clip_projects.clip_open, name="clip-open"),
    path("t/<slug:team>/clips/<uuid:pk>/video/", clips.clip_video, name="clip-video"),
    path("t/<slug:team>/projects/<uuid:pk>/video/", transcripts.project_video, name="project-video"),
    path("t/<slug:team>/clips/<uuid:pk>/transcript/", transcripts.clip_transcript, name="clip-transcript"),
    path(
        "t/<slug:team>/clips/<uuid:pk>/transcript/<slug:ending>/",
        transcripts.clip_transcript_file,
        name="clip-transcript-file",
    ),
    path("t/<slug:team>/projects/<uuid:pk>/transcript/", transcripts.transcript_detail, name="transcript-detail"),
    path(
        "t/<slug:team>/projects/<uuid:pk>/transcript/<slug:ending>/",
        transcripts.transcript_file,
        name="transcript-file",
    ),
    path("t/<slug:team>/transcripts/", transcripts.transcript_list, name="transcript-list"),
]

# --- Uploads: /t/<team>/uploads/ … -----------------------------------------------------------------
urlpatterns += [
    path("t/<slug:team>/uploads/", upload_creation.upload_create, name="upload-create"),
    path("t/<slug:team>/uploads/status/", uploads.upload_status, name="upload-status"),
    path("t/<slug:team>/uploads/<uuid:pk>/", uploads.upload, name="upload"),
]

# --- Projects and webhooks: /t/<team>/projects/ …, /h/<token> ----------------------------------------
urlpatterns += [
    path("t/<slug:team>/projects/", project_list.project_list, name="project-list"),
    path("t/<slug:team>/projects/new/", project_new.project_new, name="project-new"),
    path("t/<slug:team>/projects/new/check/", project_new.project_new_check, name="project-new-check"),
    path("t/<slug:team>/projects/import/", project_import.project_import, name="project-import"),
    path("t/<slug:team>/projects/picovico/", slideshows.slideshow_list, name="slideshow-list"),
    path("t/<slug:team>/projects/picovico/take-up/", slideshows.slideshow_take_up, name="slideshow-take-up"),
    path("t/<slug:team>/projects/picovico/new/", slideshows.slideshow_new, name="slideshow-new"),
    path("t/<slug:team>/projects/picovico/open/", slideshows.slideshow_open, name="slideshow-open"),
    path("t/<slug:team>/projects/<uuid:pk>/slideshow/", slideshow_edit.slideshow_edit, name="slideshow-edit"),
    path(
        "t/<slug:team>/projects/<uuid:pk>/slideshow/decide/",
        slideshow_edit.slideshow_decide,
        name="slideshow-decide",
    ),
    path("t/<slug:team>/projects/<uuid:pk>/", projects.project_detail, name="project-detail"),
    path("t/<slug:team>/projects/<uuid:pk>/status/", projects.project_status, name="project-status"),
    path("t/<slug:team>/projects/<uuid:pk>/check/", project_steps.project_check, name="project-check"),
    path("t/<slug:team>/projects/<uuid:pk>/claim/", project_steps.project_claim, name="project-claim"),
    path("t/<slug:team>/projects/<uuid:pk>/again/", project_steps.project_send_again, name="project-send-again"),
    path("t/<slug:team>/projects/<uuid:pk>/give-up/", project_steps.project_give_up, name="project-give-up"),
    path("t/<slug:team>/projects/<uuid:pk>/delete/", project_delete.project_delete, name="project-delete"),
    path("t/<slug:team>/projects/<uuid:pk>/export/", project_steps.project_export, name="project-export"),
    path("t/<slug:team>/projects/<uuid:pk>/exports/", exports.project_exports, name="project-exports"),
    path(
        "t/<slug:team>/projects/<uuid:pk>/exports/request/",
        shown_requests.export_request,
        name="project-export-request",
    ),
    path("t/<slug:team>/exports/<uuid:pk>/video/", exports.export_video, name="export-video"),
    path("t/<slug:team>/exports/<uuid:pk>/decide/", exports.export_decide, name="export-decide"),
    path("t/<slug:team>/projects/<uuid:pk>/edit/", edits.project_edit, name="project-edit"),
    path("t/<slug:team>/projects/<uuid:pk>/edit/check/", edits.project_edit_check, name="project-edit-check"),
    path("t/<slug:team>/projects/<uuid:pk>/edit/decide/", edits.project_edit_decide, name="project-edit-decide"),
    path("h/<str:token>", webhooks.webhook, name="webhook"),
    path("h/key/<str:token>", signed_messages.signed_message, name="signed-message"),
]

# --- The inbox of webhooks: /t/<team>/settings/webhooks/ … --------------------------------------------
urlpatterns += [
    path("t/<slug:team>/settings/webhooks/", webhook_inbox.webhook_list, name="webhook-list"),
    path("t/<slug:team>/settings/webhooks/close/", webhook_inbox.webhook_close_all, name="webhook-close-all"),
    path("t/<slug:team>/settings/webhooks/<uuid:pk>/", webhook_inbox.webhook_detail, name="webhook-detail"),
    path("t/<slug:team>/settings/webhooks/<uuid:pk>/body/", webhook_inbox.webhook_body, name="webhook-body"),
    path("t/<slug:team>/settings/webhooks/<uuid:pk>/again/", webhook_inbox.webhook_again, name="webhook-again"),
]

# --- The media library: /t/<team>/media/ … ------------------------------------------------------------
urlpatterns += [
    path("t/<slug:team>/media/", media.media_list, name="media-list"),
    path("t/<slug:team>/media/add/", media_steps.media_add, name="media-add"),
    path("t/<slug:team>/media/add/request/", shown_requests.media_request, name="media-add-request"),
    path("t/<slug:team>/media/upload/", media_steps.media_upload, name="media-upload"),
    path("t/<slug:team>/media/check/", media_steps.media_check, name="media-check"),
    path("t/<slug:team>/media/<uuid:pk>/", media.media_detail, name="media-detail"),
    path("t/<slug:team>/media/<uuid:pk>/cancel/", media_steps.media_cancel, name="media-cancel"),
    path("t/<slug:team>/media/<uuid:pk>/remove/", media_steps.media_remove, name="media-remove"),
    path("t/<slug:team>/media/<uuid:pk>/claim/", media_steps.media_claim, name="media-claim"),
    path("t/<slug:team>/media/<uuid:pk>/again/", media_steps.media_send_again, name="media-send-again"),
    path("t/<slug:team>/media/<uuid:pk>/give-up/", media_steps.media_give_up, name="media-give-up"),
]

# --- The home page's panel --------------------------------------------------------------------------
urlpatterns += [path("t/<slug:team>/home/projects/", home.home_panel, name="home-panel")]

# --- The archive: /t/<team>/archive/ … ----------------------------------------------------------------
urlpatterns += [
    path("t/<slug:team>/archive/", archive.archive_list, name="archive-list"),
    path("t/<slug:team>/archive/<uuid:pk>/remove/", archive.archive_remove, name="archive-remove"),
    path("t/<slug:team>/archive/<uuid:pk>/file/", archive.archive_file, name="archive-file"),
    path("t/<slug:team>/clips/<uuid:pk>/keep/", archive.clip_keep, name="clip-keep"),
    path("t/<slug:team>/exports/<uuid:pk>/keep/", archive.export_keep, name="export-keep"),
]

# --- Presets: /t/<team>/settings/presets/, /t/<team>/presets/ … --------------------------------------
urlpatterns += [
    path("t/<slug:team>/settings/presets/", presets.preset_list, name="preset-list"),
    path("t/<slug:team>/presets/save/", presets.preset_save, name="preset-save"),
    path("t/<slug:team>/presets/<uuid:pk>/rename/", presets.preset_rename, name="preset-rename"),
    path("t/<slug:team>/presets/<uuid:pk>/delete/", presets.preset_delete, name="preset-delete"),
    path("t/<slug:team>/projects/<uuid:pk>/preset/", presets.preset_from_project, name="preset-from-project"),
]
