"""Projects that are really made: on the real service each of these uses credits and stays in the account."""

from __future__ import annotations

from typing import Any

import pytest

from providers import errors
from providers.submagic import (
    CreateMagicClips,
    CreateProject,
    ExportOptions,
    Project,
    ProjectStatus,
    PublishRequest,
    TikTok,
    UpdateProject,
    UploadBody,
    UploadMagicClips,
    UploadProject,
    is_ready,
)
from tests.live.shapes import unlike
from tests.live.target import PATIENCE, Target
from tests.providers.submagic.support import example

# One process for the folder: the sandbox's recogniser is loaded and its sample made once.
pytestmark = [pytest.mark.xdist_group("contract"), pytest.mark.timeout(2 * PATIENCE)]

LANGUAGE = "en"


def made(target: Target, **options: Any) -> Project:
    """A captions project by link, as far as it gets by itself; made once for each target and set of options."""
    created = target.client().create_project(
        CreateProject(title="Contract: captions", language=LANGUAGE, video_url=target.a_video_url(), **options)
    )
    assert created.known_status is ProjectStatus.PROCESSING
    return target.settle(target, created.id)


@pytest.mark.slow
def test_captions_by_link_are_transcribed_changed_and_exported(spender: Target) -> None:
    target = spender
    project = made(target, template_name="Hormozi 2", magic_zooms=False, dictionary=("Submagic",))
    assert not project.is_failed, project.failure_reason
    assert project.is_transcribed
    assert (project.template_name, project.magic_zooms) == ("Hormozi 2", False)
    assert len([word for word in project.words if word.text]) > 10
    assert all(word.start <= word.end for word in project.words)
    assert project.video_meta.duration and project.video_meta.duration > 5

    client = target.client()
    updated = client.update_project(project.id, UpdateProject(disable_captions=True))
    assert updated.id == project.id
    target.settle(target, project.id)

    exported = client.export_project(project.id, ExportOptions(fps=25))
    assert exported.id == project.id
    assert is_ready(target.settle(target, project.id))
    with pytest.raises(errors.Invalid):
        client.export_project(project.id, ExportOptions(fps=61))


def test_captions_by_upload_keep_what_was_set(starter: Target) -> None:
    spender, steps = starter, list[str]()
    request = UploadProject(
        title="Größe", language=LANGUAGE, dictionary=("Ångström",), magic_zooms=True, remove_silence_pace="fast"
    )
    created = spender.client().upload_project(request, spender.file(steps))
    assert steps == ["committing"]
    assert created.title == "Größe"
    project = spender.client().get_project(created.id)
    assert (project.magic_zooms, project.remove_silence_pace) == (True, "fast")


def test_project_that_is_not_done_can_be_neither_exported_nor_published(starter: Target) -> None:
    client, number = starter.client(), starter.unfinished()
    with pytest.raises(errors.Invalid):
        client.export_project(number)
    with pytest.raises(errors.Rejected):
        client.publish(number, PublishRequest(tiktok=TikTok(content="x")))


def check_clips(target: Target, project: Project) -> None:
    assert not project.is_failed, project.failure_reason
    assert is_ready(project) and project.has_clips
    wrong, _more = unlike([example("project_magic_clips")], project.raw)
    assert not wrong
    for clip in project.clips:
        assert clip.url and clip.duration
        assert clip.scores is not None and clip.scores.total is not None
        # A clip is a project of its own, by its own id.
        assert target.client().get_project(clip.id).id == clip.id


@pytest.mark.slow
def test_magic_clips_from_youtube(spender: Target) -> None:
    request = CreateMagicClips(
        title="Contract: clips",
        language=LANGUAGE,
        youtube_url=spender.a_youtube_url(),
        webhook_url=spender.hook_url,
    )
    check_clips(spender, spender.settle(spender, spender.client().create_magic_clips(request).id))


def test_magic_clips_by_upload(spender: Target) -> None:
    check_clips(spender, spender.clips())


def test_file_that_is_no_video_is_refused(spender: Target) -> None:
    body = UploadBody("talk.mp4", 600, "video/mp4", iter([b"hello " * 100]), lambda: None)
    with pytest.raises(errors.Rejected) as caught:
        spender.client().upload_magic_clips(UploadMagicClips(title="Contract: no video", language=LANGUAGE), body)
    assert isinstance(caught.value, errors.UnsupportedMedia | errors.Invalid)


def test_media_is_added_and_appears_in_the_list(spender: Target) -> None:
    client = spender.client()
    added = client.upload_user_media(spender.file())
    assert added.id
    spender.work()
    listed = {entry.id: entry for entry in client.user_media(limit=100).items}
    if not spender.is_live:  # the real one takes minutes, and sometimes for ever (contract, section 2)
        assert listed[added.id].type == "VIDEO"
