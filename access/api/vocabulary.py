"""The words of booking systems in ours: statuses, channels, clock times. Pure; used by the REST face's fields.

A status that no table knows makes a new reservation tentative and changes no known one, and is said so: no word that
we cannot read may open a door, or shut a guest out.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from properties.enums import Channel, StayKind, StayStatus

HOURS: Final = 24
SHOWN_LENGTH: Final = 40


@dataclass(frozen=True, slots=True)
class StatusReading:
    """`kind` is set where the status of the other system says that it is no guest's booking."""

    status: StayStatus
    kind: StayKind | None = None
    notice: str = ""

    @property
    def understood(self) -> bool:
        return not self.notice


@dataclass(frozen=True, slots=True)
class ChannelReading:
    channel: Channel
    notice: str = ""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Spelled without case, spaces, hyphens and underscores (see _plain).
TENTATIVE: Final = _words(
    "tentative inquiry reserved pending unconfirmed awaitingpayment awaitingguestverification open notconfirmed "
    "request requested checkpoint option hold"
)
CONFIRMED: Final = _words(
    "confirmed new modified modification booked active accepted reservation inhouse checkedin checkin "
    "checkedout checkout completed"
)
CANCELLED: Final = _words(
    "cancelled canceled cancellation declined expired inquirydenied inquirytimedout inquirynotpossible "
    "notaccepted denied rejected withdrawn noshow"
)
OWNER: Final = _words("ownerstay owner")
BLOCK: Final = _words("black block blocked blockedchannel")

CHANNELS: Final[Mapping[str, Channel]] = {
    "airbnb": Channel.AIRBNB,
    "airbnbofficial": Channel.AIRBNB,
    "vrbo": Channel.VRBO,
    "homeaway": Channel.VRBO,
    "bookingcom": Channel.BOOKING_COM,
    "booking": Channel.BOOKING_COM,
    "guesty": Channel.GUESTY,
    "hospitable": Channel.HOSPITABLE,
    "smoobu": Channel.SMOOBU,
    "bridge": Channel.BRIDGE,
    "generic": Channel.GENERIC,
    "direct": Channel.GENERIC,
    "manual": Channel.GENERIC,
    "website": Channel.GENERIC,
}


def read_status(given: Any) -> StatusReading:
    """Take a word, or an object with a `category` as some systems send it."""
    if isinstance(given, Mapping):
        given = given.get("category")
    word = _plain(given) if isinstance(given, str) else ""
    if word in CONFIRMED:
        return StatusReading(StayStatus.CONFIRMED)
    if word in TENTATIVE:
        return StatusReading(StayStatus.TENTATIVE)
    if word in CANCELLED:
        return StatusReading(StayStatus.CANCELLED)
    if word in OWNER:
        return StatusReading(StayStatus.CONFIRMED, StayKind.OWNER)
    if word in BLOCK:
        return StatusReading(StayStatus.CONFIRMED, StayKind.BLOCK)
    return StatusReading(
        StayStatus.TENTATIVE,
        notice=f"status: {_quote(given)} is not known here. A known reservation keeps its status; a new one is "
        "tentative and opens no door. Send confirmed, tentative or cancelled.",
    )


def read_channel(given: str) -> ChannelReading:
    word = _plain(given)
    if word in CHANNELS:
        return ChannelReading(CHANNELS[word])
    if not word:
        return ChannelReading(Channel.GENERIC)
    return ChannelReading(
        Channel.GENERIC,
        notice=f"channel: {_quote(given)} is not known here and is kept as generic.",
    )


def read_clock(given: Any) -> dt.time | None:
    """Read an integer hour, "HH", "HH:MM" or "HH:MM:SS"; null and "" mean the property's default.

    Raise ValueError for anything else.
    """
    if given is None or given == "":
        return None
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < HOURS:
        return dt.time(given)
    if isinstance(given, str):
        found = re.fullmatch(r"([0-9]{1,2})(?::([0-9]{2}))?(?::([0-9]{2}))?", given.strip())
        if found:
            hour, minute, second = (int(part or 0) for part in found.groups())
            return dt.time(hour, minute, second)
    raise ValueError(
        'Give a clock time as "15:00" or a whole hour from 0 to 23, or null for the property\'s time.'
    )


def _plain(word: str) -> str:
    return re.sub(r"[\s._-]", "", word).casefold()


def _quote(given: Any) -> str:
    return f"“{showable(str(given))[:SHOWN_LENGTH]}”"


def showable(text: str) -> str:
    """JSON can carry halves of characters that no answer can be encoded with."""
    return text.encode(errors="replace").decode()
