"""The database work of one look at a device: load what is declared, record what was seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from access.enums import EventType
from access.events import record_account_event, record_code_event, record_device_event
from access.facts import declared_of
from access.models import AccessCode, Problem
from access.planning import Declared, Plan
from access.problems import set_problems
from access.running.commanding import declaration_of
from access.running.evidence import apply_fact
from access.running.inventory import record_inventory
from access.running.leases import Lease, fenced
from access.states import ProblemCode
from locks.capabilities import Capabilities
from locks.devices import capabilities_of
from locks.drivers.base import DeviceStatus, Empty, Known, Observation, Unreadable, UnreadableReason
from locks.enums import AccountStatus
from locks.models import Account, Device
from locks.names import appearance_name

MINUTE = dt.timedelta(minutes=1)
IDLE_READ_EVERY = dt.timedelta(hours=1)
LONGEST_UNREADABLE = dt.timedelta(minutes=2)
UNREADABLE_AFTER = 3
CODE_PROBLEMS = {str(problem) for problem in ProblemCode}
DEVICE_PROBLEMS = {"device_offline", "device_unreadable"}


@dataclass(frozen=True, slots=True)
class Work:
    """One device with its live codes, as loaded. `seq` tells later whether the declarations have changed since."""

    device: Device
    codes: tuple[AccessCode, ...]
    declared: tuple[Declared, ...]
    capabilities: Capabilities
    seq: int
    budget: int
    budget_until: dt.datetime | None

    def declared_by_id(self, code_id: int) -> Declared:
        return next(declared for declared in self.declared if declared.id == code_id)


def load_work(lease: Lease, device_id: int, *, now: dt.datetime) -> Work | None:
    with fenced(lease):
        device = (
            Device.objects.select_related("account").filter(pk=device_id, account=lease.account_id).first()
        )
        if device is None:
            return None
        codes = list(
            AccessCode.objects.select_related("device__account", "grant")
            .filter(device=device, ended_at=None)
            .order_by("pk")
        )
        capabilities = capabilities_of(device)
        _name_codes(device, codes, capabilities)
    used, until = 0, None
    if device.budget_started_at is not None and now < device.budget_started_at + MINUTE:
        used, until = device.budget_used, device.budget_started_at + MINUTE
    return Work(
        device=device,
        codes=tuple(codes),
        declared=tuple(declared_of(code) for code in codes),
        capabilities=capabilities,
        seq=device.declared_seq,
        budget=max(0, capabilities.commands_per_minute - used),
        budget_until=until or now + MINUTE,
    )


def _name_codes(device: Device, codes: Sequence[AccessCode], capabilities: Capabilities) -> None:
    """Give each new code its name on the lock, once, so that it stays the same from look to look."""
    nameless = [code for code in codes if not code.appearance_name]
    if not nameless:
        return
    taken = {code.appearance_name for code in codes if code.appearance_name}
    taken.update(device.lock_codes.filter(access_code=None).values_list("name", flat=True))
    for code in nameless:
        code.appearance_name = appearance_name(code.name, capabilities.name_rule, taken).name
        taken.add(code.appearance_name)
        AccessCode.objects.filter(pk=code.pk).update(appearance_name=code.appearance_name)


def record_look(
    lease: Lease, work: Work, observed: Observation, decided: Plan, *, now: dt.datetime, final: bool
) -> list[AccessCode]:
    """Record a look. Problems and the next look are written only when it is the `final` one of this turn.

    Return the codes whose PIN clashes with a foreign code's.
    """
    with fenced(lease):
        # Codes before their device, as everywhere.
        codes = {code.pk: code for code in _lock(work.codes)}
        _record_reading(work.device, observed, now=now)
        is_open = _open_problems(codes)
        clashing = []
        for fact in decided.facts:
            code = codes[fact.code_id]
            if declaration_of(declared_of(code)) != declaration_of(work.declared_by_id(code.pk)):
                # Changed while we looked (extended, say): what we saw holds, what we concluded does not.
                fact = replace(fact, ended=False, needs_other_pin=False)  # noqa: PLW2901
            apply_fact(code, fact, work.capabilities, now=now)
            if final or fact.ended:
                _record_problems(code, set(map(str, fact.problems)), is_open[code.pk], now=now)
            if fact.needs_other_pin:
                clashing.append(code)
        sighted = [fact.code_id for fact in decided.facts if fact.seen is not None]
        AccessCode.objects.filter(pk__in=sighted).update(seen_at=now)
        if decided.foreign is not None and isinstance(observed, Known | Empty):
            record_inventory(work.device, observed, list(codes.values()), now=now)
        if final:
            _set_wake(work, observed, decided, now=now)
        return clashing


def _lock(codes: Sequence[AccessCode]) -> Sequence[AccessCode]:
    ids = [code.pk for code in codes]
    rows = AccessCode.objects.select_for_update(of=("self",)).select_related("device__account", "grant")
    return list(rows.filter(pk__in=ids).order_by("pk"))


def _open_problems(code_ids: Iterable[int]) -> dict[int, set[str]]:
    """Return the codes of the problems that are open, by access code; one query."""
    found: dict[int, set[str]] = {code_id: set() for code_id in code_ids}
    rows = Problem.objects.filter(access_code__in=list(found), cleared_at=None)
    for code_id, problem in rows.values_list("access_code", "code"):
        found[code_id].add(problem)
    return found


def _record_problems(code: AccessCode, problems: set[str], open_now: set[str], *, now: dt.datetime) -> None:
    if problems == open_now:
        return
    set_problems(code, problems, among=CODE_PROBLEMS, now=now, messages=_messages(code, problems))
    for problem, event_type in (
        (ProblemCode.DELAY_IN_SETTING, EventType.CODE_DELAY_SETTING),
        (ProblemCode.FAILED_TO_SET, EventType.CODE_FAILED_SETTING),
        (ProblemCode.DELAY_IN_REMOVING, EventType.CODE_DELAY_REMOVING),
        (ProblemCode.FAILED_TO_REMOVE, EventType.CODE_FAILED_REMOVING),
    ):
        if problem in problems and problem not in open_now:
            record_code_event(code, event_type, now=now, message=code.message)


def _messages(code: AccessCode, problems: set[str]) -> dict[str, str]:
    """Where the lock gave a reason, say it."""
    if not code.message:
        return {}
    return dict.fromkeys(problems & {ProblemCode.FAILED_TO_SET, ProblemCode.FAILED_TO_REMOVE}, code.message)


def _record_reading(device: Device, observed: Observation, *, now: dt.datetime) -> None:
    readable = not isinstance(observed, Unreadable)
    if isinstance(observed, Unreadable) and observed.reason is UnreadableReason.NOT_SUPPORTED:
        return
    reason = observed.reason if isinstance(observed, Unreadable) else None
    if readable:
        device.last_read_at = device.last_seen_at = now
        device.failures = 0
    else:
        device.failures += 1
    device.unreadable_reason = reason or ""
    if readable or reason is UnreadableReason.DEVICE_OFFLINE:
        set_online(device, online=readable, now=now)
    set_connected(device.account, connected=reason is not UnreadableReason.ACCOUNT_DISCONNECTED, now=now)
    device.save(update_fields=["last_read_at", "last_seen_at", "failures", "unreadable_reason", "updated_at"])
    problems = {"device_offline"} if device.online is False else set()
    if not readable and device.online is not False and device.failures >= UNREADABLE_AFTER:
        problems.add("device_unreadable")
    set_problems(device, problems, among=DEVICE_PROBLEMS, now=now)


def set_online(device: Device, *, online: bool, now: dt.datetime) -> None:
    if device.online is online:
        return
    known = device.online is not None
    device.online, device.online_changed_at = online, now
    device.save(update_fields=["online", "online_changed_at", "updated_at"])
    if known or not online:
        record_device_event(
            device, EventType.DEVICE_CONNECTED if online else EventType.DEVICE_DISCONNECTED, now=now
        )


def set_connected(account: Account, *, connected: bool, now: dt.datetime) -> None:
    status = AccountStatus.CONNECTED if connected else AccountStatus.DISCONNECTED
    account.status = status
    # The row decides, not our copy of it: devices of one account find out side by side.
    if not Account.objects.filter(pk=account.pk).exclude(status=status).update(status=status):
        return
    record_account_event(
        account, EventType.ACCOUNT_CONNECTED if connected else EventType.ACCOUNT_DISCONNECTED, now=now
    )
    set_problems(
        account, set() if connected else {"account_disconnected"}, among={"account_disconnected"}, now=now
    )


def record_status(lease: Lease, device: Device, status: DeviceStatus, *, now: dt.datetime) -> None:
    with fenced(lease):
        set_online(device, online=status.online, now=now)
        device.battery_level, device.locked = status.battery_level, status.locked
        device.last_seen_at = now if status.online else device.last_seen_at
        device.save(update_fields=["battery_level", "locked", "last_seen_at", "updated_at"])


def _set_wake(work: Work, observed: Observation, decided: Plan, *, now: dt.datetime) -> None:
    moments = [now + IDLE_READ_EVERY]
    if decided.wake_at is not None:
        moments.append(decided.wake_at)
    if isinstance(observed, Unreadable) and observed.reason is not UnreadableReason.NOT_SUPPORTED:
        moments.append(
            now + min(dt.timedelta(seconds=15) * 2 ** min(work.device.failures, 6), LONGEST_UNREADABLE)
        )
    if decided.steps:
        moments.append(now + dt.timedelta(seconds=5))
    device = Device.objects.filter(pk=work.device.pk)
    if not device.filter(declared_seq=work.seq).update(wake_at=min(moments)):
        device.update(wake_at=now)
