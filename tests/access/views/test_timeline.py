from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access.declaring import sweep_stays
from access.enums import EventType
from access.models import AccessCode, Event
from properties.booking import GuestDetails
from tests.access.staffing.holders import make_staff
from tests.factories import NOW, make_property, make_stay, make_unit, virtual_door
from tests.pages import HTMX, assert_is_page, text_of, version_in
from tests.world import PIN, World

TODAY = NOW.date()
DAY = dt.timedelta(days=1)


def timeline(client: Client, **query: Any) -> Any:
    return client.get(reverse("timeline"), query)


def place_of(answer: Any, stay: Any) -> str:
    found = re.search(
        rf'<li class="([^"]+)"><a class="tl-bar[^>]*id="bar-{stay.public_id}"', answer.content.decode()
    )
    assert found is not None
    return found[1]


def test_timeline_is_a_page_without_pins(owner: Client, world: World) -> None:
    answer = timeline(owner)

    assert_is_page(answer)
    assert PIN not in answer.content.decode()
    assert world.stay.guest_name in text_of(answer)


def test_stay_lies_on_the_half_days_from_check_in_to_check_out(owner: Client, world: World) -> None:
    stay = make_stay(world.unit, arrival_date=TODAY, departure_date=TODAY + 2 * DAY)  # from Monday, at 15:00

    assert place_of(timeline(owner), stay).startswith("c2 s4 ")


def test_turn_over_shares_a_day_and_a_lane(owner: Client, world: World) -> None:
    unit = make_unit(world.place)
    first = make_stay(unit, arrival_date=TODAY, departure_date=TODAY + DAY)
    second = make_stay(unit, arrival_date=TODAY + DAY, departure_date=TODAY + 2 * DAY)

    answer = timeline(owner)

    assert (place_of(answer, first), place_of(answer, second)) == ("c2 s2 l1", "c4 s2 l1")


def test_double_booking_gets_a_lane_of_its_own(owner: Client, world: World) -> None:
    unit = make_unit(world.place)
    first = make_stay(unit, arrival_date=TODAY, departure_date=TODAY + 3 * DAY)
    second = make_stay(unit, arrival_date=TODAY + DAY, departure_date=TODAY + 2 * DAY)

    answer = timeline(owner)

    assert (place_of(answer, first)[-2:], place_of(answer, second)[-2:]) == ("l1", "l2")


def test_late_code_leaves_a_red_segment(owner: Client, world: World) -> None:
    unit = make_unit(world.place)
    virtual_door(unit)
    stay = make_stay(unit, arrival_date=TODAY - 2 * DAY, now=NOW - 5 * DAY)
    sweep_stays(now=NOW)
    code = AccessCode.objects.get(grant__stay=stay)
    AccessCode.objects.filter(pk=code.pk).update(created_at=NOW - 5 * DAY)
    Event.objects.create(
        workspace=world.workspace, type=EventType.CODE_SET, occurred_at=NOW - DAY, access_code=code, stay=stay
    )

    drawn = timeline(owner, first="2027-02-22").context["groups"]
    doors = next(one.doors for group in drawn for row in group.rows for one in row.stays if one.stay == stay)

    assert [piece.look for piece in doors[0].pieces][:2] == ["missing", "active"]


def test_windows_of_staff_are_on_a_lane_of_their_own(owner: Client, world: World) -> None:
    page = text_of(timeline(owner, first="2027-03-29"))

    assert f"Staff: {world.holder.holder_name}" in page


def test_buffer_of_minutes_is_hatched_where_it_can_be_seen(owner: Client, world: World) -> None:
    place = make_property(world.workspace, buffer_before=30, buffer_after=15)
    stay = make_stay(make_unit(place), arrival_date=TODAY, departure_date=TODAY + 3 * DAY)

    for weeks in ("2", "6"):
        drawn = timeline(owner, weeks=weeks).context["groups"]
        bar = next(one for group in drawn for row in group.rows for one in row.stays if one.stay == stay)
        before, after = bar.buffers

        half_day = 1000 / int(bar.place.split()[1][1:])
        assert min(before.width, after.width) >= 0.25 * half_day
        assert before.x < 500 < after.x
        assert after.x + after.width <= 1000


