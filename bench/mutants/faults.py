"""The faults: what a careless change could do to the promises of this desk, as one replaced piece of text each."""

# ruff: noqa: E501

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """`old` stands exactly once in `path`; with `new` in its place one of `tests` must fail."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


MATRIX = "tests/matrix/"
CALLS = "tests/dashboard/actions/test_upstream_calls.py"
HOOKS = ("tests/projects_app/views/test_webhooks.py", "tests/projects_app/actions/test_webhooks.py")
UPLOADS = ("tests/projects_app/views/test_uploads.py", "tests/projects_app/actions/test_durable.py")
FEED = "tests/publishing_app/actions/test_feed.py"
PUBLISH = "tests/publishing_app/actions/test_publish_calls.py"

FAULTS: tuple[Fault, ...] = (
    Fault(
        "a webhook is acknowledged before it is stored",
        "projects_app/actions/hook_door.py",
        "        keep(cursor, fresh)\n    return answers\n",
        "    return answers\n",
        HOOKS,
    ),
    Fault(
        "two threads write for all at once",
        "dashboard/together.py",
        "        if not leads:\n            mine.turn.wait()\n",
        "        if not leads:\n            mine.turn.wait(0.001)\n",
        ("tests/dashboard/test_together.py",),
    ),
    Fault(
        "an error of one message is everybody's",
        "projects_app/actions/hook_door.py",
        "of_one=(IntegrityError,)",
        "of_one=()",
        HOOKS,
    ),
    Fault(
        "a webhook that could not be stored is acknowledged",
        "projects_app/views/webhooks.py",
        "    except DatabaseError:\n        return _plain(503)\n",
        "    except DatabaseError:\n        return _plain(204)\n",
        HOOKS,
    ),
    Fault(
        "the status in a webhook's body is believed",
        "projects_app/actions/webhooks.py",
        "    return not claim.status or claim.status.lower() == project.upstream_status.lower()\n",
        "    return True\n",
        HOOKS,
    ),
    Fault(
        "a project that a webhook names is taken without its echo",
        "projects_app/actions/lost_calls.py",
        "    return hmac.compare_digest(crypto.fingerprint(token), call.hook_hash)\n",
        "    return True\n",
        HOOKS,
    ),
    Fault(
        "an address under which webhooks come never closes",
        "projects_app/hook_statements.py",
        "at(now - OPEN_FOR)]",
        "at(now - 100 * OPEN_FOR)]",
        HOOKS,
    ),
    Fault(
        "one leaked address may cost any number of reads",
        "projects_app/actions/webhooks.py",
        '    return cache.add(f"hook-fetch:{call.pk}", 1, FETCH_EVERY[call.api_key.environment])\n',
        "    return True\n",
        HOOKS,
    ),
    Fault(
        "a webhook's secret is stored as it is",
        "dashboard/crypto.py",
        "    return hashlib.sha256(token.encode()).hexdigest()\n",
        "    return token[:64]\n",
        ("tests/dashboard/test_crypto.py", *HOOKS),
    ),
    Fault(
        "a call whose sender died is sent again",
        "dashboard/actions/call_outcomes.py",
        '    if call.state != CallState.SENDING or not call.operation.startswith("upload_"):\n',
        "    if call.state != CallState.SENDING:\n",
        (CALLS, PUBLISH, MATRIX),
    ),
    Fault(
        "an upload that may be whole at the provider is sent again",
        "dashboard/actions/call_outcomes.py",
        '    if call.state != CallState.SENDING or not call.operation.startswith("upload_"):\n',
        '    if not call.operation.startswith("upload_"):\n',
        (CALLS, "tests/projects_app/actions/test_relay.py"),
    ),
    Fault(
        "a 5xx counts as not done",
        "providers/classify.py",
        "        and (status == 409 or not (status in _CLEAR or (status in _STATED and stated)))\n",
        "        and status == 409\n",
        ("tests/providers/submagic/test_errors.py", MATRIX),
    ),
    Fault(
        "the closing boundary leaves before that is written down",
        "projects_app/actions/relay.py",
        "            if row.state != UploadState.RECEIVED or not upstream_calls.committing(self.call, check=permits.check):\n",
        "            if row.state != UploadState.RECEIVED:\n",
        ("tests/projects_app/actions/test_relay.py", "tests/projects_app/actions/test_withdrawn.py"),
    ),
    Fault(
        "the wait that a 429 names is not kept",
        "dashboard/actions/call_outcomes.py",
        "        at = soon(error.wait_seconds)\n",
        "        at = soon(0)\n",
        (CALLS, MATRIX),
    ),
    Fault(
        "a key's budget is not asked",
        "dashboard/actions/upstream_calls.py",
        "    if seconds := budgets.turn(call.api_key, CLASSES[call.operation], click=True, ahead=older.count()):\n",
        "    if False and (seconds := float(older.count())):\n",
        ("tests/projects_app/actions/test_budget_turns.py",),
    ),
    Fault(
        "what a removed member asked for still goes out",
        "dashboard/actions/permits.py",
        "    if member is None or not member.user.is_active or not member.reaches(Role.EDITOR):\n",
        "    if member is not None and not member.user.is_active:\n",
        ("tests/dashboard/actions/test_permits.py", MATRIX),
    ),
    Fault(
        "a call goes out with a secret that was replaced",
        "dashboard/actions/permits.py",
        "    if key.version != call.api_key.version:\n",
        "    if False:\n",
        ("tests/dashboard/actions/test_permits.py", "tests/projects_app/actions/test_withdrawn.py"),
    ),
    Fault(
        "a restored backup sends what it finds",
        "dashboard/actions/permits.py",
        "held_since__isnull=False).exists() or bool(pulse.sign())\n",
        "held_since__isnull=False).exists() and False\n",
        ("tests/dashboard/actions/test_restores.py",),
    ),
    Fault(
        "a database that went back is not noticed",
        "dashboard/pulse.py",
        "    if not mark.is_behind(row):\n",
        "    if False:\n",
        ("tests/dashboard/test_pulse.py", "tests/dashboard/actions/test_restores.py"),
    ),
    Fault(
        "one 401 stops all work of a key",
        "dashboard/actions/api_keys.py",
        "        try_out(secret=secret, environment=key.environment, provider=key.provider, key=key)\n"
        "    except UnknownToProvider:\n        return refused",
        "        raise UnknownToProvider\n    except UnknownToProvider:\n        return refused",
        ("tests/dashboard/actions/test_api_keys.py", "tests/projects_app/actions/test_project_calls.py"),
    ),
    Fault(
        "another team's rows are found",
        "dashboard/access.py",
        "        return queryset.for_team(team).get(pk=pk)\n",
        "        return queryset.get(pk=pk)\n",
        ("tests/dashboard/test_access.py", "tests/rules/test_every_url.py"),
    ),
    Fault(
        "a sealed key opens in another row",
        "dashboard/remote.py",
        '    return f"api_key:{key.team_id}:{key.pk}:{key.version}"\n',
        '    return "api_key"\n',
        ("tests/dashboard/test_remote.py", "tests/dashboard/views/test_keys.py", "tests/dashboard/test_crypto.py"),
    ),
    Fault(
        "keys are written into the log",
        "providers/scrub.py",
        "    text = _KEY.sub(lambda found: mask(found.group()), text)\n",
        "",
        ("tests/dashboard/test_logs.py", "tests/providers/test_http.py"),
    ),
    Fault(
        "bytes are acknowledged before they are durable",
        "projects_app/actions/receive_session.py",
        "        self.writer.sync()\n        self._record(self.position)\n",
        "        self._record(self.position)\n",
        UPLOADS,
    ),
    Fault(
        "a sync that the disk refused is forgotten",
        "projects_app/durable.py",
        "        self._thread.shutdown(wait=True)\n        self.ended(wait=True)\n",
        "        self._thread.shutdown(wait=True)\n",
        UPLOADS,
    ),
    Fault(
        "bytes are taken at any offset",
        "projects_app/actions/receiving.py",
        "        if at != (upload.offset if joined else upload.size):\n            raise Conflict\n",
        "",
        (UPLOADS[0], "tests/conformance/test_core.py"),
    ),
    Fault(
        "the space that stays free is given away",
        "projects_app/spool.py",
        "        if size > free_bytes():\n            raise SpoolFull\n",
        "",
        ("tests/projects_app/test_spool.py",),
    ),
    Fault(
        "the first of several possible posts is taken for ours",
        "publishing_app/actions/publish_evidence.py",
        "        if len(found) == 1:\n",
        "        if found:\n",
        (PUBLISH, "tests/publishing_app/actions/test_publish_decisions.py"),
    ),
    Fault(
        "a post that was there before is taken for ours",
        "publishing_app/actions/publish_evidence.py",
        "                and entry.id not in before\n",
        "",
        (PUBLISH, "tests/publishing_app/actions/test_publish_decisions.py"),
    ),
    Fault(
        "a scheduled post goes out early",
        "publishing_app/actions/schedules.py",
        "    if later := _later(call, call.not_before):\n        hold.write(next_look_at=later)\n        return False\n",
        "",
        ("tests/publishing_app/actions/test_schedules.py", MATRIX),
    ),
    Fault(
        "a scheduled post goes out hours late, unasked",
        "publishing_app/actions/schedules.py",
        "    return _lateness(call, publication) > LATE\n",
        "    return False\n",
        ("tests/publishing_app/actions/test_schedules.py", MATRIX),
    ),
    Fault(
        "a double click publishes twice",
        "publishing_app/actions/publications.py",
        "        form_token=form_token,\n        at=schedule.at if schedule and kept else None,\n",
        "        at=schedule.at if schedule and kept else None,\n",
        (PUBLISH,),
    ),
    Fault(
        "an older answer overwrites a newer one",
        "projects_app/actions/look_results.py",
        "        return known is None or seen.updated_at > known\n",
        "        return True\n",
        ("tests/projects_app/actions/test_looks.py", MATRIX),
    ),
    Fault(
        "one 404 is a deletion",
        "projects_app/actions/looks.py",
        "    if first is None or now - first < GONE_AFTER:\n",
        "    if False:\n",
        ("tests/projects_app/actions/test_look_trouble.py",),
    ),
    Fault(
        "a feed that leads back to itself is read for ever",
        "publishing_app/actions/feed.py",
        "        if mark in self.seen:\n",
        "        if False:\n",
        (FEED,),
    ),
    Fault(
        "an accepted call leaves no trace in the audit",
        "dashboard/actions/upstream_calls.py",
        '        audit.record(team=call.team, by=by, verb="call.accepted", target=call, upstream_id=upstream_id)\n',
        "        pass\n",
        (CALLS, "tests/dashboard/views/test_audit.py"),
    ),
    Fault(
        "a text becomes a formula in a spreadsheet",
        "publishing_app/csv_rows.py",
        '    return f"\'{value}" if value.startswith(_STARTS_A_FORMULA) else value\n',
        "    return value\n",
        ("tests/publishing_app/test_csv_rows.py",),
    ),
    Fault(
        "a file that lies in the archive is believed without its sum",
        "projects_app/actions/archive_copies.py",
        "        if found.sha256 == row.sha256:\n",
        "        if found.sha256:\n",
        ("tests/projects_app/actions/test_archive_copies.py",),
    ),
)
