"""Load events as telling needs them, and what has to be looked up beside them: a fixed number of queries for any number
of events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Min, OuterRef, Q, QuerySet, Subquery

from access.entries import entries_of_stays, is_entry
from access.enums import EventType
from access.models import Event, Problem
from access.telling.events import WITH_PROBLEMS, About, account_of, seam_event
from access.telling.own import keyturn_event

_ROWS = ("workspace", "account", "device__account", "access_code", "stay", "webview", "attempt")
_ACCOUNT = ("public_id", "custom_metadata", "customer_key", "workspace_id")
# No credentials, no guest: what is not told is not loaded.
_COLUMNS = (
    "public_id", "created_at", "type", "occurred_at", "actor", "data", "position",
    "workspace__public_id",
    *(f"account__{name}" for name in _ACCOUNT),
    *(f"device__account__{name}" for name in _ACCOUNT),
    "device__public_id", "device__name", "device__custom_metadata", "device__keypad_battery_level",
    "access_code__public_id", "access_code__pin", "access_code__is_backup", "access_code__pulled_for",
    "stay__public_id", "stay__source", "stay__external_id",
    "webview__public_id",
    "attempt__public_id",
)  # fmt: skip
_HELD = (EventType.CODE_SCHEDULED, EventType.CODE_SET, EventType.CODE_REMOVED, EventType.CODE_DELETED_OUTSIDE)


def with_told(events: QuerySet[Event], *, own: bool = False) -> QuerySet[Event]:
    """Every row that telling looks at, in one query. `own`: for our own shape, too, which tells what came before."""
    told = events.select_related(*_ROWS).only(*_COLUMNS)
    if not own:
        return told
    before = Event.objects.filter(stay=OuterRef("stay"), position__lt=OuterRef("position"))
    return told.annotate(previous_position=Subquery(before.order_by("-position").values("position")[:1]))


def seam_events(events: Sequence[Event], *, with_code: bool) -> list[dict[str, Any]]:
    abouts = abouts_of(events, first_entries=False)
    return [seam_event(event, with_code=with_code, about=abouts[event.pk]) for event in events]


def keyturn_events(events: Sequence[Event]) -> list[dict[str, Any]]:
    abouts = abouts_of(events, problems=False)
    return [keyturn_event(event, about=abouts[event.pk]) for event in events]


def abouts_of(
    events: Sequence[Event], *, problems: bool = True, first_entries: bool = True
) -> dict[int, About]:
    """By the event's key. `problems` are needed by the founding API's shape, `first_entries` by our own."""
    holding = _problems_of(events) if problems else {}
    first = _first_entries(events) if first_entries else set()
    scheduled = _scheduled_before(events) if first_entries else set()
    return {
        event.pk: About(holding.get(event.pk, ()), event.pk in first, event.pk in scheduled)
        for event in events
    }


def _problems_of(events: Iterable[Event]) -> dict[int, list[Problem]]:
    """Those that held at the moment of each event that tells of trouble, so that telling it again says the same."""
    troubled = [event for event in events if event.type in WITH_PROBLEMS]
    if not troubled:
        return {}
    subjects = [_subjects(event) for event in troubled]
    about = Q(access_code__in={code for code, _, _ in subjects if code})
    about |= Q(device__in={device for _, device, _ in subjects if device}, access_code=None)
    about |= Q(account__in={account for _, _, account in subjects if account}, access_code=None, device=None)
    last, first = max(one.occurred_at for one in troubled), min(one.occurred_at for one in troubled)
    still = Q(cleared_at=None) | Q(cleared_at__gt=first)
    rows = list(Problem.objects.filter(about, still, raised_at__lte=last))
    return {
        event.pk: [row for row in rows if _concerns(row, subject) and _held(row, event.occurred_at)]
        for event, subject in zip(troubled, subjects, strict=True)
    }


def _subjects(event: Event) -> tuple[int | None, int | None, int | None]:
    account = account_of(event)
    return event.access_code_id, event.device_id, account.pk if account is not None else None


def _concerns(problem: Problem, subject: tuple[int | None, int | None, int | None]) -> bool:
    code, device, account = subject
    if problem.access_code_id is not None:
        return problem.access_code_id == code
    if problem.device_id is not None:
        return problem.device_id == device
    return problem.account_id is not None and problem.account_id == account


def _held(problem: Problem, moment: dt.datetime) -> bool:
    return problem.raised_at <= moment and (problem.cleared_at is None or problem.cleared_at > moment)


def _first_entries(events: Iterable[Event]) -> set[int]:
    """Of these, the first by which somebody came in with a code of that stay. By the order in which they became
    visible: one that the lock told late does not take a first entry back that was told."""
    entries = [event for event in events if is_entry(event)]
    stays = {event.stay_id for event in entries}
    if not stays:
        return set()
    firsts = entries_of_stays(stays).values("stay_id").annotate(place=Min("position"), first_id=Min("id"))
    known = {row["stay_id"] or 0: (row["place"], row["first_id"]) for row in firsts}
    return {event.pk for event in entries if _is_first(event, *known.get(event.stay_id or 0, (None, None)))}


def _is_first(event: Event, place: int | None, pk: int | None) -> bool:
    return event.position == place if place is not None else event.pk == pk


def _scheduled_before(events: Iterable[Event]) -> set[int]:
    """Of the codes that are set by these, those that the lock held as scheduled until then."""
    setting = [event for event in events if event.type == EventType.CODE_SET]
    codes = {event.access_code_id for event in setting}
    if not codes:
        return set()
    rows = Event.objects.filter(access_code__in=codes, type__in=_HELD).order_by("pk")
    history: dict[int | None, list[tuple[int, str]]] = {}
    for pk, code_id, event_type in rows.values_list("pk", "access_code_id", "type"):
        history.setdefault(code_id, []).append((pk, event_type))
    scheduled = set()
    for event in setting:
        before = [kind for pk, kind in history.get(event.access_code_id, []) if pk < event.pk]
        if before and before[-1] == EventType.CODE_SCHEDULED:
            scheduled.add(event.pk)
    return scheduled
