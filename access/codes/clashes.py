"""Which PIN a code gets, and whether another code of the device has it. The only place that decides what is a clash.

Two codes of a device never share a PIN at one time. With the workspace's setting, they may in windows that do not
touch; then the earlier one keeps its PIN to itself only until the later one begins, so that the database's exclusion
constraint lets both stand. A lock that cannot hold both is given the second after the first is seen gone.
Unmanaged codes are no reason to refuse: they can vanish, so a clash with one becomes a problem of the code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from access.codes.shapes import CodeRefused, Refusal
from access.codes.windows import Bounds, are_apart, gap_needed
from access.issuing import PIN_CONSTRAINT
from access.models import AccessCode
from access.pins import held_until, pin_key_of
from locks.constraints import pin_problem, takes_our_pin
from locks.devices import capabilities_of
from locks.models import Device
from properties.quick_writes import insert_unless


class PinTaken(Exception):
    """Another writer was faster: choose again, or refuse."""


@dataclass(frozen=True, slots=True)
class _Neighbours:
    """Codes of the same PIN whose windows lie apart: the last before and the first after."""

    before: AccessCode | None
    after: AccessCode | None


def check_pin(device: Device, pin: str) -> None:
    problem = pin_problem(pin, capabilities_of(device), lock=device.name)
    if problem is not None:
        raise CodeRefused(Refusal.INVALID, problem, "pin")


def put_pin_and_save(code: AccessCode, pin: str | None, *, just_chosen: bool = False) -> None:
    """Give an unsaved or locked code its PIN and save it. `code` comes with its device's account.

    Refuse a duplicate; raise PinTaken where it became one this very moment. `just_chosen`: the PIN of an unsaved code,
    among those that no code of the device has, so that none is looked for again.
    """
    bounds = Bounds(code.starts_at, code.ends_at)
    code.pin, code.pin_key = pin, None if pin is None else pin_key_of(pin)
    code.pin_held_until = held_until(code.ends_at)
    if code.pin_key is not None and not just_chosen:
        neighbours = _neighbours(code, bounds)
        if neighbours.before is not None and code.starts_at is not None:
            _release_by(neighbours.before, code.starts_at)
        if neighbours.after is not None and code.pin_held_until is not None:
            code.pin_held_until = min(code.pin_held_until, neighbours.after.starts_at or code.pin_held_until)
    if just_chosen:
        # Without an error there is nothing to undo, and so no savepoint is needed.
        if not insert_unless(code, PIN_CONSTRAINT):
            raise PinTaken
        return
    try:
        with transaction.atomic():
            code.save()
    except IntegrityError as error:
        if PIN_CONSTRAINT in str(error):
            raise PinTaken from None
        raise


def _neighbours(code: AccessCode, bounds: Bounds) -> _Neighbours:
    device = code.device
    others = (
        AccessCode.objects.select_for_update(of=("self",))
        .filter(device=device, pin_key=code.pin_key, ended_at=None)
        .exclude(pk=code.pk)
        .order_by("pk")
    )
    gap = gap_needed(capabilities_of(device))
    apart: list[AccessCode] = []
    for other in others:
        if not (may_share_pin(other) and are_apart(bounds, Bounds(other.starts_at, other.ends_at), gap=gap)):
            raise duplicate_of(other)
        apart.append(other)
    return _Neighbours(
        before=max((one for one in apart if _ends_before(one, code)), key=_end, default=None),
        after=min((one for one in apart if not _ends_before(one, code)), key=_start, default=None),
    )


def may_share_pin(other: AccessCode) -> bool:
    """A stay can be extended at any time, and a backup be pulled: their PINs are theirs alone."""
    allowed: bool = other.device.account.workspace.same_pin_in_disjoint_windows
    return allowed and other.grant_id is None and not other.is_backup and other.is_managed


def _ends_before(one: AccessCode, other: AccessCode) -> bool:
    return one.ends_at is not None and other.starts_at is not None and one.ends_at <= other.starts_at


def _end(code: AccessCode) -> dt.datetime:
    return code.ends_at or dt.datetime.max.replace(tzinfo=dt.UTC)


def _start(code: AccessCode) -> dt.datetime:
    return code.starts_at or dt.datetime.min.replace(tzinfo=dt.UTC)


def _release_by(code: AccessCode, moment: dt.datetime) -> None:
    if code.pin_held_until is None or code.pin_held_until > moment:
        code.pin_held_until = moment
        code.save(update_fields=["pin_held_until"])


def duplicate_of(other: AccessCode) -> CodeRefused:
    """Name the other code, never its PIN."""
    named = (
        f"named “{other.name}”"
        if other.name
        else "of the backup pool"
        if other.is_backup
        else "without a name"
    )
    period = ""
    if other.starts_at is not None and other.ends_at is not None:
        period = f" for period {other.starts_at:%Y-%m-%dT%H:%M:%SZ}-{other.ends_at:%Y-%m-%dT%H:%M:%SZ}"
    leaving = " It is being taken off the lock; try again when it is gone." if other.revoked_at else ""
    return CodeRefused(
        Refusal.DUPLICATE,
        f"Cannot set duplicate access code {named}{period}.{leaving} Choose another code.",
        "pin",
        unnamed="Cannot set duplicate access code. Choose another code.",
    )


def taken_meanwhile() -> CodeRefused:
    return CodeRefused(
        Refusal.DUPLICATE,
        "Cannot set duplicate access code: another one got it a moment ago. Choose another code.",
        "pin",
    )


def sharing(devices: Sequence[Device]) -> list[Device]:
    """Return the devices that are programmed with a PIN of ours."""
    return [device for device in devices if takes_our_pin(capabilities_of(device))]
