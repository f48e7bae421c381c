"""What is due, and when the next device will be: in order, of accounts within reach, at the same price among many."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.running import leases
from access.running.finding import LONGEST_WAIT, find_due, seconds_until_due
from locks.models import Account, Device
from tests.factories import make_account, make_workspace

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def device(account: Account, *, wake_at: dt.datetime | None = NOW) -> Device:
    number = str(account.devices.count())
    return Device.objects.create(account=account, external_id=number, brand="yale", name="L", wake_at=wake_at)


def found(owner: str = "me") -> list[int]:
    return [one.device_id for one in find_due(owner, NOW)]


def test_due_devices_come_by_their_deadline_then_by_how_long_they_are_due() -> None:
    account = make_account()
    late = device(account, wake_at=NOW - MINUTE)
    later = device(account)
    urgent = device(account)
    Device.objects.filter(pk=urgent.pk).update(deadline_at=NOW)
    device(account, wake_at=NOW + MINUTE)
    device(account, wake_at=None)
    assert found() == [urgent.pk, late.pk, later.pk]


@pytest.mark.parametrize(
    ("fields", "reachable"),
    [
        ({}, True),
        ({"paused_until": NOW}, True),
        ({"paused_until": NOW + MINUTE}, False),
        ({"deleted_at": NOW}, False),
    ],
)
def test_account_that_rests_or_is_gone_has_nothing_due(fields: dict[str, Any], reachable: bool) -> None:
    one = device(make_account(**fields), wake_at=NOW - MINUTE)
    assert found() == ([one.pk] if reachable else [])
    assert seconds_until_due("me", NOW) == (-60 if reachable else LONGEST_WAIT)


def test_account_of_another_runner_has_nothing_due_but_for_that_one() -> None:
    account = make_account()
    one = device(account)
    leases.claim([account.pk], owner="other")
    assert found() == []
    assert seconds_until_due("me", NOW) == LONGEST_WAIT
    assert [(due.device_id, due.mine) for due in find_due("other", NOW)] == [(one.pk, True)]


def test_no_account_without_a_due_device_is_read() -> None:
    """A join would read them all, which is what grew with their number."""
    workspace = make_workspace()
    empty = [
        Account(workspace=workspace, driver="virtual", brand="yale", name=str(number))
        for number in range(3_000)
    ]
    Account.objects.bulk_create(empty)
    Device.objects.bulk_create(
        Device(account=account, external_id=account.name, brand="yale", name="L", wake_at=NOW)
        for account in empty[::60]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE locks_account, locks_device")
        for ask in (find_due, seconds_until_due):
            with CaptureQueriesContext(connection) as asked:
                ask("me", NOW)
            cursor.execute(f"EXPLAIN {asked[0]['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "Scan using locks_account_pkey" in plan, plan
            assert "Seq Scan on locks_account" not in plan, plan
