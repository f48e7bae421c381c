"""What happened around a stay, as one list: booking, codes, locks, doors, looks, messages and the guest's pass.

Histories are merged by time, a constant number of queries a page. Of a lock that others use, too, only what is
about this stay or about nobody is taken: what other guests' codes did is not this guest's business.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from access.enums import EventType, SendStatus
from access.issuing import door_name
from access.messaging.coming import way_of
from access.models import Event, GuestPass, Message, PassUse
from access.overview import DoorAccess
from access.passes.doing import GUEST
from access.states import WriteState
from access.stay_pages.records import Records
from access.timeline import entry_of_change, words_of
from properties.models import Stay
from properties.wording import when

LINES: Final = 50
# Of a lock, what lies within this before the window counts as well: whether it could be reached when the code was due.
BEFORE_WINDOW: Final = dt.timedelta(days=3)
AFTER_WINDOW: Final = dt.timedelta(days=1)
SENT: Final = "sent"
MESSAGE: Final = "message"
LINK: Final = "link"
STAY: Final = "stay"
OF_LOCK: Final = (
    EventType.DEVICE_CONNECTED,
    EventType.DEVICE_DISCONNECTED,
    EventType.DEVICE_LOW_BATTERY,
    EventType.DEVICE_TAMPERED,
    EventType.BOLT_JAMMED,
    EventType.LOCK_DENIED,
    EventType.LOCK_UNLOCKED,
    EventType.ATTEMPT_UNLOCK_OK,
    EventType.ATTEMPT_UNLOCK_FAILED,
)
TITLES: Final[Mapping[str, str]] = {
    SendStatus.SENT: "Message sent",
    SendStatus.FAILED: "Message could not be sent",
    SendStatus.UNCERTAIN: "Message may have been sent",
    SendStatus.SKIPPED: "Message left out",
}
# Changes of a stay whose usual word says too little here.
CHANGES: Final[Mapping[str, str]] = {
    "doors": "Doors of the unit changed",
    "overridden": "Times agreed by a person",
    "rules": "Usual times changed",
}
OF_ATTEMPTS: Final = (EventType.ATTEMPT_UNLOCK_OK, EventType.ATTEMPT_UNLOCK_FAILED)
# What the page can be narrowed to: the kinds that a group holds begin with one of these.
GROUPS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "all": ("All", ("",)),
    "codes": ("Codes on the locks", ("access_code.", SENT)),
    "doors": ("At the doors", ("lock.", "bolt.", "device.", "action_attempt.")),
    "told": ("Shown and sent", ("pin.", MESSAGE, LINK)),
    "booking": ("Booking", (STAY,)),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `kind`: an event's type, or sent, message, pass, stay; it says how the line looks."""

    at: dt.datetime
    title: str
    kind: str
    where: str = ""
    detail: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`newer` and `older` are numbers of pages, None where there is none."""

    lines: tuple[Line, ...]
    group: str = "all"
    page: int = 1
    newer: int | None = None
    older: int | None = None
    groups: Mapping[str, str] = field(
        default_factory=lambda: {key: name for key, (name, _) in GROUPS.items()}
    )


def evidence_of(
    stay: Stay,
    doors: Sequence[DoorAccess],
    records: Records,
    *,
    group: str = "all",
    page: int = 1,
    with_contact: bool,
    size: int = LINES,
) -> Evidence:
    """Newest first. Without contact, how to reach the guest is left out of what it tells of changes."""
    # As many of each as the pages up to this one could need, and one more to know whether another follows.
    wanted = page * size + 1
    lines = evidence_lines(stay, doors, records, group=group, most=wanted, with_contact=with_contact)
    return Evidence(
        lines=tuple(lines[(page - 1) * size : page * size]),
        group=group,
        page=page,
        newer=page - 1 if page > 1 else None,
        older=page + 1 if len(lines) > page * size else None,
    )


def evidence_lines(
    stay: Stay,
    doors: Sequence[DoorAccess],
    records: Records,
    *,
    group: str,
    most: int,
    with_contact: bool,
) -> list[Line]:
    """Newest first; of each history the `most` newest. `doors`: with every code of the stay that has not ended."""
    devices = {door.device.pk for door in doors}
    begins = GROUPS[group][1]
    found = [
        *_of_events(_events(stay, devices, begins, most), stay.unit.property.zone),
        *(_of_changes(stay, most, with_contact=with_contact) if _holds(begins, STAY) else ()),
        *(_of_messages(records.messages, most) if _holds(begins, MESSAGE) else ()),
        *(_of_passes(records.passes) if _holds(begins, LINK) else ()),
    ]
    if _holds(begins, SENT):
        told = {(line.at, line.where) for line in found if line.kind == SENT}
        found += [line for line in _commands(doors) if (line.at, line.where) not in told]
    found.sort(key=lambda line: line.at, reverse=True)
    return found


def _holds(begins: Sequence[str], kind: str) -> bool:
    return any(kind.startswith(one) for one in begins)


def _events(stay: Stay, devices: Iterable[int], begins: Sequence[str], most: int) -> list[Event]:
    """Of the stay, and of its locks what nobody's code did: asked for apart, since each has an index of its own."""
    types = [one for one in EventType if _holds(begins, one)]
    own = Event.objects.filter(stay=stay, type__in=types)
    around = Event.objects.filter(
        device__in=list(devices),
        stay=None,
        access_code=None,
        type__in=[one for one in OF_LOCK if one in types],
        occurred_at__gte=stay.starts_at - BEFORE_WINDOW,
    )
    if stay.ends_at is not None:
        around = around.filter(occurred_at__lt=stay.ends_at + AFTER_WINDOW)
    # An opening that was asked for from here is told by its attempt.
    around = around.exclude(data__has_key="action_attempt_id", type=EventType.LOCK_UNLOCKED)
    # Another guest's pass has opened this door, too; only what this stay's own pass asked for is this guest's business.
    asked = Coalesce(KT("data__action_attempt_id"), Value(""), output_field=TextField())
    others = Q(type__in=OF_ATTEMPTS, actor=GUEST) & ~Q(attempt_asked__in=_asked_on_pass(stay))
    around = around.annotate(attempt_asked=asked).exclude(others)
    return [
        event
        for rows in (own, around)
        for event in rows.select_related("device__door", "access_code").order_by("-occurred_at", "-pk")[:most]
    ]


