"""Properties carry the clock: time zone, default times and buffers. Units are what a guest books."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models

from properties.models.people import Workspace
from properties.scoping import PublicModel

MAX_BUFFER_MINUTES = 24 * 60
MAX_ADDRESS_HOURS = 90 * 24


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"“{name}” is not an IANA time zone; write one such as Europe/Zurich.")


class Property(PublicModel):
    """A building or house at one address, in one time zone. Buffers are minutes."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="properties")
    name = models.CharField(max_length=100)
    address = models.CharField(max_length=200, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    check_in_time = models.TimeField(default=dt.time(15, 0))
    check_out_time = models.TimeField(default=dt.time(11, 0))
    buffer_before = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(MAX_BUFFER_MINUTES)], help_text="Minutes before check-in."
    )
    buffer_after = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(MAX_BUFFER_MINUTES)], help_text="Minutes after check-out."
    )
    automatic_backup = models.BooleanField(
        default=True, help_text="Give a guest a backup code when the own one is not confirmed in time."
    )
    backup_minutes = models.PositiveSmallIntegerField(
        default=30,
        validators=[MaxValueValidator(MAX_BUFFER_MINUTES)],
        help_text="Minutes before arrival at which an unconfirmed code is replaced by a backup.",
    )

    address_hours = models.PositiveSmallIntegerField(
        default=48,
        validators=[MaxValueValidator(MAX_ADDRESS_HOURS)],
        help_text="Hours before check-in from which the guest's pass shows the address.",
    )
    arrival_notes = models.TextField(
        blank=True, max_length=2000, help_text="How to find it; shown to guests with the address."
    )
    guest_contact = models.CharField(
        max_length=200, blank=True, help_text="Whom guests call when they need a person."
    )
    guest_unlock = models.BooleanField(
        default=True, help_text="Guests may open doors from their pass, where the lock can do it."
    )

    class Meta:
        verbose_name_plural = "properties"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "name"], name="property_name_once_per_workspace")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class Unit(PublicModel):
    """Times and buffers are its property's unless it has its own (None: the property's).

    `archived_at`: it is let no longer. It has no stays that are running or to come, and leaves lists and choices; its
    history stays.
    """

    workspace_path = "property__workspace"

    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="units")
    name = models.CharField(max_length=100)
    check_in_time = models.TimeField(null=True, blank=True)
    check_out_time = models.TimeField(null=True, blank=True)
    buffer_before = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(MAX_BUFFER_MINUTES)]
    )
    buffer_after = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(MAX_BUFFER_MINUTES)]
    )

    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["property", "name"], name="unit_name_once_per_property")
        ]

    def __str__(self) -> str:
        return self.name
