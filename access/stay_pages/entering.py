"""When the guest came in, first and last, as far as the locks tell; and what is not known about it.

An entry counts where the lock said that the stay's own code opened. Where a lock only says that some code did, the
first such moment is told apart: it may have been the guest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Min

from access.enums import EventType
from access.models import Event
from access.overview import DoorAccess
from access.stay_pages.doors import names_codes
from access.stay_pages.reaching import out_of_reach
from access.stay_pages.tallies import Tally
from properties.models import Stay


@dataclass(frozen=True, slots=True)
class Entries:
    """`silent`: doors whose locks do not tell which code opened; `perhaps_at`: the first time that some code opened one
    of those during the stay; `unreached`: doors whose locks were out of reach for some of it so far."""

    number: int = 0
    first_at: dt.datetime | None = None
    last_at: dt.datetime | None = None
    silent: tuple[str, ...] = ()
    perhaps_at: dt.datetime | None = None
    unreached: tuple[str, ...] = ()
    has_doors: bool = True

    @property
    def is_known(self) -> bool:
        """Whether the lack of an entry says that nobody came in."""
        return self.number > 0 or (self.has_doors and not self.silent and not self.unreached)


def entries_of(
    stay: Stay, doors: Sequence[DoorAccess], entered: Tally | None, *, now: dt.datetime
) -> Entries:
    """`entered`: how often the stay's codes opened a door, by `tallies_of`."""
    mute = {door.device.pk: door.door_name for door in doors if not names_codes(door.device)}
    away = out_of_reach(stay, [door.device for door in doors], now=now)
    return Entries(
        number=0 if entered is None else entered.number,
        first_at=None if entered is None else entered.first,
        last_at=None if entered is None else entered.last,
        silent=tuple(dict.fromkeys(mute.values())),
        perhaps_at=None if entered is not None or not mute else _some_code_opened(stay, list(mute)),
        unreached=tuple(dict.fromkeys(door.door_name for door in doors if door.device.pk in away)),
        has_doors=bool(doors),
    )


def _some_code_opened(stay: Stay, devices: Sequence[int]) -> dt.datetime | None:
    rows = Event.objects.filter(
        device__in=devices,
        type=EventType.LOCK_UNLOCKED,
        access_code=None,
        data__method="keycode",
        occurred_at__gte=stay.starts_at,
    )
    if stay.ends_at is not None:
        rows = rows.filter(occurred_at__lt=stay.ends_at)
    first: dt.datetime | None = rows.aggregate(at=Min("occurred_at"))["at"]
    return first
