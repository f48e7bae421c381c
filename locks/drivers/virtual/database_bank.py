"""The database bank: virtual locks in tables of their own, for everything that is not a simulation.

`at_hand` holds one lock's row for the length of a call and writes back what changed; used by the driver (through
`DatabaseBank`), the keypad, the sandbox pages and tests.
"""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from locks.drivers.base import ObservedCode
from locks.drivers.virtual import serving
from locks.drivers.virtual.actions import TOLD, WRITES, Call
from locks.drivers.virtual.bank import Serve, is_listed
from locks.drivers.virtual.bridging import Bridge, bridge_of
from locks.drivers.virtual.models import VirtualBridge, VirtualCode, VirtualLock, VirtualLogEntry
from locks.drivers.virtual.state import HeldCode, LockState, LogLine, capabilities_reported
from locks.drivers.virtual.telling import KEPT, Lines
from properties import crypto

P = ParamSpec("P")
T = TypeVar("T")

COLUMNS = ("online", "locked", "battery_level", "clock_offset", "next_slot", "reports")
PARTS = (
    "gateway",
    "time_zone",
    "battery_chemistry",
    "keypad_battery_level",
    "has_direct_power",
    "door_open",
    "auto_lock",
    "auto_lock_seconds",
    "unlocked_at",
    "wrong_tries",
    "offline_uses",
)
_WITH_CODES = frozenset({Call.LIST, Call.PUT, Call.REMOVE})


class DatabaseBank:
    async def ask(self, account_key: str, device: str, call: Call, serve: Serve[T], missing: T) -> T:
        seconds = await _in_thread(_delay, account_key, device, call)
        if seconds:
            await asyncio.sleep(seconds)
        return await _in_thread(_serve, account_key, device, call, serve, missing)

    async def ask_account(self, account_key: str, serve: Callable[[Sequence[LockState]], T]) -> T:
        return await _in_thread(_serve_account, account_key, serve)

    async def lines_after(self, device: str, after: int) -> Lines:
        return await _in_thread(_lines_after, device, after)


async def _in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    # The thread that Django keeps for its connection: a pool of threads would open a connection each.
    return await sync_to_async(function, thread_sensitive=True)(*args, **kwargs)


@contextmanager
def at_hand(lock: VirtualLock) -> Iterator[LockState]:
    """Stand before the lock: its state, held until the block ends and stored then."""
    with transaction.atomic():
        row = VirtualLock.objects.select_for_update().get(pk=lock.pk)
        with _stored_after(row, with_codes=True) as state:
            yield state


def state_of(row: VirtualLock, *, with_codes: bool = True) -> LockState:
    parts = {name: _part_from_json(name, value) for name, value in row.parts.items() if name in PARTS}
    return LockState(
        external_id=str(row.external_id),
        account_key=row.account_key,
        brand=row.brand,
        name=row.name,
        capabilities=capabilities_reported(row.brand, row.reports, row.capacity),
        secret=row.secret or "",
        capacity=row.capacity,
        moods={name: _mood_from_json(stored) for name, stored in row.moods.items()},
        codes={code.slot: _held(code) for code in row.codes.all()} if with_codes else {},
        **{name: copy.copy(getattr(row, name)) for name in COLUMNS},
        **parts,
    )


def _delay(account_key: str, device: str, call: Call) -> float:
    with transaction.atomic():
        row = _find(account_key, device, hold=False)
        if row is None or "slow" not in row.moods:
            return 0.0
        row = VirtualLock.objects.select_for_update().get(pk=row.pk)
        with _stored_after(row, with_codes=False) as state:
            return serving.delay_before(state, call)


def _serve(account_key: str, device: str, call: Call, serve: Serve[T], missing: T) -> T:
    with transaction.atomic():
        row = _find(account_key, device, hold=True)
        if row is None:
            return missing
        with _stored_after(row, with_codes=call in _WITH_CODES) as state, queued(state, call):
            return serve(state, timezone.now()) if is_listed(state) else missing


@contextmanager
def queued(state: LockState, call: Call) -> Iterator[Bridge | None]:
    """Hold the queue of the lock's bridge while a command goes through it. The lock's own row is held already."""
    bridge = bridge_of(state.brand, state.gateway) if call in WRITES else None
    if bridge is None:
        yield None
        return
    key: dict[str, Any] = {"account_key": state.account_key, "gateway": state.gateway}
    VirtualBridge.objects.get_or_create(**key)
    row = VirtualBridge.objects.select_for_update().get(**key)
    bridge.done_at = [dt.datetime.fromisoformat(at) for at in row.done_at]
    state.bridge = bridge
    yield bridge
    row.done_at = [at.isoformat() for at in bridge.done_at]
    row.save(update_fields=["done_at"])


