from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.codes.offline import OfflineWindow, offline_window, slot_of
from access.codes.shapes import CodeRefused, Rounding
from access.codes.windows import Bounds
from locks.brands import BRANDS
from locks.capabilities import Capabilities, OfflineKind, UserLevel

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
ZURICH = ZoneInfo("Europe/Zurich")
KOLKATA = ZoneInfo("Asia/Kolkata")
NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
IGLOO = BRANDS["igloohome"].capabilities
LOCKLY = BRANDS["lockly"].capabilities
NIGHTS = UserLevel("7", "Nights", check_in_time=dt.time(16), check_out_time=dt.time(10))
AFTERNOONS = UserLevel("8", "Early", check_in_time=dt.time(13), check_out_time=dt.time(12))
HOURS = UserLevel("9", "Any hour", is_24_hour=True)
MASTER = UserLevel("1", "Master", is_24_hour=True, is_master=True)
ORACODE = replace(BRANDS["dormakaba_oracode"].capabilities, user_levels=(NIGHTS, AFTERNOONS, MASTER))


def at(text: str, zone: ZoneInfo = ZURICH) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(dt.UTC)


def window(
    capabilities: Capabilities,
    starts_at: dt.datetime | None,
    ends_at: dt.datetime | None,
    *,
    one_time: bool = False,
    rounding: Rounding = Rounding.HOUR,
    zone: ZoneInfo = ZURICH,
    outwards: bool = False,
) -> OfflineWindow:
    return offline_window(
        Bounds(starts_at, ends_at),
        capabilities,
        one_time=one_time,
        rounding=rounding,
        zone=zone,
        now=NOW,
        outwards=outwards,
    )


def refusal(*args: object, **kwargs: object) -> CodeRefused:
    with pytest.raises(CodeRefused) as refused:
        window(*args, **kwargs)  # type: ignore[arg-type]  # as window takes them
    return refused.value


def test_igloohome_up_to_28_days_is_hourly_and_rounded_outwards() -> None:
    found = window(IGLOO, at("2027-03-05 15:20"), at("2027-03-09 10:40"))

    assert found == OfflineWindow(OfflineKind.HOURLY, at("2027-03-05 15:00"), at("2027-03-09 11:00"))


def test_igloohome_hours_are_those_of_the_lock() -> None:
    found = window(IGLOO, at("2027-03-05 15:00", KOLKATA), at("2027-03-06 11:00", KOLKATA), zone=KOLKATA)

    assert found.starts_at == at("2027-03-05 15:00", KOLKATA)
    assert found.ends_at == at("2027-03-06 11:00", KOLKATA)


def test_igloohome_beyond_28_days_is_daily_at_one_time_of_day() -> None:
    found = window(IGLOO, at("2027-03-05 15:00"), at("2027-04-09 14:20"))

    # The clocks change in between; the time of day stays.
    assert found == OfflineWindow(OfflineKind.DAILY, at("2027-03-05 15:00"), at("2027-04-09 15:00"))


def test_igloohome_daily_needs_leave_to_round_by_a_day() -> None:
    asked = (at("2027-03-05 15:00"), at("2027-04-09 11:00"))

    refused = refusal(IGLOO, *asked)

    assert (refused.type, refused.field) == ("invalid_input", "max_time_rounding")
    assert "5 Mar 2027, 15:00 CET to 9 Apr 2027, 15:00 CEST" in refused.message
    assert window(IGLOO, *asked, rounding=Rounding.DAY).ends_at == at("2027-04-09 15:00")


def test_igloohome_between_28_and_29_days_becomes_29() -> None:
    asked = (at("2027-03-05 15:00"), at("2027-04-02 20:00"))

    assert refusal(IGLOO, *asked).field == "max_time_rounding"
    assert window(IGLOO, *asked, rounding=Rounding.DAY).ends_at == at("2027-04-03 15:00")


def test_igloohome_beyond_a_year_is_refused_with_the_lengths_that_there_are() -> None:
    refused = refusal(IGLOO, at("2027-03-05 15:00"), at("2028-06-05 15:00"))

    assert refused.type == "invalid_input"
    assert "1 to 672 hours" in refused.message
    assert "29 to 367 days" in refused.message


@pytest.mark.parametrize("brand", ["igloohome", "lockly"])
def test_one_time_has_a_start_only_and_a_day(brand: str) -> None:
    found = window(BRANDS[brand].capabilities, at("2027-03-05 15:20"), None, one_time=True)

    assert found == OfflineWindow(OfflineKind.ONE_TIME, at("2027-03-05 15:00"), at("2027-03-06 15:00"))


def test_one_time_with_an_end_is_refused() -> None:
    assert refusal(IGLOO, at("2027-03-05 15:00"), at("2027-03-06 15:00"), one_time=True).field == "ends_at"


def test_one_time_is_refused_where_there_is_none() -> None:
    assert refusal(ORACODE, at("2027-03-05 15:00"), None, one_time=True).type == "unsupported_device"


def test_lock_without_offline_codes_refuses() -> None:
    refused = refusal(BRANDS["yale"].capabilities, at("2027-03-05 15:00"), at("2027-03-06 15:00"))

    assert (refused.type, refused.field) == ("unsupported_device", "is_offline")


