"""A house of flats, each with a virtual lock of another brand and a stranger's code on it, and one entrance for all."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from access.api_keys import create_key
from locks.devices import capabilities_of
from locks.drivers.virtual.models import VirtualCode, VirtualLock
from locks.drivers.virtual.moods import Mood, set_mood
from locks.drivers.virtual.outside import add_foreign_code
from properties.models import Unit, Workspace
from tests.factories import lock_of, make_property, make_unit, virtual_door

# One that keeps windows, one that holds codes switched off, one that hides PINs, one that can't be read, ...
BRANDS = ("nuki", "lockly", "wyze", "yale", "august", "ttlock")
FOREIGN_DIGITS = "73915846"
# A lock takes ten commands a minute by itself; here it takes more, so that nobody waits for that.
REPORTS = {"commands_per_minute": 120}

Stranger = tuple[int, int, str | None, str, bool]


@dataclass(frozen=True, slots=True)
class House:
    units: tuple[Unit, ...]
    locks: tuple[VirtualLock, ...]
    strangers: frozenset[Stranger]
    secret: str


def build_house(*, flats: int, call_seconds: float) -> House:
    now = timezone.now()
    workspace = Workspace.objects.create(name="Chaos", backup_pool_size=0)
    place = make_property(workspace)
    units = [make_unit(place) for _ in range(flats)]
    doors = [
        virtual_door(unit, BRANDS[number % len(BRANDS)], now=now, reports=REPORTS)
        for number, unit in enumerate(units)
    ]
    doors.append(virtual_door(place, "nuki", now=now, reports=REPORTS))
    locks = [lock_of(door) for door in doors]
    for door, lock in zip(doors, locks, strict=True):
        length = min(capabilities_of(door.device).pin_lengths)
        add_foreign_code(lock, pin=FOREIGN_DIGITS[:length], name="The owner's aunt", now=now)
        set_mood(lock, Mood.SLOW, seconds=call_seconds)
    _, secret = create_key(workspace, name="Chaos")
    return House(tuple(units), tuple(locks), strangers_on(locks), secret)


def strangers_on(locks: list[VirtualLock] | tuple[VirtualLock, ...]) -> frozenset[Stranger]:
    """Everything on these locks that no driver wrote."""
    codes = VirtualCode.objects.filter(lock__in=[lock.pk for lock in locks], foreign=True)
    return frozenset((code.lock_id, code.slot, code.pin, code.name, code.enabled) for code in codes)
