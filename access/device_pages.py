"""What the page of a lock shows: what we declared on it beside what it says it holds. Read-only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from access.enums import CodeState, Seen
from access.facts import facts_of
from access.models import AccessCode, Event, LockCode
from access.status import code_state
from access.stay_pages import stamp
from locks.capabilities import Capabilities
from locks.devices import capabilities_of
from locks.models import Device

VERSION_STEP = 30
PAST_SHOWN = 50
NEARLY_FULL = 0.8


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A declared code and its place on the lock, which may be missing."""

    code: AccessCode
    state: CodeState
    held: LockCode | None
    note: str


@dataclass(frozen=True, slots=True)
class Part:
    """Of a lock's places: what stands in them. `key` names its look."""

    key: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """Places of a lock. `known` False: it does not tell which codes it holds, or was never read; `limit` None: how many
    places it has is not known."""

    ours: int
    backups: int
    foreign: int
    limit: int | None
    known: bool = True

    @property
    def used(self) -> int:
        return self.ours + self.backups + self.foreign

    @property
    def free(self) -> int | None:
        return None if not self.limit else max(0, self.limit - self.used)

    @property
    def parts(self) -> tuple[Part, ...]:
        return (
            Part("ours", "Codes of Keyturn", self.ours),
            Part("backups", "Backup codes", self.backups),
            Part("foreign", "Unmanaged codes", self.foreign),
        )

    @property
    def share(self) -> float | None:
        return None if not self.limit else self.used / self.limit

    @property
    def tone(self) -> str:
        share = self.share
        if share is None or share < NEARLY_FULL:
            return "ok"
        return "error" if share >= 1 else "warn"


def code_lines(device: Device, *, now: dt.datetime) -> list[CodeLine]:
    """Codes that are not gone for good, by their start; what else the lock holds is access.foreign's."""
    codes = _codes(device).filter(ended_at=None).exclude(is_backup=True, pulled_for=None)
    return _lines(device, codes.order_by(F("starts_at").asc(nulls_first=True), "pk"), now=now)


def past_lines(device: Device, *, now: dt.datetime) -> list[CodeLine]:
    """The last codes that are gone, newest first."""
    codes = _codes(device).filter(ended_at__isnull=False)
    return _lines(device, codes.order_by("-ended_at", "-pk")[:PAST_SHOWN], now=now)


def _codes(device: Device) -> QuerySet[AccessCode]:
    rows = device.access_codes.filter(is_managed=True)
    return rows.select_related("device__account", "grant__stay__guest", "grant__stay__unit")


def _lines(device: Device, codes: Iterable[AccessCode], *, now: dt.datetime) -> list[CodeLine]:
    capabilities = capabilities_of(device)
    held = device.lock_codes.exclude(access_code=None).order_by("pk")
    by_code = {one.access_code_id: one for one in held}
    lines = []
    for code in codes:
        state, place = code_state(facts_of(code), now=now), by_code.get(code.pk)
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
    backup = Q(access_code__is_backup=True, access_code__pulled_for=None)
    foreign = Q(access_code=None) | Q(access_code__is_managed=False)
    counted = device.lock_codes.aggregate(
        all=Count("pk"), backups=Count("pk", filter=backup & ~foreign), foreign=Count("pk", filter=foreign)
    )
    capabilities = capabilities_of(device)
    return Capacity(
        ours=counted["all"] - counted["backups"] - counted["foreign"],
        backups=counted["backups"],
        foreign=counted["foreign"],
        limit=capabilities.max_codes,
        known=capabilities.reads_codes and device.last_read_at is not None,
    )


def is_full(device: Device, held: int) -> bool:
    limit = capabilities_of(device).max_codes
    return limit is not None and held >= limit


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
