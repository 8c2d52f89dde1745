from __future__ import annotations

import uuid

from django.db import models


class Message(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    token = models.CharField(max_length=43)
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "plain"
        constraints = [models.UniqueConstraint(fields=["token", "sha256"], name="plain_once")]
