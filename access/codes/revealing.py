"""Show the PIN of one code to a person, or those of many to a program; each look is written down.

A person's look is an event each time. A program asks again and again: its look is written down once for each code and
PIN (`note_looks`, called by both APIs for every code whose PIN they answer; `note_all_looks` by webhooks for those that
were sent). The codes of a stay are shown to people by access.issuing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import prefetch_related_objects

from access.enums import EventType
from access.events import code_event, record_code_event
from access.models import AccessCode, AccessGrant, Event

_KNOWN = """
    SELECT reader, access_code_id, pin_key FROM access_pinlook
    WHERE reader = ANY(%s::text[]) AND access_code_id = ANY(%s::bigint[])
"""
_NOTE = """
    INSERT INTO access_pinlook (access_code_id, pin_key, reader, first_at)
    SELECT code, pin_key, reader, %s FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS look (code, pin_key, reader)
    ON CONFLICT DO NOTHING RETURNING reader, access_code_id
"""
_NOTE_FIRST = "INSERT INTO access_pinlook (access_code_id, pin_key, reader, first_at) VALUES (%s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Look:
    """That a program is shown the PIN of a code. `reader` names it, `actor` does so for people."""

    code: AccessCode
    reader: str
    actor: str


@transaction.atomic
def reveal_pin(code: AccessCode, *, actor: str, now: dt.datetime) -> str | None:
    """Return the PIN, or None while the lock (system) has not assigned one."""
    code = AccessCode.objects.select_related("device__account", "grant").get(pk=code.pk)
    if code.pin is not None:
        record_code_event(code, EventType.PIN_REVEALED, now=now, actor=actor)
    return code.pin


def note_looks(codes: Iterable[AccessCode], *, reader: str, actor: str, now: dt.datetime) -> None:
    """Write down that a program is shown these PINs. `reader` names the program ("key:12"), `actor` does so for people.

    `codes` come with their devices' accounts. A stay's PIN that was shown no longer changes by itself.
    """
    note_all_looks([Look(code, reader, actor) for code in codes], now=now)


def note_first_look(look: Look, *, now: dt.datetime) -> list[Event]:
    """Write down that whoever declares a code of no stay is told its PIN, if it has one yet; return the event of it,
    for the caller to save with its own."""
    if look.code.pin is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_FIRST, [look.code.pk, look.code.pin_key, look.reader, now])
    return [code_event(look.code, EventType.PIN_REVEALED, now=now, actor=look.actor)]


def note_all_looks(looks: Iterable[Look], *, now: dt.datetime) -> None:
    """The same for several programs at once."""
    told = (look for look in looks if look.code.pin is not None and look.code.pin_key is not None)
    shown = {(look.reader, look.code.pk): look for look in told}
    if not shown:
        return
    known = _known(shown.values())
    unseen = {key: look for key, look in shown.items() if (*key, look.code.pin_key) not in known}
    if unseen:
        _note_new(unseen, now=now)


def _known(looks: Iterable[Look]) -> set[tuple[str, int, int]]:
    """Asked with every answer that shows a PIN, so in SQL as it is."""
    readers, ids = {look.reader for look in looks}, {look.code.pk for look in looks}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [list(readers), list(ids)])
        return set(cursor.fetchall())


@transaction.atomic(savepoint=False)
def _note_new(unseen: Mapping[tuple[str, int], Look], *, now: dt.datetime) -> None:
    looks = list(unseen.values())
    grants = {look.code.grant_id for look in looks if look.code.grant_id is not None}
    if grants:
        prefetch_related_objects([look.code for look in looks if look.code.grant_id is not None], "grant")
        AccessGrant.objects.filter(pk__in=grants, revealed_at=None).update(revealed_at=now)
    with connection.cursor() as cursor:
        columns: list[list[Any]] = [
            [look.code.pk for look in looks],
            [look.code.pin_key for look in looks],
            [look.reader for look in looks],
        ]
        cursor.execute(_NOTE, [now, *columns])
        new = [unseen[key] for key in cursor.fetchall()]
    Event.objects.bulk_create(
        code_event(look.code, EventType.PIN_REVEALED, now=now, actor=look.actor) for look in new
    )
