from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from access.enums import EventType
from access.models import Event
from access.stay_pages import evidence_of, records_of
from properties.booking import GuestDetails, touch_units
from properties.models import Stay
from tests.factories import NOW, make_member, make_stay
from tests.pages import HTMX, signed_in, staff_of, text_of

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
GUEST = GuestDetails(
    name="Ines Duarte", email="ines@example.org", phone="+41 44 668 18 00", phone_last4="1800"
)


def make_history(stay: Stay, *, events: int) -> None:
    for number in range(events):
        moment = NOW + (number + 1) * MINUTE
        Event.objects.create(
            workspace=stay.workspace,
            stay=stay,
            type=EventType.CODE_SET,
            occurred_at=moment,
            actor=f"E{number}",
        )
        touch_units([stay.unit_id], actor=f"T{number}", now=moment)


def test_pages_of_a_stays_timeline_show_each_line_once_and_newest_first() -> None:
    stay = make_stay()
    make_history(stay, events=6)

    pages = [
        evidence_of(stay, (), records_of(stay), page=number, with_contact=True, size=5)
        for number in (1, 2, 3, 4)
    ]

    assert [len(page.lines) for page in pages] == [5, 5, 3, 0]
    assert [(page.newer, page.older) for page in pages] == [(None, 2), (1, 3), (2, None), (3, None)]
    lines = [entry for page in pages for entry in page.lines]
    assert lines == sorted(lines, key=lambda entry: entry.at, reverse=True)
    assert len({(entry.at, entry.who) for entry in lines}) == 13


def test_stay_page_leads_to_what_happened_before() -> None:
    stay = make_stay()
    make_history(stay, events=30)
    client = signed_in(make_member(stay.workspace))
    address = reverse("stay-detail", args=[stay.public_id])

    first, second = client.get(address), client.get(address, {"page": "2"})
    poll = client.get(address, {"page": "2", "v": "old"}, headers=HTMX)

    assert f'href="{address}?page=2#timeline-title"' in first.content.decode()
    assert "Stay created" not in text_of(first)
    for answer in (second, poll):
        assert "Stay created" in text_of(answer)
        assert "&amp;page=2" in answer.content.decode()
        assert "Older" not in text_of(answer)


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e9", "٣", "9999999"])
def test_page_of_the_timeline_that_is_none_is_the_first(page: str) -> None:
    stay = make_stay()
    client = signed_in(make_member(stay.workspace))

    answer = client.get(reverse("stay-detail", args=[stay.public_id]), {"page": page})

    assert "Stay created" in text_of(answer)


def test_staff_is_not_told_how_to_reach_the_guest() -> None:
    stay = make_stay(guest=GUEST)
    address = reverse("stay-detail", args=[stay.public_id])

    for_staff, for_owner = staff_of(stay.workspace), signed_in(make_member(stay.workspace))

    seen = text_of(for_staff.get(address))
    assert "guest&#x27;s email: for managers only" in seen
    assert "Ines Duarte" in seen
    for contact in (GUEST.email, GUEST.phone, GUEST.phone_last4):
        assert contact not in seen
        assert contact in text_of(for_owner.get(address))
