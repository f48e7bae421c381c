"""The version of a stay's page, for polls: it changes with its codes, their locks, messages, passes and events.

The rest, such as names and what others did at its locks, is shown within a minute: so often it changes in any case.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.db.models import Aggregate, Count, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import JSONObject

from access.enums import SendStatus
from access.models import AccessCode, Event, GuestPass, Message
from access.overview import StayAccess
from access.states import CodeState
from locks.enums import AccountStatus
from locks.models import Device
from properties.models import Stay
from properties.scoping import ScopedModel

VERSION_STEP = 60
SETTLING = frozenset({CodeState.PROGRAMMING, CodeState.REMOVING})


def has_settling_door(access: StayAccess) -> bool:
    return any(door.state in SETTLING for door in access.doors)


def stay_version(stay: Stay, *, now: dt.datetime) -> str:
    """Time itself moves states, hence the minute. One query: a poll that brings nothing asks no more than this."""
    told = Stay.objects.filter(pk=stay.pk).values_list(
        _of(Device, "access_codes__grant__stay", _LOCKS),
        _of(AccessCode, "grant__stay", _CODES),
        _of(Event, "stay", {"latest": Max("pk")}),
        _of(Message, "stay", _MESSAGES),
        _of(GuestPass, "stay", _PASSES),
    )
    parts = [part for found in told.get() for part in (found or {}).values()]
    return "-".join(stamp(part) for part in [stay.revision, *parts, int(now.timestamp()) // VERSION_STEP])


_LOCKS: Final = {
    "online": Count("pk", distinct=True, filter=Q(online=True)),
    "changed": Max("online_changed_at"),
    "battery": Sum("battery_level"),
    "lost": Count("pk", distinct=True, filter=Q(account__status=AccountStatus.DISCONNECTED)),
}
_CODES: Final = {
    "number": Count("pk"),
    "attempts": Sum("attempts"),
    "seen": Max("seen_at"),
    "written": Max("written_at"),
    "set": Max("set_at"),
}
_MESSAGES: Final = {
    "number": Count("pk"),
    "tries": Sum("attempts"),
    "waiting": Count("pk", filter=Q(status__in=(SendStatus.PENDING, SendStatus.SENDING))),
    "next": Max("next_try_at"),
}
_PASSES: Final = {
    "latest": Max("pk"),
    "fetched": Max("first_fetched_at"),
    "opened": Max("first_opened_at"),
    "revoked": Max("revoked_at"),
}


def _of(model: type[ScopedModel], path: str, figures: Mapping[str, Aggregate]) -> Subquery:
    """The figures of one table about the stay, as one object; None where it has no rows."""
    rows = model.objects.filter(**{path: OuterRef("pk")}).order_by().values(path)
    return Subquery(rows.annotate(figures=JSONObject(**figures)).values("figures"))


def stamp(part: object) -> str:
    return f"{part.timestamp():.3f}" if isinstance(part, dt.datetime) else str(part or 0)
