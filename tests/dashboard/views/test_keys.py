from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx
import time_machine
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from dashboard import budget_rows, budgets, crypto, remote
from dashboard.models import ApiKey, AuditEvent, Environment, Provider, Role, Team, User
from dashboard.rates import rates
from tests.dashboard.budget_help import headers
from tests.dashboard.signing import fresh_client
from tests.factories import fresh_secret, make_call, make_key, make_member, make_project

KEYS = "/t/harbour/settings/keys/"
LANGUAGES = "https://api.submagic.co/v1/languages"
ClientOf = Callable[[User], Client]


def new_key(client: Client, secret: str, **more: str) -> Any:
    return client.post(f"{KEYS}new/", {"label": "Main", "secret": secret, **more})


def stored_secret(key: ApiKey) -> str:
    return crypto.unseal(key.sealed, aad=remote.aad(key))


@pytest.fixture
def submagic() -> Any:
    with respx.mock(assert_all_called=False) as router:
        yield router


def test_a_tested_key_is_stored_sealed(alice: User, team: Team, sandbox: Any) -> None:
    secret = fresh_secret()
    answer = new_key(fresh_client(alice), secret, environment="sandbox")
    assert answer.status_code == 302
    key = ApiKey.objects.get(team=team)
    assert key.is_sandbox
    assert key.is_default
    assert key.last4 == secret[-4:]
    assert key.checked_at is not None
    assert secret not in key.sealed
    assert stored_secret(key) == secret
    assert AuditEvent.objects.filter(team=team, verb="api_key.added", actor=alice).count() == 1


def test_a_real_key_is_tested_against_the_real_address(alice: User, team: Team, submagic: Any) -> None:
    secret = fresh_secret()
    route = submagic.get(LANGUAGES).mock(
        return_value=httpx.Response(200, json={"languages": [{"name": "English", "code": "en"}]})
    )
    assert new_key(fresh_client(alice), secret).status_code == 302
    assert route.calls.last.request.headers["x-api-key"] == secret
    assert ApiKey.objects.get(team=team).environment == "live"


def test_a_key_that_submagic_does_not_know_is_not_stored(alice: User, team: Team, submagic: Any) -> None:
    submagic.get(LANGUAGES).mock(return_value=httpx.Response(401, json={"error": "UNAUTHORIZED", "message": "no"}))
    answer = new_key(fresh_client(alice), fresh_secret())
    assert answer.status_code == 422
    assert "Submagic does not know this key." in answer.content.decode()
    assert not ApiKey.objects.filter(team=team).exists()


@pytest.mark.parametrize("fault", [httpx.ConnectError("no route"), httpx.ReadTimeout("slow")])
def test_an_unreachable_submagic_stores_nothing_and_says_so(
    alice: User, team: Team, submagic: Any, fault: Exception
) -> None:
    submagic.get(LANGUAGES).mock(side_effect=fault)
    answer = new_key(fresh_client(alice), fresh_secret())
    assert answer.status_code == 422
    assert "could not be reached; nothing was stored" in answer.content.decode()
    assert not ApiKey.objects.filter(team=team).exists()


@pytest.mark.parametrize(
    "secret",
    ["", "sk-123", "sk-" + "g" * 64, "sk-" + "a" * 65, "x" * 67, "sk-" + "a" * 63 + "\n", "sk-" + "a" * 64 + "\x00"],
)
def test_another_form_never_reaches_the_provider(alice: User, team: Team, submagic: Any, secret: str) -> None:
    route = submagic.get(LANGUAGES)
    answer = new_key(fresh_client(alice), secret)
    assert answer.status_code == 422
    assert not route.called
    assert not ApiKey.objects.filter(team=team).exists()


def test_the_sandbox_is_no_choice_where_there_is_none(alice: User, submagic: Any) -> None:
    submagic.get(LANGUAGES).mock(return_value=httpx.Response(401, json={"error": "UNAUTHORIZED"}))
    client = fresh_client(alice)
    assert 'name="environment"' not in client.get(f"{KEYS}new/").content.decode()
    # Sent all the same, it is not taken: the key is tested at the real address.
    new_key(client, fresh_secret(), environment="sandbox")
    assert submagic.calls.call_count == 1


