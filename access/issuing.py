"""Choose PINs, put them on declared codes, show them, replace them.

A PIN is chosen once, inside the constraints of every door of the stay, free on each of them, and stays until a person
(or a clash that the lock reports before the guest could know it) asks for another. Choosing and inserting can race
with another writer: the database's exclusion constraint decides, and the loser chooses again.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from access.enums import EventType, PinOrigin
from access.events import code_event, record_code_event
from access.models import AccessCode, AccessGrant, Event
from access.pins import held_until, pin_key_of, taken_on
from locks.constraints import (
    NoPin,
    PinSpace,
    choose_pin,
    common_constraints,
    phone_pin,
    pin_problem,
    takes_our_pin,
)
from locks.devices import capabilities_of
from locks.models import Device
from locks.waking import wake_devices
from properties.compiled import compiled
from properties.enums import PinPolicy, StayKind

TRIES = 10
MAX_SWAPS = 3
NO_PIN_FITS = "no_pin_fits"
REPLACED = "new code issued"
PIN_CONSTRAINT = "code_pin_once_per_device_and_window"


class NoPinLeft(Exception):
    """No PIN is free on these doors; remove codes that nobody needs."""


class IssuedMeanwhile(Exception):
    """Somebody issued a new PIN since the caller looked; `issued_by` may be empty."""

    def __init__(self, issued_by: str) -> None:
        super().__init__("A new code was issued meanwhile.")
        self.issued_by = issued_by


class PinTaken(Exception):
    """Another code of the device has this PIN, or got it a moment ago."""


class PinUse(enum.Enum):
    """Which PIN a new code gets: its grant's, looked for among the door's codes first (SHARED) or just chosen for this
    very door (CHOSEN); or one of the door's own (OWN)."""

    SHARED = "shared"
    CHOSEN = "chosen"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class RevealedPin:
    """`is_backup`: from the pool of the lock, in place of the own one that did not work there."""

    pin: str = field(repr=False)
    doors: tuple[str, ...]
    is_backup: bool = False


def choose_for(devices: Sequence[Device], *, now: dt.datetime) -> str | NoPin:
    """Choose a PIN that every device takes and that is free on each."""
    space = space_of(devices)
    if space.is_empty:
        return NoPin(space.problem)
    return choose_pin(space, taken=taken_on([device.pk for device in devices], now=now))


def space_of(devices: Sequence[Device]) -> PinSpace:
    return common_constraints([(device.name, capabilities_of(device)) for device in devices])


def ensure_pin(
    grant: AccessGrant, devices: Sequence[Device], *, now: dt.datetime, is_first: bool = True
) -> PinUse:
    """Give the grant its PIN, once; tell whether it was chosen now, and so is free on all these doors. Where no PIN
    fits all of them, `pin_note` says so and each door gets its own. Only a first one is made by the workspace's policy:
    digits that were replaced would come back otherwise. A new grant is saved by the caller."""
    doors = [device for device in devices if takes_our_pin(capabilities_of(device))]
    if grant.pin is not None or not doors:
        return PinUse.SHARED
    chosen: str | NoPin | None = _phone_digits(grant, doors, now=now) if is_first else None
    chosen = chosen or choose_for(doors, now=now)
    if isinstance(chosen, NoPin):
        grant.pin_note = chosen.reason[:200]
    else:
        grant.pin, grant.pin_key, grant.pin_note = chosen, pin_key_of(chosen), ""
    if grant.pk is not None:
        grant.save(update_fields=["pin", "pin_key", "pin_note", "pin_origin", "phone_note"])
    return PinUse.SHARED if grant.pin is None else PinUse.CHOSEN


def _phone_digits(grant: AccessGrant, doors: Sequence[Device], *, now: dt.datetime) -> str | None:
    """Return the digits where the workspace wants them and every door takes them; else `phone_note` says why not."""
    stay = grant.stay
    if stay is None or stay.kind != StayKind.GUEST or stay.workspace.pin_policy != PinPolicy.PHONE:
        return None
    space = space_of(doors)
    if space.is_empty:
        return None
    last4 = stay.guest.phone_last4 if stay.guest is not None else ""
    digits = phone_pin(last4, space, taken=taken_on([device.pk for device in doors], now=now))
    if isinstance(digits, NoPin):
        grant.phone_note = digits.reason[:200]
        return None
    grant.pin_origin, grant.phone_note = PinOrigin.PHONE, ""
    return digits


