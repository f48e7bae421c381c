"""What a stay's guest is still to be sent, when and by which way: from the templates and the stay alone. Pure.

Nothing is written for it: a message has a row only once it is due (access.messaging.sweeping). Whether it then goes out
is asked again, so a line here is a plan and no promise; what stands against it now is said beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from access.enums import Anchor, MessageKind
from access.messaging.occasions import ARRIVAL_MOVES, MOVES, timed_occasion
from access.messaging.recipients import reaches_somebody
from access.messaging.timing import Due, StayTimes, due_of
from access.models import GuestPass, Message, MessageTemplate
from access.passes.showing import guest_times
from properties.enums import StayKind, StayStatus
from properties.models import Stay, StayChange

__all__ = ["MOVES", "Coming", "coming_messages", "way_of"]

ON_EVENT: Final[Mapping[str, str]] = {
    MessageKind.CODE_READY: "as soon as every lock has confirmed the code",
    MessageKind.CODE_CHANGED: "only if the code changes",
    MessageKind.BACKUP_GIVEN: "only if a backup code is given",
}
NO_ADDRESS: Final = "the guest can't be reached this way: the address is missing"
HELD: Final = "waits until access is let go"
READY: Final = "ready"


@dataclass(frozen=True, slots=True)
class Coming:
    """`at` None: when something happens, which `note` says. `obstacle`: why it would not go out as things stand."""

    name: str
    way: str
    at: dt.datetime | None
    note: str = ""
    obstacle: str = ""


def way_of(template: MessageTemplate) -> str:
    return template.channel.name if template.channel is not None else "e-mail"


def coming_messages(
    stay: Stay,
    templates: Iterable[MessageTemplate],
    *,
    messages: Iterable[Message],
    passes: Sequence[GuestPass],
    moves: Sequence[StayChange],
    now: dt.datetime,
) -> tuple[Coming, ...]:
    """Those with a time first. `templates` come with their channels, the stay with its guest and place; `moves`: the
    changes of the stay that hold any of MOVES."""
    if stay.kind != StayKind.GUEST or stay.status != StayStatus.CONFIRMED:
        return ()
    told = {(one.template_id, one.occasion) for one in messages}
    planned = [
        line
        for template in templates
        if template.active_since is not None and template.deleted_at is None
        for line in _of_template(stay, template, told, passes, moves, now=now)
    ]
    return tuple(sorted(planned, key=lambda one: (one.at is None, one.at or now)))


def _of_template(
    stay: Stay,
    template: MessageTemplate,
    told: set[tuple[int, str]],
    passes: Sequence[GuestPass],
    moves: Sequence[StayChange],
    *,
    now: dt.datetime,
) -> Iterator[Coming]:
    over = stay.ends_at is not None and stay.ends_at <= now and template.anchor != Anchor.DEPARTURE
    if over:
        return
    held = stay.hold_access and template.anchor != Anchor.CONFIRMATION
    obstacle = "" if reaches_somebody(template, stay) else NO_ADDRESS
    obstacle = obstacle or (HELD if held else "")
    if template.kind in ON_EVENT:
        times = _times_of(stay, passes, moves, ARRIVAL_MOVES)
        if template.kind != MessageKind.CODE_READY or _will_be_told_ready(stay, template, told, times):
            wait = f", {template.offset_minutes} min after" if template.offset_minutes > 0 else ""
            yield Coming(template.name, way_of(template), None, ON_EVENT[template.kind] + wait, obstacle)
        return
    due = _due(stay, template, passes, moves)
    missed = due is None or now >= due.until or (template.active_since and due.at < template.active_since)
    if due is not None and not missed and (template.pk, timed_occasion(template, stay)) not in told:
        yield Coming(template.name, way_of(template), max(due.at, now), "", obstacle)


def _will_be_told_ready(
    stay: Stay, template: MessageTemplate, told: set[tuple[int, str]], times: StayTimes
) -> bool:
    """A guest who was in the house when this was switched on knows the code."""
    since = template.active_since
    knows = since is not None and stay.starts_at < since and times.known_at < since
    return (template.pk, READY) not in told and not knows


def _due(
    stay: Stay, template: MessageTemplate, passes: Sequence[GuestPass], moves: Sequence[StayChange]
) -> Due | None:
    names = MOVES if template.anchor == Anchor.DEPARTURE else ARRIVAL_MOVES
    times = _times_of(stay, passes, moves, names)
    return due_of(template.anchor, dt.timedelta(minutes=template.offset_minutes), times)


def _times_of(
    stay: Stay, passes: Sequence[GuestPass], moves: Sequence[StayChange], names: Sequence[str]
) -> StayTimes:
    """As access.messaging.occasions asks the database for them."""
    confirmed_at = min((one.made_at for one in passes), default=stay.created_at)
    moved = max((one.at for one in moves if one.fields.keys() & set(names)), default=confirmed_at)
    check_in, check_out = guest_times(stay)
    return StayTimes(confirmed_at, max(confirmed_at, moved), check_in, check_out)
