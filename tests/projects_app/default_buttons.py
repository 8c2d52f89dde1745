"""What Enter in a field of a form presses."""

from __future__ import annotations

import re

from django.http import HttpResponse

OPTIONAL = ("name", "formaction", "hx-post", "disabled", "data-default", "aria-hidden")


def default_button(page: HttpResponse, form_id: str) -> set[str]:
    """The telling attributes of a form's first submit button: browsers press that one for Enter, seen or not."""
    form = page.content.decode().split(f'id="{form_id}"')[1].split("</form>")[0]
    buttons = [found for found in re.findall(r"<button[^>]*>", form) if 'type="button"' not in found]
    return {name for name in OPTIONAL if re.search(rf"\s{name}\b", buttons[0])}
