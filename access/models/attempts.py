"""Something asked of a lock once: open, close, set auto-lock. Never repeated by itself; ends in success or error.

What a program asked for a code is told by the founding API in the same shape; its status is computed from the code.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from access.enums import AttemptStatus, AttemptType, CodeAttemptType
from access.models.codes import AccessCode
from locks.models import Device
from properties.models import Workspace
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


class CodeAttempt(PublicModel):
    """That a program asked to create, change, delete or convert a code, or to reset its sandbox.

    Written once. Its status is not stored: it follows from the evidence about the code. `access_code` None: the
    sandbox was reset, and that is done when this is written.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="code_attempts")
    type = models.CharField(max_length=40, choices=CodeAttemptType)
    access_code = models.ForeignKey(
        AccessCode, on_delete=models.CASCADE, null=True, blank=True, related_name="code_attempts"
    )
    # That of the code, for the rate at which a lock is changed: a lock has more codes than it has attempts a minute.
    device = models.ForeignKey(
        Device, on_delete=models.CASCADE, null=True, blank=True, db_index=False, related_name="code_attempts"
    )
    requested_by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["device", "type", "-created_at"], name="code_attempt_rate"),
        ]

    def __str__(self) -> str:
        return self.type
