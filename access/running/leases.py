"""An account belongs to one runner at a time, by a lease with a fencing number.

A lease lasts longer than any call: a runner starts a call only while its lease outlives the call, so when a dead
runner's lease is over, its last call is over too. Every write is made under `fenced`, which refuses it once somebody
else has claimed the account. Lease times are the database's; the runner's own deadline is monotonic.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import models, transaction
from django.db.models import F, Func, Q
from django.db.models.expressions import Combinable

from locks.models import Account
from properties.compiled import compiled

CALL_SECONDS = 12.0
LEASE_SECONDS = 20.0
RENEW_SECONDS = 5.0


class LeaseLost(Exception):
    """Another runner has taken the account over; nothing may be written for it any more."""


class _ClockTimestamp(Func):
    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = models.DateTimeField()


# The database's own clock at the moment of the statement, not of the transaction.
CLOCK = _ClockTimestamp()


@dataclass(slots=True)
class Lease:
    """`synced_at`: when the account's list of devices was last asked for under this lease. `doubted`: devices that it
    left out, which are asked in their own turns whether they are gone."""

    account_id: int
    owner: str
    token: int
    deadline: float
    synced_at: dt.datetime | None = None
    doubted: set[int] = field(default_factory=set)

    def outlives_call(self) -> bool:
        return self.deadline - time.monotonic() >= CALL_SECONDS


def claim(account_ids: Collection[int], *, owner: str, most: int | None = None) -> list[Lease]:
    """Take those of these accounts that are free, `most` of them, passing over what others are just taking."""
    deadline = time.monotonic() + LEASE_SECONDS
    free = Q(lease_until=None) | Q(lease_until__lt=CLOCK)
    with transaction.atomic():
        rows = Account.objects.select_for_update(skip_locked=True, no_key=True).filter(
            free, pk__in=account_ids
        )
        ids = list(rows.values_list("pk", flat=True)[:most])
        if not ids:
            return []
        Account.objects.filter(pk__in=ids).update(
            lease_owner=owner, lease_token=F("lease_token") + 1, lease_until=_lease_end()
        )
        tokens = Account.objects.filter(pk__in=ids).values_list("pk", "lease_token")
        return [Lease(pk, owner, token, deadline) for pk, token in tokens]


def renew(leases: Collection[Lease]) -> list[Lease]:
    """Renew leases of one owner, in one statement; return those that are no longer ours."""
    if not leases:
        return []
    deadline = time.monotonic() + LEASE_SECONDS
    with transaction.atomic():
        held = held_among(leases)
        Account.objects.filter(pk__in=[account_id for account_id, _ in held]).update(lease_until=_lease_end())
    lost = []
    for lease in leases:
        if (lease.account_id, lease.token) in held:
            lease.deadline = deadline
        else:
            lost.append(lease)
    return lost


def release(lease: Lease) -> None:
    """Give the account back; without effect where it has been taken over."""
    _mine(lease).update(lease_until=None, lease_owner="")


@contextmanager
def fenced(lease: Lease) -> Iterator[None]:
    """One transaction that commits only while the lease is ours."""
    with transaction.atomic():
        if not held_among([lease]):
            raise LeaseLost
        yield


def held_among(leases: Iterable[Lease]) -> frozenset[tuple[int, int]]:
    """Return (account, token) of those leases that are still ours, and keep them so until the transaction ends."""
    wanted = {(lease.account_id, lease.token): lease for lease in leases}
    rows = _locked_tokens(sorted({account_id for account_id, _ in wanted}))
    return frozenset(
        (pk, token) for pk, token, owner in rows if (pk, token) in wanted and wanted[pk, token].owner == owner
    )


@compiled
def _locked_tokens(account_ids: Sequence[int]) -> models.QuerySet[Account, tuple[int, int, str]]:
    accounts = Account.objects.select_for_update(no_key=True).filter(pk__in=account_ids).order_by("pk")
    return accounts.values_list("pk", "lease_token", "lease_owner")


def _mine(lease: Lease) -> models.QuerySet[Account]:
    return Account.objects.filter(pk=lease.account_id, lease_owner=lease.owner, lease_token=lease.token)


def _lease_end() -> models.ExpressionWrapper[Combinable]:
    return models.ExpressionWrapper(
        CLOCK + dt.timedelta(seconds=LEASE_SECONDS), output_field=models.DateTimeField()
    )
