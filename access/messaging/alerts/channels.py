"""Where managers are told: e-mail addresses, or whatever apprise reaches. Save one, and try it out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from access.enums import AlertKind, ChannelKind
from access.messaging.carrying import AddressRefused, Fate, Outcome, read_address, send_by_apprise, send_email
from access.models import AlertChannel

MOST_ADDRESSES: Final = 10
LONGEST: Final = 2000


class ChannelRefused(ValueError):
    """It cannot be saved so. `field`: whose value is wrong; the message is a sentence."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def save_channel(
    channel: AlertChannel,
    *,
    name: str,
    kind: ChannelKind | str,
    address: str,
    severities: Sequence[str],
    is_active: bool,
    now: dt.datetime,
) -> AlertChannel:
    """`address` empty: the one that is stored stays. Raise ChannelRefused."""
    if address.strip() or not channel.address or kind != channel.kind:
        channel.address = check_address(kind, address)
        channel.failing_since, channel.last_error = None, ""
    if not severities:
        raise ChannelRefused("severities", "Say what this channel is told of.")
    begins = is_active and not channel.is_active
    asks = AlertKind.ENTRY in severities and AlertKind.ENTRY not in channel.severities
    if getattr(channel, "pk", None) is None or begins or asks:
        channel.since = now
    channel.name, channel.kind, channel.is_active = name.strip(), kind, is_active
    channel.severities = [one.value for one in AlertKind if one in severities]
    channel.save()
    return channel


def check_address(kind: ChannelKind | str, address: str) -> str:
    address = address.strip()
    if not address or len(address) > LONGEST:
        raise ChannelRefused("address", "Say where alerts go.")
    if kind == ChannelKind.EMAIL:
        return ", ".join(_checked_emails(address))
    try:
        read_address(address)
    except AddressRefused as refused:
        raise ChannelRefused("address", str(refused)) from refused
    return address


def _checked_emails(text: str) -> list[str]:
    found = emails_in(text)
    if len(found) > MOST_ADDRESSES:
        raise ChannelRefused(
            "address", f"At most {MOST_ADDRESSES} addresses; make a second channel for more."
        )
    for one in found:
        try:
            validate_email(one)
        except ValidationError:
            raise ChannelRefused("address", f"“{one[:80]}” is no e-mail address.") from None
    return found


def emails_in(text: str) -> list[str]:
    return [part for part in re.split(r"[\s,;]+", text) if part]


def masked_address(channel: AlertChannel) -> str:
    """A service's address is its password; only its beginning is shown."""
    address = channel.address or ""
    return address if channel.kind == ChannelKind.EMAIL else f"{address.partition('://')[0]}://…"


def send_to_channel(channel: AlertChannel, *, subject: str, body: str) -> Outcome:
    if channel.kind == ChannelKind.EMAIL:
        return send_email(to=emails_in(channel.address or ""), subject=subject, body=body)
    return send_by_apprise(channel.address or "", subject=subject, body=body)


def send_test(channel: AlertChannel, *, now: dt.datetime) -> Outcome:
    outcome = send_to_channel(
        channel, subject="Keyturn: a test", body="This channel works. Alerts of Keyturn will come here."
    )
    note_outcome(channel, outcome, now=now)
    return outcome


def note_outcome(channel: AlertChannel, outcome: Outcome, *, now: dt.datetime) -> None:
    """So that the page says whether the channel works."""
    if outcome.fate is Fate.SENT:
        changed = {"last_sent_at": now, "failing_since": None, "last_error": ""}
    else:
        changed = {"failing_since": channel.failing_since or now, "last_error": outcome.reason[:300]}
    AlertChannel.objects.filter(pk=channel.pk).update(**changed)
