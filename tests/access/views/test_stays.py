from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access.declaring import declare_stay
from access.enums import EventType
from access.models import AccessGrant, Event
from properties.booking import GuestDetails
from properties.enums import CancelReason, StayStatus
from properties.models import Stay
from tests.factories import NOW, make_property, make_stay, make_unit, virtual_door
from tests.pages import HTMX, assert_is_page, text_of, version_in
from tests.world import PIN, World

TODAY = NOW.date()
DAY = dt.timedelta(days=1)


def address(name: str, stay: Stay) -> str:
    return reverse(name, args=[stay.public_id])


def typed(stay_or_unit: Any, **changed: str) -> dict[str, str]:
    return {
        "unit": str(stay_or_unit.pk),
        "arrival_date": "2027-04-10",
        "departure_date": "2027-04-14",
        "kind": "guest",
        "status": "confirmed",
        "guest_name": "Ines Duarte",
        **changed,
    }


def test_list_shows_the_state_of_each_stays_doors(owner: Client, world: World) -> None:
    answer = owner.get(reverse("stay-list"))

    assert_is_page(answer)
    assert world.stay.guest_name in text_of(answer)
    assert PIN not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, {"Coming", "Maybe"}),
        ({"show": "past"}, {"Gone"}),
        ({"show": "tentative"}, {"Maybe"}),
        ({"show": "cancelled"}, {"Not coming"}),
        ({"show": "nonsense"}, {"Coming", "Maybe"}),
        ({"show": "all", "q": "gon"}, {"Gone"}),
        ({"property": "nonsense"}, set()),
    ],
)
def test_list_is_filtered(owner: Client, world: World, query: dict[str, str], shown: set[str]) -> None:
    world.stay.guest.delete()  # type: ignore[union-attr]  # the world's stay has one
    unit = make_unit(make_property(world.workspace))
    make_stay(unit, guest=GuestDetails(name="Coming"))
    make_stay(unit, guest=GuestDetails(name="Maybe"), status=StayStatus.TENTATIVE)
    make_stay(unit, guest=GuestDetails(name="Gone"), arrival_date=dt.date(2027, 1, 4))
    make_stay(unit, guest=GuestDetails(name="Not coming"), status=StayStatus.CANCELLED)

    page = text_of(owner.get(reverse("stay-list"), query))

    assert {
        name for name in ("Coming", "Maybe", "Gone", "Not coming") if name in page.partition("Doors")[2]
    } == shown


def test_list_can_be_narrowed_to_a_property(owner: Client, world: World) -> None:
    other = make_stay(make_unit(make_property(world.workspace)), guest=GuestDetails(name="Elsewhere"))

    page = text_of(owner.get(reverse("stay-list"), {"property": str(other.unit.property.public_id)}))

    assert "Elsewhere" in page
    assert world.stay.guest_name not in page


