from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from access.boards import SHOWS
from access.declaring import declare_stay
from access.enums import EventType, MessageKind, ProblemKind, SendStatus
from access.models import AccessCode, AccessGrant, Event, Message, MessageTemplate, Problem
from properties.booking import GuestDetails
from properties.enums import Decision, StayKind, StayStatus
from properties.models import FeedEvent, Stay
from tests.access.staffing.holders import make_staff
from tests.factories import (
    NOW,
    make_member,
    make_property,
    make_stay,
    make_unit,
    make_workspace,
    virtual_door,
)
from tests.pages import HTMX, assert_is_page, signed_in, text_of, version_in
from tests.world import PIN, World

TODAY = NOW.date()
DAY = dt.timedelta(days=1)


def board_of(client: Client) -> Any:
    return client.get(reverse("board"))


def guest(name: str) -> GuestDetails:
    return GuestDetails(name=name)


def part(page: str, start: str, end: str) -> str:
    return page.partition(start)[2].partition(end)[0]


def test_board_is_a_page_without_pins(owner: Client) -> None:
    answer = board_of(owner)

    assert_is_page(answer)
    assert PIN not in answer.content.decode()


def test_arrivals_and_departures_stand_under_their_day(owner: Client, world: World) -> None:
    make_stay(world.unit, arrival_date=TODAY, departure_date=TODAY + DAY, guest=guest("Today Guest"))
    make_stay(world.unit, arrival_date=TODAY - 3 * DAY, departure_date=TODAY, guest=guest("Leaving Guest"))

    page = text_of(board_of(owner))

    assert "Today Guest" in part(page, "Arrivals today", "Arrivals tomorrow")
    assert "Leaving Guest" in part(page, "Departures today", "Departures tomorrow")
    assert "Today Guest" in part(page, "Departures tomorrow", "</html>")
    assert world.stay.guest_name in part(page, "Arrivals tomorrow", "Departures today")


def test_today_is_the_propertys_own_day(owner: Client, world: World) -> None:
    """At noon UTC it is tomorrow already in Apia."""
    far = make_unit(make_property(world.workspace, time_zone="Pacific/Apia"))
    make_stay(far, arrival_date=TODAY + DAY, guest=guest("Far Guest"))

    page = text_of(board_of(owner))

    assert "Far Guest" in part(page, "Arrivals today", "Arrivals tomorrow")


@pytest.mark.parametrize("fields", [{"kind": StayKind.BLOCK}, {"status": StayStatus.CANCELLED}])
def test_blocks_and_cancelled_stays_are_no_arrivals(
    owner: Client, world: World, fields: dict[str, Any]
) -> None:
    make_stay(world.unit, arrival_date=TODAY, guest=guest("Nobody Here"), **fields)

    assert "Nobody Here" not in part(text_of(board_of(owner)), "Today", "Lately")


def test_open_problem_of_a_lock_needs_action(owner: Client, world: World) -> None:
    Problem.objects.all().delete()
    Problem.objects.create(
        workspace=world.workspace,
        kind=ProblemKind.ERROR,
        code="device_offline",
        message="The lock is offline.",
        device=world.device,
        raised_at=NOW,
    )

    needs = part(text_of(board_of(owner)), "Needs action first", "Arrivals today")

    assert world.door.name in needs
    assert "The lock is offline." in needs
    assert "Offline" in needs


def test_problems_of_one_door_are_one_row(owner: Client, world: World) -> None:
    Problem.objects.all().delete()
    FeedEvent.objects.all().delete()
    for code, kind in (
        ("delay_in_setting_on_device", ProblemKind.WARNING),
        ("arrival_in_danger", ProblemKind.ERROR),
    ):
        Problem.objects.create(
            workspace=world.workspace,
            kind=kind,
            code=code,
            message=f"About {code}.",
            access_code=world.code,
            raised_at=NOW,
        )

    answer = board_of(owner)

    assert [(need.title, need.tone) for need in answer.context["board"].needs.rows] == [
        (world.stay.guest_name, "error")
    ]


