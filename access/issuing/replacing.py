"""Another PIN for all codes of a grant: asked for by a person, or by a clash that nobody was hurt by yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from access.enums import EventType, PinOrigin
from access.issuing.choosing import REPLACED, PinTaken, ensure_pin
from access.issuing.declaring import declare_code, live_codes_of, revoke_code
from access.issuing.revealing import issue_mark, issue_of, whose
from access.models import AccessGrant, Event
from access.pins import pin_key_of
from locks.models import Device
from locks.waking import wake_devices

TRIES = 10
MAX_SWAPS = 3


class NoPinLeft(Exception):
    """No PIN is free on these doors; remove codes that nobody needs."""


class IssuedMeanwhile(Exception):
    """Somebody issued a new PIN since the caller looked; `issued_by` may be empty."""

    def __init__(self, issued_by: str) -> None:
        super().__init__("A new code was issued meanwhile.")
        self.issued_by = issued_by


@transaction.atomic
def issue_new_pin(
    grant: AccessGrant,
    *,
    actor: str,
    now: dt.datetime,
    reason: str = "asked for by a person",
    seen_issue: str | None = None,
) -> AccessGrant:
    """Replace the PIN of all live codes of a grant, and see that their locks hear of it at once. `seen_issue`: the mark
    of the PIN that is to be replaced; raise IssuedMeanwhile where it is another one by now."""
    if seen_issue is not None:
        AccessGrant.objects.select_for_update(no_key=True).get(pk=grant.pk)
        issued = issue_of(grant)
        if issue_mark(issued) != seen_issue:
            raise IssuedMeanwhile(issued.actor if issued is not None else "")
    grant = replace_pin(grant, actor=actor, now=now, reason=reason)
    wake_devices(grant.codes.filter(ended_at=None).values_list("device_id", flat=True), at=now)
    return grant


def replace_pin(
    grant: AccessGrant,
    *,
    actor: str,
    now: dt.datetime,
    reason: str,
    also: Sequence[Device] = (),
    wanted: str | None = None,
) -> AccessGrant:
    """Give all live codes of a grant another PIN: each old code is revoked and lives on until the lock confirms that
    it is gone, a new one is declared beside it. `also`: devices that the PIN must fit too; `wanted`: this PIN and no
    other. The caller wakes the devices. Raise NoPinLeft where no PIN is free."""
    for _ in range(TRIES if wanted is None else 1):
        try:
            with transaction.atomic():
                return _replace_pin(grant, actor=actor, now=now, reason=reason, also=also, wanted=wanted)
        except PinTaken:
            continue
    raise NoPinLeft


def _replace_pin(
    grant: AccessGrant,
    *,
    actor: str,
    now: dt.datetime,
    reason: str,
    also: Sequence[Device],
    wanted: str | None,
) -> AccessGrant:
    grant = AccessGrant.objects.select_for_update(no_key=True).get(pk=grant.pk)
    # Offline codes are what the lock computes, and cannot be exchanged.
    old = [code for code in live_codes_of(grant) if not code.is_offline]
    if not old and not also:
        raise NoPinLeft
    devices = [code.device for code in old]
    grant.pin = grant.pin_key = grant.revealed_at = None
    if grant.pin_origin == PinOrigin.PHONE:
        grant.phone_note = f"The code from the phone digits was replaced: {reason}."[:200]
    grant.pin_origin, grant.pin_note = PinOrigin.RANDOM, ""
    if wanted is not None:
        grant.pin, grant.pin_key, grant.pin_origin = wanted, pin_key_of(wanted), PinOrigin.GIVEN
    use = ensure_pin(grant, [*devices, *also], now=now, is_first=False)
    grant.save()
    for code in old:
        revoke_code(code, reason=REPLACED, now=now, actor=actor)
        declare_code(
            grant,
            code.device,
            name=code.name,
            window=(code.starts_at, code.ends_at),
            now=now,
            actor=actor,
            pin_held_until=code.pin_held_until,
            pin_use=use,
        )
    Event.objects.create(
        workspace_id=grant.workspace_id,
        type=EventType.PIN_ISSUED,
        occurred_at=now,
        actor=actor,
        stay_id=grant.stay_id,
        data={"reason": reason, **whose(grant)},
    )
    return grant


def pin_may_change(grant: AccessGrant) -> bool:
    """While nobody was shown the PIN and no door opens by it, another one harms nobody; but a lock that refuses one
    PIN after the other must not burn through them. The caller has locked the grant."""
    active = grant.codes.filter(set_at__isnull=False, ended_at=None).exists()
    return grant.revealed_at is None and not active and grant.automatic_swaps < MAX_SWAPS
