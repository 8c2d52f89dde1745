from __future__ import annotations

from django.db import models

NUMBERS = ("views", "likes", "comments", "shares", "impressions", "reach", "clicks")


class Numbers(models.Model):
    """What the feed's `analytics` object gives for a post; None where the platform gives nothing (contract.md, 38)."""

    views = models.BigIntegerField(null=True, blank=True)
    likes = models.BigIntegerField(null=True, blank=True)
    comments = models.BigIntegerField(null=True, blank=True)
    shares = models.BigIntegerField(null=True, blank=True)
    impressions = models.BigIntegerField(null=True, blank=True)
    reach = models.BigIntegerField(null=True, blank=True)
    clicks = models.BigIntegerField(null=True, blank=True)
    engagement_rate = models.FloatField(null=True, blank=True)  # 0.125 = 12.5 %, as the feed gives it

    class Meta:
        abstract = True
