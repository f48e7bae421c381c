"""A virtual lock's own memory. Read by its driver, its keypad, the sandbox pages and tests; by nothing else."""

from __future__ import annotations

import secrets
import uuid
from typing import ClassVar

from django.db import models

from properties.fields import EncryptedTextField


def make_secret() -> str:
    return secrets.token_hex(16)


class VirtualLock(models.Model):
    """`account_key` stands for the login at the lock system; `clock_offset` (seconds) is how wrong its clock runs.

    `moods` maps a mood's name to its settings; see locks.drivers.virtual.mood_rules. `reports` is what this very lock
    says of itself over its brand's row (such as a lock-wide PIN length, or a keypad without 0, 7, 8 and 9). `parts`:
    its bridge, zone, batteries, auto-lock and counters, as locks.drivers.virtual.database_bank keeps them. `secret`
    keys its offline codes.
    """

    external_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account_key = models.CharField(max_length=100, db_index=True)
    brand = models.CharField(max_length=30)
    name = models.CharField(max_length=100)
    online = models.BooleanField(default=True)
    locked = models.BooleanField(default=True)
    battery_level = models.FloatField(default=0.9)
    clock_offset = models.FloatField(default=0)
    capacity = models.PositiveIntegerField(null=True, blank=True)
    next_slot = models.PositiveIntegerField(default=1)
    moods = models.JSONField(default=dict, blank=True)
    reports = models.JSONField(default=dict, blank=True)
    parts = models.JSONField(default=dict, blank=True)
    secret = EncryptedTextField(default=make_secret)

    def __str__(self) -> str:
        return self.name


class VirtualBridge(models.Model):
    """The queue of one bridge of an account; `done_at`: when it will be done with each command that waits."""

    account_key = models.CharField(max_length=100)
    gateway = models.CharField(max_length=100)
    done_at = models.JSONField(default=list, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account_key", "gateway"], name="virtual_bridge_once")
        ]

    def __str__(self) -> str:
        return self.gateway


class VirtualCode(models.Model):
    """One code in the lock's memory. Window bounds only on brands that keep schedules. `foreign`: typed in at the lock
    or in its maker's app, not sent by a driver."""

    lock = models.ForeignKey(VirtualLock, on_delete=models.CASCADE, related_name="codes")
    slot = models.PositiveIntegerField()
    pin = EncryptedTextField()
    name = models.CharField(max_length=100, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    foreign = models.BooleanField(default=False)
    written_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["lock", "slot"], name="virtual_slot_once")]

    def __str__(self) -> str:
        return f"slot {self.slot} of {self.lock}"


class VirtualLogEntry(models.Model):
    """What happened at the lock: its bolt, its keypad, and every command that reached it. Never holds a PIN."""

    lock = models.ForeignKey(VirtualLock, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField()
    action = models.CharField(max_length=30)
    slot = models.PositiveIntegerField(null=True, blank=True)
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["lock", "-at"], name="virtual_log_latest")]

    def __str__(self) -> str:
        return f"{self.action} at {self.lock}"
