"""The PIN that a booking asks for (`Stay.preferred_code`): issued where every door takes it and nobody has it there.

A wish is tried once (`AccessGrant.preferred_key`): a newer PIN from a person's hand stays, and a PIN that a lock
refused does not come back. Called by access.declaring; the booking API and the form of a stay ask `problem_of_wish`
before they take one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from access.enums import PinOrigin
from access.issuing import REPLACED, NoPinLeft, door_name, live_codes_of, replace_pin, space_of
from access.models import AccessGrant
from access.pins import pin_key_of, taken_on
from locks.constraints import pin_problem, space_problem, takes_our_pin
from locks.devices import capabilities_of
from locks.models import Device
from locks.queries import devices_for_unit
from properties.booking import StayDetails

ASKED_FOR: Final = "asked for with the booking"


def rule_against(pin: str, devices: Sequence[Device]) -> str | None:
    """Return a sentence that says which door can never take this PIN, or None. Devices come with account and door."""
    ours = [device for device in devices if takes_our_pin(capabilities_of(device))]
    if not ours:
        return space_problem(pin, space_of(devices)) if devices else None
    for device in ours:
        problem = pin_problem(pin, capabilities_of(device), lock=door_name(device))
        if problem is not None:
            return problem
    return None


def problem_of_wish(details: StayDetails, before: StayDetails | None) -> str | None:
    """A wish that some door can never grant is refused when it is made (or carried to another unit), not later: a
    program that sends the same again must not lose the booking over it."""
    wish = details.preferred_code
    same = before is not None and (before.preferred_code, before.unit.pk) == (wish, details.unit.pk)
    if not wish or same:
        return None
    return rule_against(wish, list(devices_for_unit(details.unit).select_related("account", "door")))


def is_new_wish(grant: AccessGrant, pin: str | None) -> bool:
    return pin is not None and pin_key_of(pin) != grant.preferred_key


def issue_preferred(
    grant: AccessGrant, pin: str, devices: Sequence[Device], *, actor: str, now: dt.datetime
) -> str:
    """Give the grant (locked by the caller) this PIN; return "" or a sentence that says why it has another one."""
    grant.preferred_key = pin_key_of(pin)
    grant.save(update_fields=["preferred_key"])
    if grant.pin == pin:
        return ""
    problem = rule_against(pin, devices) or _taken_at(grant, pin, devices, now=now)
    if problem is not None:
        return problem
    if all(code.is_offline for code in live_codes_of(grant)):
        grant.pin, grant.pin_key = pin, pin_key_of(pin)
        grant.pin_origin, grant.pin_note = PinOrigin.GIVEN, ""
        grant.save(update_fields=["pin", "pin_key", "pin_origin", "pin_note"])
        # What was revoked before must not be taken back with its old PIN.
        grant.codes.filter(ended_at=None, is_offline=False).update(revoke_reason=REPLACED)
        return ""
    try:
        replace_pin(grant, actor=actor, now=now, reason=ASKED_FOR, wanted=pin)
    except NoPinLeft:
        return "The code that was asked for was given to somebody else a moment ago."
    grant.refresh_from_db()
    return ""


def _taken_at(grant: AccessGrant, pin: str, devices: Sequence[Device], *, now: dt.datetime) -> str | None:
    for device in devices:
        if takes_our_pin(capabilities_of(device)) and taken_on([device.pk], now=now, besides=grant)(pin):
            return (
                f"The code that was asked for is in use at {door_name(device)}, so the guest has another one."
            )
    return None
