"""Who stays where, from when to when. Written only by properties.booking."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from properties.enums import CancelReason, Channel, StayKind, StayStatus
from properties.fields import EncryptedTextField
from properties.models.people import Workspace
from properties.models.places import MAX_BUFFER_MINUTES, Unit
from properties.scoping import PublicModel, ScopedModel


class Guest(PublicModel):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="guests")
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    phone_last4 = models.CharField(max_length=4, blank=True)
    language = models.CharField(max_length=10, blank=True)

    def __str__(self) -> str:
        return self.name or "Guest"


class Stay(PublicModel):
    """One booking of one unit.

    Dates and clock times are local to the property and kept as the source gave them (`check_in_time` None = the
    unit's or property's); an override by a person, of times or buffers, is kept apart. `starts_at`/`ends_at` (UTC) are
    the window in which the guest may open doors, computed by properties.window and stored only to be searched.
    `ends_at` None is a lease without end.
    `revision` grows with each change that could matter to access; `acknowledged_revision` is the one that access
    has declared codes from, so that a missed announcement is found by a sweep.
    `preferred_code`: the PIN that was asked for; it is issued where every door takes it. `metadata`: a program's own.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="stays")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="stays")
    guest = models.ForeignKey(Guest, on_delete=models.SET_NULL, null=True, blank=True, related_name="stays")
    kind = models.CharField(max_length=10, choices=StayKind, default=StayKind.GUEST)
    status = models.CharField(max_length=10, choices=StayStatus, default=StayStatus.CONFIRMED)
    cancel_reason = models.CharField(max_length=10, choices=CancelReason, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    source = models.CharField(max_length=80)
    external_id = models.CharField(max_length=255)
    channel = models.CharField(max_length=20, choices=Channel, default=Channel.GENERIC)
    reference = models.CharField(max_length=100, blank=True)
    source_updated_at = models.DateTimeField(null=True, blank=True)
    original = models.TextField(blank=True)

    arrival_date = models.DateField()
    departure_date = models.DateField(null=True, blank=True)
    check_in_time = models.TimeField(null=True, blank=True)
    check_out_time = models.TimeField(null=True, blank=True)
    override_check_in_time = models.TimeField(null=True, blank=True)
    override_check_out_time = models.TimeField(null=True, blank=True)
    override_buffer_before = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(MAX_BUFFER_MINUTES)]
    )
    override_buffer_after = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(MAX_BUFFER_MINUTES)]
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    hold_access = models.BooleanField(
        default=False,
        help_text="No code is given out before somebody lets it go (identity, contract, payment).",
    )
    preferred_code = EncryptedTextField(null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    adults = models.PositiveSmallIntegerField(null=True, blank=True)
    notes = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    acknowledged_revision = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "source", "external_id"], name="stay_natural_key"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="stay_window_not_empty",
            ),
            models.CheckConstraint(
                condition=Q(departure_date__isnull=False) | Q(kind=StayKind.LEASE),
                name="stay_open_end_is_lease",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "starts_at"], name="stay_arrivals"),
            models.Index(fields=["workspace", "ends_at"], name="stay_departures"),
            models.Index(fields=["workspace", "id"], name="stay_in_order"),
            models.Index(fields=["workspace", "updated_at"], name="stay_modified"),
            models.Index(
                fields=["id"],
                condition=Q(acknowledged_revision__lt=F("revision")),
                name="stay_unacknowledged",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guest_name} · {self.arrival_date}"

    @property
    def guest_name(self) -> str:
        if self.guest is not None and self.guest.name:
            return self.guest.name
        return self.reference or self.get_kind_display()


class StayChange(ScopedModel):
    """One line of a stay's history: what changed, by whom. Values are for people to read; never a secret."""

    workspace_path = "stay__workspace"

    stay = models.ForeignKey(Stay, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=20)
    revision = models.PositiveIntegerField()
    fields = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["stay", "at"], name="stay_change_timeline")]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor}"
