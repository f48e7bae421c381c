"""The doors of a stay with the way of each code: declared, sent, on the lock, open, used, gone.

Made from `access.overview` and the tallies of its codes: one query more, however many doors there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from access.enums import EventType
from access.facts import shape_from_json
from access.models import AccessCode
from access.overview import GONE, DoorAccess
from access.states import CodeState
from access.stay_pages.tallies import (
    Fate,
    StayTallies,
    Tallies,
    Tally,
    fate_of,
    gone_at,
    sent_at,
    stored_at,
    tallies_of,
)
from locks.batteries import BatteryStatus, status_of
from locks.devices import capabilities_of
from locks.models import Device
from properties.models import Stay
from properties.window import Window

THERE = (CodeState.SCHEDULED, CodeState.ACTIVE, *GONE)
DUE = ("To be sent", "Opens", "Goes", "Ends")
LACKING = (CodeState.FAILED, CodeState.DELAYED)
NOT_MANAGED = "not managed any more; whether it stands there is not known"
BATTERY_TONES = {BatteryStatus.CRITICAL: "error", BatteryStatus.LOW: "warn"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step on a code's way. `look`: done, next, missing, unknown or none; `note` says what the time cannot."""

    label: str
    look: str
    at: dt.datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class DoorPage:
    """`window`: of this door, where it differs from the stay's; `told`: as the lock was told it, where that differs
    from both, since locks keep full hours or minutes."""

    access: DoorAccess
    steps: tuple[Step, ...]
    tallies: Tallies
    window: Window | None
    told: Window | None
    battery_tone: str

    @property
    def device(self) -> Device:
        return self.access.device

    @property
    def code(self) -> AccessCode | None:
        return self.access.code

    @property
    def used(self) -> Tally | None:
        return self.tallies.get(EventType.LOCK_UNLOCKED)

    @property
    def fate(self) -> Fate:
        return Fate.LIVE if self.code is None else fate_of(self.code, self.tallies)

    @property
    def is_left(self) -> bool:
        return self.fate is Fate.LEFT

    @property
    def changed_outside(self) -> int:
        outside = (EventType.CODE_MODIFIED_OUTSIDE, EventType.CODE_DELETED_OUTSIDE)
        return sum(self.tallies[one].number for one in outside if one in self.tallies)


def door_pages(
    stay: Stay, doors: Sequence[DoorAccess], tallies: StayTallies, *, now: dt.datetime
) -> tuple[DoorPage, ...]:
    """`tallies`: of these doors, by `tallies_of_doors`."""
    return tuple(
        door_page(stay, door, tallies.by_code.get(door.code.pk, {}) if door.code is not None else {}, now=now)
        for door in doors
    )


def tallies_of_doors(stay: Stay, doors: Sequence[DoorAccess]) -> StayTallies:
    return tallies_of(stay, [door.code.pk for door in doors if door.code is not None])


def door_page(stay: Stay, door: DoorAccess, tallies: Tallies, *, now: dt.datetime) -> DoorPage:
    level = door.device.battery_level
    status = None if level is None else status_of(level, door.device.battery_chemistry)
    return DoorPage(
        access=door,
        steps=steps_of(door, tallies, now=now),
        tallies=tallies,
        window=_window_of(stay, door),
        told=_told_of(door),
        battery_tone=BATTERY_TONES.get(status, "ok") if status is not None else "",
    )


def steps_of(door: DoorAccess, tallies: Tallies, *, now: dt.datetime) -> tuple[Step, ...]:
    code = door.code
    if code is None:
        return (Step("Declared", "next", note="not yet"),)
    steps = (
        Step("Declared", "done", code.created_at),
        _sent(door, code, tallies),
        *([] if code.is_offline else [_stored(door, code, tallies)]),
        _opens(door, code, tallies),
        _used(door, tallies),
        _gone(door, code, tallies, now=now),
    )
    return tuple(_as_of(step, now) for step in steps)


def _as_of(step: Step, now: dt.datetime) -> Step:
    """A moment that has passed is not to come: nothing confirmed what was due."""
    if step.look not in ("next", "missing") or step.label not in DUE or step.at is None or step.at > now:
        return step
    look = "unknown" if step.look == "next" else step.look
    return replace(step, look=look, note=f"was due; {step.note}" if step.note else "was due")


