"""The five days before the demo was first started: guests came and went, batteries ran down, a few things broke.

The demo is the world outside here: it types at keypads, has hands and moods (locks/drivers/virtual), and has the engine
do what is due in between (`past`); what is shown of it is what the engine found. Only the battery levels of the weeks
before are written down as readings, since nobody can relive them. Called once by `manage.py demo`.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from access.attempts import request_attempt
from access.backups import switch_pool
from access.backups.sweeping import sweep_backups
from access.codes import NewCode, create_code
from access.demo.bookings import PLANS, book, soonest
from access.demo.office import ELECTRICIAN, MANAGER
from access.demo.past import PastClock, living_by
from access.demo.portfolio import demo_workspace, ensure_portfolio
from access.enums import AttemptType
from access.foreign.devices import unmanage_device
from access.issuing import reveal_pins
from access.messaging.sweeping import sweep_messages
from access.models import AccessCode, AccessGrant, StaffAccess
from access.passes.doing import reveal_codes
from access.passes.links import live_pass_of
from access.running.runner import run_due
from access.staffing import end_staff_access
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.models import VirtualLock
from locks.drivers.virtual.moods import Mood, disconnect_account, set_mood
from locks.drivers.virtual.outside import add_foreign_code, edit_from_outside
from locks.drivers.virtual.provisioning import virtual_lock_of
from locks.models import BatteryReading, Device
from locks.waking import wake_devices
from properties.booking import cancel_stay, override_times
from properties.enums import CancelReason

if TYPE_CHECKING:
    from properties.models import Stay, User, Workspace

MINUTE: Final = dt.timedelta(minutes=1)
HOUR: Final = dt.timedelta(hours=1)
DAY: Final = dt.timedelta(days=1)
DAYS: Final = 5
BATTERY_DAYS: Final = 60
DRAINED: Final = 0.2
ALMOST: Final = dt.timedelta(seconds=20)
PLUMBER, WINDOWS = "Plumber", "Window cleaner"
Deed = tuple[dt.datetime, Callable[[], object]]
# Who opened which door how many hours after the own arrival; the second time with a slip of the finger.
ENTRIES: Final = (
    ("Jonas Weber", "Seaview House: Flat 4 door", (2.1, 20.0, 26.5, 43.0)),
    ("Amelia Hart", "Seaview House: Flat 3 door", (1.7, 4.2, 17.5)),
    ("Hanna Fischer", "Lindenhof: Loft door", (0.6, 5.0, 22.4)),
    ("Priya Raman", "Harbour Lofts: Loft C door", (3.0, 27.0, 51.5)),
    ("Lucía Ortega", "Casa Jacaranda: Garden room", (1.2, 6.3)),
    ("Grace Novak", "Pine Ridge Cabins: Cabin 1", (2.4,)),
)


@dataclass
class World:
    """`now`: when the demo is started; `clock`: how far its past has come. `stays` by the guest's name."""

    workspace: Workspace
    now: dt.datetime
    clock: PastClock
    actor: str
    stays: dict[str, Stay] = field(default_factory=dict)

    def device(self, name: str) -> Device:
        return Device.objects.in_workspace(self.workspace).select_related("account").get(name=name)

    def lock(self, name: str) -> VirtualLock:
        return virtual_lock_of(self.device(name))


def live_through(*, password: str, feed_base: str, now: dt.datetime) -> User:
    clock = PastClock(now - DAYS * DAY)
    with living_by(clock):
        user = ensure_portfolio(password=password, feed_base=feed_base, now=clock.now, today=now)
        workspace = demo_workspace(user)
        if workspace is not None:
            _go_on(World(workspace, now, clock, user.email))
    return user


def _go_on(world: World) -> None:
    begin(world)
    deeds = sorted([*rounds(world), *entries(world), *mishaps(world)], key=lambda deed: deed[0])
    for moment, act in deeds:
        if moment <= world.now:
            world.clock.move_to(moment)
            act()
    world.clock.move_to(world.now)


