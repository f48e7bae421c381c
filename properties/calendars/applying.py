"""Carry out a merging plan through properties.booking, and say in plain words what was done.

Called by `syncing` inside its transaction; `deciding` books a single event the same way. A stay that booking refuses is
written down with the reason and tried again at the next read; it never spoils the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from properties.booking import (
    BookingError,
    SavedStay,
    SaveOutcome,
    cancel_stay,
    rename_external_id,
    save_stay,
)
from properties.calendars.known import Absence, AbsenceStep, KnownEvent, Plan, Step, Verdict
from properties.calendars.reading import digest_of
from properties.calendars.rows import POLICY, details_of_row, show_event, source_of
from properties.compiled import Update, compiled, compiled_update
from properties.enums import CancelReason, Decision
from properties.models import CalendarFeed, FeedEvent, Stay

MAX_REASON: Final = 200
MAX_OLD_ID: Final = 200
# What frees nights or follows an id comes before what might want them.
_ORDER: Final = (Step.CANCEL, Step.CHANGE, Step.REINSTATE, Step.CREATE, Step.ASK, Step.NOTHING)


@dataclass(slots=True)
class Application:
    """One plan being carried out on one feed, whose row is locked."""

    feed: CalendarFeed
    rows: dict[str, FeedEvent]
    orphans: dict[str, Stay]
    now: dt.datetime
    changes: list[dict[str, str | None]] = field(default_factory=list)
    refused: list[dict[str, str | None]] = field(default_factory=list)

    @property
    def actor(self) -> str:
        return f"Calendar {self.feed}"

    def note(self, what: str, row: FeedEvent, reason: str) -> None:
        self.changes.append(
            {
                "what": what,
                "summary": row.details.get("name") or row.details.get("reference") or row.summary,
                "arrival_date": row.arrival_date.isoformat(),
                "departure_date": row.departure_date.isoformat(),
                "stay": str(row.stay.public_id) if row.stay else None,
                "reason": reason,
            }
        )


def apply_plan(work: Application, plan: Plan) -> None:
    for absence in plan.absences:
        _apply_absence(work, absence)
    unchanged: list[int] = []
    others = _forgotten_rows(work, plan)
    for verdict in sorted(plan.verdicts, key=lambda one: _ORDER.index(one.step)):
        uid = verdict.classified.event.uid
        row = work.rows.get(uid) or others.get(uid)
        if row is None:
            row = others[uid] = FeedEvent(feed=work.feed, uid=uid, first_seen_at=work.now)
        if _is_settled(row, verdict):
            unchanged.append(row.pk)
        else:
            _apply_verdict(work, verdict, row)
    if unchanged:
        _note_unchanged(unchanged, work.now)


@compiled_update
def _note_unchanged(event_ids: Sequence[int], now: dt.datetime) -> Update:
    there = {"last_seen_at": now, "missed": 0, "missing_since": None, "retired_at": None}
    return FeedEvent.objects.filter(pk__in=event_ids), there


def _is_settled(row: FeedEvent, verdict: Verdict) -> bool:
    return (
        verdict.step is Step.NOTHING
        and row.digest == digest_of(verdict.classified)
        and (row.decision, row.reason) == (verdict.decision, verdict.reason[:MAX_REASON])
    )


def _forgotten_rows(work: Application, plan: Plan) -> dict[str, FeedEvent]:
    """Rows of events that left the calendar long ago, and come again."""
    new = {verdict.classified.event.uid for verdict in plan.verdicts} - work.rows.keys()
    return {row.uid: row for row in _rows_of(work.feed.pk, sorted(new))} if new else {}


@compiled
def _rows_of(feed_id: int, uids: Sequence[str]) -> QuerySet[FeedEvent]:
    return FeedEvent.objects.filter(feed=feed_id, uid__in=uids)


def _apply_verdict(work: Application, verdict: Verdict, row: FeedEvent) -> None:
    was_pending = row.decision == Decision.PENDING
    _show(work, verdict, row)
    if not (_leave_stay(work, verdict, row) and _follow_stay(work, verdict, row)):
        return
    if verdict.step is not Step.ASK:
        # What waits for a person stays a difference until it is decided.
        done = _try(work, row, lambda: _act(work, verdict, row))
        row.digest = digest_of(verdict.classified) if done else ""
    elif not was_pending:
        work.note("asked", row, verdict.reason)
    row.save()


def _show(work: Application, verdict: Verdict, row: FeedEvent) -> None:
    if verdict.decision == Decision.ACCEPTED and row.decision != Decision.ACCEPTED and not verdict.renamed:
        row.decided_by, row.decided_at = POLICY, work.now
    show_event(row, verdict.classified)
    row.decision = verdict.decision
    row.reason = verdict.reason[:MAX_REASON]
    row.last_seen_at = work.now
    row.missed, row.missing_since, row.retired_at = 0, None, None


def _try(work: Application, row: FeedEvent, act: Callable[[], None]) -> bool:
    try:
        with transaction.atomic():
            act()
    except BookingError as refused:
        work.refused.append({"uid": row.uid, "summary": row.summary, "reason": str(refused)})
        row.digest, row.reason = "", str(refused)[:MAX_REASON]
        row.save()
        return False
    return True


def _leave_stay(work: Application, verdict: Verdict, row: FeedEvent) -> bool:
    """Merging takes the event for another booking than the one that its row has stood for."""
    if row.stay is None or verdict.known is None or verdict.known.stay is not None:
        return True
    return _try(work, row, lambda: release_stay(row, actor=work.actor, now=work.now))


def release_stay(row: FeedEvent, *, actor: str, now: dt.datetime) -> None:
    """The stay gives up the calendar's id, which now stands for another booking, and stays as it is."""
    if row.stay is not None:
        old_id = f"{row.uid[:MAX_OLD_ID]} until {row.stay.departure_date}"
        rename_external_id(row.stay, external_id=old_id, actor=actor, now=now)
    row.stay = None