def test_needs_are_sorted_by_time_to_arrival(owner: Client, world: World) -> None:
    Problem.objects.all().delete()
    FeedEvent.objects.all().delete()
    for days, name in ((9, "Later"), (4, "Sooner"), (-1, "Running")):
        stay = make_stay(world.unit, arrival_date=TODAY + days * DAY, guest=guest(name))
        Problem.objects.create(
            workspace=world.workspace, kind=ProblemKind.ERROR, code="x", message="m", stay=stay, raised_at=NOW
        )

    titles = [need.title for need in board_of(owner).context["board"].needs.rows]

    assert titles == ["Running", "Sooner", "Later"]


def test_cleared_problem_needs_nothing(owner: Client, world: World) -> None:
    Problem.objects.update(cleared_at=NOW)
    FeedEvent.objects.all().delete()

    assert board_of(owner).context["board"].counts.needs == 0


def test_event_of_the_inbox_needs_a_decision(owner: Client, world: World) -> None:
    assert "1 calendar event waits for your word" in text_of(board_of(owner))

    FeedEvent.objects.update(decision=Decision.IGNORED)

    assert "waits for your word" not in text_of(board_of(owner))


def test_poll_without_news_is_answered_with_nothing(owner: Client, world: World) -> None:
    version = version_in(board_of(owner))

    same = owner.get(reverse("board"), {"v": version}, headers=HTMX)
    make_stay(world.unit, arrival_date=TODAY, guest=guest("News Guest"))
    news = owner.get(reverse("board"), {"v": version}, headers=HTMX)

    assert (same.status_code, same.content, same["Vary"]) == (204, b"", "HX-Request, Cookie")
    assert (news.status_code, "News Guest" in text_of(news), "<html" in news.content.decode()) == (
        200,
        True,
        False,
    )


def test_poll_a_minute_later_shows_what_time_moved(owner: Client, clock: time_machine.Traveller) -> None:
    version = version_in(board_of(owner))

    clock.move_to(NOW + dt.timedelta(minutes=2), tick=False)

    assert owner.get(reverse("board"), {"v": version}, headers=HTMX).status_code == 200


def test_turnover_says_who_cleans_or_that_nobody_does(owner: Client, world: World) -> None:
    unit = make_unit(make_property(world.workspace))
    door = virtual_door(unit)
    make_stay(unit, arrival_date=TODAY - DAY, departure_date=TODAY)
    make_stay(unit, arrival_date=TODAY, departure_date=TODAY + DAY)
    assert "No cleaner has a window here today" in text_of(board_of(owner))

    rule: dict[str, Any] = {"rule": "FREQ=DAILY", "start_time": dt.time(11), "end_time": dt.time(13)}
    make_staff(door, now=NOW, holder_name="Rosa Lind", first_day=TODAY, **rule)

    page = text_of(board_of(owner))
    assert "Rosa Lind cleans 11:00 to 13:00" in page
    assert "No cleaner has a window here today" not in page


def test_what_repeats_lately_is_told_once_with_how_often(owner: Client, world: World) -> None:
    for second in range(3):
        Event.objects.create(
            workspace=world.workspace, type=EventType.DEVICE_DISCONNECTED, device=world.door.device,
            occurred_at=NOW + dt.timedelta(seconds=second + 1),
        )  # fmt: skip

    page = text_of(board_of(owner))

    assert "Lock offline ×3" in part(page, "Lately", "No such end")  # noqa: RUF001 -- a sign for times


def test_what_people_did_lately_is_for_managers(staff: Client) -> None:
    assert "Lately" not in text_of(board_of(staff))


def test_poll_without_news_costs_one_query_beside_the_session(
    owner: Client, world: World, django_assert_num_queries: Any
) -> None:
    version = version_in(board_of(owner))

    with django_assert_num_queries(4):  # session, user, membership, version
        owner.get(reverse("board"), {"v": version}, headers=HTMX)


def test_queries_do_not_grow_with_rows(
    owner: Client, world: World, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    def fill() -> None:
        unit = make_unit(make_property(world.workspace))
        virtual_door(unit)
        stay = make_stay(unit, arrival_date=TODAY, departure_date=TODAY + DAY)
        make_stay(unit, arrival_date=TODAY - DAY, departure_date=TODAY)
        Problem.objects.create(
            workspace=world.workspace, kind=ProblemKind.ERROR, code="x", message="m", stay=stay, raised_at=NOW
        )

    fill()
    with django_assert_max_num_queries(40) as first:
        board_of(owner)
    fill()
    fill()

    with django_assert_num_queries(len(first.captured_queries)):
        board_of(owner)


@pytest.mark.parametrize("show", SHOWS)
def test_each_list_stands_alone(owner: Client, world: World, show: str) -> None:
    make_stay(world.unit, arrival_date=TODAY, departure_date=TODAY + DAY, guest=guest("Today Guest"))

    answer = owner.get(reverse("board"), {"show": show})

    assert_is_page(answer)
    assert f"&amp;show={show}" in answer.content.decode()
    assert all(section.slug.startswith(show) for section in answer.context["board"].sections)


PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
)