def test_oracode_moves_both_times_to_the_nearest_user_level() -> None:
    found = window(ORACODE, at("2027-03-05 15:45"), at("2027-03-08 10:15"))

    assert found == OfflineWindow(OfflineKind.DAILY, at("2027-03-05 16:00"), at("2027-03-08 10:00"))


def test_oracode_further_away_than_the_rounding_is_refused() -> None:
    asked = (at("2027-03-05 18:30"), at("2027-03-08 10:15"))

    refused = refusal(ORACODE, *asked)

    assert refused.type == "dormakaba_oracode_no_valid_user_level"
    assert window(ORACODE, *asked, rounding=Rounding.DAY).starts_at == at("2027-03-05 16:00")


def test_oracode_beyond_31_days_is_refused() -> None:
    refused = refusal(ORACODE, at("2027-03-05 16:00"), at("2027-04-09 10:00"), rounding=Rounding.DAY)

    assert refused.type == "dormakaba_oracode_no_valid_user_level"


def test_oracode_takes_any_hour_of_a_24_hour_level_but_never_the_master_level() -> None:
    asked = (at("2027-03-05 19:20"), at("2027-03-05 22:10"))

    found = window(replace(ORACODE, user_levels=(NIGHTS, HOURS)), *asked)

    assert found == OfflineWindow(OfflineKind.HOURLY, at("2027-03-05 19:00"), at("2027-03-05 23:00"))
    assert refusal(ORACODE, *asked).type == "dormakaba_oracode_no_valid_user_level"


def test_window_of_a_stay_is_rounded_to_one_that_leaves_nothing_out_though_another_is_nearer() -> None:
    asked = (at("2027-03-05 15:30"), at("2027-03-08 10:15"))
    levels = replace(ORACODE, user_levels=(NIGHTS, HOURS))

    nearest = window(levels, *asked, rounding=Rounding.DAY)
    whole = window(levels, *asked, rounding=Rounding.DAY, outwards=True)

    assert nearest == OfflineWindow(OfflineKind.DAILY, at("2027-03-05 16:00"), at("2027-03-08 10:00"))
    assert whole == OfflineWindow(OfflineKind.HOURLY, at("2027-03-05 15:00"), at("2027-03-08 11:00"))


def test_window_that_no_level_covers_is_the_nearest_one() -> None:
    asked = (at("2027-03-05 15:30"), at("2027-03-08 10:15"))

    found = window(replace(ORACODE, user_levels=(NIGHTS,)), *asked, rounding=Rounding.DAY, outwards=True)

    assert found.starts_at == at("2027-03-05 16:00")


def test_start_that_has_passed_becomes_the_present_hour() -> None:
    assert window(LOCKLY, NOW - DAY, NOW + DAY).starts_at == NOW


@pytest.mark.parametrize(("starts_at", "ends_at"), [(None, NOW + DAY), (NOW, None), (None, None)])
def test_offline_code_needs_both_bounds(starts_at: dt.datetime | None, ends_at: dt.datetime | None) -> None:
    assert refusal(IGLOO, starts_at, ends_at).type == "invalid_input"


def test_slot_is_an_hour_or_a_day_of_the_lock() -> None:
    hourly, daily = IGLOO.offline_rule(OfflineKind.HOURLY), IGLOO.offline_rule(OfflineKind.DAILY)
    assert hourly is not None
    assert daily is not None
    start = at("2027-03-28 15:00")

    assert slot_of(start, hourly, ZURICH) == (start, start + HOUR)
    assert slot_of(start, daily, ZURICH) == (at("2027-03-28 00:00"), at("2027-03-29 00:00"))


zones = st.sampled_from([ZURICH, KOLKATA, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")])
starts = st.integers(0, 400 * 24 * 60).map(lambda minutes: NOW + minutes * MINUTE)
lengths = st.integers(1, 420 * 24 * 60).map(lambda minutes: minutes * MINUTE)


@given(start=starts, length=lengths, zone=zones, rounding=st.sampled_from(Rounding))
@pytest.mark.parametrize("capabilities", [IGLOO, LOCKLY, ORACODE], ids=["igloohome", "lockly", "oracode"])
def test_window_is_one_that_the_lock_knows_and_stays_what_it_is(
    capabilities: Capabilities, start: dt.datetime, length: dt.timedelta, zone: ZoneInfo, rounding: Rounding
) -> None:
    try:
        found = window(capabilities, start, start + length, zone=zone, rounding=rounding)
    except CodeRefused:
        return

    rule = capabilities.offline_rule(found.kind)
    assert rule is not None
    assert abs(found.starts_at - start) <= rounding.most
    assert abs(found.ends_at - start - length) <= rounding.most
    if rule.by_user_level:
        local = (found.starts_at.astimezone(zone), found.ends_at.astimezone(zone))
        levels = [(level.check_in_time, level.check_out_time) for level in (NIGHTS, AFTERNOONS)]
        assert (local[0].time(), local[1].time()) in levels or _is_by_a_gap(*local)
    else:
        assert found.starts_at <= start
        assert found.ends_at >= start + length
    again = window(capabilities, found.starts_at, found.ends_at, zone=zone, rounding=rounding)
    assert again == found


def _is_by_a_gap(*moments: dt.datetime) -> bool:
    """The clocks skip some local times; such a time is told an hour later."""
    return any(moment.utcoffset() != (moment - HOUR * 2).utcoffset() for moment in moments)