def test_only_the_last_four_characters_are_ever_shown(
    alice: User, team: Team, sandbox: Any, caplog: pytest.LogCaptureFixture
) -> None:
    secret = fresh_secret()
    client = fresh_client(alice)
    seen = []
    with caplog.at_level(logging.DEBUG):
        seen.append(new_key(client, secret, environment="sandbox").content)
        key = ApiKey.objects.get(team=team)
        seen.append(new_key(client, secret, label="", environment="sandbox").content)  # refused: the label is missing
        for path in ("", "new/", f"{key.pk}/replace/", f"{key.pk}/remove/"):
            seen.append(client.get(KEYS + path).content)
        for path in ("/t/harbour/", "/t/harbour/settings/audit/", "/t/harbour/settings/"):
            seen.append(client.get(path).content)
        client.post(f"{KEYS}{key.pk}/test/")
        client.post(f"{KEYS}{key.pk}/replace/", {"secret": secret})
    pages = b"".join(seen).decode()
    assert f"…{secret[-4:]}" in pages
    assert secret not in pages
    assert secret[3:] not in pages
    assert secret[3:] not in caplog.text
    assert all(secret not in str(event.data) for event in AuditEvent.objects.all())
    assert all(secret not in str(session.get_decoded()) for session in Session.objects.all())


def test_the_key_is_in_no_table_of_the_database(alice: User, team: Team, sandbox: Any, tmp_path: Any) -> None:
    secret = fresh_secret()
    new_key(fresh_client(alice), secret, environment="sandbox")
    dump = tmp_path / "dump.json"
    call_command("dumpdata", output=str(dump))
    text = dump.read_text()
    assert ApiKey.objects.get(team=team).sealed in text
    assert secret[3:] not in text


def test_a_broken_provider_answer_does_not_show_the_key(alice: User, submagic: Any) -> None:
    secret = fresh_secret()
    submagic.get(LANGUAGES).mock(
        return_value=httpx.Response(403, json={"error": "FORBIDDEN", "message": f"the key {secret} has no plan"})
    )
    answer = new_key(fresh_client(alice), secret)
    assert answer.status_code == 422
    assert secret[3:] not in answer.content.decode()


# --- Sudo -----------------------------------------------------------------------------------------


def test_an_old_sign_in_must_give_the_password_again(alice: User, team: Team, submagic: Any) -> None:
    client = fresh_client(alice)
    route = submagic.get(LANGUAGES)
    secret = fresh_secret()
    with time_machine.travel(time.time() + 901):
        answer = new_key(client, secret)
        assert answer.status_code == 302
        assert answer.headers["Location"] == "/account/reauthenticate/?next=%2Ft%2Fharbour%2Fsettings%2Fkeys%2Fnew%2F"
        assert not route.called
        # The POST is not kept to be sent again, because it holds the key.
        assert all(secret not in str(session.get_decoded()) for session in Session.objects.all())
        submagic.get(LANGUAGES).mock(return_value=httpx.Response(200, json={"languages": []}))
        again = client.post(answer.headers["Location"], {"password": "correct horse battery staple"})
        assert again.headers["Location"] == f"{KEYS}new/"
        assert new_key(client, secret).status_code == 302
    assert ApiKey.objects.filter(team=team).count() == 1


def test_a_boosted_page_goes_to_the_password_by_a_full_load(alice: User, client_of: ClientOf) -> None:
    answer = client_of(alice).get(f"{KEYS}new/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].startswith("/account/reauthenticate/")


# --- Test, replace, default, remove ---------------------------------------------------------------


def test_testing_again_revives_a_refused_key(alice: User, team: Team, sandbox: Any, client_of: ClientOf) -> None:
    key = make_key(team, state=ApiKey.State.INVALID, problem="no")
    client_of(alice).post(f"{KEYS}{key.pk}/test/")
    key.refresh_from_db()
    assert (key.state, key.problem) == (ApiKey.State.VALID, "")
    assert key.checked_at is not None
    assert key.next_look_at is not None


def test_testing_marks_a_key_that_is_refused_now(alice: User, team: Team, submagic: Any, client_of: ClientOf) -> None:
    submagic.get(LANGUAGES).mock(return_value=httpx.Response(401, json={"error": "UNAUTHORIZED"}))
    key = make_key(team, environment="live")
    answer = client_of(alice).post(f"{KEYS}{key.pk}/test/", follow=True)
    key.refresh_from_db()
    assert key.state == ApiKey.State.INVALID
    assert "Submagic does not know this key." in answer.content.decode()


def test_an_unreachable_submagic_does_not_mark_the_key(
    alice: User, team: Team, submagic: Any, client_of: ClientOf
) -> None:
    submagic.get(LANGUAGES).mock(side_effect=httpx.ConnectError("no route"))
    key = make_key(team, environment="live")
    client_of(alice).post(f"{KEYS}{key.pk}/test/")
    key.refresh_from_db()
    assert key.state == ApiKey.State.VALID


def test_replacing_keeps_the_old_key_until_the_new_one_works(alice: User, team: Team, submagic: Any) -> None:
    old, new = fresh_secret(), fresh_secret()
    key = make_key(team, environment="live", secret=old)
    client = fresh_client(alice)
    submagic.get(LANGUAGES).mock(return_value=httpx.Response(401, json={"error": "UNAUTHORIZED"}))
    assert client.post(f"{KEYS}{key.pk}/replace/", {"secret": new}).status_code == 422
    key.refresh_from_db()
    assert (key.version, stored_secret(key), key.state) == (1, old, ApiKey.State.VALID)

    submagic.get(LANGUAGES).mock(return_value=httpx.Response(200, json={"languages": []}))
    assert client.post(f"{KEYS}{key.pk}/replace/", {"secret": new}).status_code == 302
    key.refresh_from_db()
    assert (key.version, stored_secret(key), key.last4) == (2, new, new[-4:])
    assert AuditEvent.objects.filter(verb="api_key.replaced").get().data == {
        "label": "Main",
        "old": old[-4:],
        "new": new[-4:],
    }


def test_removing_wipes_the_secret_and_hands_the_default_on(alice: User, team: Team) -> None:
    first, second = make_key(team), make_key(team, is_default=False)
    assert fresh_client(alice).post(f"{KEYS}{first.pk}/remove/").status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.sealed, first.is_default) == (ApiKey.State.REVOKED, "", False)
    assert second.is_default


