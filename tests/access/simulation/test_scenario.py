"""The scenario comes from its seed alone, and its calendars are ones that the application reads."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from access.simulation.acting import uid_of
from access.simulation.calendars import break_calendar, write_calendar
from access.simulation.scenario import START, plan_houses, write_scenario
from properties.calendars.classifying import classify_calendar
from properties.calendars.parsing import parse_calendar
from properties.enums import EventClass


def test_same_seed_gives_the_same_scenario() -> None:
    one, again, other = (
        write_scenario(doors=30, days=30, faults="storm", seed=seed) for seed in ("7", "7", "8")
    )
    assert one == again
    assert one != other


def test_parts_together_are_the_whole() -> None:
    whole = write_scenario(doors=30, days=30, faults="standard", seed="7")
    parts = [
        write_scenario(doors=30, days=30, faults="standard", seed="7", part=part, parts=2)
        for part in range(2)
    ]
    assert sum(len(part.happenings) for part in parts) == len(whole.happenings)
    assert sum(len(house.doors) for part in parts for house in part.houses) == 30


def test_doors_are_as_many_as_asked_for_and_of_many_brands() -> None:
    houses = plan_houses(doors=200, seed="1")
    doors = [door for house in houses for door in house.doors]
    assert len(doors) == 200
    assert len({door.brand for door in doors}) > 8
    assert any(not door.flats for door in doors)


def test_without_faults_there_are_only_wishes() -> None:
    scenario = write_scenario(doors=20, days=30, faults="none", seed="1")
    wishes = {"book", "move", "cancel", "override", "reissue"}
    mistakes = {"cancel_by_hand", "reinstate", "misplace_door"}
    holders = {"employ", "reshape", "exempt", "repin", "dismiss"}
    happened = {one.what for one in scenario.happenings}
    assert wishes < happened <= wishes | mistakes | holders


def test_every_kind_of_holder_and_mistake_happens_in_a_portfolio() -> None:
    scenario = write_scenario(doors=200, days=90, faults="none", seed="1")
    happened = {one.what for one in scenario.happenings}
    assert happened >= {"cancel_by_hand", "reinstate", "misplace_door"}
    assert happened >= {"employ", "reshape", "exempt", "repin", "dismiss"}
    given = [one.data["employment"] for one in scenario.happenings if one.what == "employ"]
    assert {one.kind for one in given} == {"cleaner", "staff", "resident"}  # type: ignore[attr-defined]
    assert any(one.begins and one.begins > one.ends for one in given)  # type: ignore[attr-defined]


def test_locks_of_offline_codes_alone_are_flats_doors() -> None:
    doors = [door for house in plan_houses(doors=200, seed="1") for door in house.doors]
    offline = [door for door in doors if door.brand == "dormakaba_oracode"]
    assert offline
    assert all(door.flats for door in offline)


def test_calendars_are_read_as_the_bookings_that_they_show() -> None:
    scenario = write_scenario(doors=20, days=30, faults="none", seed="1")
    for channel in ("airbnb", "pms"):
        booked = [one.data["booking"] for one in scenario.happenings if one.what == "book"]
        ahead = [one for one in booked if one.departure > START.date()]  # type: ignore[attr-defined]
        shown = [one for one in ahead if one.channel == channel][:5]  # type: ignore[attr-defined]
        body = write_calendar(channel, shown, now=START)  # type: ignore[arg-type]
        events = classify_calendar(parse_calendar(body, zone=zoneinfo.ZoneInfo("Europe/Zurich")))
        stays = {one.event.uid: one.event for one in events if one.kind == EventClass.STAY}
        assert stays.keys() == {uid_of(one) for one in shown}  # type: ignore[arg-type]


def test_broken_calendars_tell_nothing_whole() -> None:
    scenario = write_scenario(doors=20, days=30, faults="none", seed="1")
    booked = [one.data["booking"] for one in scenario.happenings if one.what == "book"][:4]
    body = write_calendar("pms", booked, now=START)  # type: ignore[arg-type]
    zone = zoneinfo.ZoneInfo("Europe/Zurich")
    assert parse_calendar(break_calendar(body, "empty"), zone=zone).events == ()
    assert not parse_calendar(break_calendar(body, "cut"), zone=zone).complete
    assert parse_calendar(break_calendar(body, "garbage"), zone=zone).events == ()


def test_happenings_stay_within_the_days() -> None:
    scenario = write_scenario(doors=10, days=5, faults="storm", seed="1")
    assert all(START <= one.at < START + dt.timedelta(days=5) for one in scenario.happenings)
