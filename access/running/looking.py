"""Record looks at devices: what was seen, what follows for each code, when to look again.

`record_looks` takes the looks of many devices at once: what to write is worked out in memory, look by look
(`compute_look`), and written together.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.db import transaction
from django.db.models import Q

from access.ailments import BY_LOOK
from access.enums import EventType
from access.facts import declared_of
from access.foreign.conflicts import conflict_among
from access.models import AccessCode, Problem
from access.planning import Declared, Fact, Plan
from access.problems import Raised, compare
from access.running import health
from access.running.changes import Changes, write_changes
from access.running.commanding import declaration_of, declaration_of_row
from access.running.evidence import apply_fact, tell
from access.running.gathering import answer_or_error
from access.running.inventory import note_inventory
from access.running.leases import LeaseLost, held_among
from access.running.loading import Work, hold
from access.specific import CODE_PROBLEMS, problems_of_code
from access.states import ProblemCode
from access.status import opens_late
from locks.drivers.base import Empty, Known, Observation, Unreadable, UnreadableReason
from locks.enums import AccountStatus

logger = logging.getLogger(__name__)

IDLE_READ_EVERY = dt.timedelta(hours=1)
FIRST_UNREADABLE = dt.timedelta(seconds=15)
LONGEST_UNREADABLE = dt.timedelta(minutes=2)
UNFINISHED = dt.timedelta(seconds=5)
LATE = {ProblemCode.ARRIVAL_IN_DANGER, ProblemCode.DELAY_IN_SETTING}
DUPLICATES = {"duplicate_code_on_device", "duplicate_code_attempt_prevented"}
TOLD_BY_EVENT: Mapping[str, EventType] = {
    ProblemCode.DELAY_IN_SETTING: EventType.CODE_DELAY_SETTING,
    ProblemCode.FAILED_TO_SET: EventType.CODE_FAILED_SETTING,
    ProblemCode.DELAY_IN_REMOVING: EventType.CODE_DELAY_REMOVING,
    ProblemCode.FAILED_TO_REMOVE: EventType.CODE_FAILED_REMOVING,
}


@dataclass(frozen=True, slots=True)
class Look:
    """One reading of one device and the plan made of it, for the declarations as of `seq`.

    Problems and the next look are written only when it is the `final` one of the device's turn.
    """

    work: Work
    seq: int
    declared: tuple[Declared, ...]
    observed: Observation
    decided: Plan
    now: dt.datetime
    final: bool


@dataclass(slots=True)
class Recorded:
    """What a look comes to: the rows to write, and the codes whose PIN clashes with a foreign code's. `quiet`: nothing
    about the health of the device can have changed."""

    changes: Changes
    clashing: list[AccessCode]
    quiet: bool = False


ProblemsById = dict[int, list[Problem]]


def record_look(look: Look) -> list[AccessCode]:
    (answer,) = record_looks([look])
    if isinstance(answer, Exception):
        raise answer
    return answer


def record_looks(looks: Sequence[Look]) -> list[list[AccessCode] | Exception]:
    """Return, for each look, the codes whose PIN clashes with a foreign code's, or LeaseLost."""
    with transaction.atomic():
        held = held_among(look.work.lease for look in looks)
        hold([look.work for look in looks])
        of_codes, of_devices = open_problems([look.work for look in looks])
        answers = [
            answer_or_error(partial(compute_look, look, of_codes, of_devices.get(look.work.device.pk, [])))
            if (look.work.lease.account_id, look.work.lease.token) in held
            else LeaseLost()
            for look in looks
        ]
        recorded = {at: answer for at, answer in enumerate(answers) if isinstance(answer, Recorded)}
        former = health.holding_former_codes([looks[at].work for at in recorded], now=looks[0].now)
        write_changes(record.changes for record in recorded.values())
        for at, record in recorded.items():
            work = looks[at].work
            if looks[at].final and not (record.quiet and work.device.pk not in former):
                is_former = work.device.pk in former
                health.record_device_problems(
                    work.device,
                    of_devices.get(work.device.pk, []),
                    now=looks[at].now,
                    held=len(work.places),
                    holds_former=is_former,
                )
    return [answer.clashing if isinstance(answer, Recorded) else answer for answer in answers]


