from __future__ import annotations

from typing import Any

from providers.submagic import SubmagicClient, limits
from tests.providers.contract import ProviderContract
from tests.providers.submagic.calls import ID
from tests.providers.submagic.support import KEY


class TestContract(ProviderContract):
    key = KEY
    answer = {"id": ID, "status": "completed"}
    rates = limits.RATES

    def make_client(self, key: str, **options: Any) -> SubmagicClient:
        return SubmagicClient(key, **options)

    def read(self, client: SubmagicClient) -> object:
        return client.get_project(ID)

    def send(self, client: SubmagicClient) -> object:
        return client.export_project(ID)
