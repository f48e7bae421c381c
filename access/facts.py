"""From rows to the plain data that planning and status take."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

from access.models import AccessCode
from access.planning import Declared, Shape
from access.planning.shapes import ENABLE_LEAD
from access.states import Outside, Seen, WriteState
from access.status import CodeFacts
from locks.devices import capabilities_of
from locks.drivers.base import RejectReason
from locks.enums import AccountStatus

HOUR = dt.timedelta(hours=1)


def declared_of(
    code: AccessCode,
    *,
    shown_name: str | None = None,
    enable_lead: dt.timedelta = ENABLE_LEAD,
    margin: dt.timedelta | None = None,
) -> Declared:
    """The margin around a change of clocks is that with which it was written; who plans anew says which it needs."""
    written = shape_from_json(code.written)
    return Declared(
        id=code.pk,
        pin=code.pin,
        pin_key=code.pin_key,
        name=code.appearance_name or code.name,
        starts_at=code.starts_at,
        ends_at=code.ends_at,
        revoked_at=code.revoked_at,
        prefer_native=code.prefer_native_scheduling,
        ref=code.ref,
        write_state=WriteState(code.write_state),
        written=written,
        margin=_margin_of(code, written) if margin is None else margin,
        written_at=code.written_at,
        seen=Seen(code.seen),
        attempts=code.attempts,
        failures=code.failures,
        next_try_at=code.next_try_at,
        stopped=code.stopped,
        claimed=code.attempts > 1 and code.refusal == RejectReason.DUPLICATE_PIN,
        is_offline=code.is_offline,
        spare=code.is_backup and code.pulled_for_id is None,
        allow_external=code.allow_external_modification,
        outside=Outside(code.outside) if code.outside else None,
        shown_name=shown_name,
        enable_lead=enable_lead,
    )


def _margin_of(code: AccessCode, written: Shape | None) -> dt.timedelta:
    if written is None or not (written.starts_at and written.ends_at and code.starts_at and code.ends_at):
        return dt.timedelta(0)
    stretched = code.starts_at - written.starts_at >= HOUR and written.ends_at - code.ends_at >= HOUR
    return HOUR if stretched else dt.timedelta(0)


def facts_of(code: AccessCode, *, changed_at: dt.datetime | None = None) -> CodeFacts:
    """`code` comes with its device's account loaded. `changed_at`: when what it follows last changed; what stands on a
    lock by then is not late before there was time to change it there."""
    known_since = [code.created_at, *([changed_at] if changed_at and code.written is not None else [])]
    return CodeFacts(
        declared=declared_of(code),
        capabilities=capabilities_of(code.device),
        connected=code.device.account.status == AccountStatus.CONNECTED,
        ended=code.ended_at is not None,
        read_at=code.device.last_read_at,
        declared_at=max(known_since),
    )


def shape_to_json(shape: Shape) -> dict[str, Any]:
    return {
        "pin_key": shape.pin_key,
        "name": shape.name,
        "starts_at": shape.starts_at and shape.starts_at.isoformat(),
        "ends_at": shape.ends_at and shape.ends_at.isoformat(),
        "enabled": shape.enabled,
    }


def shape_from_json(stored: dict[str, Any] | None) -> Shape | None:
    if stored is None:
        return None
    return _shape(
        stored["pin_key"], stored["name"], stored["starts_at"], stored["ends_at"], stored["enabled"]
    )


@lru_cache(maxsize=10_000)
def _shape(
    pin_key: int | None, name: str, starts_at: str | None, ends_at: str | None, enabled: bool
) -> Shape:
    """What was sent stays the same from look to look."""
    return Shape(pin_key, name, _moment(starts_at), _moment(ends_at), enabled)


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
