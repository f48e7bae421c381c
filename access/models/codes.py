"""What is declared: a grant (one holder, one PIN) and its access codes, one for each device.

Evidence is kept beside the declaration and never mixed with it: `write_*` says what we last sent and what the lock
answered, `seen*` what the last reading showed. Statuses are computed from both (access.status), never stored.

PINs: `pin` is encrypted, `pin_key` a keyed hash for equality. The exclusion constraint lets no two live codes of one
device share a PIN while their windows, stretched to `pin_held_until`, overlap: PostgreSQL compares three ranges,
since the embedded server carries no btree_gist.
"""

from __future__ import annotations

import enum
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from access.enums import PinOrigin
from access.states import Outside, Seen, WriteState
from locks.capabilities import OfflineKind
from locks.models import Device
from properties.fields import EncryptedTextField
from properties.models import Stay, Workspace
from properties.scoping import PublicModel


def _choices(states: type[enum.StrEnum]) -> list[tuple[str, str]]:
    return [(state.value, state.value) for state in states]


class _PointRange(Func):
    """int8range(x, x, '[]'): a number as a range, so that GiST can compare it without an extension."""

    function = "int8range"
    template = "%(function)s(%(expressions)s, %(expressions)s, '[]')"
    output_field = BigIntegerRangeField()


class AccessGrant(PublicModel):
    """The right of one holder to open doors, and the one PIN that was issued for it.

    A revoked grant stays, for its history; a stay has at most one that is not revoked.
    `pin` None: no PIN could be issued yet, or every door assigns its own. `preferred_key`: of the PIN that was last
    asked for (`Stay.preferred_code`), issued or not, so that it is tried once and a person's newer one stays.
    `phone_note`: why it is not the phone's digits, where the workspace wants those.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="grants")
    stay = models.ForeignKey(Stay, on_delete=models.PROTECT, related_name="grants", null=True, blank=True)
    pin = EncryptedTextField(null=True, blank=True)
    pin_key = models.BigIntegerField(null=True, blank=True)
    pin_origin = models.CharField(max_length=10, choices=PinOrigin, default=PinOrigin.RANDOM)
    pin_note = models.CharField(max_length=200, blank=True)
    phone_note = models.CharField(max_length=200, blank=True)
    preferred_key = models.BigIntegerField(null=True, blank=True)
    automatic_swaps = models.PositiveSmallIntegerField(default=0)
    revealed_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoke_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["stay"], condition=Q(revoked_at__isnull=True), name="one_live_grant_per_stay"
            )
        ]

    def __str__(self) -> str:
        return f"Grant {self.public_id}"


class AccessCode(PublicModel):
    """A code declared on one device. Both bounds None: ongoing. Only `ends_at` None: ongoing from `starts_at` on.

    `revoked_at` set = should be gone; `ended_at` set = gone for good, and only then is the row history.
    `is_managed` False: a code that was not ours, taken over only to be removed. `is_backup`: of the lock's pool while
    `pulled_for` is None, else standing in for that code. `is_offline`: computed by the lock system and checked by the
    lock without any connection; such a code is never written to the lock and cannot be taken back.

    `ref` is the lock's own name for the place that holds the code. `attempts` counts commands, is raised before each
    call and never reset; `failures` counts those in a row that did not succeed and drives the backoff. `refusal`: why
    the last of them did not succeed (RejectReason; "unconfirmed" where no answer came), until one does.
    `outside`: what other hands did to the code and we leave as it is, by `allow_external_modification`.
    """

    workspace_path = "device__account__workspace"

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="access_codes")
    grant = models.ForeignKey(
        AccessGrant, on_delete=models.PROTECT, related_name="codes", null=True, blank=True
    )
    name = models.CharField(max_length=200, blank=True)
    pin = EncryptedTextField(null=True, blank=True)
    pin_key = models.BigIntegerField(null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    pin_held_until = models.DateTimeField(null=True, blank=True)
    prefer_native_scheduling = models.BooleanField(default=True)
    allow_external_modification = models.BooleanField(default=False)
    is_managed = models.BooleanField(default=True)
    is_offline = models.BooleanField(default=False)
    is_one_time_use = models.BooleanField(default=False)
    offline_kind = models.CharField(max_length=10, blank=True, choices=_choices(OfflineKind))
    is_backup = models.BooleanField(default=False)
    pulled_for = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="pulled_backup"
    )
    common_code_key = models.CharField(max_length=100, blank=True)
    transferred_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoke_reason = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    ref = models.CharField(max_length=200, blank=True)
    appearance_name = models.CharField(max_length=200, blank=True)
    write_state = models.CharField(max_length=10, choices=_choices(WriteState), default=WriteState.NONE)
    written = models.JSONField(null=True, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)
    seen = models.CharField(max_length=10, choices=_choices(Seen), default=Seen.NEVER)
    seen_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    set_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    stopped = models.CharField(max_length=40, blank=True)
    message = models.CharField(max_length=300, blank=True)
    refusal = models.CharField(max_length=30, blank=True)
    outside = models.CharField(max_length=10, blank=True, choices=_choices(Outside))

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="code_window_not_empty",
            ),
            ExclusionConstraint(
                name="code_pin_once_per_device_and_window",
                expressions=[
                    (_PointRange(F("device_id")), RangeOperators.OVERLAPS),
                    (_PointRange(F("pin_key")), RangeOperators.OVERLAPS),
                    (
                        Func(
                            F("starts_at"),
                            F("pin_held_until"),
                            Value("[)"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(ended_at__isnull=True) & Q(pin_key__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["device"], condition=Q(ended_at__isnull=True), name="code_live_by_device"),
            models.Index(fields=["device", "ref"], name="code_by_ref"),
            models.Index(
                fields=["starts_at"],
                condition=Q(ended_at__isnull=True, revoked_at__isnull=True),
                name="code_live_by_start",
            ),
            models.Index(
                fields=["device"],
                condition=Q(ended_at__isnull=True, is_backup=True),
                name="code_backup_by_device",
            ),
            models.Index(
                fields=["common_code_key"], condition=~Q(common_code_key=""), name="code_by_common_key"
            ),
        ]

    def __str__(self) -> str:
        return f"Code {self.public_id}"
