"""One endpoint's own way: what it is sent, in order, so many at a time, however the others fare.

Nothing here touches the database but through the two functions that it is given. First attempts begin in the order of
events; of one subject, each waits for the last. `Progress` remembers up to where everything before is answered: only
that is written down, so that what is not known to have been sent is sent again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from yarl import URL

from access.enums import DeliveryStatus
from access.webhooks.event_types import is_wanted
from access.webhooks.judging import HEALTHY, MAX_ATTEMPTS, Health, after_failure, next_try
from access.webhooks.sending import Answer, Sender
from access.webhooks.shelf import Batch, Message
from access.webhooks.signing import Signer

logger = logging.getLogger(__name__)

AT_A_TIME: Final = 8
# Answered but not yet written down, or waiting behind one that is not answered.
MAX_OPEN: Final = 1_000
SLOW_SECONDS: Final = 1.0
# Then it is made anew from its row, which may have changed.
LIFE_SECONDS: Final = 20.0

Clock = Callable[[], dt.datetime]


@dataclass(frozen=True, slots=True)
class Target:
    """An endpoint as it stood when its lane began."""

    endpoint_id: int
    workspace_id: int
    url: str = field(repr=False)
    flavour: str
    event_types: tuple[str, ...]
    secrets: tuple[str, ...] = field(repr=False)
    position: int
    health: Health
    version: int = 1


@dataclass(frozen=True, slots=True)
class Retry:
    """A delivery that is due again. `attempts`: how many failed so far."""

    delivery_id: int
    attempts: int
    message: Message


@dataclass(slots=True)
class Result:
    """`delivery_id` None: a first attempt, of which a row is to be made. `look`: see Message."""

    endpoint_id: int
    event_id: int
    delivery_id: int | None
    status: str
    attempts: int
    next_try_at: dt.datetime | None
    finished_at: dt.datetime | None
    entry: dict[str, Any] = field(repr=False)
    look: tuple[int, int] | None = None


@dataclass(slots=True)
class _Open:
    """A first attempt: `before` is the place that everything before it reaches to."""

    before: int
    result: Result | None = None


@dataclass(slots=True)
class Progress:
    """Up to where all first attempts are answered. `cursor`: up to where events were looked at."""

    cursor: int
    opened: deque[_Open] = field(default_factory=deque)

    def begin(self) -> _Open:
        entry = _Open(self.cursor)
        self.opened.append(entry)
        return entry

    def take(self) -> tuple[int, list[Result]]:
        """The results of the answered ones up to the first that is not, and the place that they reach to."""
        taken = []
        while self.opened and (result := self.opened[0].result) is not None:
            taken.append(result)
            self.opened.popleft()
        return (self.opened[0].before if self.opened else self.cursor), taken


class Lane:
    def __init__(
        self,
        target: Target,
        sender: Sender,
        load: Callable[[int, int], Awaitable[Batch | None]],
        *,
        clock: Clock,
    ) -> None:
        self.target = target
        self.health = target.health
        self.progress = Progress(target.position)
        self.retries: deque[Retry] = deque()
        self.retried: list[Result] = []
        self.stopping = self.draining = self.slow = False
        self._sender, self._load, self._clock = sender, load, clock
        self._url = URL(target.url)
        self._signer = Signer(target.secrets, flavour=target.flavour)
        self._begun = time.monotonic()
        self._flying: dict[asyncio.Task[None], float] = {}
        self._subjects: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(AT_A_TIME)
        self._taken = asyncio.Event()

    @property
    def is_held_up(self) -> bool:
        """Something has been under way for long."""
        now = time.monotonic()
        return any(now - begun > SLOW_SECONDS for begun in self._flying.values())

    def take(self) -> tuple[int, list[Result], list[Result]]:
        """What is to be written down: the place that was reached, results of first attempts, and of later ones."""
        position, first = self.progress.take()
        retried, self.retried = self.retried, []
        self._taken.set()
        return position, first, retried

    def stop(self) -> None:
        """Begin nothing more."""
        self.stopping = True
        self._taken.set()

    @property
    def has_unwritten(self) -> bool:
        return bool(self.progress.opened or self.retried)

    async def run(self) -> None:
        try:
            if self.health.is_failing:
                # What has failed already says little about whether it is back.
                await self._run_new()
                await self._run_retries()
            else:
                await self._run_retries()
                await self._run_new()
        finally:
            if self._flying and not self._is_cancelled():
                await asyncio.wait(self._flying)

    async def _run_retries(self) -> None:
        while self.retries and await self._may_go_on():
            retry = self.retries.popleft()
            await self._start(retry.message, retry=retry)

    async def _run_new(self) -> None:
        place = self.progress.cursor
        while await self._may_go_on():
            batch = await self._load(self.target.workspace_id, place)
            if batch is None:
                return
            for message in batch.messages:
                if self._wants(message):
                    if not await self._may_go_on():
                        return
                    await self._start(message)
                self.progress.cursor = message.place
            place = self.progress.cursor = batch.last

    def _wants(self, message: Message) -> bool:
        return is_wanted(
            self.target.event_types,
            flavour=self.target.flavour,
            event_type=message.event_type,
            own_type=message.own_type,
        )

    async def _may_go_on(self) -> bool:
        """An endpoint that fails is asked with one event at a time, and not again before its pause is over."""
        while len(self.progress.opened) >= MAX_OPEN and not self.stopping:
            self._taken.clear()
            await self._taken.wait()
        if self.health.is_failing and self._flying:
            await asyncio.wait(self._flying)
        if self.stopping or time.monotonic() - self._begun > LIFE_SECONDS:
            return False
        if self.draining and (self.slow or self.is_held_up):
            return False
        return not self.health.is_paused(self._clock())

    async def _start(self, message: Message, *, retry: Retry | None = None) -> None:
        """Begin as soon as there is room and nothing of the same subject is under way."""
        entry = None if retry is not None else self.progress.begin()
        if retry is None:
            self.progress.cursor = message.place
        before = self._subjects.get(message.subject)
        if before is not None:
            await asyncio.wait([before])
        await self._room.acquire()
        task = asyncio.create_task(self._attempt(message, retry, entry))
        self._flying[task] = time.monotonic()
        self._subjects[message.subject] = task
        task.add_done_callback(lambda done: self._landed(done, message))

    def _landed(self, task: asyncio.Task[None], message: Message) -> None:
        self._room.release()
        self._flying.pop(task, None)
        if self._subjects.get(message.subject) is task:
            del self._subjects[message.subject]

    async def _attempt(self, message: Message, retry: Retry | None, entry: _Open | None) -> None:
        begun = self._clock()
        try:
            body = message.body(self.target.flavour)
            headers = self._signer.headers(message.message_id, body, now=begun)
        except Exception as fault:  # one event that cannot be told must not stop the rest
            logger.exception("event %s cannot be told", message.message_id)
            said = f"Keyturn could not put it into words ({type(fault).__name__})."
            answer = Answer(0, error=said, is_unsent=True)
        else:
            hide = (message.pin,) if message.pin else ()
            answer = await self._sender.send(self._url, body.encode(), headers, hide=hide)
            self._follow(answer)
        result = self._judge(message, retry, answer, begun=begun)
        if entry is not None:
            entry.result = result
        else:
            self.retried.append(result)

    def _follow(self, answer: Answer) -> None:
        self.slow = answer.milliseconds > SLOW_SECONDS * 1000
        self.health = HEALTHY if answer.succeeded else after_failure(self.health, now=self._clock())

    def _judge(self, message: Message, retry: Retry | None, answer: Answer, *, begun: dt.datetime) -> Result:
        now = self._clock()
        attempts = 1 + (retry.attempts if retry is not None else 0)
        again = None if answer.succeeded else next_try(attempts, now=now)
        status = DeliveryStatus.SUCCEEDED if answer.succeeded else DeliveryStatus.PENDING
        if not answer.succeeded and attempts >= MAX_ATTEMPTS:
            status = DeliveryStatus.FAILED
        return Result(
            endpoint_id=self.target.endpoint_id,
            event_id=message.event_id,
            delivery_id=retry.delivery_id if retry is not None else None,
            status=status.value,
            attempts=attempts,
            next_try_at=again,
            finished_at=now if again is None else None,
            entry=_log_entry(begun, answer),
            look=None if answer.is_unsent else message.look(self.target.flavour),
        )

    def _is_cancelled(self) -> bool:
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0

    def abandon(self) -> None:
        """Give up what is under way: it is not written down, so the successor sends it again."""
        for task in list(self._flying):
            task.cancel()


def _log_entry(begun: dt.datetime, answer: Answer) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "at": begun.isoformat(timespec="milliseconds"),
        "ms": answer.milliseconds,
        "status": answer.status,
        "response": answer.response,
    }
    return {**entry, "error": answer.error} if answer.error else entry
