"""What the locks did in one worker's houses, held against the truth: counts that can be added up over workers.

Minutes come from keypads, writes and readings from the locks' own logs, what was needed from the truth; the
application is asked only what it told people, and when (its problems and events).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import F

from access.models import AccessCode, Event, Problem
from access.simulation.acting import Actor
from access.simulation.lanes import Lanes
from access.simulation.lives import Life, Lives
from access.simulation.reasons import MINUTE, busiest_minute, first_causeless
from access.simulation.truth import needed_writes, stands_at
from access.simulation.wiring import Shed, SimulatedLock
from access.simulation.witness import Spell
from properties.models import Stay

DAY = dt.timedelta(days=1)
PROMISES = tuple(f"P{number}" for number in range(1, 10))
ALERTS = frozenset(
    {"arrival_in_danger", "failed_to_set_on_device", "failed_to_remove_from_device", "device_offline"}
)


@dataclass(slots=True)
class Counts:
    """Sums; `broken`: the first counterexample to each promise."""

    stays: int = 0
    holders: int = 0
    holder_windows: int = 0
    offline_codes: int = 0
    codes: int = 0
    lock_days: float = 0.0
    lockouts: int = 0
    lockouts_told_before: int = 0
    lockout_minutes: float = 0.0
    announced_lockout_minutes: float = 0.0
    edited_lockout_minutes: float = 0.0
    stale_minutes: float = 0.0
    announced_stale_minutes: float = 0.0
    edited_stale_minutes: float = 0.0
    foreign_codes_touched: int = 0
    unexplained_pin_changes: int = 0
    writes: int = 0
    needed_writes: int = 0
    destroyed_writes: int = 0
    readings: int = 0
    alerts: int = 0
    alerts_false: int = 0
    looks: int = 0
    sampled_rests: int = 0
    sampled_rests_wrong: int = 0
    kills: int = 0
    broken: dict[str, str] = field(default_factory=dict)

    def break_promise(self, promise: str, sentence: str) -> None:
        self.broken.setdefault(promise, sentence)


@dataclass(frozen=True, slots=True)
class _Told:
    """A problem as a person could have seen it. `whose`: a stay's or a holder's; "": of the whole lock."""

    code: str
    lock: str
    whose: str
    since: dt.datetime
    until: dt.datetime | None


@dataclass(slots=True)
class Measuring:
    shed: Shed
    lives: Lives
    lanes: Lanes
    actor: Actor
    begun: dt.datetime
    ended: dt.datetime

    def count(self) -> Counts:
        counts = Counts()
        counts.stays = sum(life.known is not None for life in self.lives)
        counts.holders = len(self.actor.holders.all)
        counts.holder_windows = sum(
            track[-1].window is not None and track[-1].window[0] < self.ended
            for holder in self.actor.holders
            for _, track in holder.tracks(until=self.ended)
        )
        counts.codes = AccessCode.objects.filter(is_backup=False).count()
        counts.offline_codes = AccessCode.objects.filter(is_offline=True).exclude(pin=None).count()
        counts.lock_days = len(self.shed.all) * ((self.ended - self.begun) / DAY)
        needed = self._needed()
        told = list(_told_problems())
        for lock in self.shed.all.values():
            lock.watch.finish(self.ended)
            self._count_spells(counts, lock, [one for one in told if one.lock == lock.key])
            self._count_writes(counts, lock, needed[lock.key])
        self._count_alerts(counts, told)
        self._count_engine(counts)
        self._check_rest(counts)
        return counts

    def _needed(self) -> dict[str, list[dt.datetime]]:
        needed: dict[str, list[dt.datetime]] = {key: [] for key in self.shed.all}
        for life in self.lives:
            for door in life.doors_ever():
                brand = self.shed[door].state.brand
                needed[door] += needed_writes(life.asked_at(door), brand, until=self.ended)
        for holder in self.actor.holders:
            for door, track in holder.tracks(until=self.ended):
                needed[door] += needed_writes(track, self.shed[door].state.brand, until=self.ended)
        backups = AccessCode.objects.filter(is_backup=True, attempts__gt=0).select_related("device")
        for code in backups:
            needed[code.device.external_id].append(code.created_at)
            if code.pulled_for_id and code.starts_at:
                needed[code.device.external_id].append(code.starts_at)
            if code.revoked_at or code.ended_at:
                needed[code.device.external_id].append(code.revoked_at or code.ended_at or code.created_at)
        for lock in self.shed.all.values():
            needed[lock.key] += [edited for edited in lock.edits if edited < self.ended]
        return needed

    def _count_spells(self, counts: Counts, lock: SimulatedLock, told: Sequence[_Told]) -> None:
        for spell in lock.watch.spells:
            known_at = _told_at(spell, self._whose(spell), told)
            silent = max(dt.timedelta(0), min(known_at or spell.ends, spell.ends) - spell.begins) / MINUTE
            if spell.edited:
                if spell.stale:
                    counts.edited_stale_minutes += spell.minutes
                else:
                    counts.edited_lockout_minutes += spell.minutes
            elif spell.stale:
                counts.stale_minutes += silent
                counts.announced_stale_minutes += spell.minutes - silent
                if silent:
                    counts.break_promise("P3", _sentence(spell, "still opened", silent))
            else:
                counts.lockouts += 1
                counts.lockouts_told_before += silent == 0
                counts.lockout_minutes += silent
                counts.announced_lockout_minutes += spell.minutes - silent
                if silent:
                    counts.break_promise("P2", _sentence(spell, "was refused", silent))

    def _whose(self, spell: Spell) -> str:
        life, holder = self.lives.get(spell.stay), self.actor.holders.all.get(spell.stay)
        if holder is not None:
            return f"grant {holder.grant_id}"
        return f"stay {life.stay_id}" if life is not None else ""

    def _count_writes(self, counts: Counts, lock: SimulatedLock, needed: Sequence[dt.datetime]) -> None:
        counts.writes += len(lock.writes)
        counts.needed_writes += len(needed)
        counts.destroyed_writes += len(lock.destroyed)
        counts.readings += lock.calls["list"]
        counts.foreign_codes_touched += len(lock.touched)
        for sentence in lock.touched:
            counts.break_promise("P4", sentence)
        idle = first_causeless(lock, needed)
        if idle is not None:
            sentence = f"{lock.key} got a command at {idle:%d %b %H:%M:%S} for which there was no reason."
            counts.break_promise("P1", sentence)
        most = busiest_minute(lock.writes)
        allowed = lock.state.capabilities.commands_per_minute
        if most > allowed:
            counts.break_promise("P7", f"{lock.key} got {most} commands in a minute; {allowed} are allowed.")

    def _count_alerts(self, counts: Counts, told: Iterable[_Told]) -> None:
        """False: an error about a code or lock where nothing had gone wrong at the lock for an hour."""
        for one in told:
            if one.code in ALERTS:
                counts.alerts += 1
                counts.alerts_false += not self._had_cause(one)

    def _had_cause(self, one: _Told) -> bool:
        lock = self.shed[one.lock]
        if lock.state.moods or not lock.state.online:
            return True
        troubles = [*lock.faults, *lock.destroyed, *lock.edits, *self.lanes.kill_moments]
        if any(dt.timedelta(0) <= one.since - at <= dt.timedelta(hours=1) for at in troubles):
            return True
        return any(starts <= one.since < ends for starts, ends in lock.fault_spans(self.ended))

    def _count_engine(self, counts: Counts) -> None:
        tally = self.lanes.tally
        counts.readings += tally.skipped_readings
        counts.looks, counts.kills = tally.looks, tally.kills
        counts.sampled_rests, counts.sampled_rests_wrong = tally.sampled, len(tally.sampled_wrong)
        counts.unexplained_pin_changes = len(self.lives.unexplained)
        for sentence in tally.sampled_wrong:
            counts.break_promise("P1", sentence)
        for sentence in self.lives.unexplained:
            counts.break_promise("P5", sentence)
        for sentence in self.actor.wrong_cancellations:
            counts.break_promise("P9", sentence)

    def _check_rest(self, counts: Counts) -> None:
        for sentence in (*self._unconverged(), *_unacknowledged()):
            counts.break_promise("P6", sentence)
        for sentence in self._leaks():
            counts.break_promise("P8", sentence)

    def _unconverged(self) -> Iterable[str]:
        """All faults are over for an hour: each lock must hold what should be there, once, and nothing else of ours."""
        for lock in self.shed.all.values():
            wanted = sum(_is_due(life, lock, self.ended) for life in self.lives)
            wanted += sum(
                stands_at(track, lock.state.brand, now=self.ended)
                for holder in self.actor.holders
                for door, track in holder.tracks(until=self.ended)
                if door == lock.key
            )
            backups = AccessCode.objects.filter(
                device__external_id=lock.key, is_backup=True, revoked_at=None, ended_at=None
            ).count()
            held = sum(slot not in lock.foreign for slot in lock.state.codes)
            if held != wanted + backups:
                yield f"{lock.key} holds {held} codes of ours at the end; {wanted + backups} should be there."

    def _leaks(self) -> Iterable[str]:
        astray = AccessCode.objects.exclude(grant=None).exclude(
            grant__workspace=F("device__account__workspace")
        )
        for code in astray.order_by("pk")[:1]:
            yield f"Code {code.pk} is of one workspace and stands on a lock of another."
        told = Event.objects.exclude(device=None).exclude(workspace=F("device__account__workspace"))
        for event in told.order_by("pk")[:1]:
            yield f"Event {event.pk} is told to one workspace and is about a lock of another."
        looks = Event.objects.filter(type="pin.revealed").count()
        shown = self.lives.reveals + self.actor.holders.reveals
        if looks != shown:
            yield f"PINs were shown {shown} times, and {looks} looks are written down."


def _told_problems() -> Iterable[_Told]:
    rows = Problem.objects.select_related("access_code__device", "access_code__grant", "device", "account")
    for row in rows.order_by("pk"):
        if row.access_code is not None:
            whose = _whose(row.access_code)
            yield _Told(row.code, row.access_code.device.external_id, whose, row.raised_at, row.cleared_at)
        elif row.device is not None:
            yield _Told(row.code, row.device.external_id, "", row.raised_at, row.cleared_at)
        elif row.account is not None:
            for external_id in row.account.devices.order_by("pk").values_list("external_id", flat=True):
                yield _Told(row.code, external_id, "", row.raised_at, row.cleared_at)


def _whose(code: AccessCode) -> str:
    grant = code.grant
    if grant is None:
        return ""
    return f"stay {grant.stay_id}" if grant.stay_id is not None else f"grant {grant.pk}"


def _told_at(spell: Spell, whose: str, told: Iterable[_Told]) -> dt.datetime | None:
    """When somebody was first told of what stood behind this spell; None: nobody, while it lasted."""
    moments = [
        one.since
        for one in told
        if one.whose in ("", whose)
        and one.since < spell.ends
        and (one.until is None or one.until > spell.begins)
    ]
    return min(moments, default=None)


def _sentence(spell: Spell, what: str, silent: float) -> str:
    since = f"{spell.begins:%d %b %H:%M:%S}"
    told = f"nobody was told for {silent:.1f} minutes"
    return f"{spell.stay} at {spell.door}: the PIN {what} from {since} on, and {told}."


def _is_due(life: Life, lock: SimulatedLock, now: dt.datetime) -> bool:
    theirs = lock.key in life.doors_ever()
    return theirs and stands_at(life.asked_at(lock.key), lock.state.brand, now=now)


def _unacknowledged() -> Iterable[str]:
    behind = Stay.objects.filter(acknowledged_revision__lt=F("revision")).count()
    if behind:
        yield f"{behind} stays were changed and no codes were declared from them."
