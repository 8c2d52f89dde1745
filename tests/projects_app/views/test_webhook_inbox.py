"""The inbox of webhooks under Settings: for admins alone, and whatever is in a body is text."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dashboard.actions import hook_addresses
from dashboard.models import AuditEvent, Environment, Role, Team, User
from projects_app.actions import hook_door, webhooks
from projects_app.hook_texts import MOST
from projects_app.models import Project, ProjectState, Verdict, WebhookEvent
from tests import factories
from tests.polling import again_of
from tests.projects_app.scripted import Scripted, project

SignIn = Callable[[User], Client]
ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"
LIST = "/t/harbour/settings/webhooks/"
HTMX = {"HX-Request": "true"}


def at(event: WebhookEvent, name: str = "detail", slug: str = "harbour") -> str:
    return reverse(f"projects:webhook-{name}", kwargs={"team": slug, "pk": event.pk})


@pytest.fixture
def job(team: Team) -> Project:
    return factories.make_project(team, title="A talk <b>", kind="captions", upstream_id=ID)


@pytest.fixture
def admin(team: Team, client_of: SignIn) -> Client:
    return client_of(factories.make_member(team, Role.ADMIN, name="Ada"))


def text_of(client: Client, path: str, **data: str) -> str:
    answer = client.get(path, data)
    assert answer.status_code == 200
    return answer.content.decode()


def shown_body(page: str) -> str:
    found = re.search(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.S)
    assert found
    return html.unescape(found[1])


# --- Who may -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_admins_and_owners_only(team: Team, job: Project, client_of: SignIn, role: Role) -> None:
    event = factories.make_webhook_event(job)
    client = client_of(factories.make_member(team, role))
    may = role in (Role.ADMIN, Role.OWNER)
    for path in (LIST, LIST + "close/", at(event), at(event, "body")):
        assert client.get(path).status_code == (200 if may else 403), path
    for path in (at(event, "again"), LIST + "close/"):
        assert client.post(path).status_code == (302 if may else 403), path
    team.refresh_from_db()
    assert team.hook_round == int(may)
    assert AuditEvent.objects.filter(verb__startswith="webhook.").count() == (2 if may else 0)
    assert ("/settings/webhooks/" in client.get("/t/harbour/settings/").content.decode()) == may


def test_another_teams_messages_are_not_there(
    team: Team, other_team: Team, job: Project, alice: User, charlie: User, client_of: SignIn
) -> None:
    ours = factories.make_webhook_event(job, note="ours alone")
    client = client_of(charlie)
    assert client.get(LIST).status_code == 404
    assert "ours alone" not in text_of(client, "/t/other/settings/webhooks/")
    for name in ("detail", "body"):
        assert client.get(at(ours, name)).status_code == 404
        assert client.get(at(ours, name, slug="other")).status_code == 404
    assert client.post(at(ours, "again", slug="other")).status_code == 404
    assert client.post(LIST + "close/").status_code == 404
    assert client.post("/t/other/settings/webhooks/close/").status_code == 302
    team.refresh_from_db()
    other_team.refresh_from_db()
    assert (team.hook_round, other_team.hook_round) == (0, 1)
    assert WebhookEvent.objects.get().verdict == Verdict.CONFIRMED


def test_a_message_named_as_the_place_in_the_list_is_the_teams_own(
    other_team: Team, job: Project, admin: Client
) -> None:
    theirs = factories.make_webhook_event(factories.make_project(other_team))
    factories.make_webhook_event(job, note="ours alone")
    assert "ours alone" in text_of(admin, LIST, before=str(theirs.pk))


@pytest.mark.parametrize(("method", "name"), [("post", "list"), ("post", "detail"), ("post", "body"), ("get", "again")])
def test_wrong_method(job: Project, admin: Client, method: str, name: str) -> None:
    event = factories.make_webhook_event(job)
    path = LIST if name == "list" else at(event, name)
    assert getattr(admin, method)(path).status_code == 405


# --- The list ------------------------------------------------------------------------------------------------------


def test_a_line_says_when_about_what_and_what_came_of_it(job: Project, admin: Client) -> None:
    event = factories.make_webhook_event(
        job, verdict="not_confirmed", note="It names <i>another</i> project.", size=123_456, source_ip="2001:db8::7"
    )
    page = text_of(admin, LIST)
    assert f'href="{at(event)}"' in page
    assert f'<a href="{job.get_absolute_url()}">A talk &lt;b&gt;</a>' in page
    assert "New Magic Clips" in page
    assert "Not confirmed" in page
    assert "It names &lt;i&gt;another&lt;/i&gt; project." in page
    assert "2001:db8::7" in page
    assert "123.5" in page


def test_one_of_a_project_that_is_gone_is_still_there(team: Team, job: Project, admin: Client) -> None:
    event = factories.make_webhook_event(job)
    Project.objects.update(call=None)
    Project.objects.all().delete()
    assert "no project any more" in text_of(admin, LIST)
    assert "a project that is gone" in text_of(admin, at(event))


def test_newest_first_and_pages_without_gap_or_repetition(job: Project, admin: Client) -> None:
    now = timezone.now()
    for number in range(120):
        # Three at a time, so that the time alone does not say which comes first.
        received_at = now + dt.timedelta(seconds=number // 3)
        factories.make_webhook_event(job, note=f"note {number:03}.", received_at=received_at)
    path, seen = LIST, []
    for _ in range(3):
        page = text_of(admin, path)
        seen += re.findall(r"note (\d{3})\.", page)
        if "?before=" not in page:
            break
        path = LIST + "?before=" + page.split("?before=")[1].split('"')[0]
    assert len(seen) == len(set(seen)) == 120
    assert [int(number) // 3 for number in seen] == sorted((int(number) // 3 for number in seen), reverse=True)


def test_the_next_page_can_come_as_rows_alone(job: Project, admin: Client) -> None:
    first = factories.make_webhook_event(job, note="the first")
    last = factories.make_webhook_event(job, note="the last")
    assert first.received_at < last.received_at
    part = admin.get(LIST, {"before": str(last.pk)}, headers=HTMX).content.decode()
    assert "<html" not in part
    assert "the first" in part
    assert "the last" not in part


def test_a_filter_by_what_came_of_it_stays_on_the_next_page(job: Project, admin: Client) -> None:
    for number in range(51):
        factories.make_webhook_event(job, verdict="late", note=f"late {number}.")
    factories.make_webhook_event(job, note="a confirmed one")
    page = text_of(admin, LIST, verdict="late")
    assert "a confirmed one" not in page
    assert "late 50." in page
    assert 'value="late" selected' in page
    assert "?verdict=late&amp;before=" in page
    nothing = text_of(admin, LIST, verdict="unreadable")
    assert "No message matches this choice" in nothing


@pytest.mark.parametrize(
    "query", ["verdict=x'--", "verdict=%00", "before=x", "before=", "before=%C2%B2", f"before={ID}"]
)
def test_an_invented_filter_is_no_error(job: Project, admin: Client, query: str) -> None:
    factories.make_webhook_event(job, note="still here")
    assert "still here" in text_of(admin, f"{LIST}?{query}")


def test_nothing_yet(team: Team, admin: Client) -> None:
    page = text_of(admin, LIST)
    assert "No messages yet" in page
    assert "none has come yet" in page


def test_it_counts_what_waits_and_what_came_today(job: Project, admin: Client) -> None:
    for hours in (1, 23, 25):
        factories.make_webhook_event(job, received_at=timezone.now() - dt.timedelta(hours=hours))
    for _ in range(2):
        factories.make_webhook_event(
            job, verdict="waiting", handled_at=None, received_at=timezone.now() - dt.timedelta(days=3)
        )
    values = re.findall(r'class="stat-value"[^>]*>(.*?)</span>', text_of(admin, LIST), re.S)
    assert re.sub("<[^>]+>", "", values[0]) == "1 h ago"
    assert values[1:] == ["2", "2"]


@pytest.mark.parametrize(
    ("environment", "public", "told"),
    [
        ("live", "https://desk.example", True),
        ("live", "http://desk.example", False),
        ("live", "", False),
        ("sandbox", "http://127.0.0.1:8000", True),
        ("sandbox", "", False),
    ],
)
def test_it_says_whether_an_address_is_given_out_at_all(
    team: Team, admin: Client, settings: Any, environment: str, public: str, told: bool
) -> None:
    factories.make_key(team, environment=environment)
    settings.PUBLIC_URL = public
    page = text_of(admin, LIST)
    assert ("an address of its own" in page) == told
    assert ("Everything works by looking, only slower" in page) != told
    assert ("no public https address" in page) == (not told and environment == Environment.LIVE)


def test_a_page_of_many_costs_as_few_queries_as_one(
    job: Project, admin: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(40):
        factories.make_webhook_event(factories.make_project(job.team))
    text_of(admin, LIST)
    with django_assert_max_num_queries(16):
        text_of(admin, LIST)


def test_bodies_are_not_read_for_the_list(job: Project, admin: Client) -> None:
    event = factories.make_webhook_event(job)
    body = '"projects_webhookevent"."body"'
    with CaptureQueriesContext(connection) as queries:
        text_of(admin, LIST)
    assert not [each for each in queries if body in each["sql"]]
    with CaptureQueriesContext(connection) as queries:
        text_of(admin, at(event))
    assert [each for each in queries if body in each["sql"]]


# --- One message ---------------------------------------------------------------------------------------------------


def test_a_message_with_all_that_is_kept_of_it(job: Project, admin: Client) -> None:
    event = factories.make_webhook_event(job, body=b'{"projectId":"x","status":"completed"}')
    page = text_of(admin, at(event))
    assert shown_body(page) == '{\n  "projectId": "x",\n  "status": "completed"\n}'
    assert "submagic-webhook/1.0" in page
    assert "203.0.113.7" in page
    assert event.sha256 in page
    assert f"{event.call.hook_hash[:6]}…" in page
    assert event.call.hook_hash[:7] not in page
    assert event.call.hook_sealed[:20] not in page


def test_a_script_in_a_body_is_text(job: Project, admin: Client) -> None:
    evil = "<script>alert(1)</script></pre></code><img src=x onerror=alert(2)>{{ 7|add:7 }}"
    for body in (evil.encode(), json.dumps({"status": evil, evil: 1}).encode()):
        page = text_of(admin, at(factories.make_webhook_event(job, body=body)))
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "</pre></code><img" in shown_body(page)
        assert "{{ 7|add:7 }}" in shown_body(page)


def test_a_script_in_a_header_is_text(job: Project, admin: Client) -> None:
    event = factories.make_webhook_event(job, headers={"User-Agent": "<script>alert(1)</script>\u202eevil"})
    page = text_of(admin, at(event))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u202eevil" in page


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"\x00\xff\xfe", r"\x00\xff\xfe"),
        (b'{"a": "\xff"}', r'{"a": "\xff"}'),
        (b"[" * 100_000, "[" * MOST),
        (b"x" * hook_door.LARGEST, "x" * MOST),
    ],
    ids=["NUL", "not utf-8", "deep", "a mebibyte"],
)
def test_nasty_bodies_are_shown_and_come_back_byte_by_byte(job: Project, admin: Client, body: bytes, text: str) -> None:
    event = factories.make_webhook_event(job, body=body, verdict="unreadable")
    page = text_of(admin, at(event))
    assert shown_body(page) == text
    assert ("Only the beginning is shown" in page) == (len(body) > MOST)
    assert admin.get(at(event, "body")).content == body


def test_an_empty_body_is_said_to_be_empty(job: Project, admin: Client) -> None:
    assert "It was empty" in text_of(admin, at(factories.make_webhook_event(job, body=b"")))


def test_the_download_is_no_page(job: Project, admin: Client) -> None:
    event = factories.make_webhook_event(job, body=b"<html><script>alert(1)</script>")
    answer = admin.get(at(event, "body"))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="webhook-{event.pk}.bin"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_removed_body_is_said_to_be_removed(job: Project, admin: Client) -> None:
    old = timezone.now() - dt.timedelta(days=31)
    event = factories.make_webhook_event(job, received_at=old)
    WebhookEvent.objects.update(body=b"", headers={}, source_ip=None, body_removed_at=timezone.now())
    page = text_of(admin, at(event))
    assert "The body was removed after 30 days." in page
    assert "Look again" not in page
    assert at(event, "body") not in page
    assert admin.get(at(event, "body")).status_code == 404
    WebhookEvent.objects.update(received_at=timezone.now())
    page = text_of(admin, at(event))
    assert "The body was removed early" in page


# --- Looking again -------------------------------------------------------------------------------------------------


def test_look_again_leads_back_and_says_so(job: Project, admin: Client) -> None:
    event = factories.make_webhook_event(job, verdict="late")
    assert "Look again" in text_of(admin, at(event))
    answer = admin.post(at(event, "again"), follow=True)
    assert answer.redirect_chain == [(at(event), 302)]
    assert "It is looked at again" in answer.content.decode()
    assert AuditEvent.objects.filter(verb="webhook.look_again").count() == 1
    answer = admin.post(at(event, "again"), follow=True)
    assert "It was asked for a moment ago" in answer.content.decode()
    assert AuditEvent.objects.filter(verb="webhook.look_again").count() == 1


def test_look_again_answers_htmx_with_what_came_of_it_so_far(job: Project, admin: Client) -> None:
    event = factories.make_webhook_event(job, verdict="late")
    answer = admin.post(at(event, "again"), headers=HTMX)
    part = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in part
    assert 'id="webhook-state"' in part
    assert json.loads(answer.headers["HX-Trigger"])["toast"]["level"] == "success"
    assert f'hx-get="{at(event)}' in part
    assert "has not looked at Submagic because of it yet" in part
    refused = admin.post(at(event, "again"), headers=HTMX)
    assert json.loads(refused.headers["HX-Trigger"])["toast"]["level"] == "warning"


def test_the_page_goes_on_by_itself_until_it_is_known(provider: Scripted, job: Project, admin: Client) -> None:
    event = factories.make_webhook_event(
        job, verdict="waiting", handled_at=None, body=b'{"projectId": "%s", "status": "completed"}' % ID.encode()
    )
    Project.objects.update(state=ProjectState.PROCESSING)
    again = again_of(admin.get(at(event)))
    assert admin.get(again, headers=HTMX).status_code == 204
    provider.on("GET", f"/v1/projects/{ID}", project(ID, "completed", downloadUrl="https://app.submagic.co/f"))
    webhooks.handle(event.pk)
    answer = admin.get(again, headers=HTMX)
    assert answer.status_code == 286
    assert "A look at Submagic showed the same" in answer.content.decode()
    assert "hx-get" not in answer.content.decode()
    assert "hx-trigger" not in text_of(admin, at(event))


# --- Closing all ---------------------------------------------------------------------------------------------------


def test_closing_asks_first_and_a_page_alone_does_nothing(team: Team, job: Project, admin: Client) -> None:
    page = text_of(admin, LIST + "close/")
    assert "It cannot be undone" in page
    assert "Something hangs on" not in page
    assert 'data-dialog-open="#close-all"' in text_of(admin, LIST)
    team.refresh_from_db()
    assert team.hook_round == 0


def test_closing_closes_and_says_so(team: Team, job: Project, admin: Client) -> None:
    token = "t" * 43
    factories.make_call(team, token=token, state="accepted")
    assert hook_door.call_of(token)
    answer = admin.post(LIST + "close/", follow=True)
    page = answer.content.decode()
    assert "All addresses given out so far are closed" in page
    assert re.search(r"Every address given out until <time [^>]+>today [^<]+</time> is closed\.", page)
    assert hook_door.call_of(token) is None
    assert "closed all webhook addresses" in text_of(admin, "/t/harbour/settings/audit/", what="webhook")


def test_where_an_outcome_hangs_on_an_open_address_its_own_page_warns(team: Team, alice: User, admin: Client) -> None:
    factories.make_call(team, state="unknown")
    factories.make_call(team, state="unknown", operation="publish")
    assert "data-dialog-open" not in text_of(admin, LIST)
    assert "The outcome of 1 request is not known" in text_of(admin, LIST + "close/")
    hook_addresses.close_all(team=team, by=alice)
    assert "data-dialog-open" in text_of(admin, LIST)
    assert "Something hangs on" not in text_of(admin, LIST + "close/")
