"""Holders in the simulated world: what is done to their access through the application's own doors, and what is true
at the doors since.

A holder stands before each of their doors all the time: in a window it must open, and between two windows and after the
end it must not. Only the next few windows of each are watched at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from access.enums import StaffKind
from access.issuing import issue_new_pin, reveal_pins
from access.models import AccessCode, AccessGrant, StaffAccess
from access.running.looking import Look
from access.simulation.clock import VirtualClock
from access.simulation.employing import Employment
from access.simulation.stage import House
from access.simulation.truth import Asked, Window, Word, opens_early, tracks_of, windows_of
from access.simulation.wiring import Shed
from access.simulation.witness import SETTING_BOUND, Claim
from access.staffing import (
    StaffDetails,
    Weekly,
    add_exception,
    end_staff_access,
    save_staff_access,
    sweep_staff,
    weekly_rule,
)
from locks.models import Door

MINUTE = dt.timedelta(minutes=1)
MANAGER = "manager"
AHEAD = 3  # windows that are watched at once
FAR_AHEAD = dt.timedelta(days=30)

At = Callable[[dt.datetime, Callable[[], None]], None]


@dataclass(slots=True)
class Holder:
    """`words`: what was said of them, one after the other; `pins`: what they were told, by door."""

    key: str
    house: House
    staff_id: int
    grant_id: int
    words: list[Word]
    is_told: bool = False
    pins: dict[str, str] = field(default_factory=dict, repr=False)
    claims: dict[str, list[Claim]] = field(default_factory=dict)
    turn: int = 0

    @property
    def holding(self) -> Employment | None:
        return self.words[-1].holding

    @property
    def zone(self) -> str:
        return self.house.plan.zone

    def windows(self, door: str, *, after: dt.datetime, until: dt.datetime) -> list[Window]:
        holding = self.holding
        if holding is None or door not in holding.doors:
            return []
        return windows_of(holding, self.zone, after=after, until=until)

    def doors(self) -> list[str]:
        """Every door that was ever theirs."""
        said = (word.holding for word in self.words if word.holding is not None)
        return list(dict.fromkeys(door for holding in said for door in holding.doors))

    def tracks(self, *, until: dt.datetime) -> Iterator[tuple[str, list[Asked]]]:
        for door in self.doors():
            for track in tracks_of(self.words, door, self.zone, until=until):
                yield door, track


class Holders:
    """`at`: let something be done at a moment. `complain`: told of each PIN that changed without anyone's word."""

    def __init__(
        self,
        houses: Mapping[int, House],
        shed: Shed,
        clock: VirtualClock,
        at: At,
        complain: Callable[[str], None],
    ) -> None:
        self.houses, self.shed, self.clock, self._at, self._complain = houses, shed, clock, at, complain
        self.all: dict[str, Holder] = {}
        self.reveals = 0
        self._by_grant: dict[int, Holder] = {}
        self._sweep_at: dt.datetime | None = None
        self.acts: Mapping[str, Callable[..., None]] = {
            "employ": self._employ,
            "reshape": self._reshape,
            "exempt": self._exempt,
            "repin": self._repin,
            "dismiss": self._dismiss,
        }

    def __iter__(self) -> Iterator[Holder]:
        return iter(self.all.values())

    # what people do

    def _employ(self, house: int, employment: Employment, day: dt.date | None) -> None:
        now, home = self.clock(), self.houses[house]
        staff = save_staff_access(home.place.workspace, _details(home, employment), actor=MANAGER, now=now)
        holder = Holder(employment.key, home, staff.pk, staff.grant_id or 0, [Word(now, employment)])
        self.all[employment.key] = self._by_grant[holder.grant_id] = holder
        self._at(now + SETTING_BOUND / 2, lambda: self._tell(holder))
        self._plan_sweep()

    def _reshape(self, house: int, employment: Employment, day: dt.date | None) -> None:
        holder = self._living(employment)
        if holder is not None:
            staff = StaffAccess.objects.get(pk=holder.staff_id)
            details = _details(holder.house, employment)
            save_staff_access(staff.workspace, details, actor=MANAGER, now=self.clock(), staff=staff)
            self._said(holder, Word(self.clock(), employment, holder.words[-1].pin_number))

    def _exempt(self, house: int, employment: Employment, day: dt.date | None) -> None:
        holder = self._living(employment)
        if holder is not None and day is not None:
            staff = StaffAccess.objects.get(pk=holder.staff_id)
            add_exception(staff, day, actor=MANAGER, now=self.clock())
            self._said(holder, Word(self.clock(), employment, holder.words[-1].pin_number))

    def _repin(self, house: int, employment: Employment, day: dt.date | None) -> None:
        holder = self._living(employment)
        if holder is None or not self._has_codes(holder):
            return
        staff = StaffAccess.objects.select_related("grant").get(pk=holder.staff_id)
        if staff.grant is not None:
            issue_new_pin(staff.grant, actor=MANAGER, now=self.clock())
            last = holder.words[-1]
            self._said(holder, Word(self.clock(), last.holding, last.pin_number + 1))
            self._at(self.clock() + SETTING_BOUND / 2, lambda: self._tell(holder))

    def _dismiss(self, house: int, employment: Employment, day: dt.date | None) -> None:
        holder = self._living(employment)
        if holder is not None:
            staff = StaffAccess.objects.get(pk=holder.staff_id)
            end_staff_access(staff, actor=MANAGER, now=self.clock())
            self._said(holder, Word(self.clock(), None, holder.words[-1].pin_number))

    def _living(self, employment: Employment) -> Holder | None:
        holder = self.all.get(employment.key)
        return holder if holder is not None and holder.holding is not None else None

    def _has_codes(self, holder: Holder) -> bool:
        return AccessCode.objects.filter(grant=holder.grant_id, revoked_at=None, ended_at=None).exists()

    # what the application does by itself

    def _plan_sweep(self) -> None:
        """The product sweeps each minute; here, at the minute at which it would find something."""
        due = StaffAccess.objects.exclude(declare_at=None).order_by("declare_at")
        declare_at = due.values_list("declare_at", flat=True).first()
        if declare_at is None:
            return
        minute = max(declare_at, self.clock()).replace(second=0, microsecond=0) + MINUTE
        if self._sweep_at is None or minute < self._sweep_at:
            self._sweep_at = minute
            self._at(minute, self._sweep)

    def _sweep(self) -> None:
        if self._sweep_at is None or self.clock() < self._sweep_at:
            return
        self._sweep_at = None
        sweep_staff(now=self.clock())
        self._plan_sweep()

    # what is true since

    def _said(self, holder: Holder, word: Word) -> None:
        """From now on something else is true. A PIN that was replaced is nobody's any more."""
        has_new_pin = word.pin_number != holder.words[-1].pin_number
        holder.words.append(word)
        for door in holder.doors():
            if has_new_pin:
                self._leave(holder, door, now=word.at)
            elif holder.is_told:
                self._stand(holder, door, now=word.at)
        if has_new_pin:
            holder.is_told, holder.pins = False, {}
        self._watch_next(holder)
        self._plan_sweep()

    def _tell(self, holder: Holder) -> None:
        """Tell the PIN, as a person would read it off the page."""
        staff = StaffAccess.objects.select_related("grant").get(pk=holder.staff_id)
        if holder.holding is None or staff.grant is None or holder.is_told:
            return
        reveal_pins(staff.grant, actor=MANAGER, now=self.clock())
        self.reveals += 1
        holder.is_told = True
        for door in holder.doors():
            self._stand(holder, door, now=self.clock())
        self._watch_next(holder)

    def _watch_next(self, holder: Holder) -> None:
        """Go on to later windows when the last of those that are watched is over."""
        holder.turn += 1
        turn = holder.turn
        ends = [chain[-1].window[1] for chain in holder.claims.values() if chain[-1].shut_until is not None]
        if ends and holder.is_told:
            self._at(max(min(ends), self.clock() + MINUTE), lambda: self._watch_on(holder, turn))

    def _watch_on(self, holder: Holder, turn: int) -> None:
        if holder.turn == turn:
            for door in holder.doors():
                self._stand(holder, door, now=self.clock())
            self._watch_next(holder)

    def _stand(self, holder: Holder, door: str, *, now: dt.datetime) -> None:
        """Stand before a door in its next windows, and in the time before, between and after them."""
        lock, pin = self.shed[door], self._pin_of(holder, door)
        windows = holder.windows(door, after=now, until=now + FAR_AHEAD)
        stood = {claim.window: claim.since for claim in holder.claims.get(door, [])}
        running = bool(windows) and windows[0][0] <= now and windows[0] in stood
        over = self._leave(holder, door, now=now)
        chain = [] if running else [Claim(holder.key, pin, (over, over), over)]
        said = holder.words[-1].at + SETTING_BOUND
        chain += [Claim(holder.key, pin, window, stood.get(window, said)) for window in windows[:AHEAD]]
        starts = [claim.window[0] for claim in chain[1:]] + [window[0] for window in windows[AHEAD:][:1]]
        for claim, start in zip(chain, starts, strict=False):
            following = next(window for window in windows if window[0] == start)
            claim.shut_until = start - opens_early(following, lock.state.brand, holder.zone)
        lock.watch.claims[-1:] = chain  # in place of the claim that leaving has left
        holder.claims[door] = chain

    def _leave(self, holder: Holder, door: str, *, now: dt.datetime) -> dt.datetime:
        """Nobody waits for any window any more; return since when this PIN must not open, for good."""
        watch = self.shed[door].watch
        self.shed[door].before_change(now)
        chain = holder.claims.pop(door, [])
        running = any(claim.window[0] <= now < claim.window[1] for claim in chain)
        ended = [claim.window[1] for claim in chain if claim.window[1] <= now]
        for claim in chain:
            if claim in watch.claims:
                watch.drop(claim)
        over = max(ended) if ended and not running else now
        watch.claims.append(Claim(holder.key, holder.pins.get(door, ""), (over, over), over))
        return over

    def _pin_of(self, holder: Holder, door: str) -> str:
        """The PIN that they were told for this door: everywhere the same, but where the door has its own."""
        if door not in holder.pins:
            codes = AccessCode.objects.filter(grant=holder.grant_id, device__external_id=door)
            code = codes.filter(revoked_at=None).order_by("-pk").first()
            usual = AccessGrant.objects.get(pk=holder.grant_id).pin
            holder.pins[door] = (code.pin if code is not None else usual) or ""
        return holder.pins[door]

    def check_look(self, look: Look) -> None:
        """Compare the PINs that the application holds with those that holders were told (P5)."""
        door = look.work.device.external_id
        for code in look.work.codes.values():
            holder = self._by_grant.get(code.grant_id or 0)
            if holder is None or not holder.is_told or code.revoked_at or code.ended_at:
                continue
            told = holder.pins.get(door)
            if told and code.pin is not None and code.pin != told:
                what = f"the PIN was another one at {look.now:%d %b %H:%M} than told before"
                self._complain(f"{holder.key} at {door}: {what}.")


def _details(house: House, employment: Employment) -> StaffDetails:
    doors = Door.objects.filter(property=house.place, name__in=employment.doors)
    return StaffDetails(
        kind=StaffKind(employment.kind),
        holder_name=employment.name,
        doors=tuple(doors.select_related("property", "device__account").order_by("pk")),
        first_day=employment.first_day,
        last_day=employment.last_day,
        rule=weekly_rule(Weekly(employment.days)) if employment.days else "",
        start_time=employment.begins,
        end_time=employment.ends,
        exceptions=employment.exceptions,
    )
