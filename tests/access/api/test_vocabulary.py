from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.api.vocabulary import CONFIRMED, read_channel, read_clock, read_status
from properties.enums import Channel, StayKind, StayStatus


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("confirmed", StayStatus.CONFIRMED),
        ("new", StayStatus.CONFIRMED),
        ("modified", StayStatus.CONFIRMED),
        ("Booked", StayStatus.CONFIRMED),
        ("checked_in", StayStatus.CONFIRMED),
        ("in_house", StayStatus.CONFIRMED),
        ("accepted", StayStatus.CONFIRMED),
        ({"category": "accepted", "sub_category": None}, StayStatus.CONFIRMED),
        ("inquiry", StayStatus.TENTATIVE),
        ("awaitingPayment", StayStatus.TENTATIVE),
        ("not_confirmed", StayStatus.TENTATIVE),
        ("Open", StayStatus.TENTATIVE),
        ("canceled", StayStatus.CANCELLED),
        ("Cancelled ", StayStatus.CANCELLED),
        ("not accepted", StayStatus.CANCELLED),
        ("no_show", StayStatus.CANCELLED),
        ("Declined", StayStatus.CANCELLED),
    ],
)
def test_status_of_another_system_is_understood(sent: object, status: StayStatus) -> None:
    reading = read_status(sent)
    assert (reading.status, reading.kind, reading.notice) == (status, None, "")


@pytest.mark.parametrize(
    ("sent", "kind"), [("ownerStay", StayKind.OWNER), ("black", StayKind.BLOCK), ("blocked", StayKind.BLOCK)]
)
def test_status_that_is_no_guest_sets_the_kind(sent: str, kind: StayKind) -> None:
    assert (read_status(sent).status, read_status(sent).kind) == (StayStatus.CONFIRMED, kind)


@pytest.mark.parametrize(
    "sent", [None, "", "guest_verified", "unconfirmed!", 1, True, [], {}, {"category": 3}, "closed"]
)
def test_status_that_is_unknown_is_tentative_and_said_so(sent: object) -> None:
    reading = read_status(sent)
    assert (reading.status, reading.understood) == (StayStatus.TENTATIVE, False)
    assert "is not known here" in reading.notice


@given(st.text())
def test_status_is_never_confirmed_by_a_word_that_no_table_knows(word: str) -> None:
    reading = read_status(word)
    known = any(word.casefold().replace("_", "").replace(" ", "").startswith(one[:3]) for one in CONFIRMED)
    assert known or reading.kind is not None or reading.status != StayStatus.CONFIRMED


@pytest.mark.parametrize(
    ("sent", "channel", "said"),
    [
        ("airbnb", Channel.AIRBNB, False),
        ("Booking.com", Channel.BOOKING_COM, False),
        ("HomeAway", Channel.VRBO, False),
        ("direct", Channel.GENERIC, False),
        ("", Channel.GENERIC, False),
        ("Trip dot com", Channel.GENERIC, True),
    ],
)
def test_channel_is_read(sent: str, channel: Channel, said: bool) -> None:
    reading = read_channel(sent)
    assert (reading.channel, bool(reading.notice)) == (channel, said)


@pytest.mark.parametrize(
    ("sent", "time"),
    [
        (15, dt.time(15)),
        (0, dt.time(0)),
        ("15", dt.time(15)),
        ("9:30", dt.time(9, 30)),
        (" 15:45 ", dt.time(15, 45)),
        ("15:45:30", dt.time(15, 45, 30)),
        (None, None),
        ("", None),
    ],
)
def test_clock_time_is_read(sent: object, time: dt.time | None) -> None:
    assert read_clock(sent) == time


@pytest.mark.parametrize(
    "sent", [24, -1, 15.5, True, "24:00", "15:60", "3 pm", "15h", [], {}, "\u0663:00", "15:00+01:00"]
)
def test_clock_time_that_is_none_is_refused(sent: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- datetime's own sentence is as good as ours
        read_clock(sent)
