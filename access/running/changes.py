"""What looks and commands write, gathered in memory and written for many devices at once.

Deciding what to write touches no database, so when a batch cannot be written each part of it is tried alone, and one
odd row costs nobody else anything.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, IntegrityError, connections, models, transaction

from access.models import AccessCode, Event, LockCode, Problem
from locks.models import Device

logger = logging.getLogger(__name__)

EVIDENCE_FIELDS = (
    "ref",
    "appearance_name",
    "write_state",
    "written",
    "written_at",
    "seen",
    "seen_at",
    "confirmed_at",
    "set_at",
    "attempts",
    "failures",
    "next_try_at",
    "stopped",
    "message",
    "refusal",
    "outside",
    "ended_at",
)
LOOK_FIELDS = (
    "last_read_at",
    "last_seen_at",
    "failures",
    "unreadable_reason",
    "wake_at",
    "deadline_at",
    "updated_at",
)
PLACE_FIELDS = ("access_code", "pin", "pin_key", "name", "starts_at", "ends_at", "enabled", "ignored_at")
COMMAND_FIELDS = ("command_times", "command_failures", "paused_until")


_SEEN = """
    UPDATE access_accesscode SET seen_at = told.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS told (code, at)
    WHERE id = told.code
"""
_GONE = "DELETE FROM access_lockcode WHERE id = ANY(%s::bigint[])"


@dataclass(slots=True)
class Changes:
    """`seen`: codes of which a look told nothing new. `assigned`: codes whose PIN the lock chose. `edited`: places
    where other hands put another PIN. `looked_at`, `commanded`: devices with such columns changed."""

    codes: dict[int, AccessCode] = field(default_factory=dict)
    seen: dict[int, AccessCode] = field(default_factory=dict)
    assigned: dict[int, AccessCode] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    opened: list[Problem] = field(default_factory=list)
    cleared: list[Problem] = field(default_factory=list)
    changed: list[Problem] = field(default_factory=list)
    found: list[LockCode] = field(default_factory=list)
    places: list[LockCode] = field(default_factory=list)
    edited: list[LockCode] = field(default_factory=list)
    vanished: list[LockCode] = field(default_factory=list)
    looked_at: dict[int, Device] = field(default_factory=dict)
    commanded: dict[int, Device] = field(default_factory=dict)

    def save_code(self, code: AccessCode) -> None:
        self.codes[code.pk] = code

    def change_codes(self) -> bool:
        """Tell whether anything that is declared of codes, or where they stand, is another thing by these."""
        return bool(self.codes or self.assigned or self.found or self.places or self.vanished)


def write_changes(parts: Iterable[Changes]) -> None:
    """Write all of it; the caller's transaction holds the locks."""
    parts = list(parts)
    for part in parts:
        for code in part.assigned.values():
            _save_assigned_pin(code)
    save_rows([code for part in parts for code in part.codes.values()], EVIDENCE_FIELDS)
    _write_seen(parts)
    _write_devices(parts)
    _write_places(parts)
    cleared = [problem for part in parts for problem in part.cleared]
    save_rows(cleared, ("cleared_at",))
    save_rows([problem for part in parts for problem in part.changed], ("data", "kind", "message"))
    # Somebody else may have opened the same one a moment ago.
    opened = [problem for part in parts for problem in part.opened]
    if opened:
        Problem.objects.bulk_create(opened, ignore_conflicts=True)
    events = [event for part in parts for event in part.events]
    if events:
        Event.objects.bulk_create(events)


def _write_seen(parts: Sequence[Changes]) -> None:
    """Most looks find what they expect: one statement for all codes, that only say when that was."""
    saved = {pk for part in parts for pk in part.codes}
    seen = {pk: code.seen_at for part in parts for pk, code in part.seen.items() if pk not in saved}
    if seen:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(_SEEN, [list(seen), list(seen.values())])


def _write_devices(parts: Sequence[Changes]) -> None:
    """Most devices that got a command were looked at as well: one statement for both."""
    looked_at = {pk: device for part in parts for pk, device in part.looked_at.items()}
    commanded = {pk: device for part in parts for pk, device in part.commanded.items()}
    both = {pk for pk, device in commanded.items() if looked_at.get(pk) is device}
    save_rows([commanded[pk] for pk in both], (*LOOK_FIELDS, *COMMAND_FIELDS))
    save_rows([device for pk, device in looked_at.items() if pk not in both], LOOK_FIELDS)
    save_rows([device for pk, device in commanded.items() if pk not in both], COMMAND_FIELDS)


def _write_places(parts: Sequence[Changes]) -> None:
    vanished = [place.pk for part in parts for place in part.vanished]
    if vanished:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(_GONE, [vanished])  # nothing refers to them
    found = [place for part in parts for place in part.found]
    changed = [place for part in parts for place in part.places]
    save_rows([place for part in parts for place in part.edited], ("other_pin", "other_pin_at"))
    if not found and not changed:
        return
    try:
        with transaction.atomic():
            LockCode.objects.bulk_create(found)
            save_rows(changed, PLACE_FIELDS)
    except DatabaseError:
        _write_places_alone([*found, *changed])


def _write_places_alone(places: Sequence[LockCode]) -> None:
    """An odd row on a lock must not cost a guest the code."""
    for place in places:
        try:
            with transaction.atomic():
                place.save()
        except DatabaseError as error:
            logger.error("Inventory of device %s: %s", place.device_id, type(error).__name__)  # noqa: TRY400


def _save_assigned_pin(code: AccessCode) -> None:
    """Keep a PIN that the lock chose, even where another code happens to have the same."""
    try:
        with transaction.atomic():
            code.save(update_fields=["pin", "pin_key", "pin_held_until"])
    except IntegrityError:
        code.pin_key = None
        code.written = {**(code.written or {}), "pin_key": None}
        code.save(update_fields=["pin", "pin_key", "pin_held_until"])


def save_rows(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Save these fields of rows of one model: one statement for each row, sent without waiting in between."""
    if not rows:
        return
    statement, columns = _update_of(type(rows[0]), tuple(fields))
    connection = connections[DEFAULT_DB_ALIAS]  # asked once: each field asks it again
    values = [
        [column.get_db_prep_save(getattr(row, column.attname), connection) for column in columns] + [row.pk]
        for row in sorted(rows, key=attrgetter("pk"))
    ]
    with connection.cursor() as cursor:
        if len(values) == 1:
            cursor.execute(statement, values[0])
        else:
            cursor.executemany(statement, values)


@lru_cache(maxsize=100)
def _update_of(
    model: type[models.Model], fields: tuple[str, ...]
) -> tuple[str, list[models.Field[Any, Any]]]:
    meta = model._meta
    columns = [column for column in meta.concrete_fields if column.name in fields]
    assignments = ", ".join(f'"{column.column}" = %s' for column in columns)
    return f'UPDATE "{meta.db_table}" SET {assignments} WHERE id = %s', columns  # noqa: S608  -- names of our own
