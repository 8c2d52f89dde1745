from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import ApiKey, CallState, Team, UpstreamCall, User
from projects_app.models import Project, ProjectState
from tests import factories
from tests.projects_app.default_buttons import default_button

SignIn = Callable[[User], Client]
VIDEO = "https://d1.cloudfront.net/v.mp4"
AI_ROW = {"item-0-type": "ai-broll", "item-0-start": "0:01", "item-0-end": "0:05", "item-0-layout": "cover"}


def page_of(made: Project, name: str = "project-edit") -> str:
    return reverse(f"projects:{name}", args=[made.team.slug, made.pk])


@pytest.fixture
def editor(bob: User, client_of: SignIn, sandbox: Any) -> Client:
    return client_of(bob)


@pytest.fixture
def made(team: Team, api_key: ApiKey) -> Project:
    made = factories.make_project(
        team,
        kind="captions",
        direct_url=VIDEO,
        api_key=api_key,
        options={"removeSilencePace": "natural", "hookTitle": True, "templateName": "Sara"},
    )
    factories.make_transcript(made, "Do you mind if we film the harbour?")
    return made


def fields(**more: Any) -> dict[str, Any]:
    """The form as it begins for `made`, and what is changed in it."""
    return {"form_token": str(uuid.uuid4()), "silence_pace": "natural", "hook_title": "ai", "music_fade": "on", **more}


def in_state(made: Project, state: str, **more: Any) -> UpstreamCall:
    body = more.pop("body", {"removeSilencePace": "fast"})
    return factories.make_call(
        made.team, operation="update", target_id=made.pk, state=state, body=body, sent_at=timezone.now(), **more
    )


# --- The form -----------------------------------------------------------------------------------------------------


def test_it_begins_with_what_was_last_sent(editor: Client, made: Project) -> None:
    page = editor.get(page_of(made))
    form = page.context["form"]
    assert (form["silence_pace"].value(), form["hook_title"].value()) == ("natural", "ai")
    text = page.content.decode()
    assert "pauses: natural" in text.lower()
    assert "Leave as it is" in text
    assert "Remove it" in text
    assert page.context["words"][0] == {"text": "Do", "type": "word", "start": 0.0, "end": 0.4}
    assert 'name="template"' not in text  # what this endpoint does not take is not offered


@pytest.mark.parametrize(
    ("changed", "body"),
    [
        ({"silence_pace": "fast"}, {"removeSilencePace": "fast"}),
        ({"hook_title": "off"}, {"hookTitle": False}),
        (
            {"hook_title": "own", "hook_text": "Hello", "hook_top": "40"},
            {"hookTitle": {"text": "Hello", "top": 40}},
        ),
        ({"bad_takes": "on", "disable_captions": "off"}, {"removeBadTakes": True, "disableCaptions": False}),
        (
            {**AI_ROW, "item-0-prompt": "A harbour at dawn"},
            {
                "items": [
                    {
                        "type": "ai-broll",
                        "startTime": 1.0,
                        "endTime": 5.0,
                        "prompt": "A harbour at dawn",
                        "layout": "cover",
                    }
                ]
            },
        ),
    ],
)
def test_only_the_difference_is_sent(
    editor: Client, made: Project, changed: dict[str, str], body: dict[str, Any]
) -> None:
    assert editor.post(page_of(made), fields(**changed)).status_code == 302
    call = UpstreamCall.objects.get()
    assert (call.operation, call.body) == ("update", body)


def test_music_comes_from_the_library(editor: Client, made: Project) -> None:
    song = factories.make_media(made.team, api_key=made.api_key, type="AUDIO")
    editor.post(page_of(made), fields(music_media=song.upstream_id, music_volume="25", music_start="0:10"))
    assert UpstreamCall.objects.get().body == {
        "music": {"userMediaId": song.upstream_id, "volume": 25, "startFromTime": 10.0, "fade": True}
    }


def test_no_difference_is_nothing_to_send(editor: Client, made: Project) -> None:
    page = editor.post(page_of(made), fields())
    assert page.status_code == 422
    assert "nothing to send" in page.content.decode()
    assert not UpstreamCall.objects.exists()


def test_mistakes_keep_every_value(editor: Client, made: Project) -> None:
    page = editor.post(page_of(made), fields(hook_title="own", hook_text="", hook_top="99", silence_pace="fast"))
    assert page.status_code == 422
    assert {"hook_text", "hook_top"} <= set(page.context["form"].errors)
    assert page.context["form"]["silence_pace"].value() == "fast"
    assert "open" in page.content.decode().split('id="group-hook_title"')[1][:80]


