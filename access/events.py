"""Record what happened, in the transaction of the fact itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

from access.enums import EventType
from access.models import AccessCode, Event
from locks.models import Account, Device

ENGINE = "Keyturn"


def record_code_event(
    code: AccessCode, event_type: EventType, *, now: dt.datetime, actor: str = ENGINE, **data: Any
) -> Event:
    """`code` comes with its device's account and its grant loaded."""
    return Event.objects.create(
        workspace_id=code.device.account.workspace_id,
        type=event_type,
        occurred_at=now,
        actor=actor,
        device=code.device,
        access_code=code,
        stay_id=code.grant.stay_id if code.grant is not None else None,
        data=data,
    )


def record_device_event(
    device: Device, event_type: EventType, *, now: dt.datetime, actor: str = ENGINE, **data: Any
) -> Event:
    return Event.objects.create(
        workspace_id=device.account.workspace_id,
        type=event_type,
        occurred_at=now,
        actor=actor,
        device=device,
        data=data,
    )


def record_account_event(account: Account, event_type: EventType, *, now: dt.datetime, **data: Any) -> Event:
    return Event.objects.create(
        workspace_id=account.workspace_id,
        type=event_type,
        occurred_at=now,
        actor=ENGINE,
        account=account,
        data=data,
    )
