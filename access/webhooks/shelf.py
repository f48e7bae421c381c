"""Events as they are sent, loaded once for all endpoints that are about to be told of them.

A lane asks for what comes after a place; lanes of one workspace that are equally far share the answer, and the texts
that were made of it. What has a place never changes places, so an answer stays true.
"""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from access.enums import WebhookFlavour
from access.models import Event
from access.pins import pin_key_of
from access.telling import About, abouts_of, keyturn_event, own_type, seam_event, with_told

logger = logging.getLogger(__name__)

AT_ONCE: Final = 250
BATCHES_KEPT: Final = 24


@dataclass(slots=True)
class Message:
    """`subject`: what it tells of; of one subject, nothing is sent before the last was answered."""

    event_id: int
    message_id: str
    place: int
    event_type: str
    own_type: str
    subject: tuple[str, int]
    event: Event = field(repr=False)
    about: About = field(repr=False)
    bodies: dict[str, str] = field(default_factory=dict, repr=False)
    tells_code: set[str] = field(default_factory=set)

    def body(self, flavour: str) -> str:
        """Programs of the founding API are told the code, as it tells it; our own never are."""
        if flavour not in self.bodies:
            told = (
                seam_event(self.event, with_code=True, about=self.about)
                if flavour == WebhookFlavour.SEAM
                else keyturn_event(self.event, about=self.about)
            )
            if _tells_pin(told):
                self.tells_code.add(flavour)
            self.bodies[flavour] = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        return self.bodies[flavour]

    def look(self, flavour: str) -> tuple[int, int] | None:
        """The code, and the key of its PIN, that the body of this flavour tells."""
        code, pin = self.event.access_code, self.pin
        return (code.pk, pin_key_of(pin)) if code and pin and flavour in self.tells_code else None

    @property
    def pin(self) -> str | None:
        return self.event.access_code.pin if self.event.access_code is not None else None


@dataclass(frozen=True, slots=True)
class Batch:
    """`last`: the place of the last event that was looked at."""

    messages: Sequence[Message]
    last: int


class Shelf:
    """Asked by one thread: that of the database."""

    def __init__(self) -> None:
        self._batches: OrderedDict[tuple[int, int], Batch] = OrderedDict()

    def after(self, workspace_id: int, place: int) -> Batch | None:
        """The next events; None where there are none yet."""
        key = (workspace_id, place)
        if key in self._batches:
            self._batches.move_to_end(key)
            return self._batches[key]
        rows = Event.objects.filter(workspace=workspace_id, position__gt=place).order_by("position")
        events = list(with_told(rows, own=True)[:AT_ONCE])
        if not events:
            return None
        batch = Batch(messages_of(events), events[-1].position or place)
        self._batches[key] = batch
        if len(self._batches) > BATCHES_KEPT:
            self._batches.popitem(last=False)
        return batch


def load_messages(event_ids: Iterable[int]) -> dict[int, Message]:
    """For what is sent again."""
    events = list(with_told(Event.objects.filter(pk__in=set(event_ids)), own=True))
    return {message.event_id: message for message in messages_of(events)}


def messages_of(events: Sequence[Event]) -> list[Message]:
    abouts = abouts_of(events)
    return [_message(event, abouts[event.pk]) for event in events]


def _message(event: Event, about: About) -> Message:
    return Message(
        event_id=event.pk,
        message_id=str(event.public_id),
        place=event.position or 0,
        event_type=event.type,
        own_type=_own_type(event, about),
        subject=_subject(event),
        event=event,
        about=about,
    )


def _tells_pin(told: Mapping[str, Any]) -> bool:
    changes = told.get("changed_properties") or ()
    return told.get("code") is not None or any(one["property"] == "code" and one["to"] for one in changes)


def _own_type(event: Event, about: About) -> str:
    try:
        return own_type(event, about)
    except Exception:  # one row that cannot be told must not stop the rest
        logger.exception("event %s cannot be named", event.public_id)
        return event.type


def _subject(event: Event) -> tuple[str, int]:
    fields: tuple[str, ...] = ("stay_id", "access_code_id", "device_id", "account_id", "webview_id")
    for name in fields:
        value: Any = getattr(event, name)
        if value is not None:
            return name, value
    return "id", event.pk
