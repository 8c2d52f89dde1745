"""Pages of a server in this process: without a worker, but answers can be held back and sessions ended."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page


def open_page(page: Page, live_server: Any, path: str) -> None:
    page.goto(f"{live_server.url}{path}")
    page.evaluate("window.isSameDocument = true")


def is_same_document(page: Page) -> bool:
    """Since `open_page` nothing was loaded anew, so what was under way (an upload) still is."""
    return bool(page.evaluate("window.isSameDocument === true"))


def go(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True).click()


def provoke(page: Page, *texts: str) -> None:
    """The console may report these: the test makes them happen."""
    page.expected_problems = [*texts]  # type: ignore[attr-defined]
