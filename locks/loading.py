"""Devices with their accounts, as they are now; called with every change that a program asks of a code."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from django.db import connection

from locks.models import Account, Device
from properties.joined import Columns


def load_devices(ids: Iterable[int]) -> dict[int, Device]:
    """By their keys; without what signs in at the lock system, which only runners need."""
    statement, devices, accounts = _statement()
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(ids)])
        rows = cursor.fetchall()
    found = {}
    for row in rows:
        device = devices.row(row[: len(devices)])
        device.account = accounts.row(row[len(devices) :])
        found[device.pk] = device
    return found


@functools.cache
def _statement() -> tuple[str, Columns[Device], Columns[Account]]:
    devices, accounts = Columns(Device), Columns(Account, without=["credentials"])
    statement = (
        f"SELECT {devices.of('d')}, {accounts.of('a')} "  # noqa: S608 -- names of our own columns
        'FROM "locks_device" d JOIN "locks_account" a ON a.id = d.account_id WHERE d.id = ANY(%s::bigint[])'
    )
    return statement, devices, accounts
