from __future__ import annotations

from publishing_app.forms.compose import ComposeForm, filled_in
from publishing_app.forms.decide import SendAgainForm
from publishing_app.forms.when import WhenForm

__all__ = ["ComposeForm", "SendAgainForm", "WhenForm", "filled_in"]
