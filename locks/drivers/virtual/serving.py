"""One call to a virtual lock, from its arrival to its answer: moods first, then memory, and a line in the log.

Synchronous and one transaction each, with the lock's row held, so that two callers see one lock. driver.py carries
these answers into the contract; nothing else calls them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from locks.brands import brand_of
from locks.capabilities import Capabilities
from locks.drivers.base import (
    Applied,
    CodeToPut,
    DeviceStatus,
    Empty,
    FoundDevice,
    Known,
    Observation,
    ObservedCode,
    Outcome,
    Rejected,
    RejectReason,
    Unknown,
    Unreadable,
    UnreadableReason,
)
from locks.drivers.virtual import memory
from locks.drivers.virtual.logbook import note
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.moods import CODE_WRITES, Call, Mood, take_mood

NO_ANSWER = "No answer in time."
Command = Callable[[VirtualLock, dt.datetime], Outcome]


@transaction.atomic
def delay_before(account_key: str, device: str, call: Call) -> float:
    """Return how many seconds the lock lets a call wait; asked before, so that nobody holds its row meanwhile."""
    lock = _find(account_key, device, hold=False)
    if lock is None or Mood.SLOW not in lock.moods:
        return 0.0
    lock = VirtualLock.objects.select_for_update().get(pk=lock.pk)
    settings = take_mood(lock, Mood.SLOW, call)
    lock.save(update_fields=["moods"])
    return settings.seconds if settings else 0.0


@transaction.atomic
def list_devices(account_key: str) -> tuple[FoundDevice, ...] | Unreadable:
    locks = list(VirtualLock.objects.select_for_update().filter(account_key=account_key).order_by("pk"))
    if not account_key or any(_disconnected(lock, Call.LIST_DEVICES) for lock in locks):
        return Unreadable(UnreadableReason.ACCOUNT_DISCONNECTED, "The account's login was refused.")
    return tuple(map(_found, locks))


def _found(lock: VirtualLock) -> FoundDevice:
    capabilities = memory.capabilities_of_lock(lock)
    brand = brand_of(lock.brand)
    return FoundDevice(
        external_id=str(lock.external_id),
        brand=lock.brand,
        name=lock.name,
        model=f"Virtual {brand.display_name}",
        capabilities=None if capabilities == brand.capabilities else capabilities,
    )


@transaction.atomic
def read_status(account_key: str, device: str) -> DeviceStatus | Unreadable:
    lock = _find(account_key, device)
    if lock is None:
        return _no_such_lock()
    had_moods = bool(lock.moods)
    trouble = _unreachable(lock, Call.STATUS)
    if had_moods:
        lock.save(update_fields=["moods"])
    note(lock, Call.STATUS, at=timezone.now(), detail=trouble or "")
    if trouble is RejectReason.ACCOUNT_DISCONNECTED:
        return Unreadable(UnreadableReason.ACCOUNT_DISCONNECTED, "The account's login was refused.")
    if trouble is not None:
        return DeviceStatus(online=False)
    return DeviceStatus(online=True, battery_level=lock.battery_level, locked=lock.locked)


@transaction.atomic
def list_codes(account_key: str, device: str) -> Observation:
    lock = _find(account_key, device)
    if lock is None:
        return _no_such_lock()
    now, had_moods = timezone.now(), bool(lock.moods)
    observation = _observe(lock, now)
    if had_moods:
        lock.save(update_fields=["moods"])
    note(lock, Call.LIST, at=now, detail=observation.reason if isinstance(observation, Unreadable) else "")
    return observation


def _observe(lock: VirtualLock, now: dt.datetime) -> Observation:
    trouble = _unreachable(lock, Call.LIST)
    if trouble is not None:
        return Unreadable(UnreadableReason(trouble.value), "The lock could not be asked.")
    capabilities = memory.capabilities_of_lock(lock)
    if not capabilities.reads_codes or take_mood(lock, Mood.WRITE_ONLY, Call.LIST):
        return Unreadable(UnreadableReason.NOT_SUPPORTED, "This lock cannot list its codes.")
    codes, as_of = _visible(lock, now)
    codes = _as_brand_shows(lock, codes, capabilities)
    if take_mood(lock, Mood.MASKED_READS, Call.LIST):
        codes = tuple(replace(code, pin=None) for code in codes)
    return Known(codes, as_of) if codes else Empty(as_of)


def _visible(lock: VirtualLock, now: dt.datetime) -> tuple[tuple[ObservedCode, ...], dt.datetime]:
    stale = lock.moods.get(Mood.STALE_READS)
    if stale is not None:
        return memory.codes_in(stale["snapshot"]), dt.datetime.fromisoformat(stale["taken_at"])
    lagging = lock.moods.get(Mood.EVENTUALLY_CONSISTENT, {})
    if "snapshot" in lagging and now < dt.datetime.fromisoformat(lagging["hidden_until"]):
        return memory.codes_in(lagging["snapshot"]), now
    return memory.read(lock), now


def _as_brand_shows(
    lock: VirtualLock, codes: tuple[ObservedCode, ...], capabilities: Capabilities
) -> tuple[ObservedCode, ...]:
    if not capabilities.reads_foreign_codes:
        foreign = memory.foreign_slots(lock)
        codes = tuple(code for code in codes if code.ref not in foreign)
    if not capabilities.reads_pins:
        codes = tuple(replace(code, pin=None) for code in codes)
    return codes


def put_code(account_key: str, device: str, code: CodeToPut) -> Outcome:
    def command(lock: VirtualLock, now: dt.datetime) -> Outcome:
        if code.ref is None and take_mood(lock, Mood.FULL, Call.PUT):
            return Rejected(RejectReason.FULL, "The lock's memory is full.")
        return memory.put(lock, code, now=now)

    return _write(account_key, device, Call.PUT, command)


def remove_code(account_key: str, device: str, ref: str) -> Outcome:
    return _write(account_key, device, Call.REMOVE, lambda lock, _now: memory.remove(lock, ref))


def turn(account_key: str, device: str, call: Call) -> Outcome:
    """Turn the bolt: `lock` or `unlock`."""

    def command(lock: VirtualLock, now: dt.datetime) -> Outcome:
        lock.locked = call is Call.LOCK
        lock.save(update_fields=["locked"])
        return Applied("")

    return _write(account_key, device, call, command)


@transaction.atomic
def _write(account_key: str, device: str, call: Call, command: Command) -> Outcome:
    lock = _find(account_key, device)
    if lock is None:
        return Rejected(RejectReason.NOT_FOUND, "The account has no such lock.")
    now = timezone.now()
    outcome, detail = _perform(lock, call, command, now)
    lock.save(update_fields=["moods", "next_slot"])
    slot = int(outcome.ref) if isinstance(outcome, Applied) and outcome.ref.isdecimal() else None
    note(lock, call, at=now, slot=slot, detail=detail)
    return outcome


def _perform(lock: VirtualLock, call: Call, command: Command, now: dt.datetime) -> tuple[Outcome, str]:
    """Return the answer, and what really happened."""
    trouble = _unreachable(lock, call)
    if trouble is not None:
        return Rejected(trouble, "The lock cannot be reached."), f"rejected: {trouble}"
    if take_mood(lock, Mood.LOST_COMMAND, call):
        return Unknown(NO_ANSWER), "lost on the way"
    rejecting = take_mood(lock, Mood.REJECTING, call)
    if rejecting is not None:
        return Rejected(rejecting.reason, "The lock refused."), f"rejected: {rejecting.reason}"
    if take_mood(lock, Mood.LOST_WRITE, call):
        return _forgotten(lock, command, now), "confirmed and forgotten"
    if call in CODE_WRITES:
        _hide_change(lock, now)
    outcome = command(lock, now)
    detail = f"rejected: {outcome.reason}" if isinstance(outcome, Rejected) else "applied"
    if take_mood(lock, Mood.APPLIED_BUT_TIMEOUT, call):
        return Unknown(NO_ANSWER), f"{detail}, answer lost"
    return outcome, detail


def _forgotten(lock: VirtualLock, command: Command, now: dt.datetime) -> Outcome:
    """Answer as if the command had been done, and leave the memory as it was."""
    with transaction.atomic():
        outcome = command(lock, now)
        transaction.set_rollback(True)
    return outcome


def _hide_change(lock: VirtualLock, now: dt.datetime) -> None:
    """Under `eventually_consistent`, keep what readings show until the delay has passed."""
    lagging = lock.moods.get(Mood.EVENTUALLY_CONSISTENT)
    if lagging is None:
        return
    hidden_until = lagging.get("hidden_until")
    if hidden_until is None or dt.datetime.fromisoformat(hidden_until) <= now:
        lagging["snapshot"] = memory.snapshot_of(lock)
        lagging["hidden_until"] = (now + dt.timedelta(seconds=lagging["seconds"])).isoformat()


def _unreachable(lock: VirtualLock, call: Call) -> RejectReason | None:
    if _disconnected(lock, call):
        return RejectReason.ACCOUNT_DISCONNECTED
    if not lock.online or take_mood(lock, Mood.OFFLINE, call):
        return RejectReason.DEVICE_OFFLINE
    return None


def _disconnected(lock: VirtualLock, call: Call) -> bool:
    return take_mood(lock, Mood.DISCONNECTED, call) is not None


def _no_such_lock() -> Unreadable:
    return Unreadable(UnreadableReason.BAD_ANSWER, "The account has no such lock.")


def _find(account_key: str, device: str, *, hold: bool = True) -> VirtualLock | None:
    try:
        external_id = uuid.UUID(device)
    except ValueError:
        return None
    locks = VirtualLock.objects.select_for_update() if hold else VirtualLock.objects.all()
    return locks.filter(external_id=external_id, account_key=account_key).first()