def folds_in(answer: Any) -> dict[str, bool]:
    """Of each list that folds: whether it is open."""
    found = re.findall(
        r'<details class="panel" id="([a-z-]+)" data-fold[^>]*?( open)?>', answer.content.decode()
    )
    return {slug: bool(is_open) for slug, is_open in found}


def test_lists_that_can_wait_come_folded_to_a_phone_without_any_script(owner: Client, world: World) -> None:
    make_stay(world.unit, arrival_date=TODAY - DAY, departure_date=TODAY)
    address = reverse("board")

    wide, phone = owner.get(address), owner.get(address, headers={"User-Agent": PHONE})

    assert_is_page(phone)
    assert (
        {"departures", "departures-tomorrow", "activity"} <= folds_in(wide).keys() == folds_in(phone).keys()
    )
    assert all(folds_in(wide).values())
    assert not any(folds_in(phone).values())
    assert not folds_in(owner.get(address, {"show": "departures"}, headers={"User-Agent": PHONE}))
    polled = owner.get(address, headers={"User-Agent": PHONE, **HTMX})
    assert folds_in(polled) == folds_in(phone)
    html = phone.content.decode()
    assert html.index('id="needs"') < html.index('id="arrivals"') < html.index('id="departures"')


def test_list_with_trouble_is_never_folded_away(owner: Client, world: World) -> None:
    unit = make_unit(world.place)
    door = virtual_door(unit)
    stay = make_stay(unit, arrival_date=TODAY - 2 * DAY, departure_date=TODAY + 3 * DAY)
    declare_stay(stay.pk, now=NOW)
    AccessCode.objects.filter(device=door.device).update(failures=3, stopped="no_pin_fits")

    phone = owner.get(reverse("board"), headers={"User-Agent": PHONE})

    assert folds_in(phone)["in-stay"]
    assert not folds_in(phone)["departures-tomorrow"]


def test_list_that_there_is_not_is_all_of_today(owner: Client) -> None:
    assert "Arrivals tomorrow" in text_of(owner.get(reverse("board"), {"show": "nonsense", "page": "x"}))


def test_turnover_tells_who_leaves_and_who_comes(owner: Client, world: World) -> None:
    make_stay(world.unit, arrival_date=TODAY - 3 * DAY, departure_date=TODAY, guest=guest("Leaving Guest"))
    make_stay(world.unit, arrival_date=TODAY, departure_date=TODAY + DAY, guest=guest("Coming Guest"))
    make_stay(make_unit(world.place), arrival_date=TODAY, guest=guest("Other Guest"))

    board = owner.get(reverse("board"), {"show": "turnovers"})

    assert board.context["board"].counts.turnovers == 1
    turnovers = part(text_of(board), "Turnovers today", "</html>")
    assert "Coming Guest" in turnovers
    assert "Leaving Guest leaves first" in turnovers
    assert "Other Guest" not in turnovers


def test_first_entry_of_the_guest_is_told(owner: Client, world: World) -> None:
    stay = make_stay(world.unit, arrival_date=TODAY, guest=guest("Today Guest"))
    Event.objects.create(
        workspace=world.workspace,
        type=EventType.LOCK_UNLOCKED,
        occurred_at=NOW,
        stay=stay,
        access_code=world.code,
    )

    assert "First entry Mon 1 Mar, 12:00 UTC" in text_of(board_of(owner))


def test_arrival_in_danger_is_counted_and_listed(owner: Client, world: World) -> None:
    Problem.objects.all().delete()
    stay = make_stay(world.unit, arrival_date=TODAY + DAY, guest=guest("Endangered Guest"))
    Problem.objects.create(
        workspace=world.workspace, kind=ProblemKind.ERROR, code="x", message="m", stay=stay, raised_at=NOW
    )

    board = owner.get(reverse("board"), {"show": "problems"})

    assert board.context["board"].counts.problems == 1
    assert "Endangered Guest" in text_of(board)


