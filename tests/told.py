"""What the world of tests/world.py told its guest and its managers: one row of each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from access.enums import Anchor, MessageKind, PassDeed, ProblemKind, SendStatus
from access.models import (
    Alert,
    AlertChannel,
    AlertNotice,
    GuestPass,
    Message,
    MessageChannel,
    MessageTemplate,
    MessageText,
    PassUse,
)
from access.passes.links import hash_of
from locks.models import Device
from properties.models import Stay


@dataclass(frozen=True)
class Told:
    guest_pass: GuestPass
    guest_channel: MessageChannel
    template: MessageTemplate
    message: Message
    alert_channel: AlertChannel
    alert: Alert


def make_told(marker: str, stay: Stay, device: Device, *, pin: str, now: dt.datetime) -> Told:
    """`pin` is in the message's text, where it must be shown to nobody who did not ask."""
    workspace = stay.workspace
    token = f"{marker}-pass-token-of-a-guest"
    GuestPass.objects.filter(stay=stay).delete()  # made where the stay was announced
    guest_pass = GuestPass.objects.create(
        stay=stay, token=token, token_hash=hash_of(token), made_by=f"{marker} maker", made_at=now
    )
    PassUse.objects.create(guest_pass=guest_pass, deed=PassDeed.REVEAL, at=now, device=device)
    guest_channel = MessageChannel.objects.create(
        workspace=workspace, name=f"{marker} way", address=f"json://127.0.0.1:9/{marker}-secret/{{phone}}"
    )
    template = MessageTemplate.objects.create(
        workspace=workspace, kind=MessageKind.FREE, name=f"{marker} template", anchor=Anchor.ARRIVAL
    )
    MessageText.objects.create(
        template=template, language="en", subject=f"{marker} subject", body=f"{marker} body {{code}}"
    )
    message = Message.objects.create(
        stay=stay, template=template, occasion=f"{marker} occasion", status=SendStatus.SENT, due_at=now, sent_at=now,
        attempts=1, language="en", recipient=f"{marker}-recipient@example.org".lower(), subject=f"{marker} subject",
        body=f"{marker} text {pin}", reason=f"{marker} reason",
    )  # fmt: skip
    alert_channel = AlertChannel.objects.create(
        workspace=workspace, name=f"{marker} desk", address=f"{marker}-desk@example.org".lower(),
        severities=[one.value for one in ProblemKind], since=now,
    )  # fmt: skip
    alert = Alert.objects.create(
        workspace=workspace, key=f"{marker} key", severity=ProblemKind.ERROR, title=f"{marker} alert",
        text=f"{marker} alert text", path="/", place=stay.unit.property, first_at=now, last_at=now,
    )  # fmt: skip
    AlertNotice.objects.create(
        channel=alert_channel, alert=alert, occasion="opened", made_at=now, next_try_at=now
    )
    return Told(guest_pass, guest_channel, template, message, alert_channel, alert)
