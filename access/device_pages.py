"""What the page of a lock shows: what we declared on it beside what it says it holds. Read-only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Q

from access.enums import CodeState, Seen
from access.facts import facts_of
from access.models import AccessCode, Event, LockCode
from access.status import code_state
from access.stay_pages import stamp
from locks.capabilities import Capabilities
from locks.devices import capabilities_of
from locks.models import Device

VERSION_STEP = 30
ENDED_SHOWN = dt.timedelta(days=2)


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A declared code and its place on the lock, which may be missing."""

    code: AccessCode
    state: CodeState
    held: LockCode | None
    note: str


@dataclass(frozen=True, slots=True)
class Capacity:
    used: int
    limit: int | None

    @property
    def share(self) -> float | None:
        return None if not self.limit else self.used / self.limit

    @property
    def tone(self) -> str:
        share = self.share
        if share is None or share < 0.8:  # noqa: PLR2004 -- four fifths
            return "ok"
        return "error" if share >= 1 else "warn"


def code_lines(device: Device, *, now: dt.datetime) -> list[CodeLine]:
    """Live codes by their start, ended ones for two days more; what else the lock holds is access.foreign's."""
    capabilities = capabilities_of(device)
    held = list(device.lock_codes.order_by("pk"))
    by_code = {one.access_code_id: one for one in held if one.access_code_id is not None}
    codes = (
        device.access_codes.filter(Q(ended_at=None) | Q(ended_at__gt=now - ENDED_SHOWN))
        .exclude(is_backup=True, pulled_for=None)
        .select_related("device__account", "grant__stay__guest", "grant__stay__unit")
        .order_by(F("ended_at").asc(nulls_first=True), "starts_at", "pk")
    )
    lines = []
    for code in codes.filter(is_managed=True):
        state, place = code_state(facts_of(code), now=now), by_code.pop(code.pk, None)
        lines.append(CodeLine(code, state, place, describe(code, state, place, capabilities, now=now)))
    return lines


def describe(
    code: AccessCode, state: CodeState, held: LockCode | None, capabilities: Capabilities, *, now: dt.datetime
) -> str:
    """What the lock says of this code, in words."""
    if held is not None:
        if code.seen == Seen.DIFFERS:
            return "There, but not as declared"
        if not held.enabled:
            return "There, kept shut until its time"
        waits = held.starts_at is not None and held.starts_at > now
        return "There, opens by its own clock" if waits else "There, and opens"
    if code.ended_at is not None:
        return "Gone"
    if state is CodeState.PLANNED:
        return "Not there, as planned"
    if not capabilities.reads_codes:
        return "This lock does not tell which codes it holds"
    return "Not there"


def capacity_of(device: Device) -> Capacity:
    return Capacity(used=device.lock_codes.count(), limit=capabilities_of(device).max_codes)


def device_version(device: Device, *, now: dt.datetime) -> str:
    event = (
        Event.objects.filter(device=device)
        .order_by("-occurred_at", "-pk")
        .values_list("pk", flat=True)
        .first()
    )
    parts = [
        event,
        device.updated_at,
        device.last_read_at,
        device.declared_seq,
        int(now.timestamp()) // VERSION_STEP,
    ]
    return "-".join(stamp(part) for part in parts)