def test_new_workspace_is_led_to_its_first_code(db: None) -> None:
    workspace = make_workspace()
    client = signed_in(make_member(workspace))

    empty = text_of(board_of(client))
    unit = make_unit(make_property(workspace))
    virtual_door(unit)
    declare_stay(make_stay(unit).pk, now=NOW)
    AccessCode.objects.update(confirmed_at=NOW)
    ready = text_of(board_of(client))

    assert "From an empty workspace to the first working code" in empty
    assert "From an empty workspace" not in ready


def test_arrival_says_whether_there_is_a_code_and_whether_the_guest_was_written_to(
    owner: Client, world: World, django_assert_num_queries: Any
) -> None:
    template = MessageTemplate.objects.create(
        workspace=world.workspace, kind=MessageKind.FREE, name="Hi", anchor="arrival", active_since=NOW
    )

    def arriving(name: str, *statuses: str) -> Stay:
        unit = make_unit(make_property(world.workspace))
        virtual_door(unit)
        stay = make_stay(unit, arrival_date=TODAY, departure_date=TODAY + DAY, guest=guest(name))
        declare_stay(stay.pk, now=NOW)
        for number, status in enumerate(statuses):
            Message.objects.create(
                stay=stay, template=template, occasion=f"{number}", status=status, due_at=NOW,
                sent_at=NOW if status == SendStatus.SENT else None,
            )  # fmt: skip
        return stay

    silent = arriving("Silent Guest")
    sent = arriving("Told Guest", "failed", "sent")
    arriving("Missed Guest", "sent", "failed")
    arriving("Left Guest", "sent", "skipped")

    page = part(text_of(board_of(owner)), "Arrivals today", "Arrivals tomorrow")

    assert "Told Guest" in page
    assert page.count("Message sent Mon 1 Mar, 12:00 UTC") == 2
    assert page.count("Message not sent") == 1
    assert page.count("No message sent") == 1
    assert page.count("Code ••••") == 4
    grant = AccessGrant.objects.get(stay=sent)
    assert grant.pin
    html = board_of(owner).content.decode()
    assert str(grant.pin) not in html
    assert f'href="{reverse("stay-detail", args=[silent.public_id])}#code"' in html


def test_nothing_is_said_of_messages_where_nobody_writes_any(owner: Client, world: World) -> None:
    Message.objects.all().delete()
    MessageTemplate.objects.update(active_since=None)
    make_stay(world.unit, arrival_date=TODAY, departure_date=TODAY + DAY)

    assert "No message sent" not in text_of(board_of(owner))


def test_every_row_that_needs_action_can_be_reached(owner: Client, world: World) -> None:
    for _ in range(110):
        stay = make_stay(world.unit, arrival_date=TODAY + 2 * DAY)
        Problem.objects.create(
            workspace=world.workspace, kind=ProblemKind.ERROR, code="x", message="m", stay=stay, raised_at=NOW
        )

    board = board_of(owner)
    pages = [owner.get(reverse("board"), {"show": "needs", "page": str(number)}) for number in (1, 2)]

    assert len(board.context["board"].shown) == 20
    keys = [row.need.key for page in pages for row in page.context["board"].shown]
    number = next(one.number for one in board.context["counts"] if one.slug == "needs")
    assert number == len(keys) == len(set(keys)) > 110
    assert 'href="?show=needs&amp;page=2"' in pages[0].content.decode()


def test_what_guests_were_written_is_for_managers(owner: Client, staff: Client, world: World) -> None:
    MessageTemplate.objects.create(
        workspace=world.workspace, kind=MessageKind.FREE, name="Hi", anchor="arrival", active_since=NOW
    )
    unit = make_unit(make_property(world.workspace))
    virtual_door(unit)
    stay = make_stay(unit, arrival_date=TODAY, departure_date=TODAY + DAY, guest=guest("Silent Guest"))
    declare_stay(stay.pk, now=NOW)

    seen = part(text_of(board_of(staff)), "Arrivals today", "Arrivals tomorrow")

    assert "No message sent" in part(text_of(board_of(owner)), "Arrivals today", "Arrivals tomorrow")
    assert "Silent Guest" in seen
    assert "essage" not in seen
