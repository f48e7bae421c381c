"""Something asked of a lock once: open, close, set auto-lock. Never repeated by itself; ends in success or error."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from access.enums import AttemptStatus, AttemptType
from locks.models import Device
from properties.scoping import PublicModel


class ActionAttempt(PublicModel):
    """`sent_at` set and no end: the outcome is unknown; such an attempt is closed with an error, never sent again.

    `arguments` are what was asked for (auto-lock's seconds), `error_type` and `message` tell of an error.
    """

    workspace_path = "device__account__workspace"

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="attempts")
    type = models.CharField(max_length=40, choices=AttemptType)
    status = models.CharField(max_length=10, choices=AttemptStatus, default=AttemptStatus.PENDING)
    arguments = models.JSONField(default=dict, blank=True)
    result = models.JSONField(null=True, blank=True)
    error_type = models.CharField(max_length=60, blank=True)
    message = models.CharField(max_length=300, blank=True)
    requested_by = models.CharField(max_length=200, blank=True)
    requested_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["device"], condition=Q(status="pending"), name="attempt_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.status}"
