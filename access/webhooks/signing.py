"""Secrets of endpoints, and the headers that prove to a receiver who sent it (the public Standard Webhooks scheme)."""

from __future__ import annotations

import base64
import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from typing import Final

from standardwebhooks import Webhook

from access.enums import WebhookFlavour

SECRET_BYTES: Final = 24
PREFIX: Final = "whsec_"
# The founding API is carried by a service whose headers bear its name; its package looks for those.
_NAMES: Final[Mapping[str, str]] = {WebhookFlavour.SEAM: "svix", WebhookFlavour.KEYTURN: "webhook"}


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


class Signer:
    """Signs for one endpoint: with each of its secrets that is valid, the newest first."""

    def __init__(self, valid_secrets: Iterable[str], *, flavour: str) -> None:
        self._hooks = [Webhook(secret) for secret in valid_secrets]
        name = _NAMES[flavour]
        self._id, self._at, self._signature = f"{name}-id", f"{name}-timestamp", f"{name}-signature"

    def headers(self, message_id: str, body: str, *, now: dt.datetime) -> dict[str, str]:
        signatures = [hook.sign(message_id, now, body) for hook in self._hooks]
        return {
            self._id: message_id,
            self._at: str(int(now.timestamp())),
            self._signature: " ".join(signatures),
        }
