from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from access.api.reading import notices_of, read_details
from access.api.vocabulary import read_channel, read_status
from properties.booking import BookingError, GuestDetails, StayDetails
from properties.enums import Channel, StayKind, StayStatus
from properties.models import Unit

ZURICH = ZoneInfo("Europe/Zurich")
UNIT = Unit(name="Flat")
BEFORE = StayDetails(
    unit=UNIT,
    arrival_date=dt.date(2027, 3, 5),
    departure_date=dt.date(2027, 3, 9),
    check_in_time=dt.time(16),
    guest=GuestDetails(
        name="Imogen Varga", email="imogen@example.org", phone="+41 44 668 18 00", phone_last4="1800"
    ),
    notes="late train",
)


def read(before: StayDetails | None = BEFORE, **sent: Any) -> StayDetails:
    return read_details(sent, before=before, unit=None if before else UNIT, zone=ZURICH)


def test_fields_that_are_left_out_keep_their_value() -> None:
    after = read(departure_date=dt.date(2027, 3, 10), guest={"email": "new@example.org"})
    assert after.departure_date == dt.date(2027, 3, 10)
    assert after.guest == GuestDetails("Imogen Varga", "new@example.org", "+41 44 668 18 00", "1800")
    assert (after.notes, after.check_in_time, after.arrival_date) == (
        "late train",
        dt.time(16),
        BEFORE.arrival_date,
    )


def test_null_clears_what_can_be_empty() -> None:
    after = read(check_in_time=None, notes=None, guest=None)
    assert (after.check_in_time, after.notes, after.guest) == (None, "", GuestDetails())


def test_instant_is_read_in_the_zone_of_the_property() -> None:
    after = read(check_in_at=dt.datetime(2027, 3, 5, 23, 30, tzinfo=dt.UTC))
    assert (after.arrival_date, after.check_in_time) == (dt.date(2027, 3, 6), dt.time(0, 30))


def test_instant_without_offset_is_local() -> None:
    after = read(check_out_at=dt.datetime(2027, 3, 8, 10, 0))  # noqa: DTZ001 -- what is tested
    assert (after.departure_date, after.check_out_time) == (dt.date(2027, 3, 8), dt.time(10))


def test_instant_that_contradicts_the_date_is_refused() -> None:
    with pytest.raises(BookingError) as caught:
        read(check_in_at=dt.datetime(2027, 3, 5, 23, 30, tzinfo=dt.UTC), arrival_date=dt.date(2027, 3, 5))
    assert list(caught.value.errors) == ["check_in_at"]


def test_instant_that_agrees_with_date_and_time_is_taken() -> None:
    moment = dt.datetime(2027, 3, 5, 15, 0, tzinfo=ZURICH)
    after = read(check_in_at=moment, arrival_date=dt.date(2027, 3, 5), check_in_time=dt.time(15))
    assert after.check_in_time == dt.time(15)


def test_new_reservation_needs_unit_arrival_and_departure() -> None:
    with pytest.raises(BookingError) as caught:
        read(None)
    assert set(caught.value.errors) == {"unit", "arrival_date", "departure_date"}


def test_new_reservation_is_a_confirmed_guest() -> None:
    made = read(None, unit="…", arrival_date=dt.date(2027, 3, 5), departure_date=dt.date(2027, 3, 9))
    assert (made.unit, made.kind, made.status) == (UNIT, StayKind.GUEST, StayStatus.CONFIRMED)


def test_lease_without_end_by_instant() -> None:
    made = read(None, unit="…", kind="lease", arrival_date=dt.date(2027, 3, 5), check_out_at=None)
    assert (made.kind, made.departure_date) == (StayKind.LEASE, None)


def test_kind_that_is_sent_outranks_the_one_that_a_status_implies() -> None:
    assert read(status=read_status("ownerStay")).kind == StayKind.OWNER
    assert read(status=read_status("ownerStay"), kind="guest").kind == StayKind.GUEST


def test_status_that_is_left_out_keeps_its_value() -> None:
    before = StayDetails(
        unit=UNIT, arrival_date=dt.date(2027, 3, 5), departure_date=None, status=StayStatus.CANCELLED
    )
    assert read(before, notes="x").status == StayStatus.CANCELLED


def test_channel_and_reference_are_taken() -> None:
    after = read(channel=read_channel("Airbnb"), channel_reference="HM123")
    assert (after.channel, after.reference) == (Channel.AIRBNB, "HM123")


@pytest.mark.parametrize(
    ("guest", "name", "last4"),
    [
        ({"first_name": "Ana", "last_name": "Lima"}, "Ana Lima", "1800"),
        ({"first_name": "Ana"}, "Ana", "1800"),
        ({"phone": "+1 (555) 010-7788"}, "Imogen Varga", "7788"),
        ({"phone": "12"}, "Imogen Varga", ""),
        ({"phone": "+1 555 0107788", "phone_last4": "0000"}, "Imogen Varga", "0000"),
    ],
)
def test_guest_is_joined_from_parts(guest: dict[str, str], name: str, last4: str) -> None:
    after = read(guest=guest).guest
    assert (after.name, after.phone_last4) == (name, last4)


def test_notices_name_what_was_not_taken() -> None:
    body = {"status": "x", "channel": "Trip", "preferred_code": "739184", "notes": ""}
    sent = {"status": read_status("x"), "channel": read_channel("Trip"), "notes": ""}
    notices = notices_of(body, sent, known={"status", "channel", "notes"})
    assert [one.split(":")[0] for one in notices] == ["status", "channel", "Not known here and left out"]
    assert "preferred_code" in notices[2]
    assert "739184" not in " ".join(notices)
