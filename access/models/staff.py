"""People who are not guests: cleaners, vendors, residents, and when each of them may open which doors."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from access.enums import StaffKind
from access.models.codes import AccessGrant
from locks.models import Door
from properties.models import Workspace
from properties.models.places import validate_time_zone
from properties.scoping import PublicModel


class StaffAccess(PublicModel):
    """The right of one holder to open doors, in the windows of a recurring rule or all the time.

    `rule`: an RRULE of RFC 5545 (without DTSTART); empty: around the clock. Windows begin on the rule's days at
    `start_time` and end at `end_time`, on the day after where that is not later (they belong to the day on which they
    begin), in `time_zone`. `exceptions`: days, as ISO dates, on which no window begins. Both days are included.
    `ended_at`: ended by a person. `declare_at`: when its windows must next be turned into codes; None: never again.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="staff")
    kind = models.CharField(max_length=10, choices=StaffKind, default=StaffKind.CLEANER)
    holder_name = models.CharField(max_length=100)
    contact = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=300, blank=True)
    doors = models.ManyToManyField(Door, related_name="staff")
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])
    rule = models.CharField(max_length=300, blank=True)
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    start_time = models.TimeField(null=True, blank=True)
    end_time = models.TimeField(null=True, blank=True)
    exceptions = models.JSONField(default=list, blank=True)
    grant = models.OneToOneField(
        AccessGrant, on_delete=models.PROTECT, null=True, blank=True, related_name="staff"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    declare_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "staff access"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="staff_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(rule="") | Q(start_time__isnull=False, end_time__isnull=False),
                name="staff_rule_has_times",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["declare_at"], condition=Q(declare_at__isnull=False), name="staff_due"),
        ]

    def __str__(self) -> str:
        return self.holder_name
