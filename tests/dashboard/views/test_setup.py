from __future__ import annotations

import datetime as dt
import io
import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from dashboard.actions import setup
from dashboard.models import ApiKey, Membership, Provider, Role, Team, User
from dashboard.signing_in import signed_in_recently
from tests.factories import make_user

PASSWORD = "a long and winding road"
FORM = {
    "team_name": "Harbour Films",
    "name": "Alice",
    "email": "Alice@Team.example",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


@pytest.fixture(autouse=True)
def _own_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.SANDBOX_URL = ""
    settings.PUBLIC_URL = ""


def report() -> dict[str, Any]:
    out = io.StringIO()
    call_command("setup_desk", "--json", "--base-url", "http://desk:9000/", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def link() -> str:
    url = str(report()["setup_url"])
    assert url.startswith("http://desk:9000/setup/")
    return url.removeprefix("http://desk:9000")


# --- The first owner ------------------------------------------------------------------------------


def test_the_first_visitor_with_the_link_becomes_the_owner(db: None) -> None:
    client = Client()
    path = link()
    assert client.get(path).status_code == 200
    answer = client.post(path, FORM)
    team = Team.objects.get()
    assert answer.headers["Location"] == f"/t/{team.slug}/"
    alice = User.objects.get()
    assert alice.email == "alice@team.example"
    assert Membership.objects.get().role == Role.OWNER
    home = client.get(answer.headers["Location"])
    assert "Add your Submagic key" in home.content.decode()
    # The way to the next step is not barred by the same password again.
    assert client.get(f"/t/{team.slug}/settings/keys/new/").status_code == 200
    assert signed_in_recently(home.wsgi_request)


def test_the_link_works_once(db: None) -> None:
    path = link()
    Client().post(path, FORM)
    for answer in (Client().get(path), Client().post(path, FORM | {"email": "eve@team.example"})):
        assert answer.status_code == 404
        assert "set-up link does not work" in answer.content.decode()
    assert User.objects.count() == 1
    assert report() == {}


@pytest.mark.django_db(transaction=True)
def test_of_two_visitors_at_once_one_is_first() -> None:
    token = setup.fresh_token()
    assert token is not None
    gate, outcomes = threading.Barrier(4), []

    def visit(number: int) -> None:
        gate.wait()
        try:
            setup.found(token=token, team_name="T", name="N", email=f"n{number}@team.example", password=PASSWORD)
            outcomes.append("first")
        except setup.SetupClosed:
            outcomes.append("closed")
        finally:
            connection.close()

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["closed"] * 3 + ["first"]
    assert (User.objects.count(), Team.objects.count()) == (1, 1)


def test_a_failed_attempt_leaves_the_link_in_force(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    token = setup.fresh_token()
    assert token is not None
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(setup.teams, "create", lambda **_: (_ for _ in ()).throw(RuntimeError("the database went away")))
        setup.found(token=token, team_name="T", name="N", email="n@team.example", password=PASSWORD)
    assert not User.objects.exists()
    assert setup.token_is_good(token)


def test_a_wrong_or_old_link_is_closed(db: None) -> None:
    path = link()
    assert Client().get("/setup/invented/").status_code == 404
    with time_machine.travel(timezone.now() + dt.timedelta(days=7, seconds=1)):
        assert Client().get(path).status_code == 404
    assert Client().get(path).status_code == 200


def test_each_start_prints_a_fresh_link_and_ends_the_one_before(db: None) -> None:
    old = link()
    new = link()
    assert old != new
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200


def test_only_the_tokens_hash_is_kept_readable_by_the_owner_alone(db: None, tmp_path: Path) -> None:
    token = link().split("/")[2]
    file = tmp_path / "setup-token.json"
    assert token not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"password": "short", "password_again": "short"}, "at least 12 characters"),
        ({"password": "password1234", "password_again": "password1234"}, "too common"),
        ({"password": "alice@team.example", "password_again": "alice@team.example"}, "too similar"),
        ({"password_again": "another one here"}, "not the same"),
        ({"email": "nonsense"}, "valid email"),
        ({"team_name": ""}, "required"),
        ({"name": "x" * 101}, "at most 100"),
        ({"password": "y" * 129, "password_again": "y" * 129}, "at most 128"),
    ],
)
def test_a_bad_form_says_what_is_wrong_and_keeps_the_rest(db: None, change: dict[str, str], message: str) -> None:
    answer = Client().post(link(), FORM | change)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert message in page
    assert PASSWORD not in page
    assert not User.objects.exists()


