"""Events, written in the transaction of the fact that they tell of, and problems, which come and clear."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from access.enums import EventType, ProblemKind
from access.models.attempts import ActionAttempt
from access.models.codes import AccessCode
from access.models.connecting import ConnectWebview
from locks.models import Account, Device
from properties.models import Stay, Workspace
from properties.scoping import PublicModel


class Event(PublicModel):
    """Something that happened. `data` never holds a PIN; `actor` names the person or part that caused it.

    `position`: its place in the order in which events became visible to everybody; given soon after the commit
    (access.webhooks), None until then. Programs read on from a position without missing one that came late.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="events")
    type = models.CharField(max_length=60, choices=EventType)
    occurred_at = models.DateTimeField()
    actor = models.CharField(max_length=200, blank=True)
    # Most events are of no account: `event_of_account` holds those that are, and serves joins and deletions as well.
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, null=True, blank=True, related_name="events", db_index=False
    )
    device = models.ForeignKey(Device, on_delete=models.CASCADE, null=True, blank=True, related_name="events")
    access_code = models.ForeignKey(
        AccessCode, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    stay = models.ForeignKey(Stay, on_delete=models.CASCADE, null=True, blank=True, related_name="events")
    webview = models.ForeignKey(
        ConnectWebview, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    attempt = models.ForeignKey(
        ActionAttempt, on_delete=models.SET_NULL, null=True, blank=True, related_name="events"
    )
    data = models.JSONField(default=dict)
    position = models.BigIntegerField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["workspace", "-occurred_at"], name="event_latest"),
            models.Index(fields=["workspace", "created_at", "id"], name="event_in_creation_order"),
            models.Index(fields=["workspace", "type", "occurred_at"], name="event_of_type"),
            models.Index(fields=["workspace", "position"], name="event_in_order"),
            models.Index(fields=["id"], condition=Q(position__isnull=True), name="event_without_position"),
            models.Index(fields=["stay", "occurred_at"], name="event_of_stay"),
            # The last before another of the same stay (access.telling).
            models.Index(
                fields=["stay", "position"], name="event_of_stay_in_order", condition=Q(stay__isnull=False)
            ),
            models.Index(fields=["device", "-occurred_at"], name="event_of_device"),
            models.Index(
                fields=["account", "type", "-occurred_at"],
                condition=Q(account__isnull=False),
                name="event_of_account",
            ),
        ]

    def __str__(self) -> str:
        return self.type


class Problem(PublicModel):
    """An error or warning with a code, on a code, a device or an account; open while `cleared_at` is None."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="problems")
    kind = models.CharField(max_length=10, choices=ProblemKind)
    code = models.CharField(max_length=60)
    message = models.CharField(max_length=300)
    data = models.JSONField(default=dict, blank=True)
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, null=True, blank=True, related_name="problems"
    )
    device = models.ForeignKey(
        Device, on_delete=models.CASCADE, null=True, blank=True, related_name="problems"
    )
    access_code = models.ForeignKey(
        AccessCode, on_delete=models.CASCADE, null=True, blank=True, related_name="problems"
    )
    stay = models.ForeignKey(Stay, on_delete=models.CASCADE, null=True, blank=True, related_name="problems")
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["code", "account", "device", "access_code", "stay"],
                condition=Q(cleared_at__isnull=True),
                nulls_distinct=False,
                name="problem_open_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace"], condition=Q(cleared_at__isnull=True), name="problem_open"),
            models.Index(fields=["workspace", "id"], name="problem_in_order"),
        ]

    def __str__(self) -> str:
        return self.code
