"""What a guest is still to be sent is told before it is due, by the rules that will send it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from access.enums import Anchor, MessageKind
from access.messaging.coming import HELD, NO_ADDRESS, ON_EVENT, Coming, coming_messages
from access.models import GuestPass, Message, MessageChannel, MessageTemplate
from properties.enums import StayKind, StayStatus
from properties.models import Guest, Property, Stay, StayChange, Unit
from tests.factories import NOW

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
PASS = GuestPass(made_at=NOW - 9 * DAY)


def make(**fields: Any) -> Stay:
    place = Property(name="Mill", time_zone="UTC", buffer_before=30, buffer_after=60)
    given: dict[str, Any] = {
        "unit": Unit(property=place),
        "guest": Guest(email="ines@example.org"),
        "kind": StayKind.GUEST,
        "status": StayStatus.CONFIRMED,
        "arrival_date": (NOW + 2 * DAY).date(),
        "departure_date": (NOW + 5 * DAY).date(),
        "starts_at": NOW + 2 * DAY - HOUR / 2,
        "ends_at": NOW + 5 * DAY + HOUR,
    }
    return Stay(**{**given, **fields})


def template(kind: MessageKind = MessageKind.FREE, **fields: Any) -> MessageTemplate:
    given: dict[str, Any] = {
        "pk": 7,
        "kind": kind,
        "name": "Hello",
        "anchor": Anchor.ARRIVAL if kind == MessageKind.FREE else Anchor.EVENT,
        "offset_minutes": -24 * 60,
        "active_since": NOW - 30 * DAY,
    }
    return MessageTemplate(**{**given, **fields})


def coming(
    stay: Stay, *templates: MessageTemplate, now: dt.datetime = NOW, **known: Any
) -> tuple[Coming, ...]:
    given: dict[str, Any] = {"messages": (), "passes": (PASS,), "moves": (), **known}
    return coming_messages(stay, templates, now=now, **given)


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({}, NOW + DAY),
        ({"offset_minutes": 60}, NOW + 2 * DAY + HOUR),
        ({"anchor": Anchor.DEPARTURE, "offset_minutes": -60}, NOW + 5 * DAY - HOUR),
        ({"anchor": Anchor.CONFIRMATION, "offset_minutes": 60}, None),
        ({"active_since": None}, None),
        ({"active_since": NOW + 2 * DAY}, None),
        ({"deleted_at": NOW}, None),
    ],
)
def test_message_at_a_time_is_planned_for_that_time(fields: dict[str, Any], at: dt.datetime | None) -> None:
    assert [one.at for one in coming(make(), template(**fields))] == ([] if at is None else [at])


def test_what_was_told_is_not_to_come() -> None:
    stay = make()
    told = Message(template_id=7, occasion=f"arrival {stay.arrival_date}")

    assert coming(stay, template(), messages=(told,)) == ()
    other = Message(template_id=7, occasion="arrival 2027-01-01")
    assert len(coming(stay, template(), messages=(other,))) == 1


def test_stay_that_was_moved_late_gets_its_message_at_once() -> None:
    moved = StayChange(at=NOW, fields={"arrival_date": ["2027-03-09", "2027-03-03"]})
    stay = make(starts_at=NOW + HOUR)

    assert [one.at for one in coming(stay, template(), moves=(moved,))] == [NOW]
    assert coming(stay, template(), moves=(StayChange(at=NOW, fields={"notes": ["", "x"]}),)) == ()


@pytest.mark.parametrize("kind", [MessageKind.CODE_READY, MessageKind.CODE_CHANGED, MessageKind.BACKUP_GIVEN])
def test_message_that_follows_an_event_says_which(kind: MessageKind) -> None:
    assert coming(make(), template(kind)) == (Coming("Hello", "e-mail", None, ON_EVENT[kind]),)
    over = make(ends_at=NOW)
    assert coming(over, template(kind)) == ()


def test_code_that_was_told_is_not_told_as_ready_again() -> None:
    ready = template(MessageKind.CODE_READY)

    assert coming(make(), ready, messages=(Message(template_id=7, occasion="ready"),)) == ()
    inside = make(starts_at=NOW - 40 * DAY)
    assert coming(inside, ready, passes=(GuestPass(made_at=NOW - 41 * DAY),)) == ()


def test_what_stands_against_a_message_is_said_beside_it() -> None:
    phone = MessageChannel(name="Texts", address="json://127.0.0.1/{phone}")

    (held,) = coming(make(hold_access=True), template())
    (nowhere,) = coming(make(), template(channel=phone))

    assert (held.obstacle, held.way) == (HELD, "e-mail")
    assert (nowhere.obstacle, nowhere.way) == (NO_ADDRESS, "Texts")


@pytest.mark.parametrize(
    "fields", [{"kind": StayKind.BLOCK}, {"status": StayStatus.TENTATIVE}, {"status": StayStatus.CANCELLED}]
)
def test_stay_whose_guest_gets_no_messages_plans_none(fields: dict[str, Any]) -> None:
    assert coming(make(**fields), template()) == ()


def test_those_with_a_time_come_first_in_order() -> None:
    later = template(name="Later", offset_minutes=-60, pk=8)
    ready = template(MessageKind.CODE_READY, name="Ready", pk=9)

    assert [one.name for one in coming(make(), ready, later, template())] == ["Hello", "Later", "Ready"]
