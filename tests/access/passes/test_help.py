"""At half past two in the night, before a door that stays shut: the guest gets in without calling anybody."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from access.enums import EventType, ProblemKind
from access.messaging.alerts.causes import causes_of
from access.models import AccessCode, AlertChannel, Event, Problem
from access.passes import ensure_pass
from locks.drivers.virtual.models import VirtualCode
from locks.models import Device
from tests.access.backups.conftest import with_pool
from tests.access.passes.conftest import Guest, shown_pins
from tests.factories import make_stay, virtual_door
from tests.pages import text_of
from tests.stack.house import MINUTE, House, build_house, step

pytestmark = pytest.mark.django_db(transaction=True)
ARRIVAL = dt.datetime(2027, 3, 5, 14, tzinfo=dt.UTC)
NIGHT = dt.datetime(2027, 3, 6, 1, 30, tzinfo=dt.UTC)


@pytest.fixture
def house(transactional_db: None, travel: time_machine.Traveller) -> House:
    return with_pool(build_house(travel, guest_contact="Ana, +41 44 668 18 00"), 2)


@pytest.fixture
def guest(house: House) -> Guest:
    stay = make_stay(house.unit)
    ensure_pass(stay, now=timezone.now())
    step(house, 3)  # the pool is filled
    return Guest(house, stay, Client())


def forget_on_lock(guest: Guest) -> None:
    """The lock lost the code, and nobody knows yet."""
    pin = guest.house.pin_of(guest.stay)
    lost = [code.pk for code in VirtualCode.objects.filter(lock=guest.house.lock) if code.pin == pin]
    VirtualCode.objects.filter(pk__in=lost).delete()


def test_code_that_the_lock_lost_is_replaced_by_a_backup_that_opens(guest: Guest) -> None:
    guest.house.at(NIGHT)
    first = guest.pin_shown()
    forget_on_lock(guest)
    assert not guest.house.opens(first)

    asked = guest.post("pass-help")
    assert "We are asking the lock" in text_of(asked)
    assert Problem.objects.filter(code="guest_reports_failure", cleared_at=None).exists()
    guest.house.at(NIGHT + MINUTE / 3)
    step(guest.house, 2, seconds=20)
    answer = guest.post("pass-check")

    page = text_of(answer)
    pins = shown_pins(answer)
    assert "We are asking" not in page
    if pins:
        assert guest.house.opens(pins[0])
    else:  # the engine put the own code back meanwhile
        assert guest.house.opens(first)


def test_second_report_is_believed_and_the_backup_is_shown_at_once(guest: Guest) -> None:
    guest.house.at(NIGHT)
    first = guest.pin_shown()
    guest.post("pass-help")
    guest.house.at(NIGHT + MINUTE)

    answer = guest.post("pass-help")

    [pin] = shown_pins(answer)
    assert pin != first
    assert guest.house.opens(pin)
    assert "Backup code" in text_of(answer)
    assert "Use the backup code here" in text_of(answer)
    assert Event.objects.filter(type=EventType.BACKUP_PULLED, actor="Guest, on the web pass").count() == 1
    assert guest.pin_shown() == pin


def test_code_that_the_lock_knows_is_said_to_be_known(guest: Guest) -> None:
    guest.house.at(NIGHT)
    guest.post("pass-help")
    guest.house.at(NIGHT + MINUTE / 4)

    answer = guest.post("pass-check")

    assert "The lock says that it knows your code" in text_of(answer)
    assert shown_pins(answer) == []
    assert not AccessCode.objects.filter(pulled_for__isnull=False).exists()


def test_manager_is_alerted_at_once(guest: Guest) -> None:
    guest.house.at(NIGHT)
    OrmQ.objects.all().delete()

    guest.post("pass-help")

    assert [task.func() for task in OrmQ.objects.all()] == ["access.tasks.send_alerts"]


def alert_somebody(guest: Guest, **more: Any) -> AlertChannel:
    return AlertChannel.objects.create(
        workspace=guest.stay.workspace,
        name="Night desk",
        address="night@example.org",
        severities=[ProblemKind.ERROR],
        since=timezone.now(),
        **more,
    )


def decide_by_hand(guest: Guest) -> None:
    place = guest.house.unit.property
    place.automatic_backup = False
    place.save()


def test_where_a_person_decides_the_guest_is_told_so(guest: Guest) -> None:
    decide_by_hand(guest)
    alert_somebody(guest)
    guest.house.at(NIGHT)

    answer = guest.post("pass-help")

    assert "Your host has been told and will help you. Ana, +41 44 668 18 00" in text_of(answer)
    assert '<a href="tel:+41446681800">+41 44 668 18 00</a>' in answer.content.decode()
    assert Problem.objects.filter(code="guest_reports_failure", cleared_at=None).exists()
    assert shown_pins(answer) == []


@pytest.mark.parametrize("channel", ["none", "off", "failing"])
def test_nobody_is_said_to_have_been_told_where_nobody_is(guest: Guest, channel: str) -> None:
    decide_by_hand(guest)
    if channel == "off":
        alert_somebody(guest, is_active=False)
    elif channel == "failing":
        alert_somebody(guest, failing_since=timezone.now())
    guest.house.at(NIGHT)

    page = text_of(guest.post("pass-help"))

    assert "has been told" not in page
    assert "Please call your host now. Ana, +41 44 668 18 00" in page


def test_backup_that_fails_too_wakes_a_person(guest: Guest) -> None:
    guest.house.at(NIGHT)
    guest.post("pass-help")
    guest.house.at(NIGHT + MINUTE)
    [backup] = shown_pins(guest.post("pass-help"))
    guest.post("pass-help")  # a double click
    assert "My code does not work" in text_of(guest.get())

    guest.house.at(NIGHT + 2 * MINUTE)
    answer = guest.post("pass-help")

    assert "Please call your host now" in text_of(answer)
    assert shown_pins(answer) == [backup]
    [cause] = [one for one in causes_of(guest.stay.workspace, now=timezone.now()) if one.is_urgent]
    assert cause.key == f"stay:{guest.stay.pk}:guest_reports_failure"


def test_lock_that_does_not_answer_is_not_waited_for_without_end(guest: Guest) -> None:
    guest.house.at(NIGHT)
    AccessCode.objects.filter(is_backup=True).update(confirmed_at=None)
    assert "We are asking the lock" in text_of(guest.post("pass-help"))

    guest.house.travel.move_to(NIGHT + 1.5 * MINUTE, tick=False)

    page = text_of(guest.post("pass-check"))
    assert "We are asking" not in page
    assert "Please call your host now" in page


def test_lock_that_was_read_and_lost_the_code_is_not_said_to_know_it(guest: Guest) -> None:
    guest.house.at(NIGHT)
    guest.post("pass-help")
    AccessCode.objects.filter(is_backup=True).update(confirmed_at=None)
    AccessCode.objects.filter(grant__stay=guest.stay).update(seen="absent", failures=5)
    Device.objects.update(last_read_at=NIGHT + MINUTE / 6)
    guest.house.travel.move_to(NIGHT + MINUTE / 3, tick=False)

    assert "knows your code" not in text_of(guest.get())


def test_report_at_one_door_leaves_the_code_of_the_other_alone(guest: Guest) -> None:
    other = virtual_door(guest.house.unit.property, name="Garden gate", now=timezone.now())
    guest.house.unit.property.refresh_from_db()
    step(guest.house, 4)
    guest.house.at(NIGHT)
    page = text_of(guest.get())
    assert "Which door stays shut?" in page
    assert "Garden gate stays shut" in page

    for moment in (NIGHT, NIGHT + MINUTE):
        guest.house.at(moment)
        guest.client.post(guest.link("pass-help"), {"door": str(other.device.public_id)})

    [pulled] = AccessCode.objects.filter(pulled_for__isnull=False)
    assert pulled.device == other.device


@pytest.mark.parametrize("door", ["00000000-0000-4000-8000-000000000000"])
def test_report_at_a_door_of_somebody_else_is_nothing(guest: Guest, door: str) -> None:
    guest.house.at(NIGHT)

    assert guest.client.post(guest.link("pass-help"), {"door": door}).status_code == 200
    assert not Problem.objects.filter(code="guest_reports_failure").exists()


def test_empty_pool_leaves_it_to_a_person(guest: Guest) -> None:
    guest.house.at(NIGHT)
    guest.post("pass-help")
    AccessCode.objects.filter(is_backup=True).update(confirmed_at=None)
    guest.house.travel.move_to(NIGHT + MINUTE, tick=False)

    answer = guest.post("pass-help")

    assert answer.status_code == 200
    assert "Please call your host now" in text_of(answer)
    assert shown_pins(answer) == []
    assert Problem.objects.filter(code="guest_reports_failure", cleared_at=None).exists()


def test_offline_door_beside_one_that_can_be_asked_is_left_to_a_person(guest: Guest) -> None:
    virtual_door(guest.house.unit.property, brand="dormakaba_oracode", now=timezone.now())
    stay = make_stay(guest.house.unit, arrival_date=dt.date(2027, 3, 20), departure_date=dt.date(2027, 3, 22))
    ensure_pass(stay, now=timezone.now())
    step(guest.house, 2)
    guest.house.at(dt.datetime(2027, 3, 21, 1, 30, tzinfo=dt.UTC))

    Guest(guest.house, stay, Client()).post("pass-help")

    reports = Problem.objects.filter(code="guest_reports_failure", cleared_at=None)
    assert reports.filter(access_code__grant__stay=stay).exists()
    assert reports.filter(stay=stay, access_code=None).exists()


def test_reports_are_limited(guest: Guest) -> None:
    guest.house.at(NIGHT)

    statuses = [guest.post("pass-help").status_code for _ in range(7)]

    assert statuses == [*[200] * 6, 429]


def test_nobody_is_helped_before_the_stay(guest: Guest) -> None:
    guest.house.at(ARRIVAL - 5 * MINUTE)

    guest.post("pass-help")
    guest.post("pass-check")

    assert not Problem.objects.filter(code="guest_reports_failure").exists()


def test_backup_beside_a_code_that_works_troubles_no_guest(guest: Guest) -> None:
    """Given by the sweep in vain: the guest's own code opens, and stays the one that is shown."""
    from access.backups import pull_backup

    guest.house.at(NIGHT)
    own = guest.house.pin_of(guest.stay)
    code = AccessCode.objects.get(grant__stay=guest.stay, is_backup=False)
    pull_backup(code, actor="Keyturn", now=timezone.now())

    assert "backup" not in text_of(guest.get()).lower()
    assert guest.pin_shown() == own
