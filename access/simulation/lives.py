"""Each booking of the scenario beside what the application made of it: who was told which PIN, and what is true since.

Every moment at which the application learned something is noted as what it was asked for (`asked`), for the count of
needed writes; every PIN that a guest was told becomes a claim at a door, for the witness.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import QuerySet

from access.issuing import reveal_pins
from access.models import AccessCode, AccessGrant
from access.running.looking import Look
from access.simulation.scenario import Booking, DoorPlan, HousePlan
from access.simulation.truth import Asked, Window, runs_out_at, window_of
from access.simulation.wiring import Shed
from access.simulation.witness import SETTING_BOUND, Claim
from locks.brands import BRANDS
from properties.compiled import compiled
from properties.models import Stay

HOUR = dt.timedelta(hours=1)
TOLD_BEFORE = 48 * HOUR
NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(slots=True)
class Life:
    """`told`: the booking as its source says it now; `known`: as the application last had it right.

    `given`: when a door was given or taken, apart from those that are always theirs; `taken`: the PINs that they were
    told for doors that were taken since.
    """

    key: str
    told: Booking
    house: HousePlan
    doors: list[DoorPlan]
    since: dt.datetime
    known: Booking | None = None
    early_hours: int = 0
    agreed_hours: int = 0
    stay_id: int | None = None
    grant_id: int | None = None
    pin_number: int = 0
    was_told: bool = False
    is_closed: bool = False
    tries: int = 0
    asked: list[Asked] = field(default_factory=list)
    claims: dict[str, Claim] = field(default_factory=dict)
    on_backup: set[str] = field(default_factory=set)
    given: dict[str, list[tuple[dt.datetime, bool]]] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict, repr=False)

    def asked_at(self, door: str) -> list[Asked]:
        """What was asked of one door, which may have been theirs at times only."""
        given = self.given.get(door)
        if not given:
            return self.asked
        found = []
        for at in sorted({one.at for one in self.asked} | {moment for moment, _ in given}):
            said = [one for one in self.asked if one.at <= at]
            theirs = [is_theirs for moment, is_theirs in given if moment <= at] or [not given[0][1]]
            if said:
                window = said[-1].window if theirs[-1] else None
                found.append(dataclasses.replace(said[-1], at=at, window=window))
        return found

    def doors_ever(self) -> list[str]:
        return list(dict.fromkeys([*(one.key for one in self.doors), *self.given]))

    @property
    def is_cancelled_by_hand(self) -> bool:
        return self.is_closed and not self.told.cancelled

    @property
    def window(self) -> Window:
        return window_of(self.known or self.told, self.house, early_hours=self.early_hours)

    def is_over(self, now: dt.datetime) -> bool:
        return self.is_closed or self.window[1] <= now

    def learn(self, stay: Stay, *, now: dt.datetime) -> bool:
        """Tell whether the application now has right what it had not before."""
        self.stay_id = stay.pk
        if self.known == self.told:
            return False
        cancelled = stay.status == "cancelled"
        same_days = (stay.arrival_date, stay.departure_date) == (self.told.arrival, self.told.departure)
        if cancelled != self.told.cancelled or not (cancelled or same_days):
            return False
        self.known = self.told
        return True


class Lives:
    def __init__(self, shed: Shed) -> None:
        self.shed = shed
        self.lives: dict[str, Life] = {}
        self.unexplained: list[str] = []
        self.reveals = 0
        self._by_flat: dict[tuple[int, int], list[Life]] = {}
        self._by_grant: dict[int, Life] = {}

    def __iter__(self) -> Iterator[Life]:
        return iter(self.lives.values())

    def get(self, key: str) -> Life | None:
        return self.lives.get(key)

    def of_flat(self, flat: tuple[int, int]) -> Iterable[Life]:
        return self._by_flat.get(flat, [])

    def follow(self, booking: Booking, house: HousePlan, doors: list[DoorPlan], *, now: dt.datetime) -> Life:
        life = self.lives.get(booking.key)
        if life is None:
            life = self.lives[booking.key] = Life(booking.key, booking, house, doors, now)
            self._by_flat.setdefault((booking.house, booking.flat), []).append(life)
        life.told, life.since = booking, now
        return life

    def agree(self, life: Life, *, now: dt.datetime) -> None:
        """What the application knows has changed: so has what must be true at the doors from now on."""
        booking = life.known
        if booking is None or life.is_closed:
            return
        life.is_closed = booking.cancelled
        window = None if booking.cancelled else life.window
        if window is not None and window[1] <= now and not life.asked:
            return
        life.asked.append(Asked(now, window, booking.guest, life.pin_number))
        for door, claim in life.claims.items():
            self.shed[door].before_change(now)
            if window is None:
                claim.over_at = now
            elif claim.since == NEVER:
                claim.window = window
            else:
                claim.window, claim.since = window, now + SETTING_BOUND
                watch = self.shed[door].watch
                if all(claim is not one for one in watch.claims):
                    watch.claims.append(claim)  # it was thought to be long over

    def reissued(self, life: Life, *, now: dt.datetime) -> None:
        """Another PIN at every door but those whose locks compute it."""
        life.pin_number += 1
        if not life.is_closed and life.known is not None:
            life.asked.append(Asked(now, life.window, life.known.guest, life.pin_number))
        for door, claim in list(life.claims.items()):
            if claim.runs_out_at is None:
                self.shed[door].before_change(now)
                claim.over_at = now
                del life.claims[door]
        life.taken.clear()
        life.on_backup.clear()

    def cancelled(self, life: Life, *, now: dt.datetime) -> None:
        """By hand, whatever its source says."""
        life.is_closed = True
        life.asked.append(Asked(now, None))
        for door, claim in life.claims.items():
            self.shed[door].before_change(now)
            claim.over_at = now
        life.claims.clear()
        life.on_backup.clear()
        life.taken.clear()

    def reinstated(self, life: Life, *, now: dt.datetime) -> dt.datetime | None:
        """Return when to tell the guest of the new PIN."""
        life.is_closed = life.was_told = False
        life.pin_number += 1
        if life.known is not None:
            life.asked.append(Asked(now, life.window, life.known.guest, life.pin_number))
        return self.tell_at(life, now=now)

    def give_door(self, life: Life, door: DoorPlan, *, is_theirs: bool, now: dt.datetime) -> bool:
        """Tell whether the guest has to be told of it."""
        if is_theirs == (door in life.doors):
            return False
        life.given.setdefault(door.key, []).append((now, is_theirs))
        if is_theirs:
            life.doors.append(door)
            self._forget(life, door.key, now=now)
            return life.was_told and not life.is_over(now)
        life.doors.remove(door)
        claim = life.claims.pop(door.key, None)
        if claim is not None:
            self.shed[door.key].before_change(now)
            claim.over_at = now
            if claim.pin and claim.runs_out_at is None and door.key not in life.on_backup:
                life.taken[door.key] = claim.pin
        life.on_backup.discard(door.key)
        return False

    def _forget(self, life: Life, door: str, *, now: dt.datetime) -> None:
        """What they were told before may open again, and need not until they are told of it."""
        watch = self.shed[door].watch
        self.shed[door].before_change(now)
        for claim in [claim for claim in watch.claims if claim.stay == life.key]:
            watch.drop(claim)

    def tell_of_door(self, life: Life, door: str, *, now: dt.datetime) -> None:
        """A door that was given to a guest who knows their PIN already: it must be the same one."""
        theirs = door in (one.key for one in life.doors)
        if not theirs or life.is_over(now) or door in life.claims:
            return
        code = AccessCode.objects.filter(
            grant=life.grant_id, device__external_id=door, revoked_at=None, ended_at=None, is_backup=False
        ).first()
        pin = (code.pin if code is not None else "") or ""
        before, brand = life.taken.pop(door, pin), self.shed[door].state.brand
        if pin and pin != before and not BRANDS[brand].capabilities.assigns_pin:
            self.unexplained.append(
                f"{life.key} at {door}: given back at {now:%d %b %H:%M} with another PIN."
            )
        self._claim(life, door, pin, since=life.given[door][-1][0] + SETTING_BOUND, now=now)

    def tell_at(self, life: Life, *, now: dt.datetime) -> dt.datetime | None:
        if life.is_closed or life.was_told:
            return None
        return max(now + SETTING_BOUND / 2, life.window[0] - TOLD_BEFORE)

    def tell(self, life: Life, *, now: dt.datetime) -> dt.datetime | None:
        """Tell the guest the PINs, as a person would read them off the page. Return when to look for those that are
        not there yet."""
        if life.is_over(now) or (life.was_told and len(life.claims) == len(life.doors)):
            return None
        if not life.was_told and now < life.window[0] - TOLD_BEFORE - HOUR:
            return life.window[0] - TOLD_BEFORE  # it moved on
        grant = _grant_of.first(life.stay_id or 0)
        if grant is None:
            return None
        reveal_pins(grant, actor="manager", now=now)
        self.reveals += 1
        life.was_told, life.grant_id = True, grant.pk
        self._by_grant[grant.pk] = life
        pins = dict(_pins_of(grant.pk))
        begins = self._begins(life, now)
        missing = False
        for door in life.doors:
            pin = pins.get(door.key)
            if pin is None and now < life.window[0]:
                missing = True
            elif door.key not in life.claims:
                self._claim(life, door.key, pin or "", since=begins, now=now)
        if not missing:
            return None
        life.tries += 1
        return life.window[0] - HOUR if now < life.window[0] - HOUR else life.window[0]

    def _begins(self, life: Life, now: dt.datetime) -> dt.datetime:
        return (life.asked[-1].at if life.asked else now) + SETTING_BOUND

    def _claim(self, life: Life, door: str, pin: str, *, since: dt.datetime, now: dt.datetime) -> None:
        lock = self.shed[door]
        lock.before_change(now)
        goes_on = runs_out_at(life.window, lock.state.brand, life.house.zone)
        claim = Claim(life.key, pin, life.window, since, runs_out_at=goes_on)
        life.claims[door] = claim
        lock.watch.claims.append(claim)

    def take_backups(self, *, now: dt.datetime) -> None:
        """Backups that were just given: from now on the guest types those; what they typed before need not open."""
        given = AccessCode.objects.filter(is_backup=True, starts_at=now, revoked_at=None, ended_at=None)
        for code in given.exclude(pulled_for=None).select_related("device").order_by("pk"):
            life, door = self._by_grant.get(code.grant_id or 0), code.device.external_id
            if life is None or door not in life.claims or door in life.on_backup:
                continue
            self.shed[door].before_change(now)
            life.claims[door].since = NEVER
            life.on_backup.add(door)
            self._claim(life, door, code.pin or "", since=now + SETTING_BOUND, now=now)

    def check_look(self, look: Look) -> None:
        """Compare the PINs that the application holds with those that guests were told (P5)."""
        door = look.work.device.external_id
        for code in look.work.codes.values():
            life = self._by_grant.get(code.grant_id or 0)
            claim = life.claims.get(door) if life is not None else None
            if life is None or claim is None or door in life.on_backup:
                continue
            if code.revoked_at or code.ended_at or code.is_backup:
                continue
            if code.pin == claim.pin or code.pin is None or life.is_over(look.now):
                continue
            self._pin_changed(life, door, code, now=look.now)

    def _pin_changed(self, life: Life, door: str, code: AccessCode, *, now: dt.datetime) -> None:
        """A lock that chooses its PINs chose again, which an event tells; else nobody can say why."""
        assigned = BRANDS[self.shed[door].state.brand].capabilities.assigns_pin
        if not assigned and life.claims[door].pin:
            what = f"the PIN was another one at {now:%d %b %H:%M} than told before"
            self.unexplained.append(f"{life.key} at {door}: {what}.")
        self.shed[door].before_change(now)
        life.claims[door].over_at = now
        self._claim(life, door, code.pin or "", since=now + SETTING_BOUND, now=now)


@compiled
def _grant_of(stay_id: int) -> QuerySet[AccessGrant]:
    return AccessGrant.objects.filter(stay=stay_id, revoked_at=None).order_by("pk")


@compiled
def _pins_of(grant_id: int) -> QuerySet[AccessCode, tuple[str, str | None]]:
    codes = AccessCode.objects.filter(grant=grant_id, revoked_at=None, ended_at=None, is_backup=False)
    return codes.order_by("pk").values_list("device__external_id", "pin")
