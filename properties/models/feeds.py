"""Calendar feeds, the record of each fetch, and what became of each event.

A feed's address is a bearer secret: it is encrypted, and shown only through `masked_url`.
"""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q

from properties.enums import AmbiguousPolicy, Channel, Decision, EventClass, FetchOutcome
from properties.fields import EncryptedTextField
from properties.models.places import Unit
from properties.models.stays import Stay
from properties.scoping import PublicModel, ScopedModel


class CalendarFeed(PublicModel):
    workspace_path = "unit__property__workspace"

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="feeds")
    name = models.CharField(max_length=100, blank=True)
    url = EncryptedTextField()
    channel = models.CharField(
        max_length=20,
        choices=Channel,
        blank=True,
        help_text="Leave empty to tell it from the calendar itself.",
    )
    ambiguous_policy = models.CharField(max_length=10, choices=AmbiguousPolicy, default=AmbiguousPolicy.ASK)
    is_active = models.BooleanField(default=True)
    next_fetch_at = models.DateTimeField(null=True, blank=True)
    last_fetch_at = models.DateTimeField(null=True, blank=True)
    last_good_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    mass_absence_since = models.DateTimeField(null=True, blank=True)
    mass_absence_allowed = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_fetch_at"], condition=Q(is_active=True), name="feed_due"),
        ]

    def __str__(self) -> str:
        return self.name or f"Calendar of {self.unit}"

    @property
    def masked_url(self) -> str:
        parts = urlsplit(self.url or "")
        return f"{parts.scheme}://{parts.hostname or ''}/…"


class FeedFetch(ScopedModel):
    """What one fetch brought: counts, changes made, events skipped and why, or the failure."""

    workspace_path = "feed__unit__property__workspace"

    feed = models.ForeignKey(CalendarFeed, on_delete=models.CASCADE, related_name="fetches")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=15, choices=FetchOutcome)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    size = models.PositiveIntegerField(default=0)
    events = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)
    changes = models.JSONField(default=list)
    skipped = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["feed", "-started_at"], name="feed_fetch_latest")]

    def __str__(self) -> str:
        return f"{self.feed} at {self.started_at:%Y-%m-%d %H:%M}"


class FeedEvent(PublicModel):
    """One calendar event as this feed last showed it, and the stay that it stands for, if any.

    `digest` covers what matters of the event (not DTSTAMP); `missed` counts good reads in a row without it.
    """

    workspace_path = "feed__unit__property__workspace"

    feed = models.ForeignKey(CalendarFeed, on_delete=models.CASCADE, related_name="feed_events")
    uid = models.CharField(max_length=255)
    stay = models.ForeignKey(
        Stay, on_delete=models.SET_NULL, null=True, blank=True, related_name="feed_events"
    )
    classified = models.CharField(max_length=10, choices=EventClass)
    reason = models.CharField(max_length=200, blank=True)
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.NONE)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    summary = models.CharField(max_length=300, blank=True)
    arrival_date = models.DateField()
    departure_date = models.DateField()
    details = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    raw = models.TextField(blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    missed = models.PositiveSmallIntegerField(default=0)
    missing_since = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["feed", "uid"], name="feed_event_uid_once")]
        indexes: ClassVar = [
            models.Index(fields=["feed"], condition=Q(decision=Decision.PENDING), name="feed_event_inbox"),
        ]

    def __str__(self) -> str:
        return self.summary or self.uid
