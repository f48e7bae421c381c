"""To whom a message goes, in which language and by which words."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from django.db.models import Q

from access.messaging.placeholders import used_in
from access.models import MessageTemplate, MessageText
from access.passes.languages import first_known
from properties.models import Guest, Stay

NAMES_GUEST: Final = frozenset({"phone", "email"})


def recipient_of(template: MessageTemplate, guest: Guest | None) -> str:
    """An e-mail address, or the whole address of a service with the guest in it; empty where it cannot be reached."""
    if guest is None:
        return ""
    if template.channel is None:
        return guest.email
    if template.channel.deleted_at is not None:
        return ""
    address = template.channel.address or ""
    values = {"phone": re.sub(r"[^+0-9]", "", guest.phone), "email": guest.email}
    if any(not values.get(name) for name in used_in(address) & NAMES_GUEST):
        return ""
    return re.sub(r"\{(phone|email)\}", lambda found: quote(values[found[1]], safe="+@"), address)


def reaches_somebody(template: MessageTemplate, stay: Stay) -> bool:
    return bool(recipient_of(template, stay.guest))


def guests_in_reach(template: MessageTemplate) -> Q:
    """Of stays: those whose guest `recipient_of` knows an address for."""
    channel = template.channel
    if channel is None:
        return Q(guest__isnull=False) & ~Q(guest__email="")
    needed = used_in(channel.address or "") & NAMES_GUEST
    reached = Q(guest__isnull=False)
    if "email" in needed:
        reached &= ~Q(guest__email="")
    return reached & Q(guest__phone__regex="[+0-9]") if "phone" in needed else reached


def text_for(template: MessageTemplate, stay: Stay) -> MessageText | None:
    """In the guest's language where the template has it, else in the workspace's, else in any."""
    texts = {text.language: text for text in template.texts.all()}
    if not texts:
        return None
    of_guest = stay.guest.language if stay.guest is not None else ""
    for wish in (first_known([of_guest, stay.workspace.guest_language]), stay.workspace.guest_language, "en"):
        if wish in texts:
            return texts[wish]
    return texts[min(texts)]
