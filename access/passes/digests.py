"""Whether the codes of a grant are still those that a guest was told: a digest of their keyed hashes, never of PINs.

A backup is not part of it: the own code stays the same beside it.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from access.models import AccessGrant, GuestPass, Message
from properties.models import Stay


def digest_of(grant: AccessGrant | None) -> str:
    """Empty while there is no PIN."""
    if grant is None:
        return ""
    codes = grant.codes.filter(revoked_at=None, ended_at=None, is_backup=False, pin_key__isnull=False)
    keys = sorted({key for key in codes.values_list("pin_key", flat=True) if key is not None})
    if not keys and grant.pin_key is not None:
        keys = [grant.pin_key]
    return hashlib.sha256(",".join(map(str, keys)).encode()).hexdigest() if keys else ""


def told_digest(stay: Stay) -> str:
    """Of the codes that the guest was told last, on a pass or in a message; empty where none was told."""
    shown = (
        GuestPass.objects.filter(stay=stay).exclude(shown_digest="").values_list("shown_at", "shown_digest")
    )
    sent = Message.objects.filter(stay=stay).exclude(told_digest="").values_list("sent_at", "told_digest")
    dated: list[tuple[dt.datetime, str]] = [(at, digest) for at, digest in [*shown, *sent] if at is not None]
    return max(dated)[1] if dated else ""
