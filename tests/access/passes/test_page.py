"""The life of a pass, as its guest sees it."""

from __future__ import annotations

import datetime as dt
import html
import re
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.enums import AttemptStatus, EventType
from access.issuing import issue_new_pin
from access.models import AccessGrant, ActionAttempt, Event, GuestPass
from access.passes import ensure_pass, renew_pass, revoke_pass, sweep_passes
from locks.doors import remove_door
from locks.models import Door
from properties.booking import cancel_stay, override_times
from properties.enums import CancelReason, StayKind, StayStatus
from properties.models import Stay
from tests.access.passes.conftest import ADDRESS, Guest
from tests.factories import make_member, make_stay, make_unit, virtual_door
from tests.pages import signed_in, text_of
from tests.stack.house import DAY, HOUR, MINUTE, House, step

pytestmark = pytest.mark.django_db(transaction=True)
ARRIVAL = dt.datetime(2027, 3, 5, 14, tzinfo=dt.UTC)  # 15:00 in Zurich
OPENS = ARRIVAL - 30 * MINUTE
END = dt.datetime(2027, 3, 9, 10, tzinfo=dt.UTC)


def pin_of(guest: Guest) -> str:
    return guest.house.pin_of(guest.stay)


def test_before_its_time_it_tells_neither_code_nor_address(guest: Guest) -> None:
    guest.house.run()

    answer = guest.get()

    assert "Friday 5 March, 15:00" in text_of(answer)
    assert "From Wednesday 3 March, 14:30 CET you find the address here" in text_of(answer)
    assert ADDRESS not in answer.content.decode()
    assert pin_of(guest) not in answer.content.decode()
    assert "Imogen" not in answer.content.decode()


def test_code_is_refused_before_the_window(guest: Guest) -> None:
    guest.house.run()

    answer = guest.post("pass-code")

    assert pin_of(guest) not in answer.content.decode()
    assert not Event.objects.filter(type=EventType.PIN_REVEALED).exists()


def test_address_comes_at_its_time_and_the_code_still_does_not(guest: Guest) -> None:
    guest.house.at(OPENS - 48 * HOUR)

    answer = guest.get()

    assert ADDRESS in answer.content.decode()
    assert pin_of(guest) not in answer.content.decode()


def test_inside_the_window_the_code_is_shown_on_demand_and_opens_the_door(guest: Guest) -> None:
    guest.house.at(ARRIVAL)

    page = guest.get()
    assert pin_of(guest) not in page.content.decode()
    assert "Your code opens this door" in text_of(page)
    pin = guest.pin_shown()

    assert guest.house.opens(pin)
    look = Event.objects.get(type=EventType.PIN_REVEALED)
    assert (look.stay, look.actor) == (guest.stay, "Guest, on the web pass")
    assert pin not in guest.get().content.decode()


def test_code_page_that_is_reloaded_is_the_page_without_it(guest: Guest) -> None:
    guest.house.at(ARRIVAL)
    guest.pin_shown()

    assert guest.get("pass-code")["Location"] == guest.link()


def test_after_the_stay_there_is_nothing_but_a_goodbye(guest: Guest) -> None:
    guest.house.at(ARRIVAL)
    pin = guest.pin_shown()
    guest.house.at(END)

    for answer in (guest.get(), guest.post("pass-code"), guest.post("pass-help"), guest.get("pass-live")):
        told = answer.content.decode()
        assert not [word for word in (pin, ADDRESS, guest.stay.unit.name, "Ana,") if word in told]
    assert "Goodbye" in text_of(guest.get())


@pytest.mark.parametrize("reason", ["cancelled", "held", "tentative", "revoked"])
def test_pass_without_a_right_leaks_nothing(guest: Guest, reason: str) -> None:
    guest.house.at(ARRIVAL)
    pin, link = pin_of(guest), guest.link()
    match reason:
        case "cancelled":
            cancel_stay(guest.stay, reason=CancelReason.PERSON, actor="test", now=timezone.now())
        case "held":
            Stay.objects.update(hold_access=True)
        case "tentative":
            Stay.objects.update(status=StayStatus.TENTATIVE)
        case "revoked":
            revoke_pass(guest.stay, actor="test", now=timezone.now())

    client = Client()
    for answer in (client.get(link), client.post(f"{link}code/"), client.get(f"{link}live/")):
        told = answer.content.decode()
        assert answer.status_code == 200
        assert not [w for w in (pin, ADDRESS, guest.stay.unit.name, "5 March", "Ana,") if w in told]


