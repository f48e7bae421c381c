"""What the runners' loop asks of the database again and again: which devices are due, and when the next one will be.

Both cost the same however many accounts, devices and codes there are.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When, Window
from django.db.models.functions import RowNumber

from access.running import leases
from locks.brands import brand_of
from locks.models import Account, Device
from properties.compiled import compiled

LONGEST_WAIT: Final = 10.0
DUE_OF_ACCOUNT: Final = 60
DUE_LIMIT: Final = 2_000


@dataclass(frozen=True, slots=True)
class Due:
    """A device that is due, and whose account is ours or free."""

    device_id: int
    account_id: int
    mine: bool
    gateway: str
    parallel_per_gateway: int | None


def find_due(owner: str, now: dt.datetime) -> list[Due]:
    """The nearest deadline first, then the longest due, and of each account no more than it can have at work: a large
    one hides no other."""
    return [
        Due(pk, account_id, holder == owner, gateway, brand_of(brand).capabilities.parallel_per_gateway)
        for pk, account_id, holder, gateway, brand in _due(owner, now)
    ]


@compiled
def _due(owner: str, now: dt.datetime) -> QuerySet[Device, tuple[int, int, str, str, str]]:
    """Each account is looked up for the devices that are due: a join would read all accounts there are."""
    urgency = (F("deadline_at").asc(nulls_last=True), F("wake_at").asc())
    rows = Device.objects.filter(wake_at__lte=now).annotate(
        place=Window(RowNumber(), partition_by="account_id", order_by=urgency)
    )
    holder = Subquery(_reachable(owner, now).filter(pk=OuterRef("account_id")).values("lease_owner")[:1])
    rows = rows.annotate(holder=Case(When(place__lte=DUE_OF_ACCOUNT, then=holder)))
    found = rows.filter(holder__isnull=False).order_by(*urgency)
    return found.values_list("pk", "account_id", "holder", "gateway", "brand")[:DUE_LIMIT]


def seconds_until_due(owner: str, now: dt.datetime) -> float:
    wake_at = _next_wake.first(owner, now)
    return LONGEST_WAIT if wake_at is None else (wake_at - now).total_seconds()


@compiled
def _next_wake(owner: str, now: dt.datetime) -> QuerySet[Device, dt.datetime | None]:
    rows = Device.objects.filter(wake_at__isnull=False, account__in=_reachable(owner, now))
    return rows.order_by("wake_at").values_list("wake_at", flat=True)[:1]


def _reachable(owner: str, now: dt.datetime) -> QuerySet[Account]:
    """Return the accounts that are there, ours or free, and not resting after a failure."""
    free = Q(lease_until=None) | Q(lease_until__lt=leases.CLOCK)
    awake = Q(paused_until=None) | Q(paused_until__lte=now)
    return Account.objects.filter(free | Q(lease_owner=owner), awake, deleted_at=None)
