"""The Submagic client: one method per endpoint (documents 000 and 001, quoted in README.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import httpx

from providers import errors, reading
from providers.account import AccountClient
from providers.clock import ClockReading
from providers.http import Call, Exchange, Timeouts, Wire, mask, path
from providers.multipart import Form, UploadBody
from providers.ratelimit import RateHeaders
from providers.submagic import catalogue
from providers.submagic.create import Created, CreateMagicClips, CreateProject, UploadMagicClips, UploadProject
from providers.submagic.export import Exported, ExportOptions
from providers.submagic.project import Project
from providers.submagic.publish import Published, PublishRequest
from providers.submagic.published import PublishedPage
from providers.submagic.update import Updated, UpdateProject
from providers.submagic.user_media import MediaCreated, UserMediaPage

BASE_URL: Final = "https://api.submagic.co"
PROVIDER: Final = "Submagic"


class SubmagicClient(AccountClient):
    """One account of Submagic. Methods raise `providers.errors.ProviderError`; nothing is ever retried in here.

    base_url     the one address that is called; may have a path in front (the sandbox: …/submagic)
    transport    for tests; with one given, plain http to any host is taken as well
    on_rate      called with the rate headers of each answer, refusals included
    on_exchange  called after each call with a scrubbed record of it, also when it failed
    on_clock     called with how far our clock is off, after each answer that tells
                 (what a callback raises is logged and changes nothing about the call)
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = BASE_URL,
        transport: httpx.BaseTransport | None = None,
        timeouts: Timeouts | None = None,
        on_rate: Callable[[RateHeaders], None] | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
        on_clock: Callable[[ClockReading], None] | None = None,
    ) -> None:
        api_key = api_key.strip()
        if not api_key or not all("!" <= c <= "~" for c in api_key):
            raise ValueError("An API key is one word of plain letters, digits and signs.")
        self._mask = mask(api_key)
        self._wire = Wire(
            PROVIDER,
            base_url,
            {"x-api-key": api_key},
            secrets=(api_key,),
            transport=transport,
            timeouts=timeouts,
            on_rate=on_rate,
            on_exchange=on_exchange,
            on_clock=on_clock,
        )

    # Reads -----------------------------------------------------------------------------------------------------

    def health(self) -> catalogue.Health:
        """GET /health (001 Health Check), as the function `health` below, but with the key."""
        return _health(self._wire)

    def languages(self) -> list[catalogue.Language]:
        """GET /v1/languages (001 Get Languages)."""
        return self._get("languages", "/v1/languages", catalogue.languages_from_json)

    def templates(self) -> list[str]:
        """GET /v1/templates (001 Get Templates)."""
        return self._get("templates", "/v1/templates", catalogue.templates_from_json)

    def hook_title_templates(self) -> list[str]:
        """GET /v1/hook-title/templates (001 Get Hook Title Templates)."""
        return self._get("hook_title_templates", "/v1/hook-title/templates", catalogue.templates_from_json)

    def get_project(self, project_id: str) -> Project:
        """GET /v1/projects/{id} (001 Get Project); clips are projects too. `ProjectNotFound` when it is not there."""

        def read(data: reading.JSON) -> Project:
            project = Project.from_json(data)
            if project.id.lower() != project_id.lower():
                reading.refuse("it is about another project")
            return project

        return self._get("projects.get", path("/v1/projects/{id}", id=project_id), read)

    def published(
        self, *, platform: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> PublishedPage:
        """GET /v1/projects/published (001 List Published Projects); `limit` is 1 to 100, Submagic's default 25."""
        params = {"platform": platform, "limit": None if limit is None else str(limit), "cursor": cursor}
        return self._get(
            "projects.published",
            "/v1/projects/published",
            PublishedPage.from_json,
            {name: value for name, value in params.items() if value is not None},
        )

    def user_media(
        self, *, type: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> UserMediaPage:
        """GET /v1/user-media (001 List User Media); `type` VIDEO, AUDIO or IMAGE, `limit` 1 to 100, default 50."""
        params = {"type": type, "limit": None if limit is None else str(limit), "cursor": cursor}
        return self._get(
            "user_media.list",
            "/v1/user-media",
            UserMediaPage.from_json,
            {name: value for name, value in params.items() if value is not None},
        )

    # Calls that must not be repeated ---------------------------------------------------------------------------

    def create_project(self, request: CreateProject) -> Created:
        """POST /v1/projects (001 Create Project)."""
        return self._post("projects.create", "/v1/projects", Created.from_json, request.to_json())

    def create_magic_clips(self, request: CreateMagicClips) -> Created:
        """POST /v1/projects/magic-clips (001 Create Magic Clips)."""
        return self._post("magic_clips.create", "/v1/projects/magic-clips", Created.from_json, request.to_json())

    def upload_project(self, request: UploadProject, body: UploadBody) -> Created:
        """POST /v1/projects/upload (001 Upload Project). An error before `body.before_end` has run is surely
        without effect (`outcome` "not_sent" or "rejected"); after it, it may be `UnknownOutcome`."""
        return self._upload("projects.upload", "/v1/projects/upload", request.to_fields(), body, Created.from_json)

    def upload_magic_clips(self, request: UploadMagicClips, body: UploadBody) -> Created:
        """POST /v1/projects/magic-clips/upload (000 Upload Magic Clips); errors as in `upload_project`."""
        return self._upload(
            "magic_clips.upload", "/v1/projects/magic-clips/upload", request.to_fields(), body, Created.from_json
        )

    def export_project(self, project_id: str, options: ExportOptions | None = None) -> Exported:
        """POST /v1/projects/{id}/export (001 Export Project)."""
        where = path("/v1/projects/{id}/export", id=project_id)
        return self._post("projects.export", where, Exported.from_json, (options or ExportOptions()).to_json())

    def update_project(self, project_id: str, request: UpdateProject) -> Updated:
        """PUT /v1/projects/{id} (001 Update Project); with `remove_bad_takes` the answer may take two minutes."""
        where = path("/v1/projects/{id}", id=project_id)
        call = Call("projects.update", "PUT", where, safe=False, slow=True)
        return self._wire.exchange(call, Updated.from_json, json=request.to_json())

    def create_user_media(self, url: str) -> MediaCreated:
        """POST /v1/user-media (001 Create User Media): Submagic fetches a public video or picture itself."""
        return self._post("user_media.create", "/v1/user-media", MediaCreated.from_json, {"url": url})

    def upload_user_media(self, body: UploadBody) -> MediaCreated:
        """POST /v1/user-media/upload (001 Upload User Media); errors as in `upload_project`."""
        return self._upload("user_media.upload", "/v1/user-media/upload", [], body, MediaCreated.from_json)

    def publish(self, project_id: str, request: PublishRequest) -> Published:
        """POST /v1/projects/{id}/publish (001 Publish Project)."""
        where = path("/v1/projects/{id}/publish", id=project_id)
        return self._post("projects.publish", where, Published.from_json, request.to_json())

    # -----------------------------------------------------------------------------------------------------------

    def _get[T](
        self, name: str, where: str, read: Callable[[reading.JSON], T], params: dict[str, str] | None = None
    ) -> T:
        return self._wire.exchange(Call(name, "GET", where, safe=True), read, params=params)

    def _post[T](self, name: str, where: str, read: Callable[[reading.JSON], T], json: dict[str, object]) -> T:
        return self._wire.exchange(Call(name, "POST", where, safe=False), read, json=json)

    def _upload[T](
        self,
        name: str,
        where: str,
        fields: list[tuple[str, str]],
        body: UploadBody,
        read: Callable[[reading.JSON], T],
    ) -> T:
        # Slow: the provider may look at the whole file before it answers.
        call = Call(name, "POST", where, safe=False, slow=True)
        return self._wire.exchange(call, read, form=Form(fields, body, provider=PROVIDER))


def health(
    *,
    base_url: str = BASE_URL,
    transport: httpx.BaseTransport | None = None,
    timeouts: Timeouts | None = None,
    on_clock: Callable[[ClockReading], None] | None = None,
) -> catalogue.Health:
    """GET /health (001 Health Check): outside /v1, not limited, and without a key.

    An error answer that says how it is counts as an answer. Raises `ProviderError` for everything else.
    """
    wire = Wire(PROVIDER, base_url, {}, transport=transport, timeouts=timeouts, on_clock=on_clock)
    try:
        return _health(wire)
    finally:
        wire.close()


def _health(wire: Wire) -> catalogue.Health:
    try:
        return wire.exchange(Call("health", "GET", "/health", safe=True), catalogue.Health.from_json)
    except errors.ProviderError as error:
        if found := catalogue.Health.from_error(error):
            return found
        raise
