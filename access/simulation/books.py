"""The engine's books in the simulated world: group commit over virtual time.

What looks and commands come to is computed by the application's own functions, in memory, and kept; it is written by
the application's own `write_changes`, all at once, before anybody else asks the database or writes there: before each
statement, and before each transaction, so that nobody can ask behind these books.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import Model, QuerySet

from access.models import AccessCode, Problem
from access.running import health, loading, looking
from access.running.changes import Changes, write_changes
from access.running.commanding import Answer, Command, Intent, compute_begin, compute_settled
from access.running.gathering import AnswerT, Gathered, RequestT
from access.running.leases import Lease
from access.running.ledger import Ledger
from access.running.loading import Work
from access.running.looking import Look, Recorded, compute_look
from access.simulation.clock import outside_loop
from locks.models import Device
from locks.signals import devices_woken
from properties.compiled import compiled


class Direct(Gathered[RequestT, AnswerT]):
    """Answered at once, one by one: nothing is to be gathered where nothing is waited for."""

    async def __call__(self, request: RequestT) -> AnswerT:
        with outside_loop():
            (answer,) = self._handle([request])
        if isinstance(answer, Exception):
            raise answer
        return answer


class Books:
    """`woken`: devices that were woken since somebody asked. `stale`: those whose codes are to be loaded anew."""

    def __init__(self) -> None:
        self.pending = Changes()
        self.woken: set[int] = set()
        self.stale: set[int] = set()
        self.flushes = 0
        self._writing = self._is_dirty = False
        self._problems: list[Problem] | None = None
        self._innocent: dict[int, frozenset[int | None]] = {}

    def ledger(
        self,
        load: Callable[[Sequence[tuple[Lease, int]]], Sequence[Work | Exception | None]],
        record: Callable[[Look], list[AccessCode]],
    ) -> Ledger:
        """`record`: called for each look instead of ours, which it calls."""
        made = Ledger()
        made.load = Gathered(load, at_once=100)
        made.record = Direct(lambda looks: [record(look) for look in looks], at_once=1)
        made.begin = Direct(lambda intents: [self.begin(intent) for intent in intents], at_once=1)
        made.settle = Direct(lambda answers: [self.settle(answer) for answer in answers], at_once=1)
        return made

    @contextmanager
    def open(self) -> Iterator[None]:
        """While open, they hear who is woken, and nobody finds the database behind them."""
        devices_woken.connect(self._on_woken)
        begin: Any = connection.set_autocommit

        def begin_after_writing(autocommit: bool, *args: Any, **options: Any) -> None:
            if not autocommit:
                self.flush()
            begin(autocommit, *args, **options)

        # How Django begins a transaction of its own; no statement of ours tells of it.
        connection.set_autocommit = begin_after_writing  # type: ignore[method-assign]
        try:
            with connection.execute_wrapper(self._check):
                yield
        finally:
            del connection.set_autocommit
            devices_woken.disconnect(self._on_woken)

    def flush(self) -> None:
        """Write everything that is pending."""
        if self._writing or not self._is_dirty:
            return
        pending, self.pending, self._is_dirty = self.pending, Changes(), False
        if pending.opened:
            self._problems = None  # their ids are in the database alone
        self.flushes += 1
        self._writing = True
        try:
            with transaction.atomic():
                write_changes([pending])
        finally:
            self._writing = False

    def record(self, look: Look) -> Recorded:
        work = look.work
        self._follow(work)
        of_codes, of_device = self._problems_of(work)
        recorded = compute_look(look, of_codes, of_device)
        self._keep(recorded.changes)
        if look.final:
            is_former = self._holds_former(look, recorded.changes)
            if is_former or not recorded.quiet:
                held = len(work.places)
                health.record_device_problems(
                    work.device, of_device, now=look.now, held=held, holds_former=is_former
                )
        return recorded

    def begin(self, intent: Intent) -> Command | None:
        self._follow(intent.work)
        changes = Changes()
        command = compute_begin(intent, changes)
        self._keep(changes)
        return command

    def settle(self, answer: Answer) -> AccessCode | None:
        self._follow(answer.work)
        changes = Changes()
        clashing = compute_settled(answer, changes)
        self._keep(changes)
        return clashing

    def note_reading(self, device: Device) -> None:
        """The moment of its last reading has moved on."""
        self.pending.looked_at[device.pk] = device
        self._is_dirty = True

    def problems(self) -> list[Problem]:
        """All that are open, as written and as kept here."""
        if self._problems is None:
            self._problems = _open_problems()
        return self._problems

    def _follow(self, work: Work) -> None:
        """As a runner does under its locks: load the codes anew where somebody has declared something meanwhile."""
        if work.device.pk in self.stale:
            with transaction.atomic():
                loading.hold([work])
            self.stale.discard(work.device.pk)
            self._innocent.pop(work.device.pk, None)

    def _problems_of(self, work: Work) -> tuple[looking.ProblemsById, list[Problem]]:
        of_codes: looking.ProblemsById = {}
        of_device = []
        for problem in self.problems():
            if problem.access_code_id is not None:
                if problem.access_code_id in work.codes:
                    of_codes.setdefault(problem.access_code_id, []).append(problem)
            elif problem.device_id == work.device.pk or (
                problem.account_id is not None and problem.account_id == work.device.account_id
            ):
                of_device.append(problem)
        return of_codes, of_device

    def _holds_former(self, look: Look, changes: Changes) -> bool:
        """As `health.holding_former_codes`; what it found innocent once is so until another code has ended."""
        work = look.work
        keys = frozenset(place.pin_key for place in work.places.values() if place.access_code_id is None)
        ended = any(code.ended_at is not None for code in changes.codes.values())
        if not keys or (self._innocent.get(work.device.pk) == keys and not ended):
            return False
        if health.holding_former_codes([work], now=look.now):
            self._innocent.pop(work.device.pk, None)
            return True
        self._innocent[work.device.pk] = keys
        return False

    def _keep(self, changes: Changes) -> None:
        """Add to what is pending; a row that is new there is changed, or dropped, before it was ever written."""
        kept, self._is_dirty = self.pending, True
        kept.codes.update(changes.codes)
        kept.seen.update(changes.seen)
        kept.assigned.update(changes.assigned)
        kept.looked_at.update(changes.looked_at)
        kept.commanded.update(changes.commanded)
        kept.events += changes.events
        kept.opened += changes.opened
        kept.cleared += [problem for problem in changes.cleared if _is_written(problem)]
        kept.changed += [problem for problem in changes.changed if _is_written(problem)]
        kept.found += changes.found
        kept.edited += [place for place in changes.edited if _is_written(place)]
        kept.places += [place for place in changes.places if _is_written(place)]
        for place in changes.vanished:
            if _is_written(place):
                kept.places = [one for one in kept.places if one is not place]
                kept.vanished.append(place)
            else:
                kept.found = [one for one in kept.found if one is not place]
        if self._problems is not None and (changes.opened or changes.cleared):
            self._problems = [one for one in [*self._problems, *changes.opened] if one.cleared_at is None]

    def _on_woken(self, *, device_ids: Sequence[int], **_: Any) -> None:
        self.woken.update(device_ids)
        self.stale.update(device_ids)

    def _check(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        if self._writing:
            return execute(sql, params, many, context)
        if self._is_dirty:
            if connection.in_atomic_block:
                raise RuntimeError("The engine's books were kept within somebody else's transaction.")
            self.flush()
        if '"access_problem"' in sql and not sql.startswith("SELECT"):
            self._problems = None
        return execute(sql, params, many, context)


@compiled
def _open_problems() -> QuerySet[Problem]:
    return Problem.objects.filter(cleared_at=None).order_by("pk")


def _is_written(row: Model) -> bool:
    return row.pk is not None
