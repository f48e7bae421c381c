"""The engine over virtual time: each device is looked at when it is due, by the application's own reconciler.

What is proven to change nothing is not done over and over (`resting`): the readings that a device at rest would have
made are counted, by the interval that the application itself has set. Some rests are cut short by the dice and looked
at in full, to see that this is true.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from access.models import AccessCode
from access.running import leases, loading
from access.running.leases import Lease
from access.running.loading import Work
from access.running.looking import Look
from access.running.reconciling import STALE, reconcile_device
from access.simulation import resting
from access.simulation.books import Books
from access.simulation.clock import VirtualClock, outside_loop
from access.simulation.resting import Rest
from access.simulation.wiring import Shed
from locks.drivers.base import Connection
from locks.models import Account, Device
from properties.compiled import compiled

SAMPLED = 0.02
NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
RESTART_SECONDS = 20  # until a dead runner's lease is over


@compiled
def _wakes(device_ids: Sequence[int]) -> QuerySet[Device, tuple[int, dt.datetime | None, int]]:
    rows = Device.objects.filter(pk__in=device_ids).order_by("pk")
    return rows.values_list("pk", "wake_at", "declared_seq")


@dataclass(slots=True)
class Lane:
    device_id: int
    account_id: int
    lock: str
    due: dt.datetime
    seq: int = -1
    rest: Rest | None = None
    task: asyncio.Task[None] | None = None
    look: Look | None = None
    is_as_planned: bool = False
    work: Work | None = None
    is_sampled: bool = False
    cleared: Look | None = None  # the look that showed no code in doubt (doubting)


@dataclass(slots=True)
class Tally:
    looks: int = 0
    skipped_readings: int = 0
    glances: int = 0
    sampled: int = 0
    sampled_wrong: list[str] = field(default_factory=list)
    kills: int = 0


class Lanes:
    """`on_look` is called after each final look."""

    def __init__(
        self,
        clock: VirtualClock,
        connections: Mapping[int, Connection],
        shed: Shed,
        books: Books,
        *,
        seed: str,
        on_look: Callable[[Look], None],
    ) -> None:
        self.clock, self.connections = clock, connections
        self.shed, self.books, self.on_look = shed, books, on_look
        self._disturbed: dict[int, dt.datetime] = {}
        self.tally = Tally()
        self.error: Exception | None = None
        self.kill_moments: list[dt.datetime] = []
        self.stirred = asyncio.Event()
        self.lanes: dict[int, Lane] = {}
        self.by_lock: dict[str, Lane] = {}
        self.leases: dict[int, Lease] = {}
        self._accounts: dict[int, Account] = {}
        self.down_until = dt.datetime.min.replace(tzinfo=dt.UTC)
        self._dice = random.Random(f"{seed}/samples")  # noqa: S311
        self._ledger = books.ledger(self._load, self._record)

    def begin(self) -> None:
        rows = Device.objects.order_by("pk").values_list("pk", "account_id", "external_id")
        for device_id, account_id, external_id in rows:
            lane = Lane(device_id, account_id, external_id, NEVER)
            self.lanes[device_id] = self.by_lock[external_id] = lane
        self.books.woken.update(self.lanes)
        self._claim()
        self.refresh()

    def refresh(self) -> None:
        """Take up what was declared or woken since; to be called after the application did something."""
        if not self.books.woken:
            return
        woken, self.books.woken = self.books.woken, set()
        for device_id, wake_at, seq in _wakes(sorted(woken)):
            lane = self.lanes[device_id]
            if seq != lane.seq:
                self._end_rest(lane)
                lane.seq, lane.due = seq, wake_at or NEVER

    def disturb(self, lock: str) -> None:
        """Something happened at this lock: its next reading will show it."""
        lane = self.by_lock[lock]
        if lane.rest is not None:
            due = lane.rest.next_reading(self.clock())
            self._end_rest(lane, at=due)
            lane.due = min(lane.due, due)

    def disturb_account(self, lock: str) -> None:
        """What the account of this lock says of itself may be another thing now."""
        self._disturbed[self.by_lock[lock].account_id] = self.clock()

    def kill(self) -> None:
        """End everything where it stands, as a dead process would; the successor begins when the leases are over."""
        self.tally.kills += 1
        self.kill_moments.append(self.clock())
        cut_off = [lane for lane in self.lanes.values() if lane.task is not None]
        for lane in cut_off:
            if lane.task is not None:
                lane.task.cancel()
            lane.task = lane.work = lane.look = None
            lane.seq = -1
            self.books.woken.add(lane.device_id)
        self.down_until = self.clock() + dt.timedelta(seconds=RESTART_SECONDS)
        self._claim()
        self.refresh()

    def note_readings(self) -> None:
        """Let the application know of the readings that were not made so far."""
        for lane in self.lanes.values():
            rest, work = lane.rest, lane.work
            if rest is None or work is None or not rest.is_readable:
                continue
            readings = rest.readings_before(self.clock())
            if readings:
                self._was_read(work, rest.since + readings * rest.every)
                self.books.note_reading(work.device)

    def next_due(self) -> dt.datetime:
        idle = (lane.due for lane in self.lanes.values() if lane.task is None)
        return max(min(idle, default=NEVER), self.down_until)

    def start_due(self) -> None:
        now = self.clock()
        if now < self.down_until:
            return
        for lane in self.lanes.values():
            if lane.due <= now and lane.task is None:
                with outside_loop():
                    if self._glance(lane):
                        continue
                    lane.is_sampled = lane.rest is not None and lane.rest.is_sample
                    self._end_rest(lane)
                    self._vouch(lane)
                lane.task = asyncio.ensure_future(self._run(lane))

    def busy(self) -> list[asyncio.Task[None]]:
        return [lane.task for lane in self.lanes.values() if lane.task is not None]

    async def _run(self, lane: Lane) -> None:
        lane.look = None
        self.tally.looks += 1
        begun = self.clock()
        try:
            await reconcile_device(
                self.leases[lane.account_id],
                lane.device_id,
                self.connections[lane.account_id],
                ledger=self._ledger,
                clock=self.clock,
            )
            with outside_loop():
                self._settle(lane, begun)
        except asyncio.CancelledError:
            return
        except Exception as error:  # noqa: BLE001  -- raised where the world is run
            self.error = error
        lane.task = None
        self.stirred.set()

    def _settle(self, lane: Lane, begun: dt.datetime) -> None:
        look = lane.look
        if look is None:
            self._reload(lane)
            return
        self.on_look(look)
        device = look.work.device
        lane.due = device.wake_at or NEVER
        is_stale = lane.device_id in self.books.stale
        if is_stale or look.work.seq != look.seq or lane.due <= begun:
            self._reload(lane)
            return
        lane.seq = look.seq
        self._rest(lane, look)

    def _reload(self, lane: Lane) -> None:
        lane.work = None
        ((_, wake_at, seq),) = _wakes([lane.device_id])
        lane.due, lane.seq = wake_at or NEVER, seq
        if lane.due <= self.clock():
            lane.due = self.clock() + dt.timedelta(milliseconds=500)  # a runner's turn

    def _rest(self, lane: Lane, look: Look) -> None:
        """Let the device rest where its last look has shown that nothing can change for a while."""
        if not self.shed.is_steady(lane.lock):
            return
        rest = resting.rest_after(look, due=lane.due, as_planned=lane.is_as_planned)
        if rest is None:
            return
        within = rest.readings_before(rest.until)
        if within and self._dice.random() < SAMPLED:
            rest.until = look.now + self._dice.randint(1, within) * rest.every
            rest.is_sample = True
            self.tally.sampled += 1
        lane.rest, lane.due = rest, rest.until

    def _glance(self, lane: Lane) -> bool:
        """At a boundary: where the same reading would neither lead to a command nor tell anything new, it is counted
        and not made."""
        rest, look, now = lane.rest, lane.look, self.clock()
        if (
            rest is None
            or look is None
            or rest.is_sample
            or not rest.is_readable
            or look.work is not lane.work
        ):
            return False
        again = resting.look_again(look, rest, now=now)
        if again is None or not self.shed.is_steady(lane.lock):
            return False
        self.tally.skipped_readings += rest.readings_before(now) + 1
        self.tally.glances += 1
        self._was_read(look.work, now)
        lane.look = again
        lane.rest = resting.rest_after(again, due=now, as_planned=True)
        if lane.rest is None:
            return False
        lane.due = lane.rest.until
        return True

    def _end_rest(self, lane: Lane, at: dt.datetime | None = None) -> None:
        """Count the readings that were not made, and let the engine know when the last of them would have been: with
        it, it would have asked for the lock's status and looked at its account."""
        rest, lane.rest = lane.rest, None
        if rest is None:
            return
        readings = rest.readings_before(at or self.clock())
        self.tally.skipped_readings += readings
        if not readings or not rest.is_readable or lane.work is None:
            return
        self._was_read(lane.work, rest.since + readings * rest.every)

    def _was_read(self, work: Work, at: dt.datetime) -> None:
        work.device.last_seen_at = work.device.last_read_at = at
        if work.lease.synced_at is not None:
            work.lease.synced_at = max(work.lease.synced_at, at)

    def _vouch(self, lane: Lane) -> None:
        """An account whose locks have no fault, and had none since it was last asked, says what it said then: it is
        not asked again, but for a sample."""
        account, lease = self._accounts.get(lane.account_id), self.leases[lane.account_id]
        if account is None or account.synced_at is None or account.conditions or account.failures:
            return
        disturbed = self._disturbed.get(lane.account_id)
        quiet = disturbed is None or disturbed < account.synced_at
        if quiet and self._dice.random() >= SAMPLED:
            lease.synced_at = self.clock()

    def _claim(self) -> None:
        """As a successor does: under new fencing numbers, so that what the dead one still writes is refused."""
        Account.objects.update(lease_until=None)
        ids = list(Account.objects.order_by("pk").values_list("pk", flat=True))
        self.leases = {
            lease.account_id: lease for lease in leases.claim(ids, owner=f"simulator {self.tally.kills}")
        }
        for lease in self.leases.values():
            lease.deadline = float("inf")
        for lane in self.lanes.values():
            if lane.work is not None:
                lane.work.lease = self.leases[lane.account_id]
        self._ledger = self.books.ledger(self._load, self._record)

    def _load(self, requests: Sequence[tuple[Lease, int]]) -> Sequence[Work | Exception | None]:
        """What is already in memory and has not been declared anew needs no second loading."""
        missing = [request for request in requests if not self._is_current(request[1])]
        works = loading.load_works(missing) if missing else []
        loaded = {device_id: work for (_, device_id), work in zip(missing, works, strict=True)}
        answers: list[Work | Exception | None] = []
        for _, device_id in requests:
            lane = self.lanes[device_id]
            answer = loaded.get(device_id, lane.work)
            if isinstance(answer, Work):
                self.books.stale.discard(device_id)
                lane.work = answer
                answer.device.account = self._accounts.setdefault(lane.account_id, answer.device.account)
            answers.append(answer)
        return answers

    def _is_current(self, device_id: int) -> bool:
        lane = self.lanes[device_id]
        return lane.work is not None and lane.work.seq != STALE and device_id not in self.books.stale

    def _record(self, look: Look) -> list[AccessCode]:
        lane = self.lanes[look.work.device.pk]
        if lane.is_sampled and (look.decided.steps or resting.says_news(look)):
            self.tally.sampled_wrong.append(f"{lane.lock} was thought to rest at {look.now:%d %b %H:%M:%S}.")
        lane.is_sampled = False
        recorded = self.books.record(look)
        if look.final:
            lane.look, lane.is_as_planned = look, not recorded.changes.change_codes()
        return recorded.clashing