def test_broll_beyond_the_end_is_told_before(editor: Client, made: Project) -> None:
    row = AI_ROW | {"item-0-prompt": "x", "item-0-start": "1:01", "item-0-end": "1:05"}
    page = editor.post(page_of(made), fields(**row))
    assert page.status_code == 422
    assert "The video ends at" in page.content.decode()


def test_the_same_form_twice_is_one_change(editor: Client, made: Project) -> None:
    form = fields(silence_pace="fast")
    for _ in range(2):
        editor.post(page_of(made), form)
    assert UpstreamCall.objects.count() == 1


# --- B-roll and music that are there already -----------------------------------------------------------------------

AI = {"type": "ai-broll", "startTime": 1, "endTime": 5, "prompt": "Dawn", "layout": "cover"}
ROW = AI_ROW | {"item-0-prompt": "Dawn"}


def having(made: Project, **options: Any) -> Project:
    made.options |= options
    made.save()
    return made


def test_the_last_broll_cannot_be_taken_away_and_the_page_says_so(editor: Client, made: Project) -> None:
    having(made, items=[AI])
    for name in ("project-edit", "project-edit-check"):
        page = editor.post(page_of(made, name), fields(silence_pace="fast"))
        assert "Submagic cannot take away the last B-roll" in page.content.decode()
        assert [row.prompt for row in page.context["form"].item_rows] == ["Dawn"]
    assert not UpstreamCall.objects.exists()
    # As the page shows it now, the rest of the change goes.
    assert editor.post(page_of(made), fields(silence_pace="fast", **ROW)).status_code == 302
    assert UpstreamCall.objects.get().body == {"removeSilencePace": "fast"}


def test_one_of_two_pieces_of_broll_can_be_left_out(editor: Client, made: Project) -> None:
    having(made, items=[AI, AI | {"startTime": 6, "endTime": 8}])
    assert editor.post(page_of(made), fields(**ROW)).status_code == 302
    assert UpstreamCall.objects.get().body == {"items": [AI]}


def test_what_was_sent_before_does_not_block_another_change(editor: Client, made: Project) -> None:
    """Its media is gone, and it ends after a video that was cut since."""
    gone = {"type": "user-media", "startTime": 2, "endTime": 900, "userMediaId": "gone", "layout": "cover"}
    having(made, items=[gone], music={"userMediaId": "lost", "volume": 20, "fade": True})
    rows = {"item-0-type": "user-media", "item-0-start": "2", "item-0-end": "15:00", "item-0-media": "gone"}
    rows |= {"item-0-layout": "cover", "music_media": "lost", "music_volume": "20"}
    check = editor.post(page_of(made, "project-edit-check"), fields(silence_pace="fast", **rows))
    text = check.content.decode()
    assert "Ready to send" in text
    assert text.count("is not sent again, so the change can go") == 3
    assert editor.post(page_of(made), fields(silence_pace="fast", **rows)).status_code == 302
    assert UpstreamCall.objects.get().body == {"removeSilencePace": "fast"}


@pytest.mark.parametrize("touched", [{"item-0-end": "14:59"}, {"music_volume": "21"}])
def test_what_was_touched_is_checked_again(editor: Client, made: Project, touched: dict[str, str]) -> None:
    gone = {"type": "user-media", "startTime": 2, "endTime": 900, "userMediaId": "gone", "layout": "cover"}
    having(made, items=[gone], music={"userMediaId": "lost", "volume": 20, "fade": True})
    rows = {"item-0-type": "user-media", "item-0-start": "2", "item-0-end": "15:00", "item-0-media": "gone"}
    rows |= {"item-0-layout": "cover", "music_media": "lost", "music_volume": "20"} | touched
    page = editor.post(page_of(made), fields(silence_pace="fast", **rows))
    assert page.status_code == 422
    assert "not in the media library of the chosen key" in page.content.decode()


def test_music_that_stays_although_none_is_chosen_is_told(editor: Client, made: Project) -> None:
    having(made, music={"userMediaId": "lost", "fade": True})
    page = editor.post(page_of(made, "project-edit-check"), fields(silence_pace="fast"))
    assert "Submagic cannot take music away again: what is there stays." in page.content.decode()


def test_twelve_seconds_that_were_sent_before_are_no_change(editor: Client, made: Project) -> None:
    having(made, items=[AI | {"startTime": 4.1, "endTime": 16.1}])
    page = editor.get(page_of(made))
    [row] = page.context["form"].item_rows
    sent = ROW | {"item-0-start": row.start, "item-0-end": row.end}
    assert editor.post(page_of(made), fields(silence_pace="fast", **sent)).status_code == 302
    assert UpstreamCall.objects.get().body == {"removeSilencePace": "fast"}


