"""Ask accounts that have no lock yet, now and then: a first one may be hung at any time.

Called by a schedule (access.tasks). Accounts that have locks are asked with whichever of them is looked at
(access.running.syncing); one without any would never be asked again.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.db.models import Exists, F, OuterRef, Q

from locks.models import Account, Device
from locks.provisioning import sync_account_devices

logger = logging.getLogger(__name__)

EVERY = dt.timedelta(minutes=10)


def list_empty_accounts(*, now: dt.datetime, limit: int = 50) -> int:
    """Ask each of them whose turn has come; return how many there were. One that fails waits for its next turn."""
    there = Device.objects.filter(account=OuterRef("pk"), removed_at=None)
    due = Account.objects.filter(~Exists(there), deleted_at=None)
    due = due.filter(Q(synced_at=None) | Q(synced_at__lte=now - EVERY))
    asked = 0
    for account in due.order_by(F("synced_at").asc(nulls_first=True), "pk")[:limit]:
        # Whoever asks first has it: an account is never asked twice for one turn.
        turn = Account.objects.filter(pk=account.pk, synced_at=account.synced_at)
        if not turn.update(synced_at=now):
            continue
        asked += 1
        try:
            sync_account_devices(account, now=now)
        except Exception as error:  # noqa: BLE001  -- one account must not keep the others from being asked
            logger.error("Account %s cannot be asked: %s", account.pk, type(error).__name__)  # noqa: TRY400
    return asked
