"""How often a pass takes what its guest asks for. Counted in the database, under the pass's row, for all processes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from access.enums import PassDeed
from access.models import GuestPass, PassUse
from locks.models import Device


class TooOften(Exception):
    """Asked for too often; `wait` says how long nothing more is taken."""

    def __init__(self, wait: dt.timedelta) -> None:
        super().__init__("This was asked for too often.")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Rate:
    most: int
    within: dt.timedelta


RATES: Final[Mapping[PassDeed, Rate]] = {
    PassDeed.REVEAL: Rate(20, dt.timedelta(minutes=10)),
    PassDeed.UNLOCK: Rate(5, dt.timedelta(minutes=1)),
    PassDeed.REPORT: Rate(6, dt.timedelta(minutes=10)),
}


def note_use(
    guest_pass: GuestPass, deed: PassDeed, *, now: dt.datetime, device: Device | None = None
) -> PassUse:
    """Write the use down, or raise TooOften. Called in the transaction of the deed itself."""
    GuestPass.objects.select_for_update(no_key=True).get(pk=guest_pass.pk)
    rate = RATES[deed]
    latest = PassUse.objects.filter(guest_pass=guest_pass, deed=deed, at__gt=now - rate.within)
    times = list(latest.order_by("-at").values_list("at", flat=True)[: rate.most])
    if len(times) == rate.most:
        raise TooOften(times[-1] + rate.within - now)
    return PassUse.objects.create(guest_pass=guest_pass, deed=deed, at=now, device=device)
