from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from properties.enums import PinPolicy
from properties.models import Property
from tests.factories import make_property
from tests.pages import assert_is_page, text_of
from tests.world import World

GIVEN = {"name": "Harbour flats", "pin_policy": "phone", "backup_pool_size": "3"}


@pytest.mark.django_db(transaction=True)
def test_settings_are_saved_and_pools_resized(owner: Client, world: World) -> None:
    OrmQ.objects.all().delete()
    asked = owner.get(reverse("settings"))
    owner.post(reverse("settings"), GIVEN)
    world.workspace.refresh_from_db()

    assert_is_page(asked)
    assert (world.workspace.name, world.workspace.pin_policy, world.workspace.backup_pool_size) == (
        "Harbour flats",
        PinPolicy.PHONE,
        3,
    )
    assert [task.func() for task in OrmQ.objects.all()] == ["access.tasks.resize_backup_pools"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": ""}, "Give the workspace a name"),
        ({"backup_pool_size": "21"}, "20"),
        ({"pin_policy": "x"}, "x"),
    ],
)
def test_settings_that_are_wrong_say_so(
    owner: Client, world: World, changed: dict[str, str], told: str
) -> None:
    answer = owner.post(reverse("settings"), {**GIVEN, **changed})
    world.workspace.refresh_from_db()

    assert_is_page(answer, status=422)
    assert told in text_of(answer)
    assert world.workspace.name == "Quay workspace"


def test_rules_are_given_to_chosen_properties_alone(owner: Client, world: World) -> None:
    world.place.check_in_time, world.place.buffer_before = dt.time(17), 45
    world.place.save()
    chosen, other = make_property(world.workspace), make_property(world.workspace)
    address = reverse("property-copy", args=[world.place.public_id])

    asked = owner.get(address)
    answer = owner.post(address, {"groups": ["times"], "to": [str(chosen.public_id)]}, follow=True)

    assert_is_page(asked)
    assert "1 property has the rules" in text_of(answer)
    assert [
        (one.check_in_time, one.buffer_before)
        for one in Property.objects.filter(pk__in=[chosen.pk, other.pk]).order_by("pk")
    ] == [(dt.time(17), 0), (dt.time(15), 0)]


def test_rules_are_not_given_to_properties_of_others(owner: Client, world: World) -> None:
    stranger = make_property()
    address = reverse("property-copy", args=[world.place.public_id])
    answer = owner.post(address, {"groups": ["times"], "to": [str(stranger.public_id)]})

    assert_is_page(answer, status=422)


def test_staff_does_not_change_settings(staff: Client, world: World) -> None:
    assert staff.get(reverse("settings")).status_code == 403
    assert staff.post(reverse("settings"), GIVEN).status_code == 403
    assert staff.get(reverse("property-copy", args=[world.place.public_id])).status_code == 403
