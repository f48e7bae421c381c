"""Declared codes and their evidence (`codes`), what locks hold (`observed`), what happened and what is wrong
(`history`), what of it people say is `handled`, things asked of a lock (`attempts`), `staff`; what programs sign in
with (`keys`), where they are told of events (`webhooks`), sign-in pages for lock systems (`connecting`), guests'
`passes`, `messages` and alerts, and `heartbeat`."""

from access.models.attempts import ActionAttempt, CodeAttempt
from access.models.codes import AccessCode, AccessGrant
from access.models.connecting import ConnectWebview
from access.models.handled import HandledNote
from access.models.heartbeat import Heartbeat
from access.models.history import Event, Problem
from access.models.keys import ApiKey, ClientSession, IdempotentAnswer, KeyRate, PersonalToken, PinLook
from access.models.messages import (
    Alert,
    AlertChannel,
    AlertNotice,
    Message,
    MessageChannel,
    MessageTemplate,
    MessageText,
)
from access.models.observed import LockCode
from access.models.passes import GuestPass, PassUse
from access.models.staff import StaffAccess
from access.models.webhooks import WebhookDelivery, WebhookEndpoint

__all__ = [
    "AccessCode",
    "AccessGrant",
    "ActionAttempt",
    "Alert",
    "AlertChannel",
    "AlertNotice",
    "ApiKey",
    "ClientSession",
    "CodeAttempt",
    "ConnectWebview",
    "Event",
    "GuestPass",
    "HandledNote",
    "Heartbeat",
    "IdempotentAnswer",
    "KeyRate",
    "LockCode",
    "Message",
    "MessageChannel",
    "MessageTemplate",
    "MessageText",
    "PassUse",
    "PersonalToken",
    "PinLook",
    "Problem",
    "StaffAccess",
    "WebhookDelivery",
    "WebhookEndpoint",
]
