from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _


class Platform(models.TextChoices):
    YOUTUBE = "youtube", "YouTube"
    TIKTOK = "tiktok", "TikTok"
    INSTAGRAM = "instagram", "Instagram"


def platform_name(platform: str) -> str:
    """As people write it; a platform we do not know keeps the provider's word."""
    return str(Platform(platform).label) if platform in Platform.values else platform


@dataclass(frozen=True, slots=True)
class Chip:
    """What is true of one platform of a publication. `state` is a status word, `said` its words for people."""

    platform: str
    state: str
    said: str
    link: str = ""
    url: str = ""
    error: str = ""
    advice: str = ""

    @property
    def name(self) -> str:
        return platform_name(self.platform)

    @property
    def failed(self) -> bool:
        return self.state == "failed"


def advice_for(error: str, platform: str) -> str:
    """What a person can do about a platform's refusal, told from its words."""
    words = error.lower()
    name = platform_name(platform)
    if any(sign in words for sign in ("connect", "token", "auth", "expired", "permission", "login", "log in")):
        return _("Connect the %(name)s account again on Submagic's Publishing page, then publish to %(name)s only.") % {
            "name": name
        }
    if any(sign in words for sign in ("limit", "quota", "too many", "rate")):
        return _("%(name)s takes no more posts for now. Wait some hours, then publish to %(name)s only.") % {
            "name": name
        }
    if any(sign in words for sign in ("duplicate", "already")):
        return _("%(name)s already has this video. Look at the account before you publish again.") % {"name": name}
    return _("Look at the %(name)s account, then publish to %(name)s only; the other platforms stay as they are.") % {
        "name": name
    }