def begin(world: World) -> None:
    remember_batteries(world)
    set_mood(world.lock("Seaview House: Flat 3 door"), Mood.DRAINING, days=90)
    # The laundry room belongs to the neighbours, too; they keep its codes.
    unmanage_device(world.device("Lindenhof: Laundry room"), actor=world.actor, now=world.clock.now)
    # Whom the sauna does not let in is not out in the cold.
    switch_pool(world.device("Pine Ridge Cabins: Sauna"), on=False, actor=world.actor, now=world.clock.now)
    # Whoever has this code may change it at the lock.
    loose = NewCode(name=WINDOWS, allow_external_modification=True)
    create_code(world.device("Lindenhof: Attic door"), loose, actor=world.actor, now=world.clock.now)
    _book(world, troubled=False)


def remember_batteries(world: World) -> None:
    """As if they had been read every other day before: from full, or nearly so, down to what is there now."""
    rows = []
    for device in Device.objects.in_workspace(world.workspace).order_by("pk"):
        level = virtual_lock_of(device).battery_level
        chance = random.Random(device.name)  # noqa: S311 -- the same picture at each start, nothing secret
        fall = DRAINED + (1 - level) * chance.uniform(0.5, 0.9)
        for day in range(BATTERY_DAYS, 0, -2):
            past = min(1.0, level + fall * day / BATTERY_DAYS + chance.uniform(-0.008, 0.008))
            at = world.clock.now - day * DAY - chance.random() * HOUR
            rows.append(BatteryReading(device=device, at=at, level=round(past, 2)))
    BatteryReading.objects.bulk_create(rows)


def rounds(world: World) -> list[Deed]:
    """The engine: often enough for codes and messages to be in time, and where somebody came or has left."""
    ahead = [world.now - days * DAY for days in (DAYS, 4, 2.5, 1.3)]
    came = {stay.starts_at + ALMOST for stay in world.stays.values()}
    left = {stay.ends_at + ALMOST for stay in world.stays.values() if stay.ends_at is not None}
    return [
        *((moment, lambda: look_round(world)) for moment in (*ahead, *left)),
        *((moment, lambda: run(world)) for moment in came),
    ]


def run(world: World) -> None:
    run_due(clock=world.clock)


def look_round(world: World) -> None:
    run(world)
    sweep_backups(now=world.clock.now)
    sweep_messages(now=world.clock.now)


def entries(world: World) -> list[Deed]:
    deeds: list[Deed] = []
    for guest, lock, hours in ENTRIES:
        stay = world.stays[guest]
        for number, hour in enumerate(hours):

            def enter(stay: Stay = stay, lock: str = lock, number: int = number) -> None:
                _type_code(world, stay, lock, slips=number == 1)

            deeds.append((stay.starts_at + hour * HOUR, enter))
    return deeds


def _type_code(world: World, stay: Stay, lock: str, *, slips: bool) -> None:
    guest_pass = live_pass_of(stay)
    if guest_pass is not None and slips:
        reveal_codes(guest_pass, now=world.clock.now)
    code = AccessCode.objects.filter(grant__stay=stay, device=world.device(lock), revoked_at=None).first()
    if code is None or code.pin is None:
        return
    if slips:
        keypad(world.lock(lock), code.pin[::-1] + "0", at=world.clock.now - MINUTE / 2)
    keypad(world.lock(lock), code.pin, at=world.clock.now)


def mishaps(world: World) -> list[Deed]:
    """Of yesterday, and of the last hour before somebody looks."""
    ago = world.now.__sub__
    return [
        (ago(110 * HOUR), lambda: lose_sauna(world)),
        (ago(52 * HOUR), lambda: part_with_electrician(world)),
        (ago(26 * HOUR), lambda: let_plumber_in(world)),
        (ago(20 * HOUR), lambda: change_codes(world)),
        (ago(18 * HOUR), lambda: look_after_guests(world)),
        (ago(50 * MINUTE), lambda: break_things(world)),
        (ago(45 * MINUTE), lambda: book_into_trouble(world)),
        *((ago(minutes * MINUTE), lambda: look_round(world)) for minutes in (42, 37)),
        (ago(20 * MINUTE), lambda: try_jammed_bolt(world)),
        (ago(1 * MINUTE), lambda: change_codes(world)),
        # Once more: two writers at one lock, which Keyturn does not race.
        (world.now, lambda: change_outside(world, "Lindenhof: Loft door", "Hanna")),
    ]


