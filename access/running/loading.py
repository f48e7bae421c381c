"""Load devices with all that plans for them need, under their accounts' leases, and keep that current.

A `Work` serves all rounds of one device's turn: only its runner writes evidence, and what others declare meanwhile
shows in the device's `declared_seq`, upon which `hold` loads the codes anew.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.db.models import QuerySet

from access.codes.devices import zone_of_door
from access.enums import AttemptStatus
from access.facts import declared_of
from access.models import AccessCode, ActionAttempt, LockCode
from access.planning import Budget, Declared
from access.planning.shapes import ENABLE_LEAD, NATIVE_LEAD, Edit
from access.running.changes import save_rows
from access.running.leases import Lease, LeaseLost, held_among
from locks.capabilities import Capabilities
from locks.devices import capabilities_of
from locks.models import Device
from locks.names import appearance_name
from properties.compiled import compiled

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
NO_MARGIN = dt.timedelta(0)
BREAK_AFTER = 5


@dataclass(slots=True)
class Work:
    """One device with its live codes. `seq` tells whether the declarations have changed since.

    `places`: the inventory of the last reading, by ref. `is_asked`: an attempt waits (access.running.attempting).
    `edited`: what of a code other hands changed, by the last look that could tell.
    """

    lease: Lease
    device: Device
    codes: dict[int, AccessCode]
    places: dict[str, LockCode]
    capabilities: Capabilities
    seq: int
    is_asked: bool = False
    edited: dict[int, tuple[Edit, ...]] = field(default_factory=dict)

    @property
    def strangers(self) -> Mapping[str, dt.datetime]:
        """Since when the places are known that were not ours at the last reading."""
        return {
            ref: place.first_seen_at for ref, place in self.places.items() if place.access_code_id is None
        }

    def declared(self) -> tuple[Declared, ...]:
        shown = {place.access_code_id: place.name or None for place in self.places.values()}
        codes = [code for code in self.codes.values() if code.ended_at is None]
        # Many guests may arrive at a shared door at once, and the lock takes only so many commands a minute.
        starts = Counter(code.starts_at for code in codes if not self._runs_natively(code))
        pace = self.capabilities.commands_per_minute
        return tuple(
            declared_of(
                code,
                shown_name=shown.get(code.pk),
                enable_lead=ENABLE_LEAD + (starts[code.starts_at] // pace) * MINUTE,
                margin=self._margin(code),
            )
            for code in codes
        )

    def _runs_natively(self, code: AccessCode) -> bool:
        """As planning.runs_natively, of a row."""
        bounded = code.starts_at is not None and code.ends_at is not None
        native = self.capabilities.native_scheduling and code.prefer_native_scheduling
        return native and bounded and not code.is_offline

    def _margin(self, code: AccessCode) -> dt.timedelta:
        """An hour to either side, where clocks change between the moment at which the lock is told and the end of the
        window, and its lock system may get that wrong."""
        unsure = self.capabilities.shifts_with_clocks and not self.device.time_zone
        if not unsure or code.starts_at is None or code.ends_at is None:
            return NO_MARGIN
        zone = zone_of_door(self.device)
        moments = (code.starts_at - NATIVE_LEAD, code.starts_at, code.ends_at)
        offsets = {moment.astimezone(zone).utcoffset() for moment in moments}
        return HOUR if len(offsets) > 1 else NO_MARGIN

    def budget(self, *, now: dt.datetime) -> Budget:
        """Few commands a minute (P7), half of them for the pool; none while the breaker is open, and after it one, for
        whatever comes first: it shows whether the lock listens again."""
        device = self.device
        if device.paused_until is not None and device.paused_until > now:
            return Budget(0, 0, device.paused_until)
        recent = recent_commands(device, now=now)
        # What a person asked of the lock is never held up, and may have gone beyond the budget.
        left = max(0, self.capabilities.commands_per_minute - len(recent))
        if device.command_failures >= BREAK_AFTER:
            return Budget(min(1, left), 1, now + MINUTE)
        return Budget(left, left // 2, (recent[0] if recent else now) + MINUTE)


def recent_commands(device: Device, *, now: dt.datetime) -> list[dt.datetime]:
    """Return when the commands of the last minute were sent, oldest first."""
    moments = (dt.datetime.fromisoformat(text) for text in device.command_times)
    return sorted(moment for moment in moments if moment > now - MINUTE)


def load_work(lease: Lease, device_id: int) -> Work | None:
    """None where the device is gone. Raise LeaseLost where the account is another runner's."""
    (answer,) = load_works([(lease, device_id)])
    if isinstance(answer, Exception):
        raise answer
    return answer


