"""Who was shown the present code of a stay: people, the guest, messages and programs, each counted once by name."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Min

from access.enums import EventType
from access.models import AccessGrant, Event


@dataclass(frozen=True, slots=True)
class Look:
    who: str
    number: int
    first_at: dt.datetime
    last_at: dt.datetime


@dataclass(frozen=True, slots=True)
class SeenBy:
    """`issued_at`: since when the present code is the guest's; looks before that were at a former one. `issue`: a mark
    that changes with each new code."""

    issued_at: dt.datetime
    issued_by: str
    looks: tuple[Look, ...]
    issue: str


def seen_by(grant: AccessGrant) -> SeenBy:
    events = Event.objects.filter(stay=grant.stay_id)
    issued = events.filter(type=EventType.PIN_ISSUED).order_by("-occurred_at", "-pk").first()
    since = max(grant.created_at, issued.occurred_at) if issued is not None else grant.created_at
    rows = (
        events.filter(type=EventType.PIN_REVEALED, occurred_at__gte=since)
        .order_by()
        .values_list("actor")
        .annotate(Count("pk"), Min("occurred_at"), Max("occurred_at"))
    )
    looks = sorted((Look(*row) for row in rows), key=lambda look: look.last_at, reverse=True)
    by, issue = ("", "first") if issued is None else (issued.actor, str(issued.public_id))
    return SeenBy(since, by, tuple(looks), issue)
