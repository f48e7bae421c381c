"""A measured figure and the bound that it is held against; as a row of the table and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` None: not measured, for the `reason`. `limit`: the largest ratio of value to bound that is allowed.

    `at_least`: the bound is a floor, and the ratio is turned round, so that a smaller one is always the better one.
    `bound` None: there is nothing to hold it against; it is told for the record.
    """

    name: str
    title: str
    unit: str
    value: float | None
    bound: float | None = None
    limit: float = 1.0
    at_least: bool = False
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        if self.value is None or self.bound is None:
            return None
        over, under = (self.bound, self.value) if self.at_least else (self.value, self.bound)
        return over / under if under else float(over > 0)

    @property
    def holds(self) -> bool | None:
        return None if self.ratio is None else self.ratio <= self.limit


def to_json(figure: Figure) -> dict[str, Any]:
    return {
        "title": figure.title,
        "unit": figure.unit,
        "value": _rounded(figure.value),
        "bound": _rounded(figure.bound),
        "bound_is": "at least" if figure.at_least else "at most",
        "ratio": _rounded(figure.ratio),
        "limit": figure.limit,
        "holds": figure.holds,
        "reason": figure.reason,
        "details": dict(figure.details),
    }


HEAD = ("figure", "measured", "bound", "ratio", "limit", "holds")


def to_table(figures: Sequence[Figure]) -> list[str]:
    """Return the lines of a table, with the reasons of what was not measured under it."""
    rows = [HEAD, *map(_row, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    reasons = [f"{figure.name}: {figure.reason}" for figure in figures if figure.reason]
    return [line.rstrip() for line in [*lines, *reasons]]


def _row(figure: Figure) -> tuple[str, ...]:
    sign = "≥" if figure.at_least else "≤"
    return (
        figure.name,
        "not measured" if figure.value is None else f"{figure.value:,.4g} {figure.unit}",
        "" if figure.bound is None else f"{sign} {figure.bound:,.4g}",
        "" if figure.ratio is None else f"{figure.ratio:.3f}",
        "" if figure.bound is None else f"{figure.limit:.2f}",
        {True: "yes", False: "NO", None: ""}[figure.holds],
    )


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value that this part of them does not exceed: the nearest one, never one in between."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
