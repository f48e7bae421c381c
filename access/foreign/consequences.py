"""What follows when a lock is left to others or taken back, in sentences with the numbers of the moment."""

from __future__ import annotations

import datetime as dt

from access.facts import declared_of
from access.foreign.listing import unmanaged_codes
from access.foreign.releasing import stands_on_lock
from access.models import AccessCode
from access.planning import runs_natively
from locks.devices import capabilities_of
from locks.models import Device


def of_unmanaging(device: Device, *, now: dt.datetime) -> list[str]:
    live = AccessCode.objects.filter(device=device, revoked_at=None, ended_at=None)
    codes = [code for code in live if code.ends_at is None or code.ends_at > now]
    standing = [code for code in codes if stands_on_lock(code) and not _in_pool(code)]
    capabilities = capabilities_of(device)
    lasting = [code for code in standing if not runs_natively(declared_of(code), capabilities)]
    waiting = [code for code in codes if not stands_on_lock(code) and not code.is_offline]
    pool = [code for code in codes if _in_pool(code)]
    sentences = [
        "Keyturn goes on reading this lock and never writes to it. Guests get no codes on it.",
        "Nobody here puts right what goes wrong there.",
    ]
    if standing:
        verbs = _verb(standing, "stays there and opens", "stay there and open")
        sentences.append(f"{_codes(standing)} on it now {verbs} the door as before.")
    if lasting:
        sentences.append(
            f"{_codes(lasting)} of these {_have(lasting)} no end that the lock itself keeps: remove "
            f"{'it' if len(lasting) == 1 else 'them'} yourself when the time comes."
        )
    if waiting:
        sentences.append(
            f"{_codes(waiting)} still to come to this lock {_verb(waiting, 'ends', 'end')} here."
        )
    if pool:
        sentences.append(f"{_codes(pool)} of its backup pool {_verb(pool, 'is', 'are')} removed from it.")
    return sentences


def of_managing(device: Device) -> list[str]:
    foreign = unmanaged_codes(device).count()
    sentences = [
        "Running and coming stays of its door get their codes on this lock again.",
        "Where a guest's own code still stands there unchanged, that one is used.",
    ]
    if foreign:
        sentences.append(
            f"{foreign} unmanaged code{'' if foreign == 1 else 's'} on the lock {'stays' if foreign == 1 else 'stay'} "
            "as before, and can be taken over one by one."
        )
    return sentences


def _in_pool(code: AccessCode) -> bool:
    return code.is_backup and code.pulled_for_id is None


def _codes(codes: list[AccessCode]) -> str:
    return f"{len(codes)} code{'' if len(codes) == 1 else 's'}"


def _verb(codes: list[AccessCode], one: str = "stays", many: str = "stay") -> str:
    return one if len(codes) == 1 else many


def _have(codes: list[AccessCode]) -> str:
    return "has" if len(codes) == 1 else "have"
