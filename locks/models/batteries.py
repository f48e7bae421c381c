"""How a lock's battery went down: one row for each change of what it reported, and never more than one an hour."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from locks.models.devices import Device
from properties.scoping import ScopedModel


class BatteryReading(ScopedModel):
    """`level` from 0 to 1; `of_keypad`: the keypad's own battery, not the lock's."""

    workspace_path = "device__account__workspace"

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="battery_readings")
    at = models.DateTimeField()
    level = models.FloatField()
    of_keypad = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["device", "-at"], name="battery_latest")]

    def __str__(self) -> str:
        return f"{self.level:.0%} of {self.device}"
