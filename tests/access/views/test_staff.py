"""Pages of people who are not guests: forms that keep what was typed, codes shown on demand and written down."""

from __future__ import annotations

import datetime as dt
import html as entities
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access.enums import EventType
from access.models import AccessCode, Event, StaffAccess
from locks.models import Device, Door
from tests.access.staffing.holders import make_staff, pin_of, resident
from tests.factories import NOW, make_property, make_unit, virtual_door
from tests.pages import HTMX, assert_is_page, signed_in, text_of, version_in
from tests.world import World, make_world


@pytest.fixture
def door(world: World) -> Door:
    return virtual_door(make_unit(make_property(world.workspace, time_zone="Europe/Zurich")))


def address(name: str, staff: StaffAccess) -> str:
    return reverse(name, args=[staff.public_id])


def typed(*doors: Door, **changed: Any) -> dict[str, Any]:
    return {
        "kind": "cleaner",
        "holder_name": "Olga Petrescu",
        "doors": [str(door.pk) for door in doors],
        "schedule": "weekly",
        "days": ["1", "3"],
        "interval": "2",
        "start_time": "10:00",
        "end_time": "12:00",
        "first_day": "2027-03-02",
        **changed,
    }


def test_access_is_given_by_days_of_the_week(owner: Client, door: Door) -> None:
    answer = owner.post(reverse("staff-create"), typed(door, exceptions="2027-03-04,\n2027-03-16"))

    staff = StaffAccess.objects.latest("pk")
    assert answer.headers["Location"] == address("staff-detail", staff)
    assert (staff.rule, staff.time_zone) == ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", "Europe/Zurich")
    assert staff.exceptions == ["2027-03-04", "2027-03-16"]
    assert pin_of(staff)
    page = owner.get(answer.headers["Location"])
    assert_is_page(page)
    assert "Every second week on Tuesday and Thursday, 10:00 to 12:00" in text_of(page)
    assert "Tue 2 Mar, 10:00 CET to 12:00" in text_of(page)
    assert pin_of(staff) not in page.content.decode()


def test_access_around_the_clock_and_by_a_rule(owner: Client, door: Door) -> None:
    owner.post(reverse("staff-create"), typed(door, schedule="always", kind="resident"))
    assert StaffAccess.objects.latest("pk").rule == ""
    assert AccessCode.objects.latest("pk").ends_at is None

    owner.post(reverse("staff-create"), typed(door, schedule="rule", rule="RRULE:freq=monthly;byday=1mo"))
    assert StaffAccess.objects.latest("pk").rule == "FREQ=MONTHLY;BYDAY=1MO"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"days": []}, "Choose at least one day of the week."),
        ({"schedule": "rule", "rule": ""}, "Write the rule"),
        ({"schedule": "rule", "rule": "FREQ=HOURLY"}, "A rule tells days, not hours"),
        ({"start_time": ""}, "Say from when"),
        ({"last_day": "2027-03-01"}, "The last day lies before the first."),
        ({"last_day": "2027-03-02", "days": ["0"]}, "No window ever begins"),
        ({"exceptions": "Christmas"}, "“Christmas” is no date."),
        ({"schedule": "always", "exceptions": "2027-12-24"}, "go with a rule only"),
        ({"holder_name": " "}, "Say who gets access."),
        ({"doors": []}, "Choose at least one door."),
        ({"first_day": "1027-03-02"}, "between 2000 and 2100"),
    ],
)
def test_errors_say_what_to_do_and_keep_what_was_typed(
    owner: Client, door: Door, changed: dict[str, Any], sentence: str
) -> None:
    before = StaffAccess.objects.count()

    answer = owner.post(reverse("staff-create"), typed(door, contact="olga@example.org", **changed))

    assert_is_page(answer, 422)
    assert sentence in text_of(answer)
    assert "olga@example.org" in answer.content.decode()
    assert StaffAccess.objects.count() == before