def test_queries_of_the_list_do_not_grow_with_rows(
    owner: Client, world: World, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(30) as first:
        owner.get(reverse("stay-list"))
    for _ in range(2):
        unit = make_unit(make_property(world.workspace))
        virtual_door(unit)
        declare_stay(make_stay(unit).pk, now=NOW)

    with django_assert_num_queries(len(first.captured_queries)):
        owner.get(reverse("stay-list"))


def test_stay_page_shows_window_doors_and_history_but_no_code(owner: Client, world: World) -> None:
    answer = owner.get(address("stay-detail", world.stay))

    assert_is_page(answer)
    page = text_of(answer)
    assert world.door.name in page
    assert "Usual times" in page
    assert "Code active on the lock" in page
    assert PIN not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_poll_without_news_is_answered_with_nothing(owner: Client, world: World) -> None:
    version = version_in(owner.get(address("stay-detail", world.stay)))

    same = owner.get(address("stay-detail", world.stay), {"v": version}, headers=HTMX)
    Event.objects.create(
        workspace=world.workspace, type=EventType.CODE_SET, occurred_at=NOW, stay=world.stay, actor="News"
    )
    news = owner.get(address("stay-detail", world.stay), {"v": version}, headers=HTMX)

    assert same.status_code == 204
    assert news.content.decode().lstrip().startswith('<div class="stack" id="live"')


def test_code_is_shown_on_demand_and_the_look_is_written_down(owner: Client, world: World) -> None:
    answer = owner.post(address("stay-reveal", world.stay))

    assert_is_page(answer)
    assert PIN in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    look = Event.objects.get(type=EventType.PIN_REVEALED)
    assert (look.stay, look.actor) == (world.stay, world.owner.email)
    assert PIN not in owner.get(address("stay-detail", world.stay)).content.decode()


def test_code_is_shown_in_place_to_htmx(owner: Client, world: World) -> None:
    answer = owner.post(address("stay-reveal", world.stay), headers=HTMX)

    page = answer.content.decode()
    assert PIN in page
    assert "<html" not in page


def test_code_is_not_shown_by_following_a_link(owner: Client, world: World) -> None:
    assert owner.get(address("stay-reveal", world.stay)).status_code == 405
    assert not Event.objects.filter(type=EventType.PIN_REVEALED).exists()


def test_stay_without_code_has_nothing_to_show(owner: Client, world: World) -> None:
    stay = make_stay(make_unit(make_property(world.workspace)), status=StayStatus.TENTATIVE)

    answer = owner.post(address("stay-reveal", stay))

    assert answer.status_code == 200
    assert "No code until the stay is confirmed" in text_of(answer)


@pytest.mark.parametrize("name", ["stay-reveal", "stay-new-code", "stay-cancel", "stay-times", "stay-edit"])
def test_staff_may_neither_see_codes_nor_change_stays(staff: Client, world: World, name: str) -> None:
    answer = staff.post(address(name, world.stay))

    assert answer.status_code == 403
    assert PIN not in answer.content.decode()
    assert Stay.objects.get(pk=world.stay.pk).revision == world.stay.revision


def test_staff_sees_the_stay_without_buttons(staff: Client, world: World) -> None:
    page = text_of(staff.get(address("stay-detail", world.stay)))

    assert "Only managers may see codes." in page
    assert "Show code" not in page
    assert "Cancel stay" not in page


def test_new_code_is_issued_after_a_question(owner: Client, world: World) -> None:
    unit = make_unit(make_property(world.workspace))
    virtual_door(unit)
    stay = make_stay(unit)
    declare_stay(stay.pk, now=NOW)
    before = AccessGrant.objects.get(stay=stay, revoked_at=None).pin

    asked = owner.get(address("stay-new-code", stay))
    owner.post(address("stay-new-code", stay), {"issue": "first"})

    assert_is_page(asked)
    after = AccessGrant.objects.get(stay=stay, revoked_at=None).pin
    assert after is not None
    assert after != before
    assert Event.objects.get(stay=stay, type=EventType.PIN_ISSUED).actor == world.owner.email


def test_stay_is_added_by_hand(owner: Client, world: World) -> None:
    answer = owner.post(reverse("stay-create"), typed(world.unit, check_in_time="16:30"))

    stay = Stay.objects.get(guest__name="Ines Duarte")
    assert answer["Location"] == address("stay-detail", stay)
    assert (stay.source, stay.arrival_date, stay.check_in_time) == (
        "manual",
        dt.date(2027, 4, 10),
        dt.time(16, 30),
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"departure_date": "2027-04-09"}, "id_departure_date"),
        ({"arrival_date": "soon"}, "id_arrival_date"),
        ({"guest_email": "nobody"}, "id_guest_email"),
        ({"unit": "999999"}, "id_unit"),
        ({"departure_date": ""}, "id_departure_date"),
    ],
)
def test_bad_stay_is_refused_with_everything_kept(
    owner: Client, world: World, wrong: dict[str, str], field: str
) -> None:
    answer = owner.post(reverse("stay-create"), typed(world.unit, **wrong))

    assert_is_page(answer, status=422)
    page = answer.content.decode()
    assert f'href="#{field}"' in page
    assert "Ines Duarte" in page
    assert not Stay.objects.filter(guest__name="Ines Duarte").exists()


def test_stay_is_changed_and_keeps_where_it_came_from(owner: Client, world: World) -> None:
    form = owner.get(address("stay-edit", world.stay))
    owner.post(address("stay-edit", world.stay), typed(world.unit, seen_revision="1"))

    assert_is_page(form)
    stay = Stay.objects.get(pk=world.stay.pk)
    assert (stay.source, stay.external_id) == (world.stay.source, world.stay.external_id)
    assert (stay.arrival_date, stay.guest_name) == (dt.date(2027, 4, 10), "Ines Duarte")


def test_stay_is_cancelled_after_a_question_and_brought_back(owner: Client, world: World) -> None:
    asked = owner.get(address("stay-cancel", world.stay))
    untouched = Stay.objects.get(pk=world.stay.pk).status
    owner.post(address("stay-cancel", world.stay))
    cancelled = Stay.objects.get(pk=world.stay.pk)
    owner.post(address("stay-reinstate", world.stay))

    assert_is_page(asked)
    assert untouched == StayStatus.CONFIRMED
    assert (cancelled.status, cancelled.cancel_reason) == (StayStatus.CANCELLED, CancelReason.PERSON)
    assert Stay.objects.get(pk=world.stay.pk).status == StayStatus.CONFIRMED
