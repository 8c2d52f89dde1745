"""The Picovico client: one method per endpoint of API 2.1 (document 003, quoted in README.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import httpx

from providers import errors, reading
from providers.account import AccountClient
from providers.bodies import Binary, Fields
from providers.clock import ClockReading
from providers.http import Call, Exchange, Timeouts, Wire, mask, path
from providers.multipart import UploadBody
from providers.picovico import catalogue
from providers.picovico.catalogue import Account, Music, Photo, Style
from providers.picovico.paging import PageQuery, VideoPage
from providers.picovico.render import Previewed, Rendered
from providers.picovico.update import UpdateVideo
from providers.picovico.video import Video
from providers.ratelimit import RateHeaders

# The service is archived: nobody is expected to answer there. The sandbox does, at …/picovico/v2.1.
BASE_URL: Final = "https://uapi-f1.picovico.com/v2.1"
PROVIDER: Final = "Picovico"


class PicovicoClient(AccountClient):
    """One account of Picovico. Methods raise `providers.errors.ProviderError`; nothing is ever retried in here.

    access_key, access_token    what Picovico's login gives (apidocs, docs/account/index.md); both are secrets
    base_url     the one address that is called, version included (the sandbox: …/picovico/v2.1)
    transport    for tests; with one given, plain http to any host is taken as well
    on_rate      called with the rate headers of each answer, refusals included
    on_exchange  called after each call with a scrubbed record of it, also when it failed
    on_clock     called with how far our clock is off, after each answer that tells
                 (what a callback raises is logged and changes nothing about the call)
    """

    def __init__(
        self,
        access_key: str,
        access_token: str,
        *,
        base_url: str = BASE_URL,
        transport: httpx.BaseTransport | None = None,
        timeouts: Timeouts | None = None,
        on_rate: Callable[[RateHeaders], None] | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
        on_clock: Callable[[ClockReading], None] | None = None,
    ) -> None:
        access_key, access_token = access_key.strip(), access_token.strip()
        for secret in (access_key, access_token):
            if not secret or not all("!" <= c <= "~" for c in secret):
                raise ValueError("An access key and an access token are each one word of plain letters and digits.")
        self._mask = mask(access_key).removeprefix("sk-")
        self._wire = Wire(
            PROVIDER,
            base_url,
            {"X-Access-Key": access_key, "X-Access-Token": access_token},
            # The longer one first: if one begins with the other, nothing of it may be left over.
            secrets=tuple(sorted((access_key, access_token), key=len, reverse=True)),
            transport=transport,
            timeouts=timeouts,
            on_rate=on_rate,
            on_exchange=on_exchange,
            on_clock=on_clock,
        )

    # Reads -----------------------------------------------------------------------------------------------------

    def videos(self, *, count: int | None = None, from_: int | None = None, to: int | None = None) -> VideoPage:
        """GET /me/videos (003): videos that are made or being made. `from_` and `to` are unix seconds, as in
        `VideoPage.next` and `.prev`; Picovico's own `count` is 15."""
        return self._get("videos.list", "/me/videos", VideoPage.from_json, PageQuery(count, from_, to).params())

    def draft(self) -> Video | None:
        """GET /me/draft (contract section 1): the one open draft of the account, None when there is none.

        How "none" is told is not documented; a 404 in the API's own words, null, nothing and an object without an id
        are all read so.
        """

        def read(data: reading.JSON) -> Video | None:
            return None if data.get("id") is None else Video.from_json(data)

        try:
            return self._wire.exchange(Call("videos.draft", "GET", "/me/draft", safe=True, bare="drafts"), read)
        except errors.RouteNotFound:
            raise
        except errors.NotFound:
            return None

    def get_video(self, video_id: str) -> Video:
        """GET /me/videos/<video-id> (003). `NotFound` when it is not there."""
        return self._get("videos.get", path("/me/videos/{id}", id=video_id), self._same(video_id))

    def styles(self, *, own: bool = False) -> list[Style]:
        """GET /styles, or /me/styles with `own` (apidocs, api.blueprint, Styles)."""
        return self._list("styles", "/me/styles" if own else "/styles", catalogue.styles_from_json, "styles")

    def musics(self, *, own: bool = False) -> list[Music]:
        """GET /musics, Picovico's own, or /me/musics with `own` (apidocs, api.blueprint, Musics)."""
        return self._list("musics", "/me/musics" if own else "/musics", catalogue.musics_from_json, "musics")

    def photos(self) -> list[Photo]:
        """GET /me/photos (apidocs, docs/photos/details.md), albums one after the other."""
        return self._list("photos.list", "/me/photos", catalogue.photos_from_json, "photos")

    def me(self) -> Account:
        """GET /me (apidocs, docs/account/mohars.md): the account and its balance."""
        return self._get("me", "/me", Account.from_json)

    # Calls that must not be repeated ---------------------------------------------------------------------------

    def create_video(self, name: str) -> Video:
        """POST /me/videos (003): a new draft, **or the last one**, with whatever is in it, when one is open."""
        call = Call("videos.create", "POST", "/me/videos", safe=False)
        return self._wire.exchange(call, Video.from_json, form=Fields({"name": name}))

    def update_video(self, video_id: str, request: UpdateVideo) -> Video:
        """POST /me/videos/<video-id> (003): only what was set is sent. The answer is the video as it is then."""
        call = Call("videos.update", "POST", path("/me/videos/{id}", id=video_id), safe=False)
        return self._wire.exchange(call, self._same(video_id), form=Fields(request.to_fields()))

    def delete_video(self, video_id: str) -> None:
        """DELETE /me/videos/<video-id> (003)."""
        self._delete("videos.delete", path("/me/videos/{id}", id=video_id))

    def render(self, video_id: str) -> Rendered:
        """POST /me/videos/<video-id>/render (003): **spends credits** when it is accepted.

        A 74xx says what is missing and spends nothing, and is an answer, not an error, whether it comes with HTTP 200
        (as the page's table reads) or as an error body.
        """
        call = Call("videos.render", "POST", path("/me/videos/{id}/render", id=video_id), safe=False)
        try:
            answer = self._wire.exchange(call, Rendered.from_json)
            # Its words may be shown to people.
            return replace(answer, message=self._wire.words(answer.message))
        except errors.ProviderError as error:
            if found := Rendered.from_error(error):
                return found
            raise

    def preview(self, video_id: str) -> Previewed:
        """POST /me/videos/<video-id>/preview (contract section 1): 144 pixels high, status unchanged."""
        call = Call("videos.preview", "POST", path("/me/videos/{id}/preview", id=video_id), safe=False, slow=True)
        return self._wire.exchange(call, Previewed.from_json)

    def duplicate(self, video_id: str) -> Video:
        """POST /me/videos/<video-id>/duplicate (contract section 1): copied into the open draft, **which is
        overwritten**. The answer is that draft."""
        call = Call("videos.duplicate", "POST", path("/me/videos/{id}/duplicate", id=video_id), safe=False)
        return self._wire.exchange(call, Video.from_json)

    def upload_photo(self, body: UploadBody) -> Photo:
        """PUT /me/photos (apidocs, docs/photos/details.md): the file is the whole body, JPEG or PNG.

        An error before `body.before_end` has run is surely without effect (`outcome` "not_sent" or "rejected"); after
        it, it may be `UnknownOutcome`. ValueError for a file of no bytes.
        """
        call = Call("photos.upload", "PUT", "/me/photos", safe=False, slow=True)
        return self._wire.exchange(call, Photo.from_json, form=Binary(body, provider=PROVIDER))

    def external_photo(self, url: str, *, thumbnail_url: str = "", service: str = "url") -> Photo:
        """POST /me/photos/external (apidocs, docs/photos/details.md): Picovico fetches a public picture itself."""
        fields = {"url": url, "thumbnail_url": thumbnail_url or url, "service": service}
        call = Call("photos.external", "POST", "/me/photos/external", safe=False, slow=True)
        return self._wire.exchange(call, Photo.from_json, form=Fields(fields))

    def delete_photo(self, photo_id: str) -> None:
        """DELETE /me/photos/<photo_id> (apidocs, docs/photos/details.md)."""
        self._delete("photos.delete", path("/me/photos/{id}", id=photo_id))

    # -----------------------------------------------------------------------------------------------------------

    def _same(self, video_id: str) -> Callable[[reading.JSON], Video]:
        def read(data: reading.JSON) -> Video:
            video = Video.from_json(data)
            if video.id != video_id:
                reading.refuse("it is about another video")
            return video

        return read

    def _get[T](
        self, name: str, where: str, read: Callable[[reading.JSON], T], params: dict[str, str] | None = None
    ) -> T:
        return self._wire.exchange(Call(name, "GET", where, safe=True), read, params=params or None)

    def _list[T](self, name: str, where: str, read: Callable[[reading.JSON], T], bare: str) -> T:
        return self._wire.exchange(Call(name, "GET", where, safe=True, bare=bare), read)

    def _delete(self, name: str, where: str) -> None:
        # A success may come without any words.
        self._wire.exchange(Call(name, "DELETE", where, safe=False, bare="deleted"), lambda data: None)