# --- The dry run --------------------------------------------------------------------------------------------------


def test_a_check_shows_the_request_and_sends_nothing(editor: Client, made: Project) -> None:
    row = AI_ROW | {"item-0-prompt": "A harbour at dawn"}
    for headers in ({}, {"HX-Request": "true"}):
        page = editor.post(page_of(made, "project-edit-check"), fields(silence_pace="fast", **row), headers=headers)
        text = page.content.decode()
        assert "Ready to send" in text
        assert f"curl -X PUT http://127.0.0.1:8999/submagic/v1/projects/{made.upstream_id}" in text
        assert f"sk-…{made.api_key.last4}" in text
        assert "3 AI credits" in text
        assert "&quot;removeSilencePace&quot;: &quot;fast&quot;" in text
        assert "hookTitle" not in text.split("curl -X PUT")[1][:600]
        assert ("<html" in text) == (not headers)
    assert not UpstreamCall.objects.exists()


def test_a_check_tells_what_is_wrong(editor: Client, made: Project) -> None:
    page = editor.post(page_of(made, "project-edit-check"), fields(hook_title="own"), headers={"HX-Request": "true"})
    text = page.content.decode()
    assert "1 thing to change" in text
    assert "curl" not in text


def test_ai_items_that_are_there_already_are_a_warning(editor: Client, made: Project) -> None:
    item = {"type": "ai-broll", "startTime": 1, "endTime": 5, "prompt": "Dawn", "layout": "cover"}
    made.options |= {"items": [item]}
    made.save()
    rows = AI_ROW | {"item-0-prompt": "Dawn"}
    rows |= {name.replace("item-0", "item-1"): value for name, value in rows.items()}
    rows |= {"item-1-start": "0:10", "item-1-end": "0:12"}
    page = editor.post(page_of(made, "project-edit-check"), fields(**rows), headers={"HX-Request": "true"})
    assert "may be made and paid again" in page.content.decode()
    assert "6 AI credits" in page.content.decode()


# --- What became of it --------------------------------------------------------------------------------------------


def test_a_change_on_its_way_is_shown_instead_of_the_form(editor: Client, made: Project) -> None:
    in_state(made, "sending")
    page = editor.get(page_of(made))
    text = page.content.decode()
    assert "The change is on its way" in text
    assert page.context["form"] is None
    assert 'hx-trigger="every 2s"' in text
    fragment = editor.get(page_of(made), headers={"HX-Request": "true"})
    assert (fragment.status_code, "<html" in fragment.content.decode()) == (200, False)
    UpstreamCall.objects.update(state=CallState.ACCEPTED, settled_at=timezone.now())
    fragment = editor.get(page_of(made), headers={"HX-Request": "true"})
    assert fragment.status_code == 286
    assert 'id="edit-project"' in fragment.content.decode()


def test_another_change_meanwhile_is_not_sent(editor: Client, made: Project) -> None:
    in_state(made, "sending")
    page = editor.post(page_of(made), fields(silence_pace="fast"))
    assert page.status_code == 409
    assert UpstreamCall.objects.count() == 1


@pytest.mark.parametrize("state", ["sending", ""])
def test_what_was_entered_stays_while_the_project_is_busy(editor: Client, made: Project, state: str) -> None:
    """Nothing may be swapped in under it, and it can be sent from there."""
    if state:
        in_state(made, state)
    else:
        Project.objects.update(state=ProjectState.EXPORTING)
    page = editor.post(page_of(made), fields(silence_pace="fast", hook_title="own", hook_text="Hello"))
    text = page.content.decode()
    assert page.status_code == 409
    assert "hx-trigger" not in text[text.index('id="edit-live"') :].split(">")[0]
    assert page.context["form"]["hook_text"].value() == "Hello"
    assert 'value="Hello"' in text
    assert "data-send>" in text


def test_mistakes_stay_while_the_project_is_busy(editor: Client, made: Project) -> None:
    in_state(made, "sending")
    page = editor.post(page_of(made), fields(hook_title="own", hook_text="Hello", hook_top="4000"))
    assert page.status_code == 422
    assert page.context["poll"] == 0
    assert 'value="4000"' in page.content.decode()


def test_enter_sends_the_change_and_adds_no_row(editor: Client, made: Project) -> None:
    assert default_button(editor.get(page_of(made)), "edit-project") == {"data-default", "aria-hidden"}


def test_what_waits_can_be_taken_back(editor: Client, made: Project) -> None:
    in_state(made, "ready")
    assert "Take it back" in editor.get(page_of(made)).content.decode()
    editor.post(page_of(made, "project-edit-decide"), {"decision": "leave"})
    assert UpstreamCall.objects.get().state == CallState.ABANDONED
    page = editor.get(page_of(made))
    assert page.context["refused"] is None
    assert page.context["form"]["silence_pace"].value() == "natural"


