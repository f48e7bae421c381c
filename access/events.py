"""Record what happened, in the transaction of the fact itself.

`code_event` and `device_event` only build the row, for callers that write many at once; `record_…` writes it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from access.enums import EventType
from access.models import AccessCode, Event
from locks.models import Account, Device

ENGINE = "Keyturn"


def code_event(
    code: AccessCode, event_type: EventType, *, now: dt.datetime, actor: str = ENGINE, **data: Any
) -> Event:
    """`code` comes with its device's account and its grant loaded."""
    return Event(
        workspace_id=code.device.account.workspace_id,
        type=event_type,
        occurred_at=now,
        actor=actor,
        device=code.device,
        access_code=code,
        stay_id=code.grant.stay_id if code.grant is not None else None,
        data=data,
    )


def device_event(
    device: Device, event_type: EventType, *, now: dt.datetime, actor: str = ENGINE, **data: Any
) -> Event:
    return Event(
        workspace_id=device.account.workspace_id,
        type=event_type,
        occurred_at=now,
        actor=actor,
        device=device,
        data=data,
    )


def record_code_event(
    code: AccessCode, event_type: EventType, *, now: dt.datetime, actor: str = ENGINE, **data: Any
) -> Event:
    event = code_event(code, event_type, now=now, actor=actor, **data)
    event.save()
    return event


def record_device_event(
    device: Device, event_type: EventType, *, now: dt.datetime, actor: str = ENGINE, **data: Any
) -> Event:
    event = device_event(device, event_type, now=now, actor=actor, **data)
    event.save()
    return event


def record_account_event(account: Account, event_type: EventType, *, now: dt.datetime, **data: Any) -> Event:
    return Event.objects.create(
        workspace_id=account.workspace_id,
        type=event_type,
        occurred_at=now,
        actor=ENGINE,
        account=account,
        data=data,
    )
