"""A zone without a name is told by its distance from UTC, wherever a time stands in a sentence."""

from __future__ import annotations

import zoneinfo

import pytest

from access.overview import _when
from access.timeline import _readable
from properties.models import Property
from properties.zones import zone_name
from tests.factories import NOW

SAO_PAULO = zoneinfo.ZoneInfo("America/Sao_Paulo")


@pytest.mark.parametrize(
    ("zone", "name"),
    [("Europe/Zurich", "CET"), ("America/Sao_Paulo", "UTC-03"), ("Pacific/Apia", "UTC+13"), ("UTC", "UTC")],
)
def test_zone_is_named_or_counted_from_utc(zone: str, name: str) -> None:
    assert zone_name(NOW.astimezone(zoneinfo.ZoneInfo(zone))) == name


def test_sentences_about_codes_and_changes_name_the_zone_alike() -> None:
    assert _when(NOW, Property(time_zone="America/Sao_Paulo")) == "Mon 1 Mar 2027, 09:00 UTC-03"
    assert _readable(NOW.isoformat(), SAO_PAULO) == "Mon 1 Mar 2027, 09:00 UTC-03"
