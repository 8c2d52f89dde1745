"""The options of a project that decide how it looks: see forms/options.py."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.models import ApiKey
from projects_app import catalogue
from projects_app.forms.option_base import LONGEST_ID, OFF, ChoiceBar, OptionFields, number_field, only_set, text_field
from providers.submagic import limits

TEMPLATE, THEME, PRESET, AI_EDIT = "template", "theme", "preset", "ai_edit"
AI, OWN = "ai", "own"


class LookFields(OptionFields):
    """Where the look comes from: one of four, of which the provider takes only one. Fields of the others are ignored.

    A template without a name is Submagic's default, and nothing is sent.
    """

    look = forms.ChoiceField(
        label=_("Look"),
        required=False,
        choices=[
            (TEMPLATE, _("Template")),
            (THEME, _("Own theme")),
            (PRESET, _("Submagic preset")),
            (AI_EDIT, _("AI edit")),
        ],
        initial=TEMPLATE,
        widget=ChoiceBar,
    )
    template = forms.CharField(label=_("Template"), required=False)
    theme_id = text_field(
        _("Theme id"),
        longest=LONGEST_ID,
        help_text=_("In Submagic open a project, choose your theme and press the pen: the id stands under its name."),
        placeholder=_("Theme id"),
        spellcheck="false",
    )
    preset_id = text_field(
        _("Preset id"),
        longest=LONGEST_ID,
        help_text=_(
            "In Submagic open Presets and the menu of a preset: “Copy ID”. The preset decides look, hook title, music, "
            "B-roll, zooms and cuts; these cannot be set beside it."
        ),
        placeholder=_("Preset id"),
        spellcheck="false",
    )
    ai_edit_template = forms.ChoiceField(
        label=_("AI edit template"),
        required=False,
        choices=[
            ("", _("Choose one")),
            ("kelly", _("kelly: minimal, design")),
            ("karl", _("karl: effective, modern")),
            ("ella", _("ella: dynamic, bold")),
        ],
        help_text=_(
            "Submagic's AI splits the scenes and adds B-roll, music and styling itself. Only the title, the language, "
            "the video and your dictionary go with it."
        ),
    )

    def _offer_look(self, key: ApiKey) -> None:
        templates = catalogue.templates(key)
        self.fields["template"] = forms.ChoiceField(
            label=_("Template"),
            required=False,
            choices=[
                ("", _("Submagic's default (%(name)s)") % {"name": limits.DEFAULT_TEMPLATE}),
                *((each.value, each.label) for each in templates.choices),
            ],
            help_text=templates.problem,
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        fields = {TEMPLATE: "template", THEME: "theme_id", PRESET: "preset_id", AI_EDIT: "ai_edit_template"}
        wanted = fields[data.get("look") or TEMPLATE]
        self.forget(*(name for name in fields.values() if name != wanted))
        if not data.get(wanted) and wanted not in self.errors:
            if wanted == "theme_id":
                self.add_error(wanted, _("Paste the id of the theme, or choose another look."))
            elif wanted == "preset_id":
                self.add_error(wanted, _("Paste the id of the preset, or choose another look."))
            elif wanted == "ai_edit_template":
                self.add_error(wanted, _("Choose an AI edit template, or another look."))
        return data

    def look_options(self) -> dict[str, Any]:
        data = self.cleaned_data
        return only_set(
            templateName=data.get("template"),
            userThemeId=data.get("theme_id"),
            presetId=data.get("preset_id"),
            aiEditTemplate=data.get("ai_edit_template"),
        )

    @staticmethod
    def look_initial(options: dict[str, Any]) -> dict[str, Any]:
        names = {"userThemeId": THEME, "presetId": PRESET, "aiEditTemplate": AI_EDIT}
        return {
            "look": next((look for name, look in names.items() if options.get(name)), TEMPLATE),
            "template": options.get("templateName", ""),
            "theme_id": options.get("userThemeId", ""),
            "preset_id": options.get("presetId", ""),
            "ai_edit_template": options.get("aiEditTemplate", ""),
        }


class HookTitleFields(OptionFields):
    """The animated opening line. Not sending it is not the same as "off" (contract.md, row 14).

    A form whose request can take it away again sets `hook_title_removable`.
    """

    hook_title_removable: ClassVar[bool] = False

    hook_title = forms.ChoiceField(
        label=_("Hook title"),
        required=False,
        widget=ChoiceBar(attrs={"data-say": "{value}"}),
        choices=[("", _("Default")), (AI, _("AI writes it")), (OWN, _("Own text")), (OFF, _("Remove it"))],
        help_text=_(
            "Large words over the first seconds. Default sends nothing, which is not the same as off: Submagic's "
            "documents do not agree whether a hook title then appears."
        ),
    )
    hook_text = text_field(
        _("Text"),
        longest=limits.HOOK_TEXT[1],
        help_text=_("Up to 100 characters."),
    )
    hook_template = forms.CharField(label=_("Style"), required=False)
    hook_top = number_field(
        _("Distance from the top"),
        limits.HOOK_TOP,
        help_text=_("0 to 80; Submagic's default is 50."),
        placeholder="50",
    )
    hook_size = number_field(
        _("Size of the letters"),
        limits.HOOK_SIZE,
        help_text=_("0 to 80; Submagic's default is 30."),
        placeholder="30",
    )

    def _offer_hook_title(self, key: ApiKey) -> None:
        self.offer_choices(
            "hook_title",
            [
                (AI, _("AI writes it")),
                (OWN, _("Own text")),
                *([(OFF, _("Remove it"))] if self.hook_title_removable else []),
            ],
        )
        styles = catalogue.hook_titles(key)
        self.fields["hook_template"] = forms.ChoiceField(
            label=_("Style"),
            required=False,
            choices=[("", _("Submagic's default (tiktok)")), *((each.value, each.label) for each in styles.choices)],
            help_text=styles.problem,
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        chosen = data.get("hook_title")
        if chosen != OWN:
            self.forget("hook_text")
        if chosen not in (AI, OWN):
            self.forget("hook_template", "hook_top", "hook_size")
        if chosen == OWN and not data.get("hook_text") and "hook_text" not in self.errors:
            self.add_error("hook_text", _("Write the opening line, or let AI write it."))
        return data

    def hook_title_options(self) -> dict[str, Any]:
        data = self.cleaned_data
        chosen = data.get("hook_title")
        if chosen == OFF:
            return {"hookTitle": False}
        if chosen not in (AI, OWN):
            return {}
        about = only_set(
            text=data.get("hook_text"),
            template=data.get("hook_template"),
            top=data.get("hook_top"),
            size=data.get("hook_size"),
        )
        return {"hookTitle": about or True}

    @staticmethod
    def hook_title_initial(options: dict[str, Any]) -> dict[str, Any]:
        hook = options.get("hookTitle")
        about = hook if isinstance(hook, dict) else {}
        chosen = "" if hook is None else OFF if hook is False else OWN if about.get("text") else AI
        return {
            "hook_title": chosen,
            "hook_text": about.get("text", ""),
            "hook_template": about.get("template", ""),
            "hook_top": about.get("top"),
            "hook_size": about.get("size"),
        }