def test_doors_of_another_workspace_and_of_offline_locks_are_refused(owner: Client, door: Door) -> None:
    foreign = make_world("Other", now=NOW, pin="60481537").door
    assert "Choose among these doors." in text_of(owner.post(reverse("staff-create"), typed(door, foreign)))

    offline = virtual_door(door.property, brand="dormakaba_oracode")
    answer = owner.post(reverse("staff-create"), typed(door, offline))
    assert f"{offline.name} takes only codes that run out by themselves" in text_of(answer)


def test_doors_in_several_time_zones_need_a_choice(owner: Client, world: World, door: Door) -> None:
    far = virtual_door(make_property(world.workspace, time_zone="Pacific/Auckland"))

    answer = owner.post(reverse("staff-create"), typed(door, far))
    assert "several time zones" in text_of(answer)

    owner.post(reverse("staff-create"), typed(door, far, time_zone="Europe/Zurich"))
    assert StaffAccess.objects.latest("pk").doors.count() == 2


def test_form_of_a_change_shows_what_there_is_and_keeps_the_pin(owner: Client, door: Door) -> None:
    staff = make_staff(door, now=NOW)
    pin = pin_of(staff)
    form = owner.get(address("staff-edit", staff)).context["form"]
    assert (form["schedule"].value(), form["days"].value(), form["interval"].value()) == ("weekly", ["1"], 1)

    owner.post(address("staff-edit", staff), typed(door, start_time="09:00"))

    staff.refresh_from_db()
    assert staff.start_time == dt.time(9)
    assert pin_of(staff) == pin
    assert AccessCode.objects.filter(grant=staff.grant, revoked_at=None, starts_at__hour=8).exists()


def test_code_is_shown_on_demand_and_that_is_written_down(owner: Client, world: World, door: Door) -> None:
    staff = make_staff(door, now=NOW)

    answer = owner.post(address("staff-reveal", staff))

    assert answer.content.decode().count(pin_of(staff)) == 1
    assert "opens " + door.name in text_of(answer)
    assert answer.headers["Cache-Control"].count("no-store") == 1
    seen = Event.objects.get(type=EventType.PIN_REVEALED)
    assert (seen.actor, seen.stay) == (world.owner.email, None)
    page = owner.get(address("staff-detail", staff))
    assert pin_of(staff) not in page.content.decode()
    assert "Code shown" in text_of(page)


def test_new_code_is_issued_after_a_question(owner: Client, door: Door) -> None:
    staff = make_staff(door, now=NOW, rule="FREQ=DAILY")
    old = pin_of(staff)
    assert_is_page(owner.get(address("staff-new-code", staff)))

    owner.post(address("staff-new-code", staff))

    staff = StaffAccess.objects.get(pk=staff.pk)
    assert pin_of(staff) != old
    live = AccessCode.objects.filter(grant=staff.grant, revoked_at=None)
    assert {code.pin for code in live} == {pin_of(staff)}
    assert live.count() > 5


def test_window_can_be_skipped_from_the_page(owner: Client, door: Door) -> None:
    staff = make_staff(door, now=NOW)

    answer = owner.post(address("staff-skip", staff), {"day": "2027-03-02"}, follow=True)

    staff.refresh_from_db()
    assert staff.exceptions == ["2027-03-02"]
    assert "The window of Tuesday 2 March 2027 is taken away" in text_of(answer)
    assert "out of reach" not in text_of(answer)
    refused = owner.post(address("staff-skip", staff), {"day": "soon"}, follow=True)
    assert "That is no date." in text_of(refused)


def test_window_that_a_lock_out_of_reach_holds_is_said_to_open_still(owner: Client, door: Door) -> None:
    staff = make_staff(door, now=NOW)
    held = AccessCode.objects.filter(grant=staff.grant, starts_at__date="2027-03-02")
    shape = {"pin_key": None, "name": "", "starts_at": None, "ends_at": None, "enabled": True}
    held.update(written=shape, seen="present", confirmed_at=NOW)
    Device.objects.filter(pk=door.device_id).update(online=False)

    answer = owner.post(address("staff-skip", staff), {"day": "2027-03-02"}, follow=True)

    assert "the lock is out of reach; the code goes on working there until it is back" in text_of(answer)


