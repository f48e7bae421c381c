from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from properties.models import Property, Stay, Unit
from tests.factories import make_member, make_property, make_stay, make_unit, make_workspace
from tests.pages import assert_is_page, signed_in, text_of

pytestmark = pytest.mark.django_db

GOOD = {
    "name": "Harbour House",
    "address": "Quay 1",
    "time_zone": "Europe/Zurich",
    "check_in_time": "15:00",
    "check_out_time": "11:00",
    "buffer_before": "30",
    "buffer_after": "0",
    "automatic_backup": "on",
    "backup_minutes": "45",
    "address_hours": "24",
}


def test_property_is_added_with_its_rules() -> None:
    workspace = make_workspace()

    answer = signed_in(make_member(workspace)).post(reverse("property-create"), GOOD)

    place = Property.objects.get(workspace=workspace)
    assert answer["Location"] == reverse("property-detail", args=[place.public_id])
    assert (place.name, place.time_zone, place.buffer_before) == ("Harbour House", "Europe/Zurich", 30)
    assert place.check_in_time == dt.time(15)


def test_property_form_keeps_what_was_typed_and_points_at_errors() -> None:
    workspace = make_workspace()
    make_property(workspace, name="Harbour House")

    answer = signed_in(make_member(workspace)).post(
        reverse("property-create"), {**GOOD, "time_zone": "Mars/Olympus", "address": "Kept street 9"}
    )

    assert_is_page(answer, status=422)
    page = answer.content.decode()
    assert "Kept street 9" in page
    assert 'href="#id_name"' in page
    assert 'href="#id_time_zone"' in page
    assert 'aria-invalid="true"' in page
    assert "autofocus" in page
    assert Property.objects.in_workspace(workspace).count() == 1


def test_other_workspaces_may_use_the_same_name() -> None:
    make_property(make_workspace(), name="Harbour House")
    workspace = make_workspace()

    signed_in(make_member(workspace)).post(reverse("property-create"), GOOD)

    assert Property.objects.in_workspace(workspace).get().name == "Harbour House"


def test_new_rules_move_stays_and_say_how_many() -> None:
    stay = make_stay(make_unit(make_property(time_zone="UTC")))
    place = stay.unit.property
    client = signed_in(make_member(place.workspace))

    answer = client.post(
        reverse("property-edit", args=[place.public_id]),
        {**GOOD, "name": place.name, "time_zone": "UTC", "check_in_time": "17:00"},
        follow=True,
    )

    assert "The times of 1 stay moved with it." in text_of(answer)
    assert Stay.objects.get().starts_at == dt.datetime(2027, 3, 5, 16, 30, tzinfo=dt.UTC)


def test_unit_is_added_and_renamed() -> None:
    place = make_property()
    client = signed_in(make_member(place.workspace))

    client.post(reverse("unit-create", args=[place.public_id]), {"name": "Loft"})
    unit = Unit.objects.get()
    client.post(reverse("unit-edit", args=[unit.public_id]), {"name": "Attic"})

    unit.refresh_from_db()
    assert (unit.name, unit.property) == ("Attic", place)


def test_second_unit_of_a_name_is_refused() -> None:
    unit = make_unit()
    client = signed_in(make_member(unit.property.workspace))

    answer = client.post(reverse("unit-create", args=[unit.property.public_id]), {"name": unit.name})

    assert_is_page(answer, status=422)
    assert Unit.objects.count() == 1


def test_page_of_a_property_says_by_which_rules_guests_come_in() -> None:
    place = make_property(backup_minutes=90, guest_unlock=False, guest_contact="Ana, +34 612")
    client, address = (
        signed_in(make_member(place.workspace)),
        reverse("property-detail", args=[place.public_id]),
    )

    page = client.get(address)
    Property.objects.filter(pk=place.pk).update(automatic_backup=False, address="Quay 1", address_hours=1)
    changed = text_of(client.get(address))

    assert_is_page(page)
    for told in (
        "is not confirmed 1 h 30 min before arrival",
        "only the code",
        "Ana, +34 612",
        "has no address",
    ):
        assert told in text_of(page)
    assert "given by a person only" in changed
    assert "1 hour before check-in" in changed
