"""What several parts of a stay's page read, loaded once: its messages, its passes, and the changes of its times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from access.messaging.coming import MOVES
from access.models import GuestPass, Message
from properties.models import Stay, StayChange

AGREED_FIELDS: Final = ("override_check_in_time", "override_check_out_time")
BUFFER_FIELDS: Final = ("override_buffer_before", "override_buffer_after")
# Of messages and changes; more than a stay ever has.
MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Records:
    """`messages` without their texts, which may tell a code; `moves`: changes of what a window or a message's time
    follows from. Both newest first."""

    messages: tuple[Message, ...]
    passes: tuple[GuestPass, ...]
    moves: tuple[StayChange, ...]

    @property
    def live_pass(self) -> GuestPass | None:
        return next((one for one in self.passes if one.revoked_at is None), None)

    @property
    def agreed_by(self) -> StayChange | None:
        """Who set the times that hold above those of the booking, and when."""
        return self._last_of(AGREED_FIELDS)

    @property
    def buffers_by(self) -> StayChange | None:
        """Likewise of the stay's own buffers."""
        return self._last_of(BUFFER_FIELDS)

    def _last_of(self, names: tuple[str, ...]) -> StayChange | None:
        return next((one for one in self.moves if one.fields.keys() & set(names)), None)


def records_of(stay: Stay) -> Records:
    messages = Message.objects.filter(stay=stay).select_related("template__channel").order_by("-pk")
    moves = StayChange.objects.filter(stay=stay, fields__has_any_keys=(*MOVES, *BUFFER_FIELDS)).order_by(
        "-at", "-pk"
    )
    return Records(
        messages=tuple(messages.defer("subject", "body", "recipient")[:MOST]),
        passes=tuple(GuestPass.objects.filter(stay=stay).order_by("pk")),
        moves=tuple(moves[:MOST]),
    )
