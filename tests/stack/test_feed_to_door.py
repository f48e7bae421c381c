"""The main job for each brand: a calendar on a real HTTP server, a code on a lock, a PIN typed into its keypad."""

from __future__ import annotations

import datetime as dt
import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.utils import timezone

from access.models import AccessCode
from access.running.runner import run_due
from locks.brands import BRANDS
from locks.drivers.virtual.keypad import keypad
from properties.calendars.syncing import sync_feed
from properties.models import Stay
from tests.factories import lock_of, make_feed, make_stay, make_unit, virtual_door
from tests.properties.calendars.conftest import CalendarServer, reply
from tests.properties.calendars.samples import calendar, event
from tests.stack.house import DAY, HOUR, MINUTE, House, build_house

pytestmark = pytest.mark.django_db(transaction=True)

ONLINE_BRANDS = [key for key, brand in BRANDS.items() if brand.capabilities.online_codes]
UID = "1418fb94e984-0a1b2c3d4e5f60718293a4b5c6d7e8f9@airbnb.com"
WORDS = "Reservation URL: https://www.airbnb.com/hosting/reservations/details/HMQ7XK2P9A"
NEIGHBOUR = event(
    "1418fb94e984-11@airbnb.com", "20270601", "20270605", "Reserved", f"{WORDS[:-10]}HMZZZZZZZZ"
)


class Feed:
    """The unit's Airbnb calendar, as the channel would change it."""

    def __init__(self, server: CalendarServer, house: House) -> None:
        self.server, self.house = server, house
        self.feed = make_feed(house.unit, url=server.url("/calendar.ics"))

    def show(self, last: str, *, uid: str = UID, status: str = "") -> None:
        extra = [f"STATUS:{status}"] if status else []
        stay = event(uid, "20270305", last, "Reserved", WORDS, *extra)
        self.server.answers["/calendar.ics"] = reply(calendar("airbnb", stay, NEIGHBOUR))
        sync_feed(self.feed.pk)


@pytest.mark.parametrize("brand", ONLINE_BRANDS)
def test_booking_in_a_calendar_opens_the_door_for_exactly_the_stay(
    travel: time_machine.Traveller, server: CalendarServer, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    feed = Feed(server, house)
    feed.show("20270308")
    stay = Stay.objects.get(reference="HMQ7XK2P9A")
    assert stay.ends_at is not None

    house.at(stay.starts_at - MINUTE)
    pin = house.pin_of(stay)
    assert not house.opens(pin)
    house.at(stay.starts_at)
    assert house.opens(pin)

    feed.show("20270310", uid="1418fb94e984-ffff@airbnb.com")
    house.at(stay.ends_at + DAY)
    assert house.opens(pin), "extended, under another UID"
    assert house.pin_of(stay) == pin

    feed.show("20270309", uid="1418fb94e984-ffff@airbnb.com")
    end = stay.ends_at + DAY
    house.at(end + MINUTE)
    assert not house.opens(pin), "shortened"
    assert not AccessCode.objects.filter(grant__stay=stay, ended_at=None).exists()


@pytest.mark.parametrize("brand", ONLINE_BRANDS)
def test_booking_cancelled_in_its_calendar_leaves_no_code(
    travel: time_machine.Traveller, server: CalendarServer, brand: str
) -> None:
    house = build_house(travel, brand=brand)
    feed = Feed(server, house)
    feed.show("20270308")
    stay = Stay.objects.get(reference="HMQ7XK2P9A")
    house.at(stay.starts_at + HOUR)
    house.at(stay.starts_at + HOUR + 2 * MINUTE)  # some brands refuse a start that is not ahead
    pin = house.pin_of(stay)
    assert house.opens(pin)

    feed.show("20270308", status="CANCELLED")
    house.run()

    assert not house.opens(pin)
    assert house.lock.codes.count() == 0


def test_f42_calendar_that_never_answers_holds_up_neither_locks_nor_pages(server: CalendarServer) -> None:
    unit = make_unit()
    door = virtual_door(unit.property, "nuki", now=timezone.now())
    feed = make_feed(unit, url=server.url("/calendar.ics"))

    def hang(handler: BaseHTTPRequestHandler) -> None:
        server.stop.wait(20)

    def fetch() -> None:
        sync_feed(feed.pk)
        connections.close_all()

    server.answers["/calendar.ics"] = hang
    fetching = threading.Thread(target=fetch)
    fetching.start()
    try:
        while not server.requests:
            time.sleep(0.01)
        today = timezone.now().date()
        make_stay(unit, arrival_date=today - DAY, departure_date=today + DAY, now=timezone.now())
        run_due()
        answer = Client().get("/accounts/login/")

        code = AccessCode.objects.get()
        assert code.pin is not None
        assert keypad(lock_of(door), code.pin).opened
        assert answer.status_code == 200
        assert fetching.is_alive()
    finally:
        server.stop.set()
        fetching.join()
    feed.refresh_from_db()
    assert feed.failures == 1


def test_p9_f82_broken_calendars_take_no_code_off_the_lock(
    travel: time_machine.Traveller, server: CalendarServer
) -> None:
    house = build_house(travel)
    feed = Feed(server, house)
    feed.show("20270308")
    stay = Stay.objects.get(reference="HMQ7XK2P9A")
    house.at(stay.starts_at - dt.timedelta(hours=20))
    whole = calendar("airbnb", event(UID, "20270305", "20270308", "Reserved", WORDS))
    pin = house.pin_of(stay)

    for answer in (
        reply(b"", 500),
        reply(b"<html>sorry</html>", Content_Type="text/html"),
        reply(whole[: len(whole) // 2]),
        reply(calendar("airbnb")),
        reply(b""),
    ):
        server.answers["/calendar.ics"] = answer
        for _ in range(4):
            travel.shift(15 * MINUTE)
            sync_feed(feed.feed.pk)
            house.run()
    house.at(stay.starts_at)

    assert house.opens(pin)
