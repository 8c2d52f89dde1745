"""Picovico: slideshows from photos, text cards and music. Everything a caller needs is re-exported here."""

from __future__ import annotations

from providers.clock import ClockReading
from providers.http import Exchange, Timeouts
from providers.multipart import UploadBody
from providers.picovico.assets import Asset, ImageAsset, MusicAsset, OtherAsset, TextAsset
from providers.picovico.catalogue import Account, Music, Photo, Style
from providers.picovico.client import BASE_URL, PicovicoClient
from providers.picovico.limits import CREDITS
from providers.picovico.paging import PageQuery, VideoPage
from providers.picovico.render import PARTS, MissingPart, Previewed, Rendered, missing
from providers.picovico.statuses import VideoStatus
from providers.picovico.update import UpdateVideo
from providers.picovico.video import Rendition, Video
from providers.ratelimit import RateHeaders

__all__ = [
    "BASE_URL",
    "CREDITS",
    "PARTS",
    "Account",
    "Asset",
    "ClockReading",
    "Exchange",
    "ImageAsset",
    "MissingPart",
    "Music",
    "MusicAsset",
    "OtherAsset",
    "PageQuery",
    "Photo",
    "PicovicoClient",
    "Previewed",
    "RateHeaders",
    "Rendered",
    "Rendition",
    "Style",
    "TextAsset",
    "Timeouts",
    "UpdateVideo",
    "UploadBody",
    "Video",
    "VideoPage",
    "VideoStatus",
    "missing",
]
