"""Every option of a captions project, as a filled-in form and as what is sent."""

from __future__ import annotations

from typing import Any

from tests.projects_app.forms_data import filled

WORDS = ["Clipdesk", "Submagic", "ffmpeg"]


def captions_form(video_url: str, *, broll: str, music: str, **changes: Any) -> dict[str, Any]:
    """`broll` and `music` are ids of the library."""
    return filled(
        **{
            "source": "url",
            "kind": "captions",
            "youtube_url": None,
            "video_url": video_url,
            "look": "template",
            "template": "Hormozi 2",
            "hook_title": "own",
            "hook_text": "Stop scrolling",
            "hook_template": "laura",
            "hook_top": "45",
            "hook_size": "32",
            "silence_pace": "extra-fast",
            "bad_takes": "on",
            "magic_zooms": "on",
            "magic_brolls": "on",
            "magic_brolls_percentage": "75",
            "clean_audio": "on",
            "disable_captions": "off",
            "dictionary": "\r\n".join([*WORDS, "", "Submagic"]),
            "item-0-type": "user-media",
            "item-0-start": "0:05",
            "item-0-end": "8.5",
            "item-0-media": broll,
            "item-0-layout": "pip-top-right",
            "item-1-type": "ai-broll",
            "item-1-start": "8.5",
            "item-1-end": "20.5",
            "item-1-prompt": "waves on a beach at dusk",
            "item-1-layout": "split-50-50",
            "music_media": music,
            "music_volume": "30",
            "music_start": "1.5",
        }
        | changes
    )


def captions_options(*, broll: str, music: str) -> dict[str, Any]:
    return {
        "templateName": "Hormozi 2",
        "hookTitle": {"text": "Stop scrolling", "template": "laura", "top": 45, "size": 32},
        "removeSilencePace": "extra-fast",
        "removeBadTakes": True,
        "magicZooms": True,
        "magicBrolls": True,
        "magicBrollsPercentage": 75,
        "cleanAudio": True,
        "disableCaptions": False,
        "dictionary": WORDS,
        "items": [
            {"type": "user-media", "startTime": 5.0, "endTime": 8.5, "userMediaId": broll, "layout": "pip-top-right"},
            {
                "type": "ai-broll",
                "startTime": 8.5,
                "endTime": 20.5,
                "prompt": "waves on a beach at dusk",
                "layout": "split-50-50",
            },
        ],
        "music": {"userMediaId": music, "volume": 30, "startFromTime": 1.5, "fade": False},
    }
