"""Lanes: what would cover each other stands under each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bar(Generic[T]):
    """`item` from column `begin` to before column `end`, on one of the unit's lanes."""

    item: T
    begin: int
    end: int
    lane: int = 0

    @property
    def span(self) -> int:
        return self.end - self.begin


def put_in_lanes(items: Iterable[tuple[T, int, int]]) -> tuple[Bar[T], ...]:
    """Each item on the first lane where it is free, in the order of their beginnings; as few lanes as can be."""
    free_from: list[int] = []
    bars = []
    for item, begin, end in sorted(items, key=lambda one: (one[1], -one[2])):
        lane = next((number for number, free in enumerate(free_from) if free <= begin), len(free_from))
        if lane == len(free_from):
            free_from.append(end)
        else:
            free_from[lane] = end
        bars.append(Bar(item, begin, end, lane))
    return tuple(bars)


def lanes_of(bars: Iterable[Bar[T]]) -> int:
    return max((bar.lane + 1 for bar in bars), default=0)
