"""P4 by chance: whatever is declared, changed and cancelled around them, foreign codes stay as they are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.foreign import convert_code, delete_foreign_code
from access.issuing import issue_new_pin
from access.models import AccessCode, AccessGrant, LockCode
from locks.drivers.virtual.outside import OutsideError, add_foreign_code
from properties import booking
from properties.enums import CancelReason, StayStatus
from properties.models import Stay
from tests.access.foreign.strangers import ACTOR, read_again
from tests.factories import make_stay
from tests.stack.house import HOUR, House, build_house

pytestmark = pytest.mark.django_db

PINS = st.text("123456789", min_size=6, max_size=6).filter(lambda pin: not pin.startswith("12"))
NAMES = st.sampled_from(["Cleaner", "Owner", "Imogen Varga", "", "Plumber"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("foreign"), PINS, NAMES),
        st.tuples(st.just("book"), st.integers(1, 12), st.integers(1, 5)),
        st.tuples(st.just("cancel"), st.integers(0, 5), st.none()),
        st.tuples(st.just("new_pin"), st.integers(0, 5), st.none()),
        st.tuples(st.just("guess"), st.integers(0, 5), NAMES),
        st.tuples(st.just("adopt"), st.integers(0, 5), st.none()),
        st.tuples(st.just("delete"), st.integers(0, 5), st.none()),
        st.tuples(st.just("wait"), st.integers(1, 60), st.none()),
    ),
    max_size=12,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(brand=st.sampled_from(["nuki", "lockly"]), steps=STEPS)
def test_p4_f86_nothing_foreign_is_touched_without_a_persons_word(
    brand: str, steps: list[tuple[Any, ...]]
) -> None:
    start = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False) as travel, _rolled_back():
        house = build_house(travel, brand=brand)
        given_up: set[int] = set()
        for kind, first, second in steps:
            _do(house, kind, first, second, given_up)
            house.run()
            _check(house, given_up)
        house.at(timezone.now() + 600 * HOUR)
        _check(house, given_up)


def _do(house: House, kind: str, first: Any, second: Any, given_up: set[int]) -> None:
    now = timezone.now()
    if kind == "foreign":
        _add(house, first, second)
    elif kind == "book":
        arrival = now.date() + dt.timedelta(days=first)
        make_stay(
            house.unit, arrival_date=arrival, departure_date=arrival + dt.timedelta(days=second), now=now
        )
    elif kind == "wait":
        house.at(now + first * HOUR)
    elif kind in ("adopt", "delete"):
        _decide(kind, first, given_up)
    else:
        _change_stay(house, kind, first, second)


def _change_stay(house: House, kind: str, first: int, second: Any) -> None:
    stays = list(Stay.objects.exclude(status=StayStatus.CANCELLED).order_by("pk"))
    if not stays:
        return
    stay = stays[first % len(stays)]
    grant = AccessGrant.objects.filter(stay=stay, revoked_at=None).first()
    if kind == "cancel":
        booking.cancel_stay(stay, reason=CancelReason.PERSON, actor="test", now=timezone.now())
    elif kind == "guess":
        # Of all PINs, the one that a guest was given.
        _add(house, (grant and grant.pin) or "864275", second)
    elif grant is not None:
        issue_new_pin(grant, actor="test", now=timezone.now())


def _decide(kind: str, first: int, given_up: set[int]) -> None:
    """A person's word about one of the foreign codes."""
    foreign = list(LockCode.objects.filter(access_code=None).order_by("pk"))
    if not foreign:
        return
    place = foreign[first % len(foreign)]
    given_up.add(int(place.ref))
    if kind == "delete":
        delete_foreign_code(place, actor=ACTOR, now=timezone.now())
    elif place.pin_key is not None and not _declared(place):
        convert_code(place, actor=ACTOR, now=timezone.now())


def _declared(place: LockCode) -> bool:
    return AccessCode.objects.filter(device=place.device, pin_key=place.pin_key, ended_at=None).exists()


def _add(house: House, pin: str, name: str) -> None:
    try:
        add_foreign_code(house.lock, pin=pin, name=name)
    except OutsideError:
        return  # the lock itself refuses the same PIN twice
    read_again(house)


def _check(house: House, given_up: set[int]) -> None:
    """What the lock was told to change never was a place that others had filled; and what they made still opens."""
    lock = house.lock
    made = {entry.slot: entry.at for entry in lock.log.filter(action="foreign_added")}
    for entry in lock.log.filter(action__in=["put", "remove"], slot__in=set(made) - given_up):
        assert entry.at < made[entry.slot], f"{entry.action} {entry.slot}"
    for slot in set(made) - given_up:
        code = next(code for code in lock.codes.all() if code.slot == slot)
        assert code.foreign
        assert house.opens(str(code.pin))


class _rolled_back:  # noqa: N801 -- reads as a phrase where it is used
    """Each example leaves the database as it was."""

    def __enter__(self) -> None:
        self.point = str(connection.savepoint())

    def __exit__(self, *_: object) -> None:
        connection.savepoint_rollback(self.point)
