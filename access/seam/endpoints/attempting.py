"""Write down that a program asked for something about a code, and wait for it where `sync` asks so."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from access.enums import CodeAttemptType
from access.facts import facts_of
from access.models import AccessCode, CodeAttempt
from access.seam.shapes.codes import with_relations
from access.states import Status
from access.status import status

if TYPE_CHECKING:
    from access.seam.routing import Call

# For how long a request with `sync` waits for the lock, and how often it looks.
PATIENCE: Final = dt.timedelta(seconds=8)
LOOK_EVERY: Final = dt.timedelta(milliseconds=250)
_ON_ITS_WAY: Final = frozenset({Status.SETTING, Status.REMOVING})


def note_attempt(call: Call, kind: CodeAttemptType, code: AccessCode) -> CodeAttempt:
    return CodeAttempt.objects.create(
        workspace=call.workspace,
        type=kind,
        access_code=code,
        device_id=code.device_id,
        requested_by=call.actor[:200],
    )


def latest_attempt(code: AccessCode, kind: CodeAttemptType) -> CodeAttempt | None:
    """What was asked before, for a request that changes nothing."""
    return CodeAttempt.objects.filter(access_code=code, type=kind).order_by("-pk").first()


def fresh(code: AccessCode) -> AccessCode:
    """The code as it is now, with all that its shape needs."""
    return with_relations(AccessCode.objects.filter(pk=code.pk)).get()


def settled(call: Call, code: AccessCode) -> AccessCode:
    """The code as it is now. With `sync`, when its lock has answered, or after a while."""
    found = fresh(code)
    looks = PATIENCE // LOOK_EVERY if call.get("sync") else 0
    for _ in range(looks):
        if not _is_on_its_way(found):
            break
        time.sleep(LOOK_EVERY.total_seconds())
        found = fresh(code)
    return found


def _is_on_its_way(code: AccessCode) -> bool:
    return code.ended_at is None and status(facts_of(code), now=timezone.now()) in _ON_ITS_WAY
