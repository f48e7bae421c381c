"""What happened at a door in a period, in words: who came in, who was refused, how the bolt turned.

One query by index (event_of_device), bounded; and the last turn of the bolt before the period. Never a PIN.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from access.enums import EventType
from access.lock_history.period import Period
from access.models import AccessCode, Event
from access.timeline import METHODS
from locks.models import Device

MOST: Final = 600
# The bolt's position before the period is looked for no further back.
LOOK_BACK: Final = dt.timedelta(days=30)
TURNS: Final = (EventType.LOCK_LOCKED, EventType.LOCK_UNLOCKED)
ALARMS: Final = (EventType.DEVICE_TAMPERED, EventType.BOLT_JAMMED)
KINDS: Final = (*TURNS, EventType.LOCK_DENIED, *ALARMS)
A_CODE: Final = "a code"
FROM_AFAR: Final = frozenset({"remote", "seamapi"})


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """`key` names it on the page. `who`: whoever it was, as far as the lock tells. `entry`: somebody was let in."""

    key: str
    at: dt.datetime
    kind: EventType
    who: str
    how: str
    entry: bool

    @property
    def title(self) -> str:
        return str(self.kind.label)

    @property
    def sentence(self) -> str:
        said = f"{self.title} {self.how}".strip()
        return f"{said}, {self.who}" if self.who else said


@dataclass(frozen=True, slots=True)
class History:
    """Oldest first. `left_out`: how many older ones of the period are too many to be shown."""

    lines: tuple[HistoryLine, ...]
    locked_before: bool | None
    left_out: int


def load_history(device: Device, period: Period) -> History:
    events = Event.objects.filter(
        device=device, type__in=KINDS, occurred_at__gte=period.starts_at, occurred_at__lt=period.ends_at
    )
    newest = (
        events.select_related("access_code__grant__stay__guest")
        .defer("access_code__pin", "access_code__grant__pin")
        .order_by("-occurred_at", "-pk")
    )
    rows = list(newest[: MOST + 1])
    left_out = events.count() - MOST if len(rows) > MOST else 0
    lines = tuple(_line_of(event) for event in reversed(rows[:MOST]))
    # Where older ones are left out, nobody knows here how the bolt stood before the first one that is shown.
    locked_before = None if left_out else _locked_before(device, period.starts_at)
    return History(lines, locked_before, left_out)


def _locked_before(device: Device, moment: dt.datetime) -> bool | None:
    turns = Event.objects.filter(
        device=device, type__in=TURNS, occurred_at__lt=moment, occurred_at__gte=moment - LOOK_BACK
    )
    last = turns.order_by("-occurred_at", "-pk").values_list("type", flat=True).first()
    return None if last is None else last == EventType.LOCK_LOCKED


def _line_of(event: Event) -> HistoryLine:
    kind = EventType(event.type)
    method = str(event.data.get("method", ""))
    typed = method == "keycode"
    let_in = kind is EventType.LOCK_UNLOCKED and (
        typed or method in FROM_AFAR or event.access_code_id is not None
    )
    who, how = _who(event), METHODS.get(method, "")
    if typed and kind is EventType.LOCK_UNLOCKED and not who:
        who, how = A_CODE, ""
    return HistoryLine(f"e-{event.pk}", event.occurred_at, kind, who, how, entry=let_in)


def _who(event: Event) -> str:
    code = event.access_code
    if code is None:
        foreign = str(event.data.get("name") or "")
        return f"“{foreign}”, not managed here" if foreign else event.actor
    return _holder_of(code)


def _holder_of(code: AccessCode) -> str:
    stay = code.grant.stay if code.grant is not None else None
    name = stay.guest_name if stay is not None else code.name
    backup = " (backup code)" if code.is_backup else ""
    return f"{name or 'a code without a name'}{backup}"
