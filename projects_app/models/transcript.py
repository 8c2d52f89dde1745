from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q

from dashboard.models import Team, TeamOwnedQuerySet
from projects_app.models.clip import Clip
from projects_app.models.project import Project
from projects_app.models.text_search import contains


class TranscriptQuerySet(TeamOwnedQuerySet["Transcript"]):
    def for_team(self, team: Team) -> TranscriptQuerySet:
        return self.filter(team=team)

    def for_search(self, team: Team) -> TranscriptQuerySet:
        """Each word once: a clip that was opened as a project says nothing that the clip itself does not say."""
        rows = self.for_team(team).filter(project__clip=None)
        return rows.select_related("project", "project__api_key", "clip").order_by("-updated_at", "-id")

    def saying(self, terms: Iterable[str]) -> TranscriptQuerySet:
        """Those in which every term is said, in any case, also inside longer words."""
        found = self
        for term in terms:
            found = found.filter(contains(term, "text"))
        return found

    def older_than(self, moment: dt.datetime, pk: uuid.UUID) -> TranscriptQuerySet:
        """The next page of `for_search`."""
        return self.filter(Q(updated_at__lt=moment) | Q(updated_at=moment, pk__lt=pk))


class Transcript(models.Model):
    """The words of a project, or of one clip of it, with their times in seconds.

    `words` keeps the provider's list: [{"id", "text", "type": word|silence|punctuation, "start", "end"}, …].
    `text` is the same as running text, for search.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="transcripts")
    project = models.ForeignKey(Project, models.CASCADE, related_name="transcripts")
    clip = models.OneToOneField(Clip, models.CASCADE, null=True, blank=True, related_name="transcript")
    language = models.CharField(max_length=10)
    words: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    text = models.TextField(blank=True)
    word_count = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64)  # of `words`, so that an unchanged list is not written again
    updated_at = models.DateTimeField(auto_now=True)

    objects = TranscriptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project"], condition=Q(clip=None), name="transcript_one_per_project"),
        ]

    def __str__(self) -> str:
        return f"{self.project} ({self.word_count})"