def _asked_on_pass(stay: Stay) -> QuerySet[PassUse, Any]:
    """Ids of attempts, as events hold them."""
    uses = PassUse.objects.filter(guest_pass__stay=stay, attempt__isnull=False)
    return uses.values_list(Cast("attempt__public_id", TextField()), flat=True)


def _of_events(events: Iterable[Event], zone: zoneinfo.ZoneInfo) -> Iterator[Line]:
    told = set()
    for event in events:
        where = door_name(event.device) if event.device is not None else ""
        yield Line(
            at=event.occurred_at,
            title=_title(event),
            kind=event.type,
            where=where,
            detail=" · ".join(dict.fromkeys([*words_of(event), *_moved(event, zone)])),
            who=event.actor or _whose(event),
        )
        sent = event.data.get("sent_at")
        if sent and (event.access_code_id, sent) not in told:
            told.add((event.access_code_id, sent))
            yield Line(dt.datetime.fromisoformat(sent), "Sent to the lock", SENT, where, who="Keyturn")


def _title(event: Event) -> str:
    if event.type == EventType.LOCK_UNLOCKED and event.access_code_id is not None:
        return "Opened by the guest's code"
    if event.data.get("change") == "put right at the lock":
        return "Code restored at the lock"
    return EventType(event.type).label


def _moved(event: Event, zone: zoneinfo.ZoneInfo) -> Iterator[str]:
    """The window that the code has from then on."""
    after = event.data.get("after")
    if event.type == EventType.CODE_CHANGED and isinstance(after, dict):
        begins, ends = after.get("starts_at"), after.get("ends_at")
        if begins:
            until = when(dt.datetime.fromisoformat(ends), zone) if ends else "no end"
            yield f"opens {when(dt.datetime.fromisoformat(begins), zone)} to {until}"


def _whose(event: Event) -> str:
    """What a lock's own log says of who opened."""
    if event.type != EventType.LOCK_UNLOCKED:
        return "The lock" if event.type in OF_LOCK else ""
    if event.access_code_id is not None:
        return "Whoever knew the code"
    return "Not told by the lock" if event.data.get("method") == "keycode" else ""


def _of_changes(stay: Stay, most: int, *, with_contact: bool) -> Iterator[Line]:
    for change in stay.changes.order_by("-at", "-pk")[:most]:
        entry = entry_of_change(change, stay.unit.property.zone, with_contact=with_contact)
        title = CHANGES.get(change.action, entry.title)
        yield Line(entry.at, title, STAY, "", entry.detail, entry.actor)


def _of_messages(messages: Iterable[Message], most: int) -> Iterator[Line]:
    """Without recipients and texts: staff reads it, too."""
    rows = [one for one in messages if one.status in TITLES]
    rows.sort(key=lambda one: (one.sent_at or one.due_at, one.pk), reverse=True)
    for one in rows[:most]:
        detail = f"“{one.template.name}” by {way_of(one.template)}" + (
            f" · {one.reason}" if one.reason else ""
        )
        yield Line(one.sent_at or one.due_at, TITLES[one.status], MESSAGE, "", detail, "Keyturn")


def _of_passes(passes: Iterable[GuestPass]) -> Iterator[Line]:
    for one in passes:
        yield Line(one.made_at, "Guest's link made", LINK, who=one.made_by)
        if one.first_fetched_at is not None and one.first_fetched_at != one.first_opened_at:
            yield Line(
                one.first_fetched_at,
                "Guest's link fetched for the first time",
                LINK,
                detail="by the guest, or by an app that drew a preview of it",
            )
        if one.first_opened_at is not None:
            yield Line(one.first_opened_at, "Guest's link opened for the first time", LINK, who="Guest")
        if one.revoked_at is not None:
            yield Line(one.revoked_at, "Guest's link revoked", LINK, who=one.revoked_by)


def _commands(doors: Iterable[DoorAccess]) -> Iterator[Line]:
    """The last command to each lock: events tell only of those that were confirmed."""
    for code in [door.code for door in doors if door.code is not None]:
        if code.ended_at is not None or not code.is_managed or code.write_state == WriteState.NONE:
            continue
        note = "" if code.confirmed_at is not None else "not confirmed so far"
        if code.write_state == WriteState.REJECTED:
            note = "refused"
        if code.written_at is not None:
            yield Line(code.written_at, "Sent to the lock", SENT, door_name(code.device), note, "Keyturn")
