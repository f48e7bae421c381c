from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from access.passes.phases import PassFacts, Phase, phase_of, tells_address
from properties.enums import StayKind, StayStatus

START = dt.datetime(2027, 3, 5, 14, tzinfo=dt.UTC)
END = START + dt.timedelta(days=4)
HOUR = dt.timedelta(hours=1)
FACTS = PassFacts(
    revoked=False,
    kind=StayKind.GUEST,
    status=StayStatus.CONFIRMED,
    hold_access=False,
    starts_at=START,
    ends_at=END,
    address_hours=48,
)


@pytest.mark.parametrize(
    ("change", "now", "expected"),
    [
        ({}, START - HOUR, Phase.BEFORE),
        ({}, START, Phase.OPEN),
        ({}, END - HOUR, Phase.OPEN),
        ({}, END, Phase.OVER),
        ({"ends_at": None}, END + 1000 * HOUR, Phase.OPEN),
        ({"revoked": True}, START, Phase.REVOKED),
        ({"status": StayStatus.CANCELLED}, START, Phase.CANCELLED),
        ({"status": StayStatus.TENTATIVE}, START, Phase.HELD),
        ({"hold_access": True}, START, Phase.HELD),
        ({"kind": StayKind.BLOCK}, START, Phase.CANCELLED),
        ({"status": StayStatus.CANCELLED}, END, Phase.OVER),
    ],
)
def test_phase_of(change: dict[str, object], now: dt.datetime, expected: Phase) -> None:
    assert phase_of(replace(FACTS, **change), now=now) is expected  # type: ignore[arg-type]  # a table of fields


@pytest.mark.parametrize(
    ("before", "told"), [(49 * HOUR, False), (48 * HOUR, True), (HOUR, True), (-HOUR, True)]
)
def test_address_is_told_from_its_time_on(before: dt.timedelta, told: bool) -> None:
    assert tells_address(FACTS, now=START - before) is told


def test_held_pass_tells_no_address() -> None:
    assert not tells_address(replace(FACTS, hold_access=True), now=START)
