"""What counts as an entry of a stay's guest: a lock told that one of the stay's own codes opened it, and the look that
read it found that code as it was written.

Called by Today, by what managers are told and by what programs are told, so that all of them mean the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.enums import EventType
from access.models import Event
from access.planning import READ_EVERY

OF_A_CODE: Final = Q(type=EventType.LOCK_UNLOCKED, access_code__isnull=False)
# The log is read before the codes: that one was edited is noticed after it opened, by the next look at the latest.
NOTICED_WITHIN: Final = READ_EVERY + dt.timedelta(minutes=1)


def entries_by_guests() -> QuerySet[Event, Any]:
    """In no order. Not those by a code that somebody may have edited at the lock before: whose digits they were, nobody
    knows."""
    edited = Event.objects.filter(
        type=EventType.CODE_MODIFIED_OUTSIDE,
        access_code=OuterRef("access_code"),
        device=OuterRef("device"),
        occurred_at__gte=OuterRef("occurred_at"),
        created_at__gte=OuterRef("created_at"),
        created_at__lte=OuterRef("created_at") + NOTICED_WITHIN,
    )
    return Event.objects.filter(OF_A_CODE, ~Exists(edited)).order_by()


def entries_of_stays(stays: Collection[int | None]) -> QuerySet[Event, Any]:
    """In no order: whoever asks counts them, or takes the first."""
    return entries_by_guests().filter(stay__in=stays)


def is_entry(event: Event) -> bool:
    opened = event.type == EventType.LOCK_UNLOCKED
    return opened and event.stay_id is not None and event.access_code_id is not None
