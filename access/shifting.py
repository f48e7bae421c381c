"""A stay that moved takes its codes along: the same PIN, another window or name. In memory only; who calls writes.

Called by access.declaring for one stay and by access.declaring_many for many.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from access.issuing import NO_PIN_FITS
from access.models import AccessCode
from access.pins import held_until
from properties.models import Stay

# What `shift` may set, for whoever writes nothing else.
SHIFTED: Final = (
    *("starts_at", "ends_at", "name", "appearance_name", "pin_held_until"),
    *("failures", "next_try_at", "stopped", "set_at"),
)


@dataclass(frozen=True, slots=True)
class Shift:
    """What the event about it tells."""

    before: dict[str, str | None]
    after: dict[str, str | None]

    @property
    def start_moved(self) -> bool:
        return self.before["starts_at"] != self.after["starts_at"]


def shift(code: AccessCode, stay: Stay, *, now: dt.datetime) -> Shift | None:
    """Give the code the stay's window and name, keeping its PIN; None where it has both already."""
    name = name_for(stay)
    if (code.starts_at, code.ends_at, code.name) == (stay.starts_at, stay.ends_at, name):
        return None
    before = _told(code)
    if code.name != name:
        code.appearance_name = ""
    code.starts_at, code.ends_at, code.name = stay.starts_at, stay.ends_at, name
    code.pin_held_until = held_until(stay.ends_at)
    code.failures, code.next_try_at = 0, None
    if code.stopped != NO_PIN_FITS:
        code.stopped = ""
    code.set_at = code.set_at if code.starts_at <= now else None
    return Shift(before, _told(code))


def name_for(stay: Stay) -> str:
    return stay.guest_name[:200]


def _told(code: AccessCode) -> dict[str, str | None]:
    return {"starts_at": _text(code.starts_at), "ends_at": _text(code.ends_at), "name": code.name}


def _text(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
