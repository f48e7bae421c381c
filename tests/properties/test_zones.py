"""A zone without a name is told by its distance from UTC, wherever a time stands in a sentence."""

from __future__ import annotations

import zoneinfo

import pytest

from properties.zones import zone_name
from tests.factories import NOW


@pytest.mark.parametrize(
    ("zone", "name"),
    [("Europe/Zurich", "CET"), ("America/Sao_Paulo", "UTC-03"), ("Pacific/Apia", "UTC+13"), ("UTC", "UTC")],
)
def test_zone_is_named_or_counted_from_utc(zone: str, name: str) -> None:
    assert zone_name(NOW.astimezone(zoneinfo.ZoneInfo(zone))) == name
