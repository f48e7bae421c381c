"""What a stay's page says of the guest's pass and messages. The link opens doors, so only managers see it."""

from __future__ import annotations

from dataclasses import dataclass, field

from access.messaging.logs import LOOKS, messages_of_stay
from access.models import GuestPass, Message, MessageTemplate
from access.passes import address_of, live_pass_of
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


def told_of_stay(stay: Stay) -> StayTold:
    """For managers."""
    may_have = stay.status != StayStatus.CANCELLED and stay.kind != StayKind.BLOCK
    guest_pass = live_pass_of(stay)
    link = "" if guest_pass is None else address_of(guest_pass)
    templates = (
        MessageTemplate.objects.filter(workspace=stay.workspace_id, deleted_at=None) if may_have else ()
    )
    return StayTold(
        may_have=may_have,
        guest_pass=guest_pass,
        link=link,
        drawing=draw_qr(link) if link else None,
        templates=tuple(templates),
    )


def message_lines(stay: Stay) -> list[tuple[Message, str, str]]:
    """The latest messages with tone and symbol; never their texts, which may tell a code."""
    rows = messages_of_stay(stay).select_related("template__channel").defer("subject", "body")
    return [(one, *LOOKS[one.status]) for one in rows[:MESSAGES_SHOWN]]