def test_a_key_with_open_calls_is_removed_only_on_confirmation(alice: User, team: Team) -> None:
    key = make_key(team)
    make_call(team, api_key=key)
    client = fresh_client(alice)
    answer = client.post(f"{KEYS}{key.pk}/remove/")
    assert answer.status_code == 409
    assert "The outcome of 1 request made with it is not known yet" in answer.content.decode()
    key.refresh_from_db()
    assert key.state == ApiKey.State.VALID
    assert client.post(f"{KEYS}{key.pk}/remove/", {"confirmed": "yes"}).status_code == 302
    key.refresh_from_db()
    assert key.state == ApiKey.State.REVOKED


def test_a_removed_key_has_no_pages(alice: User, team: Team) -> None:
    key = make_key(team, state=ApiKey.State.REVOKED)
    client = fresh_client(alice)
    for page in ("test", "replace", "remove", "default"):
        assert client.post(f"{KEYS}{key.pk}/{page}/").status_code == 404


def test_one_key_is_the_default(alice: User, team: Team) -> None:
    first, second = make_key(team), make_key(team, is_default=False)
    fresh_client(alice).post(f"{KEYS}{second.pk}/default/")
    assert list(ApiKey.objects.for_team(team).filter(is_default=True)) == [second]
    first.refresh_from_db()
    assert not first.is_default


# --- Who may --------------------------------------------------------------------------------------


def test_an_admin_sees_the_keys(team: Team, client_of: ClientOf) -> None:
    key = make_key(team)
    page = client_of(make_member(team, Role.ADMIN)).get(KEYS)
    assert page.status_code == 200
    assert key.last4 in page.content.decode()


def test_an_editor_gets_403(bob: User, team: Team, client_of: ClientOf) -> None:
    key = make_key(team)
    client = client_of(bob)
    assert client.get(KEYS).status_code == 403
    assert client.post(f"{KEYS}{key.pk}/test/").status_code == 403
    assert client.post(f"{KEYS}{key.pk}/remove/").status_code == 403


def test_outsider_gets_404(charlie: User, team: Team) -> None:
    key = make_key(team)
    client = fresh_client(charlie)
    assert client.get(KEYS).status_code == 404
    # Nor by way of their own team.
    assert client.post(f"/t/other/settings/keys/{key.pk}/remove/", {"confirmed": "yes"}).status_code == 404
    key.refresh_from_db()
    assert key.state == ApiKey.State.VALID


def test_wrong_method_and_bad_id(alice: User, team: Team) -> None:
    client = fresh_client(alice)
    key = make_key(team)
    assert client.get(f"{KEYS}{key.pk}/test/").status_code == 405
    assert client.put(KEYS).status_code == 405
    assert client.get(f"{KEYS}{uuid.uuid4()}/replace/").status_code == 404
    assert client.get(f"{KEYS}nonsense/replace/").status_code == 404


def test_the_list_costs_the_same_for_one_key_and_for_many(
    alice: User, team: Team, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    for _ in range(8):
        make_key(team, is_default=False)
    client = client_of(alice)
    client.get(KEYS)
    with django_assert_max_num_queries(10):
        client.get(KEYS)


# --- Calls left ---------------------------------------------------------------------------------------------------


def cells(html: str, name: str) -> str:
    """The text of the row of this class."""
    found = re.search(rf'<th scope="row">{name}</th>(.*?)</tr>', html, re.S)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found.group(1)).split())


