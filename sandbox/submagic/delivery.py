"""Sends webhooks over real HTTP."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from sandbox.submagic.urls import may_receive_webhooks

TIMEOUT = 10.0


class DeliveryError(Exception):
    """Nobody answered, or the address may not be called."""


def deliver(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """POST once and return the status; only HTTPS or this machine, no redirects, no proxies."""
    if not may_receive_webhooks(url):
        raise DeliveryError("only https, or http on this machine")
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
            return client.post(url, content=body, headers=dict(headers)).status_code
    except httpx.HTTPError as error:
        raise DeliveryError(str(error)) from error
