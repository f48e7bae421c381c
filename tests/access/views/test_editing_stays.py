"""The form of a stay that others change too: what was typed on an old view is not written over what is newer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from properties.booking import GuestDetails, cancel_stay
from properties.enums import CancelReason, StayStatus
from properties.forms.stays import StayForm
from properties.models import CalendarFeed, Guest, Stay
from properties.wording import day_of
from tests.factories import NOW, make_feed, make_stay, make_unit
from tests.pages import assert_is_page, text_of
from tests.properties.calendars.feedlab import FeedLab, day
from tests.properties.calendars.samples import named
from tests.world import World


def address(name: str, stay: Stay) -> str:
    return reverse(name, args=[stay.public_id])


def form_of(stay: Stay, **typed: str) -> dict[str, str]:
    """What a browser would send of the form as it is now, with some of it typed over."""
    form = StayForm(workspace=stay.workspace, stay=stay)
    values = {name: form[name].value() for name in form.fields}
    sent = {name: "" if value is None else str(value) for name, value in values.items()}
    return {**sent, "unit": str(stay.unit_id), **typed}


def said_in(answer: Any) -> list[str]:
    return [str(one) for one in get_messages(answer.wsgi_request)]


@pytest.fixture
def feed(world: World) -> CalendarFeed:
    return make_feed(make_unit(world.place))


def test_form_opened_before_the_feed_moved_the_stay_writes_nothing(owner: Client, feed: CalendarFeed) -> None:
    lab = FeedLab(feed)
    lab.read(named("Ann", day(5), 4))
    stay = lab.stays[0]
    old = form_of(stay, notes="late train")
    lab.read(named("Ann", day(5), 7))

    refused = owner.post(address("stay-edit", stay), old)
    kept = Stay.objects.get(pk=stay.pk)
    again = {**old, "seen_revision": str(refused.context["form"]["seen_revision"].value())}
    saved = owner.post(address("stay-edit", stay), {**again, "departure_date": str(day(12))})

    assert_is_page(refused, status=422)
    assert "This stay was changed while you wrote" in text_of(refused)
    assert f"Now “{day_of(day(12))}”, changed by Calendar {feed}." in text_of(refused)
    assert "late train" in text_of(refused)
    assert (kept.departure_date, kept.notes) == (day(12), "")
    stay.refresh_from_db()
    assert (saved.status_code, stay.departure_date, stay.notes) == (302, day(12), "late train")


def test_form_without_what_it_was_built_on_is_refused(owner: Client, world: World) -> None:
    sent = form_of(world.stay, notes="x")
    del sent["seen_revision"]

    answer = owner.post(address("stay-edit", world.stay), sent)

    assert_is_page(answer, status=422)
    assert "This form is incomplete." in text_of(answer)


@pytest.mark.parametrize("reason", [CancelReason.EXPLICIT, CancelReason.ABSENCE, CancelReason.PERSON])
def test_note_on_a_cancelled_stay_leaves_it_cancelled(
    owner: Client, world: World, reason: CancelReason
) -> None:
    stay = cancel_stay(make_stay(world.unit), reason=reason, actor="pms", now=NOW)

    form = owner.get(address("stay-edit", stay))
    answer = owner.post(address("stay-edit", stay), form_of(stay, notes="refund due", status="confirmed"))

    assert 'name="status"' not in form.content.decode()
    assert said_in(answer) == ["Saved. The stay stays cancelled; Reinstate brings it back."]
    stay.refresh_from_db()
    assert (stay.status, stay.cancel_reason, stay.notes) == (StayStatus.CANCELLED, reason, "refund due")


def test_form_opened_before_the_stay_was_cancelled_does_not_bring_it_back(
    owner: Client, world: World
) -> None:
    stay = make_stay(world.unit)
    old = form_of(stay, notes="late train")
    cancel_stay(stay, reason=CancelReason.EXPLICIT, actor="pms", now=NOW)

    answer = owner.post(address("stay-edit", stay), old)

    assert answer.status_code == 422
    assert "Status: Now “cancelled”, changed by pms." in text_of(answer)
    assert Stay.objects.get(pk=stay.pk).status == StayStatus.CANCELLED


def test_newer_time_of_the_source_does_not_swallow_what_a_person_wrote(owner: Client, world: World) -> None:
    stay = make_stay(world.unit, source_updated_at=NOW)
    sent = form_of(stay, notes="late train")
    Stay.objects.filter(pk=stay.pk).update(source_updated_at=NOW + dt.timedelta(hours=1))

    owner.post(address("stay-edit", stay), sent)

    stay.refresh_from_db()
    assert (stay.notes, stay.source_updated_at) == ("late train", NOW + dt.timedelta(hours=1))


def test_saving_what_is_there_already_says_so(owner: Client, world: World) -> None:
    stay = make_stay(world.unit, guest=GuestDetails(name="Ann"))

    answer = owner.post(address("stay-edit", stay), form_of(stay))

    assert said_in(answer) == ["Nothing was different, so nothing was changed."]
    assert Stay.objects.get(pk=stay.pk).revision == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (StayStatus.TENTATIVE, "The stay is back; it is tentative and gets a code once it is confirmed."),
        (StayStatus.CONFIRMED, "The stay is back; the code is on the way to the doors."),
    ],
)
def test_reinstated_stay_is_what_it_was(owner: Client, world: World, status: StayStatus, said: str) -> None:
    stay = make_stay(world.unit, status=status)
    cancel_stay(stay, reason=CancelReason.PERSON, actor="ana", now=NOW)

    answer = owner.post(address("stay-reinstate", stay))

    assert said_in(answer) == [said]
    assert Stay.objects.get(pk=stay.pk).status == status


def test_digits_of_the_phone_follow_the_phone(owner: Client, world: World) -> None:
    """A source may give the digits without the phone: these stay until somebody writes a phone."""
    Guest.objects.filter(stays=world.stay).update(phone="", phone_last4="0412")
    digits = []
    for phone in ("", "+41 44 668 18 00", "+41 44 668 18 93", ""):
        stay = Stay.objects.select_related("guest", "unit", "workspace").get(public_id=world.stay.public_id)
        owner.post(address("stay-edit", stay), form_of(stay, guest_phone=phone, notes=f"“{phone}”"))
        digits.append(Guest.objects.get(stays=world.stay).phone_last4)

    assert digits == ["0412", "1800", "1893", ""]
