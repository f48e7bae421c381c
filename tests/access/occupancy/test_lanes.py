from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from access.occupancy.lanes import lanes_of, put_in_lanes

SPANS = st.lists(
    st.tuples(st.integers(0, 80), st.integers(1, 20)).map(lambda pair: (pair[0], pair[0] + pair[1])),
    max_size=40,
)


@given(SPANS)
def test_every_item_stands_once_and_none_covers_another(spans: list[tuple[int, int]]) -> None:
    bars = put_in_lanes((number, begin, end) for number, (begin, end) in enumerate(spans))

    assert sorted(bar.item for bar in bars) == list(range(len(spans)))
    assert all((bar.begin, bar.end) == spans[bar.item] for bar in bars)
    taken = [(bar.lane, column) for bar in bars for column in range(bar.begin, bar.end)]
    assert len(taken) == len(set(taken))


@given(SPANS)
def test_there_are_as_many_lanes_as_items_at_the_fullest_column(spans: list[tuple[int, int]]) -> None:
    bars = put_in_lanes((number, begin, end) for number, (begin, end) in enumerate(spans))

    fullest = max((sum(begin <= column < end for begin, end in spans) for column in range(101)), default=0)
    assert lanes_of(bars) == fullest


def test_items_that_meet_share_a_lane() -> None:
    bars = put_in_lanes([("leaving", 0, 5), ("coming", 5, 9)])

    assert [(bar.item, bar.lane) for bar in bars] == [("leaving", 0), ("coming", 0)]
