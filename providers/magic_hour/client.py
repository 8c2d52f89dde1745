"""The Magic Hour client: its own official client makes the requests, our transport carries them (README.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import httpx

from providers import reading
from providers.account import AccountClient
from providers.addresses import segment
from providers.clock import ClockReading
from providers.http import Call, Exchange, Timeouts, Wire, mask
from providers.magic_hour.account import Account
from providers.magic_hour.video_project import VideoProject
from providers.ratelimit import RateHeaders

BASE_URL: Final = "https://api.magichour.ai"
PROVIDER: Final = "Magic Hour"


class MagicHourClient(AccountClient):
    """One account of Magic Hour. Methods raise `providers.errors.ProviderError`; nothing is ever retried in here.

    base_url     the one address that is called; may have a path in front (the sandbox: …/magic-hour)
    transport    for tests; with one given, plain http to any host is taken as well
    on_rate      called with the rate headers of each answer, refusals included (Magic Hour documents none)
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
        self._key, self._mask = api_key, mask(api_key)
        self._wire = Wire(
            PROVIDER,
            base_url,
            {},  # the official client sets the key itself
            secrets=(api_key,),
            transport=transport,
            timeouts=timeouts,
            on_rate=on_rate,
            on_exchange=on_exchange,
            on_clock=on_clock,
        )

    def get_video_project(self, project_id: str) -> VideoProject:
        """GET /v1/video-projects/{id} (002 Get Video Project). `ProjectNotFound` when it is not there; a deleted one
        may also come with `enabled` false."""
        quoted = segment("project_id", project_id)

        def read(data: reading.JSON) -> VideoProject:
            project = VideoProject.from_json(data)
            if project.id != project_id:
                reading.refuse("it is about another project")
            return project

        call = Call("video_projects.get", "GET", f"/v1/video-projects/{quoted}", safe=True)
        return self._wire.carry(call, read, lambda http: self._official(http).v1.video_projects.get(id=quoted))

    def delete_video_project(self, project_id: str) -> None:
        """DELETE /v1/video-projects/{id} (official client, video_projects.delete): 204, and the rendered video is gone
        for good. `Invalid` for one that may not be deleted (a template); `UnknownOutcome` when the answer was lost,
        and then a look tells."""
        quoted = segment("project_id", project_id)
        call = Call("video_projects.delete", "DELETE", f"/v1/video-projects/{quoted}", safe=False)
        self._wire.carry(call, lambda _: None, lambda http: self._official(http).v1.video_projects.delete(id=quoted))

    def account(self) -> Account:
        """GET /v1/account (official client, account.list): credits and plan of the account that owns the key."""
        call = Call("account.get", "GET", "/v1/account", safe=True)
        return self._wire.carry(call, Account.from_json, lambda http: self._official(http).v1.account.list())

    def _official(self, http: httpx.Client) -> Any:
        # Imported here: its hundreds of models take a quarter of a second, which no process pays that never calls.
        from magic_hour import Client

        return Client(token=self._key, base_url=self._wire.base_url, httpx_client=http)
