"""What a lock said it holds when it was last read: ours, and codes that we did not make."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from access.models.codes import AccessCode
from locks.models import Device
from properties.fields import EncryptedTextField
from properties.scoping import PublicModel


class LockCode(PublicModel):
    """One place of the lock, as read. `access_code` None: an unmanaged code, never to be touched; `ignored_at`: when a
    person said that it may stay, so that nobody is asked about it again. `other_pin`: what other hands put in place of
    our PIN, until a person says whether it shall be the guest's (access.outside); ours is put back meanwhile."""

    workspace_path = "device__account__workspace"

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="lock_codes")
    ref = models.CharField(max_length=200)
    access_code = models.ForeignKey(
        AccessCode, on_delete=models.SET_NULL, null=True, blank=True, related_name="lock_codes"
    )
    pin = EncryptedTextField(null=True, blank=True)
    pin_key = models.BigIntegerField(null=True, blank=True)
    name = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    first_seen_at = models.DateTimeField()
    ignored_at = models.DateTimeField(null=True, blank=True)
    other_pin = EncryptedTextField(null=True, blank=True)
    other_pin_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["device", "ref"], name="lock_code_ref_once")]
        indexes: ClassVar = [
            models.Index(fields=["device"], condition=Q(other_pin_at__isnull=False), name="lock_code_edited")
        ]

    def __str__(self) -> str:
        return f"{self.ref} on {self.device}"
