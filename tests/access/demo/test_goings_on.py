"""What a newcomer sees: after the five days of the demo's past, every state of the vocabulary is somewhere."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.utils import timezone

from access.boards import board_of
from access.demo.past import PastClock, living_by
from access.demo.portfolio import demo_workspace
from access.enums import EventType, ProblemKind, Status
from access.facts import facts_of
from access.management.commands.demo import ensure_demo
from access.models import AccessCode, Event, GuestPass, LockCode, Problem, StaffAccess
from access.overview import access_of_stays
from access.running.runner import run_due
from access.states import CodeState
from access.status import code_state, status
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.provisioning import virtual_lock_of
from locks.models import Device
from properties.enums import Role, StayKind, StayStatus
from properties.models import Stay, Workspace

if TYPE_CHECKING:
    from django.conf import LazySettings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]

NOW = dt.datetime(2026, 11, 24, 13, 20, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)


def begin(settings: LazySettings, now: dt.datetime) -> Workspace:
    settings.KEYTURN_FEEDS_ALLOW_PRIVATE = True
    settings.KEYTURN_ALERTS_ALLOW_PRIVATE = True
    settings.KEYTURN_WEBHOOKS_ALLOW_PRIVATE = True
    user = ensure_demo(password="correct horse", feed_base="http://127.0.0.1:1/demo", now=now)
    workspace = demo_workspace(user)
    assert workspace is not None
    return workspace


def test_every_state_is_somewhere_and_a_second_start_changes_nothing(settings: LazySettings) -> None:
    workspace = begin(settings, NOW)
    with time_machine.travel(NOW + SECOND, tick=False):
        run_due()
        check_stays(workspace)
        check_codes()
        check_locks()
        check_today(workspace)
        check_guest_gets_in()
        counted = [model.objects.count() for model in (Stay, Device, AccessCode, LockCode, GuestPass)]

        begin(settings, NOW + SECOND)

        assert counted == [model.objects.count() for model in (Stay, Device, AccessCode, LockCode, GuestPass)]
    with time_machine.travel(NOW + HOUR, tick=False):
        run_due()
        check_what_lasts(workspace)


def check_what_lasts(workspace: Workspace) -> None:
    """Whoever comes to a demo that runs for a while sees as much, but for what Keyturn has put right meanwhile."""
    stays = list(Stay.objects.in_workspace(workspace).select_related("unit__property", "guest"))
    found = {
        stay.guest and stay.guest.name: access_of_stays([stay], now=NOW + HOUR)[stay.pk] for stay in stays
    }
    assert found["Jasper Vos"].state is CodeState.REMOVING
    assert found["Grace Novak"].state is CodeState.DELAYED
    states = {access.state for access in found.values()}
    assert set(CodeState) - states <= {CodeState.CHANGED_OUTSIDE}


def check_stays(workspace: Workspace) -> None:
    stays = list(Stay.objects.in_workspace(workspace).select_related("unit__property", "guest"))
    found = access_of_stays(stays, now=NOW + SECOND)
    states = {access.state for access in found.values()}
    assert set(CodeState) == states
    assert {stay.status for stay in stays} == set(StayStatus.values)
    assert {stay.kind for stay in stays} == set(StayKind.values)
    assert {stay.unit.property.name for stay in stays if stay.starts_at <= NOW < (stay.ends_at or NOW)}


def check_codes() -> None:
    codes = list(AccessCode.objects.select_related("device__account"))
    now = NOW + SECOND
    assert {status(facts_of(code), now=now) for code in codes} == set(Status)
    loose = next(code for code in codes if code.allow_external_modification)
    assert code_state(facts_of(loose), now=now) is CodeState.CHANGED_OUTSIDE
    assert any(code.is_offline for code in codes)
    assert any(code.is_backup and code.grant_id for code in codes)
    assert {EventType.LOCK_UNLOCKED, EventType.LOCK_DENIED, EventType.CODE_REMOVED} <= set(
        Event.objects.values_list("type", flat=True)
    )


def check_locks() -> None:
    devices = list(Device.objects.all())
    assert {device.online for device in devices} >= {True, False}
    assert [device.name for device in devices if not device.is_managed] == ["Lindenhof: Laundry room"]
    assert [device.name for device in devices if (device.battery_level or 1) < 0.2]
    assert LockCode.objects.filter(access_code=None, name="Plumber").exists()
    raised = set(Problem.objects.filter(cleared_at=None).values_list("code", flat=True))
    assert raised >= {
        *("device_offline", "account_disconnected", "low_battery", "partial_backup_access_code_pool"),
        *("failed_to_set_on_device", "failed_to_remove_from_device", "using_backup_access_code"),
    }
    assert set(Problem.objects.values_list("kind", flat=True)) == set(ProblemKind.values)


def check_today(workspace: Workspace) -> None:
    board = board_of(workspace, now=NOW + SECOND)
    for name in (
        "needs",
        "arrivals",
        "departures",
        "turnovers",
        "in_stay",
        "problems",
        "offline",
        "battery_low",
    ):
        assert getattr(board.counts, name) > 0, name
    assert StaffAccess.objects.in_workspace(workspace).exclude(ended_at=None).exists()
    assert {membership.role for membership in workspace.memberships.all()} == set(Role.values)


def check_guest_gets_in() -> None:
    """Not one of the states is painted on: the keypad says the same."""
    code = AccessCode.objects.get(
        grant__stay__guest__name="Amelia Hart", device__name__endswith="Flat 3 door"
    )
    assert code.pin is not None
    assert keypad(virtual_lock_of(code.device), code.pin, at=NOW).opened
    backup = AccessCode.objects.get(grant__stay__guest__name="Noah Lindholm", is_backup=True)
    assert backup.pin is not None
    assert keypad(virtual_lock_of(backup.device), backup.pin, at=NOW).opened


def test_clock_of_the_past_goes_on_and_is_given_back() -> None:
    clock = PastClock(NOW)
    with living_by(clock):
        clock.move_to(NOW + 5 * SECOND)
        clock.move_to(NOW)
        assert NOW + 5 * SECOND <= timezone.now() < NOW + 65 * SECOND
    assert timezone.now() > NOW + dt.timedelta(minutes=2) or timezone.now() < NOW
