"""The judge of the chaos tests sees what is lost, doubled, left behind or touched."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from django.utils import timezone

from access.enums import EventType
from access.models import AccessCode, Event
from access.running.runner import run_due
from locks.drivers.virtual.models import VirtualCode
from tests.chaos.house import House, build_house
from tests.chaos.judging import complaints, keypad_complaints
from tests.chaos.load import Load, Wanted
from tests.factories import make_stay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def settled() -> tuple[House, Load]:
    """One guest in the house, whose code is on the flat's lock and on the entrance's."""
    house = build_house(flats=1, call_seconds=0)
    today = timezone.now().date()
    wanted = Wanted(
        str(house.units[0].public_id),
        today - dt.timedelta(days=1),
        today + dt.timedelta(days=3),
        "Imogen Varga",
    )
    make_stay(
        house.units[0],
        source="chaos",
        external_id="guest-0",
        arrival_date=today - dt.timedelta(days=1),
        departure_date=today + dt.timedelta(days=3),
        now=timezone.now(),
    )
    run_due()
    return house, Load(0, "", [], random.Random(1), 0, 1, declared={"guest-0": wanted})


def test_settled_house_gives_no_cause_for_complaint(settled: tuple[House, Load]) -> None:
    assert complaints(*settled) == []
    assert keypad_complaints(*settled) == []


def test_code_that_was_lost_is_seen(settled: tuple[House, Load]) -> None:
    VirtualCode.objects.filter(foreign=False).first().delete()  # type: ignore[union-attr]  # the fixture made it

    assert len(complaints(*settled)) == 1
    assert len(keypad_complaints(*settled)) == 1


def test_code_that_was_doubled_is_seen(settled: tuple[House, Load]) -> None:
    code = VirtualCode.objects.filter(foreign=False)[0]
    code.pk, code.slot = None, 77
    code.save()

    # At a place that nobody knows of, and with a PIN that the lock has already.
    assert len(complaints(*settled)) == 2


def test_code_that_was_left_behind_is_seen(settled: tuple[House, Load]) -> None:
    AccessCode.objects.update(revoked_at=timezone.now())

    assert any("not gone" in complaint for complaint in complaints(*settled))
    assert len(keypad_complaints(*settled)) == 2


def test_stranger_that_was_touched_is_seen(settled: tuple[House, Load]) -> None:
    VirtualCode.objects.filter(foreign=True).update(name="Ours now")

    assert complaints(*settled) == ["a stranger's code was touched"]


def test_fact_that_was_told_twice_is_seen(settled: tuple[House, Load]) -> None:
    told = Event.objects.filter(type=EventType.CODE_CREATED)[0]
    Event.objects.create(
        workspace=told.workspace, type=told.type, occurred_at=told.occurred_at, access_code=told.access_code
    )

    assert any("was told of by" in complaint for complaint in complaints(*settled))


def test_booking_that_is_not_as_acknowledged_is_seen(settled: tuple[House, Load]) -> None:
    house, load = settled
    load.declared["guest-0"] = Wanted(load.declared["guest-0"].unit)

    assert "guest-0 is not as it was acknowledged" in complaints(house, load)
