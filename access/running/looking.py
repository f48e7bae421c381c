"""Record one look at a device: what was seen, what follows for each code, when to look again."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.db import DatabaseError, transaction

from access.enums import EventType
from access.events import record_code_event
from access.facts import declared_of
from access.models import AccessCode, Problem
from access.planning import Plan
from access.problems import set_problems
from access.running.commanding import declaration_of
from access.running.evidence import apply_fact
from access.running.health import record_device_problems, record_reading
from access.running.inventory import record_inventory
from access.running.leases import Lease, fenced
from access.running.loading import Work
from access.states import ProblemCode
from locks.drivers.base import Empty, Known, Observation, Unreadable, UnreadableReason
from locks.models import Device

logger = logging.getLogger(__name__)

IDLE_READ_EVERY = dt.timedelta(hours=1)
FIRST_UNREADABLE = dt.timedelta(seconds=15)
LONGEST_UNREADABLE = dt.timedelta(minutes=2)
UNFINISHED = dt.timedelta(seconds=5)
CODE_PROBLEMS = {str(problem) for problem in ProblemCode}
TOLD_BY_EVENT = {
    ProblemCode.DELAY_IN_SETTING: EventType.CODE_DELAY_SETTING,
    ProblemCode.FAILED_TO_SET: EventType.CODE_FAILED_SETTING,
    ProblemCode.DELAY_IN_REMOVING: EventType.CODE_DELAY_REMOVING,
    ProblemCode.FAILED_TO_REMOVE: EventType.CODE_FAILED_REMOVING,
}


def record_look(
    lease: Lease, work: Work, observed: Observation, decided: Plan, *, now: dt.datetime, final: bool
) -> list[AccessCode]:
    """Record a look. Problems and the next look are written only when it is the `final` one of this turn.

    Return the codes whose PIN clashes with a foreign code's.
    """
    with fenced(lease):
        # Codes before their device, as everywhere.
        codes = {code.pk: code for code in _lock(work.codes)}
        record_reading(work.device, observed, now=now)
        is_open = _open_problems(codes)
        clashing = []
        for fact in decided.facts:
            code = codes[fact.code_id]
            if declaration_of(declared_of(code)) != declaration_of(work.declared_by_id(code.pk)):
                # Changed while we looked (extended, say): what we saw holds, what we concluded does not.
                fact = replace(fact, ended=False, settled=False, needs_other_pin=False)  # noqa: PLW2901
            apply_fact(code, fact, work.capabilities, now=now)
            if final or fact.ended:
                _record_problems(code, set(map(str, fact.problems)), is_open[code.pk], now=now)
            if fact.needs_other_pin:
                clashing.append(code)
        sighted = [fact.code_id for fact in decided.facts if fact.seen is not None]
        AccessCode.objects.filter(pk__in=sighted).update(seen_at=now)
        _record_places(work, observed, decided, list(codes.values()), now=now)
        if final:
            record_device_problems(work.device, now=now)
            _set_wake(work, observed, decided, now=now)
        return clashing


def _lock(codes: Sequence[AccessCode]) -> Sequence[AccessCode]:
    ids = [code.pk for code in codes]
    rows = AccessCode.objects.select_for_update(of=("self",)).select_related("device__account", "grant")
    return list(rows.filter(pk__in=ids).order_by("pk"))


def _record_places(
    work: Work, observed: Observation, decided: Plan, codes: Sequence[AccessCode], *, now: dt.datetime
) -> None:
    """Keep the inventory, in a savepoint of its own: an odd row on the lock must not cost a guest the code."""
    if decided.foreign is None or not isinstance(observed, Known | Empty):
        return
    foreign = frozenset(place.ref for place in decided.foreign)
    try:
        with transaction.atomic():
            record_inventory(work.device, observed, codes, foreign=foreign, now=now)
    except DatabaseError as error:
        logger.error("Inventory of device %s: %s", work.device.pk, type(error).__name__)  # noqa: TRY400


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
    for problem, event_type in TOLD_BY_EVENT.items():
        if problem in problems and problem not in open_now:
            record_code_event(code, event_type, now=now, message=code.message)


def _messages(code: AccessCode, problems: set[str]) -> dict[str, str]:
    """Where the lock gave a reason, say it."""
    if not code.message:
        return {}
    return dict.fromkeys(problems & {ProblemCode.FAILED_TO_SET, ProblemCode.FAILED_TO_REMOVE}, code.message)


def _set_wake(work: Work, observed: Observation, decided: Plan, *, now: dt.datetime) -> None:
    moments = [now + IDLE_READ_EVERY]
    if decided.wake_at is not None:
        moments.append(decided.wake_at)
    if isinstance(observed, Unreadable) and observed.reason is not UnreadableReason.NOT_SUPPORTED:
        moments.append(now + min(FIRST_UNREADABLE * 2 ** min(work.device.failures, 6), LONGEST_UNREADABLE))
    if decided.steps:
        moments.append(now + UNFINISHED)
    device = Device.objects.filter(pk=work.device.pk)
    if not device.filter(declared_seq=work.seq).update(wake_at=min(moments)):
        device.update(wake_at=now)
