from __future__ import annotations

from typing import Any

from providers.magic_hour import MagicHourClient, limits
from tests.providers.contract import ProviderContract
from tests.providers.magic_hour.support import ID, KEY, example


class TestContract(ProviderContract):
    key = KEY
    answer = example("video_project")
    rates = limits.RATES

    def make_client(self, key: str, **options: Any) -> MagicHourClient:
        return MagicHourClient(key, **options)

    def read(self, client: MagicHourClient) -> object:
        return client.get_video_project(ID)

    def send(self, client: MagicHourClient) -> object:
        return client.delete_video_project(ID)
