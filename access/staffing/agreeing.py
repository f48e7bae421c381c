"""Make the codes of one holder agree with the windows that count now: one code for each device and window, one PIN.

Called by declaring, under the lock of the record and its grant. Codes move from window to window and keep their PIN;
what has no window is taken back and lives on as a tombstone until its lock confirms that it is gone (F22).

The database lets no two codes of a device share a PIN while their windows overlap. Here one PIN has one window after
the other, so each code but the last holds its PIN until its own end only, and codes that move let go of it first.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from access.enums import EventType
from access.events import record_code_event
from access.issuing import (
    NO_PIN_FITS,
    REPLACED,
    TRIES,
    NoPinLeft,
    PinTaken,
    PinUse,
    declare_code,
    ensure_pin,
    pin_may_change,
    replace_pin,
    revoke_code,
)
from access.models import AccessCode, AccessGrant
from access.pins import held_until
from access.staffing.matching import Held, match
from locks.models import Device
from locks.waking import wake_devices
from properties.compiled import compiled
from properties.window import Window

DOOR_GONE = "door no longer theirs"
NO_WINDOW = "no window any more"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Windows in order, apart from each other; the same ones on every device."""

    name: str
    devices: Sequence[Device]
    windows: Sequence[Window]
    now: dt.datetime
    actor: str

    def held_until(self, number: int) -> dt.datetime | None:
        """Until when the code of this window keeps others from its PIN: shorter where the next window follows."""
        ends_at = self.windows[number].ends_at
        return ends_at if number < len(self.windows) - 1 else held_until(ends_at)


def agree(grant: AccessGrant, wanted: Wanted) -> None:
    rows = _unended_codes(grant)
    ids = {device.pk for device in wanted.devices}
    touched = _take_off([code for pk in rows.keys() - ids for code in rows[pk]], DOOR_GONE, wanted)
    missing: list[tuple[Device, int]] = []
    for device in wanted.devices:
        without, changed = _agree_on(rows.get(device.pk, []), wanted)
        missing += [(device, number) for number in without]
        if changed or without:
            touched.add(device.pk)
    if missing:
        _declare_missing(grant, missing, wanted)
    wake_devices(touched, at=wanted.now)


def take_back(grant: AccessGrant, *, reason: str, now: dt.datetime, actor: str) -> None:
    """Revoke the grant and every code of it."""
    if grant.revoked_at is None:
        grant.revoked_at, grant.revoke_reason = now, reason
        grant.save(update_fields=["revoked_at", "revoke_reason"])
    codes = [code for codes in _unended_codes(grant).values() for code in codes]
    wake_devices(_take_off(codes, reason, Wanted("", (), (), now, actor)), at=now)


def _unended_codes(grant: AccessGrant) -> dict[int, list[AccessCode]]:
    """By device, locked: those that should be there, those that are over, and tombstones that could come back."""
    by_device = defaultdict(list)
    for code in _codes_of(grant.pk):
        by_device[code.device_id].append(code)
    return by_device


@compiled
def _codes_of(grant_id: int) -> QuerySet[AccessCode]:
    return (
        AccessCode.objects.select_for_update(of=("self",))
        .filter(grant=grant_id, ended_at=None)
        .exclude(revoke_reason=REPLACED)
        .exclude(is_backup=True)
        .select_related("device__account", "grant")
        .order_by("pk")
    )


def _take_off(codes: Iterable[AccessCode], reason: str, wanted: Wanted) -> set[int]:
    live = [code for code in codes if code.revoked_at is None]
    for code in live:
        revoke_code(code, reason=reason, now=wanted.now, actor=wanted.actor)
    return {code.device_id for code in live}


def _agree_on(codes: Sequence[AccessCode], wanted: Wanted) -> tuple[list[int], bool]:
    """Move, revive and take back the codes of one device; return the windows without a code, and whether any changed.

    Codes that are over are the planner's, which clears them.
    """
    by_id = {code.pk: code for code in codes}
    held = [
        Held(c.pk, c.starts_at, c.ends_at, c.revoked_at is not None) for c in codes if not _is_over(c, wanted)
    ]
    found = match(held, wanted.windows)
    changed = bool(_take_off([by_id[pk] for pk in found.spare], NO_WINDOW, wanted))
    moving = {by_id[pk]: number for number, pk in found.kept.items() if _differs(by_id[pk], number, wanted)}
    if wanted.windows:
        _let_go([code for code in codes if code.pk not in found.kept.values()], moving)
    for code, number in moving.items():
        changed = _move(code, number, wanted) or changed
    return [number for number in range(len(wanted.windows)) if number not in found.kept], changed


