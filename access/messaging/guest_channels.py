"""Ways to guests besides e-mail: services that apprise reaches, with the guest's phone or address in their place."""

from __future__ import annotations

import datetime as dt

from access.messaging.alerts.channels import ChannelRefused
from access.messaging.carrying import AddressRefused, read_address
from access.messaging.placeholders import used_in
from access.messaging.recipients import NAMES_GUEST
from access.models import MessageChannel, MessageTemplate
from properties.models import Workspace


def add_guest_channel(workspace: Workspace, *, name: str, address: str) -> MessageChannel:
    """Raise ChannelRefused."""
    address = address.strip()
    names = used_in(address)
    if not names or names - NAMES_GUEST:
        raise ChannelRefused(
            "address", "Put {phone} or {email} where the guest's goes, and no other placeholder."
        )
    try:
        read_address(address.replace("{phone}", "+41446681800").replace("{email}", "guest@example.org"))
    except AddressRefused as refused:
        raise ChannelRefused("address", str(refused)) from refused
    return MessageChannel.objects.create(workspace=workspace, name=name.strip(), address=address)


def delete_guest_channel(channel: MessageChannel, *, now: dt.datetime) -> None:
    """Templates that went this way are switched off rather than sent another way."""
    MessageTemplate.objects.filter(channel=channel).update(active_since=None)
    channel.deleted_at = now
    channel.save(update_fields=["deleted_at"])
