"""Two people have the same form open: the second neither undoes what the first did, nor is left in the dark."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from locks.models import Door
from properties.enums import AmbiguousPolicy, PinPolicy
from properties.models import CalendarFeed, Property, Workspace
from tests.factories import NOW, make_unit
from tests.pages import signed_in, text_of
from tests.world import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world("Quay", now=NOW)


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.owner)


def opened(client: Client, address: str, **kept: Any) -> dict[str, Any]:
    """What a browser would send of the form as it stands."""
    answer = client.get(address)
    assert answer.status_code == 200
    return sent_by(answer, **kept)


def sent_by(answer: Any, **changed: Any) -> dict[str, Any]:
    form = answer.context["form"]
    carried = re.search(r'name="seen" value="([^"]*)"', answer.content.decode())
    assert carried, "the form does not say what was seen"
    values = {}
    for field in form.visible_fields():
        value = field.value()
        if value is not None and value is not False and value != "":
            values[field.html_name] = "on" if value is True else value
    return {**values, "seen": html.unescape(carried[1]), **changed}


def test_field_that_only_somebody_else_changed_is_kept(client: Client, world: World) -> None:
    address = reverse("property-edit", args=[world.place.public_id])
    mine = opened(client, address, guest_contact="Ana, +34 612 345 678")
    client.post(address, opened(client, address, buffer_before="45", automatic_backup=""))

    saved = client.post(address, mine, follow=True)
    place = Property.objects.get(pk=world.place.pk)

    assert (place.buffer_before, place.automatic_backup, place.guest_contact) == (
        45,
        False,
        "Ana, +34 612 345 678",
    )
    assert "Somebody else changed" in text_of(saved)
    assert "“Minutes before check-in”" in text_of(saved)


def test_field_that_both_changed_is_asked_about_and_goes_when_sent_again(
    client: Client, world: World
) -> None:
    address = reverse("property-edit", args=[world.place.public_id])
    mine = opened(client, address, check_in_time="16:30", guest_contact="Ana")
    client.post(address, opened(client, address, check_in_time="14:00"))

    told = client.post(address, mine)
    assert told.status_code == 422
    assert "Somebody else set this to 14:00 meanwhile" in text_of(told)
    assert 'value="16:30"' in told.content.decode()
    assert Property.objects.get(pk=world.place.pk).check_in_time.hour == 14

    client.post(address, sent_by(told))
    place = Property.objects.get(pk=world.place.pk)
    assert (place.check_in_time.hour, place.guest_contact) == (16, "Ana")


def test_settings_of_the_workspace_are_not_undone(client: Client, world: World) -> None:
    address = reverse("settings")
    mine = opened(client, address, name="Quayside")
    client.post(address, opened(client, address, pin_policy=PinPolicy.PHONE))

    client.post(address, mine)
    row = Workspace.objects.get(pk=world.workspace.pk)

    assert (row.name, row.pin_policy) == ("Quayside", PinPolicy.PHONE)


def test_door_keeps_the_units_that_somebody_else_ticked(client: Client, world: World) -> None:
    other = make_unit(world.place, name="Attic")
    address = reverse("door-edit", args=[world.door.public_id])
    mine = opened(client, address, instructions="Press ✓ afterwards.")
    client.post(address, opened(client, address, units=[world.unit.pk, other.pk]))

    client.post(address, mine)
    door = Door.objects.get(pk=world.door.pk)

    assert set(door.units.all()) == {world.unit, other}
    assert door.instructions == "Press ✓ afterwards."


def test_feed_keeps_the_policy_that_somebody_else_chose(client: Client, world: World) -> None:
    address = reverse("feed-edit", args=[world.feed.public_id])
    mine = opened(client, address, name="Fewo")
    client.post(address, opened(client, address, ambiguous_policy=AmbiguousPolicy.IGNORE))

    client.post(address, mine)
    feed = CalendarFeed.objects.get(pk=world.feed.pk)

    assert (feed.name, feed.ambiguous_policy) == ("Fewo", AmbiguousPolicy.IGNORE)


@pytest.mark.parametrize("carried", ["", "nonsense", "[]", '{"name": 3, "nothing": "x"}'])
def test_form_that_carries_nonsense_is_taken_as_it_is(client: Client, world: World, carried: str) -> None:
    address = reverse("settings")
    saved = client.post(address, opened(client, address, name="Quayside", seen=carried))

    assert saved.status_code in (302, 422)


def test_line_ends_of_a_browser_are_no_change(client: Client, world: World) -> None:
    Property.objects.filter(pk=world.place.pk).update(arrival_notes="Left gate.\nThird floor.")
    address = reverse("property-edit", args=[world.place.public_id])

    client.post(address, opened(client, address, arrival_notes="Left gate.\r\nThird floor."))

    assert Property.objects.get(pk=world.place.pk).arrival_notes == "Left gate.\nThird floor."
    assert not world.workspace.changes.filter(what="Property changed").exists()
