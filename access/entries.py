"""What counts as an entry of a stay's guest: a lock told that one of the stay's own codes opened it.

Called by Today, by the page of a stay and by what programs are told, so that all of them mean the same.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.db.models import Q, QuerySet

from access.enums import EventType
from access.models import Event

OF_A_CODE: Final = Q(type=EventType.LOCK_UNLOCKED, access_code__isnull=False)


def entries_of_stays(stays: Collection[int | None]) -> QuerySet[Event, Any]:
    """In no order: whoever asks counts them, or takes the first."""
    return Event.objects.filter(OF_A_CODE, stay__in=stays).order_by()


def is_entry(event: Event) -> bool:
    opened = event.type == EventType.LOCK_UNLOCKED
    return opened and event.stay_id is not None and event.access_code_id is not None