def _is_over(code: AccessCode, wanted: Wanted) -> bool:
    return code.revoked_at is None and code.ends_at is not None and code.ends_at <= wanted.now


def _differs(code: AccessCode, number: int, wanted: Wanted) -> bool:
    window = wanted.windows[number]
    stands = (code.starts_at, code.ends_at, code.name, code.pin_held_until, code.revoked_at)
    return stands != (window.starts_at, window.ends_at, wanted.name, wanted.held_until(number), None)


def _let_go(others: Iterable[AccessCode], moving: Iterable[AccessCode]) -> None:
    """Free the PIN for the windows that are about to be written; the planner still sees to it that no second code
    with this PIN comes to a lock before the first is gone, and nobody else is given it (access.pins.taken_on)."""
    for code in (*others, *moving):
        over = code.revoked_at is None and code not in moving
        free_from = code.ends_at if over else code.starts_at
        if free_from is not None and code.pin_held_until != free_from:
            AccessCode.objects.filter(pk=code.pk).update(pin_held_until=free_from)


def _move(code: AccessCode, number: int, wanted: Wanted) -> bool:
    """Give the code its window and name, and take back its revocation; tell whether a lock has to hear of it."""
    window = wanted.windows[number]
    before = _told(code)
    restored = code.revoked_at is not None
    if code.name != wanted.name:
        code.name, code.appearance_name = wanted.name, ""
    code.starts_at, code.ends_at = window.starts_at, window.ends_at
    code.pin_held_until = wanted.held_until(number)
    code.revoked_at, code.revoke_reason = None, ""
    after = _told(code)
    if not restored and before == after:
        code.save(update_fields=["pin_held_until"])
        return False
    code.failures, code.next_try_at = 0, None
    code.stopped = code.stopped if code.stopped == NO_PIN_FITS else ""
    code.set_at = code.set_at if window.starts_at <= wanted.now else None
    code.save()
    change = {"change": "restored"} if restored else {"before": before, "after": after}
    record_code_event(code, EventType.CODE_CHANGED, now=wanted.now, actor=wanted.actor, **change)
    return True


def _told(code: AccessCode) -> dict[str, str | None]:
    starts_at, ends_at = code.starts_at, code.ends_at
    return {
        "starts_at": starts_at.isoformat() if starts_at is not None else None,
        "ends_at": ends_at.isoformat() if ends_at is not None else None,
        "name": code.name,
    }


def _declare_missing(grant: AccessGrant, missing: Sequence[tuple[Device, int]], wanted: Wanted) -> None:
    """A clash ends in another PIN for all doors while nobody can know the first, else in one of the door's own."""
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                ensure_pin(grant, wanted.devices, now=wanted.now)
                for device, number in missing:
                    _declare_on(grant, device, number, wanted)
        except PinTaken:
            if not pin_may_change(grant):
                break
            also = [device for device, _ in missing]
            try:
                grant = replace_pin(
                    grant, actor=wanted.actor, now=wanted.now, reason="the first one was taken", also=also
                )
            except NoPinLeft:
                break
        else:
            return
    for device, number in missing:
        try:
            with transaction.atomic():
                _declare_on(grant, device, number, wanted)
        except PinTaken:
            _declare_on(grant, device, number, wanted, pin_use=PinUse.OWN)
            grant.pin_note = f"The PIN is taken at {device.name}, so that door has its own."[:200]
            grant.save(update_fields=["pin_note"])


def _declare_on(
    grant: AccessGrant, device: Device, number: int, wanted: Wanted, *, pin_use: PinUse = PinUse.SHARED
) -> None:
    window = wanted.windows[number]
    declare_code(
        grant,
        device,
        name=wanted.name,
        window=(window.starts_at, window.ends_at),
        now=wanted.now,
        actor=wanted.actor,
        pin_use=pin_use,
        pin_held_until=wanted.held_until(number),
    )
