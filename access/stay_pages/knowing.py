"""What the evidence about a stay says for certain, and what nobody can know from it, in sentences. Pure.

A confirmation by reading, a confirmation by answer alone, and silence are three things; none is rounded to another.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from access.enums import EventType
from access.states import CodeState, Seen, WriteState
from access.stay_pages.doors import NOT_MANAGED, DoorPage, names_codes
from access.stay_pages.entering import Entries
from access.stay_pages.evidence import Line
from access.stay_pages.tallies import Fate, gone_at, stored_at
from access.stay_pages.wording import times
from locks.devices import capabilities_of
from properties.wording import when


@dataclass(frozen=True, slots=True)
class Statements:
    known: tuple[str, ...]
    unknown: tuple[str, ...]


def statements_of(
    doors: Sequence[DoorPage],
    entries: Entries,
    lines: Sequence[Line],
    *,
    zone: zoneinfo.ZoneInfo,
    ends_at: dt.datetime | None,
    now: dt.datetime,
) -> Statements:
    known = [sentence for door in doors for sentence in _known_at(door, zone)]
    unknown = [sentence for door in doors for sentence in _unknown_at(door, zone)]
    known += _known_entries(entries, zone)
    unknown += _unknown_entries(doors, entries, lines, zone)
    if ends_at is None or ends_at > now:
        unknown.append("What will happen: the stay was not over when this was printed.")
    unknown.append("Who stood at a door: a lock knows a code and not a person.")
    unknown.append(
        "Whether anybody read what was sent: a message is handed over, and that is all that is told."
    )
    # Several codes at one door say the same of it.
    return Statements(tuple(dict.fromkeys(known)), tuple(dict.fromkeys(unknown)))


def _known_at(door: DoorPage, zone: zoneinfo.ZoneInfo) -> Iterator[str]:
    name, code = door.access.door_name, door.code
    if code is None:
        return
    at = stored_at(code, door.tallies)
    if code.is_offline:
        yield f"{name}: the code was computed by the lock system; the lock checks it without a connection."
    elif at is not None and capabilities_of(door.device).reads_codes:
        yield f"{name}: the code was read on the lock for the first time {when(at, zone)}."
    elif at is not None:
        yield f"{name}: the lock confirmed {when(at, zone)} that it took the code."
    elif code.seen == Seen.ABSENT and code.seen_at is not None and code.ended_at is None:
        yield f"{name}: the lock was read {when(code.seen_at, zone)}, and the code was not on it."
    elif code.written_at is None and code.ended_at is None:
        yield f"{name}: nothing was sent to the lock so far."
    if door.changed_outside:
        yield f"{name}: other hands changed or deleted the code {times(door.changed_outside)}; see the list."
    gone = gone_at(code, door.tallies)
    if door.fate is Fate.GONE and gone is not None:
        reads = capabilities_of(door.device).reads_codes
        said = "the code was gone from the lock" if reads else "the lock answered that it removed the code"
        yield f"{name}: {said} {when(gone, zone)}."
    elif door.fate is Fate.UNSENT:
        yield f"{name}: the code ended without ever being sent to the lock."


def _unknown_at(door: DoorPage, zone: zoneinfo.ZoneInfo) -> Iterator[str]:
    name, code = door.access.door_name, door.code
    if code is None or code.is_offline:
        return
    if not capabilities_of(door.device).reads_codes:
        yield f"{name}: what the lock held at any moment. It answers commands and can't be read back."
    if _is_unconfirmed(door) and code.written_at is not None:
        sent = when(code.written_at, zone)
        yield f"{name}: whether the lock holds the code. It was sent {sent}, and nothing has confirmed it."
    if door.access.state is CodeState.UNKNOWN:
        read = (
            "it was never read" if door.device.last_read_at is None else when(door.device.last_read_at, zone)
        )
        yield f"{name}: what the lock holds now. The connection is lost; last read: {read}."
    if door.is_left and code.ended_at is not None:
        yield f"{name}: what became of the code after {when(code.ended_at, zone)}: {NOT_MANAGED}."
    if door.access.state is CodeState.REMOVAL_UNKNOWN:
        yield f"{name}: whether the code is gone. It should be, and nothing has confirmed it."


def _is_unconfirmed(door: DoorPage) -> bool:
    code = door.code
    if code is None or code.ended_at is not None or code.write_state == WriteState.NONE:
        return False
    return stored_at(code, door.tallies) is None and code.seen == Seen.NEVER


def _known_entries(entries: Entries, zone: zoneinfo.ZoneInfo) -> Iterator[str]:
    if entries.first_at is not None and entries.last_at is not None:
        yield (
            f"The guest's code opened a door {times(entries.number)}: first {when(entries.first_at, zone)}, "
            f"last {when(entries.last_at, zone)}."
        )
    elif entries.is_known:
        yield "The locks tell which code opens them, and told of no opening by the guest's code so far."


def _unknown_entries(
    doors: Sequence[DoorPage], entries: Entries, lines: Sequence[Line], zone: zoneinfo.ZoneInfo
) -> Iterator[str]:
    if not entries.has_doors and not entries.number:
        yield "Whether anybody came in: no lock of this stay tells."
    for name in entries.silent:
        yield f"{name}: which code opened the door. This lock does not tell."
    if entries.perhaps_at is not None:
        yield f"Whether it was the guest's code that opened a door {when(entries.perhaps_at, zone)}."
    for name in dict.fromkeys(
        door.access.door_name
        for door in doors
        if names_codes(door.device) and not capabilities_of(door.device).tells_refused_entries
    ):
        yield f"{name}: whether wrong codes were typed. This lock does not tell of refused entries."
    offline = [line.where for line in lines if line.kind == EventType.DEVICE_DISCONNECTED and line.where]
    for name in dict.fromkeys([*entries.unreached, *offline]):
        yield (
            f"{name}: what happened while the lock was out of reach, but for what its log told afterwards. "
            "Codes that a lock holds go on working meanwhile."
        )