def test_wrong_method(db: None) -> None:
    assert Client().put(link()).status_code == 405


def test_public_url_names_the_link(db: None, settings: Any) -> None:
    settings.PUBLIC_URL = "https://desk.example"
    assert report()["setup_url"].startswith("https://desk.example/setup/")


# --- The demo -------------------------------------------------------------------------------------


def test_beside_a_sandbox_a_demo_is_made_once_and_its_login_printed_again(
    db: None, settings: Any, tmp_path: Path
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    demo = report()["demo"]
    assert demo["email"] == settings.DEMO_EMAIL
    assert len(demo["password"]) >= 14
    assert report()["demo"] == demo
    assert stat.S_IMODE((tmp_path / "demo-login.json").stat().st_mode) == 0o600
    answer = Client().post("/account/login/", {"login": demo["email"], "password": demo["password"]}, follow=True)
    assert answer.redirect_chain[-1][0] == "/t/demo/"
    keys = {key.provider: key for key in ApiKey.objects.filter(team__slug="demo")}
    assert set(keys) == set(Provider)
    for key in keys.values():
        assert (key.is_sandbox, key.is_default, key.state, key.checked_at) == (True, True, ApiKey.State.VALID, None)
        assert (key.next_look_at is not None) is key.has_feed
    assert User.objects.count() == 1


def test_the_demos_passwords_differ(settings: Any) -> None:
    assert len({setup.readable_password() for _ in range(200)}) == 200


def test_no_demo_without_a_sandbox_or_beside_real_people(db: None, settings: Any) -> None:
    assert set(report()) == {"setup_url"}
    make_user("Real")
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    assert report() == {}
    assert not User.objects.filter(email=settings.DEMO_EMAIL).exists()


def test_without_the_sandbox_the_demo_cannot_sign_in_and_its_session_ends(db: None, settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    demo = report()["demo"]
    login = {"login": demo["email"], "password": demo["password"]}
    client = Client()
    client.post("/account/login/", login)
    assert client.get("/t/demo/").status_code == 200

    settings.SANDBOX_URL = ""
    assert set(report()) == {"setup_url"}
    assert client.get("/t/demo/").status_code == 302
    fresh = Client()
    answer = fresh.post("/account/login/", login)
    assert answer.headers.get("Location") == "/account/inactive/"
    assert fresh.get("/t/demo/").status_code == 302
    # The link makes a real owner beside the closed demo.
    assert Client().post(link(), FORM).status_code == 302

    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    assert report()["demo"] == demo
    assert Client().post("/account/login/", login).headers["Location"] == "/"


def test_a_changed_demo_password_is_not_printed(db: None, settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    report()
    user = User.objects.get()
    user.set_password(PASSWORD)
    user.save()
    assert report()["demo"] == {"email": settings.DEMO_EMAIL, "password": None}


def test_a_lost_login_file_gives_a_new_password(db: None, settings: Any, tmp_path: Path) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    old = report()["demo"]
    (tmp_path / "demo-login.json").unlink()
    new = report()["demo"]
    assert new["password"] != old["password"]
    assert User.objects.get().check_password(new["password"])


def test_the_command_speaks_to_people_too(db: None, settings: Any) -> None:
    out = io.StringIO()
    call_command("setup_desk", stdout=out)
    assert "http://localhost:8000/setup/" in out.getvalue()
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    make_user("Real")
    out = io.StringIO()
    call_command("setup_desk", stdout=out)
    assert out.getvalue().strip() == "The desk is set up."
