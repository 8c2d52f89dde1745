"""The steps of the random schedules: what people, the worker, the provider and the time may do, in any order.

Rules of people are here; those of the machinery in `machinery.py`, which this builds on.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import IntegrityError
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from dashboard.actions import api_keys, restores, teams
from dashboard.models import ApiKey, CallState, Membership, Role, UpstreamCall
from projects_app.actions import clips, edits, exports, projects
from projects_app.actions.projects import NotNow
from projects_app.models import Clip, Decision, ExportState, Kind, Project, Source
from publishing_app.actions import publications, schedules
from publishing_app.actions.publications import NotPossible
from publishing_app.models import Keeper, Publication, Schedule
from tests import factories
from tests.model.machinery import Machinery
from tests.model.world import Wish

PEOPLE = st.sampled_from(["bob", "bob", "alice"])
PICK = st.integers(0, 5)
REFUSED = (NotPossible, NotNow, IntegrityError)


class Desk(Machinery):
    # --- Asking ---------------------------------------------------------------------------------------------------

    @rule(by=PEOPLE, magic=st.booleans(), seconds=st.sampled_from([60, 900, 5000]), fails=st.integers(0, 5))
    def start_a_project(self, by: str, magic: bool, seconds: int, fails: int) -> None:
        with self.step():
            self.world.provider.takes = lambda: (float(seconds), fails == 5)
            token = uuid.uuid4()
            project, _upload = projects.create(
                team=self.world.team,
                by=self.world.person(by),
                api_key=self.world.api_key,
                kind=Kind.MAGIC_CLIPS if magic else Kind.CAPTIONS,
                source=Source.YOUTUBE if magic else Source.URL,
                source_url="https://www.youtube.com/watch?v=abc" if magic else "https://media.example.com/a.mp4",
                title=f"project {next(self.world.numbers)}",
                language="en",
                options={},
                form_token=token,
            )
            self.world.forms.append(("project", token, project.pk))

    @rule(by=PEOPLE, which=PICK)
    def ask_for_an_export(self, by: str, which: int) -> None:
        with self.step(REFUSED):
            token = uuid.uuid4()
            export = exports.ask(project=self.film(which), by=self.world.person(by), form_token=token)
            self.world.forms.append(("export", token, export.pk))

    @rule(by=PEOPLE, which=PICK)
    def change_a_video(self, by: str, which: int) -> None:
        with self.step(REFUSED):
            token = uuid.uuid4()
            changes = {"hookTitle": {"text": f"change {next(self.world.numbers)}"}}
            call = edits.update(project=self.film(which), by=self.world.person(by), changes=changes, form_token=token)
            self.world.forms.append(("change", token, call.pk))

    @rule(
        by=PEOPLE,
        which=PICK,
        keeper=st.sampled_from([None, None, Keeper.DESK, Keeper.PROVIDER]),
        minutes=st.sampled_from([1, 3, 20, 600]),
        both=st.booleans(),
    )
    def publish(self, by: str, which: int, keeper: Keeper | None, minutes: int, both: bool) -> None:
        mark = f"wish {next(self.world.numbers)}"
        platforms: dict[str, Any] = {"youtube": {"title": mark}}
        platforms |= {"tiktok": {"content": mark}} if both else {}
        at = timezone.now() + dt.timedelta(minutes=minutes)
        with self.step(REFUSED):
            token = uuid.uuid4()
            made, fresh = publications.publish(
                team=self.world.team,
                target=self.target(which),
                platforms=platforms,
                by=self.world.person(by),
                form_token=token,
                again=True,
                schedule=Schedule(at, "UTC", keeper) if keeper else None,
            )
            assert fresh
            self.world.wishes.append(Wish(mark, token, made.pk))

    @precondition(lambda self: self.world.wishes or self.world.forms)
    @rule(which=PICK, post=st.booleans())
    def press_the_same_form_again(self, which: int, post: bool) -> None:
        """R20: a double click, a refresh."""
        before = UpstreamCall.objects.count()
        with self.step(REFUSED):
            if post and self.world.wishes:
                wish = self.pick(self.world.wishes, which)
                target, team = self.target(which), self.world.team
                made, fresh = publications.publish(
                    team=team, target=target, platforms={"youtube": {"title": "other"}}, by=self.world.bob,
                    form_token=wish.token, again=True,
                )  # fmt: skip
                # After "send again" the form of the first call is history, and still makes nothing.
                assert not fresh and made.pk == wish.publication
            elif self.world.forms:
                kind, token, pk = self.pick(self.world.forms, which)
                if kind == "project":
                    found = projects.by_form_token(self.world.team, token)
                    assert found is None or found.pk == pk
                elif kind == "change":
                    found_call = edits.of_form(self.world.team, token)
                    assert found_call is not None and found_call.pk == pk
        assert UpstreamCall.objects.count() == before

    # --- Deciding -------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.world.wishes)
    @rule(which=PICK, by=PEOPLE)
    def take_back(self, which: int, by: str) -> None:
        wish = self.pick(self.world.wishes, which)
        with self.step(REFUSED):
            publications.take_back(publication=self.world.publication(wish), by=self.world.person(by))
            wish.taken_back = True

    @precondition(lambda self: self.world.wishes)
    @rule(which=PICK, by=PEOPLE, minutes=st.sampled_from([0, 2, 300]))
    def change_a_kept_post(self, which: int, by: str, minutes: int) -> None:
        wish = self.pick(self.world.wishes, which)
        row = self.world.publication(wish)
        with self.step(REFUSED):
            if minutes:
                when = Schedule(timezone.now() + dt.timedelta(minutes=minutes), "UTC", Keeper.DESK)
                schedules.change(publication=row, platforms=row.platforms, schedule=when, by=self.world.person(by))
            else:
                schedules.send_now(publication=row, by=self.world.person(by))
            self.typed(wish, row)

    def typed(self, wish: Wish, row: Publication) -> None:
        """A person says that it is to go out, although (after a restored backup) it may be public already."""
        wish.allowed += row.call is not None and row.call.may_have_arrived
        wish.taken_back = False

    @precondition(lambda self: self.world.wishes)
    @rule(which=PICK, what=st.sampled_from(["look", "send again", "leave"]))
    def decide_about_a_post(self, which: int, what: str) -> None:
        wish = self.pick(self.world.wishes, which)
        row = self.world.publication(wish)
        with self.step(REFUSED):
            if what == "send again":
                publications.send_again(publication=row, by=self.world.alice, form_token=uuid.uuid4())
                wish.allowed += 1
                wish.taken_back = False
            elif what == "leave":
                publications.leave(publication=row, by=self.world.alice)
            else:
                there = {entry.id for entry in self.world.provider.of_mark(wish.mark)}
                for found in publications.candidates(row):
                    if found.upstream_id in there:
                        publications.link(publication=row, found=found, by=self.world.alice)
                        break

    @rule(which=PICK, what=st.sampled_from(["again", "seen", "leave"]))
    def decide_about_a_project(self, which: int, what: str) -> None:
        project, by, token = self.project(which), self.world.alice, uuid.uuid4()
        export = project.exports.filter(state__in=(ExportState.ASKED, ExportState.UNKNOWN)).first()
        calls = UpstreamCall.objects.for_target(project.pk).filter(operation="update", state=CallState.UNKNOWN)
        with self.step(REFUSED):
            if export is not None:
                if what == "again":
                    exports.send_again(export=export, by=by, form_token=token)
                elif what == "seen":
                    exports.seen(export=export, by=by)
                else:
                    exports.leave(export=export, by=by)
            elif calls.exists():
                if what == "again":
                    edits.send_again(project=project, by=by, form_token=token)
                elif what == "seen":
                    edits.seen(project=project, by=by)
                else:
                    edits.leave(project=project, by=by)
            elif what == "again":
                projects.send_again(project=project, by=by)
            elif what == "leave":
                projects.give_up(project=project, by=by)

    @rule(which=st.integers(0, 1), decision=st.sampled_from([Decision.APPROVED, Decision.REJECTED]))
    def review(self, which: int, decision: Decision) -> None:
        with self.step():
            clips.decide(clip=Clip.objects.get(pk=self.world.clips[which].pk), decision=decision, by=self.world.alice)

    # --- Rights and keys ------------------------------------------------------------------------------------------

    @rule(role=st.sampled_from([Role.VIEWER, Role.EDITOR, None]))
    def change_what_bob_may(self, role: Role | None) -> None:
        with self.step((teams.NotAllowed,)):
            member = Membership.objects.filter(team=self.world.team, user=self.world.bob).first()
            if member is None:
                factories.make_member(self.world.team, Role.EDITOR, self.world.bob)
            elif role is None:
                teams.remove_member(membership=member, by=self.world.alice)
            else:
                teams.change_role(membership=member, role=role, by=self.world.alice)

    @rule(what=st.sampled_from(["refuse", "take", "replace", "replace", "test", "test"]))
    def do_something_about_the_key(self, what: str) -> None:
        secret, provider, key = self.world.secrets[-1], self.world.provider, self.world.api_key
        with self.step((api_keys.KeyNotAccepted,)):
            if what == "refuse":
                provider.secrets.pop(secret, None)
            elif what == "take":
                provider.secrets[secret] = "account"
            elif what == "test" and key.state != ApiKey.State.REVOKED:
                api_keys.test(key=key, by=self.world.alice)
            elif what == "replace" and key.state != ApiKey.State.REVOKED:
                self.world.trying = factories.fresh_secret()
                provider.secrets.pop(secret, None)
                provider.secrets[self.world.trying] = "account"
                self.world.secrets.append(self.world.trying)
                api_keys.replace(key=key, secret=self.world.trying, by=self.world.alice)

    @rule(really=st.integers(0, 9))
    def remove_the_key(self, really: int) -> None:
        if really == 9 and self.world.api_key.state != ApiKey.State.REVOKED:
            with self.step():
                api_keys.remove(key=self.world.api_key, by=self.world.alice, confirmed=True)

    @rule()
    def let_the_desk_go_on(self) -> None:
        with self.step():
            restores.confirm(team=self.world.team, by=self.world.alice)

    # --- Choosing -------------------------------------------------------------------------------------------------

    def pick[T](self, things: list[T], which: int) -> T:
        return things[-1 - which % len(things)]

    def project(self, which: int) -> Project:
        rows = Project.objects.filter(team=self.world.team).select_related("api_key", "team", "call")
        return self.pick(list(rows.order_by("created_at", "title")), which)

    def film(self, which: int) -> Project:
        rows = Project.objects.filter(team=self.world.team, kind=Kind.CAPTIONS).select_related("api_key", "team")
        return self.pick(list(rows.order_by("created_at", "title")), which)

    def target(self, which: int) -> Clip | Project:
        if which < 4:
            return Clip.objects.select_related("project__api_key").get(pk=self.world.clips[which % 2].pk)
        return self.film(which)
