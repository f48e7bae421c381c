from __future__ import annotations

import pytest

from access.benchmark.figures import Figure, quantile, to_json, to_table


def test_figure_holds_while_its_ratio_stays_within_the_limit() -> None:
    within = Figure("drain", "", "s", 10.9, bound=10.0, limit=1.1)
    beyond = Figure("drain", "", "s", 11.1, bound=10.0, limit=1.1)

    assert within.ratio == pytest.approx(1.09)
    assert within.holds is True
    assert beyond.holds is False


def test_figure_with_a_floor_is_turned_round() -> None:
    figure = Figure("planning", "", "devices/s", 400.0, bound=100.0, at_least=True)

    assert (figure.ratio, figure.holds) == (0.25, True)
    assert Figure("planning", "", "devices/s", 50.0, bound=100.0, at_least=True).holds is False


def test_figure_that_was_not_measured_says_why_and_holds_nothing() -> None:
    figure = Figure("idle_redis", "", "statements/s", None, bound=2.0, reason="no redis-server")

    assert (figure.ratio, figure.holds) == (None, None)
    assert to_table([figure])[-1] == "idle_redis: no redis-server"


def test_json_has_figure_bound_ratio_and_verdict() -> None:
    shown = to_json(Figure("drain", "2,000 calls", "s", 10.5, bound=10.0, limit=1.1, details={"calls": 2000}))

    assert shown == {
        "title": "2,000 calls",
        "unit": "s",
        "value": 10.5,
        "bound": 10.0,
        "bound_is": "at most",
        "ratio": 1.05,
        "limit": 1.1,
        "holds": True,
        "reason": "",
        "details": {"calls": 2000},
    }


def test_table_has_a_line_for_each_figure() -> None:
    lines = to_table(
        [Figure("drain", "", "s", 10.5, bound=10.0, limit=1.0), Figure("memory", "", "MB", 400.0)]
    )

    assert len(lines) == 4
    assert lines[2].split() == ["drain", "10.5", "s", "≤", "10", "1.050", "1.00", "NO"]
    assert lines[3].split() == ["memory", "400", "MB"]


def test_quantile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(100, 0, -1)]

    assert (quantile(values, 0.5), quantile(values, 0.99), quantile(values, 0.999)) == (51.0, 100.0, 100.0)
    assert quantile([3.0], 0.5) == 3.0