def _follow_stay(work: Application, verdict: Verdict, row: FeedEvent) -> bool:
    """False where the stay could not follow its event; the next read tries again."""
    known = verdict.known
    if known is None or not (verdict.renamed or known.pk is None):
        return True
    return _try(work, row, lambda: _adopt(work, known, row))


def _adopt(work: Application, known: KnownEvent, row: FeedEvent) -> None:
    """The stay follows its event to another UID, or to this feed from one that was deleted."""
    old = work.rows.get(known.uid) if known.pk is not None else None
    stay = old.stay if old else work.orphans[known.uid]
    if stay is None:
        return
    row.stay = rename_external_id(
        stay, external_id=row.uid, source=source_of(work.feed), actor=work.actor, now=work.now
    )
    if old is not None and old.pk != row.pk:
        row.decided_by, row.decided_at = old.decided_by, old.decided_at
        old.stay, old.retired_at, old.decision = None, work.now, Decision.NONE
        old.save()
    work.note("renamed", row, "The calendar gives the same stay another id.")


def _act(work: Application, verdict: Verdict, row: FeedEvent) -> None:
    if verdict.step is Step.NOTHING:
        return
    if verdict.step is Step.CANCEL and row.stay is not None:
        row.stay = cancel_stay(row.stay, reason=CancelReason.EXPLICIT, actor=work.actor, now=work.now)
        work.note("cancelled", row, verdict.reason)
        return
    saved = save_event(row, work.feed, actor=work.actor, now=work.now)
    row.stay = saved.stay
    if saved.outcome is not SaveOutcome.UNCHANGED:
        work.note(saved.outcome, row, verdict.reason)


def save_event(row: FeedEvent, feed: CalendarFeed, *, actor: str, now: dt.datetime) -> SavedStay:
    return save_stay(
        feed.unit.property.workspace,
        source=row.stay.source if row.stay else source_of(feed),
        external_id=row.stay.external_id if row.stay else row.uid,
        details=details_of_row(row, feed),
        actor=actor,
        now=now,
    )


def _apply_absence(work: Application, absence: Absence) -> None:
    row = work.rows[absence.known.uid]
    if absence.step is AbsenceStep.KEEP:
        return
    held_before = row.reason == absence.reason[:MAX_REASON]
    row.missed, row.missing_since = absence.missed, absence.missing_since
    row.reason = absence.reason[:MAX_REASON]
    if absence.step is AbsenceStep.CANCEL and row.stay is not None:
        row.stay = cancel_stay(row.stay, reason=CancelReason.ABSENCE, actor=work.actor, now=work.now)
        work.note("cancelled", row, absence.reason)
    elif absence.step is AbsenceStep.HOLD and not held_before:
        work.note("held", row, absence.reason)
    if absence.step in {AbsenceStep.CANCEL, AbsenceStep.RETIRE}:
        row.retired_at = work.now
        if row.decision == Decision.PENDING:
            row.decision = Decision.NONE
    row.save()