def compute_look(look: Look, of_codes: ProblemsById, of_device: list[Problem]) -> Recorded:
    """Put what was seen on the rows in memory, and say what has to be written. Of a calm look, nothing is asked or
    told of the database here; of any other, the health of its device and account."""
    work, now = look.work, look.now
    recorded = Recorded(Changes(), [])
    changes = recorded.changes
    planned_for = {declared.id: declared for declared in look.declared}
    for fact in look.decided.facts:
        code = work.codes.get(fact.code_id)
        if code is None:
            continue  # ended by a person meanwhile
        if declaration_of_row(code) != declaration_of(planned_for[code.pk]):
            # Changed while we looked (extended, say): what we saw holds, what we concluded does not.
            fact = replace(fact, ended=False, settled=False, needs_other_pin=False)  # noqa: PLW2901
        if fact.edits:
            work.edited[code.pk] = fact.edits
        elif fact.seen is None and code.pk in work.edited:
            fact = replace(fact, edits=work.edited[code.pk])  # noqa: PLW2901
        apply_fact(code, fact, work.capabilities, changes, now=now)
        if look.final or fact.ended:
            _note_problems(code, fact, work, of_codes.get(code.pk, []), changes, now=now)
        if fact.needs_other_pin:
            recorded.clashing.append(code)
    if look.decided.foreign is not None and isinstance(look.observed, Known | Empty):
        foreign = frozenset(place.ref for place in look.decided.foreign)
        codes = list(work.codes.values())
        note_inventory(work.device, look.observed, codes, work.places, changes, foreign=foreign, now=now)
    recorded.quiet = _note_reading(look, of_device)
    _note_wake(look, changes)
    return recorded


def is_calm(look: Look, of_device: Iterable[Problem]) -> bool:
    """Tell whether nothing about the health of the device or its account can have changed: it answered, as it did
    before, and nothing that a look could clear is open."""
    device = look.work.device
    as_before = (
        isinstance(look.observed, Known | Empty)
        and device.online is True
        and device.failures == 0
        and device.account.status == AccountStatus.CONNECTED
        and device.account.failures == 0
    )
    found = health.FOUND_BY_READING | BY_LOOK
    return as_before and not any(problem.code in found for problem in of_device)


def _note_reading(look: Look, of_device: list[Problem]) -> bool:
    device, now = look.work.device, look.now
    calm = is_calm(look, of_device)
    if calm:
        device.last_read_at = now
    else:
        health.record_reading(device, look.observed, now=now)
    return calm and not health.is_full(look.work)


def open_problems(works: Sequence[Work]) -> tuple[ProblemsById, ProblemsById]:
    """Return the open problems by access code and by device (its account's among them); one query."""
    codes = [code_id for work in works for code_id in work.codes]
    devices = {work.device.pk: work.device.account_id for work in works}
    about = Q(access_code__in=codes) | Q(device__in=devices) | Q(account__in=set(devices.values()))
    of_codes: ProblemsById = defaultdict(list)
    of_devices: ProblemsById = defaultdict(list)
    for problem in Problem.objects.filter(about, cleared_at=None):
        if problem.access_code_id is not None:
            of_codes[problem.access_code_id].append(problem)
        elif problem.device_id is not None:
            of_devices[problem.device_id].append(problem)
        else:
            for device_id, account_id in devices.items():
                if account_id == problem.account_id:
                    of_devices[device_id].append(problem)
    return of_codes, of_devices


def _note_problems(
    code: AccessCode,
    fact: Fact,
    work: Work,
    open_now: Sequence[Problem],
    changes: Changes,
    *,
    now: dt.datetime,
) -> None:
    """Make the open problems of a code those that hold; each that is new and has an event is told of."""
    holding = problems_of_code(code, fact, work.capabilities, work.device, now=now)
    # Who was told that the guest stands outside is right until the door opens.
    late = [problem for problem in open_now if problem.code in LATE]
    if late and not fact.ended and opens_late(declared_of(code), now=now):
        holding.update({one.code: Raised(one.data, one.message) for one in late if one.code not in holding})
    edited = str(ProblemCode.MODIFIED_OUTSIDE)
    if edited in holding and fact.seen is None and not fact.edits:
        known = (problem.data for problem in open_now if problem.code == edited)
        holding[edited] = replace(holding[edited], data=next(known, holding[edited].data))
    for clash in DUPLICATES & holding.keys():
        in_the_way = conflict_among(code, work.places.values(), list(work.codes.values()))
        holding[clash] = replace(holding[clash], data=in_the_way)
    difference = compare(code, holding, open_now, among=CODE_PROBLEMS, now=now)
    changes.cleared += difference.cleared
    changes.changed += difference.changed
    changes.opened += difference.opened
    for problem in difference.opened:
        event_type = TOLD_BY_EVENT.get(problem.code)
        if event_type is not None:
            tell(changes, code, event_type, now=now, message=code.message)


def _note_wake(look: Look, changes: Changes) -> None:
    """A device whose declarations changed since the plan was made is due at once."""
    device, now = look.work.device, look.now
    if look.final:
        device.wake_at = now if look.work.seq != look.seq else min(_moments(look))
    device.updated_at = now
    changes.looked_at[device.pk] = device


def _moments(look: Look) -> list[dt.datetime]:
    now, observed, decided = look.now, look.observed, look.decided
    moments = [now + IDLE_READ_EVERY]
    if decided.wake_at is not None:
        moments.append(decided.wake_at)
    if isinstance(observed, Unreadable) and observed.reason is not UnreadableReason.NOT_SUPPORTED:
        wait = FIRST_UNREADABLE * 2 ** min(look.work.device.failures, 6)
        moments.append(now + min(wait, LONGEST_UNREADABLE))
    if decided.steps:
        moments.append(now + UNFINISHED)
    return moments
