"""The form of a new project: what a person has opened and entered stays when another key brings its lists."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_every_option import Account, account, fold_out
from tests.desk import Desk

__all__ = ["account"]

pytestmark = [pytest.mark.xdist_group("desk"), pytest.mark.timeout(180)]


def test_another_key_leaves_the_form_as_it_is(page: Page, desk: Desk, account: Account) -> None:
    page.goto(f"{desk.url}/t/demo/projects/new/?sample=url")
    fold_out(page, "items")
    page.get_by_role("button", name="Add AI B-roll").click()
    page.locator("[name$=-prompt]:visible").fill("Boats in a calm harbour")
    key = page.locator("#new-project [name=api_key]")
    value = key.locator("option").filter(has_text=account.label).get_attribute("value")
    key.focus()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        key.select_option(value)
    expect(key).to_have_value(value or "")
    expect(key).to_be_focused()
    expect(page.locator("#group-items")).to_have_attribute("open", "")
    expect(page.locator("[data-broll-row] [name$=-prompt]")).to_have_value("Boats in a calm harbour")