def test_new_link_makes_the_former_one_dead(guest: Guest) -> None:
    old = guest.link()
    renew_pass(guest.stay, actor="test", now=timezone.now())

    assert "no longer valid" in text_of(Client().get(old))
    assert ensure_pass(guest.stay, now=timezone.now()) == guest.guest_pass
    assert guest.link() != old
    assert "Your stay" in text_of(guest.get())


def test_lease_without_end_has_a_pass_on_demand(guest: Guest) -> None:
    lease = make_stay(
        guest.house.unit, kind=StayKind.LEASE, departure_date=None, arrival_date=dt.date(2027, 3, 20)
    )
    assert not GuestPass.objects.filter(stay=lease).exists()
    renew_pass(lease, actor="test", now=timezone.now())
    tenant = Guest(guest.house, lease, Client())
    assert "Saturday 20 March" in text_of(tenant.get())
    assert "Check-out" not in text_of(tenant.get())

    guest.house.at(ARRIVAL + 20 * DAY)

    assert guest.house.opens(tenant.pin_shown())


def test_revoked_pass_is_not_made_again_by_itself(guest: Guest) -> None:
    revoke_pass(guest.stay, actor="test", now=timezone.now())

    assert sweep_passes(now=timezone.now()) == 0
    assert not GuestPass.objects.filter(revoked_at=None).exists()


def test_pass_that_was_missed_is_made_by_the_sweep(house: House) -> None:
    stay = make_stay(house.unit)
    GuestPass.objects.all().delete()

    assert sweep_passes(now=timezone.now()) == 1
    assert sweep_passes(now=timezone.now()) == 0
    assert GuestPass.objects.get().stay == stay


def test_moved_stay_moves_the_pass(guest: Guest) -> None:
    guest.house.at(OPENS - MINUTE)
    assert "Show my code" not in text_of(guest.get())

    override_times(
        guest.stay,
        check_in=dt.time(12),
        actor="test",
        now=timezone.now(),
    )

    assert "Friday 5 March, 12:00" in text_of(guest.get())
    assert "Show my code" in text_of(guest.get())


def test_doors_follow_the_stay(guest: Guest) -> None:
    garden = virtual_door(guest.house.unit, "yale", name="Garden gate")
    guest.house.at(ARRIVAL)
    assert "Garden gate" in text_of(guest.get())

    remove_door(garden, actor="test", now=timezone.now())
    guest.house.run()

    assert "Garden gate" not in text_of(guest.get())
    assert "Garden gate" not in text_of(guest.post("pass-code"))


def test_instructions_of_the_door_are_told_inside_the_window(guest: Guest) -> None:
    Door.objects.update(instructions="Press the tick afterwards")
    assert "Press the tick" not in text_of(guest.get())

    guest.house.at(ARRIVAL)

    assert "Press the tick" in text_of(guest.get())


def test_nothing_of_other_guests_is_told(guest: Guest) -> None:
    other = make_stay(make_unit(guest.house.unit.property, name="Attic"))
    make_stay(guest.house.unit, arrival_date=dt.date(2027, 3, 9))
    guest.house.at(ARRIVAL)

    told = guest.get().content.decode() + guest.post("pass-code").content.decode()

    assert guest.house.pin_of(other) not in told
    assert "Attic" not in told


def test_guest_opens_the_door_from_afar_and_sees_that_it_is_open(guest: Guest) -> None:
    guest.house.at(ARRIVAL)
    device = guest.house.doors[0].device

    asked = guest.post("pass-open", device.public_id)
    assert asked["Location"] == f"{guest.link()}#doors"
    assert "Opening" in text_of(guest.get())
    step(guest.house, 0.5, seconds=1)

    assert ActionAttempt.objects.get().status == AttemptStatus.SUCCESS
    assert "The door is unlocked" in text_of(guest.get("pass-live"))
    guest.house.at(ARRIVAL + 5 * MINUTE)
    assert "The door is unlocked" not in text_of(guest.get())


