"""A unit's own times and buffers, and a stay's own buffers: the strongest word counts, and windows move with it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
import time

import pytest
from django.db import connection, transaction

from properties.booking import (
    BookingError,
    change_property_rules,
    change_unit_rules,
    details_of,
    override_times,
    save_stay,
)
from properties.models import Stay, Unit, WorkspaceChange
from tests.factories import make_property, make_stay, make_unit

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
ARRIVAL, DEPARTURE = dt.date(2027, 3, 5), dt.date(2027, 3, 8)


def window(stay: Stay) -> tuple[str, str]:
    stay.refresh_from_db()
    assert stay.ends_at is not None
    return f"{stay.starts_at:%H:%M}", f"{stay.ends_at:%H:%M}"


def made(unit: Unit) -> Stay:
    return make_stay(unit, arrival_date=ARRIVAL, departure_date=DEPARTURE)


def test_unit_goes_above_its_property_and_the_stay_above_its_unit() -> None:
    place = make_property(check_in_time=dt.time(15), check_out_time=dt.time(11), buffer_before=30)
    unit, other = make_unit(place, name="Loft"), make_unit(place, name="Attic")
    stay, beside = made(unit), made(other)
    seen = [window(stay)]

    change_unit_rules([unit], actor="ana", now=NOW, check_in_time=dt.time(16), buffer_before=10)
    seen.append(window(stay))
    override_times(stay, buffer_before=0, buffer_after=20, actor="ana", now=NOW)
    seen.append(window(stay))
    change_property_rules(place, actor="ana", now=NOW, buffer_before=60, check_in_time=dt.time(14))
    seen.append(window(stay))
    override_times(stay, buffer_before=None, actor="ana", now=NOW)
    seen.append(window(stay))

    assert seen == [
        ("14:30", "11:00"),
        ("15:50", "11:00"),
        ("16:00", "11:20"),
        ("16:00", "11:20"),
        ("15:50", "11:20"),
    ]
    assert window(beside) == ("13:00", "11:00")


def test_new_stay_and_one_that_moves_in_get_the_units_own_rules() -> None:
    place = make_property(check_in_time=dt.time(15))
    unit, other = make_unit(place, name="Loft"), make_unit(place, name="Attic")
    moving, stale = made(other), Unit.objects.select_related("property").get(pk=unit.pk)
    change_unit_rules([unit], actor="ana", now=NOW, check_in_time=dt.time(18))

    new = made(unit)
    details = details_of(moving)
    # As somebody who read the unit before its rules changed.
    details = dataclasses.replace(
        details, unit=stale, arrival_date=dt.date(2027, 4, 5), departure_date=dt.date(2027, 4, 8)
    )
    save_stay(
        place.workspace,
        source=moving.source,
        external_id=moving.external_id,
        details=details,
        actor="ana",
        now=NOW,
    )

    assert (window(new)[0], window(moving)[0]) == ("18:00", "18:00")


def test_many_units_are_changed_or_none_and_it_is_written_down() -> None:
    place = make_property()
    first, second = make_unit(place, name="Loft"), make_unit(place, name="Attic")
    stays = [made(first), made(second)]

    moved = change_unit_rules([first, second], actor="ana@example.org", now=NOW, buffer_after=15)
    again = change_unit_rules([first, second], actor="ana@example.org", now=NOW, buffer_after=15)
    with pytest.raises(BookingError, match="Attic: "):
        change_unit_rules([second], actor="ana", now=NOW, buffer_after=2000)

    assert (moved, again) == (2, 0)
    assert [window(stay)[1] for stay in stays] == ["11:15", "11:15"]
    told = WorkspaceChange.objects.filter(what="Unit changed").order_by("pk")
    assert [one.detail for one in told] == ["Loft: buffer after: none → 15", "Attic: buffer after: none → 15"]
    assert stays[0].changes.order_by("-pk")[0].fields["unit.buffer_after"] == [None, "15"]


@pytest.mark.django_db(transaction=True)
def test_booking_that_waited_goes_by_the_unit_as_it_is_then() -> None:
    """Its statement began before the other's commit: what it holds is read anew all the same."""
    unit = make_unit(make_property(check_in_time=dt.time(15)), name="Loft")
    stay = made(unit)
    details = dataclasses.replace(details_of(stay), departure_date=dt.date(2027, 3, 12))
    saved: list[Stay] = []

    def book() -> None:
        try:
            found = save_stay(
                stay.workspace, source=stay.source, external_id=stay.external_id, details=details, actor="bo", now=NOW
            )  # fmt: skip
            saved.append(found.stay)
        finally:
            connection.close()

    waiting = threading.Thread(target=book)
    with transaction.atomic():
        change_unit_rules([unit], actor="ana", now=NOW, buffer_before=45)
        waiting.start()
        _until_somebody_waits()
    waiting.join(timeout=20)

    assert [one.starts_at.strftime("%H:%M") for one in saved] == ["14:15"]
    assert window(stay)[0] == "14:15"


@pytest.mark.django_db(transaction=True)
def test_times_agreed_while_the_stay_was_being_moved_go_by_its_new_unit() -> None:
    place = make_property(check_in_time=dt.time(15))
    loft, attic = make_unit(place, name="Loft"), make_unit(place, name="Attic", check_in_time=dt.time(20))
    stay = made(loft)
    moved = dataclasses.replace(details_of(stay), unit=attic)

    def agree() -> None:
        try:
            override_times(stay, check_out=dt.time(12), actor="ana", now=NOW)
        finally:
            connection.close()

    waiting = threading.Thread(target=agree)
    with transaction.atomic():
        save_stay(
            stay.workspace, source=stay.source, external_id=stay.external_id, details=moved, actor="bo", now=NOW
        )  # fmt: skip
        waiting.start()
        _until_somebody_waits()
    waiting.join(timeout=20)

    assert window(stay) == ("20:00", "12:00")


def _until_somebody_waits() -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < 10:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")