def _serve_account(account_key: str, serve: Callable[[Sequence[LockState]], T]) -> T:
    with transaction.atomic():
        rows = VirtualLock.objects.select_for_update().filter(account_key=account_key).order_by("pk")
        states = [(row, state_of(row, with_codes=False)) for row in rows]
        before = [_fields_of(state) for _, state in states]
        answer = serve([state for _, state in states])
        for (row, state), fields in zip(states, before, strict=True):
            _store_fields(row, fields, _fields_of(state))
        return answer


def _lines_after(device: str, after: int) -> Lines:
    entries = VirtualLogEntry.objects.filter(lock__external_id=device, action__in=TOLD, pk__gt=after)
    latest = entries.order_by("-pk").values_list("pk", "at", "action", "slot", "detail")[:KEPT]
    return [(pk, LogLine(at, action, slot, detail)) for pk, at, action, slot, detail in reversed(latest)]


def _find(account_key: str, device: str, *, hold: bool) -> VirtualLock | None:
    try:
        external_id = uuid.UUID(device)
    except ValueError:
        return None
    rows = VirtualLock.objects.select_for_update() if hold else VirtualLock.objects.all()
    return rows.filter(external_id=external_id, account_key=account_key).first()


@contextmanager
def _stored_after(row: VirtualLock, *, with_codes: bool) -> Iterator[LockState]:
    """Write back what the block changed in the state; nothing where it raises."""
    state = state_of(row, with_codes=with_codes)
    fields, codes = _fields_of(state), dict(state.codes)
    yield state
    _store_fields(row, fields, _fields_of(state))
    if with_codes:
        _store_codes(row, codes, state.codes)
    store_lines(row, state.fresh)
    state.fresh.clear()


def _fields_of(state: LockState) -> dict[str, Any]:
    """The row's columns as the state has them, as values that later changes of the state do not reach."""
    fields: dict[str, Any] = {name: copy.deepcopy(getattr(state, name)) for name in COLUMNS}
    fields["moods"] = {name: dict(stored) for name, stored in state.moods.items()}
    fields["parts"] = {
        name: _part_to_json(getattr(state, name))
        for name in PARTS
        if getattr(state, name) not in (None, "", {})
    }
    return fields


def _store_fields(row: VirtualLock, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    changed = [name for name in after if before[name] != after[name]]
    for name in changed:
        value = after[name]
        is_moods = name == "moods"
        setattr(row, name, {key: _mood_to_json(mood) for key, mood in value.items()} if is_moods else value)
    if changed:
        row.save(update_fields=changed)


def _store_codes(row: VirtualLock, before: Mapping[int, HeldCode], after: Mapping[int, HeldCode]) -> None:
    gone = before.keys() - after.keys()
    if gone:
        row.codes.filter(slot__in=gone).delete()
    for slot, code in after.items():
        if before.get(slot) != code:
            VirtualCode.objects.update_or_create(lock=row, slot=slot, defaults=_columns_of(code))


def store_lines(row: VirtualLock, lines: Iterable[LogLine]) -> None:
    VirtualLogEntry.objects.bulk_create(
        VirtualLogEntry(lock=row, at=line.at, action=line.action, slot=line.slot, detail=line.detail[:200])
        for line in lines
    )


def _held(code: VirtualCode) -> HeldCode:
    return HeldCode(
        code.slot,
        code.pin or "",
        code.name,
        code.starts_at,
        code.ends_at,
        code.enabled,
        code.foreign,
        code.written_at,
    )


def _columns_of(code: HeldCode) -> dict[str, Any]:
    return {
        "pin": code.pin,
        "name": code.name,
        "starts_at": code.starts_at,
        "ends_at": code.ends_at,
        "enabled": code.enabled,
        "foreign": code.foreign,
        "written_at": code.written_at,
    }


def _part_to_json(value: Any) -> Any:
    match value:
        case dt.datetime():
            return value.isoformat()
        case dict():
            return {key: at.isoformat() for key, at in value.items()}
    return value


def _part_from_json(name: str, value: Any) -> Any:
    if name == "unlocked_at":
        return dt.datetime.fromisoformat(value)
    if name == "offline_uses":
        return {key: dt.datetime.fromisoformat(at) for key, at in value.items()}
    return value


def _mood_to_json(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A mood that remembers the lock's codes holds PINs, and those are kept encrypted."""
    if "snapshot" not in stored:
        return dict(stored)
    text = json.dumps([asdict(code) for code in stored["snapshot"]], default=dt.datetime.isoformat)
    return {**stored, "snapshot": crypto.encrypt(text)}


def _mood_from_json(stored: Mapping[str, Any]) -> dict[str, Any]:
    if "snapshot" not in stored:
        return dict(stored)
    codes = json.loads(crypto.decrypt(stored["snapshot"]))
    return {**stored, "snapshot": tuple(_observed(fields) for fields in codes)}


def _observed(fields: dict[str, Any]) -> ObservedCode:
    bounds = {
        name: fields[name] and dt.datetime.fromisoformat(fields[name]) for name in ("starts_at", "ends_at")
    }
    return ObservedCode(**{**fields, **bounds})
