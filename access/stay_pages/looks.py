"""Who was shown the present code of a stay: people, the guest, messages and programs, each counted once by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Min

from access.enums import EventType
from access.issuing import door_name
from access.models import AccessCode, AccessGrant, Event


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
    issues = list(
        events.filter(type=EventType.PIN_ISSUED)
        .select_related("device__door", "access_code")
        .order_by("occurred_at", "pk")
    )
    issued = next((one for one in reversed(issues) if one.access_code is None), None)
    since = max(grant.created_at, issued.occurred_at) if issued is not None else grant.created_at
    rows = (
        events.filter(type=EventType.PIN_REVEALED, occurred_at__gte=since)
        .order_by()
        .values_list("actor")
        .annotate(Count("pk"), Min("occurred_at"), Max("occurred_at"))
    )
    looks = sorted((Look(*row) for row in rows), key=lambda look: look.last_at, reverse=True)
    by = "" if issued is None else issued.actor
    return SeenBy(since, by, tuple(looks), _own_codes(grant, issues, since))


def _own_codes(grant: AccessGrant, issues: Sequence[Event], since: dt.datetime) -> tuple[OwnCode, ...]:
    """Of codes that are still the guest's, the latest of each."""
    return tuple(
        {
            event.device.pk: OwnCode(door_name(event.device), event.occurred_at)
            for event in issues
            if event.device is not None and event.occurred_at >= since and _is_live(event.access_code, grant)
        }.values()
    )


def _is_live(code: AccessCode | None, grant: AccessGrant) -> bool:
    return code is not None and code.grant_id == grant.pk and code.revoked_at is None
