from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from publishing_app.models import Platform, platform_name

TITLE_LIMIT = 100  # 001 Publish Project
# Not in the document: the platforms' own limits, so that a text is not refused minutes later.
DESCRIPTION_LIMIT = 5000
COMMENT_LIMIT = 2200
CAPTION_LIMIT = 2200
TAGS_LIMIT = 500


class Text(forms.CharField):
    """A text with a limit in characters as people count them: a line break is one, an emoji that is one is one.

    The browser's maxlength would count both differently and cut off what is typed, so the limit goes to the counter.
    """

    def __init__(self, *, limit: int, rows: int = 0, needed: Any = "", **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
        super().__init__(required=bool(needed), widget=widget, error_messages={"required": needed}, **kwargs)
        self.limit = limit
        self.validators.append(MaxLengthValidator(limit))
        self.widget.attrs |= {"data-limit": str(limit), "autocomplete": "off"}

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")


class ComposeForm(forms.Form):
    """Which platforms a video goes to, and with which words. `platforms()` is the documented object."""

    youtube = forms.BooleanField(label="YouTube", required=False)
    youtube_title = Text(label=gettext_lazy("Title"), limit=TITLE_LIMIT, needed=gettext_lazy("YouTube needs a title."))
    youtube_description = Text(label=gettext_lazy("Description"), limit=DESCRIPTION_LIMIT, rows=4)
    youtube_tags = Text(
        label=gettext_lazy("Tags"), limit=TAGS_LIMIT, help_text=gettext_lazy("Separated by commas, without #.")
    )
    youtube_first_comment = Text(label=gettext_lazy("First comment, pinned"), limit=COMMENT_LIMIT, rows=2)
    tiktok = forms.BooleanField(label="TikTok", required=False)
    tiktok_content = Text(label=gettext_lazy("Caption"), limit=CAPTION_LIMIT, rows=3)
    instagram = forms.BooleanField(label="Instagram", required=False)
    instagram_format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[("reel", gettext_lazy("Reel")), ("story", gettext_lazy("Story"))],
        widget=forms.RadioSelect,
        required=False,
    )
    instagram_content = Text(
        label=gettext_lazy("Caption"),
        limit=CAPTION_LIMIT,
        rows=3,
        needed=gettext_lazy("A reel needs a caption."),
        help_text=gettext_lazy("A story may do without."),
    )
    instagram_first_comment = Text(label=gettext_lazy("First comment, pinned"), limit=COMMENT_LIMIT, rows=2)
    again = forms.BooleanField(label=gettext_lazy("Publish it there again"), required=False)
    form_token = forms.UUIDField(widget=forms.HiddenInput)
    # What a platform needs is needed only when it is ticked, which the browser cannot know.
    use_required_attribute = False

    def __init__(
        self,
        data: Any = None,
        *,
        title: str,
        chosen: Iterable[str],
        before: dict[str, str],
        kept: dict[str, Any] | None = None,
    ) -> None:
        """title: for YouTube; chosen: platforms ticked at first; before: platform → where and when it already went.

        kept: the documented `platforms` object of a publication that is being changed.
        """
        super().__init__(
            data,
            initial={
                "youtube_title": title[:TITLE_LIMIT],
                "instagram_format": "reel",
                "form_token": uuid.uuid4(),
                **{platform: True for platform in chosen if platform in Platform.values},
                **(filled_in(kept) if kept else {}),
            },
        )
        self.before = before

    def chosen(self) -> list[str]:
        """The ticked platforms, of what was sent or of what is shown first."""
        return [platform for platform in Platform.values if self[platform].value() in (True, "on", "true")]

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The fields in groups, for the template: one group for each platform."""
        return [
            {
                "platform": platform,
                "name": platform_name(platform),
                "box": self[platform],
                "before": self.before.get(platform, ""),
                "fields": [self[name] for name in self.fields if name.startswith(f"{platform}_")],
            }
            for platform in Platform.values
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen = [platform for platform in Platform.values if data.get(platform)]
        for name in list(self.errors):
            # What stands in a platform that is not ticked is not sent, so it cannot be wrong.
            platform = name.partition("_")[0]
            if platform in Platform.values and platform not in chosen:
                del self.errors[name]
        if not chosen:
            self.add_error(None, _("Choose at least one platform."))
        if "instagram" in chosen:
            kind = data.get("instagram_format")
            if not kind and "instagram_format" not in self.errors:
                self.add_error("instagram_format", _("Choose reel or story."))
            if kind == "story" and self.has_error("instagram_content", "required"):
                del self.errors["instagram_content"]
        repeated = [self.before[platform] for platform in chosen if platform in self.before]
        if repeated and not data.get("again"):
            self.add_error(
                "again",
                _("It was already published to %(where)s. Tick this if you want it there a second time.")
                % {"where": ", ".join(repeated)},
            )
        return data

    def platforms(self) -> dict[str, Any]:
        """{"youtube": {"title": …}, …} with what was filled in and nothing else (nulls are refused)."""
        data = self.cleaned_data
        found: dict[str, Any] = {}
        if data["youtube"]:
            tags = [tag.strip().lstrip("#").strip() for tag in data["youtube_tags"].split(",")]
            found["youtube"] = _filled(
                title=data["youtube_title"],
                description=data["youtube_description"],
                tags=[tag for tag in tags if tag],
                firstComment=data["youtube_first_comment"],
            )
        if data["tiktok"]:
            found["tiktok"] = _filled(content=data["tiktok_content"])
        if data["instagram"]:
            found["instagram"] = _filled(
                format=data["instagram_format"],
                content=data.get("instagram_content"),
                firstComment=data["instagram_first_comment"],
            )
        return found


def filled_in(platforms: dict[str, Any]) -> dict[str, Any]:
    """The form's fields for a `platforms` object: the other way round than `ComposeForm.platforms`."""
    names = {"firstComment": "first_comment"}
    initial: dict[str, Any] = {}
    for platform, options in platforms.items():
        initial[platform] = True
        for name, value in options.items():
            text = ", ".join(value) if isinstance(value, list) else value
            initial[f"{platform}_{names.get(name, name)}"] = text
    return initial


def _filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