def _pin_for(grant: AccessGrant, device: Device, *, use: PinUse, now: dt.datetime) -> str | None:
    """Return the grant's PIN where this device can take it, else one of the device's own, else None."""
    if not takes_our_pin(capabilities_of(device)):
        return None
    if (
        use is not PinUse.OWN
        and grant.pin is not None
        and pin_problem(grant.pin, capabilities_of(device)) is None
    ):
        # The holder's own former codes don't stand in the way: same guest, same PIN.
        if use is not PinUse.CHOSEN and taken_on([device.pk], now=now, besides=grant)(grant.pin):
            raise PinTaken
        return grant.pin
    former = _former_pin(grant, device, now=now)
    if former is not None:
        return former
    chosen = choose_for([device], now=now)
    return None if isinstance(chosen, NoPin) else chosen


def _former_pin(grant: AccessGrant, device: Device, *, now: dt.datetime) -> str | None:
    """Return the PIN of the door's own that this grant had there before, if it was not replaced and is still free. A
    holder has had codes of one PIN in many windows, of which only those that were left were replaced."""
    codes = grant.codes.filter(device=device, pin_key__isnull=False)
    replaced = codes.filter(revoke_reason=REPLACED).values("pin_key")
    last = codes.exclude(pin_key__in=replaced).exclude(pin_key=grant.pin_key).order_by("-pk").first()
    if last is None or last.pin is None or pin_problem(last.pin, capabilities_of(device)) is not None:
        return None
    return None if taken_on([device.pk], now=now, besides=grant)(last.pin) else last.pin


def put_pin(code: AccessCode, pin: str | None) -> None:
    """Set the PIN fields of an unsaved or locked code; the caller saves."""
    code.pin, code.pin_key = pin, None if pin is None else pin_key_of(pin)
    code.pin_held_until = held_until(code.ends_at)


@transaction.atomic
def reveal_pins(grant: AccessGrant, *, actor: str, now: dt.datetime) -> tuple[RevealedPin, ...]:
    """Return the PINs of a grant with the doors that each one opens; the look is written down."""
    (grant,) = _locked_grant(grant.pk)
    doors: dict[tuple[str, bool], list[str]] = {}
    for code in _shown_codes(grant.pk):
        if code.pin is not None:
            doors.setdefault((code.pin, code.is_backup), []).append(door_name(code.device))
    if not doors and grant.pin is not None:
        doors[grant.pin, False] = []
    Event.objects.create(
        workspace_id=grant.workspace_id,
        type=EventType.PIN_REVEALED,
        occurred_at=now,
        actor=actor,
        stay_id=grant.stay_id,
        data=_whose(grant),
    )
    if grant.revealed_at is None:
        AccessGrant.objects.filter(pk=grant.pk).update(revealed_at=now)
    return tuple(
        RevealedPin(pin, tuple(dict.fromkeys(names)), is_backup)
        for (pin, is_backup), names in sorted(doors.items(), key=lambda item: item[0][1])
    )


@compiled
def _locked_grant(grant_id: int) -> QuerySet[AccessGrant]:
    return AccessGrant.objects.select_for_update(no_key=True).filter(pk=grant_id)


@compiled
def _shown_codes(grant_id: int) -> QuerySet[AccessCode]:
    codes = AccessCode.objects.filter(grant=grant_id, revoked_at=None, ended_at=None)
    return codes.select_related("device__door").order_by("device__name")


def _whose(grant: AccessGrant) -> dict[str, str]:
    """An event of a grant without a stay names the grant, or nobody could tell whose PIN it was."""
    return {} if grant.stay_id is not None else {"grant": str(grant.public_id)}


def door_name(device: Device) -> str:
    return device.door.name if hasattr(device, "door") else device.name


def issue_of(grant: AccessGrant) -> Event | None:
    """When the PIN of all doors was issued last. That a lock chose another one for its own door is told of a code."""
    issued = Event.objects.filter(type=EventType.PIN_ISSUED, access_code=None, workspace=grant.workspace_id)
    if grant.stay_id is not None:
        issued = issued.filter(stay=grant.stay_id)
    else:
        issued = issued.filter(data__grant=str(grant.public_id))
    return issued.order_by("-occurred_at", "-pk").first()


