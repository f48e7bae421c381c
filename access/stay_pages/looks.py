"""Who was shown the present code of a stay: people, the guest, messages and programs, each counted once by name."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Min

from access.enums import EventType
from access.issuing import door_name, issue_of
from access.models import AccessGrant, Event


@dataclass(frozen=True, slots=True)
class Look:
    who: str
    number: int
    first_at: dt.datetime
    last_at: dt.datetime


@dataclass(frozen=True, slots=True)
class OwnCode:
    """One door's lock chose another code; looks before that were at its former one."""

    door: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class SeenBy:
    """`issued_at`: since when the present code is the guest's; looks before that were at a former one. `own_codes`: of
    single doors, since then."""

    issued_at: dt.datetime
    issued_by: str
    looks: tuple[Look, ...]
    own_codes: tuple[OwnCode, ...] = ()


def seen_by(grant: AccessGrant) -> SeenBy:
    events = Event.objects.filter(stay=grant.stay_id)
    issued = issue_of(grant)
    since = max(grant.created_at, issued.occurred_at) if issued is not None else grant.created_at
    rows = (
        events.filter(type=EventType.PIN_REVEALED, occurred_at__gte=since)
        .order_by()
        .values_list("actor")
        .annotate(Count("pk"), Min("occurred_at"), Max("occurred_at"))
    )
    looks = sorted((Look(*row) for row in rows), key=lambda look: look.last_at, reverse=True)
    by = "" if issued is None else issued.actor
    return SeenBy(since, by, tuple(looks), _own_codes(grant, since))


def _own_codes(grant: AccessGrant, since: dt.datetime) -> tuple[OwnCode, ...]:
    """Of codes that are still the guest's, the latest of each."""
    chosen = Event.objects.filter(
        stay=grant.stay_id,
        type=EventType.PIN_ISSUED,
        occurred_at__gte=since,
        access_code__grant=grant,
        access_code__revoked_at=None,
    )
    latest = {
        event.device.pk: OwnCode(door_name(event.device), event.occurred_at)
        for event in chosen.select_related("device__door").order_by("occurred_at", "pk")
        if event.device is not None
    }
    return tuple(latest.values())