def test_a_refused_change_is_still_in_the_form(editor: Client, made: Project) -> None:
    body = {"hookTitle": {"text": "Hello", "template": "nobody"}}
    in_state(made, "rejected", body=body, problem="Invalid template name", advice="Choose another.")
    page = editor.get(page_of(made))
    text = page.content.decode()
    assert "Invalid template name" in text
    assert "Choose another." in text
    form = page.context["form"]
    assert (form["hook_title"].value(), form["hook_text"].value()) == ("own", "Hello")
    assert form["silence_pace"].value() == "natural"


def test_a_lost_answer_is_a_question(editor: Client, made: Project) -> None:
    in_state(made, "unknown", problem="It was cut.")
    page = editor.get(page_of(made))
    text = page.content.decode()
    for words in (
        "Was the change taken?",
        "It was cut.",
        "I see it",
        "It never arrived: type “send again”",
        "Send it again",
        "Leave it",
    ):
        assert words in text
    assert page.context["form"] is None


@pytest.mark.parametrize(("decision", "state"), [("seen", "accepted"), ("again", "abandoned"), ("leave", "abandoned")])
def test_a_person_decides(editor: Client, made: Project, decision: str, state: str) -> None:
    call = in_state(made, "unknown")
    answer = {"decision": decision, "form_token": str(uuid.uuid4())}
    if decision == "again":
        unsure = editor.post(page_of(made, "project-edit-decide"), answer, follow=True).content.decode()
        assert "Nothing was sent: type “send again”" in unsure and UpstreamCall.objects.count() == 1
    answer |= {"confirm": "send again"}
    assert editor.post(page_of(made, "project-edit-decide"), answer).status_code == 302
    call.refresh_from_db()
    assert call.state == state
    assert UpstreamCall.objects.count() == (2 if decision == "again" else 1)


def test_no_answer_is_no_decision(editor: Client, made: Project) -> None:
    in_state(made, "unknown")
    assert editor.post(page_of(made, "project-edit-decide"), {"decision": "maybe"}).status_code == 400


@pytest.mark.parametrize(
    ("fields_", "words"),
    [
        ({"state": ProjectState.EXPORTING}, "Submagic is working on this video"),
        ({"state": ProjectState.PROCESSING}, "Submagic is working on this video"),
        ({"transcription_status": "PROCESSING"}, "not transcribed this video yet"),
        ({"kind": "magic_clips"}, "Open the clip that you want to change"),
        ({"upstream_id": ""}, "does not have this video yet"),
    ],
)
def test_why_it_cannot_be_changed(editor: Client, made: Project, fields_: dict[str, str], words: str) -> None:
    Project.objects.update(**fields_)
    page = editor.get(page_of(made))
    assert words in page.content.decode()
    assert page.context["form"] is None


def test_what_was_written_is_text(editor: Client, made: Project) -> None:
    in_state(made, "rejected", problem="<script>alert(1)</script>", body={"hookTitle": {"text": "<script>alert(2)"}})
    assert b"<script>alert" not in editor.get(page_of(made)).content


# --- Who ----------------------------------------------------------------------------------------------------------

NAMES = ("project-edit", "project-edit-check", "project-edit-decide")


@pytest.mark.parametrize("name", NAMES)
def test_only_editors(rita: User, charlie: User, client_of: SignIn, made: Project, name: str) -> None:
    assert client_of(rita).post(page_of(made, name), fields()).status_code == 403
    assert client_of(charlie).post(page_of(made, name), fields()).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_another_teams_project_is_not_found_under_ones_own_address(
    charlie: User, client_of: SignIn, other_team: Team, made: Project, name: str
) -> None:
    address = reverse(f"projects:{name}", args=[other_team.slug, made.pk])
    assert client_of(charlie).post(address, fields()).status_code == 404


def test_the_tab_is_for_editors(rita: User, client_of: SignIn, editor: Client, made: Project) -> None:
    assert page_of(made) in editor.get(made.get_absolute_url()).content.decode()
    assert page_of(made) not in client_of(rita).get(made.get_absolute_url()).content.decode()


def test_bad_id_and_wrong_method(editor: Client, team: Team, made: Project) -> None:
    assert editor.get(reverse("projects:project-edit", args=[team.slug, uuid.uuid4()])).status_code == 404
    assert editor.get(page_of(made, "project-edit-check")).status_code == 405
    assert editor.get(page_of(made, "project-edit-decide")).status_code == 405
