"""The version of a stay's page, for polls: it changes with its codes, their locks, messages, passes and events.

The rest, such as names and what others did at its locks, is shown within a minute: so often it changes in any case.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Max, Q, Sum

from access.enums import SendStatus
from access.models import AccessCode, Event, GuestPass, Message
from access.overview import StayAccess
from access.states import CodeState
from locks.enums import AccountStatus
from locks.models import Device
from properties.models import Stay

VERSION_STEP = 60
SETTLING = frozenset({CodeState.PROGRAMMING, CodeState.REMOVING})


def is_settling(access: StayAccess) -> bool:
    return any(door.state in SETTLING for door in access.doors)


def stay_version(stay: Stay, *, now: dt.datetime) -> str:
    """Time itself moves states, hence the minute."""
    locks = Device.objects.filter(access_codes__grant__stay=stay).aggregate(
        online=Count("pk", distinct=True, filter=Q(online=True)),
        changed=Max("online_changed_at"),
        battery=Sum("battery_level"),
        lost=Count("pk", distinct=True, filter=Q(account__status=AccountStatus.DISCONNECTED)),
    )
    codes = AccessCode.objects.filter(grant__stay=stay).aggregate(
        number=Count("pk"),
        attempts=Sum("attempts"),
        seen=Max("seen_at"),
        written=Max("written_at"),
        set=Max("set_at"),
    )
    event = Event.objects.filter(stay=stay).aggregate(latest=Max("pk"))["latest"]
    told = Message.objects.filter(stay=stay).aggregate(
        number=Count("pk"),
        tries=Sum("attempts"),
        waiting=Count("pk", filter=Q(status__in=(SendStatus.PENDING, SendStatus.SENDING))),
        next=Max("next_try_at"),
    )
    passes = GuestPass.objects.filter(stay=stay).aggregate(
        latest=Max("pk"), opened=Max("first_opened_at"), revoked=Max("revoked_at")
    )
    parts = [
        stay.revision,
        event,
        *codes.values(),
        *told.values(),
        *passes.values(),
        *locks.values(),
        int(now.timestamp()) // VERSION_STEP,
    ]
    return "-".join(stamp(part) for part in parts)


def stamp(part: object) -> str:
    return f"{part.timestamp():.3f}" if isinstance(part, dt.datetime) else str(part or 0)
