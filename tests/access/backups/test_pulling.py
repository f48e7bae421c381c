"""A backup is given for a code: which, how often, with which window, and what goes with it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from access.backups import BackupRefused, fill_pool, is_backup_available, pull_backup
from access.backups.pool import in_pool
from access.issuing import issue_new_pin, reveal_pins
from access.models import AccessCode, AccessGrant, Event, Problem
from access.overview import access_of_stay
from access.states import CodeState
from locks.drivers.virtual.moods import Mood, clear_moods, set_mood
from properties import booking
from properties.enums import CancelReason
from properties.models import Stay
from tests.factories import make_stay
from tests.stack.house import MINUTE, House, step

pytestmark = pytest.mark.django_db(transaction=True)

ARRIVAL, DEPARTURE = dt.date(2027, 3, 1), dt.date(2027, 3, 4)


def ready(house: House) -> None:
    """Let the pool be on the lock."""
    fill_pool(house.doors[0].device, now=timezone.now())
    step(house, 2, seconds=30)


def book(house: House) -> Stay:
    return make_stay(house.unit, arrival_date=ARRIVAL, departure_date=DEPARTURE, now=timezone.now())


def own_code(stay: Stay) -> AccessCode:
    return AccessCode.objects.get(grant__stay=stay, is_backup=False, revoked_at=None)


def backup_of(stay: Stay) -> AccessCode:
    return AccessCode.objects.get(pulled_for__grant__stay=stay)


def open_problems() -> set[str]:
    return set(Problem.objects.filter(cleared_at=None).values_list("code", flat=True))


def test_pulled_backup_opens_at_once_is_the_same_again_and_the_pool_refills(house: House) -> None:
    ready(house)
    stay = book(house)
    step(house, 1)
    now = timezone.now()
    assert is_backup_available(own_code(stay))

    backup = pull_backup(own_code(stay), actor="test", now=now)

    assert pull_backup(own_code(stay), actor="test", now=now + MINUTE).pk == backup.pk
    assert (backup.starts_at, backup.ends_at) == (now, stay.ends_at)
    assert backup.grant == own_code(stay).grant
    assert house.opens(backup.pin or "")
    assert AccessCode.objects.filter(in_pool(device=backup.device)).count() == 5
    assert not is_backup_available(own_code(stay))
    event = Event.objects.get(type="access_code.backup_access_code_pulled")
    assert event.data == {"backup_access_code_id": str(backup.public_id)}
    assert event.access_code == own_code(stay)
    assert "using_backup_access_code" in open_problems()


def test_backup_goes_on_opening_while_its_window_is_written_and_is_gone_after_the_stay(house: House) -> None:
    ready(house)
    stay = book(house)
    backup = pull_backup(own_code(stay), actor="test", now=timezone.now())
    begun = timezone.now()
    for seconds in range(0, 120, 5):
        house.at(begun + dt.timedelta(seconds=seconds))
        assert house.opens(backup.pin or "")

    assert stay.ends_at is not None
    house.at(stay.ends_at - MINUTE)
    assert house.opens(backup.pin or "")
    house.at(stay.ends_at + MINUTE)
    step(house, 1)
    assert not house.opens(backup.pin or "")
    assert AccessCode.objects.get(pk=backup.pk).ended_at is not None


def test_two_pulls_at_once_give_one_backup(house: House) -> None:
    ready(house)
    stay = book(house)
    code, now = own_code(stay), timezone.now()
    start, given = threading.Barrier(2), []

    def pull() -> None:
        start.wait()
        given.append(pull_backup(code, actor="test", now=now).pk)
        connection.close()

    threads = [threading.Thread(target=pull) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(given) == 2
    assert len(set(given)) == 1
    assert AccessCode.objects.filter(in_pool(device=code.device)).count() == 5


def test_two_guests_at_once_get_different_backups(house: House) -> None:
    ready(house)
    stays = [book(house), book(house)]
    start, given = threading.Barrier(2), []

    def pull(stay: Stay) -> None:
        start.wait()
        given.append(pull_backup(own_code(stay), actor="test", now=timezone.now()).pk)
        connection.close()

    threads = [threading.Thread(target=pull, args=[stay]) for stay in stays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(given)) == 2


def test_pull_without_a_ready_code_or_for_an_ongoing_one_is_refused(house: House) -> None:
    stay = book(house)
    fill_pool(house.doors[0].device, now=timezone.now())
    with pytest.raises(BackupRefused) as refused:
        pull_backup(own_code(stay), actor="test", now=timezone.now())
    assert refused.value.type == "backup_access_code_not_found"

    ongoing = AccessCode.objects.filter(in_pool()).first()
    assert ongoing is not None
    with pytest.raises(BackupRefused) as refused:
        pull_backup(ongoing, actor="test", now=timezone.now())
    assert refused.value.type == "access_code_not_time_bound"


def test_backup_follows_an_extension_and_a_cancellation(house: House) -> None:
    ready(house)
    stay = book(house)
    pulled = pull_backup(own_code(stay), actor="test", now=timezone.now())
    booking.override_times(stay, check_in=None, check_out=dt.time(18), actor="test", now=timezone.now())
    stay.refresh_from_db()
    assert backup_of(stay).ends_at == stay.ends_at
    assert backup_of(stay).starts_at == pulled.starts_at

    booking.cancel_stay(stay, reason=CancelReason.EXPLICIT, actor="test", now=timezone.now())
    step(house, 2)
    assert not house.opens(pulled.pin or "")
    assert backup_of(stay).ended_at is not None


def test_new_code_takes_the_backup_along(house: House) -> None:
    ready(house)
    stay = book(house)
    backup = pull_backup(own_code(stay), actor="test", now=timezone.now())
    grant = AccessGrant.objects.get(stay=stay)

    issue_new_pin(grant, actor="test", now=timezone.now())
    step(house, 2)

    assert not house.opens(backup.pin or "")
    assert house.opens(house.pin_of(stay)) or timezone.now() < stay.starts_at
    assert AccessCode.objects.filter(grant=grant, revoked_at=None, is_backup=True).count() == 0


def test_pin_is_shown_only_once_pulled_and_as_a_backup(house: House) -> None:
    ready(house)
    stay = book(house)
    grant = AccessGrant.objects.get(stay=stay)
    pool_pins = {code.pin for code in AccessCode.objects.filter(in_pool())}
    shown = reveal_pins(grant, actor="test", now=timezone.now())
    assert not pool_pins & {one.pin for one in shown}

    backup = pull_backup(own_code(stay), actor="test", now=timezone.now())
    shown = reveal_pins(grant, actor="test", now=timezone.now())
    assert [(one.pin, one.is_backup) for one in shown] == [(own_code(stay).pin, False), (backup.pin, True)]


def test_door_whose_guest_has_a_backup_says_so(plain_house: House) -> None:
    house = plain_house
    ready(house)
    stay = book(house)
    set_mood(house.lock, Mood.OFFLINE)
    house.at(stay.starts_at + MINUTE)
    pull_backup(own_code(stay), actor="test", now=timezone.now())

    access = access_of_stay(stay, now=timezone.now())

    assert access.state is CodeState.BACKUP
    assert [(door.state, door.is_backup) for door in access.doors] == [
        (CodeState.BACKUP, False),
        (CodeState.ACTIVE, True),
    ]
    clear_moods(house.lock)
    step(house, 2)
    assert house.opens(house.pin_of(stay))
    assert access_of_stay(stay, now=timezone.now()).state is CodeState.ACTIVE
    assert "using_backup_access_code" in open_problems()


def test_backup_follows_an_extension_that_came_with_many(house: House) -> None:
    ready(house)
    stay = book(house)
    step(house, 1)
    pull_backup(own_code(stay), actor="test", now=timezone.now())
    other = make_stay(house.unit, arrival_date=DEPARTURE, departure_date=DEPARTURE + dt.timedelta(days=2))

    def longer(held: Stay) -> booking.StayDetails:
        details = booking.details_of(held)
        return dataclasses.replace(details, departure_date=DEPARTURE + dt.timedelta(days=3))

    wanted = {one.pk: booking.WantedChange(one.unit_id, house.unit, longer) for one in (stay, other)}
    saved = booking.change_stays(house.unit.property.workspace, wanted, actor="test", now=timezone.now())

    assert {one.outcome for one in saved.values() if isinstance(one, booking.SavedStay)} == {"changed"}
    stay.refresh_from_db()
    ends = {own_code(stay).ends_at, backup_of(stay).ends_at}
    assert ends == {stay.ends_at}
    assert own_code(other).ends_at == stay.ends_at