def test_ended_access_is_listed_apart_and_cannot_be_changed(owner: Client, door: Door) -> None:
    staff = resident(door, now=NOW)
    assert_is_page(owner.get(address("staff-end", staff)))

    owner.post(address("staff-end", staff))

    staff.refresh_from_db()
    assert staff.ended_at == NOW
    assert not AccessCode.objects.filter(grant=staff.grant, revoked_at=None).exists()
    assert_is_page(owner.get(address("staff-detail", staff)))
    assert staff.holder_name not in text_of(owner.get(reverse("staff-list")))
    assert staff.holder_name in text_of(owner.get(reverse("staff-list"), {"show": "ended"}))
    answer = owner.post(address("staff-edit", staff), typed(door), follow=True)
    assert "This access is ended." in text_of(answer)
    assert owner.post(address("staff-reveal", staff)).status_code == 200


WRITTEN = {"pin_key": 7, "name": "Olga", "starts_at": None, "ends_at": None, "enabled": True}


def test_end_promises_no_more_than_the_locks_can_keep(owner: Client, door: Door) -> None:
    away = virtual_door(make_property(door.property.workspace, time_zone="Europe/Zurich"), name="Gate")
    staff = resident(door, away, now=NOW)
    AccessCode.objects.filter(device=away.device).update(written=WRITTEN, written_at=NOW, seen="present")
    Device.objects.filter(pk=away.device_id).update(online=False, online_changed_at=NOW)
    out = "Gate: the lock is out of reach; the code goes on working there until it is back."

    asked = text_of(owner.get(address("staff-end", staff)))
    anew = text_of(owner.get(address("staff-new-code", staff)))
    answer = owner.post(address("staff-end", staff), follow=True)

    assert out in entities.unescape(asked)
    assert out in entities.unescape(anew)
    told = entities.unescape(text_of(answer))
    assert (
        f"Ended. Codes are being taken off the locks; the doors below show when each is known to be gone. {out}"
        in told
    )


def test_page_follows_what_happens_by_itself(owner: Client, door: Door) -> None:
    staff = make_staff(door)
    page = address("staff-detail", staff)
    version = version_in(owner.get(page))

    same = owner.get(page, {"v": version}, headers=HTMX)
    owner.post(address("staff-end", staff))
    news = owner.get(page, {"v": version}, headers=HTMX)

    assert (same.status_code, news.status_code) == (204, 200)
    assert "<h1" not in news.content.decode()
    assert "access ended" in text_of(news)


def test_list_tells_who_when_next_and_the_state_of_the_doors(owner: Client, door: Door) -> None:
    make_staff(door, now=NOW)
    resident(door, now=NOW, holder_name="Bo Lind", first_day=dt.date(2027, 2, 1))

    page = owner.get(reverse("staff-list"))

    assert_is_page(page)
    words = text_of(page)
    assert "Olga Petrescu Cleaner Tuesday, 10:00 to 12:00 Europe/Zurich Tue 2 Mar, 10:00 CET" in words
    assert "Bo Lind Resident Around the clock Europe/Zurich now, without end" in words


def test_list_costs_the_same_queries_for_many(
    owner: Client, world: World, door: Door, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        make_staff(door, now=NOW)

    with django_assert_max_num_queries(14):
        owner.get(reverse("staff-list"))


def test_pages_are_for_managers(staff: Client, door: Door) -> None:
    holder = make_staff(door, now=NOW)
    assert staff.get(reverse("staff-list")).status_code == 403
    assert staff.post(address("staff-reveal", holder)).status_code == 403
    assert not Event.objects.filter(type=EventType.PIN_REVEALED).exists()


def test_nobody_sees_the_holders_of_another_workspace(world: World, door: Door) -> None:
    holder = make_staff(door, now=NOW)
    other = signed_in(make_world("Other", now=NOW, pin="60481537").owner)
    assert other.get(address("staff-detail", holder)).status_code == 404
    assert other.post(reverse("staff-create"), typed(door)).status_code == 422
