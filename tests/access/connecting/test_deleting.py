"""An account that is deleted is gone for everybody; a sandbox that is reset is as it was."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from access.codes import NewCode, create_code
from access.connecting import logins
from access.connecting.deleting import delete_account
from access.connecting.resetting import NotASandbox, reset_sandbox
from access.connecting.signing_in import SignIn, sign_in
from access.connecting.webviews import WebviewDetails, create_webview
from access.enums import AttemptStatus, AttemptType, EventType
from access.models import AccessCode, ActionAttempt, ConnectWebview, Event, LockCode, Problem
from access.running.leases import LeaseLost, claim, fenced
from access.running.runner import run_due
from locks.drivers.virtual.models import VirtualLock
from locks.models import Account, Device, Door
from properties.models import Stay, Workspace
from tests.factories import (
    lock_of,
    make_member,
    make_property,
    make_stay,
    make_unit,
    make_workspace,
    virtual_door,
)

pytestmark = pytest.mark.django_db(transaction=True)

JANE = {logins.USER_NAME: "jane@example.com", logins.PASSWORD: "1234"}


def a_house() -> tuple[Workspace, Door, Stay]:
    now = timezone.now()
    workspace = make_workspace(is_sandbox=True)
    unit = make_unit(make_property(workspace))
    door = virtual_door(unit, "schlage", now=now)
    stay = make_stay(unit, arrival_date=now.date(), now=now)
    run_due()
    return workspace, door, stay


def test_deleted_account_takes_codes_devices_and_doors_along() -> None:
    workspace, door, stay = a_house()
    account = door.device.account
    code = AccessCode.objects.get(device=door.device)
    held = lock_of(door).codes.count()
    seen = Event.objects.count()

    delete_account(account, actor="program", now=timezone.now())

    told = list(Event.objects.order_by("pk").values_list("type", flat=True))[seen:]
    assert [kind for kind in told if kind.endswith(".deleted")] == [
        "access_code.deleted", "device.deleted", "connected_account.deleted",
    ]  # fmt: skip
    code.refresh_from_db()
    device = Device.objects.get()
    assert code.ended_at is not None
    assert (device.is_managed, device.wake_at) == (False, None)
    assert device.removed_at is not None
    assert not Door.objects.exists()
    assert not LockCode.objects.exists()
    assert not Problem.objects.filter(cleared_at=None).exclude(stay=stay).exists()
    assert not Account.objects.in_workspace(workspace).exists()
    assert not Device.objects.in_workspace(workspace).exists()
    assert VirtualLock.objects.get().codes.count() == held == 1


def test_deleted_account_is_never_asked_again() -> None:
    _, door, _ = a_house()
    delete_account(door.device.account, actor="program", now=timezone.now())
    Device.objects.update(wake_at=timezone.now())
    calls = VirtualLock.objects.get().log.count()

    run_due()

    assert VirtualLock.objects.get().log.count() == calls


def test_runner_that_holds_the_account_may_write_no_more() -> None:
    _, door, _ = a_house()
    account = door.device.account
    (lease,) = claim([account.pk], owner="runner")

    delete_account(account, actor="program", now=timezone.now())

    with pytest.raises(LeaseLost), fenced(lease):
        pass


def test_deleting_twice_tells_once() -> None:
    _, door, _ = a_house()
    account = door.device.account
    delete_account(account, actor="program", now=timezone.now())
    seen = Event.objects.count()

    delete_account(account, actor="program", now=timezone.now())

    assert Event.objects.count() == seen


def test_what_was_asked_of_a_deleted_lock_has_failed() -> None:
    _, door, _ = a_house()
    now = timezone.now()
    kinds = (AttemptType.UNLOCK_DOOR, AttemptType.LOCK_DOOR, AttemptType.CONFIGURE_AUTO_LOCK)
    sent, unsent, setting = (
        ActionAttempt.objects.create(
            device=door.device, type=kind, requested_by="program", requested_at=now, sent_at=sent_at
        )
        for kind, sent_at in zip(kinds, (now, None, now), strict=True)
    )

    delete_account(door.device.account, actor="program", now=now)

    ended = ActionAttempt.objects.order_by("pk").values_list("pk", "status", "error_type")
    assert list(ended) == [
        (sent.pk, AttemptStatus.ERROR, "unknown_outcome"),
        (unsent.pk, AttemptStatus.ERROR, "device_not_found"),
        (setting.pk, AttemptStatus.ERROR, "unknown_outcome"),
    ]
    told = Event.objects.filter(type__startswith="action_attempt.").order_by("pk")
    assert [(event.type, event.data["action_attempt_id"]) for event in told] == [
        (EventType.ATTEMPT_UNLOCK_FAILED, str(sent.public_id)),
        (EventType.ATTEMPT_LOCK_FAILED, str(unsent.public_id)),
    ]


def test_same_login_after_deletion_is_a_new_account() -> None:
    workspace = make_workspace(is_sandbox=True)
    first, second = (create_webview(workspace, WebviewDetails()) for _ in range(2))
    sign_in(first, provider="schlage", answers=JANE, now=timezone.now())
    old = Account.objects.get()
    delete_account(old, actor="program", now=timezone.now())

    assert sign_in(second, provider="schlage", answers=JANE, now=timezone.now()) is SignIn.DONE

    new = Account.objects.in_workspace(workspace).get()
    assert new.pk != old.pk
    assert Event.objects.filter(account=new, type=EventType.ACCOUNT_CREATED).count() == 1
    assert new.devices.get().name == "FRONT DOOR"


def test_page_of_a_stay_that_had_a_deleted_lock_reads_well(client: Any) -> None:
    workspace, door, stay = a_house()
    delete_account(door.device.account, actor="program", now=timezone.now())
    client.force_login(make_member(workspace))
    for address in (
        reverse("board"),
        reverse("stay-list"),
        reverse("stay-detail", args=[stay.public_id]),
        reverse("device-list"),
        reverse("property-list"),
        reverse("property-detail", args=[stay.unit.property.public_id]),
    ):
        assert client.get(address).status_code == 200, address
    assert client.get(reverse("device-detail", args=[door.device.public_id])).status_code == 404


def test_reset_leaves_an_empty_sandbox() -> None:
    workspace, _, _ = a_house()
    webview = create_webview(workspace, WebviewDetails())
    sign_in(webview, provider="nuki", answers=JANE, now=timezone.now())
    nuki = Device.objects.get(brand="nuki")
    create_code(nuki, NewCode(name="Ada"), actor="program", now=timezone.now())

    reset_sandbox(workspace, actor="program", now=timezone.now())

    assert not VirtualLock.objects.exists()
    assert not Account.objects.in_workspace(workspace).exists()
    assert not ConnectWebview.objects.exists()
    assert not AccessCode.objects.filter(ended_at=None).exists()
    told = Event.objects.filter(type=EventType.WEBVIEW_SUCCEEDED).get()
    assert told.data == {"connect_webview_id": str(webview.public_id)}


def test_real_workspace_is_not_reset() -> None:
    _, door, _ = a_house()
    workspace = door.device.account.workspace
    workspace.is_sandbox = False
    workspace.save()

    with pytest.raises(NotASandbox):
        reset_sandbox(workspace, actor="program", now=timezone.now())

    assert Device.objects.in_workspace(workspace).exists()
