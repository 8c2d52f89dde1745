"""A key of Picovico whose account lives in the sandbox in process."""

from __future__ import annotations

import secrets
from typing import Any

from dashboard import remote
from dashboard.models import ApiKey, Environment, Provider, Team
from providers.picovico import ImageAsset, MusicAsset, PicovicoClient, TextAsset, UpdateVideo, UploadBody, Video
from tests import factories
from tests.conftest import InProcessSandbox
from tests.sandbox.picovico.conftest import photo


class Account:
    """What happens at Picovico itself: slideshows are put together and rendered there."""

    def __init__(self, box: InProcessSandbox, team: Team, **fields: Any) -> None:
        self.box, self.pair = box, (secrets.token_hex(16), secrets.token_hex(16))
        given = {"secret": remote.pair(*self.pair), "environment": Environment.SANDBOX, "provider": Provider.PICOVICO}
        self.key: ApiKey = factories.make_key(team, **given | {"label": "Slideshows"} | fields)

    def client(self) -> PicovicoClient:
        base = "http://127.0.0.1:8999/picovico/v2.1"
        return PicovicoClient(*self.pair, base_url=base, transport=self.box.transport)

    def draft(self, name: str = "Summer") -> Video:
        with self.client() as client:
            return client.create_video(name)

    def complete(self, name: str = "Summer", *, seconds: float = 2) -> Video:
        """A draft with all that a film needs."""
        with self.client() as client:
            draft = client.create_video(name)
            content = photo((200, 30, 30))
            kept = client.upload_photo(UploadBody("a.jpg", len(content), "image/jpeg", iter([content]), lambda: None))
            music = client.musics()[0]
            assets = (
                ImageAsset(kept.id, 0, seconds, "A day out"),
                TextAsset(seconds, seconds + 1, "The end", "of summer"),
                MusicAsset(music.id),
            )
            return client.update_video(draft.id, UpdateVideo(name=name, style="vanilla", quality=360, assets=assets))

    def render(self, video: Video) -> None:
        with self.client() as client:
            assert client.render(video.id).outcome == "accepted"

    def published(self, name: str = "Summer") -> Video:
        video = self.complete(name)
        self.render(video)
        self.box.run_jobs()
        return video
