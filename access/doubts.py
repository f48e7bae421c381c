"""Which stays have a door whose code may be in a bad state: a question to the database, so that only these are loaded.

Most codes are plainly well, or plainly not due, and telling so needs no PIN, no brand and no look at the lock. What is
found here is judged by access.overview like every other stay. Called by access.boards and access.readiness; Today has a
row for each lost connection and none for each of its doors, so that `is_unseen` is asked by readiness alone.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db.models import Q

from access.models import AccessCode
from access.states import Seen
from access.status import STALE_AFTER
from locks.enums import AccountStatus
from properties.models import Stay, Workspace

MOST: Final = 200
AHEAD: Final = dt.timedelta(days=3)
SEEN_THERE: Final = (Seen.PRESENT, Seen.ASSUMED)


def is_in_doubt(*, now: dt.datetime) -> Q:
    """Of codes, however far ahead they begin."""
    should_open = Q(starts_at__lte=now, is_offline=False) & ~Q(seen__in=SEEN_THERE)
    should_be_gone = Q(revoked_at__isnull=False) | Q(ends_at__lte=now)
    troubled = Q(failures__gt=0) | ~Q(stopped="") | ~Q(outside="") | Q(seen=Seen.DIFFERS)
    return Q(ended_at=None) & (should_open | should_be_gone | troubled)


def is_unseen(*, now: dt.datetime) -> Q:
    """Of codes whose lock cannot be asked, or was not read for too long to know that they stand there."""
    connected = Q(device__account__status=AccountStatus.CONNECTED)
    may_be_there = Q(written__isnull=False) | Q(seen__in=(Seen.PRESENT, Seen.DIFFERS))
    unread = Q(device__last_read_at__lt=now - STALE_AFTER) & may_be_there
    return Q(ended_at=None, is_offline=False) & (~connected | unread)


def stays_in_doubt(workspace: Workspace, *, now: dt.datetime) -> list[Stay]:
    """Nearest arrival first; those that arrive later than `AHEAD` have time."""
    codes = (
        AccessCode.objects.in_workspace(workspace)
        .filter(is_in_doubt(now=now), grant__stay__isnull=False)
        .filter(Q(starts_at=None) | Q(starts_at__lt=now + AHEAD))
        .order_by("starts_at")
        .values_list("grant__stay_id", flat=True)
    )
    found = list(dict.fromkeys(codes))[:MOST]
    rows = Stay.objects.filter(pk__in=found).select_related("unit__property", "guest")
    return sorted(rows, key=lambda stay: found.index(stay.pk))
