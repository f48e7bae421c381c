from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locks.brands import BRANDS
from locks.capabilities import Capabilities, NameRule, OfflineKind, PinRule, UserLevel
from locks.devices import CapabilitiesError, capabilities_of, capabilities_to_json, parse_capabilities

WORDS = st.sampled_from(["", "no_zeros", "daily", "max_length", "unique", "x"])
PLAIN = st.none() | st.booleans() | st.integers(-2, 10**6) | st.floats(allow_nan=False) | WORDS
JSON = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(WORDS, PLAIN, max_size=3)
REPORTS = st.dictionaries(st.sampled_from(sorted(Capabilities.__dataclass_fields__)), JSON, max_size=4)


@dataclass
class Reporting:
    brand: str
    capabilities: Any = field(default_factory=dict)
    reported: Any = field(default_factory=dict)


def test_device_without_report_is_as_its_brand() -> None:
    assert capabilities_of(Reporting("nuki")) == BRANDS["nuki"].capabilities


def test_seam_75_report_of_a_device_wins_over_its_brand() -> None:
    device = Reporting(
        "ttlock", {"pin_lengths": [6, 4], "pin_rules": ["cannot_contain_0789"], "max_codes": 50}
    )

    capabilities = capabilities_of(device)

    assert capabilities.pin_lengths == (4, 6)
    assert capabilities.pin_rules == {PinRule.CANNOT_CONTAIN_0789}
    assert capabilities.max_codes == 50
    assert capabilities.names_opening_code


def test_what_people_told_wins_over_what_the_device_reports() -> None:
    told = {"pin_lengths": [8], "time_zone": "Europe/Zurich"}

    assert capabilities_of(Reporting("yale", {"pin_lengths": [4]}, told)).pin_lengths == (8,)
    assert capabilities_of(Reporting("yale", {"pin_lengths": [4]}, {"pin_lengths": "x"})).pin_lengths == (4,)


@pytest.mark.parametrize(
    "report", [{"max_codes": 0}, {"max_codes": None}, {"pin_lengths": []}, {"grain": None}]
)
def test_f63_unknown_in_a_report_is_not_zero(report: dict[str, Any]) -> None:
    assert capabilities_of(Reporting("schlage", report)) == BRANDS["schlage"].capabilities


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        ([], "A report of capabilities must be a JSON object."),
        ({"colour": "red"}, "“colour” is not a capability."),
        ({"native_scheduling": "yes"}, "“native_scheduling” must be true or false."),
        ({"max_codes": -1}, "“max_codes” must be a whole number that is not negative."),
        ({"pin_lengths": [0]}, "“pin_lengths” must hold lengths from 1 to 20."),
        ({"settle": 1e9}, "“settle” must be a number of seconds, at most a day."),
        ({"offline_kinds": ["weekly"]}, "“offline_kinds” must be a list of: daily, hourly, one_time."),
        ({"name_rule": {"max_length": 0}}, "“name_rule” must allow a name of at least one character."),
    ],
)
def test_report_of_a_wrong_shape_is_refused(report: object, sentence: str) -> None:
    with pytest.raises(CapabilitiesError) as caught:
        parse_capabilities(report, BRANDS["yale"].capabilities)

    assert str(caught.value) == sentence


def test_stored_report_that_cannot_be_read_leaves_the_brand(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        capabilities = capabilities_of(Reporting("yale", {"max_codes": "many"}))

    assert capabilities == BRANDS["yale"].capabilities
    assert "Ignoring what a yale lock reports" in caplog.text


@given(report=REPORTS)
def test_any_report_is_read_or_refused_with_a_sentence(report: dict[str, Any]) -> None:
    base = BRANDS["igloohome"].capabilities
    refusal = "."
    capabilities = base
    try:
        capabilities = parse_capabilities(report, base)
    except CapabilitiesError as error:
        refusal = str(error)

    assert refusal.endswith(".")
    assert parse_capabilities(capabilities_to_json(capabilities, base=base), base) == capabilities


@given(
    base=st.sampled_from(sorted(BRANDS)),
    grain=st.integers(0, 3600),
    lengths=st.sets(st.integers(4, 10), min_size=1),
    rules=st.frozensets(st.sampled_from(PinRule)),
    kinds=st.frozensets(st.sampled_from(OfflineKind)),
    longest=st.integers(1, 64),
)
def test_capabilities_survive_being_stored(
    base: str,
    grain: int,
    lengths: set[int],
    rules: frozenset[PinRule],
    kinds: frozenset[OfflineKind],
    longest: int,
) -> None:
    row = BRANDS[base].capabilities
    reported = replace(
        row,
        grain=dt.timedelta(seconds=grain),
        pin_lengths=tuple(sorted(lengths)),
        pin_rules=rules,
        offline_kinds=kinds,
        name_rule=NameRule(max_length=longest, unique=True),
    )

    assert parse_capabilities(capabilities_to_json(reported, base=row), row) == reported
    assert capabilities_to_json(row, base=row) == {}


def test_user_levels_of_a_door_come_through_a_report() -> None:
    base = BRANDS["dormakaba_oracode"].capabilities
    told = {"user_level_id": "1", "name": "Guest", "check_in_time": "16:00", "check_out_time": "10:00:00"}

    capabilities = parse_capabilities({"user_levels": [told]}, base)

    level = UserLevel("1", "Guest", check_in_time=dt.time(16), check_out_time=dt.time(10))
    assert capabilities.user_levels == (level,)
    assert parse_capabilities(capabilities_to_json(capabilities, base=base), base) == capabilities


@pytest.mark.parametrize(
    "levels",
    [
        "none",
        [3],
        [{"name": "Guest"}],
        [{"user_level_id": "1", "name": "Guest", "check_in_time": "noon"}],
        [{"user_level_id": "1", "name": "Guest", "colour": "red"}],
        [{"user_level_id": 1, "name": "Guest"}],
        [{"user_level_id": "1", "name": "Guest", "is_master": "no"}],
    ],
)
def test_user_levels_of_another_shape_are_refused(levels: object) -> None:
    with pytest.raises(CapabilitiesError, match="user_levels"):
        parse_capabilities({"user_levels": levels}, BRANDS["dormakaba_oracode"].capabilities)


def test_rule_of_an_offline_kind_is_the_makers_where_the_device_has_the_kind() -> None:
    igloo = BRANDS["igloohome"].capabilities
    without = parse_capabilities({"offline_kinds": ["hourly"]}, igloo)

    assert without.offline_rule(OfflineKind.HOURLY) is igloo.offline_rules[0]
    assert without.offline_rule(OfflineKind.DAILY) is None
