"""Which PIN a grant gets, and which each of its codes: chosen once, inside the rules of every door, free on each."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence

from access.enums import PinOrigin
from access.models import AccessCode, AccessGrant
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
from properties.enums import PinPolicy, StayKind

REPLACED = "new code issued"


class PinTaken(Exception):
    """Another code of the device has this PIN, or got it a moment ago."""


class PinUse(enum.Enum):
    """Which PIN a new code gets: its grant's, looked for among the door's codes first (SHARED) or just chosen for this
    very door (CHOSEN); or one of the door's own (OWN)."""

    SHARED = "shared"
    CHOSEN = "chosen"
    OWN = "own"


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


def pin_for(grant: AccessGrant, device: Device, *, use: PinUse, now: dt.datetime) -> str | None:
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
