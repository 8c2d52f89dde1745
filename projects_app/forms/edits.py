"""What can be changed of a project after it was made (001 Update Project): five groups of options, and no others."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects_app import rules
from projects_app.actions import edits
from projects_app.forms.item_rows import Row
from projects_app.forms.items import ItemsFields, MusicFields
from projects_app.forms.options import CutFields, HideCaptionsFields, HookTitleFields
from projects_app.models import Project

GROUPS = ("hook_title", "items", "music", "cuts", "hide_captions")


class EditForm(HookTitleFields, ItemsFields, MusicFields, CutFields, HideCaptionsFields):
    """Begins with what was last sent; only what a person makes different from that is sent.

    `refused`: the fields of a change that was not taken, so that nobody enters them twice. `duration` in seconds.
    """

    hook_title_removable: ClassVar[bool] = True
    unset_label: ClassVar[Any] = gettext_lazy("Leave as it is")
    use_required_attribute = False

    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        project: Project,
        duration: float | None = None,
        refused: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        initial: dict[str, Any] = {"form_token": uuid.uuid4()}
        for group in GROUPS:
            initial |= getattr(self, f"{group}_initial")(edits.known(project) | (refused or {}))
        kwargs.setdefault("initial", initial)
        super().__init__(*args, **kwargs)
        self.project = project
        self.items_duration = duration
        for group in GROUPS:
            getattr(self, f"_offer_{group}")(project.api_key)
        self.fields["hook_title"].help_text = _("Large words over the first seconds.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self._keep_last_item(data)
        if "form_token" in self.errors:
            self.add_error(None, _("This form is not complete. Load the page again and fill it in once more."))
        elif not self.errors and not self.changes:
            self.add_error(None, _("Nothing is different from what was last sent, so there is nothing to send."))
        return data

    def stands(self, options: Mapping[str, Any]) -> bool:
        return not edits.only_changed(self.project, dict(options))

    def _keep_last_item(self, data: dict[str, Any]) -> None:
        """A change holds at least one item (001 Update Project), so an empty list cannot be sent."""
        last = edits.known(self.project).get("items")
        if not last or data.get("items") or "items" in self.errors or self.adds_row:
            return
        text = _(
            "Submagic cannot take away the last B-roll this way: a change must hold at least one. The list stays as it "
            "was; take it away in Submagic's editor."
        )
        self.add_error("items", text)
        data["items"] = [Row.of(index, item) for index, item in enumerate(last)]

    @property
    def changes(self) -> dict[str, Any]:
        """Only what is different, in the API's spelling."""
        found: dict[str, Any] = {}
        for group in GROUPS:
            found |= getattr(self, f"{group}_options")()
        return edits.only_changed(self.project, found)

    @property
    def warnings(self) -> list[rules.Finding]:
        """What a person should know before it is sent; none of it stands in the way."""
        changes = self.changes
        found = [each for each in rules.findings(self.project.kind, changes) if not each.blocks]
        if edits.renders(changes) and edits.renders(edits.known(self.project)):
            text = _(
                "AI items that are in the list already may be made and paid again: Submagic does not say whether a new "
                "list replaces the one before."
            )
            found.append(rules.Finding("items", text, blocks=False))
        if "music" in edits.known(self.project) and not self.cleaned_data.get("music_media"):
            text = _("Submagic cannot take music away again: what is there stays.")
            found.append(rules.Finding("music", text, blocks=False))
        for option, problem in self.stale:
            text = problem + " " + _("It is as it was sent before and is not sent again, so the change can go.")
            found.append(rules.Finding(option, text, blocks=False))
        return found