def fragment(client: Client, key: ApiKey) -> Any:
    return client.get(KEYS, {"calls": str(key.pk)}, headers={"HX-Request": "true"})


def test_calls_left_are_shown_with_limit_reset_and_source(alice: User, team: Team, client_of: ClientOf) -> None:
    key = make_key(team, environment=Environment.LIVE)
    budgets.turn(key, "projects.create", click=True)
    budgets.learn(key, headers("projects.get", 500, 125))
    html = client_of(alice).get(KEYS).content.decode()
    assert "29 of 30" in cells(html, "Captions from a link")
    assert "documented" in cells(html, "Captions from a link")
    assert "125 of 500" in cells(html, "Looks at projects")
    assert "the provider’s header" in cells(html, "Looks at projects")
    assert 'value="25"' in html
    assert "our careful guess" in cells(html, "Posts")
    assert "<time" in fragment(client_of(alice), key).content.decode()


def test_a_class_that_must_be_quiet_says_until_when(alice: User, team: Team, client_of: ClientOf) -> None:
    key = make_key(team, environment=Environment.LIVE)
    budgets.quiet(key, "projects.export", 600)
    row = cells(fragment(client_of(alice), key).content.decode(), "Exports")
    assert "quiet until" in row
    assert 'data-tone="bad"' in fragment(client_of(alice), key).content.decode()


def test_a_sandbox_key_has_no_limit_yet(alice: User, team: Team, client_of: ClientOf) -> None:
    html = fragment(client_of(alice), make_key(team)).content.decode()
    assert cells(html, "Exports") == "no limit no limit named yet"


def test_the_calls_are_read_again_by_themselves(alice: User, team: Team, client_of: ClientOf) -> None:
    key, other = make_key(team), make_key(team, is_default=False)
    client = client_of(alice)
    part = fragment(client, key).content.decode()
    assert part.strip().startswith(f'<div id="calls-{key.pk}"')
    assert f'hx-get="{KEYS}?calls={key.pk}" hx-trigger="every 30s"' in part
    assert str(other.pk) not in part
    page = client.get(KEYS, {"calls": str(key.pk)}).content.decode()
    assert page.count('<details class="disclosure" open>') == 1


def test_the_calls_of_a_removed_or_foreign_key_are_asked_for_no_more(
    alice: User, team: Team, other_team: Team, client_of: ClientOf
) -> None:
    removed, foreign = make_key(team, sealed="", state=ApiKey.State.REVOKED), make_key(other_team)
    for key in (removed, foreign):
        answer = fragment(client_of(alice), key)
        assert (answer.status_code, answer.content) == (286, b"")


def test_every_class_has_a_name() -> None:
    assert set(budget_rows.NAMES) == {name for provider in Provider.values for name in rates(provider)}


def test_testing_a_key_is_counted_and_waits_after_a_429(
    alice: User, team: Team, client_of: ClientOf, submagic: Any
) -> None:
    key = make_key(team, environment=Environment.LIVE)
    route = submagic.get(LANGUAGES).mock(return_value=httpx.Response(429, headers={"Retry-After": "600"}))
    client = client_of(alice)
    client.post(f"{KEYS}{key.pk}/test/")
    answer = client.post(f"{KEYS}{key.pk}/test/", follow=True)
    assert "try again in 10 min" in answer.content.decode()
    assert route.call_count == 1
    assert ApiKey.objects.get(pk=key.pk).state == ApiKey.State.VALID


def test_a_secret_of_another_account_is_asked_about_on_the_page(alice: User, team: Team, submagic: Any) -> None:
    key = make_key(team, environment="live")
    make_project(team, api_key=key, upstream_id="known", title="Harbour talk", seen_at=timezone.now())
    submagic.get(LANGUAGES).mock(return_value=httpx.Response(200, json={"languages": []}))
    missing = httpx.Response(404, json={"error": "NOT_FOUND", "message": "Project doesn't exist"})
    submagic.get("https://api.submagic.co/v1/projects/known").mock(return_value=missing)
    client, address, secret = fresh_client(alice), f"{KEYS}{key.pk}/replace/", fresh_secret()
    assert "other_account" not in client.get(address).content.decode()
    answer = client.post(address, {"secret": secret})
    html = answer.content.decode()
    assert answer.status_code == 422 and "Harbour talk" in html and 'name="other_account"' in html
    assert secret not in html
    assert client.post(address, {"secret": secret, "other_account": "yes"}).status_code == 302
    key.refresh_from_db()
    assert stored_secret(key) == secret
