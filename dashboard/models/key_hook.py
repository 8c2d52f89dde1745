from __future__ import annotations

import uuid

from django.db import models

from dashboard.models.api_key import ApiKey
from dashboard.models.user import User


class KeyHook(models.Model):
    """An address for signed messages about everything of one account (Magic Hour). It counts for nothing before the
    provider's signing secret was entered: an unsigned message proves nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    api_key = models.OneToOneField(ApiKey, models.CASCADE, related_name="hook")
    # Sealed, because an admin may want to see the address again.
    token_sealed = models.TextField(editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    secret_sealed = models.TextField(blank=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # The last message that was believed, and the last one that was not, with its reason.
    believed_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    refused_reason = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"messages for {self.api_key}"

    @property
    def has_secret(self) -> bool:
        return bool(self.secret_sealed)