def test_buffer_that_lies_on_another_page_is_not_drawn_here(owner: Client, world: World) -> None:
    place = make_property(world.workspace, buffer_before=30, buffer_after=15)
    stay = make_stay(make_unit(place), arrival_date=TODAY - 9 * DAY, departure_date=TODAY + 30 * DAY)

    drawn = timeline(owner).context["groups"]

    bar = next(one for group in drawn for row in group.rows for one in row.stays if one.stay == stay)
    assert bar.buffers == ()


def test_weeks_are_moved_by_links_and_other_choices_are_kept(owner: Client, world: World) -> None:
    html = timeline(owner, weeks="4", first="2027-03-08").content.decode()

    assert 'href="?weeks=4&amp;first=2027-03-15"' in html
    assert 'href="?weeks=4&amp;first=2027-03-01"' in html
    assert 'class="tl w4"' in html


@pytest.mark.parametrize(
    "query", [{"first": "x"}, {"first": "9999-12-31"}, {"weeks": "99"}, {"property": "nobody"}]
)
def test_nonsense_is_answered_with_a_timeline(owner: Client, query: dict[str, str]) -> None:
    assert_is_page(timeline(owner, **query))


def test_timeline_follows_what_happens(owner: Client, world: World) -> None:
    version = version_in(owner.get(reverse("timeline")))
    asked = {"v": version, "weeks": "3"}
    assert owner.get(reverse("timeline"), asked, headers=HTMX).status_code == 204

    make_stay(world.unit, arrival_date=NOW.date(), guest=GuestDetails(name="New Guest"))

    answer = owner.get(reverse("timeline"), asked, headers=HTMX)
    assert answer.status_code == 200
    assert "New Guest" in text_of(answer)
    assert "weeks=3" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_property_narrows_it_down(owner: Client, world: World) -> None:
    other = make_unit(make_property(world.workspace, name="Elsewhere"))
    make_stay(other, arrival_date=TODAY, guest=GuestDetails(name="Guest Elsewhere"))

    page = text_of(timeline(owner, property=str(world.place.public_id)))

    assert world.stay.guest_name in page
    assert "Guest Elsewhere" not in page


def test_queries_do_not_grow_with_rows(
    owner: Client, world: World, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    def fill() -> None:
        unit = make_unit(make_property(world.workspace))
        virtual_door(unit)
        make_stay(unit, arrival_date=TODAY, departure_date=TODAY + DAY)
        make_stay(unit, arrival_date=TODAY + DAY, departure_date=TODAY + 5 * DAY)

    fill()
    with django_assert_max_num_queries(20) as first:
        timeline(owner)
    fill()
    fill()

    with django_assert_num_queries(len(first.captured_queries)):
        timeline(owner)


def test_who_is_let_in_by_shared_doors_alone_has_a_lane_of_the_house(owner: Client, world: World) -> None:
    place = make_property(world.workspace, name="Mill")
    unit = make_unit(place)
    entrance = virtual_door(place, name="Entrance")
    flat = virtual_door(unit, name="Flat door")
    make_staff(entrance, holder_name="Porter Only")
    make_staff(entrance, flat, holder_name="Cleaner Both")

    groups = timeline(owner, first="2027-03-01").context["groups"]
    page = text_of(timeline(owner, first="2027-03-01"))

    [group] = [one for one in groups if one.place == place]
    assert {one.holder.holder_name for one in group.entering} == {"Porter Only"}
    assert {one.holder.holder_name for row in group.rows for one in row.windows} == {"Cleaner Both"}
    assert "Shared doors only Staff: Porter Only" in page
    assert page.count("Shared doors only") == 1
