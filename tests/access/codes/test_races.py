"""Two writers at once, each on a connection of its own: the database decides, and the loser hears a sentence."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from access.codes import CodeRefused, NewCode, create_code, variant_of
from access.models import AccessCode
from locks.models import Device
from tests.factories import NOW, make_device

pytestmark = pytest.mark.django_db(transaction=True)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
HELD_SECONDS = 0.5


def race(first: Callable[[], object], second: Callable[[], object]) -> Exception | None:
    """Let `second` begin while `first` is done but not committed; return what `second` raised."""
    raised: list[Exception] = []

    def run() -> None:
        try:
            second()
        except Exception as error:  # noqa: BLE001 -- handed to the test
            raised.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=run)
    with transaction.atomic():
        first()
        other.start()
        other.join(HELD_SECONDS)
        assert other.is_alive(), "the second writer did not wait"
    other.join(10)
    return raised[0] if raised else None


def create(device: Device, **fields: object) -> AccessCode:
    return create_code(device, NewCode(**fields), actor="tester", now=NOW)  # type: ignore[arg-type]  # any field


def test_pin_that_another_writer_got_a_moment_ago_is_refused() -> None:
    device = make_device()

    error = race(lambda: create(device, pin="4829"), lambda: create(device, pin="4829"))

    assert isinstance(error, CodeRefused)
    assert error.type == "duplicate_access_code"
    assert "4829" not in str(error)
    assert AccessCode.objects.count() == 1


def test_pin_that_we_chose_and_another_writer_got_is_chosen_again() -> None:
    device = make_device()
    Device.objects.update(capabilities={"pin_lengths": [1], "pin_rules": ["cannot_contain_0789"]})

    for _ in range(3):
        assert race(lambda: create(device), lambda: create(device)) is None

    pins = set(AccessCode.objects.values_list("pin_key", flat=True))
    assert len(pins) == 6


def test_last_place_of_a_slot_goes_to_one() -> None:
    device = make_device(brand="lockly")

    def take() -> AccessCode:
        return create(device, is_offline=True, starts_at=NOW + HOUR, ends_at=NOW + DAY)

    error = race(take, take)

    assert isinstance(error, CodeRefused)
    assert error.field == "starts_at"
    assert variant_of(AccessCode.objects.get()) == 0
