"""An account without a lock is asked again, so that its first one is found."""

from __future__ import annotations

import datetime as dt

import pytest

from locks.drivers.virtual.provisioning import create_virtual_lock
from locks.empty_accounts import EVERY, list_empty_accounts
from locks.models import Account, Device
from locks.provisioning import connect_account
from tests.factories import NOW, make_workspace

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)


def make_account(key: str = "login") -> Account:
    return connect_account(
        make_workspace(), driver="virtual", brand="nuki", name=key, credentials={"account_key": key}, now=NOW
    )


def test_first_lock_of_an_account_is_found_when_its_turn_comes() -> None:
    account = make_account()
    assert list_empty_accounts(now=NOW) == 1
    create_virtual_lock(brand="nuki", name="Front", account_key="login")

    assert list_empty_accounts(now=NOW + EVERY - SECOND) == 0
    assert list_empty_accounts(now=NOW + EVERY) == 1

    assert Device.objects.get().account == account
    assert list_empty_accounts(now=NOW + 3 * EVERY) == 0


def test_account_that_cannot_be_asked_waits_for_its_next_turn_and_keeps_nobody_up() -> None:
    broken = make_account("broken")
    Account.objects.filter(pk=broken.pk).update(driver="gone")
    make_account("other")
    create_virtual_lock(brand="nuki", name="Front", account_key="other")

    assert list_empty_accounts(now=NOW + EVERY) == 2
    assert Device.objects.count() == 1
    assert list_empty_accounts(now=NOW + EVERY + SECOND) == 0


def test_account_that_was_deleted_or_lost_all_its_locks() -> None:
    lost, deleted = make_account("lost"), make_account("deleted")
    Device.objects.create(account=lost, external_id="old", removed_at=NOW)
    Account.objects.filter(pk=deleted.pk).update(deleted_at=NOW)

    assert list_empty_accounts(now=NOW + EVERY) == 1