def issue_mark(issued: Event | None) -> str:
    """Changes with each PIN that is issued: what a form was built on."""
    return "first" if issued is None else str(issued.public_id)


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
        data={"reason": reason, **_whose(grant)},
    )
    return grant


def pin_may_change(grant: AccessGrant) -> bool:
    """While nobody was shown the PIN and no door opens by it, another one harms nobody; but a lock that refuses one
    PIN after the other must not burn through them. The caller has locked the grant."""
    active = grant.codes.filter(set_at__isnull=False, ended_at=None).exists()
    return grant.revealed_at is None and not active and grant.automatic_swaps < MAX_SWAPS


def live_codes_of(grant: AccessGrant) -> list[AccessCode]:
    """Return the codes that should be there, locked against other writers; so are the backups pulled for them, which
    go with their originals and are not returned."""
    return [code for code in _locked_codes(grant.pk) if not code.is_backup]


@compiled
def _locked_codes(grant_id: int) -> QuerySet[AccessCode]:
    codes = AccessCode.objects.select_for_update(of=("self",)).select_related("device__account", "grant")
    return codes.filter(grant=grant_id, revoked_at=None, ended_at=None).order_by("pk")


@compiled
def _backups_of(code_id: int) -> QuerySet[AccessCode]:
    codes = AccessCode.objects.select_for_update(of=("self",)).select_related("device__account", "grant")
    return codes.filter(pulled_for=code_id, revoked_at=None, ended_at=None)


def revoke_code(code: AccessCode, *, reason: str, now: dt.datetime, actor: str) -> None:
    """Leave a tombstone: the code should be gone, and lives on until its lock confirms that it is. So does the backup
    that was pulled for it."""
    code.revoked_at, code.revoke_reason = now, reason
    code.failures, code.next_try_at, code.stopped = 0, None, ""
    code.save(update_fields=["revoked_at", "revoke_reason", "failures", "next_try_at", "stopped"])
    record_code_event(code, EventType.CODE_CHANGED, now=now, actor=actor, change="revoked", reason=reason)
    if not code.is_backup:
        for backup in _backups_of(code.pk):
            revoke_code(backup, reason=reason, now=now, actor=actor)


def declare_code(
    grant: AccessGrant,
    device: Device,
    *,
    name: str,
    window: tuple[dt.datetime | None, dt.datetime | None],
    now: dt.datetime,
    actor: str,
    pin_use: PinUse = PinUse.SHARED,
    pin_held_until: dt.datetime | None = None,
) -> AccessCode:
    """Insert the code of a grant on a device. Raise PinTaken where its PIN is not free there.

    `pin_held_until`: sooner than usual, where the same PIN has its next window on this device.
    """
    code = _new_code(grant, device, name=name, window=window, now=now, pin_use=pin_use)
    code.pin_held_until = pin_held_until or code.pin_held_until
    with transaction.atomic():
        _insert([code], now=now, actor=actor)
    return code


def declare_codes(
    grant: AccessGrant,
    devices: Sequence[Device],
    *,
    name: str,
    window: tuple[dt.datetime | None, dt.datetime | None],
    now: dt.datetime,
    actor: str,
    pin_use: PinUse,
) -> None:
    """Insert a grant's codes on all these devices at once. PinTaken spoils the caller's transaction, or savepoint."""
    codes = [
        _new_code(grant, device, name=name, window=window, now=now, pin_use=pin_use) for device in devices
    ]
    _insert(codes, now=now, actor=actor)


def _new_code(
    grant: AccessGrant,
    device: Device,
    *,
    name: str,
    window: tuple[dt.datetime | None, dt.datetime | None],
    now: dt.datetime,
    pin_use: PinUse,
) -> AccessCode:
    code = AccessCode(device=device, grant=grant, name=name[:200], starts_at=window[0], ends_at=window[1])
    put_pin(code, _pin_for(grant, device, use=pin_use, now=now))
    if code.pin is None and takes_our_pin(capabilities_of(device)):
        code.stopped, code.message = NO_PIN_FITS, "No PIN is free that this lock takes."
    return code


def _insert(codes: Sequence[AccessCode], *, now: dt.datetime, actor: str) -> None:
    try:
        AccessCode.objects.bulk_create(codes)
    except IntegrityError as error:
        if PIN_CONSTRAINT in str(error):
            raise PinTaken from None
        raise
    Event.objects.bulk_create(
        code_event(code, EventType.CODE_CREATED, now=now, actor=actor) for code in codes
    )
