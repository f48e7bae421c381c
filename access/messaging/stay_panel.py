"""What a stay's page says of the guest's pass and messages. The link opens doors, so only managers see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from access.messaging.logs import LOOKS
from access.models import GuestPass, Message, MessageTemplate
from access.passes import address_of
from access.passes.drawing import Drawing, draw_qr
from properties.enums import StayKind, StayStatus
from properties.models import Stay

MESSAGES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class StayTold:
    """`may_have`: whether somebody stays at all, to whom a link could be sent."""

    may_have: bool
    guest_pass: GuestPass | None = None
    link: str = field(default="", repr=False)
    drawing: Drawing | None = field(default=None, repr=False)
    templates: tuple[MessageTemplate, ...] = ()


def templates_of(stay: Stay) -> tuple[MessageTemplate, ...]:
    """Those that can be sent to its guest, with their channels."""
    if not _may_have(stay):
        return ()
    rows = MessageTemplate.objects.filter(workspace=stay.workspace_id, deleted_at=None)
    return tuple(rows.select_related("channel"))


def told_of_stay(
    stay: Stay, *, guest_pass: GuestPass | None, templates: Sequence[MessageTemplate]
) -> StayTold:
    """For managers. `guest_pass`: the live one."""
    link = "" if guest_pass is None else address_of(guest_pass)
    return StayTold(
        may_have=_may_have(stay),
        guest_pass=guest_pass,
        link=link,
        drawing=draw_qr(link) if link else None,
        templates=tuple(templates),
    )


def _may_have(stay: Stay) -> bool:
    return stay.status != StayStatus.CANCELLED and stay.kind != StayKind.BLOCK


def message_lines(messages: Iterable[Message]) -> list[tuple[Message, str, str]]:
    """The latest, which come first, with tone and symbol; never their texts, which may tell a code."""
    return [(one, *LOOKS[one.status]) for one in islice(messages, MESSAGES_SHOWN)]