def lose_sauna(world: World) -> None:
    """A plug that somebody pulled: nobody is shut out of the cabin, and the code of the next guest waits."""
    set_mood(world.lock("Pine Ridge Cabins: Sauna"), Mood.OFFLINE)
    run(world)


def part_with_electrician(world: World) -> None:
    staff = StaffAccess.objects.in_workspace(world.workspace).filter(holder_name=ELECTRICIAN).first()
    if staff is not None:
        end_staff_access(staff, actor=MANAGER, now=world.clock.now)
    run(world)


def change_codes(world: World) -> None:
    change_outside(world, "Lindenhof: Attic door", WINDOWS)
    change_outside(world, "Lindenhof: Loft door", "Hanna")
    run(world)


def let_plumber_in(world: World) -> None:
    add_foreign_code(
        world.lock("Casa Jacaranda: Garden room"), pin="271828", name=PLUMBER, now=world.clock.now
    )


def change_outside(world: World, name: str, whose: str) -> None:
    """Somebody gives a code another PIN in the lock maker's app."""
    lock = world.lock(name)
    held = lock.codes.filter(name__startswith=whose).first()
    if held is not None:
        taken = {code.pin for code in lock.codes.all()}
        pin = next(pin for pin in ("538204", "640917", "851306") if pin not in taken)
        edit_from_outside(lock, held.slot, pin=pin, now=world.clock.now)


def look_after_guests(world: World) -> None:
    grant = AccessGrant.objects.filter(stay=world.stays["Amelia Hart"], revoked_at=None).first()
    if grant is not None:
        reveal_pins(grant, actor=MANAGER, now=world.clock.now)
    override_times(world.stays["Mathieu Roy"], check_in=dt.time(12, 30), actor=MANAGER, now=world.clock.now)


def break_things(world: World) -> None:
    unreachable = soonest(world.workspace, today=world.now)
    set_mood(world.lock(lock_of_plan(unreachable.place, unreachable.unit)), Mood.OFFLINE)
    # Nobody is shut out by this one yet; but who cancels now leaves a code there that nobody can look for.
    set_mood(world.lock("Harbour Lofts: Loft C door"), Mood.OFFLINE)
    set_mood(world.lock("Harbour Lofts: Loft B door"), Mood.REJECTING, reason="busy", only="put")
    set_mood(world.lock("Harbour Lofts: Loft D door"), Mood.REJECTING, reason="busy", only="remove")
    set_mood(world.lock("Casa Jacaranda: Patio room"), Mood.REJECTING, reason="keypad_missing", only="put")
    set_mood(world.lock("Casa Jacaranda: Garden room"), Mood.JAMMED)
    disconnect_account(world.lock("Pine Ridge Cabins: Cabin 3").account_key)
    everything = Device.objects.in_workspace(world.workspace).values_list("pk", flat=True)
    wake_devices(everything, at=world.clock.now)
    run(world)


def lock_of_plan(place: str, unit: str) -> str:
    return {"Loft A": f"{place}: Loft A door", "Beach bach": f"{place}: Bach door"}.get(
        unit, f"{place}: {unit}"
    )


def book_into_trouble(world: World) -> None:
    _book(world, troubled=True)
    for guest in ("Victor Blanc", "Bruno Keller"):
        cancel_stay(world.stays[guest], reason=CancelReason.PERSON, actor=MANAGER, now=world.clock.now)
    look_round(world)


def try_jammed_bolt(world: World) -> None:
    request_attempt(
        world.device("Casa Jacaranda: Garden room"),
        AttemptType.UNLOCK_DOOR,
        requested_by=MANAGER,
        now=world.clock.now,
    )
    look_round(world)


def _book(world: World, *, troubled: bool) -> None:
    """Who arrives before a lock that fails is booked after it failed."""
    world.stays |= book(
        world.workspace,
        (plan for plan in PLANS if (plan.troubled or plan.may_fail) == troubled),
        actor=world.actor,
        today=world.now,
        now=world.clock.now,
    )
