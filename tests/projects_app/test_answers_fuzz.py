"""Answers about projects, mutated from the documents' examples: taken over whole or not at all, no page breaks, and the
next good answer puts everything right.

(design: reliability, T12 and R11.) The cells "reconcile poll × bad JSON" and their kind; see test_sends_fuzz.py for
what is sent.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.models import ApiKey, Team, UpstreamCall, User
from projects_app.actions import look_results, looks
from projects_app.models import Clip, Export, Project, Transcript
from providers import reading
from providers.errors import BadAnswer
from providers.submagic import Project as Seen
from tests import factories
from tests.odd_json import FEW, HTML, odd_bytes, written
from tests.projects_app.scripted import Scripted
from tests.providers.submagic.support import example as documented
from tests.rows import WORK, Rows, rows, undone

LONG = (pytest.mark.slow, pytest.mark.once)
ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"
PATH = f"/v1/projects/{ID}"
# Zones at both edges of the day: a time that only just fits into a calendar does not in all of them.
ZONES = ("", "Pacific/Kiritimati", "Pacific/Pago_Pago")
# Not 401 and 429: after these nothing is asked for a while (they have tests of their own).
STATUSES = (200,) * 14 + (201, 204, 206, 301, 304, 400, 403, 404, 409, 418, 500, 502, 503)
LOOKED_AT = WORK | {"seen_at", "look_problem", "missing_since"}
# Times of ours that depend on when a case runs, and what people own.
TIMES = LOOKED_AT | {"finished_at", "moved_at", "transcribed_at", "updated_at", "created_at", "id"}
DOCUMENTS = {
    "captions": ("captions", "project_completed"),
    "clips": ("magic_clips", "project_magic_clips"),
    "failed": ("captions", "project_failed"),
    "transcribing": ("magic_clips", "project_transcribing"),
}


def document(name: str, **more: Any) -> dict[str, Any]:
    """An example of the documents, of our project; without an age, so that each case meets a young one."""
    found: dict[str, Any] = {**documented(name), "id": ID} | more
    found["words"] = found.get("words", [])[:12]
    return found


def content() -> Rows:
    """All that is known about projects."""
    return rows(Project, Clip, Transcript, Export, UpstreamCall, without=LOOKED_AT)


def understood(status: int, body: bytes) -> Seen | None:
    """The answer as it should be taken over; None when nothing of it may be."""
    if not 200 <= status < 300:
        return None
    try:
        seen = Seen.from_json(reading.load(body))
    except BadAnswer:
        return None
    return seen if seen.id.lower() == ID else None


def is_whole(job: Project, seen: Seen) -> None:
    """Everything that the answer says is in the rows."""
    assert job.upstream_status == seen.status[:60]
    found = {clip.upstream_id: clip for clip in job.clips.all()}
    for position, each in enumerate(seen.clips):
        clip = found[each.id]
        if position == max(at for at, other in enumerate(seen.clips) if other.id == each.id):
            assert (clip.position, clip.upstream_status) == (position, each.status[:60])
            assert each.duration is None or clip.duration == each.duration
            assert each.scores is None or clip.virality_total == each.scores.total
    if seen.words:
        words = Transcript.objects.get(project=job, clip=None).words
        assert [word["text"] for word in words] == [word.text for word in seen.words]


def pages(client: Client, job: Project, turn: int | None = None) -> None:
    """Everything that shows the project, its clips and its words; with a `turn` a third of it, each time another."""
    team, clips = job.team.slug, list(job.clips.all()[:3])
    of_job = ("project-detail", "project-status", "project-exports", "transcript-detail", "project-edit")
    asked = [reverse(f"projects:{name}", args=[team, job.pk]) for name in of_job]
    asked += [reverse(f"projects:{name}", args=[team]) for name in ("project-list", "clip-list", "home-panel")]
    asked.append(reverse("projects:transcript-list", args=[team]) + "?q=do")
    asked += [f"{reverse('projects:clip-list', args=[team])}?sort={sort}" for sort in ("score", "length")]
    for clip in clips:
        asked += [reverse(f"projects:{name}", args=[team, clip.pk]) for name in ("clip-detail", "clip-transcript")]
    # 404: without words there is no file.
    files = [reverse("projects:transcript-file", args=[team, job.pk, ending]) for ending in ("txt", "srt", "vtt")]
    shown = [*asked, *files]
    for path in shown if turn is None else shown[turn % 3 :: 3]:
        status = client.get(path).status_code
        assert status < 400 or path in files and status == 404, path  # 286: nothing more to poll for


@pytest.fixture
def looker(alice: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(alice)


def make_job(team: Team, key: ApiKey, kind: str) -> Project:
    return factories.make_project(
        team, api_key=key, kind=kind, state="processing", upstream_id=ID, upstream_status="processing",
        transcription_status="", accepted_at=timezone.now(), duration=None, width=None, height=None,
    )  # fmt: skip


def answering(provider: Scripted, status: int, body: bytes, of_clips: bytes) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_ours = request.url.path.endswith(PATH)
        return httpx.Response(status if is_ours else 200, content=body if is_ours else of_clips)

    provider.otherwise = answer


def good(name: str) -> tuple[bytes, bytes]:
    """A good answer from now, and what is said of each clip (its id is put in where it is asked for)."""
    now = timezone.now().isoformat()
    return json.dumps(document(name, updatedAt=now)).encode(), b""


def healed(job: Project, name: str) -> dict[str, Any]:
    """What a good answer leaves behind, without times and without what an odd one had invented beside it."""
    ids = [clip["id"] for clip in document(name).get("magicClips", [])]
    kept = {
        "project": rows(Project, without=TIMES | {"upstream_updated_at"})["Project", job.pk],
        "words": [row.words for row in Transcript.objects.filter(project=job, clip=None)],
    }
    found = Clip.objects.filter(project=job, upstream_id__in=ids).order_by("position")
    hidden = TIMES | {"pk"}
    kept["clips"] = [{k: v for k, v in row.items() if k not in hidden} for row in found.values()]
    if not document(name)["words"]:
        del kept["words"]  # an answer without words takes none away
    return kept


def look_good(provider: Scripted, job: Project, name: str) -> dict[str, Any]:
    cache.clear()
    body, of_clips = good(name)
    answering(provider, 200, body, of_clips)
    assert looks.look(job.pk, force=True)
    job.refresh_from_db()
    return healed(job, name)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("which", DOCUMENTS)
@pytest.mark.parametrize("cases", [20, pytest.param(250, marks=LONG)])
def test_reconcile_poll_with_bad_json_applies_all_or_nothing_and_the_next_good_answer_heals(
    provider: Scripted, team: Team, api_key: ApiKey, alice: User, looker: Client, which: str, cases: int
) -> None:
    kind, name = DOCUMENTS[which]
    job = make_job(team, api_key, kind)
    with undone():
        expected = look_good(provider, job, name)
    turns = itertools.count()

    def run(asked: tuple[int, bytes, bytes, str]) -> None:
        status, body, of_clips, zone = asked
        cache.clear()
        with undone():
            User.objects.filter(pk=alice.pk).update(timezone=zone)
            mine = Project.objects.get(pk=job.pk)
            before, seen = content(), understood(status, body)
            answering(provider, status, body, of_clips)
            answered = looks.look(mine.pk)
            mine.refresh_from_db()
            if seen is None:
                assert content() == before
                assert mine.look_problem and mine.next_look_at
            elif seen.updated_at is None and look_results.RANK.get(seen.known_status, 1) < 1:  # type: ignore[arg-type]
                assert content() == before  # older than what is known
            else:
                assert answered, mine.look_problem
                is_whole(mine, seen)
            pages(looker, mine, next(turns))
            assert look_good(provider, mine, name) == expected

    odd = st.tuples(
        st.sampled_from(STATUSES),
        odd_bytes(document(name)),
        odd_bytes(document("project_completed", id="5c26f199-08dd-4fab-911f-5378c23cc103")),
        st.sampled_from(ZONES),
    )
    settings(max_examples=cases, **FEW)(given(odd)(run))()


# --- Single answers that once did harm, or that are too large to draw ------------------------------------------------


def captions(**more: Any) -> bytes:
    return written(document("project_completed", **more))


SINGLE = {
    "over 32 MiB": captions(description="x" * (33 << 20)),
    "HTML": HTML,
    "bad UTF-8": b'{"id": "%s", "status": "completed\xff"}' % ID.encode(),
    "a number of a thousand digits": captions(videoMetaData={"fps": 10**1000, "duration": -(10**1000)}),
    "a clip whose id is a path": written(
        document("project_magic_clips", magicClips=[{"id": "..", "status": "completed"}])
    ),
    "the date of another calendar": captions(updatedAt="2569-11-27T10:00:00Z", status="processing", directUrl=None),
    "the last second of the calendar": captions(updatedAt="9999-12-31T23:59:59Z", createdAt="9999-12-31T23:59:59Z"),
    "the first second of the calendar": captions(updatedAt="0001-01-01T00:00:00Z"),
    "a negative length": captions(videoMetaData={"duration": -12.5}),
    "an address that is none": captions(directUrl="http://["),
}


@pytest.mark.parametrize("body", SINGLE.values(), ids=SINGLE.keys())
@pytest.mark.parametrize("zone", ZONES)
def test_reconcile_poll_with_a_single_bad_answer_breaks_no_page_and_heals(
    provider: Scripted, team: Team, api_key: ApiKey, alice: User, looker: Client, body: bytes, zone: str
) -> None:
    which = "project_magic_clips" if b"magicClips" in body[:4000] else "project_completed"
    job = make_job(team, api_key, "magic_clips" if which == "project_magic_clips" else "captions")
    User.objects.filter(pk=alice.pk).update(timezone=zone)
    with undone():
        expected = look_good(provider, job, which)
    before, seen = content(), understood(200, body)
    answering(provider, 200, body, b"")
    assert looks.look(job.pk) == (seen is not None and len(body) < 32 << 20)
    if seen is None or len(body) > 32 << 20:
        assert content() == before
    job.refresh_from_db()
    pages(looker, job)
    assert look_good(provider, job, which) == expected
