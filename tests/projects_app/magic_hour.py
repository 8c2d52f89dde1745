"""A key of Magic Hour whose account lives in the sandbox in process."""

from __future__ import annotations

import secrets
from typing import Any

import httpx

from dashboard.models import ApiKey, Environment, Provider, Team
from tests import factories
from tests.conftest import InProcessSandbox


class Account:
    """What happens at Magic Hour itself: videos are made, canceled, fail and run out there."""

    def __init__(self, box: InProcessSandbox, team: Team, **fields: Any) -> None:
        self.box, self.secret = box, f"mhk_live_{secrets.token_hex(20)}"
        given = {"secret": self.secret, "environment": Environment.SANDBOX, "provider": Provider.MAGIC_HOUR}
        self.key: ApiKey = factories.make_key(team, **given | {"label": "Films"} | fields)

    def _call(self, method: str, path: str, **json: Any) -> Any:
        with httpx.Client(transport=self.box.transport, base_url="http://127.0.0.1:8999/magic-hour") as client:
            headers = {"Authorization": f"Bearer {self.secret}"}
            answer = client.request(method, path, headers=headers, json=json or None)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def seed(self, **fields: Any) -> str:
        """The id of a new video in any state; a complete one has a real film."""
        return str(self._call("POST", "/_sandbox/projects", **fields)["id"])

    def cancel(self, number: str) -> None:
        self._call("POST", f"/_sandbox/projects/{number}/cancel")

    def fail(self, number: str, message: str, *, refund: bool = True) -> None:
        self._call("POST", f"/_sandbox/projects/{number}/fail", message=message, refund=refund)

    def refund(self, number: str) -> None:
        self._call("POST", f"/_sandbox/projects/{number}/refund")

    def delete(self, number: str) -> None:
        self._call("DELETE", f"/v1/video-projects/{number}")

    def order(self, **order: Any) -> None:
        self._call("POST", "/_sandbox/faults", **order)

    def step(self, seconds: float = 2.1) -> None:
        self.box.clock.move(seconds=seconds)
        self.box.run_jobs()
