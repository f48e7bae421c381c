"""What a person wrote off on Today: that one row of trouble is seen to, so that it hides until it gets worse."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from properties.models import Workspace
from properties.scoping import PublicModel


class HandledNote(PublicModel):
    """Who said when that a row of trouble is handled (access.handled).

    `key` names the row, `causes` what stood behind it and `tone` how bad it was: with another cause or a worse tone it
    is shown again. `title` and `cause` are what the person saw. Withdrawn notes stay, for their history.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="handled_notes")
    key = models.CharField(max_length=32)
    causes = models.JSONField(default=list)
    tone = models.CharField(max_length=10)
    title = models.CharField(max_length=200)
    cause = models.CharField(max_length=500)
    handled_by = models.CharField(max_length=200)
    handled_at = models.DateTimeField()
    withdrawn_by = models.CharField(max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["workspace", "key"], condition=Q(withdrawn_at__isnull=True), name="handled_now"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, by {self.handled_by}"
