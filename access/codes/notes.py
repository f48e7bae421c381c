"""What somebody should know before a code is saved: sentences, shown by pages and sent by the API."""

from __future__ import annotations

import datetime as dt

from access.codes.devices import zone_of_door, zone_of_lock
from access.codes.offline import offline_window
from access.codes.shapes import CodeRefused, NewCode
from access.codes.windows import Bounds, window_for
from access.planning import JIT_LEAD, NATIVE_LEAD
from locks.capabilities import Capabilities, OfflineRule
from locks.constraints import takes_our_pin
from locks.devices import capabilities_of
from locks.models import Device

NOT_REVOCABLE = (
    "An offline code cannot be changed or taken back: the lock checks it without any connection. "
    "It runs out by itself at its end."
)


def notes_before_creating(device: Device, new: NewCode, *, now: dt.datetime) -> list[str]:
    """`device` comes with its account. A window that will be refused is not spoken of: the refusal says why."""
    capabilities = capabilities_of(device)
    return (
        _offline_notes(device, new, capabilities, now=now)
        if new.is_offline
        else _online_notes(device, new, capabilities, now=now)
    )


def _offline_notes(
    device: Device, new: NewCode, capabilities: Capabilities, *, now: dt.datetime
) -> list[str]:
    notes = [
        NOT_REVOCABLE,
        "The lock system computes the code; it appears here a moment after saving.",
    ]
    zone = zone_of_door(device)
    asked = Bounds(new.starts_at, new.ends_at)
    try:
        window = offline_window(
            asked,
            capabilities,
            one_time=new.is_one_time_use,
            rounding=new.max_time_rounding,
            zone=zone_of_lock(device),
            now=now,
        )
    except CodeRefused:
        return notes
    if new.is_one_time_use:
        notes.append(f"It opens once, by {window.ends_at.astimezone(zone):%-d %b %Y, %H:%M}.")
    elif (window.starts_at, window.ends_at) != (new.starts_at, new.ends_at):
        first, last = window.starts_at.astimezone(zone), window.ends_at.astimezone(zone)
        notes.append(f"The lock keeps this code from {first:%-d %b %Y, %H:%M} to {last:%-d %b %Y, %H:%M}.")
    rule = capabilities.offline_rule(window.kind)
    if rule is not None and _must_be_used_early(rule, window.ends_at - window.starts_at):
        notes.append(f"It must be used within {_hours(rule)} hours of its start, or it never works.")
    return notes


def _must_be_used_early(rule: OfflineRule, length: dt.timedelta) -> bool:
    return rule.first_use_above is not None and length > rule.first_use_above


def _hours(rule: OfflineRule) -> int:
    return round((rule.first_use_within or dt.timedelta(0)) / dt.timedelta(hours=1))


def _online_notes(device: Device, new: NewCode, capabilities: Capabilities, *, now: dt.datetime) -> list[str]:
    notes = []
    if not takes_our_pin(capabilities):
        notes.append("This lock chooses the code itself; it appears here once it is on the lock.")
    if device.online is False:
        notes.append("The lock is offline; the code gets there when it is back.")
    asked = Bounds(new.starts_at, new.ends_at)
    try:
        window = window_for(asked, capabilities, now=now)
    except CodeRefused:
        return notes
    if window.starts_at is None or asked.starts_at is None:
        return notes
    if window.starts_at > max(asked.starts_at, now):
        notes.append(
            "This lock takes no start that has passed: the code opens from a minute or two after saving."
        )
    native = capabilities.native_scheduling and new.prefer_native_scheduling
    lead = NATIVE_LEAD if native else JIT_LEAD
    if window.starts_at - lead > now:
        hours = round(lead / dt.timedelta(hours=1))
        when = "one hour" if hours == 1 else f"{hours} hours"
        notes.append(f"The code is put on the lock {when} before its start, not at once.")
    return notes
