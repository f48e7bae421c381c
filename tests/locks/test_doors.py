from __future__ import annotations

import datetime as dt
import threading
import time

import pytest
from django.db import connection, transaction

from locks.doors import DoorError, add_door, change_door, remove_door
from locks.models import Device, Door
from locks.queries import devices_for_unit, doors_by_unit, doors_for_unit, units_of_door
from properties.models import Stay, Unit
from tests.factories import (
    NOW,
    make_device,
    make_property,
    make_stay,
    make_unit,
    make_workspace,
    virtual_door,
)

pytestmark = pytest.mark.django_db


def revision(stay: Stay) -> int:
    return Stay.objects.get(pk=stay.pk).revision


def test_new_door_moves_the_stays_of_the_units_it_serves_only() -> None:
    unit = make_unit()
    other = make_unit(unit.property)
    stay, neighbour = make_stay(unit), make_stay(other)

    virtual_door(unit)

    assert revision(stay) == stay.revision + 1
    assert revision(neighbour) == neighbour.revision


def test_shared_door_moves_the_stays_of_every_unit() -> None:
    unit = make_unit()
    stays = [make_stay(unit), make_stay(make_unit(unit.property))]

    virtual_door(unit.property)

    assert [revision(stay) - stay.revision for stay in stays] == [1, 1]


def test_past_stay_is_left_alone() -> None:
    unit = make_unit()
    stay = make_stay(unit)
    assert stay.ends_at is not None

    virtual_door(unit, now=stay.ends_at + dt.timedelta(seconds=1))

    assert revision(stay) == stay.revision


def test_changed_units_move_the_stays_that_lose_or_gain_the_door() -> None:
    place = make_property()
    losing, keeping, gaining = (make_unit(place) for _ in range(3))
    stays = [make_stay(unit) for unit in (losing, keeping, gaining)]
    door = virtual_door(place, units=[losing, keeping])
    before = [revision(stay) for stay in stays]

    change_door(door, units=[keeping, gaining], actor="test", now=NOW)

    assert [revision(stay) - old for stay, old in zip(stays, before, strict=True)] == [1, 0, 1]
    assert list(units_of_door(door)) == sorted([keeping, gaining], key=lambda unit: unit.name)


def test_changed_device_moves_every_stay_of_the_door() -> None:
    unit = make_unit()
    stay = make_stay(unit)
    door = virtual_door(unit)
    before = revision(stay)

    door = change_door(door, device=make_device(unit.property.workspace), actor="test", now=NOW)

    assert revision(stay) == before + 1
    assert list(devices_for_unit(unit)) == [door.device]


def test_new_name_moves_no_stay() -> None:
    unit = make_unit()
    stay = make_stay(unit)
    door = virtual_door(unit)
    before = revision(stay)

    assert change_door(door, name=" Garage ", actor="test", now=NOW).name == "Garage"
    assert revision(stay) == before


def test_removed_door_moves_its_stays_and_leaves_the_device() -> None:
    unit = make_unit()
    stay = make_stay(unit)
    door = virtual_door(unit)
    before = revision(stay)

    remove_door(door, actor="test", now=NOW)

    assert revision(stay) == before + 1
    assert not Door.objects.exists()
    assert Device.objects.filter(pk=door.device_id).exists()


def test_door_of_a_lock_from_another_workspace_is_refused() -> None:
    unit = make_unit()

    with pytest.raises(DoorError, match="belongs to another workspace"):
        add_door(unit.property, name="Front", device=make_device(), units=[unit], actor="test", now=NOW)


def test_door_with_units_of_another_property_is_refused() -> None:
    workspace = make_workspace()
    place, stranger = make_property(workspace), make_unit(make_property(workspace))

    with pytest.raises(DoorError, match="units of its own property only"):
        add_door(place, name="Front", device=make_device(workspace), units=[stranger], actor="test", now=NOW)