def load_works(requests: Sequence[tuple[Lease, int]]) -> list[Work | Exception | None]:
    with transaction.atomic():
        held = held_among(lease for lease, _ in requests)
        devices = {device.pk: device for device in _devices([device_id for _, device_id in requests])}
        codes = _codes_of(devices)
        places = _places_of(devices)
        asked = set(_asked(list(devices)))
        named: list[AccessCode] = []
        answers: list[Work | Exception | None] = []
        for lease, device_id in requests:
            device = devices.get(device_id)
            if (lease.account_id, lease.token) not in held:
                answers.append(LeaseLost())
            elif device is None or device.account_id != lease.account_id:
                answers.append(None)
            else:
                work = _work(lease, device, codes[device_id], places[device_id])
                work.is_asked = device_id in asked
                answers.append(work)
                named += _name_codes(codes[device_id], places[device_id], capabilities_of(device))
        save_rows(named, ("appearance_name",))
    return answers


def _work(lease: Lease, device: Device, codes: Sequence[AccessCode], places: Sequence[LockCode]) -> Work:
    return Work(
        lease=lease,
        device=device,
        codes={code.pk: code for code in codes},
        places={place.ref: place for place in places},
        capabilities=capabilities_of(device),
        seq=device.declared_seq,
    )


@compiled
def _devices(device_ids: Sequence[int]) -> QuerySet[Device]:
    return Device.objects.select_related("account__workspace", "door__property").filter(pk__in=device_ids)


@compiled
def _asked(device_ids: Sequence[int]) -> QuerySet[ActionAttempt, int]:
    pending = ActionAttempt.objects.filter(device__in=device_ids, status=AttemptStatus.PENDING)
    return pending.values_list("device_id", flat=True)


@compiled
def _live_codes(device_ids: Sequence[int]) -> QuerySet[AccessCode]:
    codes = AccessCode.objects.filter(device__in=device_ids, ended_at=None)
    return codes.select_related("grant").order_by("pk")


@compiled
def _lock_codes(device_ids: Sequence[int]) -> QuerySet[AccessCode, int]:
    codes = AccessCode.objects.filter(device__in=device_ids, ended_at=None).select_for_update()
    return codes.order_by("pk").values_list("pk", flat=True)


@compiled
def _lock_devices(device_ids: Sequence[int]) -> QuerySet[Device, tuple[int, int]]:
    devices = Device.objects.select_for_update(no_key=True).filter(pk__in=device_ids).order_by("pk")
    return devices.values_list("pk", "declared_seq")


@compiled
def _places(device_ids: Sequence[int]) -> QuerySet[LockCode]:
    return LockCode.objects.filter(device__in=device_ids).defer("pin", "other_pin").order_by("pk")


def _codes_of(devices: Mapping[int, Device]) -> dict[int, list[AccessCode]]:
    found: dict[int, list[AccessCode]] = defaultdict(list)
    for code in _live_codes(list(devices)):
        code.device = devices[code.device_id]
        # A lock that is left to others gets nothing, but loses what was to be removed when it was given up.
        if code.device.is_managed or code.revoked_at is not None:
            found[code.device_id].append(code)
    return found


def _places_of(devices: Mapping[int, Device]) -> dict[int, list[LockCode]]:
    found: dict[int, list[LockCode]] = defaultdict(list)
    for place in _places(list(devices)):
        found[place.device_id].append(place)
    return found


def hold(works: Sequence[Work]) -> None:
    """Lock these devices' live codes and then the devices until the transaction ends, and load anew the codes of
    those whose declarations have changed."""
    device_ids = [work.device.pk for work in works]
    _lock_codes(device_ids)
    seqs = dict(_lock_devices(device_ids))
    changed = {
        work.device.pk: work.device for work in works if seqs.get(work.device.pk, work.seq) != work.seq
    }
    if not changed:
        return
    codes, places = _codes_of(changed), _places_of(changed)
    named: list[AccessCode] = []
    for work in works:
        if work.device.pk in changed:
            named += _name_codes(codes[work.device.pk], places[work.device.pk], work.capabilities)
            work.codes = {code.pk: code for code in codes[work.device.pk]}
            work.places = {place.ref: place for place in places[work.device.pk]}
            work.seq = seqs[work.device.pk]
    save_rows(named, ("appearance_name",))


def _name_codes(
    codes: Sequence[AccessCode], places: Sequence[LockCode], capabilities: Capabilities
) -> list[AccessCode]:
    """Give each new code its name on the lock, once, so that it stays the same from look to look; return those.

    A lock that hides PINs gets unique names: there, a name is all by which a lost command is found again.
    """
    nameless = [code for code in codes if not code.appearance_name]
    if not nameless:
        return []
    rule = capabilities.name_rule
    rule = replace(rule, unique=rule.unique or not capabilities.reads_pins)
    taken = {code.appearance_name for code in codes if code.appearance_name}
    taken.update(place.name for place in places if place.access_code_id is None)
    for code in nameless:
        code.appearance_name = appearance_name(code.name, rule, taken).name
        taken.add(code.appearance_name)
    return nameless
