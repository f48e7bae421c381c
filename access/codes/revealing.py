"""Show the PIN of one code to a person, or those of many to a program; each look is written down.

A person's look is an event each time. A program asks again and again: its look is written down once for each code and
PIN (`note_looks`, called by both APIs for every code whose PIN they answer). The codes of a stay are shown to people
by access.issuing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import connection, transaction
from django.db.models import prefetch_related_objects

from access.enums import EventType
from access.events import code_event, record_code_event
from access.models import AccessCode, AccessGrant, Event

_KNOWN = """
    SELECT access_code_id, pin_key FROM access_pinlook WHERE reader = %s AND access_code_id = ANY(%s::bigint[])
"""
_NOTE = """
    INSERT INTO access_pinlook (access_code_id, pin_key, reader, first_at)
    SELECT code, pin_key, %s, %s FROM unnest(%s::bigint[], %s::bigint[]) AS look (code, pin_key)
    ON CONFLICT DO NOTHING RETURNING access_code_id
"""


@transaction.atomic
def reveal_pin(code: AccessCode, *, actor: str, now: dt.datetime) -> str | None:
    """Return the PIN, or None while the lock (system) has not assigned one."""
    code = AccessCode.objects.select_related("device__account", "grant").get(pk=code.pk)
    if code.pin is not None:
        record_code_event(code, EventType.PIN_REVEALED, now=now, actor=actor)
    return code.pin


def note_looks(
    codes: Iterable[AccessCode], *, reader: str, actor: str, now: dt.datetime, are_new: bool = False
) -> None:
    """Write down that a program is shown these PINs. `reader` names the program ("key:12"), `actor` does so for people.

    `codes` come with their devices' accounts. `are_new`: nobody can have seen them yet. A stay's PIN that was shown no
    longer changes by itself.
    """
    shown = {code.pk: code for code in codes if code.pin is not None and code.pin_key is not None}
    if not shown:
        return
    known = set() if are_new else _known(list(shown), reader)
    unseen = {pk: code for pk, code in shown.items() if (pk, code.pin_key) not in known}
    if unseen:
        _note_new(unseen, reader=reader, actor=actor, now=now)


def _known(ids: list[int], reader: str) -> set[tuple[int, int]]:
    """Asked with every answer that shows a PIN, so in SQL as it is."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [reader, ids])
        return set(cursor.fetchall())


@transaction.atomic(savepoint=False)
def _note_new(unseen: Mapping[int, AccessCode], *, reader: str, actor: str, now: dt.datetime) -> None:
    prefetch_related_objects([code for code in unseen.values() if code.grant_id is not None], "grant")
    grants = {code.grant_id for code in unseen.values() if code.grant_id is not None}
    if grants:
        AccessGrant.objects.filter(pk__in=grants, revealed_at=None).update(revealed_at=now)
    with connection.cursor() as cursor:
        keys = [code.pin_key for code in unseen.values()]
        cursor.execute(_NOTE, [reader, now, list(unseen), keys])
        new = [unseen[pk] for (pk,) in cursor.fetchall()]
    Event.objects.bulk_create(code_event(code, EventType.PIN_REVEALED, now=now, actor=actor) for code in new)
