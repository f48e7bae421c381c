"""Web passes: a guest's page, opened by whoever has its link, and what was done there."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from access.enums import PassDeed
from access.models.attempts import ActionAttempt
from locks.models import Device
from properties.fields import EncryptedTextField
from properties.models import Stay
from properties.scoping import PublicModel, ScopedModel


class GuestPass(PublicModel):
    """One link to one stay. `token` is shown again to managers, `token_hash` finds it; a stay has one that is not
    revoked. `shown_digest`: of the codes that the guest was last shown on it (access.passes.digests).

    `first_fetched_at`: when its page was first asked for, by whomever: a chat app that draws a preview and a mail
    scanner do so, too. `first_opened_at`: when somebody first did something on it that only people do.
    """

    workspace_path = "stay__workspace"

    stay = models.ForeignKey(Stay, on_delete=models.CASCADE, related_name="passes")
    token = EncryptedTextField()
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    first_fetched_at = models.DateTimeField(null=True, blank=True)
    first_opened_at = models.DateTimeField(null=True, blank=True)
    shown_digest = models.CharField(max_length=64, blank=True)
    shown_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "guest passes"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["stay"], condition=Q(revoked_at__isnull=True), name="one_live_pass_per_stay"
            )
        ]

    def __str__(self) -> str:
        return f"Pass {self.public_id}"


class PassUse(ScopedModel):
    """One thing that was done on a pass: counted for its rate, and an unlocking is followed by it."""

    workspace_path = "guest_pass__stay__workspace"

    guest_pass = models.ForeignKey(GuestPass, on_delete=models.CASCADE, related_name="uses")
    deed = models.CharField(max_length=10, choices=PassDeed)
    at = models.DateTimeField()
    device = models.ForeignKey(Device, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    attempt = models.ForeignKey(
        ActionAttempt, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["guest_pass", "deed", "-at"], name="pass_use_latest")]

    def __str__(self) -> str:
        return f"{self.deed} on {self.guest_pass}"
