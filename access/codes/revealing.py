"""Show the PIN of one code to a person; the look is written down. The codes of a stay are shown by access.issuing."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from access.enums import EventType
from access.events import record_code_event
from access.models import AccessCode


@transaction.atomic
def reveal_pin(code: AccessCode, *, actor: str, now: dt.datetime) -> str | None:
    """Return the PIN, or None while the lock (system) has not assigned one."""
    code = AccessCode.objects.select_related("device__account", "grant").get(pk=code.pk)
    if code.pin is not None:
        record_code_event(code, EventType.PIN_REVEALED, now=now, actor=actor)
    return code.pin
