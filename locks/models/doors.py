"""Which device opens which units. A shared entrance serves every unit of its property."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from locks.models.devices import Device
from properties.models import Property, Unit
from properties.scoping import PublicModel


class Door(PublicModel):
    workspace_path = "property__workspace"

    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="doors")
    name = models.CharField(max_length=100)
    device = models.OneToOneField(Device, on_delete=models.PROTECT, related_name="door")
    serves_all_units = models.BooleanField(default=False)
    instructions = models.CharField(
        max_length=300, blank=True, help_text="What to press; guests see it at their code."
    )
    units = models.ManyToManyField(Unit, blank=True, related_name="doors")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["property", "name"], name="door_name_once_per_property")
        ]

    def __str__(self) -> str:
        return self.name
