"""Send one message, once.

`_claim` writes down what is about to be sent, and commits; only then is it handed over. Whoever is killed in between
leaves a message that may have been sent: it is called so, and only a person sends it again. What surely failed is
tried again later, with the codes of then.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction

from access.enums import SendStatus
from access.messaging.carrying import Fate, Outcome, send_by_apprise, send_email
from access.messaging.occasions import Wanted, is_past, occasion_now
from access.messaging.placeholders import NEEDED, fill, fill_lines, used_in
from access.messaging.recipients import recipient_of, text_for
from access.messaging.timing import next_try
from access.messaging.values import values_for_sending
from access.models import Message, MessageTemplate, MessageText
from properties.enums import StayStatus
from properties.models import Stay

# Longer than handing a message over may take; after it, whoever claimed it is gone.
CLAIM: Final = dt.timedelta(minutes=5)
WAIT: Final = dt.timedelta(minutes=1)
BY_HAND: Final = "by hand"
HAND_GRACE: Final = dt.timedelta(hours=6)
NOT_READY: Final = "It waits for the code or the link that it tells."
NOT_NOW: Final = "It waits: the stay is held, or its code is not in order yet."
INTERRUPTED: Final = "Keyturn was interrupted while it was sending: it may have arrived."


@dataclass(frozen=True, slots=True)
class Prepared:
    message_id: int
    by_email: bool
    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    reply_to: str = ""


def send_message(message_id: int, *, now: dt.datetime) -> None:
    prepared = _claim(message_id, now=now)
    if prepared is None:
        return
    outcome = carry(prepared)
    _settle(message_id, outcome, now=now)


def carry(prepared: Prepared) -> Outcome:
    if prepared.by_email:
        return send_email(
            to=[prepared.recipient],
            subject=prepared.subject,
            body=prepared.body,
            reply_to=prepared.reply_to,
        )
    return send_by_apprise(prepared.recipient, subject=prepared.subject, body=prepared.body)


def send_by_hand(stay: Stay, template: MessageTemplate, *, now: dt.datetime) -> Message:
    """A person wants it sent now, whatever was sent before; what is on its way already is not doubled."""
    with transaction.atomic():
        Stay.objects.select_for_update(no_key=True).get(pk=stay.pk)
        known = _on_its_way(stay, template, now=now)
        if known is None:
            return Message.objects.create(
                stay=stay,
                template=template,
                occasion=f"{BY_HAND} {uuid.uuid4()}",
                due_at=now,
                next_try_at=now,
                expires_at=now + HAND_GRACE,
            )
    # Not under the stay's lock: whoever claims a message has its row before the grant's.
    Message.objects.filter(pk=known.pk, status=SendStatus.PENDING).update(next_try_at=now)
    return known


def _on_its_way(stay: Stay, template: MessageTemplate, *, now: dt.datetime) -> Message | None:
    """What waits for a hold or a lock is not: a person may send it in spite of that."""
    rows = Message.objects.filter(
        stay=stay, template=template, status__in=(SendStatus.PENDING, SendStatus.SENDING)
    )
    for message in rows.order_by("-pk"):
        if message.status == SendStatus.SENDING or message.occasion.startswith(BY_HAND):
            return message
        wanted = occasion_now(template, stay, noted=message.occasion, now=now)
        if wanted is not None and wanted.occasion == message.occasion:
            return message
    return None


def give_up_interrupted(*, now: dt.datetime) -> int:
    """What was claimed long ago and never settled."""
    lost = Message.objects.filter(status=SendStatus.SENDING, next_try_at__lte=now)
    return lost.update(status=SendStatus.UNCERTAIN, sent_at=now, next_try_at=None, reason=INTERRUPTED)


@transaction.atomic
def _claim(message_id: int, *, now: dt.datetime) -> Prepared | None:
    rows = Message.objects.select_for_update(of=("self",), skip_locked=True).select_related(
        "template__channel", "stay__unit__property", "stay__guest", "stay__workspace"
    )
    message = rows.filter(pk=message_id, status=SendStatus.PENDING, next_try_at__lte=now).first()
    if message is None:
        return None
    text = text_for(message.template, message.stay)
    recipient = recipient_of(message.template, message.stay.guest)
    why = _why_not(message, text, recipient, now=now)
    if why or text is None:
        _end(message, SendStatus.SKIPPED, why)
        return None
    if not _holds_now(message, now=now):
        _put_off(message, NOT_NOW, now=now)
        return None
    names = used_in(text.subject, text.body)
    actor = f"Message “{message.template.name}”"[:200]
    values = values_for_sending(message.stay, names, language=text.language, actor=actor, now=now)
    if any(not values.mapping[name] for name in names & NEEDED):
        _put_off(message, NOT_READY, now=now)
        return None
    message.status, message.next_try_at = SendStatus.SENDING, now + CLAIM
    message.attempts += 1
    message.language, message.recipient = text.language, _told_recipient(message)
    message.subject, message.body = fill(text.subject, values.mapping), fill_lines(text.body, values.mapping)
    message.told_digest = values.told_digest
    message.save()
    return Prepared(
        message_id=message.pk,
        by_email=message.template.channel is None,
        recipient=recipient,
        subject=message.subject or "",
        body=message.body or "",
        reply_to=message.stay.workspace.reply_to,
    )


def _why_not(message: Message, text: MessageText | None, recipient: str, *, now: dt.datetime) -> str:
    """Why it is not sent after all; empty where it is."""
    if text is None:
        return "The template has no text any more."
    if not recipient:
        return "The guest cannot be reached this way: the address is missing."
    if message.expires_at is not None and message.expires_at <= now:
        return "It would have been too late."
    if message.occasion.startswith(BY_HAND):
        off = message.stay.status == StayStatus.CANCELLED
        return "The stay is cancelled." if off else ""
    wanted = _wanted(message, now=now)
    if wanted is None:
        past = is_past(message.template, message.stay, message.occasion, now=now)
    else:
        past = wanted.occasion != message.occasion
    return "It no longer holds: the stay, its code or the template changed." if past else ""


def _holds_now(message: Message, *, now: dt.datetime) -> bool:
    """Not while the stay is held or a lock is late: the occasion is the same when that has passed."""
    by_hand = message.occasion.startswith(BY_HAND)
    return by_hand or _wanted(message, now=now) is not None


def _wanted(message: Message, *, now: dt.datetime) -> Wanted | None:
    return occasion_now(message.template, message.stay, noted=message.occasion, now=now)


def _told_recipient(message: Message) -> str:
    """What the log shows: whose, and never a service's whole address, which holds its password."""
    guest, channel = message.stay.guest, message.template.channel
    if guest is None:
        return ""
    if channel is None:
        return guest.email
    return f"{channel.name}: {guest.phone or guest.email}"


def _put_off(message: Message, why: str, *, now: dt.datetime) -> None:
    message.next_try_at, message.reason = now + WAIT, why
    message.save(update_fields=["next_try_at", "reason"])


def _end(message: Message, status: SendStatus, reason: str) -> None:
    message.status, message.reason, message.next_try_at = status, reason[:300], None
    message.save(update_fields=["status", "reason", "next_try_at"])


@transaction.atomic
def _settle(message_id: int, outcome: Outcome, *, now: dt.datetime) -> None:
    message = Message.objects.select_for_update().get(pk=message_id)
    if message.status != SendStatus.SENDING:
        return  # it took so long that it was given up meanwhile
    message.reason = outcome.reason[:300]
    again = None
    if outcome.fate is Fate.FAILED:
        again = next_try(message.attempts, now=now, until=message.expires_at)
        message.status = SendStatus.FAILED if again is None else SendStatus.PENDING
        message.told_digest = ""
    else:
        sent = outcome.fate is Fate.SENT
        message.status, message.sent_at = SendStatus.SENT if sent else SendStatus.UNCERTAIN, now
    message.next_try_at = again
    message.save()
