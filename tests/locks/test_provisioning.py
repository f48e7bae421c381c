from __future__ import annotations

import pytest

from locks.devices import capabilities_of
from locks.drivers.base import UnreadableReason
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.moods import Mood, clear_moods, set_mood
from locks.drivers.virtual.provisioning import virtual_lock_of
from locks.enums import AccountStatus
from locks.models import Account, Device
from locks.provisioning import (
    ProvisioningError,
    SyncResult,
    add_virtual_lock,
    connect_account,
    sync_account_devices,
)
from tests.factories import NOW, make_account, make_virtual_lock, make_workspace

pytestmark = pytest.mark.django_db


def test_virtual_lock_comes_in_through_its_account_and_is_due() -> None:
    workspace = make_workspace()

    device = add_virtual_lock(workspace, brand="schlage", name=" Front door ", now=NOW)

    assert (device.name, device.brand, device.model) == ("Front door", "schlage", "Virtual Schlage")
    assert device.account.workspace == workspace
    assert device.wake_at == NOW
    assert capabilities_of(device).pin_lengths == (4,)
    assert virtual_lock_of(device).name == "Front door"


def test_locks_of_one_brand_share_an_account() -> None:
    workspace = make_workspace()
    devices = [
        add_virtual_lock(workspace, brand=brand, name=f"{brand} {number}", now=NOW)
        for brand in ("nuki", "yale")
        for number in (1, 2)
    ]

    assert Account.objects.in_workspace(workspace).count() == 2
    assert [device.account.brand for device in devices] == ["nuki", "nuki", "yale", "yale"]
    assert Device.objects.in_workspace(workspace).count() == 4


def test_workspaces_do_not_see_each_others_virtual_locks() -> None:
    one, other = make_workspace(), make_workspace()
    add_virtual_lock(one, brand="yale", name="Front", now=NOW)

    add_virtual_lock(other, brand="yale", name="Back", now=NOW)

    assert [device.name for device in Device.objects.in_workspace(other)] == ["Back"]


def test_sync_takes_over_changes_and_deletes_nothing() -> None:
    workspace = make_workspace()
    kept = add_virtual_lock(workspace, brand="yale", name="Front", now=NOW)
    gone = add_virtual_lock(workspace, brand="yale", name="Back", now=NOW)
    Device.objects.update(wake_at=None)
    VirtualLock.objects.filter(external_id=kept.external_id).update(name="Main", reports={"max_codes": 30})
    VirtualLock.objects.filter(external_id=gone.external_id).delete()

    result = sync_account_devices(kept.account, now=NOW)

    assert result == SyncResult(updated=1)
    kept.refresh_from_db()
    assert (kept.name, kept.capabilities, kept.wake_at) == ("Main", {"max_codes": 30}, NOW)
    assert Device.objects.get(pk=gone.pk).wake_at is None


def test_sync_without_news_wakes_nobody() -> None:
    device = add_virtual_lock(make_workspace(), brand="yale", name="Front", now=NOW)
    Device.objects.update(wake_at=None)

    assert sync_account_devices(device.account, now=NOW) == SyncResult()
    assert Device.objects.get().wake_at is None


def test_account_that_cannot_be_asked_changes_nothing() -> None:
    device = add_virtual_lock(make_workspace(), brand="yale", name="Front", now=NOW)
    lock = virtual_lock_of(device)
    make_virtual_lock("yale", account_key=lock.account_key)
    set_mood(lock, Mood.DISCONNECTED)

    result = sync_account_devices(device.account, now=NOW)

    assert result.unreadable is not None
    assert result.unreadable.reason is UnreadableReason.ACCOUNT_DISCONNECTED
    assert Device.objects.count() == 1
    clear_moods(lock)
    assert sync_account_devices(device.account, now=NOW) == SyncResult(created=1)


def test_same_login_again_is_the_same_account_reconnected() -> None:
    account = make_account()
    account.status = AccountStatus.DISCONNECTED
    account.save()

    again = connect_account(
        account.workspace,
        driver="virtual",
        brand="yale",
        name="Other",
        credentials=account.credentials,
        now=NOW,
    )

    assert again == account
    assert again.status == AccountStatus.CONNECTED
    assert Account.objects.count() == 1


def test_same_login_in_another_workspace_is_another_account() -> None:
    account = make_account()

    other = connect_account(
        make_workspace(),
        driver="virtual",
        brand="yale",
        name="Other",
        credentials=account.credentials,
        now=NOW,
    )

    assert other != account


@pytest.mark.parametrize(
    ("brand", "name", "reports", "sentence"),
    [
        ("acme", "Front", None, "“acme” is not a brand; choose one of: august"),
        ("yale", "  ", None, "Give the lock a name."),
        ("yale", "Front", {"max_codes": "many"}, "“max_codes” must be a whole number"),
    ],
)
def test_virtual_lock_that_cannot_be_is_refused(
    brand: str, name: str, reports: dict[str, str] | None, sentence: str
) -> None:
    with pytest.raises(ProvisioningError, match=sentence):
        add_virtual_lock(make_workspace(), brand=brand, name=name, now=NOW, reports=reports)

    assert not VirtualLock.objects.exists()


def test_account_of_an_unknown_driver_is_refused() -> None:
    with pytest.raises(ProvisioningError, match="There is no driver “zwave”"):
        connect_account(make_workspace(), driver="zwave", brand="yale", name="x", credentials={}, now=NOW)
