from __future__ import annotations

from typing import Any

from providers.picovico import PicovicoClient, UpdateVideo, limits
from tests.providers.contract import ProviderContract
from tests.providers.picovico.support import ID, KEY, TOKEN, example


class TestContract(ProviderContract):
    key = KEY
    answer = example("get_video")
    rates = limits.RATES

    def make_client(self, key: str, **options: Any) -> PicovicoClient:
        return PicovicoClient(key, TOKEN, **options)

    def read(self, client: PicovicoClient) -> object:
        return client.get_video(ID)

    def send(self, client: PicovicoClient) -> object:
        return client.update_video(ID, UpdateVideo(name="Trip"))