@pytest.mark.parametrize(
    ("name", "units", "sentence"),
    [
        (" ", True, "Give the door a name."),
        ("x" * 101, True, "A door's name has at most 100 characters."),
        ("Taken", True, "already has a door “Taken”"),
        ("Front", False, "Say which units the door serves, or that it serves all."),
    ],
)
def test_door_that_cannot_be_is_refused(name: str, units: bool, sentence: str) -> None:
    unit = make_unit()
    virtual_door(unit, name="Taken")
    device = make_device(unit.property.workspace)

    with pytest.raises(DoorError, match=sentence):
        add_door(
            unit.property, name=name, device=device, units=[unit] if units else [], actor="test", now=NOW
        )

    assert Door.objects.count() == 1


def test_f78_lock_is_one_door_at_a_time() -> None:
    door = virtual_door(make_unit(), name="Front")

    with pytest.raises(DoorError, match="already is the door “Front”"):
        add_door(door.property, name="Back", device=door.device, serves_all_units=True, actor="test", now=NOW)


def test_lock_that_is_not_managed_is_no_door() -> None:
    unit = make_unit()
    device = make_device(unit.property.workspace)
    device.is_managed = False
    device.save()

    with pytest.raises(DoorError, match="is not managed here"):
        add_door(unit.property, name="Front", device=device, units=[unit], actor="test", now=NOW)


def test_removed_lock_is_no_new_door_and_an_old_one_can_be_named_anew() -> None:
    door = virtual_door(make_unit(), name="Front")
    workspace = door.property.workspace
    gone = make_device(workspace)
    Device.objects.filter(pk__in=[gone.pk, door.device_id]).update(removed_at=NOW)

    with pytest.raises(DoorError, match="no longer lists"):
        add_door(door.property, name="Back", device=gone, serves_all_units=True, actor="test", now=NOW)
    with pytest.raises(DoorError, match="no longer lists"):
        change_door(door, device=gone, actor="test", now=NOW)

    assert change_door(door, name="Old front", actor="test", now=NOW).name == "Old front"


@pytest.mark.django_db(transaction=True)
def test_lock_that_two_properties_take_at_once_is_the_door_of_one() -> None:
    first = make_unit()
    second = make_unit(make_property(first.property.workspace))
    device = make_device(first.property.workspace)
    refused: list[str] = []
    waiting = threading.Event()

    def take_too() -> None:
        waiting.set()
        try:
            add_door(second.property, name="B", device=device, units=[second], actor="test", now=NOW)
        except DoorError as error:
            refused.append(str(error))
        finally:
            connection.close()

    other = threading.Thread(target=take_too)
    with transaction.atomic():
        add_door(first.property, name="A", device=device, units=[first], actor="test", now=NOW)
        other.start()
        waiting.wait()
        time.sleep(0.3)
    other.join()

    assert [door.name for door in Door.objects.filter(device=device)] == ["A"]
    assert refused == [f"{device.name} already is the door “A” of {first.property.name}."]


def test_unit_is_opened_by_its_own_and_by_shared_doors() -> None:
    place = make_property()
    unit, other = make_unit(place), make_unit(place)
    shared = virtual_door(place, name="A shared")
    own = virtual_door(unit, name="B own")
    virtual_door(other, name="C other")
    virtual_door(make_property(place.workspace), name="D elsewhere")

    assert list(doors_for_unit(unit)) == [shared, own]
    assert list(devices_for_unit(unit)) == [shared.device, own.device]
    assert set(units_of_door(shared)) == {unit, other}
    assert set(units_of_door(own)) == {unit}


def test_device_that_is_not_managed_is_not_programmed() -> None:
    unit = make_unit()
    door = virtual_door(unit)
    Device.objects.update(is_managed=False)

    assert list(devices_for_unit(unit)) == []
    assert list(doors_for_unit(unit)) == [door]


@pytest.mark.parametrize("count", [1, 3])
def test_doors_of_many_units_take_two_queries(count: int, django_assert_num_queries: object) -> None:
    place = make_property()
    units: list[Unit] = [make_unit(place) for _ in range(count)]
    shared = virtual_door(place, name="A shared")
    own = [virtual_door(unit, name=f"B {number}") for number, unit in enumerate(units)]

    with django_assert_num_queries(2):  # type: ignore[operator]  # pytest-django's fixture is untyped here
        doors = doors_by_unit(units)
        workspaces = {door.device.account.workspace_id for served in doors.values() for door in served}

    assert doors == {unit.pk: [shared, door] for unit, door in zip(units, own, strict=True)}
    assert workspaces == {place.workspace_id}
