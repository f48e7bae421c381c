"""Group commit: what many coroutines ask of the database at the same moment goes there together.

Each coroutine sees a plain awaited call. While one batch is in the database, the next gathers, so a lone lock waits
for nobody and a hundred cost little more than one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from asgiref.sync import sync_to_async
from django.db import DatabaseError

RequestT = TypeVar("RequestT")
AnswerT = TypeVar("AnswerT")


def answer_or_error(work: Callable[[], AnswerT]) -> AnswerT | Exception:
    """What a fault in one request's data comes to: an answer for its asker, not for all. A fault of the database spoils
    the transaction that they share, and is everybody's."""
    try:
        return work()
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001  -- handed to the asker
        return error


class Gathered(Generic[RequestT, AnswerT]):
    """`handle` takes requests and returns as many answers, in order; an exception among them is raised to its asker."""

    def __init__(
        self, handle: Callable[[Sequence[RequestT]], Sequence[AnswerT | Exception]], *, at_once: int
    ) -> None:
        self._handle = handle
        self._at_once = at_once
        self._waiting: list[tuple[RequestT, asyncio.Future[AnswerT]]] = []
        self._flushing: asyncio.Task[None] | None = None

    async def __call__(self, request: RequestT) -> AnswerT:
        answer: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        return await answer

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._at_once], self._waiting[self._at_once :]
            try:
                answers = await sync_to_async(self._handle)([request for request, _ in batch])
            except Exception as error:  # noqa: BLE001  -- handed to each of those who wait for it
                answers = [error] * len(batch)
            for (_, waiting), answer in zip(batch, answers, strict=True):
                if waiting.done():
                    continue  # its coroutine was cancelled meanwhile
                if isinstance(answer, Exception):
                    waiting.set_exception(answer)
                else:
                    waiting.set_result(answer)