def test_door_of_somebody_else_is_not_opened(guest: Guest) -> None:
    other = virtual_door(make_unit(guest.house.unit.property), "schlage")
    guest.house.at(ARRIVAL)

    guest.post("pass-open", other.device.public_id)

    assert not ActionAttempt.objects.exists()


def test_door_is_not_opened_outside_the_window_or_against_the_setting(guest: Guest) -> None:
    device = guest.house.doors[0].device
    guest.post("pass-open", device.public_id)
    guest.house.at(ARRIVAL)
    place = guest.house.unit.property
    place.guest_unlock = False
    place.save()
    guest.post("pass-open", device.public_id)

    assert not ActionAttempt.objects.exists()
    assert "Unlock" not in text_of(guest.get())


def test_too_many_wishes_are_refused_for_a_while(guest: Guest) -> None:
    guest.house.at(ARRIVAL)
    device = guest.house.doors[0].device
    answers = [guest.post("pass-open", device.public_id) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [*[302] * 5, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    guest.house.at(ARRIVAL + 2 * MINUTE)
    assert guest.post("pass-open", device.public_id).status_code == 302


def test_looks_at_the_code_are_limited(guest: Guest) -> None:
    guest.house.at(ARRIVAL)

    statuses = [guest.post("pass-code").status_code for _ in range(21)]

    assert statuses == [*[200] * 20, 429]


def test_code_that_was_replaced_is_said_to_be_another(guest: Guest) -> None:
    guest.house.at(ARRIVAL)
    old = guest.pin_shown()
    issue_new_pin(AccessGrant.objects.get(), actor="test", now=timezone.now())
    guest.house.run()

    assert "Your code has changed" in text_of(guest.get("pass-live"))
    new = guest.pin_shown()
    assert new != old
    assert guest.house.opens(new)
    assert "Your code has changed" not in text_of(guest.get())


def test_page_is_kept_nowhere_and_sets_no_cookie(guest: Guest) -> None:
    guest.house.at(ARRIVAL)

    for answer in (guest.get(), guest.post("pass-code"), guest.get("pass-live"), guest.get("pass-manifest")):
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert not answer.cookies


def test_whole_page_is_small(guest: Guest, settings: object) -> None:
    guest.house.at(ARRIVAL)
    size = len(guest.post("pass-code").content)
    for name in ("css/tokens.css", "css/guest.css", "js/guest.js", "icons.svg", "favicon.svg"):
        with open(f"static/{name}", "rb") as file:
            size += len(file.read())

    assert size < 30_000


@pytest.mark.parametrize("token", ["x", "a" * 32, "../" * 9, "é" * 32])
def test_wrong_link_is_not_found(token: str) -> None:
    assert Client().get(reverse("pass", args=["T"]).replace("T", token)).status_code == 404


def test_link_is_in_no_log(guest: Guest, caplog: pytest.LogCaptureFixture) -> None:
    guest.house.at(ARRIVAL)
    for _ in range(25):
        guest.post("pass-code")

    assert str(guest.guest_pass.token) not in caplog.text


def test_token_is_not_in_the_clear_in_the_database(guest: Guest) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT p::text FROM access_guestpass p")
        [(row,)] = cursor.fetchall()

    assert str(guest.guest_pass.token) not in row


def test_page_that_was_only_fetched_is_not_called_opened(guest: Guest, owner_page: Any) -> None:
    """A chat app that draws a preview, or a mail scanner, does no more than that."""
    guest.house.at(ARRIVAL)
    guest.get()
    guest.client.head(guest.link())
    guest.get("pass-live")
    guest.get("pass-manifest")

    assert guest.guest_pass.first_fetched_at == ARRIVAL
    assert guest.guest_pass.first_opened_at is None
    assert "perhaps for a preview" in owner_page()
    assert "Guest's link fetched for the first time" in owner_page()
    assert "opened for the first time" not in owner_page()


@pytest.mark.parametrize("deed", ["pass-opened", "pass-code", "pass-help"])
def test_what_only_people_do_opens_the_pass_once(guest: Guest, owner_page: Any, deed: str) -> None:
    guest.house.at(ARRIVAL)
    guest.get()
    guest.house.at(ARRIVAL + MINUTE)
    guest.post(deed)
    guest.house.at(ARRIVAL + HOUR)
    guest.post(deed)

    assert guest.guest_pass.first_opened_at == ARRIVAL + MINUTE
    assert guest.guest_pass.first_fetched_at == ARRIVAL
    assert "opened for the first time" in owner_page()


def test_script_is_told_where_to_say_so_until_it_did(guest: Guest) -> None:
    guest.house.at(ARRIVAL)
    first = guest.get().content.decode()
    answer = guest.post("pass-opened")
    second = guest.get().content.decode()

    assert f'data-opened="{guest.link("pass-opened")}"' in first
    assert (answer.status_code, answer.content) == (204, b"")
    assert "data-opened" not in second


def test_fetching_shows_nobody_the_code_and_showing_it_counts_whoever_asked(guest: Guest) -> None:
    """Two truths: a code that was shown is never taken for unknown, a page that was fetched showed none."""
    guest.house.at(ARRIVAL)
    guest.get()
    fetched = AccessGrant.objects.get(revoked_at=None).revealed_at
    guest.post("pass-code")

    assert fetched is None
    assert AccessGrant.objects.get(revoked_at=None).revealed_at == ARRIVAL


@pytest.fixture
def owner_page(guest: Guest) -> Callable[[], str]:
    """The stay's page, as its manager sees it."""
    client = signed_in(make_member(guest.stay.workspace))
    return lambda: html.unescape(text_of(client.get(reverse("stay-detail", args=[guest.stay.public_id]))))


def test_manifest_leads_back_to_the_pass(guest: Guest) -> None:
    told = guest.get("pass-manifest", lang="de").json()

    assert told["start_url"] == guest.link() + "?lang=de"
    assert told["scope"] == told["id"] == guest.link()
    assert told["start_url"].startswith(told["scope"])
    assert told["name"] == told["short_name"]
    assert len(told["short_name"]) <= 20
    assert told["display"] == "standalone"
    assert re.fullmatch("#[0-9a-f]{6}", told["theme_color"])
    assert re.fullmatch("#[0-9a-f]{6}", told["background_color"])
    assert "Imogen" not in str(told)


def test_icons_of_the_manifest_are_pictures_of_the_sizes_that_it_says(guest: Guest) -> None:
    answer = guest.get("pass-manifest")
    icons = answer.json()["icons"]

    assert answer["Content-Type"] == "application/manifest+json"
    found = {(one["sizes"], one.get("purpose", "any")) for one in icons if one["type"] == "image/png"}
    assert found == {(f"{side}x{side}", what) for side in (192, 512) for what in ("any", "maskable")}
    for one in icons:
        path = finders.find(one["src"].removeprefix(settings.STATIC_URL))
        assert path, one["src"]
        if one["type"] == "image/png":
            width, height, corner = read_png(str(path))
            assert f"{width}x{height}" == one["sizes"]
            # A phone cuts its own shape out of a maskable icon, so nothing of that may be see-through.
            assert (corner == 255) is (one["purpose"] == "maskable")


def read_png(path: str) -> tuple[int, int, int]:
    """Width, height and the opacity of the first point; enough of the format for one that a browser wrote."""
    with open(path, "rb") as file:
        data = file.read()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, header, packed = 8, b"", b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        header = body if kind == b"IHDR" else header
        packed += body if kind == b"IDAT" else b""
        at += length + 12
    width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", header)
    points = zlib.decompress(packed)
    channels = {2: 3, 6: 4}[colour]
    assert depth == 8
    assert len(points) == height * (1 + width * channels)
    # The first row's first point is written as it is, whatever the filter.
    return width, height, points[4] if channels == 4 else 255
