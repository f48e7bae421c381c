"""access_codes/create, create_multiple, update, update_multiple, delete, pull_backup_access_code and
report_device_constraints: what is asked of managed codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from access.backups.pulling import pull_backup
from access.codes import (
    UNSET,
    CodeChanges,
    Kind,
    NewCode,
    OnNoCommonPin,
    Rounding,
    create_code,
    create_codes,
    delete_code,
    report_device_constraints,
    update_code,
    update_codes,
)
from access.enums import CodeAttemptType
from access.foreign import unmanage_code
from access.models import AccessCode, CodeAttempt
from access.seam.endpoints.attempting import fresh, latest_attempt, note_attempt, settled
from access.seam.endpoints.finding import find_code, find_device, find_devices
from access.seam.errors import invalid, not_found
from access.seam.kinds import Choice, Flag, Id, Many, Moment, Text, Whole
from access.seam.limits import check_rate
from access.seam.reading import Params, may, needs
from access.seam.routing import Answer, Routes
from access.seam.shapes.attempts import show_code_attempt
from access.seam.shapes.codes import managed_codes, show_code, show_codes
from locks.constraints import allowed_lengths
from locks.devices import capabilities_of

if TYPE_CHECKING:
    from access.seam.routing import Call

routes = Routes()

PIN: Final = Text(12, shortest=4, pattern="[0-9]+", hint="Code must be 4 to 12 digits")
NAME: Final = Text(1000)
MOST_DEVICES: Final = 100
_ROUNDING: Final = {"1hour": "1hour", "1h": "1hour", "1day": "1day", "1d": "1day"}
_OF_A_CODE: Final[Params] = {
    "name": may(NAME),
    "code": may(PIN),
    "preferred_code_length": may(Whole(1, 20)),
    "starts_at": may(Moment(), null=True),
    "ends_at": may(Moment(), null=True),
    "allow_external_modification": may(Flag(), "is_external_modification_allowed"),
    "attempt_for_offline_device": may(Flag()),
    "prefer_native_scheduling": may(Flag()),
    "use_backup_access_code_pool": may(Flag()),
}
_OFFLINE: Final[Params] = {
    "is_offline_access_code": may(Flag(), "use_offline_access_code"),
    "is_one_time_use": may(Flag()),
    "max_time_rounding": may(Choice(tuple(_ROUNDING))),
}
_SYNC: Final[Params] = {"sync": may(Flag())}


@routes.change(
    "access_codes/create",
    {
        "device_id": needs(Id()),
        "common_code_key": may(Text(100)),
        **_OF_A_CODE,
        **_OFFLINE,
        **_SYNC,
    },
    for_sessions=True,
)
def create(call: Call) -> Answer:
    device = find_device(call, call["device_id"])
    with transaction.atomic():
        check_rate(call, device, CodeAttemptType.CREATE)
        new, reader = _new_code(call), _reader(call)
        code = create_code(device, new, actor=call.actor, reader=reader, joining=True, now=call.now)
        attempt = note_attempt(call, CodeAttemptType.CREATE, code)
        shown = None if call.get("sync") else show_code(code, call, is_noted=True)
    if shown is None:
        attempt.access_code = settled(call, code)
        shown = show_code(attempt.access_code, call)
    return {"action_attempt": _shown(call, attempt), "access_code": shown}


@routes.change(
    "access_codes/create_multiple",
    {
        "device_ids": needs(Many(Id(), least=1, most=MOST_DEVICES)),
        "behavior_when_code_cannot_be_shared": may(Choice(("throw", "create_random_code"))),
        **_OF_A_CODE,
        **_OFFLINE,
    },
    "PUT",
    for_sessions=True,
)
def create_multiple(call: Call) -> Answer:
    devices = find_devices(call, call["device_ids"])
    behaviour = OnNoCommonPin(call.get("behavior_when_code_cannot_be_shared", OnNoCommonPin.THROW))
    with transaction.atomic():
        for device in devices:
            check_rate(call, device, CodeAttemptType.CREATE)
        codes = create_codes(
            devices,
            _new_code(call),
            on_no_common_pin=behaviour,
            actor=call.actor,
            reader=_reader(call),
            now=call.now,
        )
        for code in codes:
            note_attempt(call, CodeAttemptType.CREATE, code)
        return {"access_codes": show_codes(codes, call, are_noted=True)}


@routes.change(
    "access_codes/update",
    {
        "access_code_id": needs(Id()),
        "device_id": may(Id()),
        "type": may(Choice(tuple(Kind))),
        "is_managed": may(Flag()),
        **_OF_A_CODE,
        **_OFFLINE,
        **_SYNC,
    },
    "PATCH",
    "PUT",
    for_sessions=True,
)
def update(call: Call) -> Answer:
    code = find_code(call, call["access_code_id"], device_id=call.get("device_id"))
    _check_kept(call, code)
    with transaction.atomic():
        check_rate(call, code.device, CodeAttemptType.UPDATE)
        if call.get("is_managed") is False:
            unmanage_code(code, actor=call.actor, now=call.now)
        else:
            code = update_code(code, _changes(call), actor=call.actor, now=call.now)
        attempt = note_attempt(call, CodeAttemptType.UPDATE, code)
    return {"action_attempt": _attempt_of(call, attempt, code)}


@routes.change(
    "access_codes/update_multiple",
    {
        "common_code_key": needs(Text(100, shortest=1)),
        "name": may(NAME),
        "starts_at": may(Moment(), null=True),
        "ends_at": may(Moment(), null=True),
    },
    "PATCH",
)
def update_multiple(call: Call) -> Answer:
    key = call["common_code_key"]
    mine = managed_codes(call).filter(common_code_key=key, revoked_at=None)
    with transaction.atomic():
        codes = list(mine)
        if not codes or _sees_others(call, key, codes):
            raise not_found("access_code", common_code_key=key)
        for code in codes:
            check_rate(call, code.device, CodeAttemptType.UPDATE)
        for code in update_codes(call.workspace, key, _changes(call), actor=call.actor, now=call.now):
            note_attempt(call, CodeAttemptType.UPDATE, code)
    return {}


@routes.change(
    "access_codes/delete",
    {"access_code_id": needs(Id()), "device_id": may(Id()), **_SYNC},
    "DELETE",
    for_sessions=True,
)
def delete(call: Call) -> Answer:
    """Asked again while the code is being removed, it is the same attempt."""
    code = find_code(call, call["access_code_id"], device_id=call.get("device_id"))
    with transaction.atomic():
        attempt = latest_attempt(code, CodeAttemptType.DELETE) if code.revoked_at is not None else None
        if attempt is None:
            check_rate(call, code.device, CodeAttemptType.DELETE)
            code = delete_code(code, actor=call.actor, now=call.now)
            attempt = note_attempt(call, CodeAttemptType.DELETE, code)
    return {"action_attempt": _attempt_of(call, attempt, code)}


@routes.change("access_codes/pull_backup_access_code", {"access_code_id": needs(Id())}, for_sessions=True)
def pull_backup_access_code(call: Call) -> Answer:
    """Under both names: the documents say one, today's package reads the other."""
    code = find_code(call, call["access_code_id"])
    with transaction.atomic():
        backup = pull_backup(code, actor=call.actor, now=call.now)
        shown = show_code(fresh(backup), call)
    return {"access_code": shown, "backup_access_code": shown}


