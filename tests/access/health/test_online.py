"""When a device was online, and when its connection is called flaky (pure)."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from access.online import Change, history_of, is_flaky

NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
START = NOW - 24 * HOUR


def test_share_of_the_time_online() -> None:
    changes = [Change(NOW - 12 * HOUR, online=False), Change(NOW - 6 * HOUR, online=True)]
    found = history_of(changes, starts_at=START, online_now=True, now=NOW)

    assert [spell.online for spell in found.spells] == [True, False, True]
    assert found.uptime == 0.75
    assert found.drops == 1


def test_without_changes_it_was_as_it_is() -> None:
    assert history_of([], starts_at=START, online_now=False, now=NOW).uptime == 0
    assert history_of([], starts_at=START, online_now=None, now=NOW).uptime is None


@given(
    st.lists(st.tuples(st.integers(-50, 10), st.booleans()), max_size=30),
    st.sampled_from([True, False, None]),
)
def test_spells_fill_the_time_without_gaps(points: list[tuple[int, bool]], online_now: bool | None) -> None:
    changes = [
        Change(NOW + hours * HOUR, online) for hours, online in sorted(points, key=lambda point: point[0])
    ]
    found = history_of(changes, starts_at=START, online_now=online_now, now=NOW)

    assert found.spells[0].starts_at == START
    assert found.spells[-1].ends_at == NOW
    for before, after in zip(found.spells, found.spells[1:], strict=False):
        assert before.ends_at == after.starts_at
        assert before.online is not after.online
    assert found.uptime is None or 0 <= found.uptime <= 1


def test_flaky_after_four_drops_and_steady_after_two_quiet_hours() -> None:
    """Online and offline in turn (founding API's tracker #105) is said once, and does not flap itself."""
    drops = [NOW - hours * HOUR for hours in (4, 3, 2, 1)]

    assert is_flaky(drops, was_flaky=False, now=NOW)
    assert is_flaky(drops, was_flaky=True, now=NOW + HOUR / 2)
    assert not is_flaky(drops, was_flaky=True, now=NOW + 2 * HOUR)
    assert not is_flaky(drops, was_flaky=False, now=NOW + 2 * HOUR)


def test_one_drop_a_night_is_not_flaky() -> None:
    assert not is_flaky([NOW - 24 * HOUR, NOW], was_flaky=False, now=NOW)