def _sent(door: DoorAccess, code: AccessCode, tallies: Tallies) -> Step:
    if code.is_offline:
        return Step("Computed", "done" if code.pin is not None else "next", note="the lock is told nothing")
    sent = sent_at(code, tallies)
    if sent is None:
        return Step("To be sent", "next", door.program_at, "" if door.program_at else "not yet")
    return Step("Sent", "done", sent, f"{code.attempts} commands" if code.attempts > 1 else "")


def _stored(door: DoorAccess, code: AccessCode, tallies: Tallies) -> Step:
    reads = capabilities_of(door.device).reads_codes
    label = "Seen on the lock" if reads else "Confirmed by the lock"
    at = stored_at(code, tallies)
    if door.state is CodeState.UNKNOWN:
        return Step(label, "unknown", at, "not known now")
    if door.state is CodeState.CHANGED_OUTSIDE:
        return Step(label, "missing", at, "then changed outside")
    if at is not None and (door.state in THERE or not _is_lacking(door, code)):
        return Step(label, "done", at, "" if reads else "it can't be read back")
    if door.state in LACKING or _is_lacking(door, code):
        return Step(label, "missing", at, "not confirmed now" if at is not None else "not confirmed")
    return Step(label, "none" if door.state in GONE else "next", None, "not yet")


def _is_lacking(door: DoorAccess, code: AccessCode) -> bool:
    """A backup stands in, or commands went out that the lock did not confirm."""
    return door.state in (CodeState.BACKUP, *LACKING) or (bool(code.failures) and door.state not in GONE)


def _opens(door: DoorAccess, code: AccessCode, tallies: Tallies) -> Step:
    opened = tallies[EventType.CODE_SET].first if EventType.CODE_SET in tallies else code.set_at
    if opened is not None:
        return Step("Opened", "done", opened)
    look = "none" if door.state in GONE else "missing" if door.state in LACKING else "next"
    return Step("Opens", look, code.starts_at, "" if code.starts_at else "always")


def _used(door: DoorAccess, tallies: Tallies) -> Step:
    used = tallies.get(EventType.LOCK_UNLOCKED)
    if used is not None:
        return Step(
            "First used", "done", used.first, f"{used.number} times in all" if used.number > 1 else ""
        )
    if not names_codes(door.device):
        return Step("First used", "unknown", note="this lock does not tell")
    return Step("First used", "none", note="not so far")


def _gone(door: DoorAccess, code: AccessCode, tallies: Tallies, *, now: dt.datetime) -> Step:
    match fate_of(code, tallies):
        case Fate.OFFLINE:
            return _runs_out(code, now=now)
        case Fate.GONE:
            at = gone_at(code, tallies)
            reads = capabilities_of(door.device).reads_codes
            return Step("Gone" if reads else "Removed", "done", at, "" if reads else "it can't be read back")
        case Fate.UNSENT:
            return Step("Ended", "none", code.ended_at, "it was never sent to the lock")
        case Fate.LEFT:
            left = "" if code.is_managed else "left on the lock, "
            return Step("Let go", "unknown", code.ended_at, f"{left}{NOT_MANAGED}")
    if door.state is CodeState.REMOVE_FAILED:
        return Step("Gone", "missing", note="still there")
    if door.state is CodeState.REMOVAL_UNKNOWN:
        return Step("Gone", "unknown", note="not known to be gone")
    if code.revoked_at is not None:
        return Step("Goes", "next", note="being removed")
    return Step("Goes", "next", code.ends_at, "" if code.ends_at else "no end")


def _runs_out(code: AccessCode, *, now: dt.datetime) -> Step:
    if code.pin is None and code.ended_at is not None:
        return Step("Ended", "none", code.ended_at, "never computed")
    if code.ends_at is not None and code.ends_at <= now:
        return Step("Ended", "done", code.ends_at, "by itself")
    return Step("Ends", "next", code.ends_at, "by itself; it can't be taken back")


def names_codes(device: Device) -> bool:
    """Whether the lock tells which code opened, so that the lack of an entry means something."""
    capabilities = capabilities_of(device)
    return capabilities.keeps_log and capabilities.names_opening_code


def _window_of(stay: Stay, door: DoorAccess) -> Window | None:
    if door.active_from is None or (door.active_from, door.active_to) == (stay.starts_at, stay.ends_at):
        return None
    return Window(door.active_from, door.active_to)


def _told_of(door: DoorAccess) -> Window | None:
    shape = shape_from_json(door.code.written) if door.code is not None else None
    if shape is None or shape.starts_at is None:
        return None
    if (shape.starts_at, shape.ends_at) == (door.active_from, door.active_to):
        return None
    return Window(shape.starts_at, shape.ends_at)