@routes.change(
    "access_codes/report_device_constraints",
    {
        "device_id": needs(Id()),
        "supported_code_lengths": may(Many(Whole(4, 20), least=1)),
        "min_code_length": may(Whole(4, 20)),
        "max_code_length": may(Whole(4, 20)),
    },
)
def report_constraints(call: Call) -> Answer:
    report_device_constraints(
        find_device(call, call["device_id"]),
        supported_lengths=call.get("supported_code_lengths"),
        min_length=call.get("min_code_length"),
        max_length=call.get("max_code_length"),
    )
    return {}


def _reader(call: Call) -> str:
    """Who is told the PIN of a code with the answer that it was declared."""
    return call.caller.reader if call.caller.may_reveal else ""


def _new_code(call: Call) -> NewCode:
    """`common_code_key` is given on create only; create_multiple makes its own."""
    return NewCode(
        name=call.get("name", ""),
        pin=call.get("code"),
        preferred_length=call.get("preferred_code_length"),
        starts_at=call.get("starts_at"),
        ends_at=call.get("ends_at"),
        allow_external_modification=call.get("allow_external_modification", False),
        attempt_for_offline_device=call.get("attempt_for_offline_device", True),
        prefer_native_scheduling=call.get("prefer_native_scheduling", True),
        use_backup_pool=call.get("use_backup_access_code_pool", False),
        is_offline=call.get("is_offline_access_code", False),
        is_one_time_use=call.get("is_one_time_use", False),
        max_time_rounding=Rounding(_ROUNDING[call.get("max_time_rounding", "1hour")]),
        common_code_key=call.get("common_code_key", ""),
    )


def _changes(call: Call) -> CodeChanges:
    def sent(name: str) -> Any:
        return call.get(name, UNSET)

    return CodeChanges(
        name=sent("name"),
        pin=sent("code"),
        kind=Kind(call["type"]) if "type" in call else UNSET,
        starts_at=sent("starts_at"),
        ends_at=sent("ends_at"),
        allow_external_modification=sent("allow_external_modification"),
        attempt_for_offline_device=call.get("attempt_for_offline_device", True),
        prefer_native_scheduling=sent("prefer_native_scheduling"),
        use_backup_pool=call.get("use_backup_access_code_pool", False),
    )


def _check_kept(call: Call, code: AccessCode) -> None:
    """What a code is made with: to say it again is no change, and another word for it would not be kept."""
    kept = {"is_offline_access_code": code.is_offline, "is_one_time_use": code.is_one_time_use}
    for name, value in kept.items():
        if call.get(name, value) != value:
            raise invalid("This cannot be changed. Delete the code, and create another one.", name)
    length = call.get("preferred_code_length")
    # Whoever may not see the PIN is not told how long it is either.
    known = call.caller.may_reveal and code.pin is not None and "code" not in call
    # A length that the lock does not take was passed over when the code was made, and is now.
    taken = length in allowed_lengths(capabilities_of(code.device))
    if known and taken and len(code.pin or "") != length:
        raise invalid(
            "A code keeps its PIN until it is given another: send it as “code”.", "preferred_code_length"
        )


def _sees_others(call: Call, key: str, mine: list[AccessCode]) -> bool:
    """Whether codes of that key lie where the caller may not look: all are changed, or none."""
    live = AccessCode.objects.in_workspace(call.workspace).filter(
        common_code_key=key, revoked_at=None, ended_at=None
    )
    return live.count() != len(mine)


def _attempt_of(call: Call, attempt: CodeAttempt, code: AccessCode) -> dict[str, Any]:
    attempt.access_code = settled(call, code)
    return _shown(call, attempt)


def _shown(call: Call, attempt: CodeAttempt) -> dict[str, Any]:
    return show_code_attempt(attempt, now=call.now)
