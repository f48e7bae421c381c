"""A window taken apart is the window: its parts follow each other without a gap, whatever was booked and agreed."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from access.stay_pages.windows import window_page
from properties.booking import UNIT_RULES
from properties.booking.details import BookingError, compute_window, times_of
from properties.models import Property, Stay, Unit

TIMES = st.builds(dt.time, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))
MAYBE = st.one_of(st.none(), TIMES)
MAYBE_MINUTES = st.one_of(st.none(), st.integers(0, 1440))
# Around both changes of clocks, among other days.
DAYS = st.sampled_from(
    [dt.date(2027, 3, 27), dt.date(2027, 3, 28), dt.date(2027, 10, 30), dt.date(2027, 7, 1)]
)


def made(
    zone: str = "Europe/Lisbon",
    *,
    buffers: tuple[int, int] = (0, 0),
    of_unit: dict[str, object] | None = None,
    **fields: object,
) -> Stay:
    """A stay that stands nowhere, with the window that its property gives it."""
    place = Property(
        name="Mill", time_zone=zone, check_in_time=dt.time(15), check_out_time=dt.time(11),
        buffer_before=buffers[0], buffer_after=buffers[1],
    )  # fmt: skip
    fields = {"arrival_date": dt.date(2027, 7, 1), "departure_date": dt.date(2027, 7, 4), **fields}
    stay = Stay(unit=Unit(property=place, **(of_unit or {})), **fields)
    window = compute_window(times_of(stay), stay.unit)
    stay.starts_at, stay.ends_at = window.starts_at, window.ends_at
    return stay


@given(
    zone=st.sampled_from(["Europe/Lisbon", "America/Sao_Paulo", "Pacific/Auckland", "UTC"]),
    day=DAYS,
    nights=st.integers(0, 40),
    booked=st.tuples(MAYBE, MAYBE),
    agreed=st.tuples(MAYBE, MAYBE),
    buffers=st.tuples(st.integers(0, 1440), st.integers(0, 1440)),
    unit_says=st.tuples(MAYBE, MAYBE, MAYBE_MINUTES, MAYBE_MINUTES),
    own=st.tuples(MAYBE_MINUTES, MAYBE_MINUTES),
)
def test_stretches_follow_each_other_from_begin_to_end(
    zone: str,
    day: dt.date,
    nights: int,
    booked: tuple[dt.time | None, dt.time | None],
    agreed: tuple[dt.time | None, dt.time | None],
    buffers: tuple[int, int],
    unit_says: tuple[dt.time | None, dt.time | None, int | None, int | None],
    own: tuple[int | None, int | None],
) -> None:
    try:
        stay = made(
            zone,
            buffers=buffers,
            of_unit=dict(zip(UNIT_RULES, unit_says, strict=True)),
            override_buffer_before=own[0],
            override_buffer_after=own[1],
            arrival_date=day,
            departure_date=day + dt.timedelta(days=nights),
            check_in_time=booked[0],
            check_out_time=booked[1],
            override_check_in_time=agreed[0],
            override_check_out_time=agreed[1],
        )
    except BookingError:
        assume(False)

    page = window_page(stay)

    opened = [one for one in page.stretches if one.kind != "shut"]
    assert (opened[0].begins_at, opened[-1].ends_at) == (stay.starts_at, stay.ends_at)
    for one, other in itertools.pairwise(opened):
        assert one.ends_at == other.begins_at
    for one in page.stretches:
        assert one.ends_at is not None
        assert one.begins_at < one.ends_at or one.kind == "base"
    for side in ("counts_in", "counts_out"):
        assert sum(getattr(source, side) for source in page.sources) == 1
    for side in ("counts_before", "counts_after"):
        assert sum(getattr(source, side) for source in page.buffers) == 1
    assert not page.is_kept


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({}, ["base"]),
        ({"buffers": (30, 0)}, ["buffer", "base"]),
        ({"override_check_in_time": dt.time(13)}, ["early", "base"]),
        ({"override_check_out_time": dt.time(13), "buffers": (0, 30)}, ["base", "late", "buffer"]),
        ({"override_check_in_time": dt.time(18), "buffers": (30, 0)}, ["shut", "buffer", "base"]),
        ({"override_check_out_time": dt.time(9)}, ["base", "shut"]),
        ({"departure_date": None}, ["base"]),
        ({"buffers": (30, 30), "override_buffer_before": 0}, ["base", "buffer"]),
        ({"of_unit": {"buffer_after": 20}}, ["base", "buffer"]),
        ({"of_unit": {"buffer_after": 20}, "override_buffer_after": 0}, ["base"]),
        (
            {"of_unit": {"check_in_time": dt.time(17)}, "override_check_in_time": dt.time(15)},
            ["early", "base"],
        ),
    ],
)
def test_picture_says_what_was_agreed_apart_from_what_was_booked(
    fields: dict[str, object], kinds: list[str]
) -> None:
    assert [one.kind for one in window_page(made(**fields)).stretches] == kinds  # type: ignore[arg-type]  # as given


def test_window_of_before_a_change_of_rules_is_not_taken_apart() -> None:
    stay = made()
    stay.unit.property.check_in_time = dt.time(16)

    page = window_page(stay)

    assert page.is_kept
    assert [(one.begins_at, one.ends_at) for one in page.stretches] == [(stay.starts_at, stay.ends_at)]


@pytest.mark.parametrize(
    ("zone", "day", "offset", "changes"),
    [
        ("Pacific/Auckland", dt.date(2027, 1, 1), "UTC+13:00", False),
        ("America/Sao_Paulo", dt.date(2027, 1, 1), "UTC-03:00", False),
        ("Europe/Lisbon", dt.date(2027, 3, 26), "UTC+00:00", True),
        ("Asia/Kolkata", dt.date(2027, 3, 26), "UTC+05:30", False),
    ],
)
def test_offset_of_the_zone_is_told_and_whether_clocks_change(
    zone: str, day: dt.date, offset: str, *, changes: bool
) -> None:
    page = window_page(made(zone, arrival_date=day, departure_date=day + dt.timedelta(days=5)))

    assert (page.offset, page.clocks_change) == (offset, changes)


def test_each_time_and_buffer_is_told_with_where_it_comes_from() -> None:
    page = window_page(
        made(
            buffers=(30, 0),
            of_unit={"check_in_time": dt.time(16), "buffer_before": 45},
            check_out_time=dt.time(10),
            override_buffer_before=0,
        )
    )

    assert [(one.kind, one.check_in, one.counts_in, one.counts_out) for one in page.sources] == [
        ("usual", dt.time(15), False, False),
        ("unit", dt.time(16), True, False),
        ("booked", None, False, True),
    ]
    assert [(one.kind, one.before, one.counts_before, one.counts_after) for one in page.buffers] == [
        ("usual", 30, False, True),
        ("unit", 45, False, False),
        ("stay", 0, True, False),
    ]
    assert page.has_own_buffers
