"""What the pages of connected accounts show: state and since when, locks and where they hang. Read-only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Max, Q

from access.connecting.providers import BY_PROVIDER
from access.enums import EventType
from access.models import Event, Problem
from locks.brands import BRANDS
from locks.enums import AccountStatus
from locks.models import Account, Device
from properties.models import Workspace


@dataclass(frozen=True, slots=True)
class AccountLine:
    """`since`: of its state, as far as events tell. `can_sign_in`: somebody did on a page, and can again."""

    account: Account
    brand: str
    locks: int
    on_doors: int
    since: dt.datetime
    problems: tuple[Problem, ...]
    can_sign_in: bool

    @property
    def is_connected(self) -> bool:
        return self.account.status == AccountStatus.CONNECTED

    @property
    def waiting(self) -> int:
        """Locks that are no doors yet."""
        return self.locks - self.on_doors


def account_lines(workspace: Workspace) -> list[AccountLine]:
    """Those that are lost first. A fixed number of queries, however many there are."""
    here = Q(devices__removed_at=None)
    rows = (
        Account.objects.in_workspace(workspace)
        .defer("credentials")
        .annotate(
            locks=Count("devices", filter=here & Q(devices__pk__isnull=False), distinct=True),
            on_doors=Count("devices", filter=here & Q(devices__door__isnull=False), distinct=True),
        )
        .order_by("-status", "brand", "name", "pk")
    )
    return account_lines_of(workspace, rows)


def account_lines_of(workspace: Workspace, rows: Iterable[Account]) -> list[AccountLine]:
    accounts = list(rows)
    since = _since(accounts)
    problems: dict[int | None, list[Problem]] = {}
    for problem in Problem.objects.filter(account__in=accounts, cleared_at=None).order_by("raised_at"):
        problems.setdefault(problem.account_id, []).append(problem)
    return [
        AccountLine(
            account,
            BRANDS[account.brand].display_name if account.brand in BRANDS else account.brand,
            locks=account.locks,  # type: ignore[attr-defined]  # annotated by account_lines
            on_doors=account.on_doors,  # type: ignore[attr-defined]  # as above
            since=since.get((account.pk, account.status), account.created_at),
            problems=tuple(problems.get(account.pk, ())),
            can_sign_in=bool(account.login_name)
            and account.brand in BRANDS
            and BRANDS[account.brand].provider in BY_PROVIDER,
        )
        for account in accounts
    ]


def devices_of(account: Account) -> list[Device]:
    """With their doors; those that are on none come first."""
    rows = account.devices.filter(removed_at=None).select_related("account", "door__property")
    return sorted(rows, key=lambda one: (hasattr(one, "door"), one.name.casefold(), one.pk))


def _since(accounts: list[Account]) -> dict[tuple[int | None, str], dt.datetime]:
    """By account and status."""
    told = {
        EventType.ACCOUNT_CONNECTED: AccountStatus.CONNECTED,
        EventType.ACCOUNT_DISCONNECTED: AccountStatus.DISCONNECTED,
    }
    events = Event.objects.filter(account__in=accounts, type__in=list(told))
    rows = events.order_by().values_list("account", "type").annotate(last=Max("occurred_at"))
    return {(account, told[EventType(kind)]): last for account, kind, last in rows}
