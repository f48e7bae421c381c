"""Moments, days and clock times in sentences look the same, whoever writes the sentence."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from properties.wording import readable, when
from tests.factories import NOW

SAO_PAULO = zoneinfo.ZoneInfo("America/Sao_Paulo")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (NOW.isoformat(), "Mon 1 Mar 2027, 09:00 UTC-03"),
        (str(NOW), "Mon 1 Mar 2027, 09:00 UTC-03"),
        (dt.time(14), "14:00"),
        ("14:30:00", "14:30"),
        ("2027-03-05", "Fri 5 Mar 2027"),
        (None, ""),
        ("", ""),
        ("2027-13-05", "2027-13-05"),
        ("2027-03-05T25:00", "2027-03-05T25:00"),
        ("Tower T-1", "Tower T-1"),
        ("Room 14:00:00", "Room 14:00:00"),
    ],
)
def test_value_of_a_record_is_told_as_people_read_it(value: object, text: str) -> None:
    assert readable(value, SAO_PAULO) == text


def test_moment_that_is_not_known_is_left_out() -> None:
    assert when(None, SAO_PAULO) == ""
