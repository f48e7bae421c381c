"""What the manager does in the simulated world, right and wrong: times granted, PINs issued again, a stay cancelled by
mistake and reinstated, a flat's door given to another flat and back. Beside each act stands what it makes true."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from access.issuing import NoPinLeft, issue_new_pin
from access.models import AccessGrant
from access.simulation.clock import VirtualClock
from access.simulation.lives import Life, Lives
from access.simulation.scenario import Booking
from access.simulation.stage import House
from access.simulation.witness import SETTING_BOUND
from locks.doors import change_door
from locks.models import Door
from properties.booking import cancel_stay, override_times, reinstate_stay
from properties.enums import CancelReason
from properties.models import Stay

MANAGER = "manager"
At = Callable[[dt.datetime, Callable[[], None]], None]


class Manager:
    """`tell`: tell the guest the PINs, now; `at`: let something be done at a moment."""

    def __init__(
        self,
        houses: Mapping[int, House],
        lives: Lives,
        clock: VirtualClock,
        at: At,
        tell: Callable[[Life], None],
    ) -> None:
        self.houses, self.lives, self.clock, self._at, self._tell = houses, lives, clock, at, tell
        self.acts: Mapping[str, Callable[..., None]] = {
            "override": self._override,
            "reissue": self._reissue,
            "cancel_by_hand": self._cancel_by_hand,
            "reinstate": self._reinstate,
            "misplace_door": self._give_door,
        }

    def _override(self, house: int, booking: Booking, hours: int) -> None:
        life = self._open(booking)
        if life is None:
            return
        plan = self.houses[house].plan
        time = plan.check_in if hours < 0 else plan.check_out
        times: dict[str, Any] = {
            "check_in" if hours < 0 else "check_out": time.replace(hour=time.hour + hours)
        }
        stay = Stay.objects.get(pk=life.stay_id or 0)
        override_times(stay, actor=MANAGER, now=self.clock(), **times)
        life.early_hours = hours
        self.lives.agree(life, now=self.clock())

    def _reissue(self, house: int, booking: Booking) -> None:
        life = self._open(booking)
        if life is None or life.is_over(self.clock()):
            return
        grant = AccessGrant.objects.filter(stay=life.stay_id, revoked_at=None).first()
        if grant is None:
            return
        try:
            issue_new_pin(grant, actor=MANAGER, now=self.clock())
        except NoPinLeft:
            return  # their doors have offline codes alone, as the page says
        self.lives.reissued(life, now=self.clock())
        if life.was_told:
            self._tell(life)

    def _cancel_by_hand(self, house: int, booking: Booking) -> None:
        life = self._open(booking)
        if life is not None and not life.is_over(self.clock()):
            stay = Stay.objects.get(pk=life.stay_id or 0)
            cancel_stay(stay, reason=CancelReason.PERSON, actor=MANAGER, now=self.clock())
            self.lives.cancelled(life, now=self.clock())

    def _reinstate(self, house: int, booking: Booking) -> None:
        """Who comes back after a cancellation gets another PIN, and is told."""
        life = self.lives.get(booking.key)
        if life is None or not life.is_cancelled_by_hand:
            return
        stay = Stay.objects.get(pk=life.stay_id or 0)
        reinstate_stay(stay, actor=MANAGER, now=self.clock())
        tell_at = self.lives.reinstated(life, now=self.clock())
        if tell_at is not None:
            self._at(tell_at, lambda: self._tell(life))

    def _give_door(self, house: int, door: str, flat: int) -> None:
        """From now on this door is that of another flat."""
        home = self.houses[house]
        row = Door.objects.get(property=home.place, name=door)
        change_door(row, units=[home.units[flat]], actor=MANAGER, now=self.clock())
        home.given[door] = (flat,)
        plan = next(one for one in home.plan.doors if one.key == door)
        for number in range(home.plan.flats):
            for life in self.lives.of_flat((house, number)):
                if self.lives.give_door(life, plan, is_theirs=number == flat, now=self.clock()):
                    self._tell_of(life, door)

    def _tell_of(self, life: Life, door: str) -> None:
        now = self.clock()
        self._at(now + SETTING_BOUND / 2, lambda: self.lives.tell_of_door(life, door, now=self.clock()))

    def _open(self, booking: Booking) -> Life | None:
        life = self.lives.get(booking.key)
        return None if life is None or life.stay_id is None or life.is_closed else life
