"""Submagic: captions, Magic Clips, publishing. Everything a caller needs is re-exported here."""

from __future__ import annotations

from providers.clock import ClockReading
from providers.http import Exchange, Timeouts
from providers.multipart import UploadBody
from providers.ratelimit import RateHeaders
from providers.submagic.catalogue import Health, Language
from providers.submagic.client import BASE_URL, SubmagicClient, health
from providers.submagic.clip import Clip, ViralityScores
from providers.submagic.create import Created, CreateMagicClips, CreateProject, UploadMagicClips, UploadProject
from providers.submagic.export import Exported, ExportOptions
from providers.submagic.insert import AiBroll, HookTitle, Music, UserMediaItem
from providers.submagic.project import Project, VideoMeta, is_ready
from providers.submagic.publish import Instagram, Published, PublishRequest, TikTok, YouTube
from providers.submagic.published import Analytics, Post, Publication, PublishedPage
from providers.submagic.statuses import ProjectStatus, PublishStatus, SyncStatus, TranscriptionStatus
from providers.submagic.update import Updated, UpdateProject
from providers.submagic.user_media import MediaCreated, UserMedia, UserMediaPage
from providers.submagic.word import Word

__all__ = [
    "BASE_URL",
    "AiBroll",
    "Analytics",
    "Clip",
    "ClockReading",
    "CreateMagicClips",
    "CreateProject",
    "Created",
    "Exchange",
    "ExportOptions",
    "Exported",
    "Health",
    "HookTitle",
    "Instagram",
    "Language",
    "MediaCreated",
    "Music",
    "Post",
    "Project",
    "ProjectStatus",
    "Publication",
    "PublishRequest",
    "PublishStatus",
    "Published",
    "PublishedPage",
    "RateHeaders",
    "SubmagicClient",
    "SyncStatus",
    "TikTok",
    "Timeouts",
    "TranscriptionStatus",
    "UpdateProject",
    "Updated",
    "UploadBody",
    "UploadMagicClips",
    "UploadProject",
    "UserMedia",
    "UserMediaItem",
    "UserMediaPage",
    "VideoMeta",
    "ViralityScores",
    "Word",
    "YouTube",
    "health",
    "is_ready",
]
