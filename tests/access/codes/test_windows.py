from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.codes.shapes import CodeChanges, CodeRefused, Kind
from access.codes.windows import Bounds, are_apart, moved_window, window_for
from locks.brands import BRANDS
from tests.factories import NOW

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
YALE = BRANDS["yale"].capabilities
KWIKSET = BRANDS["kwikset"].capabilities

moments = st.integers(-(10**6), 10**6).map(lambda seconds: NOW + dt.timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "field"),
    [
        (NOW, None, "ends_at"),
        (None, NOW + DAY, "starts_at"),
        (NOW + DAY, NOW + DAY, "ends_at"),
        (NOW - DAY, NOW, "ends_at"),
        (NOW, dt.datetime.max.replace(tzinfo=dt.UTC), "ends_at"),
    ],
)
def test_window_that_makes_no_sense_is_refused(
    starts_at: dt.datetime | None, ends_at: dt.datetime | None, field: str
) -> None:
    with pytest.raises(CodeRefused) as refused:
        window_for(Bounds(starts_at, ends_at), YALE, now=NOW)

    assert (refused.value.type, refused.value.field) == ("invalid_input", field)


def test_start_that_has_passed_is_kept_where_the_brand_takes_it() -> None:
    assert window_for(Bounds(NOW - DAY, NOW + DAY), YALE, now=NOW) == Bounds(NOW - DAY, NOW + DAY)


@pytest.mark.parametrize("brand", ["kwikset", "igloohome"])
def test_start_that_has_passed_is_clamped_where_the_brand_refuses_it(brand: str) -> None:
    window = window_for(Bounds(NOW - DAY, NOW + DAY), BRANDS[brand].capabilities, now=NOW)

    assert window.starts_at is not None
    assert NOW < window.starts_at <= NOW + 2 * MINUTE
    assert window.ends_at == NOW + DAY


def test_window_that_is_over_before_a_clamped_start_is_refused() -> None:
    with pytest.raises(CodeRefused) as refused:
        window_for(Bounds(NOW - DAY, NOW + MINUTE / 2), KWIKSET, now=NOW)

    assert refused.value.field == "ends_at"


@pytest.mark.parametrize("brand", sorted(BRANDS))
@given(starts_at=moments, seconds=st.integers(1, 10**6), now=moments)
def test_rounding_is_outwards_to_the_grain_and_stable(
    brand: str, starts_at: dt.datetime, seconds: int, now: dt.datetime
) -> None:
    capabilities = BRANDS[brand].capabilities
    asked = Bounds(starts_at, starts_at + dt.timedelta(seconds=seconds))
    try:
        window = window_for(asked, capabilities, now=now)
    except CodeRefused:
        assert asked.ends_at is not None
        assert asked.ends_at <= now + 2 * MINUTE
        return

    assert window.starts_at is not None
    assert window.ends_at is not None
    assert asked.ends_at is not None
    late = capabilities.start_in_future and starts_at <= now + 2 * MINUTE
    assert late or starts_at - capabilities.grain < window.starts_at <= starts_at
    assert asked.ends_at <= window.ends_at < asked.ends_at + max(capabilities.grain, dt.timedelta(seconds=1))
    assert window.starts_at < window.ends_at
    assert window_for(window, capabilities, now=now) == window


def test_changing_one_bound_keeps_the_other() -> None:
    moved = moved_window(Bounds(NOW, NOW + DAY), CodeChanges(ends_at=NOW + 2 * DAY))

    assert moved == Bounds(NOW, NOW + 2 * DAY)


@pytest.mark.parametrize(
    ("current", "changes"),
    [
        (Bounds(), CodeChanges(kind=Kind.TIME_BOUND)),
        (Bounds(), CodeChanges(starts_at=NOW)),
        (Bounds(NOW, NOW + DAY), CodeChanges(ends_at=None)),
        (Bounds(NOW, NOW + DAY), CodeChanges(kind=Kind.ONGOING, ends_at=NOW + DAY)),
    ],
)
def test_change_to_half_a_window_is_refused(current: Bounds, changes: CodeChanges) -> None:
    with pytest.raises(CodeRefused):
        moved_window(current, changes)


@pytest.mark.parametrize(
    "changes", [CodeChanges(kind=Kind.ONGOING), CodeChanges(starts_at=None, ends_at=None)]
)
def test_window_can_be_taken_away(changes: CodeChanges) -> None:
    assert moved_window(Bounds(NOW, NOW + DAY), changes) == Bounds()


@given(one=moments, other=moments, lengths=st.tuples(st.integers(1, 10**5), st.integers(1, 10**5)))
def test_windows_lie_apart_when_no_moment_is_in_both(
    one: dt.datetime, other: dt.datetime, lengths: tuple[int, int]
) -> None:
    first = Bounds(one, one + dt.timedelta(seconds=lengths[0]))
    second = Bounds(other, other + dt.timedelta(seconds=lengths[1]))
    assert first.ends_at is not None
    assert second.ends_at is not None

    apart = are_apart(first, second, gap=dt.timedelta(0))

    assert apart == (max(one, other) >= min(first.ends_at, second.ends_at))
    assert are_apart(second, first, gap=dt.timedelta(0)) == apart
    assert not are_apart(first, Bounds(), gap=dt.timedelta(0))
